"""What the plain records promise."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from titan_mlopt.core.trial import COMPLETE, FAIL, PRUNED, Checkpoint, TrialOutcome, TrialRecord

COUNTS, NUMBERS = st.integers(0, 10**9), st.floats(allow_nan=False, allow_infinity=False)
OUTCOMES = st.builds(
    TrialOutcome,
    state=st.sampled_from([COMPLETE, PRUNED, FAIL]),
    reason=st.text(),
    message=st.text(),
    traceback=st.text(),
    log=st.text(),
    metrics=st.dictionaries(st.text(), NUMBERS | st.none(), max_size=5),
    checkpoints=st.lists(
        st.builds(
            Checkpoint,
            n_predictions=COUNTS,
            n_bars=COUNTS,
            accuracy=NUMBERS,
            ece=NUMBERS,
            sharpe=NUMBERS | st.none(),
        ),
        max_size=4,
    ).map(tuple),
    bins=st.lists(st.tuples(COUNTS, NUMBERS, COUNTS), max_size=4).map(tuple),
    curve=st.lists(st.tuples(COUNTS, NUMBERS, NUMBERS), max_size=4).map(tuple),
    rolling=st.lists(st.tuples(COUNTS, NUMBERS), max_size=4).map(tuple),
    blocks=st.lists(st.tuples(COUNTS, COUNTS, NUMBERS, NUMBERS), max_size=4).map(tuple),
    duration_seconds=NUMBERS,
)


@settings(max_examples=100, deadline=None)
@given(OUTCOMES)
def test_an_outcome_comes_back_from_one_line_of_json_equal(outcome: TrialOutcome) -> None:
    text = outcome.to_json()
    assert "\n" not in text
    again = TrialOutcome.from_json(text)
    assert again == outcome
    assert again.to_json() == text


def test_an_outcome_of_a_later_version_is_read_without_what_is_new() -> None:
    point = Checkpoint(10, 20, 0.5, 0.1, None)
    raw = json.loads(TrialOutcome(COMPLETE, checkpoints=(point,)).to_json())
    raw["colour"] = "green"
    raw["checkpoints"][0]["brier"] = 0.25
    assert TrialOutcome.from_json(json.dumps(raw)) == TrialOutcome(COMPLETE, checkpoints=(point,))


def test_an_outcome_of_an_earlier_version_gets_the_defaults() -> None:
    assert TrialOutcome.from_json('{"state":"FAIL"}') == TrialOutcome(FAIL)


def test_a_trial_without_outcome_has_no_metrics() -> None:
    running = TrialRecord(0, "RUNNING", {}, None, 1.0, None, None)
    assert running.metric("accuracy") is None
    done = replace(running, outcome=TrialOutcome(COMPLETE, metrics={"accuracy": 0.6}))
    assert done.metric("accuracy") == 0.6
    assert done.metric("brier") is None
