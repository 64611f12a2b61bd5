"""Candles a second of the embedded predictor, and how fast a pool gives its first answer."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from titan_mlopt.backtest.runner import backtest_stats
from titan_mlopt.candles import Candles, save_candles
from titan_mlopt.engine.predictor import Predictor
from titan_mlopt.params import merge_config
from titan_mlopt.records import TrialJob
from titan_mlopt.sample import sample_candles
from titan_mlopt.trial import workspace
from titan_mlopt.trial.executor import Ended, Reached
from titan_mlopt.trial.pool import WorkerPool

REPEATS = 5
OFF = merge_config({"ml.enabled": False})
ON = merge_config({})


def seconds(work: Callable[[], object]) -> float:
    """Return the median seconds of a few runs, the first one left out."""
    work()
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def candle_loop(n: int) -> float:
    """Return millions of candles a second without the classifier."""
    candles = sample_candles(n)
    return n / seconds(lambda: Predictor(candles, OFF).run()) / 1e6


def first_answer(candles: Candles) -> tuple[float, float]:
    """Return the seconds from a pool's start to its first and second outcome."""
    scratch = workspace.new_scratch()
    path = scratch / "candles.npy"
    began = time.perf_counter()
    answers = []
    with WorkerPool(1, scratch) as pool:
        save_candles(candles, path)
        for number in range(2):
            pool.submit(TrialJob(number, OFF, str(path), "", ()), timeout_s=60)
            while pool.running:
                for event in pool.wait(1.0):
                    if isinstance(event, Reached):
                        pool.answer(event.number, go_on=True)
                    elif isinstance(event, Ended):
                        answers.append(time.perf_counter() - began)
    return answers[0], answers[1] - answers[0]


def memory_of_a_trial(candles: Candles) -> float:
    """Return the Pss in MB of a trial with the classifier, read while it waits for an answer."""
    scratch = workspace.new_scratch()
    path = scratch / "candles.npy"
    save_candles(candles, path)
    worst = 0.0
    with WorkerPool(1, scratch) as pool:
        pool.submit(TrialJob(0, ON, str(path), "", (1000, 3000)), timeout_s=60)
        while pool.running:
            for event in pool.wait(1.0):
                if isinstance(event, Reached):
                    worst = max(worst, *(pss_mb(pid) for pid in trial_pids(scratch)))
                    pool.answer(event.number, go_on=True)
    return worst


def trial_pids(scratch: Path) -> list[int]:
    """Return the processes that have a file of the scratch folder open."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            links = [link.readlink() for link in (folder / "fd").iterdir()]
        except OSError:
            continue
        if any(str(link).startswith(str(scratch)) for link in links):
            found.append(int(folder.name))
    return found


def pss_mb(pid: int) -> float:
    """Return the proportional set size of a process in MB."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    line = next(line for line in rollup.splitlines() if line.startswith("Pss:"))
    return int(line.split()[1]) / 1024


def main() -> None:
    """Print the table."""
    sample = sample_candles()
    with_classifier = seconds(lambda: backtest_stats(sample, ON))
    first, second = first_answer(sample)
    rows = [
        ("candle loop, 500,000 candles, no classifier", f"{candle_loop(500_000):.1f} M candles/s"),
        ("candle loop, 50,000 candles, no classifier", f"{candle_loop(50_000):.1f} M candles/s"),
        ("a trial on the sample at the defaults", f"{with_classifier:.2f} s"),
        (
            "of it the classifier",
            f"{1 - seconds(lambda: backtest_stats(sample, OFF)) / with_classifier:.0%}",
        ),
        ("pool start to first outcome, warm cache", f"{first:.2f} s"),
        ("the second trial of the pool", f"{second * 1000:.0f} ms"),
        ("memory of a trial (Pss)", f"{memory_of_a_trial(sample):.0f} MB"),
    ]
    print(f"numpy {np.__version__}, median of {REPEATS}")
    for name, value in rows:
        print(f"| {name} | {value} |")


if __name__ == "__main__":
    main()
