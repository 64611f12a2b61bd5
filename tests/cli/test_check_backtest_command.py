"""``titan-mlopt check-backtest``: lines, exit codes, JSON, and the command that comes next."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from support.contract_cases import SPACE, few_candles, write_contract_backtest
from titan_mlopt.candles.candles import save_candles
from titan_mlopt.cli.check_backtest import next_tune
from titan_mlopt.cli.main import main
from titan_mlopt.core.backtest_id import IDENTITY
from titan_mlopt.core.search_space import space_text
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.evaluation.backtest_check.result import (
    NOTICE,
    OK,
    BacktestCheck,
    ContractPoint,
    Status,
)

pytestmark = [pytest.mark.slow]


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["check-backtest", *args], prog_name="titan-mlopt")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working folder, with candles and space in it."""
    monkeypatch.chdir(tmp_path)
    save_candles(few_candles(), "candles.csv")
    (tmp_path / "space.json").write_text(space_text(SPACE))
    return tmp_path


ARGS = ("--backtest-path", ".", "--candles", "candles.csv", "--space", "space.json")


@pytest.mark.matrix
def test_a_backtest_that_holds_ends_with_the_tune_that_works(folder: Path) -> None:
    write_contract_backtest(folder)
    result = run("mine:run_backtest", *ARGS)
    assert result.exit_code == 0, result.output
    *lines, heading, command = result.stdout.splitlines()
    assert all(line.startswith("ok ") for line in lines)
    assert len(lines) == 15
    assert heading == "next:"
    args = shlex.split(command.partition("titan-mlopt ")[2])
    assert args[:1] == ["tune"]
    assert args[1:] == ["--space", "space.json", "--candles", "candles.csv",
                        "--study-name", "mine", "--register-as", "mine-config",
                        "--backtest", "mine:run_backtest", "--backtest-path", "."]  # fmt: skip
    tuned = CliRunner().invoke(main, [*args, "--n-trials", "1", "--holdout", "0"])
    assert tuned.exit_code == 0, tuned.output


@pytest.mark.parametrize(
    ("backtest", "space", "parameters", "heading", "args"),
    [
        ("pkg.mine:run", "own.toml", OK, "next:",
         "--space own.toml --study-name mine --register-as mine-config --backtest pkg.mine:run"),
        ("mine:run", None, OK, "next:",
         "--study-name mine --register-as mine-config --backtest mine:run"),
        ("mine:run", None, NOTICE,
         "next, once space.toml names its own parameters (docs/spaces.md):",
         "--space space.toml --study-name mine --register-as mine-config --backtest mine:run"),
        (IDENTITY, None, NOTICE, "next:", f"--backtest {IDENTITY}"),
    ],
)  # fmt: skip
def test_the_tune_that_comes_next_names_space_study_and_version_of_a_users_backtest(
    backtest: str, space: str | None, parameters: Status, heading: str, args: str
) -> None:
    point = ContractPoint("parameters", parameters, "")
    check, config = BacktestCheck(backtest, {}, (point,)), TunerConfig(backtest=backtest)
    assert next_tune(check, config, "sample", space) == (heading, f"titan-mlopt tune {args}")


@pytest.mark.matrix
def test_what_is_missing_is_exit_code_1_and_json_has_every_point(folder: Path) -> None:
    write_contract_backtest(folder, each="record['confidence'] = 2")
    result = run("mine:run_backtest", *ARGS, "--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert list(document) == [
        *("backtest", "candles", "points", "seconds_per_trial", "holds", "next"),
    ]
    assert (document["holds"], document["next"]) == (False, None)
    missing = [point for point in document["points"] if point["status"] == "missing"]
    assert [point["name"] for point in missing] == ["records"]
    lines = run("mine:run_backtest", *ARGS).stdout.splitlines()
    assert any(line.startswith("missing records") for line in lines)
    assert lines[-1].startswith("next: mend the first point")


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (("mine.py:run",), "write mine:run --backtest-path ."),
        (("src/mine.py",), "write mine:run_backtest --backtest-path src/"),
        (("mine",), "BACKTEST: must be package.module:function"),
        (("mine:run", "--candles", "absent.csv"), "absent.csv"),
        (("mine:run", "--space", "absent.json"), "absent.json"),
    ],
)
def test_what_cannot_be_used_is_one_line_with_exit_code_2(
    folder: Path, args: tuple[str, ...], line: str
) -> None:
    result = run(*args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1
    assert line in result.stderr


@pytest.mark.matrix
def test_a_module_that_is_not_there_is_one_line_with_exit_code_2(folder: Path) -> None:
    result = run("absent:run", *ARGS)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "absent: must be importable" in result.stderr
    assert len(result.stderr.splitlines()) == 1
