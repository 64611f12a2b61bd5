"""Which sampler chooses which point of a study: one for all, or with ``auto`` two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from titan_mlopt.core.tuner_config import AUTO_SAMPLER, GP, MULTI_OBJECTIVE, TPE, TunerConfig

#: With ``auto``, points before this one may be gp's, later ones are tpe's.
GP_POINTS = 200
#: Candles of an embedded backtest with its classifier from which ``auto`` takes gp. Such a backtest
#: takes 28 µs a candle, and an ask of gp 50 ms at 200 points, which is 5 % of 1.1 s.
GP_CANDLES = 40_000


@dataclass(frozen=True)
class Schedule:
    """The sampler of each point.

    Attributes:
        sampler: Name of the study's sampler.
        gp_points: With ``auto`` the number of the first points that are gp's.
    """

    sampler: str = TPE
    gp_points: int = 0

    def at(self, point: int) -> str:
        """Return the name of the sampler of a point."""
        if self.sampler != AUTO_SAMPLER:
            return self.sampler
        return GP if point < self.gp_points else TPE

    def as_dict(self) -> dict[str, Any]:
        """Return what a study pins."""
        name = {"sampler": self.sampler}
        return name | ({"gp_points": self.gp_points} if self.sampler == AUTO_SAMPLER else {})

    @classmethod
    def from_dict(cls, pinned: Mapping[str, Any] | None) -> Schedule:
        """Return what a study has pinned; studies of earlier versions, None, have tpe."""
        return cls(pinned["sampler"], pinned.get("gp_points", 0)) if pinned else cls()


def plan_schedule(config: TunerConfig, n_candles: int) -> Schedule:
    """Return the schedule of a new study.

    It goes by what the study is and measures no time, so that the same command makes the same study
    on any machine.

    Args:
        config: The settings of the study.
        n_candles: Candles that a trial reads.
    """
    if config.sampler != AUTO_SAMPLER:
        return Schedule(config.sampler)
    classifies = config.space.fixed.get("ml.enabled") is not False
    slow = classifies and n_candles * config.repeat >= GP_CANDLES
    takes_gp = config.objective_type != MULTI_OBJECTIVE and (config.backtest is not None or slow)
    return Schedule(AUTO_SAMPLER, GP_POINTS if takes_gp else 0)
