"""Who moved an alias, and where a rollback leads: a stack, whatever others do beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from support.apply_cases import NAME
from titan_mlopt.core.errors import ConfigError, TrackingError
from titan_mlopt.tracking.registry.alias_history import (
    INTENT,
    MOVE,
    Move,
    begin_move,
    finish_move,
    move_alias,
    read_intents,
    read_moves,
    versions_before,
)
from titan_mlopt.tracking.registry.aliases import promote_version, rollback_version, settle_moves
from titan_mlopt.tracking.store import open_client

CHAMPION = "champion"
# 2026-01-02T03:04:05Z
NOW_S = 1_767_323_045.0


def moves(*steps: str) -> list[Move]:
    """Return moves written as "1>2 promote"; "-" is no version."""
    found = []
    for step in steps:
        before, after, how = re.split("[> ]", step)
        found.append(Move(CHAMPION, None if before == "-" else before, after, "me@here", "", how))
    return found


@pytest.mark.parametrize(
    ("steps", "current", "stack"),
    [
        ([], None, ""),
        ([], "3", ""),
        (["->1 promote"], "1", ""),
        (["->1 promote", "1>2 promote", "2>3 promote"], "3", "12"),
        (["->1 promote", "1>2 promote", "2>3 promote", "3>2 rollback"], "2", "1"),
        (["->1 promote", "1>2 promote", "2>1 rollback", "1>3 promote"], "3", "1"),
        (["->1 promote", "1>2 promote", "2>1 promote"], "1", "12"),
        # Moved by others: what it was known to be counts as left.
        (["->1 promote", "1>2 promote"], "5", "12"),
        (["->1 promote", "1>2 promote"], None, "12"),
        (["->1 promote", "1>2 promote", "5>2 rollback"], "2", "1"),
        (["->1 promote", "4>2 promote"], "2", "14"),
        (["3>4 promote"], "4", "3"),
        # Version 2 was deleted and passed over.
        (["->1 promote", "1>2 promote", "2>3 promote", "3>1 rollback"], "1", ""),
    ],
)
def test_a_rollback_leads_to_the_version_before_and_then_further_back(
    steps: list[str], current: str | None, stack: str
) -> None:
    assert "".join(versions_before(moves(*steps), CHAMPION, current)) == stack


def test_moves_of_another_alias_do_not_count() -> None:
    challenger = Move("challenger", "7", "8", "me@here", "", "register")
    assert versions_before([challenger, *moves("1>2 promote")], CHAMPION, "2") == ("1",)


@given(st.lists(st.one_of(st.none(), st.integers(1, 4)), max_size=30))
def test_replayed_moves_are_the_stack_that_promotions_and_rollbacks_make(
    wanted: list[int | None],
) -> None:
    # None is a rollback, a number a promotion of that version; a plain list is the model.
    stack, now, made = list[str](), None, list[Move]()
    for version in wanted:
        if version is None:
            if not stack:
                continue
            before, now = now, stack.pop()
            made.append(Move(CHAMPION, before, now, "", "", "rollback"))
        elif str(version) != now:
            if now is not None:
                stack.append(now)
            made.append(Move(CHAMPION, now, str(version), "", "", "promote"))
            now = str(version)
        assert versions_before(made, CHAMPION, now) == tuple(stack)


# --- in the registry -----------------------------------------------------------------------------


def ticking() -> Callable[[], float]:
    seconds = count()
    return lambda: NOW_S + next(seconds)


def aliases(client: MlflowClient) -> dict[str, str]:
    found = client.get_registered_model(NAME).aliases
    return {alias: str(version) for alias, version in found.items()}


def recorded(client: MlflowClient) -> tuple[Move, ...]:
    return read_moves(client.get_registered_model(NAME).tags)


def test_promotions_are_undone_one_by_one_and_each_move_is_recorded(
    client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "anna")
    monkeypatch.setattr("socket.gethostname", lambda: "desk")
    clock = ticking()
    assert promote_version(client, NAME, "1", clock=clock) is None
    assert promote_version(client, NAME, "2", clock=clock) == "1"
    assert promote_version(client, NAME, "3", clock=clock, reason="more data") == "2"
    done = rollback_version(client, NAME, clock=clock, reason="lost money")
    assert (done.version, done.was) == ("2", "3")
    assert aliases(client) == {CHAMPION: "2"}
    assert rollback_version(client, NAME, clock=clock).version == "1"
    with pytest.raises(TrackingError, match="another version before, got none for titan-config"):
        rollback_version(client, NAME, clock=clock)
    assert aliases(client) == {CHAMPION: "1"}
    at = [f"2026-01-02T03:04:{5 + i:02d}.000+00:00" for i in range(5)]
    assert recorded(client) == (
        Move(CHAMPION, None, "1", "anna@desk", at[0], "promote"),
        Move(CHAMPION, "1", "2", "anna@desk", at[1], "promote"),
        Move(CHAMPION, "2", "3", "anna@desk", at[2], "promote", "more data"),
        Move(CHAMPION, "3", "2", "anna@desk", at[3], "rollback", "lost money"),
        Move(CHAMPION, "2", "1", "anna@desk", at[4], "rollback"),
    )


def test_a_promotion_that_moves_nothing_is_not_recorded(client: MlflowClient) -> None:
    assert promote_version(client, NAME, "1") is None
    assert promote_version(client, NAME, "1") == "1"
    assert len(recorded(client)) == 1


def test_a_rollback_passes_over_versions_that_were_deleted(client: MlflowClient) -> None:
    for version in ("1", "2", "3"):
        promote_version(client, NAME, version)
    client.delete_model_version(NAME, "2")
    assert rollback_version(client, NAME).version == "1"
    with pytest.raises(TrackingError, match="got none"):
        rollback_version(client, NAME)


def test_a_champion_that_was_deleted_has_a_version_to_go_back_to(client: MlflowClient) -> None:
    for version in ("1", "2"):
        promote_version(client, NAME, version)
    client.delete_model_version(NAME, "2")
    left = aliases(client).get(CHAMPION)  # older MLflow lets the alias stand
    done = rollback_version(client, NAME)
    assert (done.version, done.was) == ("1", left)


def test_a_champion_set_by_hand_is_left_for_the_one_that_was_promoted(client: MlflowClient) -> None:
    promote_version(client, NAME, "1")
    client.set_registered_model_alias(NAME, CHAMPION, "3")
    assert rollback_version(client, NAME).version == "1"


def test_each_move_is_a_tag_of_its_own_and_two_at_once_are_both_kept(client: MlflowClient) -> None:
    move_alias(client, NAME, CHAMPION, "1", how="promote", now_s=NOW_S)
    (first,) = client.get_registered_model(NAME).tags
    assert re.fullmatch(rf"{re.escape(MOVE)}\.000001\.[0-9a-f]{{8}}", first)
    # Another program read the tags before the first move was recorded: the same number.
    text = json.dumps({"alias": CHAMPION, "before": None, "after": "2", "who": "b@there",
                       "at": "", "how": "promote"})  # fmt: skip
    client.set_registered_model_tag(NAME, f"{MOVE}.000001.00000000", text)
    move_alias(client, NAME, CHAMPION, "3", how="promote", now_s=NOW_S)
    assert len(client.get_registered_model(NAME).tags) == 3
    assert [move.after for move in recorded(client)][-1] == "3"


# --- moves that were cut short -------------------------------------------------------------------


def begin(client: MlflowClient, before: str | None, after: str, how: str) -> None:
    move = Move(CHAMPION, before, after, "anna@desk", "2026-01-02T03:04:05.000+00:00", how)
    begin_move(client, NAME, client.get_registered_model(NAME).tags, move)


def intents(client: MlflowClient) -> list[str]:
    return [key for key in client.get_registered_model(NAME).tags if key.startswith(INTENT)]


def test_a_rollback_that_was_killed_before_its_record_is_completed_and_goes_no_further(
    client: MlflowClient,
) -> None:
    for version in ("1", "2", "3"):
        promote_version(client, NAME, version)
    begin(client, "3", "2", "rollback")
    client.set_registered_model_alias(NAME, CHAMPION, "2")
    said: list[str] = []
    done = rollback_version(client, NAME, notice=said.append)
    assert (done.version, done.was) == ("2", "3")
    assert aliases(client) == {CHAMPION: "2"}
    assert [(m.before, m.after, m.how) for m in recorded(client)[-2:]] == [
        ("2", "3", "promote"),
        ("3", "2", "rollback"),
    ]
    assert said == [
        "titan-config: the rollback of 2026-01-02T03:04:05.000+00:00 by anna@desk was cut short; "
        "completed, champion is version 2"
    ]
    assert intents(client) == []
    assert rollback_version(client, NAME).version == "1"


def test_a_move_that_was_killed_before_the_alias_is_forgotten(client: MlflowClient) -> None:
    promote_version(client, NAME, "1")
    begin(client, "1", "3", "promote")
    said: list[str] = []
    assert settle_moves(client, NAME, said.append, watch_s=0) == ()
    assert said == [
        "titan-config: the promotion of 2026-01-02T03:04:05.000+00:00 by anna@desk to version 3 "
        "was cut short before champion was moved; champion is still version 1"
    ]
    assert (intents(client), aliases(client)) == ([], {CHAMPION: "1"})
    assert len(recorded(client)) == 1


def test_a_move_that_another_program_has_overtaken_is_forgotten(client: MlflowClient) -> None:
    promote_version(client, NAME, "1")
    begin(client, "1", "3", "promote")
    client.set_registered_model_alias(NAME, CHAMPION, "2")
    said: list[str] = []
    assert settle_moves(client, NAME, said.append) == ()
    assert said[0].endswith("before champion was moved; champion is version 2")
    assert (intents(client), aliases(client)) == ([], {CHAMPION: "2"})


def test_a_move_that_its_process_makes_while_it_is_watched_is_left_to_it(
    client: MlflowClient,
) -> None:
    promote_version(client, NAME, "1")
    begin(client, "1", "3", "promote")
    (intent,) = read_intents(client.get_registered_model(NAME).tags)
    said: list[str] = []
    with ThreadPoolExecutor(1) as pool:
        settled = pool.submit(settle_moves, client, NAME, said.append, watch_s=60)
        finish_move(client, NAME, intent, "3")
        assert [move.after for move in settled.result()] in ([], ["3"])
    assert (intents(client), aliases(client)) == ([], {CHAMPION: "3"})
    assert [move.after for move in recorded(client)] == ["1", "3"]


def test_a_move_that_two_processes_complete_at_once_is_recorded_once(
    client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(client, None, "3", "promote")
    (intent,) = read_intents(client.get_registered_model(NAME).tags)
    other = open_client(client.tracking_uri)

    def come_second(name: str, key: str, value: str) -> None:
        finish_move(other, NAME, intent, "3")
        raise MlflowException("UNIQUE constraint failed")  # both have seen that it is not there

    monkeypatch.setattr(client, "set_registered_model_tag", come_second)
    assert finish_move(client, NAME, intent, "3").after == "3"
    assert (intents(client), aliases(client)) == ([], {CHAMPION: "3"})
    assert [move.after for move in recorded(client)] == ["3"]


def test_a_move_that_was_taken_for_dead_moves_nothing(
    client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_tag = client.set_registered_model_tag

    def set_tag_and_lose_it(name: str, key: str, value: str) -> None:
        set_tag(name, key, value)
        if key.startswith(INTENT):
            assert settle_moves(open_client(client.tracking_uri), name, watch_s=0) == ()

    monkeypatch.setattr(client, "set_registered_model_tag", set_tag_and_lose_it)
    with pytest.raises(TrackingError, match=r"champion must be moved by one process at a time"):
        move_alias(client, NAME, CHAMPION, "1", how="promote", now_s=NOW_S)
    assert (intents(client), aliases(client), recorded(client)) == ([], {}, ())


def test_a_record_that_the_registry_does_not_take_is_completed_by_the_next_command(
    client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_tag = client.set_registered_model_tag

    def refuse_records(name: str, key: str, value: str) -> None:
        if key.startswith(f"{MOVE}."):
            raise MlflowException("the disk is full")
        set_tag(name, key, value)

    with monkeypatch.context() as patch:
        patch.setattr(client, "set_registered_model_tag", refuse_records)
        with pytest.raises(TrackingError, match=r"champion is version 1 now, .* disk is full; the"):
            promote_version(client, NAME, "1")
    assert (aliases(client), recorded(client)) == ({CHAMPION: "1"}, ())
    assert [move.after for move in settle_moves(client, NAME)] == ["1"]
    assert [(m.before, m.after) for m in recorded(client)] == [(None, "1")]
    assert intents(client) == []


def test_an_intent_that_is_damaged_is_one_line(client: MlflowClient) -> None:
    key = f"{INTENT}.000001.0123abcd"
    client.set_registered_model_tag(NAME, key, '{"alias": "champion"}')
    with pytest.raises(TrackingError, match=rf"^{re.escape(key)}: must be a move as it was begun"):
        rollback_version(client, NAME)


def test_tags_of_others_are_no_moves_and_a_damaged_move_is_told(client: MlflowClient) -> None:
    client.set_registered_model_tag(NAME, f"{MOVE}ment", "x")
    client.set_registered_model_tag(NAME, "owner", "anna")
    assert recorded(client) == ()
    key = f"{MOVE}.000001.0123abcd"
    client.set_registered_model_tag(NAME, key, '{"alias": "champion"}')
    with pytest.raises(TrackingError, match=rf"^{re.escape(key)}: must be a move as .*delete the"):
        rollback_version(client, NAME)


def test_a_reason_that_no_tag_would_hold_is_refused_and_nothing_moves(client: MlflowClient) -> None:
    promote_version(client, NAME, "1", reason="r" * 1000)
    with pytest.raises(ConfigError, match=r"^reason: must have at most 1000 letters, got 1001"):
        promote_version(client, NAME, "2", reason="r" * 1001)
    assert aliases(client) == {CHAMPION: "1"}


def test_a_user_without_a_name_is_told_by_number(
    client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 4_000_000_000)  # as in a container: no such entry
    promote_version(client, NAME, "1")
    assert recorded(client)[0].who.startswith("4000000000@")
