"""Trees of folders that backtests leave, of any depth, closed or full of links: each goes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.fault_cases import Family
from support.pool_cases import eventually, linux
from support.studies import quick
from support.tally import LONG, TALLY
from titan_mlopt.core.trees import remove_tree
from titan_mlopt.core.trial import COMPLETE
from titan_mlopt.study.storage.studies import load_record

pytestmark = [linux, pytest.mark.slow, pytest.mark.timeout(3600)]

AREA = "trees that backtests leave"
DEPTH, GREAT_DEPTH = 1200, 5000
# What is done in each folder before the next one is made in it.
KINDS = {
    "folders": "",
    "files": "open('file', 'w').close()",
    "links": "os.symlink('..', 'up'); os.symlink(out_dir, 'back')",
    "closed folders": "os.mkdir('closed', 0)",
}
# A tree on a disk is slow to make: the great depth is tried once.
ALL_TREES = [*((DEPTH, kind) for kind in KINDS), (GREAT_DEPTH, "folders")]
TREES = ALL_TREES if LONG else ALL_TREES[:1]
TRIALS = 3

LEAVING = """
import os, signal
from pathlib import Path

def run_backtest(csv_path, db_path, out_dir, limit=None, tune_weights=True, return_stats=False):
    here = os.getcwd()
    os.chdir(out_dir)
    for _ in range({depth}):
        {do}
        os.mkdir("d")
        os.chdir("d")
    os.chdir(here)
    if Path(__file__).with_name("kill").exists() and limit is None:
        Path(__file__).with_name("left").touch()
        signal.pause()
    return {{"total": 200, "correct": 101, "sharpe": 1.0, "ece": 0.01}}
"""


@pytest.fixture
def family(tmp_path: Path) -> Iterator[Family]:
    family = Family(tmp_path, {"MLFLOW_TRACKING_URI": "sqlite:///mlflow.db"})
    yield family
    for folder in family.left():  # pytest cannot remove such trees
        remove_tree(folder)


def write_backtest(family: Family, depth: int, kind: str) -> None:
    text = LEAVING.format(depth=depth, do=KINDS[kind] or "pass")
    (family.folder / "leaving.py").write_text(text)


def titan_mlopt(*words: str) -> list[str]:
    return ["-m", "titan_mlopt", *words]


def tune(n_trials: int) -> list[str]:
    return titan_mlopt(
        *("tune", "--backtest", "leaving:run_backtest", "--backtest-path", "."),
        *("--n-trials", str(n_trials), "--n-jobs", "2", "--scratch", "tmp"),
        *("--timeout-per-trial", "300", "--holdout", "0"),
    )


def run(family: Family, command: list[str]) -> str:
    """Return what a command that ends well writes to stderr."""
    with family.start(command) as process:
        _, errors = process.communicate(timeout=1500)
    assert process.returncode == 0, errors
    return errors


@pytest.mark.parametrize(("depth", "kind"), TREES)
def test_a_study_whose_trials_leave_deep_trees_goes_through_and_nothing_is_left(
    family: Family, depth: int, kind: str
) -> None:
    write_backtest(family, depth, kind)
    errors = run(family, tune(TRIALS))
    trials = load_record(family.folder / "titan.db", "titan_optimization").trials
    completed = sum(trial.state == COMPLETE for trial in trials)
    TALLY.add(AREA, faults=1, lost=TRIALS - completed)
    assert completed == TRIALS, errors
    assert family.left() == []


@pytest.mark.matrix
def test_the_deep_tree_of_a_killed_study_goes_with_the_next_command_of_any_kind(
    family: Family,
) -> None:
    write_backtest(family, DEPTH, "files")
    run(family, tune(1))
    kill, left = family.folder / "kill", family.folder / "left"
    embedded = family.folder / "embedded"
    embedded.mkdir()
    with quick(embedded, n_trials=1) as tuner:
        tuner.optimize("sample")
    replay = titan_mlopt("replay", "--db", "embedded/titan.db", "--trial", "0")
    doctor = titan_mlopt("doctor")
    for command in (tune(2), replay, doctor) if LONG else (replay, doctor):
        kill.touch()
        with family.start(tune(9)) as process:
            eventually(left.exists)
            family.kill_all()
        assert family.left() != []
        kill.unlink()
        left.unlink()
        with family.start(command) as process:
            _, errors = process.communicate(timeout=1500)
        assert "Traceback" not in errors, errors
        assert family.left() == [], errors
        TALLY.add(AREA, kills=1)
