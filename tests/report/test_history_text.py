"""The events in the life of a version, in words."""

from __future__ import annotations

import pytest

from titan_mlopt.core.history import JUDGED, HistoryEvent
from titan_mlopt.report.history import event_text


@pytest.mark.parametrize(
    ("fresh", "opening", "text"),
    [
        (False, 1, "PROMOTE, hold-out opened 1 time: It is better."),
        (False, 3, "PROMOTE, hold-out opened 3 times: It is better."),
        (True, 1, "PROMOTE, on fresh candles: It is better."),
    ],
)
def test_a_judgement_says_once_which_candles_it_looked_at(
    fresh: bool, opening: int, text: str
) -> None:
    details = {
        "verdict": "PROMOTE",
        "fresh": fresh,
        "opening": opening,
        "sentence": "It is better.",
    }
    assert event_text(HistoryEvent(None, JUDGED, "1", details)) == text
