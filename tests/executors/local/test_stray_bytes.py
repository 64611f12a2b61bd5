"""Bytes that are no message of ours: who sent them fails, in bounded memory, and nobody else."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any

import pytest

from support.external_cases import _no_clock, run_job
from support.pool_cases import _shared_pool, linux, shared_pool, shared_scratch
from support.standin_cases import csv
from titan_mlopt.core.trial import COMPLETE, CRASH, FAIL, TrialOutcome
from titan_mlopt.executors.local.messages import (
    LIMIT_BYTES,
    Frames,
    Lines,
    StrayBytesError,
    read_checkpoint,
    read_outcome,
)

# Fixtures: pytest finds them here by their names.
__all__ = ["_no_clock", "_shared_pool", "csv", "run_job", "shared_pool", "shared_scratch"]
pytestmark = linux


def framed(text: bytes) -> bytes:
    return struct.pack("!i", len(text)) + text


# --- taken out of a stream -----------------------------------------------------------------------


def test_messages_are_the_same_however_the_stream_is_cut() -> None:
    stream, whole = framed(b"one") + framed(b"") + framed(b"three"), [b"one", b"", b"three"]
    assert Frames().feed(stream) == whole
    frames = Frames()
    cut = [frames.feed(stream[i : i + 1]) for i in range(len(stream))]
    assert [message for part in cut for message in part] == whole


@pytest.mark.parametrize(
    "data",
    [b"hello", struct.pack("!i", -1), struct.pack("!i", 11), b"\xff\xff\xff\xff" + bytes(8)],
    ids=["text", "negative", "one too many", "the long form"],
)
def test_a_length_that_no_message_has_is_refused_before_its_bytes_are_kept(data: bytes) -> None:
    with pytest.raises(StrayBytesError, match="a message of"):
        Frames(limit_bytes=10).feed(data)


def test_the_longest_message_is_one() -> None:
    assert Frames(limit_bytes=10).feed(framed(b"x" * 10)) == [b"x" * 10]
    assert 10_000_000 < LIMIT_BYTES < 100_000_000


def test_lines_are_json_objects_however_they_are_cut() -> None:
    lines = Lines()
    assert lines.feed(b'{"ready": 1}\n{"po') == [{"ready": 1}]
    assert lines.feed(b'ng": 1}\n') == [{"pong": 1}]


@pytest.mark.parametrize(
    "data", [b"hello\n", b"[1]\n", b"\xff\n", b"[" * 60_000 + b"\n", b"x" * 65_537]
)
def test_a_line_that_is_no_object_or_too_long_is_refused(data: bytes) -> None:
    with pytest.raises(StrayBytesError):
        Lines().feed(data)


POINT: dict[str, Any] = {"n_predictions": 70, "n_bars": 80, "accuracy": 0.5, "ece": 0.1}


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "a point",
        {},
        {**POINT, "sharpe": None, "colour": 1},
        {**POINT, "sharpe": "high"},
        {**POINT, "sharpe": None, "n_bars": 1.5},
    ],
)
def test_what_is_no_checkpoint_is_refused(raw: Any) -> None:
    with pytest.raises(StrayBytesError, match="for a checkpoint"):
        read_checkpoint(raw)
    assert read_checkpoint({**POINT, "sharpe": None}).n_bars == 80


@pytest.mark.parametrize(
    "text", [None, 7, "", "[]", "{}", '{"state": "DONE"}', '{"state": "FAIL", "checkpoints": 3}']
)
def test_what_is_no_outcome_is_refused(text: Any) -> None:
    with pytest.raises(StrayBytesError, match="for an outcome"):
        read_outcome(text)
    assert read_outcome(TrialOutcome(COMPLETE).to_json()) == TrialOutcome(COMPLETE)


# --- on the socket of a trial --------------------------------------------------------------------

STRAY = {
    "text": b"hello, world",
    "a huge length": struct.pack("!iQ", -1, 2**40),
    "a length that is long in coming": struct.pack("!i", LIMIT_BYTES + 1),
    "no JSON": framed(b"hello"),
    "no UTF-8": framed(b"\xff\xfe"),
    "JSON that is deep": framed(b"[" * 100_000),
    "no object": framed(b"[1]"),
    "no word that we know": framed(b"{}"),
    "no outcome": framed(json.dumps({"outcome": "{}"}).encode()),
    "no checkpoint": framed(json.dumps({"checkpoint": {"n_bars": "many"}}).encode()),
    "no source": framed(json.dumps({"source": ["module", 7]}).encode()),
    "one checkpoint too many": framed(
        json.dumps({"checkpoint": {**POINT, "sharpe": None}}).encode()
    ),
}
WRITE = """
fds = [int(fd) for fd in os.listdir("/proc/self/fd")]
(line,) = [fd for fd in fds if os.path.exists(f"/proc/self/fd/{{fd}}")
           and os.readlink(f"/proc/self/fd/{{fd}}").startswith("socket")]
{write}
until(lambda: False)
"""


@pytest.mark.parametrize("data", STRAY.values(), ids=STRAY.keys())
def test_a_trial_on_whose_socket_stray_bytes_come_is_a_crash_and_the_next_one_runs(
    run_job: Callable[..., tuple[TrialOutcome, list[int]]], data: bytes
) -> None:
    outcome, asked = run_job(WRITE.format(write=f"os.write(line, {data!r})"))
    assert (outcome.state, outcome.reason, asked) == (FAIL, CRASH, [])
    assert "trial 0: must write only its messages to its socket, got " in outcome.message
    assert len(outcome.message) < 400
    outcome, _ = run_job()
    assert outcome.state == COMPLETE


def test_a_process_that_a_trial_starts_may_write_without_end_and_ends_with_the_trial(
    run_job: Callable[..., tuple[TrialOutcome, list[int]]],
) -> None:
    command = ["sh", "-c", "cat /dev/zero >&$0"]
    write = f"subprocess.Popen([*{command!r}, str(line)], pass_fds=[line])"
    outcome, _ = run_job(WRITE.format(write=write))
    assert (outcome.state, outcome.reason) == (FAIL, CRASH)
    assert "must write only its messages to its socket, got" in outcome.message
