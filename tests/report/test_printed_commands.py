"""Every command that is printed is typed as it stands, where the person who reads it stands."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from click.testing import CliRunner
from mlflow import MlflowClient

from support.paths import ROOT
from support.standin_cases import STANDIN
from titan_mlopt.cli import main
from titan_mlopt.report import commands
from titan_mlopt.study.storage.studies import load_record
from titan_mlopt.tracking.store import KIND

TITAN = "titan.core.backtest:run_backtest"
BIN = Path(sys.executable).parent
_STORE = r"MLFLOW_TRACKING_URI=(?:'[^']*'|\S+) "
COMMAND = re.compile(rf"^(?:  )?((?:{_STORE})?titan-mlopt .*)$", re.MULTILINE)
QUICK = ("--n-trials", "3", "--limit", "1500", "--min-predictions", "50")
#: Settings that the study's page lost once.
KEPT = ("--memory-per-trial", "3GB", "--no-retry", "--no-backup", "--register-stopped")
#: PROMOTE, and the two verdicts that move nothing.
VERDICTS = (0, 3)


def shell(line: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a line as a person types it in a folder."""
    env = {name: text for name, text in os.environ.items() if not name.startswith("MLFLOW_")}
    env |= {"PATH": f"{BIN}{os.pathsep}{env['PATH']}", "TITAN_STANDIN_SLEEP_S": "0"}
    env |= {"TITAN_STANDIN_CLOCK": "0", **more}
    return subprocess.run(
        ["bash", "-c", line], cwd=folder, env=env, capture_output=True, text=True, check=False
    )


