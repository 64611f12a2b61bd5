"""The mirror's process: it holds nobody up, its death costs nothing, it outlives nobody."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from contextlib import closing
from dataclasses import replace
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from support.apply_cases import embedded, register
from support.paths import ROOT
from support.pool_cases import eventually, is_alive, linux, mirrors_of, stop
from support.studies import Tuned
from support.tracking_cases import nested_of, parent_of, patient_mirror
from support.walk_cases import QUICK_SPACE
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.core.errors import StudyError
from titan_mlopt.core.parameters import merge_config
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import RUNNING, Checkpoint, TrialRecord
from titan_mlopt.study.storage.studies import read_study
from titan_mlopt.tracking.mirror import client as mirror_process
from titan_mlopt.tracking.mirror.client import MirrorProcess
from titan_mlopt.tracking.mirror.messages import MirrorJob
from titan_mlopt.tracking.mirror.server import MirrorServer

# A fixture that tests ask for by its name.
__all__ = ["patient_mirror"]

pytestmark = linux
DEAD = "MLflow: the mirror's process must live, got exit code -9; the study goes on"


def job_for(store: str, study: StudyRecord, folder: Path) -> MirrorJob:
    return MirrorJob(store, study, None, str(folder))


class Killer:
    """Kills the mirror when a trial ends."""

    def __init__(self, number: int) -> None:
        self.number, self.killed = number, list[int]()

    def trial_started(self, trial: TrialRecord) -> None: ...

    def trial_progressed(self, number: int, checkpoint: Checkpoint) -> None: ...

    def trial_finished(self, trial: TrialRecord) -> None:
        if trial.number == self.number:
            self.killed = mirrors_of(os.getpid())
            for pid in self.killed:
                os.kill(pid, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.usefixtures("own_processes")
@pytest.mark.parametrize("number", [0, pytest.param(2, marks=pytest.mark.matrix)])
def test_a_mirror_that_is_killed_costs_no_trial_no_run_and_no_version(
    store: str, tmp_path: Path, number: int
) -> None:
    notices, killer = list[str](), Killer(number)
    config = TunerConfig(limit=700, n_trials=3, min_predictions=50, tracking_uri=store)
    with AutoTuner(
        tmp_path / "titan.db", config, listeners=[killer], on_notice=notices.append
    ) as tuner:
        tuner.optimize("sample")
    report = tuner.report
    assert report is not None
    assert len(killer.killed) == 1
    assert notices[1] == DEAD  # after that of Python's defaults
    assert report.mirror_failure is None
    assert report.registered is not None
    client = MlflowClient(store)
    trials, parent = report.study.trials, parent_of(client)
    runs = nested_of(client, parent)
    assert [run.data.metrics["accuracy"] for run in runs] == [t.metric("accuracy") for t in trials]
    assert parent.info.status == "FINISHED"
    assert mirrors_of(os.getpid()) == []


def test_after_its_death_a_mirror_answers_nothing_and_another_one_mends(
    store: str, tuned: Tuned, tmp_path: Path
) -> None:
    study, notices = tuned.report.study, list[str]()
    job = job_for(store, replace(study, trials=()), tmp_path)
    mirror = MirrorProcess(lambda: job, notices.append)
    mirror.trial_started(replace(study.trials[0], state=RUNNING, outcome=None, finished_at=None))
    assert mirror.draining()()
    (pid,) = mirrors_of(os.getpid())
    os.kill(pid, signal.SIGKILL)
    assert not mirror.draining()()
    assert (mirror.trial_links(), notices) == ({}, [DEAD])
    assert mirror.failure is not None
    mirror.trial_finished(study.trials[0])
    mirror.verify(study)
    assert mirror.draining()()
    assert mirror.failure is None
    assert sorted(mirror.trial_links()) == list(range(len(study.trials)))
    closing = mirror.close("FINISHED")
    assert closing.links["study"].endswith(parent_of(MlflowClient(store)).info.run_id)
    assert mirror.close("FAILED") == closing
    assert mirrors_of(os.getpid()) == []


def test_an_interrupt_while_a_message_is_made_leaves_the_mirror_whole(
    store: str, tuned: Tuned, tmp_path: Path
) -> None:
    study, notices = tuned.report.study, list[str]()
    job = job_for(store, replace(study, trials=()), tmp_path)
    mirror = MirrorProcess(lambda: job, notices.append)

    class Interrupting:
        def __reduce__(self) -> Any:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mirror.trial_finished(replace(study.trials[0], params={"a": Interrupting()}))  # type: ignore[dict-item]
    mirror.verify(study, always=True)
    assert mirror.draining()()
    assert sorted(mirror.trial_links()) == list(range(len(study.trials)))
    mirror.close("KILLED")
    assert mirror.failure is None
    assert mirrors_of(os.getpid()) == []
    assert [t for t in threading.enumerate() if t.name == "mirror-line"] == []


def test_a_mirror_that_is_stopped_stops_nobody_and_what_was_dropped_is_mended(
    store: str, tuned: Tuned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror_process, "_MAX_PENDING", 1)
    study, notices = tuned.report.study, list[str]()
    job = job_for(store, replace(study, trials=()), tmp_path)
    mirror = MirrorProcess(lambda: job, notices.append)
    assert mirror.draining()()
    (pid,) = mirrors_of(os.getpid())
    stop(pid)
    for _ in range(200):  # far more than the socket holds
        for trial in study.trials:
            mirror.trial_finished(trial)
    os.kill(pid, signal.SIGCONT)
    mirror.verify(study)
    assert mirror.draining()()
    assert sorted(mirror.trial_links()) == list(range(len(study.trials)))
    mirror.close("FINISHED")
    assert (mirror.failure, mirrors_of(os.getpid())) == (None, [])


@pytest.mark.parametrize("in_haste", [True, False])
def test_a_mirror_that_stays_stopped_is_replaced_unless_the_study_is_in_haste(
    store: str, tuned: Tuned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_haste: bool
) -> None:
    ours = "_SILENCE_AT_STOP_S" if in_haste else "_SILENCE_S"
    other = "_SILENCE_S" if in_haste else "_SILENCE_AT_STOP_S"
    study, notices = tuned.report.study, list[str]()
    job = job_for(store, replace(study, trials=()), tmp_path)
    mirror = MirrorProcess(lambda: job, notices.append, lambda: in_haste)
    assert mirror.draining()()
    monkeypatch.setattr(mirror_process, ours, 2.0)
    monkeypatch.setattr(mirror_process, other, 1e9)
    (pid,) = mirrors_of(os.getpid())
    stop(pid)
    mirror.trial_finished(study.trials[0])
    mirror.verify(study)
    monkeypatch.setattr(mirror_process, ours, 60.0)  # the next one imports MLflow first
    assert not is_alive(pid)
    assert "MLflow: the mirror's process must live, got no word of it for " in notices[0]
    assert mirror.draining()() is not in_haste
    assert (mirror.failure is None) is not in_haste
    mirror.close("FINISHED")
    assert mirrors_of(os.getpid()) == []


@pytest.mark.usefixtures("own_processes")
def test_an_interpreter_that_cannot_be_run_is_told_and_stops_nothing(
    store: str, tuned: Tuned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    notices = list[str]()
    mirror = MirrorProcess(lambda: job_for(store, tuned.report.study, tmp_path), notices.append)
    mirror.trial_finished(tuned.report.study.trials[0])
    assert not mirror.draining()()
    assert mirror.close("FINISHED").links == {}
    (notice,) = notices
    assert "the mirror's process must live, got [Errno 2]" in notice
    assert "/nowhere/python" in notice


def test_a_job_that_cannot_be_made_leaves_no_process() -> None:
    def job() -> MirrorJob:
        raise StudyError("the study is gone")

    with pytest.raises(StudyError, match="the study is gone"):
        MirrorProcess(job, print)
    assert mirrors_of(os.getpid()) == []


@pytest.mark.parametrize("answered", [True, False])
def test_it_ends_with_its_coordinator_whatever_it_is_at(
    store: str, tuned: Tuned, tmp_path: Path, answered: bool
) -> None:
    """Not answered: it imports MLflow."""
    code = (
        "import sys; from titan_mlopt.study.storage.studies import load_record\n"
        "from titan_mlopt.tracking.mirror.messages import MirrorJob\n"
        "from titan_mlopt.tracking.mirror.client import MirrorProcess\n"
        "study = load_record(sys.argv[1], 'titan_optimization')\n"
        "job = MirrorJob(sys.argv[2], study, None, '.')\n"
        "mirror = MirrorProcess(lambda: job, lambda text: None)\n"
        f"{'mirror.draining()()' if answered else ''}\n"
        "print('up', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tuned.db), store],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        (pid,) = mirrors_of(process.pid)
        process.kill()
        eventually(lambda: not is_alive(pid))


def test_what_mlflow_leaves_in_tmpdir_lies_in_the_coordinators_folder(
    store: str, tuned: Tuned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", tempfile.tempdir)
    ours, theirs = Pipe()
    with ours, theirs:
        server = MirrorServer(job_for(store, tuned.report.study, tmp_path), theirs)
        assert tempfile.mkdtemp().startswith(f"{tmp_path}/")
        server._close("FINISHED", None)


def test_a_tune_imports_no_mlflow_and_after_each_command_both_databases_stand_alone(
    store: str, tmp_path: Path
) -> None:
    """Whoever copies a file has all of it, without a log beside it, whichever process wrote it."""
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")  # as one that we make
    tune = (
        "import sys; from titan_mlopt import AutoTuner, TunerConfig\n"
        f"config = TunerConfig(n_trials=1, limit=700, min_predictions=50, tracking_uri={store!r})\n"
        "with AutoTuner('titan.db', config) as tuner: tuner.optimize('sample')\n"
        "print(tuner.report.registered, 'mlflow' in sys.modules, 'plotly' in sys.modules)"
    )
    told = list[str]()
    for words in (
        ("-c", tune),
        ("-m", "titan_mlopt", "doctor"),
        ("-m", "titan_mlopt", "promote", "1", "--force", "--reason", "a test"),
    ):
        env = {**os.environ, "PYTHONPATH": str(ROOT), "MLFLOW_TRACKING_URI": store}
        command, pipe = [sys.executable, *words], subprocess.PIPE
        ran = subprocess.run(command, cwd=tmp_path, env=env, stdout=pipe, text=True, check=True)
        told += ran.stdout.splitlines()[-1:]
        files = {path.name for path in tmp_path.iterdir() if ".db" in path.name}
        assert files == {"titan.db", "mlflow.db"}, words
        for name in files:
            with closing(sqlite3.connect(tmp_path / name)) as connection:
                assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert told[0] == "Registered(name='titan-config', version='1', new=True) False True"


def test_a_version_that_mlflow_refuses_is_told_and_made_by_the_next_call(
    store: str, tmp_path: Path
) -> None:
    trigger = "BEFORE INSERT ON model_versions BEGIN SELECT RAISE(ABORT, 'no more versions'); END"
    settings: dict[str, Any] = {"n_trials": 1, "limit": 700, "min_predictions": 50}
    notices, config = list[str](), TunerConfig(**settings, tracking_uri=store)
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as connection:
        connection.execute(f"CREATE TRIGGER full {trigger}")
    with AutoTuner(tmp_path / "titan.db", config, on_notice=notices.append) as tuner:
        tuner.optimize("sample")
        report = tuner.report
        assert report is not None
        assert report.registered is None
        assert report.mirror_failure is not None
        assert "the version refused" in report.mirror_failure
        (notice,) = (text for text in notices if not text.startswith("defaults: "))
        assert notice.startswith("MLflow: must register the config, got")
        assert re.search("creation error|no more versions", notice)
        assert parent_of(MlflowClient(store)).info.status == "FINISHED"
        with closing(sqlite3.connect(tmp_path / "mlflow.db")) as connection:
            connection.execute("DROP TRIGGER full")
        tuner.optimize("sample")
        assert tuner.report is not None
        assert tuner.report.mirror_failure is None
        assert tuner.report.registered is not None


class Baselines:
    """Notes which baselines there are when the first trial starts."""

    def __init__(self) -> None:
        self.tuner: AutoTuner | None = None
        self.then: list[str] = []

    def trial_started(self, trial: TrialRecord) -> None:
        assert self.tuner is not None
        self.then = self.then or [b.name for b in read_study(self.tuner.study).baselines]

    def trial_progressed(self, number: int, checkpoint: Checkpoint) -> None: ...

    def trial_finished(self, trial: TrialRecord) -> None: ...


@pytest.mark.slow
@pytest.mark.usefixtures("patient_mirror")
@pytest.mark.parametrize("timeout", [None, 600.0])
def test_the_first_trial_waits_for_the_champion_only_when_there_may_be_no_time_after(
    store: str, tmp_path: Path, timeout: float | None
) -> None:
    register(store, tmp_path, embedded(merge_config({"ml.enabled": False})))
    settings: dict[str, Any] = {"n_trials": 1, "limit": 400, "space": QUICK_SPACE}
    noting = Baselines()
    config = TunerConfig(**settings, tracking_uri=store)
    with AutoTuner(tmp_path / "titan.db", config, listeners=[noting]) as tuner:
        noting.tuner = tuner
        tuner.optimize("sample", timeout)
        names = [one.name for one in read_study(tuner.study).baselines]
    assert names[-2:] == ["default", "champion"]
    assert noting.then == (names if timeout else names[:-1])


@pytest.mark.usefixtures("patient_mirror")
def test_a_stopped_study_asks_for_no_champion(store: str, tmp_path: Path) -> None:
    """What was stopped ends at once; the next call measures it."""
    register(store, tmp_path, embedded(merge_config({"ml.enabled": False})))
    settings: dict[str, Any] = {"n_trials": 2, "limit": 400, "space": QUICK_SPACE}

    class Stopping(Baselines):
        def trial_finished(self, trial: TrialRecord) -> None:
            assert self.tuner is not None
            if trial.number == 0:
                self.tuner.stop()

    stopping = Stopping()
    config = TunerConfig(**settings, tracking_uri=store)
    for names in (["default"], ["default", "champion"]):
        with AutoTuner(tmp_path / "titan.db", config, listeners=[stopping]) as tuner:
            stopping.tuner = tuner
            tuner.optimize("sample")
            found = [one.name for one in read_study(tuner.study).baselines]
        assert found[3:] == names
