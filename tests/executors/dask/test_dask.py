"""Trials on the workers of a real Dask cluster: the same numbers, and what is refused."""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from support.dask_cases import (
    MARKS,
    ROOT,
    STEADY,
    DaskCluster,
    Worker,
    cluster,
    dask_settings,
    known_of,
    notices,
    points_of,
    pool,
    worker,
)
from support.external_cases import TITAN
from support.holdout_cases import with_marks
from support.memory_cases import external_job
from support.pool_cases import (
    Following,
    candles_path,
    job_of,
)
from support.segment_cases import SHORT
from support.studies import quick
from support.walk_cases import CANDLES, N_TUNED, WALK, walk_study
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.candles.candles import load_candles
from titan_mlopt.cli import main
from titan_mlopt.core.errors import ConfigError, TrialError
from titan_mlopt.core.trial import COMPLETE, FAIL, MEMORY, PRUNED, Checkpoint, TrialJob, TrialRecord
from titan_mlopt.executors.dask import worker as dask_host
from titan_mlopt.executors.dask.executor import DaskPool
from titan_mlopt.executors.local import workspace
from titan_mlopt.report.commands import study_commands
from titan_mlopt.study.storage.studies import load_record, read_study
from titan_mlopt.tracking.study_report import config_of

pytest.importorskip("distributed", reason="Dask comes with the extra dask")
# Fixtures: pytest finds them here by their names.
__all__ = ["candles_path", "cluster", "external_job", "job_of", "notices", "pool", "worker"]
pytestmark = MARKS


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
    transfers = pool._cluster.candles.transfers
    assert list(transfers.values()) == [1]
    ((_, digest),) = transfers
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


def test_a_pool_that_is_sent_candles_has_heard_of_its_coordinator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = SimpleNamespace(heard_at=-1e9, candles=lambda file: tmp_path / file.digest)
    monkeypatch.setitem(dask_host._hosts, "session", host)
    part = dask_host.put_candles(
        "session", "0" * 64, ".npy", b"x", first=True, last=False, dask_worker=None
    )
    asyncio.run(part)
    assert host.heard_at > 0


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
    pool: DaskPool, external_job: Callable[..., TrialJob]
) -> None:
    pool.submit(external_job("hoard = [np.ones(10**6) for _ in range(10**5)]"), 600)
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
    settings |= {"backtest": "a:b"}
    record = dataclasses.replace(record, settings=settings, candles={"name": "sample"})
    assert config_of(record).backtest_path == "/on/workers"
    commands = study_commands(record, config_of(record), tmp_path)
    command = commands["Run what is missing of 100 trials"]
    assert "--backtest-path /on/workers --executor dask --scheduler tcp://h:1" in command


def test_a_gate_without_the_backtest_here_is_refused_before_the_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("--executor", "dask", "--scheduler", "tcp://127.0.0.1:9", "--promote")
    external = ("--backtest", "a:b", "--backtest-path", "/on/workers/alone")
    done = CliRunner().invoke(main, ["tune", *words, *external])
    assert done.exit_code == 2
    (line,) = done.output.splitlines()
    assert "promote: must have the backtest here, where the hold-out stays, got" in line
    assert list(tmp_path.iterdir()) == []


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
    monkeypatch.setattr("titan_mlopt.executors.dask.cluster._CONNECT_TIMEOUT_S", 0.5)
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
