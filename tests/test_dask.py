"""Trials on the workers of a real Dask cluster: the same numbers, really stopped, nothing left."""

from __future__ import annotations

import dataclasses
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import quick
from dask_cases import ROOT, DaskCluster, Worker, cluster, dask_settings
from guest_cases import TITAN
from pool_cases import (
    PATIENCE_S,
    Following,
    candles_path,
    eventually,
    here,
    is_alive,
    job_of,
    linux,
    same,
    stop,
)
from test_guest_segments import SHORT
from test_holdout import with_marks
from test_memory import guest_job
from walk_cases import CANDLES, N_TUNED, WALK, walk_study

from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.candles import load_candles
from titan_mlopt.cli import main
from titan_mlopt.errors import ConfigError, TrialError
from titan_mlopt.mirroring import config_of
from titan_mlopt.records import (
    COMPLETE,
    CRASH,
    FAIL,
    INTERRUPTED,
    MEMORY,
    PRUNED,
    TIMEOUT,
    Checkpoint,
    TrialJob,
    TrialOutcome,
    TrialRecord,
)
from titan_mlopt.report.commands import study_commands
from titan_mlopt.study.points import ended_trials
from titan_mlopt.study.storage import load_record, read_study
from titan_mlopt.trial import dask_host, workspace
from titan_mlopt.trial.dask import DaskPool

