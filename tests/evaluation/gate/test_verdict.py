"""The gate on a study: what is opened, counted, compared and stored."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from support.verdict_cases import (
    DEFAULT,
    N_CANDLES,
    N_SEALED,
    SETTINGS,
    gate_of,
    market,
    material_of,
    openings_of,
    tuned,
)
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.core.errors import StudyError
from titan_mlopt.core.parameters import merge_config
from titan_mlopt.evaluation.gate.gate import find_candidate
from titan_mlopt.evaluation.gate.scoring import ConfigUnderTest
from titan_mlopt.study.storage.studies import read_study

CANDLES = market()


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the database of a study whose hold-out is sealed still."""
    folder = tmp_path_factory.mktemp("finished")
    tuned(folder, CANDLES).close()
    return folder / "titan.db"


@pytest.fixture
def study(finished: Path, tmp_path: Path) -> Iterator[AutoTuner]:
    shutil.copy(finished, tmp_path / "titan.db")
    with AutoTuner(tmp_path / "titan.db", TunerConfig(**SETTINGS)) as tuner:
        yield tuner


@pytest.mark.slow
def test_an_edge_is_promoted_with_every_number_and_the_study_keeps_it(study: AutoTuner) -> None:
    candidate = find_candidate(read_study(study.study), None)
    told = gate_of(study).decide(candidate, None, material_of(study, CANDLES))
    assert (told.verdict, told.rival, told.opening) == ("PROMOTE", "", 1)
    assert told.when == "2026-01-01T00:00:00Z"
    assert told.trial == candidate.trial.number
    evidence = told.decision["evidence"]
    # The last candle has no outcome; those before the hold-out warm up and are not scored.
    assert evidence["n_bars"] == N_SEALED - 1
    assert [one["rival"] for one in evidence["accuracy"]] == [
        *("coin", "always UP", "always DOWN", "majority class", "persistence", "anti-persistence"),
    ]
    assert evidence["accuracy"][0]["accuracy_candidate"] > 0.6
    assert evidence["deflated_sharpe"] is not None
    assert evidence["overfitting"]["trials"] == 4
    assert told.decision["alpha"] == pytest.approx(0.8 * 0.02)
    assert len(told.decision["findings"]) == 24
    record = read_study(study.study)
    assert record.gate_decisions == (told,)
    (opening,) = record.openings
    assert opening.config_sha256 == told.config_sha256 == candidate.config_sha256
    assert opening.why == f"trial {candidate.trial.number} against baselines"


@pytest.mark.slow
def test_each_config_has_the_level_of_its_number_however_often_it_is_judged(
    study: AutoTuner,
) -> None:
    record, gate = read_study(study.study), gate_of(study)
    first, second, *_ = (trial.number for trial in record.trials)
    rival = ConfigUnderTest("champion", DEFAULT, 42)
    levels = [
        gate.decide(find_candidate(record, number), rival, material_of(study, CANDLES)).decision[
            "alpha"
        ]
        for number in (first, first, second, first)
    ]
    # .8 · .02 for the first config, and .2 · .02 · 6 / π² for the second.
    assert levels == pytest.approx([0.016, 0.016, 0.024 / math.pi**2, 0.016])
    assert [one.opening for one in read_study(study.study).gate_decisions] == [1, 2, 3, 4]


@pytest.mark.slow
def test_configs_judged_on_the_same_candles_in_another_study_count_too(
    study: AutoTuner, tmp_path: Path
) -> None:
    rival = ConfigUnderTest("champion", DEFAULT, 42)
    candidate = find_candidate(read_study(study.study), None)
    gate_of(study).decide(candidate, rival, material_of(study, CANDLES))
    with tuned(tmp_path, CANDLES, study_name="another", seed=7) as other:
        candidate = find_candidate(read_study(other.study), None)
        told = gate_of(other).decide(candidate, rival, material_of(other, CANDLES))
    assert (told.opening, told.decision["evidence"]["candidates"]) == (1, 2)


