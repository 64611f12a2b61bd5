"""Which looks share bars: how many configs were judged on them, and who was tuned on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from titan_mlopt.core.backtest_id import comparable
from titan_mlopt.core.look import Look, PriceRange, closes_of, short_name
from titan_mlopt.core.parameters import digest
from titan_mlopt.core.study import StudyRecord

#: Two samples are of the same instrument when so many of their common closes agree.
AGREEMENT = 0.95
_DAY_S = 86_400
#: Who was tuned on sealed bars.
CANDIDATE, CHAMPION, STUDY = "candidate", "champion", "study"


@dataclass(frozen=True, slots=True)
class TunedRange:
    """Bars that somebody was tuned on. role: CANDIDATE, CHAMPION or STUDY. name: for messages."""

    role: str
    name: str
    bars: PriceRange


@dataclass(frozen=True, slots=True)
class TunedOverlap:
    """A share of the sealed bars' time, in [0, 1], that somebody was tuned on."""

    role: str
    name: str
    share: float


def number_of_look(ledger: Iterable[Look], new: Look) -> int:
    """Return which config this is that is judged on bars of its hold-out, counted from 1.

    Every config that was judged on a hold-out that shares a bar with this one counts, and those
    alone: overlap is direct. So the levels of all configs judged at any one bar sum to at most
    alpha. Let b be a bar, and L_1, L_2, … the looks whose hold-out has b, each of another config,
    in the order in which they were counted. Any two of them share b, so L_m counts L_1 … L_{m-1},
    and itself: its number is at least m. ``look_levels.level_of_look`` falls with the number, and
    its levels over all numbers sum to alpha. Bars that no look had before bring the whole level,
    whatever was judged on others.

    The same config on the same bars is the same test, and keeps its number. On other bars that
    overlap it is another test, and so it is with another seed, another backtest, or candles of
    which a digit was changed, as these make other predictions.

    Args:
        ledger: Every look that is known; the order does not matter.
        new: The look, whose own number is not used.
    """
    shared = [look for look in ledger if shares_bars(look.sealed, new.sealed, unknown=False)]
    again = [look.number for look in shared if look.judged == new.judged]
    if any(again):
        return max(again)
    return 1 + len({look.judged for look in shared} - {new.judged})


def number_of_claim(ledger: Iterable[Look], new: Look) -> int:
    """Return which config this is that is judged on fresh bars, of which it claims more now.

    As in ``number_of_look``, of any two that share a bar one must count the other. Those that were
    counted while an earlier claim of this config shared bars with them have counted it, so they
    need not be counted here. The number never falls.

    Args:
        ledger: Every look that is known; the order does not matter.
        new: The look at fresh bars, whose own number is not used.
    """
    looks = list(ledger)
    mine = [look for look in looks if look.judged == new.judged]

    def counted(look: Look) -> bool:
        return any(
            claim.when < look.when and shares_bars(claim.sealed, look.sealed, unknown=False)
            for claim in mine
        )

    rivals = {
        look.judged
        for look in looks
        if look.judged != new.judged
        and shares_bars(look.sealed, new.sealed, unknown=False)
        and not counted(look)
    }
    return max([1 + len(rivals), *(claim.number for claim in mine)])


def claimed_bars(bars: PriceRange) -> PriceRange:
    """Return the bars with a power of two of seconds in all, a day at least: few claims suffice."""
    span = max(_DAY_S, bars.last - bars.first)
    return replace(bars, last=bars.first + (1 << (span - 1).bit_length()))


def shares_bars(a: PriceRange, b: PriceRange, *, unknown: bool) -> bool:
    """Return whether two ranges of the same instrument have a bar in common.

    unknown: whether ranges without a sample of closes are taken for the same instrument.
    """
    overlap = max(a.first, b.first) <= min(a.last, b.last)
    return overlap and is_same_instrument(a, b, unknown=unknown)