pytest.importorskip("distributed", reason="Dask comes with the extra dask")
# Fixtures: pytest finds them here by their names.
__all__ = ["candles_path", "cluster", "guest_job", "job_of"]
pytestmark = [
    linux,
    pytest.mark.slow,
    # Dask's own, of sockets that its threads close a moment later.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

#: Makes the stand-in for Titan's backtest quick, and the same again.
STEADY = {"TITAN_STANDIN_SLEEP_S": "0", "TITAN_STANDIN_CLOCK": "0"}


@pytest.fixture(scope="module")
def worker(cluster: DaskCluster) -> Worker:
    return cluster.start_worker(**STEADY)


@pytest.fixture
def notices() -> list[str]:
    return []


@pytest.fixture
def pool(
    cluster: DaskCluster, worker: Worker, tmp_path: Path, notices: list[str]
) -> Iterator[DaskPool]:
    scratch = workspace.new_scratch(tmp_path)
    with DaskPool(cluster.address, 2, scratch, notices.append) as pool:
        yield pool
    assert not scratch.exists()
    assert worker.is_clean()


def points_of(tuner: AutoTuner) -> list[tuple[Any, ...]]:
    """Return all that a study holds of its trials but their times."""
    return [known_of(trial) for trial in read_study(tuner.study).trials]


def known_of(t: TrialRecord) -> tuple[Any, ...]:
    return t.number, t.point, t.params, t.state, t.values, _timeless(t.outcome)


def _timeless(outcome: TrialOutcome | None) -> dict[str, Any]:
    assert outcome is not None
    return {
        name: getattr(outcome, name)
        for name in TrialOutcome.__dataclass_fields__
        if name != "duration_seconds"
    }


# --- the same numbers ----------------------------------------------------------------------------


def test_a_study_on_one_worker_equals_the_local_one_to_the_bit(
    cluster: DaskCluster, worker: Worker, tmp_path: Path
) -> None:
    studies = []
    for executor in ({}, dask_settings(cluster)):
        folder = tmp_path / str(len(studies))
        folder.mkdir()
        with quick(folder, n_trials=10, n_warmup_steps=100, n_startup_trials=2, **executor) as t:
            t.optimize("sample")
            studies.append(points_of(t))
    assert studies[0] == studies[1]
    assert {COMPLETE, PRUNED} == {state for _, _, _, state, _, _ in studies[0]}
    assert worker.is_clean()


def test_a_backtest_by_import_path_runs_where_the_worker_has_it(
    cluster: DaskCluster, worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"n_trials": 2, "seed": 3, "pruner_type": "none", **TITAN}
    studies = []
    for executor in ({}, dask_settings(cluster)):
        folder = tmp_path / str(len(studies))
        folder.mkdir()
        with quick(folder, **settings, **executor) as tuner:
            tuner.optimize("sample")
            studies.append(read_study(tuner.study))
    assert studies[0].backtest == studies[1].backtest
    assert [t.params for t in studies[0].trials] == [t.params for t in studies[1].trials]
    assert {t.state for t in studies[1].trials} == {COMPLETE}
    assert worker.is_clean()


def test_candles_travel_once_to_a_worker_however_many_trials_need_them(
    pool: DaskPool, worker: Worker, job_of: Callable[..., TrialJob], candles_path: Path
) -> None:
    following = Following(pool)
    for number in range(3):
        pool.submit(job_of(number), 600)
    following.until_ended(0, 1, 2)
    assert list(pool.transfers.values()) == [1]
    ((_, digest),) = pool.transfers
    (host,) = worker.hosts()
    kept = host / f"candles-{digest}.npy"
    assert kept.read_bytes() == candles_path.read_bytes()
    assert [path.name for path in host.iterdir()] == [kept.name]


def test_candles_that_arrive_damaged_are_refused(pool: DaskPool, worker: Worker) -> None:
    client = pool._cluster._client
    digest, session = "0" * 64, pool._cluster.session
    with pytest.raises(ValueError, match=r"must arrive as SHA-256 000000000000…, got 2d711642b726"):
        # SHA-256 of the letter x: `printf x | sha256sum`.
        client.run(dask_host.put_candles, session, digest, ".npy", b"x", first=True, last=True)
    assert list(worker.hosts()[0].iterdir()) == []
    client.run(dask_host.end_session, session)


# --- what is held out, and what is repeated ------------------------------------------------------


class Searching:
    """Looks at what a worker has on disk whenever a trial of a study goes on there."""

    def __init__(self, worker: Worker) -> None:
        self._worker, self.seen, self.found = worker, set[str](), list[Path]()

    def trial_started(self, trial: TrialRecord) -> None:
        """Nothing is done."""

    def trial_progressed(self, number: int, checkpoint: Checkpoint) -> None:
        for folder in (*self._worker.hosts(), *self._worker.scratches()):
            self.found += with_marks(folder)
            self.seen |= {f"{len(load_candles(p))}{p.suffix}" for p in folder.glob("candles-*")}

    def trial_finished(self, trial: TrialRecord) -> None:
        """Nothing is done."""


def test_no_worker_gets_the_holdout_and_trials_on_segments_are_the_local_ones(
    cluster: DaskCluster, worker: Worker, tmp_path: Path
) -> None:
    local = walk_study(tmp_path, CANDLES)
    searching, config = Searching(worker), TunerConfig(**{**WALK, **dask_settings(cluster)})
    with AutoTuner(tmp_path / "there.db", config, listeners=[searching]) as tuner:
        tuner.optimize(CANDLES)
        study = read_study(tuner.study)
    assert [known_of(trial) for trial in study.trials] == [known_of(t) for t in local.trials]
    assert {trial.state for trial in study.trials} == {COMPLETE, PRUNED}
    assert (study.holdout, study.baselines) == (local.holdout, local.baselines)
    assert [one.name for one in study.baselines][-1] == "default"
    assert (searching.seen, searching.found) == ({f"{N_TUNED}.npy"}, [])
    assert worker.is_clean()


def test_another_backtest_on_segments_gets_the_files_of_each_and_nothing_held_out(
    cluster: DaskCluster, worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in STEADY.items():
        monkeypatch.setenv(name, value)
    settings = {**WALK, "space": SHORT, "n_trials": 2, "pruner_type": "none", **TITAN}
    local = walk_study(tmp_path, CANDLES, **settings)
    searching, config = Searching(worker), TunerConfig(**{**settings, **dask_settings(cluster)})
    with AutoTuner(tmp_path / "there.db", config, listeners=[searching]) as tuner:
        tuner.optimize(CANDLES)
        study = read_study(tuner.study)
    assert [known_of(trial) for trial in study.trials] == [known_of(t) for t in local.trials]
    assert {trial.state for trial in study.trials} == {COMPLETE}
    # 2,078 candles to tune on; 300 warm up, and 1,777 are scored in four parts.
    assert searching.seen == {f"{N_TUNED}.csv", *(f"{300 + n + 1}.csv" for n in (445, 444))}
    assert searching.found == []
    assert worker.is_clean()


def test_a_trial_that_eats_memory_fails_with_that_reason_on_its_worker(
    pool: DaskPool, guest_job: Callable[..., TrialJob]
) -> None:
    pool.submit(guest_job("hoard = [np.ones(10**6) for _ in range(10**5)]"), 600)
    outcome = Following(pool).until_ended(0)
    assert (outcome.state, outcome.reason) == (FAIL, MEMORY)
    assert outcome.message.startswith("trial 0: must do with 0.1 GB of memory, got ")


def test_placebo_studies_of_a_study_that_ran_there_run_here_or_there_alike(
    cluster: DaskCluster, worker: Worker, store: str, tmp_path: Path
) -> None:
    with quick(tmp_path, n_trials=2, **dask_settings(cluster)) as tuner:
        tuner.optimize("sample")
    shutil.copy("titan.db", "again.db")
    there = ("--executor", "dask", "--scheduler", cluster.address)
    found = []
    for db, words in (("titan.db", ()), ("again.db", there)):
        done = CliRunner().invoke(main, ["placebo", "--db", db, "--runs", "1", "--json", *words])
        assert done.exit_code == 0, done.output
        found.append(load_record(db, "titan_optimization").placebos)
    assert found[0] == found[1] != ()
    assert worker.is_clean()


def test_a_study_that_ran_there_keeps_the_workers_folder_in_its_commands(tmp_path: Path) -> None:
    with quick(tmp_path) as tuner:
        record = read_study(tuner.study)
    settings = {"executor": "dask", "scheduler": "tcp://h:1", "backtest_path": "/on/workers"}
    record = dataclasses.replace(record, settings={**settings, "backtest": "a:b"})
    assert config_of(record).backtest_path == "/on/workers"
    commands = study_commands(record, config_of(record), tmp_path)
    command = commands["Run what is missing of 100 trials"]
    assert "--backtest-path /on/workers --executor dask --scheduler tcp://h:1" in command


def test_a_gate_without_the_backtest_here_is_refused_before_the_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("--executor", "dask", "--scheduler", "tcp://127.0.0.1:9", "--promote")
    guest = ("--backtest", "a:b", "--backtest-path", "/on/workers/alone")
    done = CliRunner().invoke(main, ["tune", *words, *guest])
    assert done.exit_code == 2
    (line,) = done.output.splitlines()
    assert "promote: must have the backtest here, where the hold-out stays, got" in line
    assert list(tmp_path.iterdir()) == []


# --- really stopped ------------------------------------------------------------------------------


def test_a_pruned_trial_hands_in_what_it_has_and_its_process_is_gone(
    pool: DaskPool, worker: Worker, job_of: Callable[..., TrialJob], tmp_path: Path
) -> None:
    following = Following(pool, 0)
    pool.submit(job_of(0), 600)
    following.until_waiting(0)
    (child,) = worker.trials()
    pool.answer(0, go_on=False)
    outcome = following.until_ended(0)
    assert (outcome.state, len(outcome.checkpoints)) == (PRUNED, 1)
    assert same(outcome, *here(job_of(0), tmp_path, lambda _: False))
    assert not is_alive(child)


def test_a_trial_past_its_deadline_is_killed_by_its_worker_even_when_it_is_deaf(
    pool: DaskPool, worker: Worker, job_of: Callable[..., TrialJob]
) -> None:
    following = Following(pool, 0)
    began = time.monotonic()
    pool.submit(job_of(0), 3.0)
    following.until_waiting(0)
    (child,) = worker.trials()
    stop(child)
    outcome = following.until_ended(0)
    assert (outcome.state, outcome.reason) == (FAIL, TIMEOUT)
    assert "must finish within 3 s, killed after 1000 predictions" in outcome.message
    assert not is_alive(child)
    assert time.monotonic() - began < 3.0 + PATIENCE_S


def test_a_killed_trial_ends_with_the_outcome_given_and_its_process_is_gone(
    pool: DaskPool, worker: Worker, job_of: Callable[..., TrialJob]
) -> None:
    following = Following(pool, 0)
    pool.submit(job_of(0), 600)
    following.until_waiting(0)
    (child,) = worker.trials()
    stop(child)
    pool.kill(0, TrialOutcome(FAIL, INTERRUPTED, "stopped"))
    outcome = following.until_ended(0)
    assert (outcome.reason, outcome.message) == (INTERRUPTED, "stopped")
    assert len(outcome.checkpoints) == 1
    assert not is_alive(child)


def test_a_trial_that_crashes_leaves_the_worker_alone(
    pool: DaskPool, worker: Worker, job_of: Callable[..., TrialJob]
) -> None:
    following = Following(pool, 0)
    pool.submit(job_of(0), 600)
    following.until_waiting(0)
    (child,) = worker.trials()
    os.kill(child, signal.SIGSEGV)
    outcome = following.until_ended(0)
    assert (outcome.state, outcome.reason) == (FAIL, CRASH)
    assert "signal 11 (SIGSEGV) after 1000 predictions" in outcome.message
    pool.submit(job_of(1), 600)
    assert following.until_ended(1).state == COMPLETE


# --- workers come and go -------------------------------------------------------------------------


def test_the_trial_of_a_worker_that_dies_begins_anew_elsewhere_and_asks_nothing_twice(
    tmp_path: Path, job_of: Callable[..., TrialJob]
) -> None:
    made, notices = DaskCluster(tmp_path), list[str]()
    try:
        with DaskPool(made.address, 1, workspace.new_scratch(tmp_path), notices.append) as pool:
            assert (pool.free, notices) == (0, [])
            pool.wait(0)
            assert notices == [f"{made.address} has no workers now: waiting for some"]
            first = made.start_worker()  # late, and used
            eventually(lambda: pool.wait(0.1) or pool.free == 1)
            following = Following(pool, 0)
            pool.submit(job_of(0), 600)
            following.until_waiting(0)
            pool.answer(0, go_on=True)
            following._go_on(lambda: len(following.points[0]) == 2)
            second = made.start_worker()
            zygotes = first.zygotes()
            first.kill()
            following.held.clear()
            pool.answer(0, go_on=True)
            outcome = following.until_ended(0)
            assert same(outcome, *here(job_of(0), tmp_path))
            assert [p.n_predictions for p in following.points[0]] == [1000, 2000, 3000]
            eventually(lambda: not any(map(is_alive, zygotes)))
            assert first.scratches() == []
        assert second.is_clean()
    finally:
        made.close()


@pytest.mark.matrix
def test_a_trial_that_outlives_too_many_workers_is_a_crash(
    tmp_path: Path, job_of: Callable[..., TrialJob]
) -> None:
    made = DaskCluster(tmp_path)
    try:
        with DaskPool(made.address, 1, workspace.new_scratch(tmp_path), print) as pool:
            following = Following(pool, 0)
            pool.submit(job_of(0), 600)
            for _ in range(3):
                worker = made.start_worker()
                eventually(lambda: following.take(pool.wait(0.1)) or worker.trials())  # noqa: B023
                worker.kill()
            outcome = following.until_ended(0)
        assert (outcome.state, outcome.reason) == (FAIL, CRASH)
        assert "3 attempts in all; the logs of the workers may tell why" in outcome.message
    finally:
        made.close()


STUDY = """
import sys
sys.path[:0] = [{tests!r}]
from pathlib import Path
from conftest import quick
settings = dict(executor="dask", scheduler=sys.argv[2], n_trials={n_trials}, n_jobs=2, **{more})
with quick(Path(sys.argv[1]), **settings) as tuner:
    tuner.optimize("sample")
"""


def start_study(
    cluster: DaskCluster, folder: Path, n_trials: int, **more: Any
) -> subprocess.Popen[bytes]:
    code = STUDY.format(tests=str(ROOT / "tests"), n_trials=n_trials, more=more)
    return subprocess.Popen([sys.executable, "-c", code, str(folder), cluster.address])


SLEEPER = """
import time
from pathlib import Path

def run_backtest(csv_path, db_path, out_dir, limit=None, tune_weights=True, return_stats=False):
    if not limit:
        (Path(__file__).parent / "asleep").touch()
        time.sleep(600)
    return {"accuracy": 0.5, "ece": 0.1, "sharpe": 0.0, "n_predictions": 100, "n_bars": 100}
"""


def test_a_coordinator_that_is_killed_leaves_nothing_on_the_workers(
    cluster: DaskCluster, worker: Worker, tmp_path: Path
) -> None:
    (tmp_path / "sleeper.py").write_text(SLEEPER)
    guest = {"backtest": "sleeper:run_backtest", "backtest_path": str(tmp_path)}
    study = start_study(cluster, tmp_path, 1, **guest)
    try:
        eventually((tmp_path / "asleep").exists)
        assert len(worker.trials()) == 1
    finally:
        study.kill()
        study.wait()
    eventually(lambda: not worker.trials(), within_s=10)
    eventually(worker.is_clean, within_s=30)


@pytest.mark.matrix
def test_a_study_loses_and_doubles_nothing_when_a_worker_dies_in_the_middle(
    tmp_path: Path,
) -> None:
    made, db = DaskCluster(tmp_path), tmp_path / "titan.db"
    try:
        first, second = made.start_worker(), made.start_worker()
        study = start_study(made, tmp_path, 30, pruner_type="none", deterministic=True)
        eventually(lambda: first.trials() and second.trials())
        eventually(lambda: len(ended_trials(load_record(db, "titan_optimization").trials)) >= 8)
        first.kill()
        third = made.start_worker()
        assert study.wait(PATIENCE_S * 2) == 0
        with quick(tmp_path) as tuner:
            trials = read_study(tuner.study).trials
        (tmp_path / "local").mkdir()
        settings = {"n_trials": 30, "n_jobs": 2, "pruner_type": "none", "deterministic": True}
        with quick(tmp_path / "local", **settings) as tuner:
            tuner.optimize("sample")
            expected = read_study(tuner.study).trials
        assert [t.point for t in trials] == list(range(30))
        assert [t.values for t in trials] == [t.values for t in expected]
        assert {t.state for t in trials} == {COMPLETE}
        assert second.is_clean()
        assert third.is_clean()
    finally:
        made.close()


@pytest.mark.matrix
def test_a_scheduler_that_dies_ends_the_study_with_one_line_and_no_trial_is_left_running(
    tmp_path: Path,
) -> None:
    made = DaskCluster(tmp_path)
    try:
        worker = made.start_worker()
        with quick(tmp_path, n_trials=50, **dask_settings(made)) as tuner:
            tuner.add_listener(_At(5, made.kill_scheduler))
            with pytest.raises(TrialError, match=r"^scheduler tcp://.*must stay while trials run"):
                tuner.optimize("sample")
            assert all(trial.state.is_finished() for trial in tuner.study.trials)
            reasons = {t.outcome.reason for t in read_study(tuner.study).trials if t.outcome}
            assert reasons <= {"", "pruner", INTERRUPTED}
        eventually(worker.is_clean)
    finally:
        made.close()


class _At:
    """Does something when a trial of that number starts."""

    def __init__(self, number: int, what: Callable[[], None]) -> None:
        self._number, self._what = number, what

    def trial_started(self, trial: Any) -> None:
        if trial.number == self._number:
            self._what()

    def trial_progressed(self, number: int, checkpoint: object) -> None: ...

    def trial_finished(self, trial: object) -> None: ...


# --- refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("planted", "message"),
    [
        (
            "import sys; sys.modules['titan_mlopt'] = None",
            r".*No module named .*; install the same",
        ),
        (
            "import titan_mlopt; titan_mlopt.__version__ = '0.0.1'",
            r"must have titan_mlopt .*, engine \d+, got 0\.0\.1, engine \d+; install the same",
        ),
    ],
)
def test_a_worker_without_this_program_is_one_clear_error(
    cluster: DaskCluster, tmp_path: Path, planted: str, message: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(planted)
    worker = cluster.start_worker(PYTHONPATH=f"{tmp_path}:{ROOT}")
    try:
        scratch = workspace.new_scratch(tmp_path)
        with pytest.raises(TrialError, match=rf"^Dask worker tcp://.*: {message}"):
            DaskPool(cluster.address, 1, scratch, print)
        assert not scratch.exists()
        assert worker.is_clean()
    finally:
        worker.kill()


def test_no_scheduler_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("titan_mlopt.trial.dask_cluster._CONNECT_TIMEOUT_S", 0.5)
    scratch = workspace.new_scratch(tmp_path)
    with pytest.raises(
        TrialError, match=r"^scheduler tcp://127\.0\.0\.1:9: must be a Dask scheduler that answers"
    ):
        DaskPool("tcp://127.0.0.1:9", 1, scratch, print)
    assert not scratch.exists()


def test_without_dask_the_message_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with (
        quick(
            tmp_path, executor="dask", scheduler="tcp://127.0.0.1:9", scratch=str(scratch)
        ) as tuner,
        pytest.raises(ConfigError, match=r"^executor: dask must be installed.*titan-mlopt\[dask\]"),
    ):
        tuner.optimize("sample")
    assert len(tuner.study.trials) == 0
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"executor": "slurm"}, "executor: must be one of local, dask, got 'slurm'"),
        ({"executor": "dask"}, "scheduler: must be the address of a Dask scheduler, .* got None"),
        ({"executor": "dask", "scheduler": "here"}, "scheduler: must be the address .* got 'here'"),
        ({"scheduler": "tcp://a:1"}, "scheduler: must be left out with .* local, got 'tcp://a:1'"),
        (
            {"executor": "dask", "scheduler": "tcp://a:1", "backtest": "a:b", "backtest_path": "x"},
            "backtest_path: must be an absolute path on Dask's workers, got 'x'",
        ),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=rf"^{message}"):
        TunerConfig(**settings)