def test_without_a_hold_out_the_gate_cannot_tell_and_says_what_to_do(tmp_path: Path) -> None:
    with tuned(tmp_path, CANDLES, holdout=0.0, n_trials=1) as study:
        candidate = find_candidate(read_study(study.study), None)
        told = gate_of(study).decide(candidate, None, _not_asked)
        assert told.verdict == "CANNOT_TELL"
        assert "titan_optimization" in told.sentence
        assert "--holdout 20%" in told.sentence
        assert read_study(study.study).gate_decisions == ()


@pytest.mark.slow
def test_nothing_is_opened_for_the_champion_itself_or_for_other_candles(study: AutoTuner) -> None:
    candidate = find_candidate(read_study(study.study), None)
    rival = ConfigUnderTest("titan-config version 3", candidate.config, 1)
    told = gate_of(study).decide(candidate, rival, _not_asked)
    assert told.verdict == "KEEP_CHAMPION"
    assert "titan-config version 3" in told.sentence
    other = market(seed=1)
    with pytest.raises(StudyError, match="candles: those to tune on must be those of the study"):
        gate_of(study).decide(candidate, None, material_of(study, other))
    assert openings_of(study) == 0


@pytest.mark.slow
def test_a_rival_that_does_not_run_leaves_the_gate_without_a_word(study: AutoTuner) -> None:
    candidate = find_candidate(read_study(study.study), None)
    rival = ConfigUnderTest("champion", {**DEFAULT, "feature.fast_window": 0}, 42)
    told = gate_of(study).decide(candidate, rival, material_of(study, CANDLES))
    assert told.verdict == "CANNOT_TELL"
    assert "champion" in told.sentence
    assert "ConfigError: " in told.sentence
    assert told.decision == {}
    assert openings_of(study) == 1
    assert read_study(study.study).gate_decisions == (told,)


@pytest.mark.slow
def test_candidate_and_champion_are_scored_as_they_would_be_at_the_end_of_the_whole_file(
    study: AutoTuner,
) -> None:
    """The warm-up reaches back to the file's start here: a run over all of it says the same."""
    from titan_mlopt.backtest.runner import backtest_stats

    candidate = find_candidate(read_study(study.study), None)
    rival = ConfigUnderTest("champion", DEFAULT, 42)
    told = gate_of(study).decide(candidate, rival, material_of(study, CANDLES))
    seen = told.decision["evidence"]["accuracy"][0]
    for config, key in ((candidate.config, "accuracy_candidate"), (DEFAULT, "accuracy_rival")):
        stats = backtest_stats(CANDLES, config, 42).tail(N_SEALED - 1)
        assert seen[key] == pytest.approx(stats.accuracy(), abs=1e-12)


@pytest.mark.slow
def test_the_file_may_have_grown_since(study: AutoTuner) -> None:
    longer = market(N_CANDLES + 500)
    candidate = find_candidate(read_study(study.study), None)
    told = gate_of(study).decide(candidate, None, material_of(study, longer))
    assert told.decision["evidence"]["n_bars"] == N_SEALED - 1


def test_only_a_complete_trial_is_a_candidate(tmp_path: Path) -> None:
    with tuned(tmp_path, CANDLES, n_trials=2) as study:
        record = read_study(study.study)
    assert find_candidate(record, 1).config == merge_config(
        {**record.trials[1].params, "ml.enabled": False}
    )
    with pytest.raises(StudyError, match=r"trial: must be a COMPLETE trial of the study .* \(0, 1"):
        find_candidate(record, 7)
    with pytest.raises(StudyError, match=r"\(none\), got 'best'; see titan-mlopt leaderboard"):
        find_candidate(replace(record, trials=()), None)


def _not_asked(_: object) -> object:
    raise AssertionError("nothing is to be run")
