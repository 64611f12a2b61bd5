"""Look-ahead: whether predictions change with candles that come after them."""

from __future__ import annotations

import numpy as np

from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.findings import utc_text
from titan_mlopt.evaluation.backtest_check.records import Records

# A move for candles without one, so that each outcome from there on is another one.
_SMALL_MOVE = 0.001
_LARGEST_MOVE = 0.5
# The return of a record may be a logarithm, and in percent.
_UNITS, _CLOSE = (1.0, 100.0), 0.02
# So many outcomes, and this share of them, must be those of the candles.
_FEWEST_OUTCOMES, _MOSTLY = 20, 0.95


def candles_to_change(candles: Candles, n_records: int) -> tuple[int, ...]:
    """Return three candles from which on to change them: two amid the records, and the last.

    Each of the first two is the largest move among 20, so that its outcome is easy to tell.
    """
    n, moves = len(candles), np.abs(candles.returns)
    starts = (n - 1 - max(1, int(n_records * share)) for share in (0.7, 0.35))
    amid = [start + 1 + int(moves[start : start + 20].argmax()) for start in starts]
    return tuple(dict.fromkeys([*amid, n - 1]))


def changed_from(candles: Candles, index: int) -> Candles:
    """Return candles in which each move from one candle on has the other sign.

    Args:
        candles: The candles.
        index: The first candle that changes, from 1 on.
    """
    moves = candles.close[1:] / candles.close[:-1] - 1.0
    mirrored = -moves[index - 1 :].clip(-_LARGEST_MOVE, _LARGEST_MOVE)
    mirrored[mirrored == 0.0] = _SMALL_MOVE
    close = candles.close[index - 1] * np.cumprod(1.0 + mirrored)
    ratio = np.concatenate([np.ones(index), close / candles.close[index:]])
    prices = (candles.open, candles.high, candles.low, candles.close)
    scaled = (prices[0] * ratio, prices[1] * ratio, prices[2] * ratio, prices[3] * ratio)
    volume = candles.volume * np.where(np.arange(len(candles)) < index, 1.0, 1.5)
    return Candles(candles.name, candles.ts, *scaled, volume)


def look_ahead_text(before: Records, after: Records, candles: Candles, index: int) -> str:
    """Return which prediction changed with candles that come after it, "" when none did.

    Args:
        before: Records on the candles.
        after: The same on ``changed_from(candles, index)``.
        candles: The candles.
        index: The first candle that was changed.
    """
    changed, offset = before.first_different_decision(after), bar_offset(before, candles)
    if changed is None:
        return ""
    if offset is not None:
        is_before = changed + offset < index
        name = utc_text(int(candles.ts[min(changed + offset, index)]))
    else:
        is_before = _is_surely_before(changed, before, after, candles, index)
        name = f"line {changed + 1} of the records"
    from_text = utc_text(int(candles.ts[index]))
    changed_text = f"the prediction at {name} changed when the candles from {from_text} on were"
    return f"{changed_text} changed" if is_before else ""


def bar_offset(records: Records, candles: Candles) -> int | None:
    """Return the number of the candle to which the first record belongs.

    None unless each candle from there on has a record, whose outcome is the move to the next one.
    The last candle, which has no outcome, may have one or not.
    """
    signs, outcomes = np.sign(candles.returns), records.bars[:, 3]
    for offset in (len(candles) - 1 - len(records), len(candles) - len(records)):
        if offset < 0:
            continue
        moves = signs[offset : offset + len(outcomes)]
        has_outcome = outcomes[: len(moves)] != 0
        same = outcomes[: len(moves)][has_outcome] == moves[has_outcome]
        if len(same) >= _FEWEST_OUTCOMES and same.mean() > _MOSTLY:
            return offset
    return None


def _is_surely_before(
    changed: int, before: Records, after: Records, candles: Candles, index: int
) -> bool:
    """Return whether a record belongs to a bar before ``index``, where not each bar has one.

    Those before the first one whose outcome changed do, and that one if its return says so. A
    record without an outcome says nothing.
    """
    outcome_at = before.first_different_outcome(after)
    if outcome_at is None or changed >= len(before) or not before.bars[changed, 2:].any():
        return False
    move = abs(candles.close[index] / candles.close[index - 1] - 1.0)
    value = abs(before.bars[outcome_at, 2]) if outcome_at < len(before) else np.nan
    is_return = any(abs(value - unit * move) <= _CLOSE * unit * move for unit in _UNITS)
    return changed < outcome_at or (changed == outcome_at and is_return)
