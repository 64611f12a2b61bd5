"""``titan-mlopt versions``, ``promote`` and ``rollback`` as they are typed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from support.apply_cases import (
    FORCE,
    NAME,
    TITANS,
    assert_done,
    assert_refused,
    bundle_of,
    register,
    run,
)
from support.served_cases import METRICS, served_bundle
from titan_mlopt.tracking.registry.alias_history import read_moves
from titan_mlopt.tracking.registry.versions import VERDICT
from titan_mlopt.tracking.store import open_client


@pytest.fixture
def two(store: str, tmp_path: Path) -> str:
    """Register a champion of the embedded backtest and a challenger of Titan's; return the URI."""
    register(store, tmp_path, served_bundle())
    register(store, tmp_path, bundle_of(TITANS), champion=False)
    return store


def test_versions_are_listed_newest_first_with_what_each_number_is_worth(two: str) -> None:
    open_client(two).set_model_version_tag(NAME, "1", VERDICT, "PROMOTE")
    heads, second, first = assert_done(run("versions")).splitlines()
    assert re.split(r"  +", heads) == [
        *("version", "aliases", "study", "trial", "accuracy", "ECE", "Sharpe", "backtest"),
        *("created (UTC)", "verdict"),
    ]
    cells = re.split(r"  +", first)
    assert cells[:8] == [
        *("1", "champion", "night", "3", "0.5500 (n=1,000, 95 % 0.519 to 0.581)"),
        *("0.0210 (noise floor 0.0300)", "3.50 (± 16.20) a year, before costs", "embedded"),
    ]
    assert re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d", cells[8])
    assert cells[9] == "PROMOTE"
    assert re.split(r"  +", second)[:5] == ["2", "challenger", "night", "3", "-"]
    assert "titan.core.backtest:run_backtest" in second
    assert second.endswith("  -")


def test_versions_as_json_have_the_numbers(two: str) -> None:
    document = json.loads(assert_done(run("versions", "--json")))
    assert document["name"] == NAME
    second, first = document["versions"]
    created = first.pop("created")
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", created)
    assert first == {
        "version": "1",
        "aliases": ["champion"],
        "study": "night",
        "trial": 3,
        "members": [],
        "metrics": {name: value for name, value in METRICS.items() if name != "sortino"},
        "backtest": "titan_mlopt.backtest.runner:run_backtest",
        "verdict": None,
        "holdout_openings": None,
        "forced": False,
        "sharpe_costs": "before costs",
    }
    assert (second["version"], second["aliases"]) == ("2", ["challenger"])


def test_a_name_without_versions_says_so(store: str) -> None:
    open_client(store).create_registered_model(NAME)
    assert assert_done(run("versions")) == "titan-config has no version\n"
    assert json.loads(assert_done(run("versions", "--json")))["versions"] == []


@pytest.mark.parametrize("command", ["versions", "rollback"])
def test_a_name_that_is_not_registered_is_one_line(two: str, command: str) -> None:
    result = run(command, "--name", "other")
    assert_refused(result, "name: must be a registered config (titan-config), got 'other'; tune")


def test_a_rollback_points_champion_back_and_keeps_who_and_why(two: str) -> None:
    assert_done(run("promote", "2", *FORCE))
    out = assert_done(run("rollback", "--reason", " it lost money "))
    assert out.startswith("champion of titan-config is version 1 (was version 2)\nnext:\n  titan-")
    last = read_moves(open_client(two).get_registered_model(NAME).tags)[-1]
    assert (last.before, last.after, last.how) == ("2", "1", "rollback")
    assert last.reason == "it lost money"
    assert re.fullmatch(r"\S+@\S+", last.who)


def test_nothing_to_go_back_to_is_one_line_and_moves_nothing(two: str) -> None:
    result = run("rollback")
    assert_refused(result, "champion: must have been another version before, got none for titan-")
    assert json.loads(assert_done(run("versions", "--json")))["versions"][1]["aliases"] == [
        "champion"
    ]


def test_promote_and_rollback_tell_in_json_what_they_did(two: str) -> None:
    promoted = json.loads(assert_done(run("promote", "2", "--json", *FORCE)))
    done = {"moved": True, "forced": True, "judgement": None, "not_due": None}
    assert promoted == {"name": NAME, "champion": "2", "was": "1", **done}
    again = json.loads(assert_done(run("promote", "2", "--json", *FORCE)))
    not_due = "titan-config version 2 is the champion already"
    assert again == {"name": NAME, "champion": "2", "was": "2", **done, "not_due": not_due}
    back = json.loads(assert_done(run("rollback", "--json")))
    assert back == {"name": NAME, "champion": "1", "was": "2"}


def test_a_reason_that_is_too_long_is_one_line(two: str) -> None:
    assert_done(run("promote", "2", *FORCE))
    assert_refused(run("rollback", "--reason", "r" * 1001), "reason: must have at most 1000 let")
