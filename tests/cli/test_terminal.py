"""Nothing that anybody may have written reaches a terminal as a control character."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import warnings
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from support.paths import ROOT
from support.studies import Tuned
from titan_mlopt.cli import main, output
from titan_mlopt.cli.progress import ProgressDisplay
from titan_mlopt.core.errors import TitanMloptWarning, printable
from titan_mlopt.report.terminal import aligned

#: Clears the screen, sets the title, rings, goes back, turns the direction of writing.
EVIL = "a\x1b[2J\x1b]0;owned\x07\x9b31m\r\b\u202ez"
SAFE = r"a\x1b[2J\x1b]0;owned\x07\x9b31m\r\x08\u202ez"
RAW = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def test_control_characters_are_spelled_out() -> None:
    assert printable(EVIL) == SAFE
    assert printable("é · 漢\n") == r"é · 漢\n"
    assert printable("two\nlines\t", lines=True) == "two\nlines\\t"


def test_a_files_name_that_is_no_utf_8_can_still_be_typed() -> None:
    name = b"caf\xe9 \x9b1m".decode(errors="surrogateescape")
    assert printable(name).encode(errors="surrogateescape") == b"caf\xe9 \\udc9b1m"


def test_a_cell_stays_on_its_line() -> None:
    assert aligned([("name", "b"), ("x\n\x1b[1A", "c")]) == ["name        b", r"x\n\x1b[1A  c"]


def test_only_one_function_writes_what_commands_print() -> None:
    others = {
        path.name: re.findall(r"click\.s?echo\(.*|(?<!\.)\bprint\(.*", path.read_text("utf-8"))
        for path in (ROOT / "titan_mlopt" / "cli").glob("*.py")
    }
    assert {name: calls for name, calls in others.items() if calls} == {
        "main.py": ["click.echo(context.get_help())"],
        "output.py": ["click.echo(printable(text, lines=True), err=err)"],
    }


def test_notices_beside_a_progress_are_spelled_out(capsys: pytest.CaptureFixture[str]) -> None:
    ProgressDisplay("trials").notice(EVIL)
    output.notice(EVIL)
    assert capsys.readouterr().err == f"{SAFE}\n{SAFE}\n"


@pytest.fixture
def evil(tuned: Tuned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a database whose study, candles and failed trial have such names and messages."""
    path = Path(shutil.copy(tuned.db, tmp_path / "titan.db"))
    monkeypatch.chdir(tmp_path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE studies SET study_name = ?", (EVIL,))
        for key, change in (
            ("titan_mlopt.candles", {"name": EVIL}),
            ("titan_mlopt.settings", {"candles_path": EVIL, "backtest_path": EVIL}),
            ("titan_mlopt.backtest", {"path": EVIL, "version": EVIL}),
        ):
            (text,) = connection.execute(
                "SELECT value_json FROM study_user_attributes WHERE key = ?", (key,)
            ).fetchone()
            row = (json.dumps(json.loads(text) | change), key)
            connection.execute("UPDATE study_user_attributes SET value_json = ? WHERE key = ?", row)
        put = (
            "UPDATE trial_user_attributes SET value_json = ? WHERE key = 'outcome' AND trial_id = ?"
        )
        trial, text = connection.execute(
            "SELECT trial_id, value_json FROM trial_user_attributes WHERE key = 'outcome' LIMIT 1"
        ).fetchone()
        failed = json.loads(text) | {
            **{"state": "FAIL", "reason": "exception", "metrics": {}, "log": EVIL},
            **{"message": f"{EVIL} <script> **bold** | `x`", "traceback": EVIL},
        }
        connection.execute("UPDATE trials SET state = 'FAIL' WHERE trial_id = ?", (trial,))
        connection.execute(put, (json.dumps(failed), trial))
    return path


@pytest.mark.parametrize(
    "words",
    [
        ["studies"],
        ["leaderboard", "--study", EVIL],
        ["report", "--study", EVIL],
        ["verdict", "--study", EVIL],
        ["export", "--study", EVIL],
        ["replay", "--trial", "1", "--study", EVIL],
        ["leaderboard", "--study", f"{EVIL}?"],
        ["delete-study", "--yes", "--keep-runs", "--study", EVIL],
    ],
    ids=lambda words: words[0],
)
def test_a_crafted_database_cannot_write_to_the_terminal(evil: Path, words: list[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TitanMloptWarning)
        result = CliRunner().invoke(main, [*words, "--db", str(evil)])
    assert result.exit_code in (0, 2), result.exception
    assert not RAW.search(result.output)
    assert result.exit_code == 0 or result.stderr.count("\n") == 1
    for note in evil.parent.glob("report/*.md"):
        text = note.read_text(encoding="utf-8")
        assert not RAW.search(text)
        assert "<script>" not in text
        assert "**bold**" not in text
