"""Worlds: seeded candles whose odds are known, on which the gate's decisions are counted.

A world is a function that draws closes: those to tune on, then those of the hold-out, where the
odds of some worlds change. Every column has a random stream of its own, so that a longer market of
the same seed begins with the shorter one.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from titan_mlopt.analysis.statistics.naive_rules import ALWAYS_UP, ANTI_PERSISTENCE
from titan_mlopt.candles.candles import Candles

FIRST_PRICE, BAR_VOLATILITY = 60_000.0, 4e-4
#: The next close moves toward the side of the mean of the last FAST closes less that of the last
#: SLOW, this often. The default config looks at 5 and 20.
FAST, SLOW, FOLLOWS = 9, 29, 0.6
DAY, TICK = 1440, 6.0
#: Mean of a return in standard deviations where prices drift: up on 58 % of the bars.
DRIFT = 0.2
UP_OFTEN, TURNS_BACK = 0.58, 0.6


@dataclass(frozen=True, slots=True)
class Streams:
    """Independent generators of one market, each named by what is drawn from it."""

    world: str
    seed: int

    def __call__(self, purpose: str) -> np.random.Generator:
        """Return the generator of ``purpose``, which is at its beginning."""
        names = [zlib.crc32(name.encode()) for name in (self.world, purpose)]
        return np.random.default_rng([self.seed, *names])


@dataclass(frozen=True, slots=True)
class World:
    """A kind of market.

    Attributes:
        name: For tables and stored rows.
        closes: Draws the closes from streams: so many to tune on, then so many to hold out.
        predictable: Whether anything predicts a direction in the hold-out; if not, each is a fair
            coin given all that came before it.
        best: The simple rule that no predictor exceeds in the hold-out; None where there is none.
    """

    name: str
    closes: Callable[[Streams, int, int], np.ndarray]
    predictable: bool = False
    best: str | None = None


def draw_candles(world: World, seed: int, tuned: int, sealed: int) -> Candles:
    """Return ``tuned`` + ``sealed`` one-minute candles; their closes are those of the world."""
    draw, n = Streams(world.name, seed), tuned + sealed
    close = world.closes(draw, tuned, sealed)
    open_ = np.concatenate([close[:1], close[:-1]])
    above, below = (np.abs(draw(side).standard_normal(n)) for side in ("above", "below"))
    high = np.maximum(open_, close) * (1.0 + BAR_VOLATILITY / 2 * above)
    low = np.minimum(open_, close) * np.exp(-BAR_VOLATILITY / 2 * below)
    moved = np.abs(close / open_ - 1.0) / BAR_VOLATILITY
    volume = 10.0 * np.exp(0.5 * draw("volume").standard_normal(n)) * (1.0 + moved)
    ts = 1_704_067_200 + 60 * np.arange(n, dtype=np.int64)
    return Candles(f"{world.name} {seed}", ts, open_, high, low, close, volume)


def walk(returns: np.ndarray) -> np.ndarray:
    """Return closes with these returns; no bar loses or gains more than half."""
    return FIRST_PRICE * np.cumprod(1.0 + np.clip(returns, -0.5, 0.5))


def signs(draw: Streams, up: float | np.ndarray, n: int) -> np.ndarray:
    """Return +1 with probability ``up``, else −1, (n,)."""
    return np.where(draw("coins").random(n) < up, 1.0, -1.0)


def clustered(shocks: np.ndarray) -> np.ndarray:
    """Return volatilities of bars that come in clusters: GARCH(1, 1) with these unit shocks."""
    variance, square, variances = 1.0, 1.0, []
    for shock in shocks.tolist():
        variance = 0.05 + variance * (0.1 * square + 0.85)
        square = shock * shock
        variances.append(variance)
    return BAR_VOLATILITY * np.sqrt(variances)


def normal_sizes(draw: Streams, n: int) -> np.ndarray:
    """Return sizes of moves, > 0: GARCH(1, 1) with normal shocks."""
    shocks = np.abs(draw("shocks").standard_normal(n))
    return clustered(shocks) * (shocks + 0.02)


def t3_shocks(draw: Streams, n: int) -> np.ndarray:
    """Return absolute values of Student's t with 3 degrees of freedom, of variance 1."""
    return np.abs(draw("shocks").standard_t(3, n)) / math.sqrt(3.0)


def no_predictability(draw: Streams, tuned: int, sealed: int) -> np.ndarray:
    """Return a random walk with volatility in clusters; a fair coin decides each direction."""
    n = tuned + sealed
    return walk(signs(draw, 0.5, n) * normal_sizes(draw, n))


def garch_t3(draw: Streams, tuned: int, sealed: int) -> np.ndarray:
    """Return the same with shocks of Student's t with 3 degrees of freedom."""
    n = tuned + sealed
    shocks = t3_shocks(draw, n)
    return walk(signs(draw, 0.5, n) * clustered(shocks) * (shocks + 0.02))


def student_t3(draw: Streams, tuned: int, sealed: int) -> np.ndarray:
    """Return independent returns of Student's t with 3 degrees of freedom."""
    n = tuned + sealed
    return walk(signs(draw, 0.5, n) * BAR_VOLATILITY * (t3_shocks(draw, n) + 0.02))


def tick_lattice(draw: Streams, tuned: int, sealed: int) -> np.ndarray:
    """Return prices on a lattice of ticks, where 70 % of the closes are unchanged.

    From 46 % to 94 % within each day. A move is of 1, 2, … ticks with probability 1/2, 1/4, …
    """
    n = tuned + sealed
    moving = 0.3 * (1.0 + 0.8 * np.sin(2.0 * np.pi * np.arange(n) / DAY))
    moves = draw("moves").random(n) < moving
    ticks = np.where(moves, draw("ticks").geometric(0.5, n), 0)
    return np.maximum(TICK, FIRST_PRICE + TICK * np.cumsum(signs(draw, 0.5, n) * ticks))


