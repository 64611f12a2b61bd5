"""``--symbol``, ``--timezone`` and ``--columns``: a study remembers how its candles were read."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from support.apply_cases import assert_done, assert_refused, run
from support.space_cases import SPACE
from titan_mlopt.candles.candles import Candles, save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.study.storage.studies import load_record

pytestmark = pytest.mark.slow
OPTIONS = ("--symbol", "AAA", "--timezone", "Asia/Tokyo")
OPTIONS += ("--columns", "symbol,timestamp,open,high,low,close,volume,-")


@pytest.fixture
def candles(store: str) -> Candles:
    """Write candles of two symbols by local times, without a header; return those of AAA."""
    kept = sample_candles(1500)
    zone, rows = ZoneInfo("Asia/Tokyo"), []
    for row in zip(*(values.tolist() for values in kept.arrays), strict=True):
        ts, *values = row
        clock = datetime.fromtimestamp(ts, UTC).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
        rows += [",".join(map(str, (name, clock, *values, "x"))) for name in ("AAA", "BBB")]
    Path("two.csv").write_text("\n".join(rows))
    Path("space.json").write_text(json.dumps(SPACE))
    return kept


def tune(*words: str) -> str:
    least = ("--min-predictions", "50", "--n-trials", "1")
    return assert_done(run("tune", "--candles", "two.csv", "--space", "space.json", *least, *words))


def test_a_study_is_read_again_as_it_was_and_its_printed_commands_say_how(
    candles: Candles, store: str
) -> None:
    tune(*OPTIONS)
    record = load_record("titan.db", "titan_optimization")
    assert record.candles["sha256"] == candles.digest
    assert {name: record.settings[name] for name in ("symbol", "timezone")} == {
        "symbol": "AAA",
        "timezone": "Asia/Tokyo",
    }
    # A command on the study needs none of the options again.
    assert_done(run("replay", "--trial", "0"))
    # A file of other columns says its own; zone and symbol stay those of the study.
    save_candles(candles, "plain.csv")
    assert_done(run("replay", "--trial", "0", "--candles", "plain.csv"))
    named = run("replay", "--trial", "0", "--candles", "two.csv")
    assert_refused(named, "two.csv: row 1: must be a header line or candles of a known layout")
    assert_done(run("replay", "--trial", "0", "--candles", "two.csv", *OPTIONS[4:]))

    assert_done(run("report", "--out", "r"))
    note = Path("r/report.md").read_text(encoding="utf-8")
    command = next(line for line in note.splitlines() if "titan-mlopt tune" in line)
    words = shlex.split(command[command.index("titan-mlopt ") :].strip("` "))[1:]
    for option, value in zip(OPTIONS[::2], OPTIONS[1::2], strict=True):
        assert words[words.index(option) + 1] == value
    words[words.index("--more") + 1] = "1"
    assert_done(run(*words))
    assert len(load_record("titan.db", "titan_optimization").trials) == 2


def test_a_study_refuses_candles_that_were_read_in_another_way(candles: Candles) -> None:
    tune(*OPTIONS)
    other = run(
        *("tune", "--candles", "two.csv", "--space", "space.json", "--min-predictions", "50"),
        *("--n-trials", "2", *OPTIONS[:2], *OPTIONS[4:]),
    )
    assert other.exit_code == 2
    assert "must go on with the same candles" in other.stderr.splitlines()[-1], other.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (OPTIONS[2:], "must hold candles of one symbol, got those of 'AAA', 'BBB'"),
        (("--timezone", "Tokyo"), "--timezone: must be a name of the time zone database"),
        (("--columns", "open"), "--columns: must be the file's columns in its order"),
        ((), "two.csv: row 1: must be a header line or candles of a known layout"),
    ],
)
def test_what_is_missing_is_asked_for_in_one_line(
    candles: Candles, words: tuple[str, ...], message: str
) -> None:
    assert_refused(run("tune", "--candles", "two.csv", *words), message)
