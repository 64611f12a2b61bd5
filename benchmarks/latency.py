"""How soon the first trial runs, how soon a trial is really over, and what a checkpoint costs."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
import optuna
from frame import Figure, alternate, empty_folder, environment, figure, new_store
from made_up import SPACE, made_up_outcome

from titan_mlopt.candles.candles import save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.candles.shared import share_candles
from titan_mlopt.core.parameters import merge_config
from titan_mlopt.core.trial import FAIL, INTERRUPTED, Checkpoint, TrialJob, TrialOutcome
from titan_mlopt.executors.base import Ended, Reached
from titan_mlopt.executors.local import workspace
from titan_mlopt.executors.local.pool import WorkerPool
from titan_mlopt.study.coordinator import study_in_memory
from titan_mlopt.study.pruning_study import PruningStudy
from titan_mlopt.study.storage.sqlite import open_storage
from titan_mlopt.study.storage.studies import open_study
from titan_mlopt.study.trial_writer import TrialWriter

STUCK = """
def in_c(csv_path, db_path, out_dir, limit, tune_weights, return_stats):
    pow(7, 10**8)  # one instruction that holds the interpreter for minutes

def in_python(csv_path, db_path, out_dir, limit, tune_weights, return_stats):
    while True:
        pass
"""
# An import of 2 s of CPU time, as production Titan's is (torch and all), and 1 s of work.
HEAVY = """
import time

