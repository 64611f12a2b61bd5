"""Names and paths with é where the locale has ASCII alone: every command prints, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.paths import ROOT

#: Python reads and prints UTF-8 in both; the last is one that was told not to.
LOCALES = {
    "C": {"LC_ALL": "C"},
    "POSIX": {"LC_ALL": "POSIX"},
    "no UTF-8": {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}
STUDY = "--db é/titan.db --study-name é"
COMMANDS = (
    "sample é/candles.csv --n 900",
    f"tune --candles é/candles.csv {STUDY} --n-trials 2 --min-predictions 50",
    "studies --db é/titan.db",
    f"leaderboard {STUDY}",
    f"report {STUDY} --out é/report",
    f"verdict {STUDY}",
    f"export {STUDY} --out é/config.json",
    f"replay {STUDY} --trial 0",
    f"doctor {STUDY}",
    "versions",
    "pull --version 1 --out é/pulled.json",
    "backup --db é/titan.db",
    "space --out é/space.toml",
)


@pytest.mark.matrix
@pytest.mark.parametrize("locale", LOCALES)
def test_every_command_prints_names_and_paths_that_the_locale_does_not_have(
    store: str, tmp_path: Path, locale: str
) -> None:
    (tmp_path / "é").mkdir()
    unset = ("PYTHONIOENCODING", "PYTHONUTF8", "LANG", "LC_CTYPE")
    variables = {name: value for name, value in os.environ.items() if name not in unset}
    variables |= {"PYTHONPATH": str(ROOT), **LOCALES[locale]}
    for command in COMMANDS:
        done = subprocess.run(
            [sys.executable, "-m", "titan_mlopt", *command.split()],
            cwd=tmp_path,
            env=variables,
            capture_output=True,
            check=False,
        )
        assert b"Traceback" not in done.stderr, (command, done.stderr)
        if locale == "no UTF-8":  # a name is two bytes that are no text: one line says so
            assert done.returncode in (0, 2), (command, done.stderr)
            assert done.returncode == 0 or done.stderr.count(b"\n") == 1, (command, done.stderr)
        else:
            assert done.returncode == 0, (command, done.stderr)
            assert "é" in done.stdout.decode()
