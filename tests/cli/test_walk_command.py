"""`titan-mlopt walk`: refusals in one line, a soft stop, and what the same command does next."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from support.paths import ROOT
from titan_mlopt.candles.candles import save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.cli.main import main

QUICK = """\
[parameters]
"feature.fast_window" = { type = "int", low = 3, high = 10 }
"ml.enabled" = false
"""
#: Windows of 20 hours, 1,200 candles, and steps of 3 hours, 180: the sample has room for 33.
WALK = "walk --candles a.csv --train 20h --step 3h --trials 3 --no-mlflow --space quick.toml"


def run(line: str) -> Result:
    return CliRunner().invoke(main, line.split(), prog_name="titan-mlopt")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("--train 3x", "--train: must be a time in days, hours or minutes such as 30d, 12h or 90m"),
        ("--train 0d", "--train: must be a time in days, hours or minutes"),
        ("--train 9d", "--train, --step: must leave room for one step, 10 days and one candle"),
        ("--train 2d --holdout 0", "--holdout: must be above 0, got 0"),
        ("--train 2d --holdout auto", "--holdout: must be a share such as 0.2 or 20%, got 'auto'"),
        ("--train 2d --policy allways", "--policy: must be one of never, always, gated"),
        ("--train 2d --trials 0", "--trials: must be a whole number >= 1, got 0"),
        ("--train 10m --step 5m", "--train, --holdout: must leave at least 220 candles"),
    ],
)
def test_what_cannot_be_walked_is_refused_in_one_line_and_leaves_nothing(
    words: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(f"walk --no-mlflow {words}")
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].startswith(f"titan-mlopt: {line}"), result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.matrix
def test_a_signal_stops_softly_and_the_same_command_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("quick.toml").write_text(QUICK, encoding="utf-8")
    save_candles(sample_candles(), Path("a.csv"))
    command = [sys.executable, "-m", "titan_mlopt", *WALK.split()]
    with subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr is not None
        assert any("1/33 steps" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        stdout, _ = process.communicate()
    assert process.returncode == 130
    stopped = r"stopped after (\d+) of 33 steps; the same command goes on"
    match = re.fullmatch(stopped, stdout.splitlines()[-1])
    assert match is not None
    n_walked = int(match[1])  # the machine decides how many; far from all
    assert n_walked >= 1
    save_candles(sample_candles().head(1200 + 180 * (n_walked + 1) + 1), Path("a.csv"))  # one more
    document = json.loads(run(f"{WALK} --json").stdout)
    assert (document["n_steps"], document["n_new"], document["not_due"]) == (n_walked + 1, 1, None)
    again = json.loads(run(f"{WALK} --json").stdout)
    assert (again["n_new"], again["not_due"]) == (0, "every step was walked before")
    assert document["registered"] is None
    other = run(WALK.replace("--trials 3", "--trials 4"))
    assert other.exit_code == 2
    assert "must go on as it began, with --trials 3, got --trials 4" in other.stderr
