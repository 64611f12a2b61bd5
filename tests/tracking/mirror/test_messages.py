"""Messages to the mirror: a study's trials go some at a time, and arrive as they were."""

from __future__ import annotations

from dataclasses import replace
from multiprocessing.reduction import ForkingPickler

import pytest

from support.summary_cases import study, trial
from titan_mlopt.core.trial import LazyRows
from titan_mlopt.tracking.mirror.messages import (
    MirrorJob,
    SomeTrials,
    join_message,
    split_message,
)


def with_curve(number: int) -> object:
    """A trial with a text as long as the curves of one."""
    bare = trial(number, 0.5)
    assert bare.outcome is not None
    curve = LazyRows(f"[[{number},1.0,0.0{'1' * 5000}]]", 3)
    return replace(bare, outcome=replace(bare.outcome, curve=curve))


WHOLE = study(*(with_curve(number) for number in range(600)))
JOB = MirrorJob("sqlite:///mlflow.db", WHOLE, None, "folder")


@pytest.mark.parametrize(
    "message", [JOB, (None, "verify", (WHOLE,)), (7, "write_parent", (WHOLE, "note", None))]
)
def test_trials_go_250_at_a_time_and_arrive_as_they_were(message: object) -> None:
    *batches, rest = split_message(message)
    assert all(isinstance(batch, SomeTrials) for batch in batches)
    assert [len(batch.trials) for batch in batches] == [250, 250, 100]
    sizes = [len(ForkingPickler.dumps(part)) for part in (*batches, rest)]
    assert max(sizes) < len(ForkingPickler.dumps(message)) / 2
    assert sizes[-1] < 10_000
    arrived = [trial for batch in batches for trial in batch.trials]
    assert join_message(rest, arrived) == message


@pytest.mark.parametrize(
    "message", [replace(JOB, study=replace(WHOLE, trials=())), (1, "drain", ()), "ping"]
)
def test_a_message_without_trials_goes_as_it_is(message: object) -> None:
    assert list(split_message(message)) == [message]
    assert join_message(message, ()) == message
