"""examples/: its scripts run as its README says, in a folder of their own."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.paths import DATA, EXAMPLES
from support.server_cases import environment
from support.standin_cases import call_of
from titan_mlopt import open_study
from titan_mlopt.backtest.external import PARAMETERS
from titan_mlopt.candles.candles import save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.search_space import load_space

README = (EXAMPLES / "README.md").read_text(encoding="utf-8")
(BLOCK,) = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
COMMANDS = [shlex.split(line, comments=True) for line in BLOCK.splitlines()]
#: Each backtest with its space.
BACKTESTS = {
    "sma_crossover": "sma_space.toml",
    "backtesting_py": "sma_space.toml",
    "sklearn_classifier": "sklearn_space.toml",
}
REAL = DATA / "BTCUSDT_1m_20250101.csv.gz"


def skip_unless_installed(name: str) -> None:
    if name == "backtesting_py" and importlib.util.find_spec("backtesting") is None:
        pytest.skip("needs the package backtesting, which is AGPL-3.0 and no dependency of ours")


def command_of(name: str) -> list[str]:
    """Return the command of the README that runs an example."""
    (command,) = [words for words in COMMANDS if any(name in word for word in words)]
    return command


def run(folder: Path, *command: str) -> str:
    """Run a command as a user would, in a folder with the examples; return what it prints."""
    for path in (*EXAMPLES.glob("*.py"), *EXAMPLES.glob("*.toml")):
        shutil.copy(path, folder)
    words = [sys.executable if word == "python" else word for word in command]
    ran = subprocess.run(
        words, cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_candles(sample_candles(2600), tmp_path / "data.csv")
    return tmp_path


def imported(name: str) -> Callable[..., dict[str, Any]]:
    """Return the backtest of an example, imported apart from every module there is."""
    skip_unless_installed(name)
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.run_backtest  # type: ignore[no-any-return]


def test_the_readme_lists_every_example_and_runs_every_script() -> None:
    files = {path.name for path in EXAMPLES.iterdir() if path.is_file()} - {"README.md"}
    assert set(re.findall(r"\]\(([\w.]+)\)", README)) == files
    words = " ".join(word for command in COMMANDS for word in command)
    assert all(path.stem in words for path in EXAMPLES.glob("*.py"))


def test_the_crossover_has_twenty_lines_of_code() -> None:
    text = (EXAMPLES / "sma_crossover.py").read_text("utf-8").split('"""', 4)
    code = [line for part in (text[2], text[4]) for line in part.splitlines() if line.strip()]
    signature = text[2].rstrip().splitlines()[-1]
    assert signature.startswith("def run_backtest(")
    assert len(code) == 20


@pytest.mark.parametrize("name", BACKTESTS)
def test_an_example_takes_the_arguments_of_the_contract(name: str) -> None:
    tree = ast.parse((EXAMPLES / f"{name}.py").read_text("utf-8"))
    (function,) = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name == "run_backtest"
    ]
    assert tuple(argument.arg for argument in function.args.args) == PARAMETERS


LONGER = [pytest.param(name, marks=pytest.mark.matrix) for name in list(BACKTESTS)[1:]]


@pytest.mark.filterwarnings("default")  # the packages' own
@pytest.mark.parametrize("name", ["sma_crossover", *LONGER])
def test_an_example_keeps_the_contract_of_backtests(name: str, tmp_path: Path) -> None:
    """One bar each from the first that it decides, counted as it returns them."""
    backtest = imported(name)
    save_candles(sample_candles(800), tmp_path / "candles.csv")
    call = call_of(tmp_path / "candles.csv", tmp_path / "trial")
    Path(str(call["out_dir"])).mkdir()
    stats = backtest(**call)
    lines = (Path(str(call["out_dir"])) / "predictions.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    bets = [record for record in records if record["direction"] != "FLAT"]
    hits = [(record["direction"] == "UP") == (record["return"] > 0) for record in bets]
    assert 0 < stats["correct"] < stats["total"] == len(bets) < 799
    assert stats["correct"] == sum(hits)  # no close of these candles repeats the one before


@pytest.mark.parametrize("name", BACKTESTS)
def test_every_parameter_of_a_space_is_read_by_its_backtest(name: str) -> None:
    source = (EXAMPLES / f"{name}.py").read_text("utf-8")
    assert all(parameter in source for parameter in load_space(EXAMPLES / BACKTESTS[name]).ranges)


@pytest.mark.slow
def test_the_crossover_is_tuned_as_the_readme_says(folder: Path) -> None:
    command = [*command_of("sma_crossover"), "--n-trials", "4"]
    said = run(folder, *command, "--register-as", "none", "--experiment", "examples")
    assert re.search(r"^trials +4$", said, re.MULTILINE), said
    trials = open_study(folder / "titan.db", "sma").trials
    assert set(trials["state"]) <= {"COMPLETE", "PRUNED"}
    assert {"fast_window", "slow_window", "least_gap"} <= set(trials.columns)
    assert trials["accuracy"].nunique() > 1


@pytest.mark.matrix
@pytest.mark.parametrize("name", ["backtesting_py", "sklearn_classifier"])
def test_a_longer_example_is_tuned_as_the_readme_says(name: str, folder: Path) -> None:
    skip_unless_installed(name)
    said = run(folder, *command_of(name), "--n-trials", "3", "--register-as", "none")
    assert re.search(r"^trials +3$", said, re.MULTILINE), said
    (study,) = studies_of(folder / "titan.db")
    trials = open_study(folder / "titan.db", study).trials
    assert trials["accuracy"].nunique() > 1


def studies_of(db: Path) -> list[str]:
    connection = sqlite3.connect(db)
    names = [name for (name,) in connection.execute("SELECT study_name FROM studies")]
    connection.close()
    return names


@pytest.mark.matrix
def test_the_loop_over_symbols_prints_a_row_for_each_file(folder: Path) -> None:
    shutil.copy(folder / "data.csv", folder / "ETHUSDT.csv")
    said = run(folder, *command_of("symbols.py"), "ETHUSDT.csv", "--trials", "2")
    assert [line.split()[:2] for line in said.splitlines()[-2:]] == [
        ["data", "2"],
        ["ETHUSDT", "2"],
    ]


@pytest.mark.matrix
def test_the_dask_example_runs_its_trials_on_its_cluster(folder: Path) -> None:
    said = run(folder, *command_of("dask_cluster.py"), "--trials", "3")
    assert said.splitlines()[-1].startswith("3 trials on 2 workers; best {'fast_window'")


@pytest.mark.matrix
@pytest.mark.skipif(not REAL.exists(), reason=f"needs the real candles, {REAL.name}")
def test_the_crossover_is_tuned_on_real_candles(tmp_path: Path) -> None:
    """50,000 of them: hold-out and segments are automatic."""
    words = [str(REAL) if word == "data.csv" else word for word in command_of("sma_crossover")]
    said = run(tmp_path, *words, "--n-trials", "3", "--register-as", "none")
    assert "hold-out 10,000 candles sealed" in " ".join(said.split())
    assert re.search(r"^trials +3$", said, re.MULTILINE), said
