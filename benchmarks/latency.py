"""How soon a trial is really over: pruned, past its deadline in Python or in C code, or killed."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from titan_mlopt.candles import save_candles
from titan_mlopt.params import merge_config
from titan_mlopt.records import FAIL, INTERRUPTED, TrialJob, TrialOutcome
from titan_mlopt.sample import sample_candles
from titan_mlopt.trial import workspace
from titan_mlopt.trial.executor import Ended, Reached
from titan_mlopt.trial.pool import WorkerPool

STUCK = """
def in_c(csv_path, db_path, out_dir, limit, tune_weights, return_stats):
    pow(7, 10**8)  # one instruction that holds the interpreter for minutes

def in_python(csv_path, db_path, out_dir, limit, tune_weights, return_stats):
    while True:
        pass
"""
N = 15
_TIMEOUT_S = 0.3


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
    """Return the seconds from the answer "stop" to a free worker."""
    pool.submit(job(0, candles), 60)
    while not any(isinstance(event, Reached) for event in pool.wait()):
        pass
    began = time.perf_counter()
    pool.answer(0, go_on=False)
    until_ended(pool, 0)
    return time.perf_counter() - began


def past_deadline(pool: WorkerPool, candles: Path, folder: Path, name: str, n_jobs: int) -> float:
    """Return the seconds from the deadline of the last of ``n_jobs`` stuck trials to its end."""
    words = {"backtest": f"stuck:{name}", "backtest_path": str(folder)}
    for number in range(n_jobs):
        pool.submit(job(number, candles, **words), _TIMEOUT_S)
    deadline = time.perf_counter() + _TIMEOUT_S
    left = set(range(n_jobs))
    while left:
        left -= {event.number for event in pool.wait() if isinstance(event, Ended)}
    return time.perf_counter() - deadline


def killed(pool: WorkerPool, candles: Path, folder: Path) -> float:
    """Return the seconds from the order to kill a stuck trial to its end."""
    words = {"backtest": "stuck:in_c", "backtest_path": str(folder)}
    pool.submit(job(0, candles, **words), 60)
    time.sleep(0.3)
    began = time.perf_counter()
    pool.kill(0, TrialOutcome(FAIL, INTERRUPTED))
    until_ended(pool, 0)
    return time.perf_counter() - began


def main() -> None:
    """Print the table."""
    rows: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_candles(sample_candles(900), folder / "candles.npy")
        (folder / "stuck.py").write_text(STUCK)
        for n_jobs in (1, 2):
            with WorkerPool(n_jobs, workspace.new_scratch()) as pool:
                candles = folder / "candles.npy"
                for _ in range(N):
                    if n_jobs == 1:
                        rows.setdefault("pruned, to a free worker", []).append(
                            pruned(pool, candles)
                        )
                        rows.setdefault("killed, stuck in C code", []).append(
                            killed(pool, candles, folder)
                        )
                    for kind, where in (("in_c", "C code"), ("in_python", "Python")):
                        what = f"past its deadline, stuck in {where}, n_jobs={n_jobs}"
                        rows.setdefault(what, []).append(
                            past_deadline(pool, candles, folder, kind, n_jobs)
                        )
    print("| a trial that is | median | largest |\n|---|---|---|")
    for what, seconds in rows.items():
        print(
            f"| {what} | {1e3 * statistics.median(seconds):.0f} ms | {1e3 * max(seconds):.0f} ms |"
        )


if __name__ == "__main__":
    main()
