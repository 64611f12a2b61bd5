"""Evidence on fresh candles: the least of the rivals, what is counted, and what is refused."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from support.gate_cases import stats_of
from support.report_cases import difference, evidence, fresh_decision, rival
from support.verdict_cases import (
    DEFAULT,
    N_CANDLES,
    SETTINGS,
    gate_of,
    market,
    material_of,
    openings_of,
    tuned,
)
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.analysis.looks import number_of_claim, number_of_look
from titan_mlopt.analysis.statistics.look_levels import level_of_look
from titan_mlopt.candles.candles import Candles
from titan_mlopt.candles.sampled_closes import price_range
from titan_mlopt.core.errors import CandleError, ConfigError, StudyError
from titan_mlopt.core.findings import FreshDecision
from titan_mlopt.core.look import Look, PriceRange
from titan_mlopt.evaluation.gate.evidence import CHAMPION, COIN, SharpeEvidence
from titan_mlopt.evaluation.gate.fresh import (
    FreshBars,
    build_fresh,
    decide_fresh,
    log_e_values,
    span_text,
)
from titan_mlopt.evaluation.gate.fresh_candles import FreshCandles, find_fresh
from titan_mlopt.evaluation.gate.fresh_gate import (
    FreshGate,
    bars_of,
    check_counted,
    check_predictions,
)
from titan_mlopt.evaluation.gate.gate import find_candidate
from titan_mlopt.evaluation.gate.scoring import ConfigUnderTest
from titan_mlopt.evaluation.gate.thresholds import GateThresholds
from titan_mlopt.report.findings.kinds import finding_files, finding_metrics
from titan_mlopt.study.storage.looks import read_looks
from titan_mlopt.study.storage.studies import read_study

CANDLES = market()
#: Candles of the first and of the second look, the study's included.
FIRST, SECOND = N_CANDLES + 200, N_CANDLES + 1500


# --- the evidence --------------------------------------------------------------------------------


def test_each_rival_has_an_e_value_of_its_own() -> None:
    outcome = [1, -1, -1, 1]
    candidate = stats_of([1, 1, -1, 0], [0.1, -0.1, -0.1, 0.1], outcome=outcome)
    champion = stats_of([-1, -1, -1, 1], [0.1, -0.1, -0.1, 0.1], outcome=outcome)
    found = log_e_values(candidate, champion, {"always UP": np.ones(4, np.int8)})
    # Bets .04, .08, .16, .32: means of λ, λ² and λ³ are .15, .034 and .00936.
    # Champion: d = 1, −1, 0, −½, mean of (1 − λ²)(1 − λ/2).
    # Coin: d = ½, −½, ½, 0, mean of (1 − λ²/4)(1 + λ/2).
    # Always UP on the candidate's bars: d = 0, 0, 1, 0, mean of 1 + λ.
    last = {name: math.exp(values[-1]) for name, values in found.items()}
    assert last == pytest.approx({CHAMPION: 0.89568, COIN: 1.06533, "always UP": 1.15}, abs=1e-12)


def test_the_least_e_value_counts_and_the_pace_is_told() -> None:
    told = fresh_decision(3.1)
    assert told.verdict == "CANNOT_TELL"
    # log(62.5 / 3.1) / log 3.1 · 4,880 minutes are 8.998 days.
    assert told.sentence == (
        "Go on collecting: e-value 3.1, 63 are needed, at this pace 9 days more (4,880 fresh bars "
        "so far; the hardest rival is the champion)."
    )
    fresh = told.decision["fresh"]
    assert (fresh["rival"], fresh["needed"]) == (CHAMPION, pytest.approx(62.5))
    assert fresh["e_values"] == pytest.approx({CHAMPION: 3.1, COIN: 31.0})
    assert len(fresh["curve"]) == 200
    assert fresh["curve"][-1][1] == pytest.approx(math.log10(3.1), abs=1e-4)
    assert "never at this pace" in fresh_decision(0.4).sentence
    # One rival is not enough: that against the coin is 620.
    assert fresh_decision(62.0).verdict == "CANNOT_TELL"
    assert fresh_decision(62.6).verdict == "PROMOTE"


def test_an_e_value_that_is_just_reached_is_enough() -> None:
    bars, times = FreshBars(0, 120, 3, 2, "", ""), np.array([60, 120])
    fresh = build_fresh({COIN: np.zeros(2)}, times, bars, alpha=0.02, look=1, looks=1)
    just = replace(fresh, e_value=fresh.needed, e_values={COIN: fresh.needed})
    told = decide_fresh(just, evidence(), GateThresholds())
    assert (told.verdict, told.findings[0].status) == ("PROMOTE", "passed")


def test_enough_evidence_does_not_help_where_a_guard_or_the_size_of_the_lead_objects() -> None:
    worse = SharpeEvidence(-4.0, 1.0, difference(-0.01, 0.999), None)
    told = fresh_decision(812.0, evidence(sharpe=worse))
    assert told.verdict == "KEEP_CHAMPION"
    assert "Sharpe ratio not worse" in told.sentence
    small = fresh_decision(812.0, evidence(rival(CHAMPION, 0.578, 0.001), rival(COIN, 0.5, 0.001)))
    assert small.verdict == "KEEP_CHAMPION"
    assert small.sentence.startswith("No improvement worth a change")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(30, "2 minutes"), (3000, "50 minutes"), (3601, "2 hours"), (777_000, "9 days")],
)
def test_a_span_is_told_in_whole_units(seconds: float, text: str) -> None:
    assert span_text(seconds) == text


# --- the candles ---------------------------------------------------------------------------------


def part(start: int, stop: int, **changes: Any) -> Candles:
    """Return candles start … stop − 1 of the market of 6,300."""
    return replace(market(6300).part(start, stop), **changes)


def test_a_file_may_begin_before_within_or_after_the_study() -> None:
    study = part(100, 6000)
    for start, notices in ((0, 0), (100, 0), (5999, 0), (6000, 1), (6010, 2)):
        found = find_fresh(study, part(start, 6300), warm_up=50)
        assert found.first == 50
        assert found.candles.ts[50] == market(6300).ts[max(start, 6000)]
        assert found.candles.ts[49] == study.ts[-1]
        assert len(found.notices) == notices
    assert len(find_fresh(study, part(5000, 6002), warm_up=50).candles) == 52  # two are a bar
    assert find_fresh(study, part(6000, 6300), warm_up=0).first == 2
    assert "10 candles are missing" in found.notices[0]
    assert "has no candle of the study" in found.notices[1]


def test_a_file_without_fresh_candles_of_another_interval_or_instrument_is_refused() -> None:
    study = part(0, 6000)
    with pytest.raises(CandleError, match=r"at least 2 candles after .* 2024-01-05T03:59:00Z, got"):
        find_fresh(study, part(0, 6001), 50)
    hourly = part(5000, 6300, ts=market(6300).ts[5000:6300] * 60)
    with pytest.raises(CandleError, match="must have candles of 60 s, as the study has, got 3600"):
        find_fresh(study, hourly, 50)
    with pytest.raises(StudyError, match=r"got others from 2024-01-04T21:20:00Z on; pass a file"):
        find_fresh(study, replace(market(6300, seed=3).part(5600, 6300), name="eth"), 50)
    holes = Candles("holes", *(np.delete(column, 5700) for column in market(6300).arrays))
    with pytest.raises(StudyError, match="got others from 2024-01-04T23:00:00Z on"):
        find_fresh(study, holes, 50)
    # The study's last ten are missing, and all before them are the same.
    torn = Candles("torn", *(np.delete(a, range(5990, 6000)) for a in market(6300).arrays))
    with pytest.raises(StudyError, match="got others from 2024-01-05T03:50:00Z on"):
        find_fresh(study, torn, 50)


def test_candles_and_predictions_that_were_counted_must_stay_as_they_were() -> None:
    fresh = FreshCandles(part(5990, 6200), 10, ())
    stats = stats_of([1, -1] * 100, [0.1] * 200).head(199)
    counted = asdict(bars_of(fresh, stats))
    longer = FreshCandles(part(5980, 6300), 20, ())
    check_counted(longer, counted)
    with pytest.raises(StudyError, match=r"must hold the 200 fresh candles .* got 150; pass a"):
        check_counted(FreshCandles(part(5990, 6150), 10, ()), counted)
    volume = longer.candles.volume.copy()
    volume[21] += 1
    revised = replace(longer, candles=replace(longer.candles, volume=volume))
    with pytest.raises(StudyError, match=r"the 200 fresh candles .* must still be the same, SHA"):
        check_counted(revised, counted)
    check_predictions(stats_of([1, -1] * 150, [0.1] * 300), counted)
    with pytest.raises(StudyError, match=r"predictions on the 199 bars .* must be the same again"):
        check_predictions(stats_of([-1, 1] * 150, [0.1] * 300), counted)


# --- looks at a study ----------------------------------------------------------------------------


def look_at(
    tuner: AutoTuner,
    n: int,
    against: ConfigUnderTest | None = None,
    trial: int | None = None,
    **limits: Any,
) -> Any:
    """Return the decision on a trial, the best by default, by the market's first ``n`` candles."""
    gate = FreshGate(
        *(tuner.study, tuner._storage, GateThresholds(**limits), market(n), lambda _: None),
        clock=lambda: 1_767_225_600.0 + n,
    )
    candidate = find_candidate(read_study(tuner.study), trial)
    return gate.decide(candidate, against, material_of(tuner, CANDLES))


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, FreshDecision]:
    """Return the database of a study whose fresh candles were looked at once, and what was told."""
    folder = tmp_path_factory.mktemp("looked")
    with tuned(folder, CANDLES) as tuner:
        told = look_at(tuner, FIRST)
    return folder / "titan.db", told


