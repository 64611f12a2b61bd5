"""An ensemble: several configs of a study that vote, and the threshold of their vote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from titan_mlopt.core.errors import TrackingError, short_repr
from titan_mlopt.core.parameters import Params, digest

#: Keys of a version's manifest: the ensemble, and its digest.
ENSEMBLE, ENSEMBLE_SHA256 = "ensemble", "ensemble_sha256"
_WHERE = "manifest.json: ensemble"


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Configs that vote on each bar; ``backtest.voting`` says how.

    Attributes:
        trials: Numbers of the members' trials, the best one first.
        configs: Their configs, in the same order, each with every key that the backtest needs.
        threshold: The least absolute mean vote that is a prediction, in (0, .5].
    """

    trials: tuple[int, ...]
    configs: tuple[Params, ...]
    threshold: float

    @property
    def sha256(self) -> str:
        """SHA-256 of configs and threshold: of what decides, not of where it comes from."""
        return digest({"configs": list(self.configs), "threshold": self.threshold})

    def document(self) -> dict[str, Any]:
        """Return it as the JSON that ``read`` reads."""
        members = [
            {"trial": trial, "config": dict(config)}
            for trial, config in zip(self.trials, self.configs, strict=True)
        ]
        return {"threshold": self.threshold, "members": members}

    @classmethod
    def read(cls, manifest: Mapping[str, Any]) -> Self | None:
        """Return the ensemble of a version's manifest; None for a version that is one config.

        The values of the configs are not checked.

        Raises:
            TrackingError: It is not as ``document`` wrote it, or its digest is another one.
        """
        document = manifest.get(ENSEMBLE)
        if document is None:
            return None
        try:
            ensemble = cls(
                tuple(int(member["trial"]) for member in document["members"]),
                tuple(dict(member["config"]) for member in document["members"]),
                float(document["threshold"]),
            )
            sha256 = ensemble.sha256
            if not ensemble.trials or not 0.0 < ensemble.threshold <= 0.5:
                raise ValueError("no members, or a threshold that no vote can have")
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise TrackingError(
                f"{_WHERE}: must hold members and threshold, got {short_repr(document)}; register "
                "the ensemble again"
            ) from error
        if sha256 != manifest.get(ENSEMBLE_SHA256):
            raise TrackingError(
                f"{_WHERE}: its SHA-256 must be the manifest's "
                f"{short_repr(manifest.get(ENSEMBLE_SHA256))}, got {sha256}; it was changed after "
                "it was registered: do not use it, register the ensemble again"
            )
        return ensemble
