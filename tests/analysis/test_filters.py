"""What a filter of trials promises: it means what it says, and says what it does not know."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.summary_cases import finished, study, trial
from titan_mlopt.analysis.filters import (
    Condition,
    filter_trials,
    known_names,
    parse_filter,
    value_of,
)
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.study import StudyRecord

NAMES = ["number", "state", "duration_seconds", "objective_value", "ece", "ece_noise", "ml.depth"]


def numbers(text: str, record: StudyRecord | None = None) -> list[int]:
    """Return the numbers of the trials that match."""
    record = record or finished()
    conditions = parse_filter(text, known_names(record))
    return [found.number for found in filter_trials(record, record.trials, conditions)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [0, 1, 2, 3, 4, 5, 6]),
        ("ece<0.03", [0]),
        ("ece<=.04", [0, 1]),
        ("ece>0.04", [4]),
        ("ece >= 4e-2", [1, 4]),
        ("ece!=0.02", [1, 4]),
        ("number==3", [3]),
        ("sharpe>0", [0, 4]),
        ("sharpe>-1 and number<4", [0]),
        ("ece<0.1, ece>0.03,number<2", [1]),
        ("ece<0.1 AND number!=0 , number<2", [1]),
        ("state==complete", [0, 1, 4]),
        ("state != COMPLETE and number<4", [2, 3]),
        ("duration_seconds>=600", [3]),
        # After the penalty: what the study maximises.
        ("objective_value<0.5", [4]),
        ("feature.fast_window==7 and n_predictions<=200", [1, 2]),
        ("coverage>0", []),
    ],
)
def test_the_trials_that_match_every_condition_are_found(text: str, expected: list[int]) -> None:
    assert numbers(text) == expected


def test_a_trial_without_the_value_matches_nothing() -> None:
    assert numbers("sharpe!=1.0") == [4]
    nothing = trial(0, 0.5, accuracy=math.nan, ece=math.inf)
    assert numbers("accuracy>=0", study(nothing)) == []
    assert numbers("ece>0", study(nothing)) == []


def test_names_are_known_before_any_trial_has_ended() -> None:
    names = known_names(study())
    assert names[:4] == ["number", "state", "duration_seconds", "objective_value"]
    assert {"accuracy", "ece", "ml.max_depth"} <= set(names)
    space = {"ranges": {"my.window": [1, 3, "int"]}, "fixed": {}}
    own = known_names(study(settings={"space": space}))
    assert "my.window" in own
    assert "ml.max_depth" not in own


def test_the_longest_name_that_stands_there_is_meant() -> None:
    odd = replace(trial(0, 0.5, ece=0.1), params={"a": 1, "a and b": 2, "x<y, z": 3, "ece and": 4})
    names = known_names(study(odd))
    found = parse_filter("a and b>1 and x<y, z<=3, ece and<5, a==1", names)
    assert [(c.name, c.sign, c.value) for c in found] == [
        ("a and b", ">", 1),
        ("x<y, z", "<=", 3),
        ("ece and", "<", 5),
        ("a", "==", 1),
    ]
    assert numbers("a and b>1 and x<y, z<=3, ece and<5, a==1", study(odd)) == [0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("eec<1", "filter: must name one of number, state, .*, ece_noise, ml.depth, got 'eec'"),
        ("ece<", r"must be conditions NAME OP NUMBER joined .*, got '' at position 5 of 'ece<'"),
        ("ece 0.3", "OP one of <= >= == != < >, got ' 0.3' at position 4 of 'ece 0.3'"),
        ("ece=0.3", "got '=0.3' at position 4"),
        ("ece<low", "got 'low' at position 5"),
        ("ece<nan", "got 'nan' at position 5"),
        ("ece<0.3 or number>2", "got ' or number>2' at position 8"),
        ("ece<0.3 number>2", "got ' number>2' at position 8"),
        ("ece<0.3,", "got '' at position 9"),
        ("ece<0.3 and", "got ' and' at position 8"),
        (",ece<1", "got ',ece<1' at position 1"),
        ("ece<0.3.4", "got '0.3.4' at position 5"),
        ("ece<1_0", "got '1_0' at position 5"),
        ("ece<(1)", r"got '\(1\)' at position 5"),
        ("__import__('os')<1", "must be conditions|must name one of"),
        (
            "state<complete",
            "state must be == or != one of COMPLETE, PRUNED, FAIL, RUNNING, got '<c",
        ),
        ("state==done", "got '==done'"),
        ("state==", "got '' at position 8"),
    ],
)
def test_what_is_no_filter_is_one_line_that_names_what_there_is(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        parse_filter(text, NAMES)
    assert "\n" not in str(caught.value)


@settings(deadline=None)
@given(st.text(st.sampled_from("ecnumbrstad_.<>=! ,0123\n-+"), max_size=25))
def test_any_text_is_a_filter_or_an_error_of_ours(text: str) -> None:
    try:
        found = parse_filter(text, NAMES)
    except ConfigError:
        return
    assert all(condition.name in NAMES for condition in found)


conditions = st.builds(
    Condition,
    st.sampled_from([name for name in NAMES if name != "state"]),
    st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
    st.floats(allow_nan=False, allow_infinity=False),
)


@settings(deadline=None)
@given(st.lists(conditions, min_size=1), st.sampled_from([",", " and ", " , "]))
def test_conditions_that_are_written_out_are_read_back(wanted: list[Condition], joint: str) -> None:
    text = joint.join(f"{c.name} {c.sign} {c.value!r}" for c in wanted)
    assert parse_filter(text, NAMES) == tuple(wanted)


def test_the_objective_of_two_is_what_they_weigh() -> None:
    record = study(trial(0, 0.55, 2.0), multi=True)
    # 20,000 candles: (.7 · .05 / (.5 / √20000) + .3 · 2 / √(525,960 / 20,000)) / 1
    weighed = 0.7 * 0.05 / (0.5 / math.sqrt(20000)) + 0.3 * 2 / math.sqrt(31_557_600 / 60 / 20000)
    found = value_of(record, record.trials[0], "objective_value")
    assert found == pytest.approx(weighed, rel=2e-3)