@pytest.fixture
def study(looked: tuple[Path, FreshDecision], tmp_path: Path) -> Iterator[AutoTuner]:
    shutil.copy(looked[0], tmp_path / "titan.db")
    with AutoTuner(tmp_path / "titan.db", TunerConfig(**SETTINGS)) as tuner:
        yield tuner


@pytest.mark.slow
def test_evidence_adds_up_from_look_to_look_and_opens_nothing(
    looked: tuple[Path, FreshDecision], study: AutoTuner
) -> None:
    _, first = looked
    fresh = first.decision["fresh"]
    assert (first.verdict, first.rival, fresh["looks"], fresh["look"]) == ("CANNOT_TELL", "", 1, 1)
    assert fresh["level"] == pytest.approx(0.016)
    assert fresh["bars"]["n_bars"] == 199  # the last candle has no outcome yet
    assert fresh["e_value"] == min(fresh["e_values"].values())
    assert list(fresh["e_values"]) == [
        *("coin", "always UP", "always DOWN", "majority class", "persistence", "anti-persistence"),
    ]
    second = look_at(study, SECOND)
    assert (second.verdict, second.decision["fresh"]["looks"]) == ("PROMOTE", 2)
    # The bars that were counted before have the same evidence as before.
    curves = [dict(map(tuple, one.decision["fresh"]["curve"])) for one in (first, second)]
    common = curves[0].keys() & curves[1].keys()
    assert len(common) > 20
    assert {time: curves[0][time] for time in common} == {time: curves[1][time] for time in common}
    record = read_study(study.study)
    assert record.fresh_decisions == (second,)  # in place of the first
    assert (record.gate_decisions, openings_of(study)) == ((), 0)
    assert finding_metrics(record)["fresh_bars"] == 1499
    assert "<svg" in finding_files(record)[f"verdict/fresh-{first.config_sha256[:8]}.html"]


