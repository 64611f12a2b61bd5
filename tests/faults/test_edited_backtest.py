"""A backtest that is edited, deleted or broken at random moments: no trial mixes two sources."""

from __future__ import annotations

import random
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from support.external_cases import _no_clock, study_of
from support.pool_cases import linux
from support.standin_cases import csv
from support.tally import LONG, SEED, TALLY
from titan_mlopt.core.errors import BacktestError, StudyError
from titan_mlopt.core.trial import COMPLETE, TrialRecord, ended_trials
from titan_mlopt.study.storage.studies import read_study

__all__ = ["_no_clock", "csv"]  # fixtures: pytest finds them by their names
pytestmark = [linux, pytest.mark.slow]

AREA = "edited backtest"
N_STUDIES, N_EDITS = (5, 6) if LONG else (1, 3)
# Trials that a study gets more of before each edit, and after the last.
MORE = 5
#: What a trial says of itself: a mark of each module that it ran. It loads one of them late.
FILES = {
    "__init__": "MARK = 1\n",
    "main": """import time
import changing
from changing import helper
MARK = 1
def run_backtest(csv_path, db_path, out_dir, limit=None, tune_weights=True, return_stats=False):
    time.sleep(0.05)
    from changing import late
    time.sleep(0.05)
    marks = {"package": changing.MARK, "main": MARK, "helper": helper.MARK, "late": late.MARK}
    return {"accuracy": 0.5, "ece": 0.01, "sharpe": 0.0, "n_predictions": 100, **marks}
""",
    "helper": "MARK = 1\n",
    "late": "MARK = 1\n",
}
SETTINGS = {"backtest": "changing.main:run_backtest"}


def edit(path: Path) -> None:
    path.write_text(path.read_text().replace("MARK = 1", "MARK = 2"))


def break_syntax(path: Path) -> None:
    path.write_text("def (:\n")


def make_raise(path: Path) -> None:
    path.write_text("raise OSError('no licence')\n")


def make_exit(path: Path) -> None:
    path.write_text("import os\nos._exit(3)\n")


def cut_short(path: Path) -> None:
    """Leave the first half, as an editor does in the middle of saving."""
    path.write_text(path.read_text()[: len(path.read_text()) // 2])


def lock(path: Path) -> None:
    """Put a folder where the file was, so that it cannot be read."""
    path.unlink()
    path.mkdir()


EDITS = (edit, edit, break_syntax, make_raise, make_exit, cut_short, lock, Path.unlink)


def write_sources(package: Path) -> None:
    shutil.rmtree(package, ignore_errors=True)
    package.mkdir(parents=True)
    for name, text in FILES.items():
        (package / f"{name}.py").write_text(text)


def is_whole(package: Path) -> bool:
    """Return whether each file is as it was written."""
    files = {name: package / f"{name}.py" for name in FILES}
    return all(files[n].is_file() and files[n].read_text() == text for n, text in FILES.items())


class At:
    """Does something on another thread, a while after so many trials have started."""

    def __init__(self, started: int, delay_s: float, what: Callable[[], None]) -> None:
        self._left, self._timer = started, threading.Timer(delay_s, what)

    def trial_started(self, trial: TrialRecord) -> None:
        self._left -= 1
        if self._left == 0:
            self._timer.start()

    def trial_progressed(self, number: int, checkpoint: object) -> None: ...

    def trial_finished(self, trial: TrialRecord) -> None: ...

    def join(self) -> int:
        """Wait until it is done, where it has begun; return how often it was done."""
        if self._timer.ident is None:
            return 0
        self._timer.join()
        return 1


def finished(tuner_folder: Path) -> dict[int, TrialRecord]:
    """Return the trials that count, by number."""
    with study_of(tuner_folder, {}) as tuner:
        return {trial.number: trial for trial in ended_trials(read_study(tuner.study).trials)}


def run_until_edit(draw: random.Random, folder: Path, csv: Path, n_trials: int) -> int:
    """Go on with the study while one file of its backtest is changed; return how many were."""
    package = folder / "lib" / "changing"
    path, change = package / f"{draw.choice(list(FILES))}.py", draw.choice(EDITS)
    at = At(draw.randint(1, MORE), draw.uniform(0.0, 0.2), lambda: change(path))
    settings = {**SETTINGS, "backtest_path": str(folder / "lib")}
    refusal = ""
    with study_of(folder, settings, n_trials=n_trials, n_jobs=draw.choice([1, 2, 3])) as tuner:
        tuner.add_listener(at)
        try:
            tuner.optimize(csv)
        except BacktestError as error:  # else it was changed too late
            refusal = str(error)
        changed = at.join()
    assert not refusal or ("changing" in refusal and "\n" not in refusal)
    return changed


def is_refused(folder: Path, csv: Path) -> bool:
    """Whether the study does not go on with the backtest as it lies there."""
    settings = {**SETTINGS, "backtest_path": str(folder / "lib")}
    with study_of(folder, settings, n_trials=1000) as tuner:
        before = len(tuner.study.trials)
        try:
            tuner.optimize(csv)
        except (BacktestError, StudyError):
            return len(tuner.study.trials) == before
        return False


@pytest.mark.parametrize("number", range(N_STUDIES))
def test_a_study_whose_backtest_changes_again_and_again_has_the_trials_of_one_source(
    csv: Path, tmp_path: Path, number: int
) -> None:
    draw = random.Random(SEED * 1000 + number)
    package, seen = tmp_path / "lib" / "changing", dict[int, TrialRecord]()
    faults = lost = wrong = 0
    for turn in range(N_EDITS):
        write_sources(package)
        faults += run_until_edit(draw, tmp_path, csv, MORE * (turn + 1))
        now = finished(tmp_path)
        lost += sum(now.get(n) != trial for n, trial in seen.items())
        seen = {**now, **seen}
        if not is_whole(package):
            assert is_refused(tmp_path, csv)
    write_sources(package)
    settings = {**SETTINGS, "backtest_path": str(tmp_path / "lib")}
    n_trials = MORE * (N_EDITS + 1)
    with study_of(tmp_path, settings, n_trials=n_trials, n_jobs=2) as tuner:
        tuner.optimize(csv)
    now = finished(tmp_path)
    lost += sum(now.get(n) != trial for n, trial in seen.items()) + n_trials - len(now)
    for trial in now.values():
        marks = [trial.metric(name) for name in ("package", "main", "helper", "late")]
        wrong += trial.state != COMPLETE or marks != [1.0] * 4
    TALLY.add(AREA, faults=faults, lost=lost, wrong=wrong)
    assert (lost, wrong) == (0, 0)