def is_same_instrument(a: PriceRange, b: PriceRange, *, unknown: bool) -> bool:
    """Return whether two ranges that overlap in time are of the same instrument.

    Symbol or prices must say so; a symbol that differs proves nothing, as anybody can write it.
    Prices say so when at least 95 % of the sampled closes at common times agree to 4 digits. Where
    there is no common time, nothing tells the two apart, so they are the same unless both have a
    symbol. Another exchange's prices differ by more than that, so they are another instrument
    unless the symbol is given.

    Args:
        a: A range.
        b: Another.
        unknown: The answer where one of them has no sample, and neither symbol nor digest says it.
    """
    if a.sha256 and a.sha256 == b.sha256:
        return True
    symbols = _plain(a.symbol), _plain(b.symbol)
    if symbols[0] and symbols[0] == symbols[1]:
        return True
    named_apart = bool(symbols[0] and symbols[1])
    if a.closes is None or b.closes is None:
        return unknown and not named_apart
    ours, theirs = a.closes.by_time(), b.closes.by_time()
    common = ours.keys() & theirs.keys()
    if not common:
        return not named_apart
    return sum(ours[time] == theirs[time] for time in common) >= AGREEMENT * len(common)


def _plain(symbol: str) -> str:
    return "".join(filter(str.isalnum, symbol)).casefold()


def tuned_overlaps(sealed: PriceRange, tuned: Iterable[TunedRange]) -> tuple[TunedOverlap, ...]:
    """Return who was tuned on sealed bars, and on which share of their time, the most first.

    Ranges that nothing tells apart from the sealed one count: they may be of the same instrument.
    """
    overlaps = [
        TunedOverlap(config.role, config.name, _share(sealed, config.bars))
        for config in tuned
        if shares_bars(sealed, config.bars, unknown=True)
    ]
    return tuple(sorted(overlaps, key=lambda overlap: -overlap.share))


def _share(sealed: PriceRange, tuned: PriceRange) -> float:
    common = min(sealed.last, tuned.last) - max(sealed.first, tuned.first)
    return common / (sealed.last - sealed.first) if sealed.last > sealed.first else 1.0


# --- of what is stored ----------------------------------------------------------------------------


def tuned_range(
    candles: Mapping[str, Any], closes: Mapping[str, Any], symbol: str | None
) -> PriceRange | None:
    """Return the range of candles as studies and manifests describe them.

    Args:
        candles: ``Candles.describe``.
        closes: ``SampledCloses`` as a JSON object, {} where it was not stored.
        symbol: Of the instrument; None without one.

    Returns:
        The range; None where the description is missing or is no such description.
    """
    try:
        first, last = (_seconds(candles[key]) for key in ("first", "last"))
        sample = closes_of(closes) if closes else None
        return PriceRange(first, last, str(symbol or ""), sample, str(candles["sha256"]))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def backtest_digest(record: StudyRecord) -> str:
    """Return 12 hex digits for what predicts: identity, sources, and the candles to warm up on."""
    candles = [part.get("sha256") for part in (record.candles, record.holdout)]
    return digest([comparable(record.backtest), dict(record.sources), *candles])[:12]


def look_of(record: StudyRecord, sealed: PriceRange, when: str, config_sha256: str) -> Look:
    """Return the look at a hold-out by a config of the study, without a number."""
    return Look(
        when,
        sealed,
        config_sha256,
        int(record.settings.get("seed") or 0),
        backtest_digest(record),
        short_name(record.name),
        record.uid,
    )


def openings_as_looks(record: StudyRecord) -> list[Look]:
    """Return the openings of a study's hold-out as looks, known by the digest of its candles."""
    symbol = record.settings.get("symbol")
    sealed = tuned_range(record.holdout, {}, symbol) if record.openings else None
    if sealed is None:
        return []
    return [
        look_of(record, sealed, opening.when, opening.config_sha256) for opening in record.openings
    ]


def _seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())
