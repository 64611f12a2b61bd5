"""A study that is killed again and again at seeded moments, and taken up each time."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from support.fault_cases import Family
from support.pool_cases import mirrors_of, status_of
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import RUNNING, TrialRecord, ended_trials
from titan_mlopt.study.storage.studies import load_record

NAME = "storm"
#: Quick trials of the embedded backtest, with points that no two draws share.
SPACE = {
    "ranges": {
        "feature.fast_window": [3, 10, "int"],
        "model.flat_threshold": [0.5, 0.6, "float"],
        "pattern.max_boost": [0.01, 0.05, "float"],
        "online.learning_rate": [0.001, 0.1, "log"],
        "ensemble.min_margin": [0.02, 0.1, "float"],
    },
    "fixed": {"ml.enabled": False},
}
#: How often each is killed. The first three leave a study to be taken up.
KINDS = {
    **{"coordinator": 8, "group": 4, "coordinator and zygote": 4},
    **{"zygote": 2, "trial": 4, "mirror": 3},
}
# Of the start and the end of a run; the latter is a bound against hanging.
_START_S, _END_S = 60.0, 1500.0
_POLL_S = 0.01
# What `tune` exits with when MLflow has not all of it.
_INCOMPLETE = 1


@dataclass
class Storm:
    """What happened: kills by kind, starts, and each trial as it was first seen finished."""

    folder: Path
    kills: Counter[str] = field(default_factory=Counter)
    starts: int = 0
    reported: dict[int, TrialRecord] = field(default_factory=dict)

    @property
    def db(self) -> Path:
        return self.folder / "titan.db"

    def take_note(self) -> None:
        """Hold each finished trial against what it was when it was first seen."""
        if not _count_finished(self.db):
            return
        for trial in ended_trials(load_record(self.db, NAME).trials):
            assert self.reported.setdefault(trial.number, trial) == trial

    def study(self) -> StudyRecord:
        return load_record(self.db, NAME)


def run_storm(
    seed: int, n_trials: int, n_kills: int, folder: Path, store_uri: str, *, fails: bool = False
) -> tuple[Storm, Family]:
    """Run a study of ``n_trials`` in ``folder`` to its end through ``n_kills`` kills.

    After each kill of a coordinator nothing of it may live for more than 3 s. The last run is left
    alone and must end well. fails: MLflow does, so that an end may say that it has not all of it.
    """
    well = {0, _INCOMPLETE} if fails else {0}
    draw, storm = random.Random(seed), Storm(folder)
    family = Family(folder, {"MLFLOW_TRACKING_URI": store_uri})
    (folder / "space.json").write_text(json.dumps(SPACE))
    due = sorted(draw.randrange(n_trials) for _ in range(n_kills))
    command = ["-m", "titan_mlopt", *tune_command(n_trials)]
    while due:
        storm.starts += 1
        before = storm.kills["mirror"]
        with family.start(command) as process:
            while due and process.poll() is None:
                moment = _moment(draw, storm.db, due[0])
                _wait(lambda reached=moment: reached() or process.poll() is not None)
                if process.poll() is not None:
                    break
                if _kill(draw, family, process, storm):
                    due.pop(0)
            told = process.communicate(timeout=_END_S)  # the last kill may have been a trial's
            # A mirror that dies in the end of all leaves it incomplete.
            may = {_INCOMPLETE} if storm.kills["mirror"] > before else set()
            allowed = {*well, *may, -signal.SIGKILL}
            assert process.returncode in allowed, (process.returncode, *told)
            family.await_end()
        storm.take_note()
    storm.starts += 1
    with family.start(command) as process:
        told = process.communicate(timeout=_END_S)
        assert process.returncode in well, (process.returncode, *told)
        family.await_end()
    storm.take_note()
    return storm, family


def tune_command(n_trials: int) -> list[str]:
    """Return the words of the tune that is killed and taken up."""
    words = ["tune", "--n-trials", str(n_trials), "--n-jobs", "2", "--study-name", NAME]
    return [*words, "--space", "space.json", "--pruner", "none"]


def _moment(draw: random.Random, db: Path, finished: int) -> Callable[[], bool]:
    """Return what tells that the moment of the next kill has come.

    That is a little after so many trials were finished; when they are already, some time after the
    start: while it begins, in a trial, or in the report at the end.
    """
    began = time.monotonic()
    if _count_finished(db) >= finished and draw.random() < 0.5:
        due = began + draw.uniform(0.0, 8.0)
        return lambda: time.monotonic() >= due
    delay, reached = draw.uniform(0.0, 0.15), list[float]()

    def come() -> bool:
        if not reached and _count_finished(db) >= finished and _runs(db):
            reached.append(time.monotonic() + delay)
        return bool(reached) and time.monotonic() >= reached[0]

    return come


def _wait(come: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _START_S
    while not come():
        if time.monotonic() > deadline:  # all is done: it reports, or waits for MLflow
            return
        time.sleep(_POLL_S)


def _kill(
    draw: random.Random, family: Family, process: subprocess.Popen[str], storm: Storm
) -> bool:
    """Kill something; return False when what was chosen is not there."""
    kind = draw.choices(list(KINDS), list(KINDS.values()))[0]
    mirrors = mirrors_of(process.pid)
    children = [pid for pid in family.members() if status_of(pid)[1] == process.pid]
    zygotes = [pid for pid in children if pid not in mirrors]
    trials = [pid for pid in family.members() if status_of(pid)[1] in zygotes]
    if kind == "group":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        victims = {
            "coordinator": [process.pid],
            "coordinator and zygote": [process.pid, *zygotes],
            "zygote": zygotes[:1],
            "trial": trials[:1],
            "mirror": mirrors,
        }[kind]
        if not victims:
            return False
        if len(victims) > 1:  # at once, as far as they can tell
            _signal(victims, signal.SIGSTOP)
        _signal(victims, signal.SIGKILL)
    storm.kills[kind] += 1
    if kind not in ("zygote", "trial", "mirror"):
        process.wait()
    return True


def _signal(victims: list[int], signum: signal.Signals) -> None:
    for pid in victims:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signum)


def _count_finished(db: Path) -> int:
    return _count(db, "state IN ('COMPLETE', 'PRUNED', 'FAIL')")


def _runs(db: Path) -> bool:
    return _count(db, "state = 'RUNNING'") > 0


def _count(db: Path, condition: str) -> int:
    """Return the number of such trials, 0 while there are no tables."""
    with contextlib.suppress(sqlite3.OperationalError), _reading(db) as connection:
        query = f"SELECT count(*) FROM trials WHERE {condition}"
        return int(connection.execute(query).fetchone()[0])
    return 0


@contextlib.contextmanager
def _reading(db: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{db.as_uri()}?mode=rw", uri=True, timeout=5)) as connection:
        connection.execute("PRAGMA query_only = ON")
        yield connection


def tries_of(study: StudyRecord) -> dict[int, list[TrialRecord]]:
    """Return the trials of each point, in the order in which they were tried."""
    tries: dict[int, list[TrialRecord]] = {}
    for trial in study.trials:
        assert trial.point is not None
        assert trial.state != RUNNING
        tries.setdefault(trial.point, []).append(trial)
    return tries