def intraday_season(draw: Streams, tuned: int, sealed: int) -> np.ndarray:
    """Return a random walk whose volatility rises and falls by a factor of 5 within each day."""
    n = tuned + sealed
    season = np.sqrt(5.0) ** np.cos(2.0 * np.pi * np.arange(n) / DAY)
    return walk(signs(draw, 0.5, n) * season * normal_sizes(draw, n))


def jumps(draw: Streams, tuned: int, sealed: int) -> np.ndarray:
    """Return a random walk in which 1 of 300 moves is 25 times as large."""
    n = tuned + sealed
    size = np.where(draw("jumps").random(n) < 1 / 300, 25.0, 1.0)
    return walk(signs(draw, 0.5, n) * size * normal_sizes(draw, n))


def louder_holdout(draw: Streams, tuned: int, sealed: int) -> np.ndarray:
    """Return a random walk whose volatility is five times as high in the hold-out."""
    n = tuned + sealed
    louder = np.where(np.arange(n) < tuned, 1.0, 5.0)
    return walk(signs(draw, 0.5, n) * louder * normal_sizes(draw, n))


def dying_edge(draw: Streams, tuned: int, sealed: int) -> np.ndarray:
    """Return the planted edge on the candles to tune on, and fair coins in the hold-out."""
    return trending(draw, np.repeat([FOLLOWS, 0.5], [tuned, sealed]))


def planted_edge(draw: Streams, tuned: int, sealed: int) -> np.ndarray:
    """Return closes that go to the side of the trend of 9 against 29 bars with probability .6."""
    return trending(draw, np.full(tuned + sealed, FOLLOWS))


def trending(draw: Streams, follows: np.ndarray) -> np.ndarray:
    """Return closes that go to the side of the trend with these probabilities, (n,)."""
    n = len(follows)
    sizes = np.minimum(normal_sizes(draw, n), 0.5).tolist()
    coins, chances = draw("coins").random(n).tolist(), follows.tolist()
    close, total = [FIRST_PRICE], [0.0, FIRST_PRICE]
    for t in range(1, n):
        up, chance = True, 0.5
        if t > SLOW:
            trend = (total[t] - total[t - FAST]) / FAST - (total[t] - total[t - SLOW]) / SLOW
            up, chance = trend > 0, chances[t]
        side = 1.0 if up == (coins[t] < chance) else -1.0
        close.append(close[-1] * (1.0 + side * sizes[t]))
        total.append(total[-1] + close[-1])
    return np.array(close)


def bounce(draw: Streams, tuned: int, sealed: int) -> np.ndarray:
    """Return closes that turn back after each move with probability .6, whatever its size."""
    n = tuned + sealed
    turns = np.where(draw("coins").random(n) < TURNS_BACK, -1.0, 1.0)
    return walk(np.cumprod(turns) * normal_sizes(draw, n))


def drifting(draw: Streams, drift: np.ndarray) -> np.ndarray:
    """Return normal returns in clusters, their means these in standard deviations, (n,)."""
    shocks = draw("shocks").standard_normal(len(drift))
    return walk(clustered(shocks) * (shocks + drift))


def drift_up(draw: Streams, tuned: int, sealed: int) -> np.ndarray:
    """Return a market that rises on 58 % of the bars, without any timing."""
    return drifting(draw, np.full(tuned + sealed, DRIFT))


def up_often(draw: Streams, tuned: int, sealed: int) -> np.ndarray:
    """Return a market that rises on 58 % of the bars and falls by more, so that its mean is 0."""
    n = tuned + sealed
    up = signs(draw, UP_OFTEN, n) > 0
    return walk(np.where(up, 1.0, -UP_OFTEN / (1.0 - UP_OFTEN)) * normal_sizes(draw, n))


def noise_then_bull(draw: Streams, tuned: int, sealed: int) -> np.ndarray:
    """Return a random walk on the candles to tune on, and a drift up in the hold-out."""
    return drifting(draw, np.repeat([0.0, DRIFT], [tuned, sealed]))


def bear_then_bull(draw: Streams, tuned: int, sealed: int) -> np.ndarray:
    """Return a drift down on the candles to tune on, and a drift up in the hold-out."""
    return drifting(draw, np.repeat([-DRIFT, DRIFT], [tuned, sealed]))


def switching_drift(draw: Streams, tuned: int, sealed: int) -> np.ndarray:
    """Return a drift that turns round every 500 bars on average."""
    turns = np.where(draw("turns").random(tuned + sealed) < 1 / 500, -1.0, 1.0)
    return drifting(draw, DRIFT * np.cumprod(turns))


NOISE = World("no predictability", no_predictability)
EDGE = World("planted edge", planted_edge, predictable=True)
WORLDS = (
    NOISE,
    World("GARCH, t3 shocks", garch_t3),
    World("Student t3", student_t3),
    World("tick lattice", tick_lattice),
    World("intraday season", intraday_season),
    World("jumps", jumps),
    World("louder hold-out", louder_holdout),
    World("edge that dies", dying_edge),
    World("bounce", bounce, predictable=True, best=ANTI_PERSISTENCE),
    World("drift up", drift_up, predictable=True, best=ALWAYS_UP),
    World("up often, mean 0", up_often, predictable=True, best=ALWAYS_UP),
    World("noise, then bull", noise_then_bull, predictable=True, best=ALWAYS_UP),
    World("bear, then bull", bear_then_bull, predictable=True, best=ALWAYS_UP),
    World("switching drift", switching_drift, predictable=True),
    EDGE,
)
