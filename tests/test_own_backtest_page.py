"""docs/own-backtest.md: its commands run in their order, and no word of theirs is about Titan."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from mlflow import MlflowClient

from support.paths import DOCS, EXAMPLES
from support.server_cases import environment
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.cli.main import COMMANDS, main
from titan_mlopt.cli.tune_output import study_remarks
from titan_mlopt.core.search_space import load_space
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.production.release import TITANS_BACKTEST
from titan_mlopt.study.dataset import tuning_data

PAGE = (DOCS / "own-backtest.md").read_text(encoding="utf-8")
#: The program, and the names of stored things, which are promises (ADR 69).
NAMES = re.compile(
    r"titan[-_]mlopt|titan\.db|titan-config|titan_optimization|--beyond-titan|"
    + re.escape(TITANS_BACKTEST),
    re.IGNORECASE,
)
#: Sentences of help that mean Titan: the option of its ranges.
MEANT = "Let the file of --space widen Titan's own ranges;"
#: Commands of own backtests; those that show or check Titan's own space are not among them.
OF_OWN = sorted(set(COMMANDS) - {"space"})


def blocks_of(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def commands() -> list[list[str]]:
    lines = [line for block in blocks_of("sh") for line in block.splitlines()]
    return [shlex.split(line, comments=True) for line in lines]


def about_titan(text: str) -> list[str]:
    """Return each line that has the word in another sense than a name's."""
    joined = NAMES.sub("", text)
    return [line for line in joined.splitlines() if "titan" in line.lower()]


def described(folder: Path) -> Iterator[str]:
    """Yield every description, tag and param that MLflow has of the tour, and the pages."""
    client = MlflowClient(f"sqlite:///{folder}/mlflow.db")
    for experiment in client.search_experiments():
        yield f"{experiment.name}\n{experiment.tags}"
        for run in client.search_runs([experiment.experiment_id]):
            yield f"{run.info.run_name}\n{run.data.tags}\n{run.data.params}"
    model = client.get_registered_model("sma-config")
    version = client.get_model_version("sma-config", "1")
    yield f"{model.description}\n{model.tags}\n{version.description}\n{version.tags}"
    for path in (folder / "report").iterdir():
        if path.suffix in (".html", ".md", ".json", ".csv"):
            yield path.read_text(encoding="utf-8")


@pytest.mark.docs
def test_the_pages_commands_lead_to_a_champion_and_say_nothing_of_titan(tmp_path: Path) -> None:
    (tmp_path / "sma_crossover.py").write_text(blocks_of("python")[0])
    (tmp_path / "sma_space.toml").write_text(blocks_of("toml")[0])
    said = {}
    env = environment(XDG_CACHE_HOME=str(tmp_path / "cache"))
    for words in commands():
        command = ["5" if word == "20" else word for word in words]
        ran = subprocess.run(
            command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )
        said[" ".join(words[:2])] = ran.stdout + ran.stderr
        assert ran.returncode == 0, (words, ran.stdout, ran.stderr)
    assert "champion of sma-config is version 1" in said["titan-mlopt promote"]
    config = json.loads((tmp_path / "config.json").read_text())
    assert list(config) == ["fast_window", "slow_window", "least_gap"]
    assert "sma-config version 1 is undone" in said["titan-mlopt apply"]
    for text in (*said.values(), *described(tmp_path)):
        assert about_titan(text.replace(str(tmp_path), "")) == []


def test_the_files_of_the_page_are_those_of_the_examples() -> None:
    code, space = blocks_of("python")[0], blocks_of("toml")[0]
    assert (EXAMPLES / "sma_crossover.py").read_text("utf-8").endswith(code)
    assert (EXAMPLES / "sma_space.toml").read_text("utf-8").endswith(space)


@pytest.mark.parametrize("command", OF_OWN)
def test_help_names_titan_only_where_titan_is_meant(command: str) -> None:
    result = CliRunner().invoke(
        main, (command, "--help"), terminal_width=400, max_content_width=400
    )
    assert result.exit_code == 0
    assert about_titan(" ".join(result.stdout.split()).replace(MEANT, "")) == []


def test_the_first_help_names_titan_nowhere() -> None:
    result = CliRunner().invoke(main, ("--help",), max_content_width=400)
    assert about_titan(result.stdout) == []


def test_a_backtest_without_a_space_is_told_which_parameters_are_searched() -> None:
    data = tuning_data(sample_candles(600), TunerConfig())
    own = {"backtest": "sma_crossover:run_backtest", "pruner_type": "none"}
    space = load_space(EXAMPLES / "sma_space.toml")
    (remark,) = study_remarks(TunerConfig(**own), data, 0, 10)
    assert remark.startswith("space: the 21 parameters of Titan, as no --space is named;")
    assert list(study_remarks(TunerConfig(**own, space=space), data, 0, 10)) == []
    titans = {**own, "backtest": TITANS_BACKTEST}
    assert list(study_remarks(TunerConfig(**titans), data, 0, 10)) == []