@pytest.mark.slow
def test_a_champion_is_a_rival_from_the_first_fresh_bar_on(study: AutoTuner) -> None:
    told = look_at(study, FIRST, ConfigUnderTest("titan-config version 3", DEFAULT, 42))
    assert told.rival == "titan-config version 3"
    fresh = told.decision["fresh"]
    assert (next(iter(fresh["e_values"])), fresh["bars"]["n_bars"]) == (CHAMPION, 199)
    same = find_candidate(read_study(study.study), None)
    told = look_at(study, FIRST, replace(same, name="titan-config version 4"))
    assert (told.verdict, told.decision) == ("KEEP_CHAMPION", {})
    assert read_study(study.study).fresh_decisions[0].rival == "titan-config version 3"


def test_the_level_is_that_of_the_first_look(study: AutoTuner) -> None:
    with pytest.raises(ConfigError, match=r"gate: alpha must be 0\.02, as at the first look"):
        look_at(study, SECOND, alpha=0.05)


def test_a_config_claims_bars_ahead_and_counts_those_that_were_judged_on_them(
    study: AutoTuner,
) -> None:
    record = read_study(study.study)
    best = find_candidate(record, None)
    other = next(t.number for t in record.trials if t.number != best.trial.number)
    told = look_at(study, FIRST, trial=other)
    assert told.decision["fresh"]["look"] == 2
    assert told.decision["fresh"]["level"] == pytest.approx(level_of_look(0.02, 2))
    looks = read_looks(study._storage)
    assert sorted(look.number for look in looks) == [1, 2]
    # 2^17 seconds are the first power of two above a day, so 1,500 minutes more are no new claim.
    assert [look.sealed.last - look.sealed.first for look in looks] == [2**17] * 2
    assert look_at(study, SECOND, trial=other).decision["fresh"]["look"] == 2
    assert len(read_looks(study._storage)) == 2
    # Somebody who seals later candles of this market counts both, as far as they are claimed.
    later = price_range(market(SECOND + 500).part(SECOND, SECOND + 500))
    sealed = replace(looks[0], sealed=later, study_uid="another", fresh=False)
    assert number_of_look(looks, sealed) == 3
    far = replace(later, first=later.first + 2**17, last=later.last + 2**17)
    assert number_of_look(looks, replace(sealed, sealed=far)) == 1


