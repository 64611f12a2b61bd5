"""docs/spaces.md: its example, what is printed about it, and its commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from support.paths import DOCS
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.cli.main import main
from titan_mlopt.cli.space import space as space_command
from titan_mlopt.core.search_space import Space, load_space
from titan_mlopt.core.space.details import KEYS
from titan_mlopt.core.space.document import MOST_BYTES
from titan_mlopt.study.storage.studies import read_study

PAGE = (DOCS / "spaces.md").read_text(encoding="utf-8")
(EXAMPLE,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
UNDERSTOOD, REFUSED = re.findall(r"\n\n```\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "space.toml"
    path.write_text(EXAMPLE)
    return path


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words, prog_name="titan-mlopt")


def test_the_check_of_the_example_is_printed_as_it_is() -> None:
    result = run("space", "--check", "space.toml")
    assert re.sub(r"SHA-256 \w{12}…", "SHA-256 SHA…", result.stdout) == UNDERSTOOD


def test_the_error_of_the_page_is_the_one_that_comes(file: Path) -> None:
    lines = EXAMPLE.splitlines(keepends=True)
    lines[3] = lines[3].replace("high = 10", "high = 2")
    file.write_text("".join(lines))
    result = run("space", "--check", "space.toml")
    assert (result.exit_code, result.stderr) == (2, REFUSED)


def test_the_example_is_the_same_space_in_yaml(tmp_path: Path) -> None:
    import tomllib

    (tmp_path / "space.yaml").write_text(yaml.safe_dump(tomllib.loads(EXAMPLE)))
    assert load_space("space.yaml") == load_space("space.toml")


def test_the_commands_of_the_page_are_those_that_there_are() -> None:
    (block,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()[:3]:
        words = line.partition("#")[0].split()[1:]
        assert run(*words).exit_code == 0, line
    assert load_space("space.toml") == Space()  # the second one wrote Titan's
    options = {option for param in space_command.params for option in param.opts}
    assert {"--schema", "--beyond-titan"} <= set(re.findall(r"--[a-z][a-z-]+", PAGE)) & options
    assert all(f"`{key}`" in PAGE for key in KEYS)
    assert f"{MOST_BYTES:,} bytes" in PAGE


@pytest.mark.docs
def test_the_example_is_tuned(tmp_path: Path) -> None:
    config = TunerConfig(
        space=load_space("space.toml"), n_trials=3, limit=900, tracking=False, min_predictions=50
    )
    with AutoTuner(tmp_path / "titan.db", config) as tuner:
        tuner.optimize("sample")
        record = read_study(tuner.study)
    for trial in record.trials:
        params = trial.params
        assert int(params["feature.fast_window"]) + 12 <= int(params["feature.slow_window"])
        assert ("ml.max_depth" in params) is params["ml.enabled"]
