"""Rules without any config, on the bars that a config predicted: what has to be beaten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

MAJORITY, PERSISTENCE, ANTI_PERSISTENCE = "majority class", "persistence", "anti-persistence"


@dataclass(frozen=True, slots=True)
class BaselineScore:
    """Hits of a rule on n bars; a bar on which it has nothing to go by is not counted in n."""

    name: str
    n: int
    hits: int

    @property
    def accuracy(self) -> float:
        """Hits / n, 0 for n = 0."""
        return self.hits / self.n if self.n else 0.0


def baseline_directions(closes: np.ndarray) -> dict[str, np.ndarray]:
    """Return what each rule says of the next close after each candle, {name: int8 (n,)}.

    closes: (n,). Entry t is +1, −1 or 0 (nothing to say) and uses closes up to t alone.
    "majority class": the more frequent direction of all moves so far, 0 when they are as many;
    "persistence": the direction of the last move, unchanged closes skipped; "anti-persistence":
    its opposite. All are 0 before the first move.
    """
    moves = np.sign(np.diff(np.asarray(closes, np.float64), prepend=closes[:1])).astype(np.int64)
    last = np.maximum.accumulate(np.where(moves != 0, np.arange(len(moves)), 0))
    persistence = moves[last].astype(np.int8)
    majority = np.sign(np.cumsum(moves)).astype(np.int8)
    return {MAJORITY: majority, PERSISTENCE: persistence, ANTI_PERSISTENCE: -persistence}


def score_baselines(
    directions: Mapping[str, np.ndarray], outcome: np.ndarray, predicted: np.ndarray
) -> tuple[BaselineScore, ...]:
    """Return the score of each rule on the bars that a config predicted.

    directions: of each rule, (n,), of the bars in question alone. outcome: direction of what
    happened, (n,); 0 is a miss for both sides, as in a config's accuracy. predicted: bool (n,).
    """
    scores = []
    for name, direction in directions.items():
        said = predicted & (direction != 0)
        hits = int((direction * outcome > 0)[said].sum())
        scores.append(BaselineScore(name, int(said.sum()), hits))
    return tuple(scores)