def test_a_growing_claim_counts_whom_it_reaches_unless_they_have_counted_it() -> None:
    def look(name: str, when: str, first: int, last: int, number: int, **fresh: bool) -> Look:
        return Look(when, PriceRange(first, last, "X"), name, 0, "b", name, name, number, **fresh)

    first = look("mine", "2026-01-01", 0, 100, 1, fresh=True)
    before = look("before", "2026-01-01", 150, 200, 1)  # on bars that nobody had claimed
    counting = look("counting", "2026-01-03", 50, 180, 3)  # it has counted both
    grown = look("mine", "2026-01-04", 0, 200, 0, fresh=True)
    assert number_of_look([first, before], counting) == 3
    assert number_of_claim([first, before, counting], grown) == 2
    # Without the first claim the other would not have counted it.
    assert number_of_claim([before, counting], grown) == 3
    # The number never falls.
    assert number_of_claim([replace(first, number=5)], grown) == 5


def test_the_first_look_needs_a_candle_of_the_study() -> None:
    tail = market(FIRST).part(N_CANDLES + 50, FIRST)
    with pytest.raises(StudyError, match=r"must hold the study's last candle, of 2024-01-05T03:59"):
        find_fresh(CANDLES, tail, 50, must_overlap=True)
    assert len(find_fresh(CANDLES, tail, 50).notices) == 2


def test_without_the_evidence_so_far_other_fresh_candles_are_counted_as_another_test(
    study: AutoTuner,
) -> None:
    """A copy of the study that was made before the first look has no evidence to compare with."""
    same = market(FIRST)
    volume = same.volume.copy()
    volume[N_CANDLES + 5] += 1e-6
    record = read_study(study.study)
    for file, number in ((same, 1), (replace(same, volume=volume), 2)):
        gate = FreshGate(study.study, study._storage, GateThresholds(), file, lambda _: None)
        bars = price_range(file.part(N_CANDLES, FIRST))
        candidate = find_candidate(record, None)
        assert gate._look(record, candidate, bars, again=False) == number


def test_a_candidate_that_another_study_tried_on_fresh_bars_is_no_longer_fresh(
    study: AutoTuner, tmp_path: Path
) -> None:
    # The same seed draws the same first configs.
    settings = {**SETTINGS, "study_name": "later", "holdout": 0.0}
    with AutoTuner(tmp_path / "titan.db", TunerConfig(**settings)) as tuner:
        tuner.optimize(market(SECOND).part(N_CANDLES, SECOND))
    record = read_study(study.study)
    best = find_candidate(record, None)
    other = next(t.number for t in record.trials if t.number != best.trial.number)
    told = look_at(study, SECOND, trial=other)
    assert (told.verdict, told.decision) == ("CANNOT_TELL", {})
    assert told.sentence.startswith(
        "The candidate has seen fresh bars: study later was tuned on 10"
    )
    # The best one had been fixed, and looked at, before.
    assert look_at(study, SECOND).verdict == "PROMOTE"


@pytest.mark.slow
def test_a_study_without_a_hold_out_can_be_judged_on_fresh_candles(tmp_path: Path) -> None:
    with tuned(tmp_path, CANDLES, holdout=0.0, n_trials=1) as plain:
        told = look_at(plain, FIRST)
        assert told.decision["fresh"]["bars"]["n_bars"] == 199
        assert json.loads(json.dumps(told.decision)) == told.decision
        candidate = find_candidate(read_study(plain.study), None)
        told = gate_of(plain).decide(candidate, None, material_of(plain, CANDLES))
        assert "no hold-out" in told.sentence
