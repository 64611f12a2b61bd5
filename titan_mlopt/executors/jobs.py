"""Trial jobs: the candles of a study written as its backtest reads them, and configs to run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from titan_mlopt.candles.candles import Candles, save_candles
from titan_mlopt.candles.shared import share_candles
from titan_mlopt.core.parameters import Params, merge_config
from titan_mlopt.core.trial import Segment, TrialJob
from titan_mlopt.core.tuner_config import TunerConfig


@dataclass(frozen=True)
class TrialJobs:
    """Makes the jobs of a study, which differ in number and config alone.

    candles_path: the file that every trial reads. grid: numbers of predictions after which a trial
    reports. segments: () for one run over all candles.
    """

    config: TunerConfig
    candles_path: Path
    interval_s: int
    segments: tuple[Segment, ...] = ()
    grid: tuple[int, ...] = ()

    @classmethod
    def write(
        cls,
        candles: Candles,
        config: TunerConfig,
        folder: Path,
        segments: tuple[Segment, ...] = (),
        grid: tuple[int, ...] = (),
    ) -> Self:
        """Write the candles and return what makes jobs on them.

        The embedded backtest maps one shared file; any other reads CSV, one file for each segment.

        Args:
            candles: Those that each trial reads.
            config: The settings of the study.
            folder: Where the files are written; it must exist until the last trial has ended.
            segments: Those that each trial is scored on, () for one run over all candles.
            grid: Numbers of predictions after which a trial reports, ascending.

        Raises:
            CandleError: A file cannot be written.
        """
        if config.backtest is None:
            path = folder / "candles.npy"
            share_candles(candles, path)
            return cls(config, path, candles.interval_s, segments, grid)
        path, written = folder / "candles.csv", []
        save_candles(candles, path)
        for number, segment in enumerate(segments, start=1):
            part = folder / f"segment-{number}.csv"
            save_candles(candles.part(segment.start, segment.stop), part)
            written.append(replace(segment, path=str(part)))
        return cls(config, path, candles.interval_s, tuple(written), grid)

    def config_of(self, params: Params) -> Params:
        """Return the config that a trial runs: of the embedded backtest every key of it."""
        space = self.config.space
        config = space.complete(params)
        if self.config.backtest is not None:
            return config
        return merge_config(config, beyond=space.beyond_titan)

    def job(self, number: int, config: Params, **changes: Any) -> TrialJob:
        """Return the job that runs a config.

        Args:
            number: Of the trial.
            config: The whole config, as ``config_of`` returns it.
            **changes: Fields of ``TrialJob`` that differ from the study's.
        """
        settings = self.config
        job = TrialJob(
            number=number,
            config=config,
            candles_path=str(self.candles_path),
            folder="",
            grid=self.grid,
            seed=settings.seed,
            backtest=settings.backtest or "",
            backtest_path=settings.backtest_folder,
            repeat=settings.repeat,
            interval_s=self.interval_s,
            memory_bytes=settings.memory_bytes,
            segments=self.segments,
            sealed=settings.holdout > 0,
            cost_bps=settings.cost_bps,
            unchanged=settings.unchanged,
            fresh_import=settings.fresh_import,
        )
        return replace(job, **changes)