def spend(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass

def run_backtest(csv_path, db_path, out_dir, limit, tune_weights, return_stats):
    began = time.perf_counter()
    spend(1.0)
    work = time.perf_counter() - began
    return {"accuracy": 0.5, "ece": 0.0, "n_predictions": 100, "work_s": work}

spend(2.0)
"""
N, QUICK_N = 15, 2
_FIRST_TARGET, _END_TARGET = "< 3 s", "< 200 ms"
_TIMEOUT_S, _POLL_S, _LONGEST_S = 0.3, 0.01, 120.0
_RUNNING = "SELECT count(*) FROM trials WHERE state = 'RUNNING'"


# --- until the first trial runs ------------------------------------------------------------------


def first_trial(*, store: bool) -> float:
    """Return the seconds from the start of a cold `titan-mlopt tune` until a trial is RUNNING.

    store: there is an MLflow store already. What numba compiles is cached by an earlier call.
    """
    with empty_folder() as folder:
        if store:
            (folder / "mlflow.db").write_bytes(new_store("store.open_client(uri)"))
        began = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-m", "titan_mlopt", "tune"],
            cwd=folder,
            env=environment(folder),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                while not is_running(folder / "titan.db"):
                    assert process.poll() is None, "the tune ended before its first trial"
                    assert time.perf_counter() - began < _LONGEST_S, "no trial has begun"
                    time.sleep(_POLL_S)
                return time.perf_counter() - began
            finally:
                process.kill()


def is_running(db: Path) -> bool:
    """Whether a trial of the database is RUNNING; looked at without a right to write."""
    try:
        with closing(sqlite3.connect(f"file:{db}?mode=ro", uri=True, timeout=0)) as connection:
            return bool(connection.execute(_RUNNING).fetchone()[0])
    except sqlite3.OperationalError:
        return False  # not there yet, or its tables are being made


def starts(n: int, *, warm_up: bool) -> Iterator[Figure]:
    """Yield the times to the first trial, with an MLflow store and with none.

    warm_up: once before that is not counted: files come from the disk, the loop may be compiled.
    """
    runs = {store: partial(first_trial, store=store) for store in (True, False)}
    if warm_up:
        runs[True]()
    for store, times in alternate(runs, n).items():
        what = "that is there" if store else "made new"
        yield figure(
            f"cold start to the first trial, MLflow store {what}", times, "s", _FIRST_TARGET
        )


# --- until a trial is over -----------------------------------------------------------------------


def job(number: int, candles: Path, **words: object) -> TrialJob:
    grid = (200, 400)
    return TrialJob(number, merge_config({}), str(candles), "", grid, **words)  # type: ignore[arg-type]


def until_ended(pool: WorkerPool, number: int) -> Ended:
    while True:
        for event in pool.wait():
            if isinstance(event, Ended) and event.number == number:
                return event
            if isinstance(event, Reached):
                pool.answer(event.number, go_on=True)


def pruned(pool: WorkerPool, candles: Path) -> float:
    """Return the ms from the answer "stop" to a free worker."""
    pool.submit(job(0, candles), 60)
    while not any(isinstance(event, Reached) for event in pool.wait()):
        pass
    began = time.perf_counter()
    pool.answer(0, go_on=False)
    until_ended(pool, 0)
    return 1e3 * (time.perf_counter() - began)


def past_deadline(pool: WorkerPool, candles: Path, folder: Path, name: str) -> float:
    """Return the ms from the deadline of stuck trials, one a worker, to the end of the last."""
    words = {"backtest": f"stuck:{name}", "backtest_path": str(folder)}
    for number in range(pool.n_jobs):
        pool.submit(job(number, candles, **words), _TIMEOUT_S)
    deadline = time.perf_counter() + _TIMEOUT_S
    left = set(range(pool.n_jobs))
    while left:
        left -= {event.number for event in pool.wait() if isinstance(event, Ended)}
    return 1e3 * (time.perf_counter() - deadline)


def killed(pool: WorkerPool, candles: Path, folder: Path) -> float:
    """Return the ms from the order to kill a stuck trial to its end."""
    words = {"backtest": "stuck:in_c", "backtest_path": str(folder)}
    pool.submit(job(0, candles, **words), 60)
    time.sleep(_TIMEOUT_S)
    began = time.perf_counter()
    pool.kill(0, TrialOutcome(FAIL, INTERRUPTED))
    until_ended(pool, 0)
    return 1e3 * (time.perf_counter() - began)


def ends(n: int) -> Iterator[Figure]:
    """Yield how long trials that are stopped, killed or stuck live on."""
    with empty_folder() as folder:
        candles = folder / "candles.npy"
        save_candles(sample_candles(900), candles)
        (folder / "stuck.py").write_text(STUCK)
        for n_jobs in (1, 2):
            with WorkerPool(n_jobs, workspace.new_scratch()) as pool:
                runs = {
                    f"past its deadline, stuck in {where}, n_jobs={n_jobs}": partial(
                        past_deadline, pool, candles, folder, kind
                    )
                    for kind, where in (("in_c", "C code"), ("in_python", "Python"))
                }
                if n_jobs == 1:
                    runs["pruned, to a free worker"] = partial(pruned, pool, candles)
                    runs["killed, stuck in C code"] = partial(killed, pool, candles, folder)
                for what, times in alternate(runs, n).items():
                    yield figure(f"a trial that is {what}", times, "ms", _END_TARGET)


# --- a backtest whose import is heavy ---


def one_trial(pool: WorkerPool, candles: Path, folder: Path, *, fresh: bool) -> float:
    """Return the time from submit to end, in times of the trial's own work."""
    words = {"backtest": "heavy:run_backtest", "backtest_path": str(folder), "sources": {}}
    began = time.perf_counter()
    pool.submit(job(0, candles, fresh_import=fresh, **words), 60)
    work = until_ended(pool, 0).outcome.metrics["work_s"]
    assert work is not None
    return (time.perf_counter() - began) / work


def imports(n: int) -> Iterator[Figure]:
    """Yield how long a trial takes whose backtest is imported once, and in each trial."""
    with empty_folder() as folder, WorkerPool(1, workspace.new_scratch()) as pool:
        candles = folder / "candles.npy"
        save_candles(sample_candles(900), candles)
        (folder / "heavy.py").write_text(HEAVY)
        one_trial(pool, candles, folder, fresh=False)  # the first one waits for the import
        with WorkerPool(1, workspace.new_scratch()) as other:
            runs = {
                "once": partial(one_trial, pool, candles, folder, fresh=False),
                "in each trial": partial(one_trial, other, candles, folder, fresh=True),
            }
            for what, times in alternate(runs, n).items():
                target = "≤ 1.15" if what == "once" else ""
                name = (
                    f"a trial of 1 s whose backtest takes 2 s to import, imported {what} / its work"
                )
                yield figure(name, times, "×", target)


# --- a checkpoint --------------------------------------------------------------------------------


def asked(pool: WorkerPool, candles: Path, n_points: int) -> Iterator[float]:
    """Yield the ms from one checkpoint of a trial to its next, 10 predictions later."""
    grid = tuple(range(10, 10 * n_points + 1, 10))
    config = merge_config({"ml.enabled": False})
    pool.submit(TrialJob(0, config, str(candles), "", grid), 60)
    began = None
    while pool.running:
        for event in pool.wait():
            if isinstance(event, Reached):
                now = time.perf_counter()
                if began is not None:
                    yield 1e3 * (now - began)
                began = now
                pool.answer(0, go_on=True)


def stored(folder: Path, n_points: int) -> Iterator[float]:
    """Yield the ms in which the coordinator judges and stores each checkpoint of a trial.

    The study has 100 other trials that the pruner looks at.
    """
    rng = np.random.default_rng(0)
    backend = open_storage(folder / "titan.db")
    study = open_study(backend, "checkpoints", ("maximize",))
    memory = study_in_memory(study)
    memory.ask(SPACE)
    writer = TrialWriter(study, backend)
    writer.begin(memory.get_trials(deepcopy=False)[0])
    judge = PruningStudy("checkpoints", optuna.pruners.MedianPruner(), lambda point: point.accuracy)
    for _ in range(100):
        outcome = made_up_outcome(rng, skill=0.05)
        judge.recall(outcome.checkpoints, outcome.state, outcome.metrics["accuracy"])
    judge.begin(0)
    for number in range(1, n_points + 1):
        point = Checkpoint(10 * number, 12 * number, 0.5, 0.02, 1.0)
        began = time.perf_counter()
        value, _ = judge.prunes(0, point)
        writer.report(0, point.step, value)
        yield 1e3 * (time.perf_counter() - began)
    backend.engine.dispose()


def checkpoints(n: int) -> Iterator[Figure]:
    """Yield what a checkpoint costs a trial that waits for its answer, and the coordinator."""
    with empty_folder() as folder, WorkerPool(1, workspace.new_scratch()) as pool:
        candles = folder / "candles.npy"
        share_candles(sample_candles(version=1), candles)
        yield figure("a checkpoint, asked and answered", list(asked(pool, candles, 10 * n)), "ms")
        # The first ones make SQLAlchemy's statements.
        yield figure("a checkpoint, judged and stored", list(stored(folder, 10 * n))[5:], "ms")


def measure(*, quick: bool) -> Iterator[Figure]:
    """Yield the times of starts, ends and checkpoints."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    n = QUICK_N if quick else N
    yield from starts(1 if quick else 5, warm_up=not quick)
    yield from ends(n)
    yield from imports(n)
    yield from checkpoints(n)