def succeeds(line: str, folder: Path, **more: str) -> str:
    """Run a line that must end well; a gate that is asked may say any verdict."""
    done = shell(line, folder, **more)
    allowed = VERDICTS if re.search(r"titan-mlopt promote|--open-holdout", line) else (0,)
    assert done.returncode in allowed, (line, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done.stdout


def printed(text: str) -> list[str]:
    return COMMAND.findall(text)


def page_of(store: Path) -> list[str]:
    """Return the commands on the page of the one study of a store."""
    client = MlflowClient(f"sqlite:///{store}")
    experiments = [one.experiment_id for one in client.search_experiments()]
    (parent,) = client.search_runs(experiments, f"tags.`{KIND}` = 'study'")
    return printed(parent.data.tags["mlflow.note.content"])


def words_of(lines: Iterable[str]) -> list[str]:
    """Return the subcommands."""
    return [line.partition("titan-mlopt ")[2].split()[0] for line in lines]


@pytest.fixture
def home(empty_store: Path, tmp_path: Path) -> Path:
    """Return the folder in which a person stands, with a store of MLflow's."""
    folder = tmp_path / "at home"
    folder.mkdir()
    shutil.copy(empty_store, folder / "mlflow.db")
    return folder


@pytest.mark.docs
def test_without_a_holdout_what_is_printed_succeeds_and_the_gate_is_not_proposed(
    home: Path, tmp_path: Path
) -> None:
    out = succeeds(f"titan-mlopt tune {' '.join((*QUICK, *KEPT))} --db 'my data.db'", home)
    assert "the study has no hold-out, so the gate could only say CANNOT TELL" in out
    assert words_of(printed(out)) == ["report"]
    page = page_of(home / "mlflow.db")
    assert words_of(page) == ["replay", "tune", "report", "export"]
    for line in printed(out):
        succeeds(line, home)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for line in page:
        succeeds(line, elsewhere)
    assert not (elsewhere / "mlflow.db").exists()  # the study's own store was used
    (again,) = (line for line in page if " tune " in line)
    for word in (*KEPT, "--more 100"):
        assert word in again
    record = load_record(home / "my data.db", "titan_optimization")
    assert len(record.trials) == 103
    settings = record.settings
    assert (settings["memory_per_trial"], settings["register_stopped"]) == ("3GB", True)
    assert (settings["retry"], settings["backup"]) == (False, False)
    for word in ("leaderboard", "export", "studies"):
        for line in printed(succeeds(f"titan-mlopt {word} --db 'my data.db'", home)):
            succeeds(line, home)


def typed(line: str) -> str:
    """Run a line as ``succeeds`` does, in this process and its folder: without a shell."""
    _, *words = shlex.split(line)
    done = CliRunner().invoke(main, words)
    allowed = VERDICTS if words[0] == "promote" or "--open-holdout" in words else (0,)
    assert done.exit_code in allowed, (line, done.output)
    return done.stdout


@pytest.mark.slow
def test_with_a_holdout_the_gate_is_asked_by_the_printed_command(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    out = typed(f"titan-mlopt tune {' '.join(QUICK)} --holdout 20% --db other.db")
    assert words_of(printed(out)) == ["promote"]
    (line,) = printed(out)
    assert line == "titan-mlopt promote 1 --db other.db"
    (of_verdict,) = printed(typed("titan-mlopt verdict --db other.db"))
    assert "--open-holdout" in of_verdict
    typed(of_verdict)
    for then in printed(typed(line)):
        typed(then)
    first, second = load_record(home / "other.db", "titan_optimization").gate_decisions
    assert (first.opening, second.opening) == (1, 2)
    # What stands beside the champion, where the registry has no such alias, can be typed as well.
    refused = CliRunner().invoke(main, ["rollback"])
    assert refused.exit_code == 2
    for then in re.findall(r"titan-mlopt versions.*", refused.stderr):
        assert "1" in typed(then.rstrip())


@pytest.mark.docs
def test_another_backtest_is_named_again_and_never_replayed(home: Path, tmp_path: Path) -> None:
    named = f"--backtest {TITAN} --backtest-path {STANDIN}"
    quick = f"{' '.join(QUICK)} --segments 1 {named}"
    out = succeeds(f"titan-mlopt tune {quick} --holdout 30%", home)
    (line,) = printed(out)
    assert line == f"titan-mlopt promote 1 --db titan.db {named}"
    (of_verdict,) = printed(succeeds("titan-mlopt verdict", home))
    assert "--open-holdout" in of_verdict
    succeeds(of_verdict, home)
    answer = succeeds(line, home)
    assert "hold-out" in answer or "champion" in answer
    assert words_of(page_of(home / "mlflow.db")) == ["tune", "report", "export"]
    for line in page_of(home / "mlflow.db")[1:]:
        succeeds(line, tmp_path)
    for word in ("leaderboard", "export"):
        assert printed(succeeds(f"titan-mlopt {word}", home)) == []


@pytest.mark.docs
def test_after_mlflow_run_of_another_folder_the_printed_commands_work_where_one_stands(
    home: Path, tmp_path: Path
) -> None:
    project = tmp_path / "the project"
    project.mkdir()
    for name in ("MLproject", "conda.yaml"):
        shutil.copy(ROOT / name, project / name)
    given = " ".join(
        f"-P {word}" for word in ("n_trials=2", "limit=1500", "holdout=20%", "min_predictions=50")
    )
    done = shell(f"mlflow run '{project}' --env-manager=local {given}", home)
    assert done.returncode == 0, done.stderr
    assert (project / "titan.db").is_file()
    assert not (project / "mlflow.db").exists()
    lines = printed(done.stdout)
    assert words_of(lines) == ["promote"]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for folder in (home, elsewhere):
        for line in lines:
            for then in printed(succeeds(line, folder)):
                succeeds(then, folder)
    page = page_of(home / "mlflow.db")
    assert words_of(page) == ["replay", "tune", "report", "export"]
    for line in page:
        if " tune " not in line:
            succeeds(line, elsewhere)
    assert not (elsewhere / "mlflow.db").exists()


def test_a_program_that_is_on_no_path_is_named_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_RUN_ID", "0" * 32)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.chdir(tmp_path)
    line = commands.this_shell().line("sample", "candles.csv", "--n", "5")
    done = subprocess.run(
        ["/bin/bash", "-c", line],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (line, done.stderr)
    assert (tmp_path / "candles.csv").is_file()


@pytest.mark.parametrize(
    ("store", "named"),
    [
        ("sqlite:////data/mlflow.db", "sqlite:////data/mlflow.db"),
        ("http://mlflow:5000", "http://mlflow:5000"),
        ("https://me:secret@mlflow", ""),
        ("", ""),
    ],
)
def test_a_page_names_the_store_but_no_password(store: str, named: str) -> None:
    line = commands.any_shell(store).line("versions", mlflow=True)
    assert line == f"MLFLOW_TRACKING_URI={named} titan-mlopt versions" if named else line
    assert "secret" not in line


def test_a_store_in_this_folder_is_named_by_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    line = commands.any_shell("sqlite:///mlflow.db").line("versions", mlflow=True)
    assert line == f"MLFLOW_TRACKING_URI=sqlite:///{tmp_path}/mlflow.db titan-mlopt versions"


def test_the_store_of_this_folder_is_not_named_and_another_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been set for one command alone, which the shell has forgotten."""
    monkeypatch.chdir(tmp_path)
    assert commands.this_shell().line("versions", mlflow=True) == "titan-mlopt versions"
    for store in ("sqlite:///mlflow.db", f"sqlite:///{tmp_path}/mlflow.db"):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
        assert commands.this_shell().line("versions", mlflow=True) == "titan-mlopt versions"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://mlflow:5000")
    shell = commands.this_shell()
    assert shell.line("versions", mlflow=True).startswith("MLFLOW_TRACKING_URI=http://mlflow:5000 ")
    assert shell.storage("titan.db") == ["--db", "titan.db"]
