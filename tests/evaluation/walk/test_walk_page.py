"""docs/walk.md: its commands work as they stand there, in their order."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from support.paths import DOCS, ROOT
from titan_mlopt.cli.main import main
from titan_mlopt.study.storage.looks import read_looks
from titan_mlopt.study.storage.sqlite import open_storage

PAGE = (DOCS / "walk.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
SPACE = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0]


def run(line: str) -> Result:
    program, *words = shlex.split(line, comments=True)
    assert program == "titan-mlopt"
    return CliRunner().invoke(main, words)


@pytest.mark.docs
def test_the_commands_of_the_page_walk_register_and_judge(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    Path("quick.toml").write_text(SPACE, encoding="utf-8")
    walks, looks = (block.splitlines() for block in BLOCKS)
    first, again, registered = map(run, walks)
    for result in (first, again, registered):
        assert result.exit_code == 0, result.output
    assert "5 steps traded from 2024-01-03T00:00:00Z" in first.stdout
    assert "not the promotion gate" in first.stdout
    document = json.loads(again.stdout)
    assert (document["n_steps"], document["n_new"], document["stopped"]) == (5, 0, False)
    next_command = registered.stdout.splitlines()[-1]
    assert next_command.startswith("  titan-mlopt promote 1 --name titan-config --db walk.db")
    board, judged = map(run, looks)
    assert board.exit_code == 0, board.output
    assert judged.exit_code in (0, 3), judged.output
    promoted = run(next_command.strip())
    assert promoted.exit_code in (0, 3), promoted.output
    backend = open_storage(tmp_path / "walk.db")
    numbers = [look.number for look in read_looks(backend) if look.study != "walk"]
    backend.close()
    assert 2 in numbers


def test_the_entry_point_of_the_project_runs_the_command_with_its_defaults() -> None:
    entry = yaml.safe_load((ROOT / "MLproject").read_text("utf-8"))["entry_points"]["walk"]
    options = {param.name: param for param in main.get_command(None, "walk").params}  # type: ignore[arg-type]  # a context is not used
    for name, parameter in entry["parameters"].items():
        assert f"--{name.replace('_', '-')} {{{name}}}" in entry["command"]
        if name != "train":  # which has no default on the command line
            assert str(options[name].default).lower() == str(parameter["default"]).lower()
