"""What the project's own files promise: they agree with each other and with the command line."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from support.command_cases import all_commands
from support.paths import ROOT
from titan_mlopt import __version__
from titan_mlopt.candles.candles import save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.tuner_config import TunerConfig

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
MLPROJECT = yaml.safe_load((ROOT / "MLproject").read_text())
CONDA = yaml.safe_load((ROOT / "conda.yaml").read_text())


def requirements(lines: list[str]) -> dict[str, str]:
    pairs = (re.fullmatch(r"([A-Za-z0-9_-]+)(.*)", line) for line in lines)
    return {pair[1]: pair[2] for pair in pairs if pair}


def options_of(command: str) -> dict[str, click.Option]:
    found = all_commands()[command]
    return {p.name: p for p in found.params if isinstance(p, click.Option)}


def test_conda_yaml_has_the_projects_own_ranges_and_an_exact_python() -> None:
    python, pip, nested = CONDA["dependencies"]
    assert re.fullmatch(r"python=3\.\d+\.\d+", python)
    assert pip == "pip"
    project = PYPROJECT["project"]
    declared = requirements(project["dependencies"])
    extras = requirements(project["optional-dependencies"]["test"])
    wanted = {**declared, "kaleido": extras["kaleido"], "pytest": extras["pytest"]}
    assert requirements(nested["pip"]) == wanted


def test_the_lock_file_pins_every_dependency_and_names_no_address() -> None:
    text = (ROOT / "constraints.txt").read_text()
    assert "://" not in text
    pinned = {line.split("==")[0].lower() for line in text.splitlines() if "==" in line}
    project = PYPROJECT["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    assert {name.lower() for group in groups for name in requirements(group)} <= pinned


def test_no_exact_pins_in_pyproject() -> None:
    ranges = requirements(PYPROJECT["project"]["dependencies"])
    assert all(bounds.startswith(">=") for bounds in ranges.values())


@pytest.mark.parametrize("entry", ["main", "report", "bounds", "pull"])
def test_an_entry_points_parameters_are_the_commands_options_with_equal_defaults(
    entry: str,
) -> None:
    point = MLPROJECT["entry_points"][entry]
    words = shlex.split(point["command"])
    assert words[:3] == ["python", "-m", "titan_mlopt"]
    options = options_of(words[3])
    given = dict(zip(words[4::2], words[5::2], strict=True))
    assert given == {f"--{name.replace('_', '-')}": f"{{{name}}}" for name in point["parameters"]}
    for name, parameter in point["parameters"].items():
        if (entry, name) != ("pull", "alias"):  # its default stands in for the version too
            default = options[name].default
            if options[name].multiple:
                (default,) = default
            typed = "false" if default is False else str(default)
            assert str(parameter["default"]) == typed, name


def test_main_has_at_least_the_promised_parameters() -> None:
    assert set(MLPROJECT["entry_points"]["main"]["parameters"]) >= {
        *("candles", "n_trials", "db", "study_name", "objective", "pruner", "n_jobs"),
        *("timeout_per_trial", "timeout_total", "seed", "limit", "ece_constraint"),
        *("min_predictions", "experiment", "register_as"),
    }


def test_the_command_lines_defaults_are_the_tuners_own() -> None:
    config, options = TunerConfig(), options_of("tune")
    for option, field in {
        "n_trials": "n_trials",
        "timeout_per_trial": "timeout_per_trial",
        "study_name": "study_name",
        "pruner": "pruner_type",
        "n_jobs": "n_jobs",
        "objective": "objective_type",
        "ece_constraint": "ece_constraint",
        "min_predictions": "min_predictions",
        "seed": "seed",
        "register_as": "register_as",
    }.items():
        assert str(options[option].default) == str(getattr(config, field))


def test_the_environment_of_mlproject_is_conda_yaml() -> None:
    assert MLPROJECT["conda_env"] == "conda.yaml"
    assert "python_env" not in MLPROJECT


def test_every_option_has_a_help_text() -> None:
    for name, command in all_commands().items():
        assert command.help, name
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, (name, parameter.name)


def test_imports_point_down_only() -> None:
    pytest.importorskip("importlinter", reason="import-linter comes with the extra lint")
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "0 broken" in done.stdout, done.stdout[-2000:] + done.stderr[-2000:]


def test_the_changelog_and_the_version_belong_together() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text()


def python_blocks(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page, re.DOTALL)


@pytest.mark.docs
def test_the_examples_of_the_page_on_python_run_as_they_stand(store: str, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    save_candles(sample_candles(700), tmp_path / "data.csv")
    backtests = (ROOT / "docs" / "backtests.md").read_text(encoding="utf-8")
    (tmp_path / "my_backtest.py").write_text(python_blocks(backtests)[0])
    printed = []
    for number, code in enumerate(python_blocks(page)):
        script = tmp_path / f"example_{number}.py"
        script.write_text(code)
        done = subprocess.run(
            [sys.executable, str(script)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            env=_environment(),
        )
        assert done.returncode == 0, done.stderr
        printed.append(done.stdout)
    basic, advanced, resume, finished, checked = printed
    assert "feature.fast_window" in basic
    assert re.match(r"\[\d+.*\] [a-z_]+\.", advanced)
    assert (resume, finished) == ("20\n", "")
    assert "causal" in checked
    assert {"config.json", "results.json", "plots"} <= {path.name for path in tmp_path.iterdir()}


def _environment() -> dict[str, Any]:
    import os

    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path}
