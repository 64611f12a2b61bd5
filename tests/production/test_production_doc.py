"""docs/production.md: its commands run as they stand, its keys are those that are written."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from support.apply_cases import (
    TITANS,
    bundle_of,
    dump,
    embedded,
    kv,
    make_titan_db,
    packed,
    put,
    register,
)
from support.paths import DOCS
from titan_mlopt.backtest.kv_table import CONFIG_PREFIX
from titan_mlopt.cli import main
from titan_mlopt.cli.apply import apply
from titan_mlopt.core.parameters import DEFAULTS
from titan_mlopt.production.plan import APPLIED, BACKUP_PREFIX, UNDONE
from titan_mlopt.production.release import TITANS_BACKTEST

PAGE = (DOCS / "production.md").read_text(encoding="utf-8")


def commands() -> list[list[str]]:
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    return [shlex.split(line, comments=True) for block in blocks for line in block.splitlines()]


def test_the_pages_commands_run_one_after_the_other(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    make_titan_db(tmp_path / "titan.db")
    register(store, tmp_path, bundle_of(TITANS))
    register(store, tmp_path, embedded(DEFAULTS), champion=False)
    ran = []
    for program, *words in commands():
        assert program == "titan-mlopt"
        result = CliRunner().invoke(main, words)
        assert result.exit_code == 0, (words, result.output)
        rows = kv(tmp_path / "titan.db")
        ran.append((words[0], rows[f"{CONFIG_PREFIX}feature.fast_window"][0]))
    titans, ours = packed(5), packed(7)
    assert ran == [
        *(("pull", titans), ("apply", titans), ("apply", ours), ("apply", titans)),
        *(("pull", titans), ("apply", ours)),
        *(("apply", packed(DEFAULTS["feature.fast_window"])), ("apply", ours)),
    ]


def test_the_keys_of_the_page_are_those_that_are_written(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    keys = re.findall(r"^\| `([^`]+)` \|", PAGE, re.MULTILINE)
    assert keys == [f"{CONFIG_PREFIX}<name>", APPLIED, f"{BACKUP_PREFIX}<version>", UNDONE]
    db = tmp_path / "titan.db"
    make_titan_db(db)
    before = kv(db)
    register(store, tmp_path, bundle_of(TITANS))
    runner = CliRunner()
    assert runner.invoke(main, ["apply"]).exit_code == 0
    wanted = {CONFIG_PREFIX + name for name in TITANS}
    assert kv(db).keys() == before.keys() | wanted | {APPLIED, f"{BACKUP_PREFIX}1"}
    put(db, f"{CONFIG_PREFIX}ml.enabled", packed(True))
    assert runner.invoke(main, ["apply", "--undo", "--force", "--reason", "r"]).exit_code == 0
    assert kv(db).keys() == before.keys() | {UNDONE}
    assert dump(db)["candles"]


def test_the_options_and_defaults_that_the_page_names_are_the_commands() -> None:
    options = {option for parameter in apply.params for option in parameter.opts}
    assert set(re.findall(r"--[a-z][a-z-]*", PAGE)) - {"--out"} <= options
    timeout = next(p for p in apply.params if p.name == "timeout")
    assert f"`--timeout` seconds ({timeout.default})" in PAGE
    assert f"`{TITANS_BACKTEST}`" in PAGE
