"""Flags, names in errors, suggestions, headings, completion: what all commands have in common."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from support.command_cases import all_commands
from support.paths import ROOT
from support.studies import Tuned
from titan_mlopt.cli.command import command, with_option_names
from titan_mlopt.cli.completion import VARIABLE
from titan_mlopt.cli.main import COMMANDS, SECTIONS, main
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.settings import SETTINGS


def run(*words: str, **environment: str) -> Result:
    return CliRunner(env=environment).invoke(main, list(words), prog_name="titan-mlopt")


# --- flags ----------------------------------------------------------------------------------------


def test_no_flag_has_a_text_as_its_default_which_click_8_2_takes_for_given() -> None:
    flags = [
        option
        for command in all_commands().values()
        for option in command.params
        if isinstance(option, click.Option) and option.is_flag
    ]
    assert len(flags) > 10
    assert not [option.name for option in flags if isinstance(option.default, str)]


def parsed(*words: str) -> dict[str, Any]:
    """Return what a command with a flag and an argument makes of its words."""

    @command()
    @click.option("--keep-all", is_flag=True)
    @click.argument("version", required=False)
    def judge(**chosen: Any) -> None: ...

    return judge.make_context("judge", list(words)).params


@pytest.mark.parametrize(
    ("words", "flag", "version"),
    [
        (["--keep-all", "1"], True, "1"),
        (["1", "--keep-all"], True, "1"),
        (["--keep-all", "true", "1"], True, "1"),
        (["--keep-all", "False", "1"], False, "1"),
        (["--keep-all=no", "1"], False, "1"),
        (["--keep_all=1", "1"], True, "1"),
        (["1"], False, "1"),
        (["--", "--keep-all"], False, "--keep-all"),
    ],
)
def test_a_flag_stands_alone_beside_an_argument_or_is_followed_by_true_or_false(
    words: list[str], flag: bool, version: str
) -> None:
    assert parsed(*words) == {"keep_all": flag, "version": version}


def test_every_flag_of_tune_takes_what_mlflow_run_passes() -> None:
    tune = all_commands()["tune"]
    switches = [setting.option for setting in SETTINGS if setting.kind == "switch"]
    off = [word for option in switches for word in (option, "false")]
    on = [word for option in switches for word in (option, "true")]
    names = [setting.name for setting in SETTINGS if setting.kind == "switch"]
    for words, expected in ((off, False), (on, True), (switches, True), ([], False)):
        chosen = tune.make_context("tune", list(words)).params
        assert [chosen[name] for name in names] == [expected] * len(names)


# --- errors ---------------------------------------------------------------------------------------


def test_an_error_names_options_as_they_are_typed_and_leaves_what_is_quoted() -> None:
    names = {"n_trials": "--n-trials", "min_predictions": "--min-predictions", "seed": "--seed"}
    text = "n_trials, seed: must fit min_predictions=9, got 'n_trials' in a/n_trials; lower warm_up"
    assert with_option_names(text, names) == (
        "--n-trials, --seed: must fit --min-predictions=9, got 'n_trials' in a/n_trials; lower "
        "warm_up"
    )
    assert with_option_names("seed.csv: must be a file", names) == "seed.csv: must be a file"


def test_a_field_of_the_settings_is_the_option_that_sets_it() -> None:
    names = all_commands()["tune"].option_names()
    assert {name: names[name] for name in ("pruner_type", "objective_type", "study_name")} == {
        "pruner_type": "--pruner",
        "objective_type": "--objective",
        "study_name": "--study-name",
    }
    assert "backup" not in names
    assert all_commands()["promote"].option_names()["version"] == "VERSION"


@pytest.mark.parametrize(
    ("words", "suggestion"),
    [
        (["leaderboard", "--sort", "accuraci"], "; did you mean accuracy?\n"),
        (["leaderboard", "--filter", "eec<0.03"], "; did you mean ece?\n"),
        (["leaderboard", "--filter", "state==complet"], "; did you mean COMPLETE?\n"),
        (["report", "--study", "titan_optimisation"], "; did you mean titan_optimization?\n"),
        (["copy-study", "titan.db", "x.db", "--study", "titan"], "got 'titan'\n"),
        (["tune", "--pruner", "hyperbnad"], "; did you mean hyperband?\n"),
        (["leaderbord"], "; did you mean leaderboard? See titan-mlopt --help\n"),
    ],
)
def test_a_misspelt_metric_study_or_choice_is_answered_with_the_one_that_was_meant(
    tuned: Tuned, monkeypatch: pytest.MonkeyPatch, words: list[str], suggestion: str
) -> None:
    monkeypatch.chdir(tuned.folder)
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith(suggestion)


def test_an_error_without_a_close_name_suggests_none() -> None:
    from titan_mlopt.core.errors import did_you_mean

    assert did_you_mean("volume", ["accuracy", "ece"]) == ""
    assert did_you_mean("acuracy", ["accuracy", "ece"]) == "; did you mean accuracy?"


# --- help -----------------------------------------------------------------------------------------


def headings(text: str) -> list[str]:
    return [line[:-1] for line in text.splitlines() if line.endswith(":") and line[0] != " "]


def test_the_options_of_tune_have_the_headings_of_the_work() -> None:
    expected = ["Search", "Data", "Trials", "Tracking", "Production", "Advanced", "Options"]
    assert headings(run("tune", "--help").stdout) == expected
    assert headings(run("export", "--help").stdout) == ["Options"]


def test_every_option_of_a_command_stands_in_its_help_once() -> None:
    for name in ("tune", "sensitivity"):
        lines = run(name, "--help").stdout.splitlines()
        shown = sorted(line.split()[0].rstrip(",") for line in lines if line.startswith("  --"))
        shown = [option for option in shown if option != "--help"]
        assert shown == sorted(parameter.opts[0] for parameter in all_commands()[name].params)


def test_the_commands_are_listed_in_the_order_of_the_work_with_whole_sentences() -> None:
    text = run("--help").stdout
    assert headings(text)[-5:] == ["Tune", "Look", "Judge", "Production", "Maintenance"]
    assert [len(rows) for rows in SECTIONS.values()] == [5, 6, 6, 7, 7]
    lines = text.splitlines()
    for name, sentence in COMMANDS.items():
        assert f"  {name:<14} {sentence}" in lines
        assert sentence.endswith(".")


def test_every_command_but_the_shells_script_prints_json() -> None:
    without = [
        name
        for name, found in all_commands().items()
        if "--json" not in [option for one in found.params for option in one.opts]
    ]
    assert without == ["completion"]
    table = (ROOT / "docs" / "studies.md").read_text().partition("## In scripts")[2]
    cells = re.findall(r"^\| (`.*?`) \|", table, re.MULTILINE)
    named = [name for cell in cells for name in re.findall(r"`(.+?)`", cell)]
    assert sorted([*named, *without]) == sorted(COMMANDS)


# --- completion -----------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_asks_the_program_by_clicks_variable(shell: str) -> None:
    script = run("completion", shell).stdout
    assert f"{VARIABLE}={shell}_complete" in script
    assert "titan-mlopt" in script
    assert run("completion", "tcsh").exit_code == 2


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("titan-mlopt le", ["plain,leaderboard"]),
        ("titan-mlopt tune --n-tr", ["plain,--n-trials"]),
        ("titan-mlopt tune --pruner h", ["plain,hyperband"]),
        ("titan-mlopt tune --deterministic --n-j", ["plain,--n-jobs"]),
    ],
)
def test_words_are_completed_as_the_script_asks(typed: str, completed: list[str]) -> None:
    asked = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    result = run(**{VARIABLE: "bash_complete", **asked})
    assert result.stdout.split() == completed


def test_completing_a_command_imports_none_of_them() -> None:
    program = (
        "import sys\nfrom titan_mlopt.cli import main\n"
        "try:\n    main([], prog_name='titan-mlopt')\n"
        "finally:\n    print(*{'optuna', 'mlflow', 'numpy'} & set(sys.modules), file=sys.stderr)\n"
    )
    asked = {VARIABLE: "bash_complete", "COMP_WORDS": "titan-mlopt ", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [f"plain,{name}" for name in COMMANDS]
    assert done.stderr.strip() == ""


def test_an_error_of_a_command_keeps_its_kind() -> None:
    @command()
    @click.option("--n-trials", default=1)
    def fail(n_trials: int) -> None:
        raise ConfigError(f"n_trials: must be more, got {n_trials}")

    with pytest.raises(ConfigError, match=r"^--n-trials: must be more, got 1$"):
        fail.main([], standalone_mode=False)
