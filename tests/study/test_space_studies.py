"""Studies of spaces with priors, choices, conditions and constraints."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from support.external_cases import study_of, write_backtest
from support.standin_cases import csv
from titan_mlopt.core.bundle import build_bundle
from titan_mlopt.core.parameters import TUNABLE_PARAMS
from titan_mlopt.core.search_space import Space
from titan_mlopt.core.start_points import fit_params
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import COMPLETE
from titan_mlopt.study.coordinator import study_in_memory
from titan_mlopt.study.samplers.build import build_sampler
from titan_mlopt.study.samplers.distributions import distributions_of
from titan_mlopt.study.storage.studies import INACTIVE, QUANTILES, read_study, read_trial
from titan_mlopt.study.trial_coordinates import TrialCoordinates
from titan_mlopt.tracking.run_content import trial_content
from titan_mlopt.tracking.study_report import config_of

__all__ = ["csv"]  # a fixture: pytest finds it here by its name

SPACE = Space.from_plain(
    {
        "constraints": ["fast + 5 <= slow"],
        "parameters": {
            "fast": {"type": "int", "low": 2, "high": 40},
            "slow": {"type": "int", "low": 10, "high": 60, "step": 2},
            "rate": {"type": "log", "low": 0.01, "high": 1.0,
                     "prior": {"type": "lognormal", "median": 0.1, "sigma": 0.5}},
            "mode": {"choices": ["plain", "deep", 3, True], "weights": [1, 2, 1, 1]},
            "depth": {"type": "float", "low": 0.0, "high": 1.0, "step": 0.25,
                      "when": {"mode": ["deep", 3]}},
            "kind": {"choices": [False, True]},
            "fee": 0.5,
        },
    }
)  # fmt: skip
#: Returns an accuracy that depends on the config, and writes down what it was given.
SCORES = """
db = sqlite3.connect(db_path)
rows = db.execute("SELECT key, value_blob FROM kv").fetchall()
db.close()
config = {key.removeprefix("config."): json.loads(zlib.decompress(blob)) for key, blob in rows}
(HERE / f"seen-{trial}.json").write_text(json.dumps(config))
score = config.get("rate", 0) + 0.01 * config.get("slow", 0) + config.get("depth", 0.3)
return {"total": 1000, "correct": int(1000 * min(1.0, score / 4))}
"""


def tuned(folder: Path, candles: Path, *parts: int) -> StudyRecord:
    """Return the study after calls with these totals of trials."""
    settings = write_backtest(folder, SCORES)
    for n_trials in parts:
        with study_of(folder, settings, space=SPACE, n_trials=n_trials) as tuner:
            tuner.optimize(candles)
            record = read_study(tuner.study)
    return record


@pytest.fixture(scope="module")
def whole(csv: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, StudyRecord]:
    folder = tmp_path_factory.mktemp("whole")
    return folder, tuned(folder, csv, 14)


def frozen_trials(folder: Path) -> list[optuna.trial.FrozenTrial]:
    url = f"sqlite:///{folder / 'titan.db'}"
    return optuna.load_study(study_name="titan_optimization", storage=url).trials


@pytest.mark.slow
def test_each_trial_runs_its_values_and_no_inactive_parameter(
    whole: tuple[Path, StudyRecord],
) -> None:
    folder, record = whole
    modes = set()
    for trial in record.trials:
        assert trial.state == COMPLETE
        seen = json.loads((folder / f"seen-{trial.number}.json").read_text())
        assert seen == {**trial.params, "fee": 0.5}
        assert seen["fast"] + 5 <= seen["slow"]
        assert seen["slow"] % 2 == 0
        assert type(seen["kind"]) is bool
        assert ("depth" in seen) == (seen["mode"] in ("deep", 3) and seen["mode"] is not True)
        modes.add(str(seen["mode"]))
    assert len(modes) > 1


@pytest.mark.slow
def test_the_stored_row_has_values_under_their_own_distributions_and_every_parameter(
    whole: tuple[Path, StudyRecord],
) -> None:
    expected: Mapping[str, Any] = {
        "fast": IntDistribution(2, 40),
        "slow": IntDistribution(10, 60, step=2),
        "rate": FloatDistribution(0.01, 1.0, log=True),
        "mode": CategoricalDistribution(("plain", "deep", 3, True)),
        "depth": FloatDistribution(0.0, 1.0, step=0.25),
        "kind": CategoricalDistribution((False, True)),
    }
    for trial in frozen_trials(whole[0]):
        assert trial.distributions == expected
        assert trial.params.keys() == expected.keys()
        assert trial.user_attrs[QUANTILES].keys() == {"slow", "rate", "mode"}
        active = trial.params["mode"] in ("deep", 3) and trial.params["mode"] is not True
        assert trial.user_attrs.get(INACTIVE) == (None if active else ["depth"])


@pytest.mark.slow
def test_it_goes_on_as_if_it_had_never_been_stopped(
    csv: Path, tmp_path: Path, whole: tuple[Path, StudyRecord]
) -> None:
    parts = tuned(tmp_path, csv, 4, 11, 14)
    assert [(t.point, t.params, t.values) for t in parts.trials] == [
        (t.point, t.params, t.values) for t in whole[1].trials
    ]


@pytest.mark.slow
def test_run_and_registered_config_leave_out_what_is_inactive(
    whole: tuple[Path, StudyRecord],
) -> None:
    _, record = whole
    trial = next(trial for trial in record.trials if "depth" not in trial.params)
    assert "depth" not in trial_content(trial, record).params
    bundle = build_bundle(record, trial, None)
    assert bundle.config == {**trial.params, "fee": 0.5}
    assert config_of(record).space == SPACE
    assert config_of(record).space.digest == record.space_sha256


@pytest.mark.slow
def test_what_the_sampler_saw_comes_back_from_the_store_to_the_bit(
    whole: tuple[Path, StudyRecord],
) -> None:
    coordinates = TrialCoordinates(SPACE)
    for trial in frozen_trials(whole[0]):
        sampled = coordinates.sampled(trial)
        assert sampled.distributions == coordinates.distributions
        assert sampled.params["rate"] == trial.user_attrs[QUANTILES]["rate"]
        again = coordinates.stored(sampled)
        assert (again.params, again.distributions) == (trial.params, trial.distributions)
        assert again.user_attrs == trial.user_attrs
        # Without the attribute it is worked out from the values, which then are the same.
        bare = {k: v for k, v in trial.user_attrs.items() if k != QUANTILES}
        sampled.user_attrs = trial.user_attrs = bare
        guessed = coordinates.stored(coordinates.sampled(trial)).params
        assert guessed.pop("rate") == pytest.approx(trial.params["rate"], rel=1e-12)
        assert guessed == {k: v for k, v in trial.params.items() if k != "rate"}


def test_a_plain_space_is_sampled_as_it_always_was() -> None:
    coordinates = TrialCoordinates(Space())
    assert coordinates.distributions == distributions_of(TUNABLE_PARAMS)
    assert list(coordinates.distributions) == list(TUNABLE_PARAMS)
    sampler = build_sampler(coordinates.distributions, 1, 0, parallel=False)
    study = optuna.create_study(sampler=sampler)
    frozen = study.ask(coordinates.distributions)._get_latest_trial()
    assert coordinates.stored(frozen) is frozen
    assert coordinates.sampled(frozen) is frozen
    (copied,) = study_in_memory(study, coordinates).trials
    assert copied.params == frozen.params
    assert read_trial(copied).params == frozen.params


@pytest.mark.slow
def test_an_interrupted_point_is_tried_again_with_the_same_values(
    csv: Path, tmp_path: Path, whole: tuple[Path, StudyRecord]
) -> None:
    shutil.copy(whole[0] / "titan.db", tmp_path)
    interrupted = "json_set(value_json, '$.reason', 'interrupted', '$.state', 'FAIL')"
    last = "trial_id = (SELECT max(trial_id) FROM trials)"
    with closing(sqlite3.connect(tmp_path / "titan.db")) as db, db:
        query = f"UPDATE trial_user_attributes SET value_json = {interrupted}"
        db.execute(f"{query} WHERE key = 'outcome' AND {last}")
        db.execute(f"UPDATE trials SET state = 'FAIL' WHERE {last}")
        db.execute(f"DELETE FROM trial_values WHERE {last}")
    *_, before, again = tuned(tmp_path, csv, 14).trials
    assert before.outcome is not None
    assert (before.outcome.reason, again.state) == ("interrupted", COMPLETE)
    expected = whole[1].trials[-1]
    assert (again.point, again.params, again.values) == (13, expected.params, expected.values)


def test_a_config_from_elsewhere_is_tried_as_the_nearest_of_the_space() -> None:
    foreign = {"fast": 50, "slow": 33.2, "rate": 0.3, "mode": 3, "depth": 0.6, "other": 1}
    params, changes = fit_params(SPACE, foreign)
    # The constraint leaves 46 to 60 to the slow one.
    rate = pytest.approx(0.3)
    assert params == {"fast": 40, "slow": 46, "rate": rate, "mode": 3, "depth": 0.5}
    assert changes == ["fast 50 to 40", "slow 33.2 to 46", "depth 0.6 to 0.5"]
    coordinates = TrialCoordinates(SPACE)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    study.enqueue_trial(coordinates.encode(params))
    study.ask(coordinates.distributions)
    (trial,) = map(coordinates.stored, study.trials)
    values = {name: value for name, value in trial.params.items() if name != "kind"}
    assert values == {**params, "rate": rate}
