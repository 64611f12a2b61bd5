"""Backtests that are not ours, jobs and studies of them, for their tests."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support.pool_cases import PATIENCE_S
from support.standin_cases import N_CANDLES, STANDIN
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import TrialJob, TrialOutcome
from titan_mlopt.executors.base import Reached
from titan_mlopt.executors.local.pool import WorkerPool
from titan_mlopt.study.storage.studies import read_study

TITAN = {"backtest": "titan.core.backtest:run_backtest", "backtest_path": str(STANDIN)}
#: The bars that the stand-in scores of ``csv``.
N_BARS = N_CANDLES - 40 - 1

_MODULE = '''
import json, os, random, sqlite3, subprocess, sys, tempfile, time, zlib
from pathlib import Path

sys.path.insert(0, {standin!r})
from titan.core import backtest as titan

HERE = Path(__file__).parent


def until(what):
    """Wait until it is true; the minute is a bound against hanging, no promise."""
    deadline = time.monotonic() + {patience}
    while not what():
        if time.monotonic() > deadline:
            raise TimeoutError("it never came true")
        time.sleep(0.005)


def run_backtest(
    csv_path, db_path, out_dir, limit=None, tune_weights=True, return_stats=False{more}
):
    call = dict(
        csv_path=csv_path, db_path=db_path, out_dir=out_dir, limit=limit,
        tune_weights=tune_weights, return_stats=return_stats,
    )
    *_, folder, run, _ = Path(db_path).parts
    trial = -1 if limit else int(folder.removeprefix("trial-"))
{body}
    return titan.run_backtest(**call)
'''


def write_backtest(folder: Path, body: str = "", *, more: str = "") -> dict[str, str]:
    """Write a backtest into ``folder``; return the settings that name it.

    body: what it does before it runs the stand-in, or instead, when it returns; it sees the
    arguments, ``trial`` (-1 in the dry run), ``run``, ``titan`` and ``until``. more: parameters.
    """
    folder.mkdir(exist_ok=True)
    code = _MODULE.format(
        standin=str(STANDIN),
        patience=PATIENCE_S,
        more=more,
        body=textwrap.indent(textwrap.dedent(body), "    "),
    )
    (folder / "external.py").write_text(code)
    return {"backtest": "external:run_backtest", "backtest_path": str(folder)}


def study_of(folder: Path, settings: dict[str, str], **more: Any) -> AutoTuner:
    """Return the tuner of a study in ``folder`` of the backtest that the settings name."""
    plain: dict[str, Any] = {"tracking": False, "min_predictions": 1, "pruner_type": "none"}
    return AutoTuner(folder / "titan.db", TunerConfig(**{**plain, **settings, **more}))


def ran(folder: Path, settings: dict[str, str], candles: Path, **more: Any) -> StudyRecord:
    """Run such a study and return it."""
    with study_of(folder, settings, **more) as tuner:
        tuner.optimize(candles)
        return read_study(tuner.study)


def outcomes_of(study: StudyRecord) -> list[TrialOutcome]:
    outcomes = [trial.outcome for trial in study.trials]
    assert all(outcomes)
    return [outcome for outcome in outcomes if outcome]


@pytest.fixture(scope="module", autouse=True)
def _no_clock() -> Iterator[None]:
    """Make the stand-in quick, and the same again, in every process that starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TITAN_STANDIN_SLEEP_S", "0")
        patch.setenv("TITAN_STANDIN_CLOCK", "0")
        yield


@pytest.fixture
def run_job(
    shared_pool: WorkerPool, csv: Path, tmp_path: Path
) -> Callable[..., tuple[TrialOutcome, list[int]]]:
    """Return what runs one trial and returns its outcome and the checkpoints it asked at.

    body, more: those of ``write_backtest``. stop_at: the checkpoint after which it is to stop.
    """

    def run(
        body: str = "",
        *,
        more: str = "",
        stop_at: int | None = None,
        settings: dict[str, str] | None = None,
        **changes: Any,
    ) -> tuple[TrialOutcome, list[int]]:
        named = settings or write_backtest(tmp_path, body, more=more)
        words = {"number": 0, "config": {}, "candles_path": str(csv), "folder": "", "grid": ()}
        shared_pool.submit(TrialJob(**{**words, **named, **changes}), 10 * PATIENCE_S)
        asked: list[int] = []
        while True:
            for event in shared_pool.wait():
                if not isinstance(event, Reached):
                    return event.outcome, asked
                asked.append(event.checkpoint.n_predictions)
                shared_pool.answer(event.number, go_on=asked[-1] != stop_at)

    return run
