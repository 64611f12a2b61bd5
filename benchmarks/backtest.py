"""Candles a second of the embedded predictor on one core, loading, memory of a trial."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from frame import Figure, empty_folder, figure, repeated, seconds_of

from titan_mlopt.backtest.engine.predictor import Predictor
from titan_mlopt.backtest.runner import backtest_stats
from titan_mlopt.candles.candles import Candles, load_candles, save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.candles.shared import map_candles, share_candles
from titan_mlopt.core.parameters import merge_config
from titan_mlopt.core.trial import COMPLETE, TrialJob
from titan_mlopt.executors.base import Ended, Reached
from titan_mlopt.executors.local import workspace
from titan_mlopt.executors.local.pool import WorkerPool

SIZES, QUICK_SIZES = (1500, 50_000, 500_000, 5_000_000), (1500, 8000)
#: The largest with the classifier, whose training takes nearly all of the time; run once.
LARGEST_CLASSIFIED = 500_000
REPEATS, QUICK_REPEATS = 5, 1
OFF, ON = merge_config({"ml.enabled": False}), merge_config({})
_MEMORY_TARGET = "< 100 MB"
_LOOK_S = 0.02


def predict(candles: Candles, *, classifier: bool) -> None:
    """Run the predictor over all candles."""
    Predictor(candles, ON if classifier else OFF).run()


def speed(candles: Candles, repeats: int) -> Iterator[Figure]:
    """Yield candles a second, without the classifier and, up to a size, with it."""
    n = len(candles)
    for classifier in (False, True):
        if classifier and n > LARGEST_CLASSIFIED:
            return
        work = partial(predict, candles, classifier=classifier)
        long = classifier and n == LARGEST_CLASSIFIED
        times = (seconds_of(work),) if long else repeated(work, repeats)
        name = f"{n:,} candles, classifier {'on' if classifier else 'off'}"
        yield figure(name, [n / seconds for seconds in times], "candles/s")


def loading(candles: Candles, folder: Path, repeats: int) -> Iterator[Figure]:
    """Yield seconds of reading a file, once a study, and of giving what was read to the trials."""
    n = f"{len(candles):,} candles"
    for ending in ("parquet", "csv"):
        path = folder / f"candles.{ending}"
        save_candles(candles, path)
        yield figure(
            f"{n} loaded from {ending}", repeated(partial(load_candles, path), repeats), "s"
        )
        path.unlink()
    path = folder / "candles.npy"
    share = partial(share_candles, candles, path)
    yield figure(f"{n} written where trials map them", repeated(share, repeats), "s")
    times = repeated(partial(map_candles, path), repeats)
    yield figure(f"{n} mapped by a trial", [1e3 * seconds for seconds in times], "ms")


def memory(candles: Candles) -> Iterator[Figure]:
    """Yield what a first and a second trial add at their most, the worker's process included.

    Pss: each page of memory counts as one, divided by the processes that share it.
    """
    scratch = workspace.new_scratch()
    with WorkerPool(2, scratch) as pool:
        path = scratch / "candles.npy"
        share_candles(candles, path)
        grid = tuple(len(candles) * tenth // 10 for tenth in range(1, 10))
        run_trials(pool, path, 1, grid)  # the worker has started by then
        idle = sum(map(pss_mb, descendants()))
        one, two = (run_trials(pool, path, n_jobs, grid) for n_jobs in (1, 2))
    n = f"{len(candles):,} candles, classifier off"
    yield figure(f"{n}: memory of the worker without a trial", idle, "MB")
    yield figure(f"{n}: a trial adds, n_jobs=1", one - idle, "MB")
    yield figure(f"{n}: a second one adds, n_jobs=2", two - one, "MB", _MEMORY_TARGET)


def run_trials(pool: WorkerPool, path: Path, n_jobs: int, grid: tuple[int, ...]) -> float:
    """Run so many trials at once; return the largest Pss in MB of all processes of the pool.

    grid: predictions after which each waits for the others, so that one look sees all of them.
    """
    worst, waiting = 0.0, set[int]()
    for number in range(n_jobs):
        pool.submit(TrialJob(number, OFF, str(path), "", grid), timeout_s=600)
    while pool.running:
        for event in pool.wait(_LOOK_S):
            if isinstance(event, Reached):
                waiting.add(event.number)
            elif isinstance(event, Ended):
                assert event.outcome.state == COMPLETE, event.outcome.message
        worst = max(worst, sum(map(pss_mb, descendants())))
        if len(waiting) == len(pool.running):
            for number in waiting:
                pool.answer(number, go_on=True)
            waiting.clear()
    return worst


def descendants() -> list[int]:
    """Return the processes that this one has started, and theirs."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int(
                (folder / "stat").read_text().rpartition(")")[2].split()[1]
            )
        except OSError:
            continue  # gone meanwhile
    found, level = [], [os.getpid()]
    while level:
        level = [pid for pid, parent in parents.items() if parent in level]
        found += level
    return found


def pss_mb(pid: int) -> float:
    """Return the proportional set size of a process in MB, 0 of one that is gone."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    lines = (line for line in rollup.splitlines() if line.startswith("Pss:"))
    return sum(int(line.split()[1]) for line in lines) / 1024


def measure(*, quick: bool) -> Iterator[Figure]:
    """Yield speeds by size, then loading and memory at the largest."""
    sizes, repeats = (QUICK_SIZES, QUICK_REPEATS) if quick else (SIZES, REPEATS)
    candles = sample_candles(sizes[-1])
    for size in sizes:
        yield from speed(candles.head(size), repeats)
    yield from trial_on_the_sample(repeats)
    with empty_folder() as folder:
        yield from loading(candles, folder, 1 if quick else 3)
    yield from memory(candles)


def trial_on_the_sample(repeats: int) -> Iterator[Figure]:
    """Yield the seconds of a backtest at the defaults, its statistics included."""
    sample = sample_candles(version=1)
    for config, word in ((ON, "on"), (OFF, "off")):
        times = repeated(partial(backtest_stats, sample, config), repeats)
        name = f"a backtest of the sample, defaults, classifier {word}"
        yield figure(name, [1e3 * seconds for seconds in times], "ms")
