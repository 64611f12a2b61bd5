"""The executor that the settings ask for: local processes, or the workers of a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.process import count_cores
from titan_mlopt.core.trial import Segment
from titan_mlopt.core.tuner_config import DASK, LOCAL, TunerConfig
from titan_mlopt.executors.base import Executor
from titan_mlopt.executors.jobs import TrialJobs
from titan_mlopt.executors.local.pool import WorkerPool
from titan_mlopt.executors.local.workspace import new_scratch, remove_folder
from titan_mlopt.executors.pinned import PinnedPool

Sources = Mapping[str, str]


def warn_of_few_cores(config: TunerConfig, notice: Callable[[str], None]) -> None:
    """Call ``notice`` when more trials run at once here than this process has cores."""
    cores = count_cores()
    if config.executor == LOCAL and config.n_jobs > cores:
        notice(
            f"{config.n_jobs} trials at once on {cores} cores take turns; more than {cores} at "
            "once rarely end sooner"
        )


def open_executor(
    config: TunerConfig,
    n_jobs: int,
    scratch: Path,
    notice: Callable[[str], None] | None = None,
    identity: Mapping[str, str] | None = None,
    sources: Sources | None = None,
    on_sources: Callable[[Sources], None] = lambda _: None,
) -> Executor:
    """Open what runs ``n_jobs`` trials at once.

    Args:
        config: Says where they run and which backtest.
        n_jobs: Trials at once.
        scratch: A private folder, removed when the executor is closed or cannot be opened.
        notice: Called with what a person should know; None prints it on stderr.
        identity: What an external backtest must be on each worker, None before its dry run.
        sources: SHA-256 by module of what it must load, None before its dry run.
        on_sources: Called with all of them whenever trials have loaded more.

    Raises:
        TrialError: The process that trials are forked from cannot be started, or there is no
            scheduler.
    """
    pinned = dict(sources) if config.backtest and sources is not None else None
    try:
        pool: Executor
        if config.executor == DASK:
            from titan_mlopt.executors.dask.executor import DaskPool

            assert config.scheduler is not None
            assert notice is not None
            same = identity if config.backtest else None
            pool = DaskPool(config.scheduler, n_jobs, scratch, notice, same, pinned or {})
        else:
            pool = WorkerPool(n_jobs, scratch, notice)
    except BaseException:
        remove_folder(scratch)
        raise
    if config.backtest is None or pinned is None:
        return pool
    return PinnedPool(pool, config.backtest, pinned, on_sources)


@contextmanager
def open_jobs(
    config: TunerConfig,
    candles: Candles,
    segments: tuple[Segment, ...] = (),
    *,
    notice: Callable[[str], None] | None = None,
    sources: Sources | None = None,
) -> Iterator[tuple[Executor, TrialJobs]]:
    """Give an executor and what makes jobs for it; afterwards no process and no file is left.

    Args:
        config: Says where trials run, how many at once, which backtest, and where the scratch
            folder is made.
        candles: Those that each trial reads.
        segments: Those that each trial is scored on, () for one run over all candles.
        notice: As in ``open_executor``.
        sources: As in ``open_executor``.

    Raises:
        TrialError: As in ``open_executor``, or there is no place for the scratch folder.
    """
    scratch = new_scratch(config.scratch)
    with open_executor(config, config.n_jobs, scratch, notice, sources=sources) as pool:
        yield pool, TrialJobs.write(candles, config, scratch, segments)
