"""What a study begins with: configs to try first, and studies that its search starts from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import optuna

from titan_mlopt.core.start_points import StartPoint
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.study.storage.studies import TRANSFER
from titan_mlopt.study.transfer import (
    StoredSource,
    pin_sources,
    transfer_config,
    transfer_prior,
    transfer_sources,
)
from titan_mlopt.study.warm_start import Sources, pin_points, start_points

if TYPE_CHECKING:
    from titan_mlopt.study.samplers.transfer import TransferPrior


@dataclass(frozen=True)
class Beginning:
    """What is asked for in one call, by the names of the sources.

    Attributes:
        warm_start: As ``warm_start.start_points`` takes them.
        transfer: As ``transfer.transfer_sources`` takes them; their best trials are tried first.
    """

    warm_start: tuple[str, ...] = ()
    transfer: tuple[str, ...] = ()

    def config(self, attributes: Mapping[str, Any], config: TunerConfig) -> TunerConfig:
        """Return the settings of the study, which transfer changes; raises ``ConfigError``.

        Args:
            attributes: User attributes of the study, {} of a new one.
            config: The settings that are asked for.
        """
        transfers = self.transfer or TRANSFER in attributes
        return transfer_config(config) if transfers else config

    def read(self, study: optuna.Study | None, config: TunerConfig, sources: Sources) -> Start:
        """Return what the study has pinned, or what the sources hold; raises as they do.

        Before the study is made, with None for it, the sources are read alone.
        """
        transfer = transfer_sources(
            *(study, self.transfer, config.space, config.objective_type, sources.studies)
        )
        also = self.transfer  # their best trials are start points, too
        return Start(start_points(study, self.warm_start, sources, also), transfer)

    def pin(self, study: optuna.Study, start: Start) -> None:
        """Store with a new study what was read for it."""
        pin_points(study, self.warm_start, start.points)
        pin_sources(study, self.transfer, start.transfer)


#: Nothing is asked for.
NOTHING = Beginning()


@dataclass(frozen=True)
class Start:
    """What the sources hold.

    Attributes:
        points: Configs to try first.
        transfer: Trials of other studies, as they are stored.
    """

    points: tuple[StartPoint, ...] = ()
    transfer: Sequence[StoredSource] = ()

    def prior(self) -> TransferPrior | None:
        """Return what the other studies say of a point, None without any."""
        return transfer_prior(self.transfer)
