"""Which looks share bars, and which config on its bars each look is."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest

from support.verdict_cases import market
from titan_mlopt.analysis.looks import (
    CANDIDATE,
    STUDY,
    TunedOverlap,
    TunedRange,
    is_same_instrument,
    number_of_look,
    shares_bars,
    tuned_overlaps,
    tuned_range,
)
from titan_mlopt.analysis.statistics.look_levels import level_of_look
from titan_mlopt.candles.candles import Candles
from titan_mlopt.candles.sampled_closes import price_range, sample_closes
from titan_mlopt.core.look import (
    MOST_CLOSES,
    Look,
    PriceRange,
    SampledCloses,
    look_text,
    parse_look,
    short_name,
)
from titan_mlopt.core.parameters import canonical_json

CANDLES = market(1200)
HOUR = 3600


def bars(first: int, last: int, price: float = 100.0, symbol: str = "") -> PriceRange:
    """Return the range of these hours, at all of which the close was ``price``."""
    closes = SampledCloses(first * HOUR, HOUR, (price,) * (last - first + 1))
    return PriceRange(first * HOUR, last * HOUR, symbol, closes, f"{first}-{last}-{price}")


def look(sealed: PriceRange, config: str = "a", *, seed: int = 1, number: int = 0) -> Look:
    return Look("2026-01-01T00:00:00Z", sealed, config, seed, "embedded", "s", "uid", number)


def numbered(*looks: Look) -> list[int]:
    """Return the numbers that these looks get one after another."""
    ledger = list[Look]()
    for one in looks:
        ledger.append(replace(one, number=number_of_look(ledger, one)))
    return [one.number for one in ledger]


# --- numbers --------------------------------------------------------------------------------------


def test_each_config_on_the_same_bars_has_the_next_number_and_keeps_it() -> None:
    sealed = bars(0, 9)
    looks = (look(sealed, config) for config in "abacab")
    assert numbered(*looks) == [1, 2, 1, 3, 1, 2]


def test_one_common_bar_counts_and_new_candles_bring_the_whole_level() -> None:
    assert numbered(look(bars(0, 9), "a"), look(bars(9, 20), "b"), look(bars(21, 30), "c")) == [
        *(1, 2, 1),
    ]


def test_overlap_is_direct_and_not_by_chains() -> None:
    """The third shares a bar with the second alone, which shares one with the first."""
    assert numbered(look(bars(0, 9), "a"), look(bars(9, 20), "b"), look(bars(20, 30), "c")) == [
        *(1, 2, 2),
    ]


def test_the_same_config_on_other_bars_that_overlap_is_another_test() -> None:
    assert numbered(look(bars(0, 9)), look(bars(0, 10)), look(bars(0, 9))) == [1, 2, 1]


def test_the_same_config_with_another_seed_is_another_test() -> None:
    assert numbered(look(bars(0, 9), seed=1), look(bars(0, 9), seed=2)) == [1, 2]


def test_another_instrument_does_not_count() -> None:
    assert numbered(look(bars(0, 9), "a"), look(bars(0, 9, price=101.0), "b")) == [1, 1]


def test_looks_of_another_database_count_once_they_are_known() -> None:
    """Two databases that did not know of each other have both given the first number."""
    ledger = [look(bars(0, 9), "a", number=1), look(bars(0, 9), "b", number=1)]
    assert number_of_look(ledger, look(bars(0, 9), "c")) == 3
    assert number_of_look([*ledger, look(bars(0, 9), "a", number=4)], look(bars(0, 9), "a")) == 4


def test_an_opening_of_an_earlier_version_counts_on_the_very_candles_alone() -> None:
    old = replace(bars(0, 9), closes=None)
    assert number_of_look([look(old, "a")], look(bars(0, 9), "b")) == 2
    assert number_of_look([look(old, "a")], look(bars(0, 10), "b")) == 1


@pytest.mark.parametrize("seed", range(5))
def test_the_levels_of_all_tests_on_any_bar_sum_to_at_most_alpha(seed: int) -> None:
    rng, alpha, ledger = np.random.default_rng(seed), 0.02, list[Look]()
    for _ in range(60):
        first, length = (int(value) for value in rng.integers(0, 30, 2))
        one = look(bars(first, first + length), "abcdefgh"[rng.integers(8)])
        again = ledger[rng.integers(len(ledger))] if ledger and rng.random() < 0.2 else one
        ledger.append(replace(again, number=number_of_look(ledger, again)))
    level = {one.judged: level_of_look(alpha, one.number) for one in ledger}
    for bar in range(0, 60):
        here = {one.judged for one in ledger if one.sealed.first <= bar * HOUR <= one.sealed.last}
        assert sum(level[judged] for judged in here) <= alpha


# --- instruments ----------------------------------------------------------------------------------


def test_95_of_100_common_closes_make_an_instrument_and_94_do_not() -> None:
    ours = bars(0, 99)
    assert ours.closes is not None
    for n_other, same in ((5, True), (6, False)):
        closes = (101.0,) * n_other + (100.0,) * (100 - n_other)
        theirs = replace(ours, closes=replace(ours.closes, closes=closes), sha256="")
        assert is_same_instrument(ours, theirs, unknown=False) is same


def test_either_the_symbol_or_the_prices_make_an_instrument() -> None:
    here, there = bars(0, 9, 100.0, "BTCUSDT"), bars(0, 9, 100.4, "btc/usdt")
    assert is_same_instrument(here, there, unknown=False)
    assert not is_same_instrument(here, replace(there, symbol=""), unknown=False)
    assert is_same_instrument(here, replace(here, symbol="ETHUSDT", sha256=""), unknown=False)


def test_ranges_without_a_common_close_are_told_apart_by_two_symbols_alone() -> None:
    ours, theirs = bars(0, 9, symbol="BTC"), bars(9, 20)
    theirs = replace(theirs, closes=SampledCloses(10 * HOUR, HOUR, (100.0,) * 11))
    assert shares_bars(ours, theirs, unknown=False)
    assert not shares_bars(ours, replace(theirs, symbol="ETH"), unknown=False)


# --- the sample -----------------------------------------------------------------------------------


def longer(candles: Candles, k: int) -> Candles:
    """Return candles of k minutes."""
    cut = slice(k - 1, len(candles) // k * k, k)
    columns = [values[cut] for values in candles.arrays[1:]]
    return Candles("longer", candles.ts[: len(candles) // k * k : k], *columns)


def test_the_sample_has_the_closes_of_the_full_hours() -> None:
    sample = sample_closes(CANDLES)
    # The candle that opens at minute 59 closes at the full hour.
    assert sample.start == int(CANDLES.ts[59]) + 60
    assert sample.closes[:2] == (
        float(f"{CANDLES.close[59]:.4g}"),
        float(f"{CANDLES.close[119]:.4g}"),
    )
    assert len(sample.closes) == 20


def test_longer_candles_of_the_same_market_are_the_same_instrument() -> None:
    sample = sample_closes(CANDLES)
    assert sample_closes(longer(CANDLES, 5)) == sample
    assert sample_closes(longer(CANDLES, 60)) == sample


def test_a_long_sample_takes_fewer_hours_and_agrees_with_a_short_one() -> None:
    n = 60 * 1000
    ts = 1_704_067_200 + 60 * np.arange(n, dtype=np.int64)
    close = 100.0 + np.arange(n) / 1000
    whole = Candles("long", ts, *(close,) * 5)
    sample = sample_closes(whole)
    assert sample.step == 4 * HOUR  # 1,000 hours, of which at most 400 are kept
    assert len(sample.closes) <= MOST_CLOSES
    part = price_range(whole.part(500, 5000))  # hours 9 to 83, with 12, 16, … 80
    assert len(part.closes.by_time().keys() & sample.by_time().keys()) == 18  # type: ignore[union-attr]
    assert is_same_instrument(price_range(whole), part, unknown=False)


def test_a_changed_last_digit_of_a_volume_leaves_the_instrument() -> None:
    volume = CANDLES.volume.copy()
    volume[-1] += 1e-6
    other = price_range(replace(CANDLES, volume=volume))
    assert other.sha256 != price_range(CANDLES).sha256
    assert is_same_instrument(price_range(CANDLES), other, unknown=False)


def test_candles_within_an_hour_have_no_sample_and_a_gap_is_left_empty() -> None:
    assert sample_closes(CANDLES.part(0, 30)).closes == ()
    kept = np.arange(len(CANDLES)) != 119
    gapped = Candles("gap", *(values[kept] for values in CANDLES.arrays))
    assert sample_closes(gapped).closes[1] is None


# --- as text --------------------------------------------------------------------------------------


def test_a_look_comes_back_from_its_text() -> None:
    one = look(price_range(CANDLES, "BTCUSDT"), number=3)
    assert parse_look(look_text(one)) == one
    assert look_text(one) == canonical_json(asdict(one))
    assert parse_look(look_text(look(replace(one.sealed, closes=None)))).sealed.closes is None


@pytest.mark.parametrize(("price", "most"), [(1.234e-05, 333), (43_210.0, 400), (1.235e12, 208)])
def test_the_longest_look_fits_into_a_tag_of_5000_letters(price: float, most: int) -> None:
    """Whatever the currency, and with names whose letters take 12 each in JSON."""
    hours, close = HOUR * np.arange(most + 1, dtype=np.int64), np.full(most + 1, price)
    candles = Candles("hours", hours, *(close,) * 5)
    assert sample_closes(candles).step == 2 * HOUR
    closes = sample_closes(candles.head(most))
    assert (closes.step, len(closes.closes)) == (HOUR, most)
    closes = replace(closes, start=2**40, step=2**40)
    sealed = PriceRange(-(2**40), 2**40, "\U0001d538" * 40, closes, "f" * 64)
    when, name = "2026-01-01T00:00:00Z", short_name("\U0001d538" * 200)
    one = Look(when, sealed, "f" * 64, 2**62, "f" * 12, name, "f" * 32, 10**6)
    assert len(look_text(one)) <= 5000


@pytest.mark.parametrize(
    "text",
    [
        *("", "{}", "[]", "null", "1", "[" * 100_000, '{"sealed": 1}'),
        look_text(look(bars(0, 9))).replace('"number":0', '"number":-1'),
        look_text(look(bars(0, 9))).replace('"number":0', '"number":true'),
        look_text(look(bars(0, 9))).replace('"last":32400', '"last":-1'),
        look_text(look(bars(0, 9))).replace("100.0", '"x"'),
        look_text(look(bars(0, 9))).replace("100.0", "[]"),
        look_text(look(bars(0, 9))).replace("100.0", "NaN"),
        look_text(look(bars(0, 9))).replace("100.0", "9" * 400),
        look_text(look(bars(0, 9))).replace("100.0", "-1.0"),
        look_text(look(bars(0, 9))).replace('"step":3600', '"step":0'),
        look_text(look(bars(0, 500))),
    ],
    ids=lambda text: text[:20],
)
def test_other_text_is_no_look(text: str) -> None:
    with pytest.raises(ValueError, match=r"must|have|Expecting|could not"):
        parse_look(text)


# --- who was tuned on sealed bars -----------------------------------------------------------------


def test_an_overlap_is_told_with_its_share_the_largest_first() -> None:
    ranges = [
        TunedRange(STUDY, "before", bars(-20, -1)),
        TunedRange(STUDY, "half", bars(-20, 5)),
        TunedRange(CANDIDATE, "whole", bars(-20, 30)),
        TunedRange(STUDY, "another market", bars(-20, 30, price=3.0)),
    ]
    assert tuned_overlaps(bars(0, 10), ranges) == (
        TunedOverlap(CANDIDATE, "whole", 1.0),
        TunedOverlap(STUDY, "half", 0.5),
    )


def test_a_range_that_nothing_tells_apart_counts_and_a_description_without_times_does_not() -> None:
    described = {"first": "1970-01-01T00:00:00Z", "last": "1970-01-01T05:00:00Z", "sha256": "x"}
    old = tuned_range(described, {}, None)
    assert old == PriceRange(0, 5 * HOUR, "", None, "x")
    assert tuned_overlaps(bars(0, 10), [TunedRange(STUDY, "old", old)])[0].share == 0.5
    assert tuned_range({}, {}, None) is None
    assert tuned_range({**described, "first": "soon"}, {}, None) is None
    huge = {"start": 0, "step": HOUR, "closes": [10**400]}
    assert tuned_range(described, huge, None) is None
