"""The maker of mlflow.db is killed at any of its statements; the next tune has all its runs."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from mlflow import MlflowClient

from support.store_cases import Makers, makers
from support.studies import QUICK
from support.tally import LONG, SEED, TALLY
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.tracking.sqlite import Content, find_content
from titan_mlopt.tracking.store import open_client

# A fixture that tests ask for by its name.
__all__ = ["makers"]

pytestmark = pytest.mark.slow

AREA = "mlflow.db: its maker killed at any statement"
N_KILLS = 10 if LONG else 1


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("maker", ["mlflow", "titan_mlopt"])
def test_a_store_whose_maker_is_killed_takes_every_run_of_the_next_tune(
    tmp_path: Path, makers: Makers, monkeypatch: pytest.MonkeyPatch, maker: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with AutoTuner("titan.db", TunerConfig(**QUICK, n_trials=2), on_notice=ignore) as tuner:
        tuner.optimize("sample")
    total = makers.make(tmp_path / "whole.db", maker)
    for number in sorted(random.Random(SEED).sample(range(1, total + 1), N_KILLS)):
        path = tmp_path / f"{number}.db"
        assert makers.make(path, maker, number=number) == 0
        TALLY.add(AREA, kills=1)
        if maker == "titan_mlopt" and path.exists():
            assert find_content(path) in (Content.NOTHING, Content.STORE)
        lost = 2 - mirrored_trials(f"sqlite:///{path}")
        TALLY.add(AREA, lost=lost)
        assert lost == 0


def mirrored_trials(uri: str) -> int:
    """Return how many trials of the study in titan.db are in the store after a tune."""
    config = TunerConfig(**{**QUICK, "tracking": True}, n_trials=2, tracking_uri=uri)
    with AutoTuner("titan.db", config, on_notice=ignore) as tuner:
        tuner.optimize("sample")
        assert tuner.report is not None
        assert tuner.report.mirror_failure is None
        uid = tuner.report.study.uid
    wanted = f"tags.`titan_mlopt.study_uid` = '{uid}' and tags.`titan_mlopt.kind` = 'trial'"
    client: MlflowClient = open_client(uri, "read")
    experiments = [found.experiment_id for found in client.search_experiments()]
    return len(client.search_runs(experiments, wanted))


def ignore(_: str) -> None:
    """The notices are tested elsewhere."""
