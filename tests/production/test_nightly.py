"""examples/nightly.sh, run as it stands beside the stand-in Titan of the thirty days."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.apply_cases import kv, make_titan_db, value
from support.days_cases import DAY, FOLLOWS, SPACE, TURNS, Days, market
from support.paths import DOCS, ROOT
from titan_mlopt.candles.candles import save_candles

PAGE = (DOCS / "production.md").read_text(encoding="utf-8")
pytestmark = pytest.mark.matrix
OPTIONS = (
    "--n-trials",
    "6",
    "--holdout",
    "0.4",
    "--space",
    "space.json",
    "--pruner",
    "none",
    "--seed",
    "3",
)


@pytest.fixture
def days(store: str, tmp_path: Path) -> Days:
    make_titan_db(tmp_path / "titan.db")
    (tmp_path / "space.json").write_text(json.dumps(SPACE))
    return Days(tmp_path, market({0: FOLLOWS, 4: TURNS}, 5))


def night(days: Days, name: str, *, code: int) -> str:
    """Run a night and return its error output."""
    programs = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    settings = {"NIGHT": name, "BACKTEST_PATH": "backtest", "PATH": programs}
    ended = subprocess.run(
        [ROOT / "examples" / "nightly.sh", *OPTIONS],
        cwd=days.folder,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == code, ended.stderr
    return ended.stderr


def said(days: Days, name: str, command: str) -> dict[str, Any]:
    text = (days.folder / "nights" / f"{name}-{command}.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def test_nights_tune_promote_apply_and_tell_of_an_alarm(days: Days) -> None:
    save_candles(days.candles.head(3 * DAY), days.folder / "candles.csv")
    night(days, "first", code=0)
    assert said(days, "first", "promote")["champion"] == "1"
    assert said(days, "first", "apply")["written"] is True
    assert value(days.db, "titan_mlopt.applied")["version"] == "1"
    for command, keys in re.findall(r"^\| `([a-z]+)` \| 0 .* \| ([^|]*) \|$", PAGE, re.MULTILINE):
        if (days.folder / "nights" / f"first-{command}.json").exists():
            assert set(re.findall(r"`(\w+)`", keys)) <= said(days, "first", command).keys()
    days.trade(3)
    # The file has grown; the night goes on with its own, and finds everything done.
    save_candles(days.candles.head(4 * DAY), days.folder / "candles.csv")
    night(days, "first", code=0)
    assert said(days, "first", "watch")["n_new"] == DAY
    for command in ("tune", "promote", "apply"):
        assert said(days, "first", command)["not_due"] is not None
    days.trade(4)  # the market has turned back
    save_candles(days.candles.head(4 * DAY), days.folder / "candles.csv")
    told = night(days, "second", code=4)
    assert "the alarm stands, but rollback must be done, got champion: " in told
    assert said(days, "second", "watch")["alarms"][0]["test"] == "accuracy"
    assert said(days, "second", "tune")["trials_run"] == 6


def test_a_night_that_is_refused_ends_with_that_exit_code_and_applies_nothing(days: Days) -> None:
    save_candles(days.candles.head(100), days.folder / "candles.csv")
    assert "must have" in night(days, "short", code=2)
    assert not (days.folder / "nights" / "short-promote.json").exists()
    assert "titan_mlopt.applied" not in kv(days.db)
