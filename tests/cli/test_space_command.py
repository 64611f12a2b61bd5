"""``titan-mlopt space``: the table, the check, the template."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from titan_mlopt.cli.main import main
from titan_mlopt.core.parameters import TUNABLE_PARAMS, digest
from titan_mlopt.core.search_space import Space, load_space, schema_text

FILE = """\
constraints = ["a + 5 <= b"]
[parameters]
a = { type = "int", low = 1, high = 9, prior = { type = "normal", mean = 4, sd = 1.5 } }
b = { type = "float", low = 0, high = 20, step = 0.5, when = { mode = ["deep", "wide"] } }
mode = { choices = ["plain", "deep", "wide"], weights = [1, 2, 3] }
"ml.max_depth" = 5
"""


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["space", *words], prog_name="titan-mlopt")


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "space.toml"
    path.write_text(FILE)
    return str(path)


def test_without_a_file_it_shows_titans_space() -> None:
    lines = run().stdout.splitlines()
    assert lines[0].startswith("Titan's space: 21 sampled, 0 fixed, 0 constraints; SHA-256 ")
    assert [line.split()[0] for line in lines[2:23]] == list(TUNABLE_PARAMS)
    assert run("--show").stdout.splitlines() == lines


def test_check_says_what_was_understood(file: str) -> None:
    result = run("--check", file)
    assert result.exit_code == 0, result.stderr
    head, *rows = result.stdout.splitlines()
    assert head.startswith(f"{file}: 3 sampled, 1 fixed, 1 constraint; SHA-256 ")
    assert "prior normal, mean 4, sd 1.5" in rows[1]
    assert "0 to 20 by 0.5" in rows[2]
    assert "when mode is deep or wide" in rows[2]
    assert "plain, deep, wide" in rows[3]
    assert "weights 1, 2, 3" in rows[3]
    assert rows[4].split() == ["ml.max_depth", "fixed", "5", "7"]
    assert rows[5] == "constraint: a + 5 <= b"
    assert rows[-1] == f"  titan-mlopt tune --backtest package.module:function --space {file}"
    assert run("--space", file).stdout == result.stdout


def test_check_ends_with_2_and_names_the_line(file: str) -> None:
    Path(file).write_text(FILE.replace("high = 9", "high = 0"))
    result = run("--check", file)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith(f"titan-mlopt: {file}:3: a: must have low < high")


def test_the_json_has_every_parameter_and_titans_digest(file: str) -> None:
    document = json.loads(run("--json").stdout)
    assert document["sha256"] == digest(TUNABLE_PARAMS)
    assert document["parameters"]["ml.learning_rate"] == {"type": "log", "low": 0.01, "high": 0.2}
    mine = json.loads(run("--check", file, "--json").stdout)
    assert mine["parameters"].keys() == {"a", "b", "mode"}
    assert (mine["fixed"], mine["constraints"]) == ({"ml.max_depth": 5}, ["a + 5 <= b"])


@pytest.mark.parametrize("name", ["out.toml", "out.json", "out.TOML"])
def test_the_written_file_is_the_same_space(file: str, tmp_path: Path, name: str) -> None:
    out = str(tmp_path / name)
    assert run("--out", out).exit_code == 0
    assert load_space(out) == Space()
    result = run("--space", file, "--out", out)
    assert result.stdout.splitlines()[-1].endswith(f"--space {out}")
    assert load_space(out) == load_space(file)


@pytest.mark.parametrize("command", ["space --out", "bounds --out", "sensitivity --freeze-dead"])
@pytest.mark.parametrize("name", ["a.yaml", "a.YML"])
def test_no_command_writes_a_space_into_a_file_that_is_read_as_yaml(
    command: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # 1e-05, a number of JSON, is a text in YAML.
    out = Path(name)
    result = CliRunner().invoke(main, [*command.split(), str(out)], prog_name="titan-mlopt")
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert f"{command.split()[1]}: must end in .toml or .json, got '{out}'; name it " in line
    assert not out.exists()
    toml = line.split()[-1]
    assert run("--out", toml).exit_code == 0
    assert load_space(toml) == Space()


def test_the_schema_is_printed() -> None:
    assert run("--schema").stdout == schema_text()
