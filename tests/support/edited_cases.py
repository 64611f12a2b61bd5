"""A small package that is a backtest, and edits of it, for the tests of edited backtests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import COMPLETE, FAIL, INTERRUPTED, TrialRecord, ended_trials

MAIN = """
from edited import rates

def run_backtest(csv_path, db_path, out_dir, limit=None, tune_weights=True, return_stats=False):
    {body}
    return {{"accuracy": rates.RATE, "ece": 0.01, "sharpe": 0.0, "n_predictions": 100, **more}}
"""
PLAIN = "more = {}"
LATE = "from edited import late; more = {'late': late.MARK}"
# Not in the dry run, and in the trial after the backtest has begun.
LATER = """more = {}
    if limit is None:
        from edited import late
        more["late"] = late.MARK"""
# In trial 0, once its sources are read.
WAIT = """more = {}
    if limit is None and "trial-0" in db_path:
        import pathlib, time
        here = pathlib.Path(__file__).parent
        (here / "read").touch()
        while not (here / "go").exists():
            time.sleep(0.005)"""
# The first trials wait for each other, once their sources are read; a baseline has no such number.
MEET = """more = {{}}
    if limit is None and "trial--" not in db_path:
        import pathlib, time
        here, number = pathlib.Path(__file__).parent, db_path.rpartition("trial-")[2].split("/")[0]
        (here / f"met-{{number}}").touch()
        while not all((here / f"met-{{k}}").exists() for k in range({n})):
            time.sleep(0.005)"""
SETTINGS = {"backtest": "edited.main:run_backtest"}


def write_package(folder: Path, body: str = PLAIN) -> dict[str, str]:
    """Write the package ``edited`` into a folder of its own; return the settings that name it."""
    package = folder / "lib" / "edited"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "main.py").write_text(MAIN.format(body=body))
    (package / "rates.py").write_text("RATE = 0.51\n")
    (package / "late.py").write_text("MARK = 1.0\n")
    return {**SETTINGS, "backtest_path": str(folder / "lib")}


class After:
    """Does something when so many trials have finished."""

    def __init__(self, finished: int, what: Callable[[], object]) -> None:
        self._left, self._what = finished, what

    def trial_started(self, trial: TrialRecord) -> None: ...

    def trial_progressed(self, number: int, checkpoint: object) -> None: ...

    def trial_finished(self, trial: TrialRecord) -> None:
        self._left -= 1
        if self._left == 0:
            self._what()


def check_interrupted(study: StudyRecord) -> None:
    """Hold it that all finished trials ran on the first source, and the others are not FAIL."""
    ended = ended_trials(study.trials)
    assert {trial.state for trial in ended} == {COMPLETE}
    assert {trial.metric("accuracy") for trial in ended} == {0.51}
    outcomes = [trial.outcome for trial in study.trials if trial.outcome]
    others = [outcome for outcome in outcomes if outcome.state != COMPLETE]
    assert others
    assert {(outcome.state, outcome.reason) for outcome in others} == {(FAIL, INTERRUPTED)}
