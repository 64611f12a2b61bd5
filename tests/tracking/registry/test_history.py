"""`titan-mlopt history`: what a registry tells of its champions, also one of an earlier version."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from support.apply_cases import (
    NAME,
    OTHER,
    TITANS,
    assert_done,
    assert_refused,
    bundle_of,
    make_titan_db,
    register,
    run,
)
from support.paths import ROOT
from support.watch_cases import decision, judged, live, write
from titan_mlopt.core.history import HistoryEvent, utc_moment
from titan_mlopt.tracking.registry.alias_history import MOVE
from titan_mlopt.tracking.registry.aliases import promote_version, rollback_version
from titan_mlopt.tracking.registry.history import read_history
from titan_mlopt.tracking.registry.history_page import describe_history, show_history
from titan_mlopt.tracking.registry.release_tags import RELEASE
from titan_mlopt.tracking.registry.verdict_tags import write_decision
from titan_mlopt.tracking.store import open_client

# 2026-01-02T03:04:05Z
NOW_S = 1_767_323_045.0
FILE = "predictions.jsonl"
PAGE = (ROOT / "docs" / "registry.md").read_text(encoding="utf-8")
pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture
def anna(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "anna")
    monkeypatch.setattr("socket.gethostname", lambda: "desk")


def story(client: MlflowClient, *kinds: str) -> list[tuple[str, str]]:
    """Return kind and version of the events, those of ``kinds`` alone if there are any."""
    events = read_history(client, NAME).events
    return [(one.event, one.version) for one in events if not kinds or one.event in kinds]


def document() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(assert_done(run("history", "--json")))
    return content


def page_keys() -> dict[str, set[str]]:
    """Return the keys that docs/registry.md gives each kind of event."""
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| .*: (`.*`) \|$", PAGE, re.MULTILINE)
    named = [[re.findall(r"`(\w+)`", cell) for cell in row] for row in rows]
    return {kind: set(keys) for kinds, keys in named for kind in kinds}


# --- the whole life ------------------------------------------------------------------------------


def test_the_history_tells_a_champions_life_from_its_study_to_what_replaced_it(
    store: str, tmp_path: Path, anna: None
) -> None:
    db = tmp_path / "titan.db"
    make_titan_db(db)
    judged(store, tmp_path, TITANS)
    assert_done(run("apply"))
    judged(store, tmp_path, OTHER)
    assert_done(run("apply"))
    write(tmp_path / FILE, live(3000, seed=3, accuracy=0.45))
    alarm = run("watch", "--predictions", FILE, "--on-alarm", "rollback", "--db", "titan.db")
    assert alarm.exit_code == 4
    assert_done(run("apply", "--undo"))
    content = document()
    assert (content["name"], content["champion"]) == (NAME, "1")
    assert [(one["event"], one["version"]) for one in content["events"]] == [
        ("judged", "1"),  # the decisions of these tests are of 2026-01-01
        ("judged", "2"),
        ("registered", "1"),
        ("promoted", "1"),
        ("applied", "1"),
        ("registered", "2"),
        ("replaced", "1"),
        ("promoted", "2"),
        ("applied", "2"),
        ("watched", "2"),
        ("alarm", "2"),
        ("reaction", "2"),
        ("replaced", "2"),
        ("rolled_back", "1"),
        ("applied", "1"),
        ("undone", "1"),
    ]
    keys = page_keys()
    for one in content["events"]:
        assert set(one) == {"time", "event", "version", *keys[one["event"]]}
    assert keys.keys() - {one["event"] for one in content["events"]} == {
        "forced",
        "moved_elsewhere",
    }
    times = [one["time"] for one in content["events"]]
    assert times == sorted(times)
    assert {time[-6:] for time in times} == {"+00:00"}
    first = {(one["event"], one["version"]): one for one in reversed(content["events"])}
    registered, applied = first["registered", "1"], first["applied", "2"]
    assert (registered["study"], registered["trial"]) == ("night", 3)
    assert registered["by"] == "anna@desk"
    assert (applied["db"], applied["by"], applied["reason"]) == (str(db), "anna@desk", None)
    watched, raised = first["watched", "2"], first["alarm", "2"]
    assert (watched["n_records"], watched["alarms"]) == (3000, len(raised["tests"]))
    assert watched["predictions"] == str(tmp_path / FILE)
    assert 0.4 < watched["accuracy"] < 0.5
    assert raised["text"].startswith("accuracy is below ")
    assert (first["reaction", "2"]["kind"], first["reaction", "2"]["done"]) == ("rollback", True)
    assert first["rolled_back", "1"]["was"] == "2"
    assert first["rolled_back", "1"]["reason"].startswith("watch: accuracy is below ")
    page = assert_done(run("history"))
    assert page.startswith("when (UTC)")
    assert page.endswith(f"\nchampion of {NAME} is version 1\n")
    assert len(page.splitlines()) == len(content["events"]) + 2
    # The description tells the same, the newest event first.
    text = open_client(store).get_registered_model(NAME).description
    rows = [line.split(" | ")[1:3] for line in text.splitlines() if line.startswith("| 20")]
    assert rows == [
        [one["version"], one["event"].replace("_", " ")] for one in reversed(content["events"])
    ]


def test_a_forced_promotion_keeps_its_reason_and_another_name_has_its_own_history(
    store: str, tmp_path: Path
) -> None:
    register(store, tmp_path, bundle_of(TITANS), champion=False, name="mine")
    assert_done(run("promote", "1", "--name", "mine", "--force", "--reason", "a | demo"))
    events = json.loads(assert_done(run("history", "mine", "--json")))["events"]
    assert [(one["event"], one["version"]) for one in events] == [
        ("registered", "1"),
        ("forced", "1"),
    ]
    assert events[-1]["reason"] == "a | demo"
    assert "a &#124; demo" in open_client(store).get_registered_model("mine").description
    assert_refused(run("history"), f"must be a registered config (mine), got '{NAME}'")


def test_a_decision_that_moves_nothing_is_told_in_the_description_too(
    store: str, tmp_path: Path
) -> None:
    judged(store, tmp_path, TITANS)
    client = open_client(store)
    bundle = bundle_of(OTHER)
    register(store, tmp_path, bundle, champion=False)
    write_decision(client, NAME, "2", bundle, decision())
    assert story(client, "judged") == [("judged", "1"), ("judged", "2")]
    assert client.get_registered_model(NAME).description.count("| judged |") == 2


# --- apply and undo ------------------------------------------------------------------------------


def test_an_undo_is_told_with_its_database_and_why_it_was_forced(
    store: str, tmp_path: Path, anna: None
) -> None:
    make_titan_db(tmp_path / "titan.db")
    judged(store, tmp_path, TITANS)
    assert_done(run("apply"))
    assert_done(run("apply", "--undo", "--force", "--reason", "by hand"))
    undone = document()["events"][-1]
    assert (undone["event"], undone["version"], undone["reason"]) == ("undone", "1", "by hand")
    assert (undone["db"], undone["by"]) == (str(tmp_path / "titan.db"), "anna@desk")


def test_a_dry_run_and_an_undo_offline_leave_the_registry_alone(store: str, tmp_path: Path) -> None:
    make_titan_db(tmp_path / "titan.db")
    judged(store, tmp_path, TITANS)
    assert_done(run("apply"))
    assert_done(run("apply", "--undo", "--dry-run"))
    offline = run("apply", "--undo", "--offline")
    assert_done(offline)
    assert offline.stderr == f"{NAME} version 1 gets no tag in the registry: offline\n"
    assert story(open_client(store), "applied", "undone") == [("applied", "1")]


def test_a_version_that_is_applied_again_while_it_is_in_force_is_told_once(
    store: str, tmp_path: Path
) -> None:
    make_titan_db(tmp_path / "titan.db")
    judged(store, tmp_path, TITANS)
    for _ in range(2):
        assert_done(run("apply"))
    assert story(open_client(store), "applied") == [("applied", "1")]


# --- what is not known ---------------------------------------------------------------------------


def test_an_earlier_versions_apply_and_registration_are_told_with_what_is_known(
    client: MlflowClient,
) -> None:
    client.set_model_version_tag(NAME, "2", "titan_mlopt.applied", "2026-01-02T03:04:05+00:00")
    client.set_model_version_tag(NAME, "2", "titan_mlopt.forced_reason", "a trial")
    client.set_model_version_tag(NAME, "3", "titan_mlopt.applied", "on Monday")
    events = read_history(client, NAME).events
    assert [(one.time, one.event, one.version) for one in events[:2]] == [
        (None, "applied", "3"),
        ("2026-01-02T03:04:05.000+00:00", "applied", "2"),
    ]
    assert events[1].details == {"db": None, "by": None, "reason": "a trial"}
    assert [(one.event, one.version) for one in events[2:]] == [
        ("registered", number) for number in "123"
    ]
    assert events[2].details["study"] is None
    page = assert_done(run("history"))
    assert "unknown" in page
    assert "to a database that is not known: a trial" in page
    assert "from a study that is not known" in page


def test_a_champion_that_another_program_set_is_told_without_a_time(client: MlflowClient) -> None:
    promote_version(client, NAME, "1", clock=lambda: NOW_S)
    client.set_registered_model_alias(NAME, "champion", "3")
    rollback_version(client, NAME, clock=lambda: NOW_S + 60)
    client.delete_registered_model_alias(NAME, "champion")
    events = [one for one in read_history(client, NAME).events if one.event != "registered"]
    assert [(one.time and one.time[11:19], one.event, one.version) for one in events] == [
        ("03:04:05", "promoted", "1"),
        (None, "moved_elsewhere", "3"),
        ("03:05:05", "replaced", "3"),
        ("03:05:05", "rolled_back", "1"),
        (None, "moved_elsewhere", "1"),
    ]
    page = assert_done(run("history"))
    assert "champion, was version 1; the alias was moved by another program" in page
    assert "champion no more; the alias was removed by another program" in page
    assert page.endswith(f"\n{NAME} has no champion\n")


def test_tags_that_anybody_wrote_are_left_out_and_a_damaged_move_is_refused(
    client: MlflowClient,
) -> None:
    for key, text in ((f"{RELEASE}.1.a", "{}"), (f"{RELEASE}.2.b", "no JSON")):
        client.set_model_version_tag(NAME, "1", key, text)
    client.set_model_version_tag(NAME, "1", "titan_mlopt.decision", "[]")
    assert story(client) == [("registered", number) for number in "123"]
    client.set_registered_model_tag(NAME, f"{MOVE}.000001.00000000", "{}")
    assert_refused(run("history"), f"{MOVE}.000001.00000000: must be a move as it was recorded")


@given(st.text() | st.datetimes().map(str))
def test_a_time_is_utc_with_milliseconds_or_none(text: str) -> None:
    moment = utc_moment(text)
    assert moment is None or (len(moment), moment[-6:]) == (29, "+00:00")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000+00:00"),
        ("2026-01-02T05:04:05.678+02:00", "2026-01-02T03:04:05.678+00:00"),
        ("2026-01-02 03:04:05", "2026-01-02T03:04:05.000+00:00"),
        ("0001-01-01T00:00:00+14:00", None),
        ("Monday", None),
    ],
)
def test_times_of_any_zone_are_told_in_utc(text: str, moment: str | None) -> None:
    assert utc_moment(text) == moment


# --- in the description --------------------------------------------------------------------------


def test_the_models_description_tells_the_history_below_what_people_wrote(
    client: MlflowClient, anna: None
) -> None:
    client.update_registered_model(NAME, description="Ours.")
    promote_version(client, NAME, "1", clock=lambda: NOW_S)
    promote_version(client, NAME, "2", clock=lambda: NOW_S + 60, reason="more | data")
    lines = client.get_registered_model(NAME).description.splitlines()
    assert lines[:6] == [
        "Ours.",
        "",
        "### History",
        "",
        "| when (UTC) | version | event | what is known of it |",
        "| --- | --- | --- | --- |",
    ]
    assert sorted(line for line in lines if line.startswith("| 2026-01-02")) == [
        "| 2026-01-02 03:04:05 | 1 | promoted | champion, the first one, by anna@desk |",
        "| 2026-01-02 03:05:05 | 1 | replaced | by version 2 (promote) |",
        "| 2026-01-02 03:05:05 | 2 | promoted | champion, was version 1, by anna@desk: more &#124; "
        "data |",
    ]


def event(number: int, reason: str = "x" * 900) -> HistoryEvent:
    details = {"was": "1", "by": "anna@desk", "reason": reason}
    return HistoryEvent("2026-01-02T03:04:05.000+00:00", "forced", str(number), details)


@pytest.mark.parametrize(("length", "numbers"), [(0, range(30, 10, -1)), (4000, range(30, 25, -1))])
def test_the_description_keeps_the_newest_events_that_it_has_room_for(
    length: int, numbers: range
) -> None:
    events = [event(number) for number in range(1, 31)]
    text = describe_history("a" * length, events)
    assert len(text) <= 5000
    rows = [line.split(" | ")[1] for line in text.splitlines() if line.startswith("| 2026")]
    assert rows == list(map(str, numbers))
    assert describe_history(text, events) == text
    assert describe_history("a" * 4990, events) == "a" * 4990


def test_the_table_of_an_earlier_version_is_replaced_and_peoples_own_words_stay() -> None:
    old = (
        "### Moves of aliases\n\n| when (UTC) | alias | from |\n| --- | --- | --- |\n"
        "| 2026-01-02 03:04 | champion | none |\n"
    )
    mine = "### History\n\n| mine | \n| --- |\n| stays |"
    text = describe_history(f"{mine}\n\n{old}\nMoved on Mondays.", [event(1, "a demo")])
    assert text.startswith(f"{mine}\n\n### History\n\n| when (UTC) |")
    assert text.endswith(" a demo |\n\nMoved on Mondays.")
    assert "Moves of aliases" not in text
    assert describe_history(f"{text}\n\n{old}", [event(1, "a demo")]) == text


def test_names_and_reasons_break_neither_the_table_nor_the_terminal(
    client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "an|na\x1b[2J")
    promote_version(client, NAME, "1", reason="a\nb | \x1b[31m<script>")
    (row,) = (
        line
        for line in client.get_registered_model(NAME).description.splitlines()
        if "promoted" in line
    )
    assert row.count("|") == 5
    assert "a b &#124; ?&#91;31m&#60;script&#62;" in row
    page = assert_done(run("history"))
    assert "\x1b" not in page
    assert len(page.splitlines()) == 6


def test_a_registry_that_takes_no_description_is_a_notice(
    client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    notices = list[str]()
    client.set_registered_model_tag(NAME, f"{MOVE}.000001.00000000", "{}")
    show_history(client, NAME, notices.append)
    assert len(notices) == 1
    assert notices[0].startswith(f"{NAME}: its description must tell its history, got {MOVE}")

    def refuse(*_: object, **__: object) -> None:
        raise MlflowException("no descriptions today")

    client.delete_registered_model_tag(NAME, f"{MOVE}.000001.00000000")
    monkeypatch.setattr(client, "update_registered_model", refuse)
    promote_version(client, NAME, "1", notice=notices.append)
    assert "got no descriptions today; the next command that adds an event" in notices[1]
    assert str(client.get_registered_model(NAME).aliases["champion"]) == "1"
