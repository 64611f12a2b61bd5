"""docs/ensembles.md: its commands and its example run as they stand, in one folder."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from support.apply_cases import run
from support.paths import DOCS, ROOT
from support.verdict_cases import SETTINGS, market
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.candles.candles import save_candles

pytestmark = [pytest.mark.slow, pytest.mark.docs]
PAGE = (DOCS / "ensembles.md").read_text(encoding="utf-8")
#: Exit code and words of each command of the page.
TOLD = (
    (0, "next:"),
    (0, "registered as titan-config version 2, alias challenger"),
    (0, "challenger"),
    ((0, 3), "verdict.html"),
    (0, "config.json is the best of 3 members that vote"),
)


@pytest.fixture
def study(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tune a study with a hold-out in the working folder; its best is version 1."""
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    save_candles(market(), "candles.csv")
    with AutoTuner("titan.db", TunerConfig(**{**SETTINGS, "tracking": True})) as tuner:
        tuner.optimize("candles.csv")


def blocks_of(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_pages_commands_and_its_example_run(study: None) -> None:
    commands = [line for block in blocks_of("sh") for line in block.splitlines()]
    for line, (codes, words) in zip(commands, TOLD, strict=True):
        program, *arguments = shlex.split(line, comments=True)
        result = run(*arguments)
        assert program == "titan-mlopt"
        assert result.exit_code in (codes if isinstance(codes, tuple) else (codes,)), result.output
        assert words in result.stdout
    assert len(json.loads(Path("members.json").read_text())["members"]) == 3
    (example,) = blocks_of("python")
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(example, "ensembles.md", "exec"), {})
    assert out.getvalue().endswith(" 2\n")  # the same ensemble is the same version


def test_the_entry_point_of_the_project_is_that_of_the_page(study: None) -> None:
    (line,) = re.findall(r"`(mlflow run .*?)`", PAGE)
    words = shlex.split(line.replace("mlflow run .", f"mlflow run {ROOT}"))
    folder = f"db={Path('titan.db').absolute()}"
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    ended = subprocess.run(
        [sys.executable, "-m", *words, "-P", folder, "--env-manager=local"],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "registered as titan-config version 2" in ended.stdout
