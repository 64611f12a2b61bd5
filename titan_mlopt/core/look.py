"""Looks at sealed bars: what was looked at, and the prices by which it is recognised again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from titan_mlopt.core.json_text import parse_json
from titan_mlopt.core.parameters import canonical_json, digest

#: Most closes of a sample, so that a look fits into a tag of MLflow's registry: 5,000 letters.
MOST_CLOSES = 400
#: Letters that are kept of a study's name, and of a symbol.
_NAME, _SYMBOL = 60, 40
_MOST_TIME, _MOST_NUMBER = 2**40, 10**6


@dataclass(frozen=True, slots=True)
class SampledCloses:
    """Closes at times that follow each other in equal steps, rounded to 4 significant digits.

    start: UTC seconds of the first, the time at which its candle closed. step: seconds, a power of
    two times an hour. closes: None where no candle closed at that time.
    """

    start: int
    step: int
    closes: tuple[float | None, ...]

    def by_time(self) -> dict[int, float]:
        """Return the closes by UTC seconds, without the missing ones."""
        return {
            self.start + self.step * i: close
            for i, close in enumerate(self.closes)
            if close is not None
        }


@dataclass(frozen=True, slots=True)
class PriceRange:
    """A range of time of one instrument.

    first, last: UTC seconds of the first and the last candle, both included. symbol: as the user
    named the instrument, "" for no name. closes: by which it is recognised; None for a study of
    earlier versions, which did not keep them. sha256: digest of the candles.
    """

    first: int
    last: int
    symbol: str = ""
    closes: SampledCloses | None = None
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """One config judged on sealed bars.

    when: ISO 8601, UTC. sealed: the bars. config_sha256, seed, backtest: what was judged; backtest
    is a digest of its identity, its sources and the candles of the study, on which it warms up.
    study, study_uid: where the config is from. number: which config on these bars it was, counted
    from 1 (``analysis.looks.number_of_look``); 0 for a look of an earlier version. fresh: whether
    the bars are fresh ones, which are added up; then the digest is that of the first look, and
    ``sealed`` ends where the next look must be counted anew.
    """

    when: str
    sealed: PriceRange
    config_sha256: str
    seed: int
    backtest: str
    study: str
    study_uid: str
    number: int = 0
    fresh: bool = False

    @property
    def id(self) -> str:
        """The first 16 hex digits of the look's SHA-256."""
        return digest(_document(self))[:16]

    @property
    def judged(self) -> tuple[str, int, str, int, int, str]:
        """What was judged on which bars; looks that share it are the same test, done again."""
        last = 0 if self.fresh else self.sealed.last  # fresh bars are the same test as they grow
        bars = self.sealed.first, last, self.sealed.sha256
        return self.config_sha256, self.seed, self.backtest, *bars


def look_text(look: Look) -> str:
    """Return the look as JSON of at most 5,000 letters."""
    return canonical_json(_document(look))


def _document(look: Look) -> dict[str, Any]:
    """Return ``asdict(look)``, which would copy each close, as a ledger has thousands of looks."""
    sealed = _shallow(look.sealed)
    if look.sealed.closes is not None:
        sealed["closes"] = _shallow(look.sealed.closes)
    return {**_shallow(look), "sealed": sealed}


def _shallow(record: Look | PriceRange | SampledCloses) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in fields(record)}


def parse_look(text: str) -> Look:
    """Return the look of a JSON text that anybody may have written.

    Raises:
        ValueError: It is not the JSON of a look.
    """
    try:
        document = parse_json(text)
        sealed = range_of(document["sealed"])
        names = {key: str(document[key]) for key in ("when", "config_sha256", "backtest")}
        names |= {key: str(document[key]) for key in ("study", "study_uid")}
        seed = _whole(document["seed"], 0, 2**63)
        number = _whole(document["number"], 0, _MOST_NUMBER)
        fresh = document.get("fresh") is True
        return Look(sealed=sealed, seed=seed, number=number, fresh=fresh, **names)
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"a look must have its fields, got {error!r}") from error


def range_of(document: Mapping[str, Any]) -> PriceRange:
    """Return the range of a JSON object, as ``asdict`` gives it.

    Raises:
        ValueError: A value is out of its range.
        KeyError: A key is missing.
        TypeError: A value has another type.
    """
    first, last = (_whole(document[key], -_MOST_TIME, _MOST_TIME) for key in ("first", "last"))
    if last < first:
        raise ValueError(f"a range must not end before it begins, got {first} to {last}")
    return PriceRange(
        first,
        last,
        str(document["symbol"])[:_SYMBOL],
        None if document["closes"] is None else closes_of(document["closes"]),
        str(document["sha256"]),
    )


def closes_of(document: Mapping[str, Any]) -> SampledCloses:
    """Return the sample of a JSON object; raises as ``range_of`` does."""
    closes = document["closes"]
    if not isinstance(closes, list | tuple) or len(closes) > MOST_CLOSES:
        raise ValueError(f"a sample must have at most {MOST_CLOSES} closes")
    start, step = _whole(document["start"], -_MOST_TIME, _MOST_TIME), document["step"]
    prices = tuple(None if close is None else float(close) for close in closes)
    if not all(price is None or 0 < price < math.inf for price in prices):
        raise ValueError("a sample must hold prices above 0")
    return SampledCloses(start, _whole(step, 1, _MOST_TIME), prices)


def short_name(study: str) -> str:
    """Return so much of a study's name as a look keeps."""
    return study[:_NAME]


def _whole(value: Any, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"must be a whole number from {low} to {high}, got {value!r:.80}")
    return value
