"""All commands in one folder, one after the other: what each opens, imports and says.

None opens a database other than through SQLite or is hurt by a reader beside it, and those that run
no backtest need nothing of it: they start where nothing can be compiled.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from mlflow import MlflowClient

from support.apply_cases import make_titan_db
from support.command_cases import all_commands
from support.paths import ROOT
from support.reader_cases import reading
from titan_mlopt.cli.main import COMMANDS as LISTED

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

#: In every Python that a command starts: writes down who opens a database. SQLite itself, in C, is
#: not seen, nor is what looks at a file without opening it.
WATCH = """
import os, re, sys, traceback

_DATABASE = re.compile(r"\\.db(-wal|-shm|-journal)?$|\\.backup(\\.previous)?$")
_log = os.open(os.environ["PLAIN_OPENS"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)


def _look(event, words):
    if event == "open" and isinstance(words[0], (str, bytes)):
        if _DATABASE.search(os.fsdecode(words[0])):
            stack = "".join(traceback.format_stack(limit=12))
            os.write(_log, f"{sys.argv} opened {words[0]!r}:\\n{stack}\\n".encode())


sys.addaudithook(_look)
"""
#: Runs a command and writes down what its process has imported then.
RUN = """
import json, sys
from titan_mlopt.cli import main
command, found = sys.argv[1:]
try:
    main(command.split(), prog_name="titan-mlopt")
finally:
    with open(found, "w") as file:
        json.dump(list(sys.modules), file)
"""
COMPILERS = {"lightgbm", "llvmlite", "numba", "titan_mlopt.backtest.engine.compiled"}
#: Commands that run a backtest, in this process or in one of its trials.
RUNNING = {
    *("tune", "sensitivity", "replay", "placebo", "plateau", "validate", "promote", "walk"),
    "check-backtest",
}
QUICK = "--limit 1500 --min-predictions 50 --n-jobs 2"
FORCE = "--force --reason look"
#: Exit codes of the gate: it promotes, or it does not.
JUDGED = (0, 3)
#: In an order in which each has something to do, with the exit codes that say it did.
COMMANDS: tuple[tuple[str, tuple[int, ...]], ...] = (
    (f"tune --n-trials 2 --holdout 20% {QUICK}", (0,)),
    (f"tune --n-trials 4 --holdout 20% {QUICK}", (0,)),
    (f"tune --n-trials 1 --study-name other --seed 1 {QUICK}", (0,)),
    ("studies", (0,)),
    ("leaderboard", (0,)),
    ("bounds", (2,)),  # too few trials
    ("space --out space.toml", (0,)),
    ("ensemble --top 2", (0,)),
    ("report --out report", (0,)),
    ("export --out best.json", (0,)),
    ("verdict", (0,)),
    ("validate", JUDGED),
    ("promote 1", JUDGED),
    (f"promote 1 {FORCE}", (0,)),
    ("plateau --k 1 --jitter 2", (0,)),
    ("versions", (0,)),
    ("watch --predictions live.jsonl", (0,)),
    ("doctor --repair --files", (0,)),
    ("mirror --to sqlite:///other.db", (0,)),
    ("pull --alias champion --out config.json", (0,)),
    ("pull --alias champion --offline --out config.json", (0,)),
    (f"apply --alias champion --db production.db {FORCE} --dry-run", (0,)),
    (f"apply --alias champion --db production.db {FORCE}", (0,)),
    ("apply --undo --db production.db", (0,)),
    (f"promote 2 {FORCE}", (0,)),
    ("rollback --reason worse", (0,)),
    ("history", (0,)),
    ("replay --trial 0", (0,)),
    ("backup", (0,)),
    ("restore", (0,)),
    ("copy-study titan.db copied.db", (0,)),
    ("delete-study --study-name other --yes true --with-versions true", (0,)),
    ("sample candles.csv", (0,)),
    ("completion fish", (0,)),
)
#: Trials in MLflow after each tune, those of both studies.
N_RUNS = dict(zip((command for command, _ in COMMANDS[:3]), (2, 4, 5), strict=True))
#: Nobody may have the database open meanwhile.
ALONE = {"restore"}
DATABASES = {"mlflow.db", "titan.db", "production.db"}


def test_every_command_is_either_listed_here_or_runs_a_backtest() -> None:
    assert {command.split()[0] for command, _ in COMMANDS} | RUNNING == set(LISTED)


def test_the_list_of_commands_says_of_each_what_its_own_help_begins_with() -> None:
    commands = all_commands()
    assert set(commands) == set(LISTED)
    for name, text in LISTED.items():
        assert text == " ".join((commands[name].help or "").split("\n\n")[0].split())


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_import_neither_numbers_nor_stores(option: str, tmp_path: Path) -> None:
    done, modules = run(option, tmp_path, dict(os.environ))
    assert done.returncode == 0, done.stderr
    assert modules & {"click", "numpy", "optuna", "mlflow", "rich", "titan_mlopt.cli.tune"} == {
        "click"
    }


def run(
    command: str, folder: Path, environment: dict[str, str]
) -> tuple[subprocess.CompletedProcess[str], set[str]]:
    """Return how a command ended, and the modules that its own process had imported."""
    modules = folder / "modules.json"
    done = subprocess.run(
        [sys.executable, "-c", RUN, command, str(modules)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return done, set(json.loads(modules.read_text()))


class Readers(contextlib.ExitStack):
    """Other programs that read each database of a folder for ever."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder, self.read = folder, set[str]()

    def join(self) -> None:
        """Let those databases be read, too, that were made meanwhile."""
        for name in DATABASES - self.read:
            if (self.folder / name).is_file():
                self.enter_context(reading(self.folder / name))
                self.read.add(name)

    def leave(self) -> None:
        self.close()
        self.read.clear()


@pytest.mark.matrix
def test_no_command_opens_a_database_plainly_compiles_without_need_or_is_hurt_by_a_reader(
    tmp_path: Path,
) -> None:
    work, watch, log = (tmp_path / name for name in ("work", "watch", "opens.txt"))
    watch.mkdir()
    (watch / "sitecustomize.py").write_text(WATCH)
    work.mkdir()
    make_titan_db(work / "production.db")
    environment = {
        **{key: value for key, value in os.environ.items() if key != "MLFLOW_TRACKING_URI"},
        **{"PYTHONPATH": f"{watch}:{ROOT}", "PLAIN_OPENS": str(log)},
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    with Readers(work) as readers:
        for command, codes in COMMANDS:
            if command in ALONE:
                readers.leave()
            else:
                readers.join()
            check_command(command, codes, work, environment)
    assert log.read_text() == ""
    for name in DATABASES:
        with contextlib.closing(sqlite3.connect(work / name)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def check_command(
    command: str, codes: tuple[int, ...], work: Path, environment: dict[str, str]
) -> None:
    name = command.split()[0]
    done, modules = run(command, work, environment)
    assert done.returncode in codes, (command, done)
    assert "Traceback" not in done.stderr, done.stderr
    assert "MLflow: must" not in done.stderr, done.stderr
    assert modules & (COMPILERS if name not in RUNNING else set()) == set(), command
    if name == "tune":
        assert "mlflow" not in modules  # the mirror's process has it
        assert trials_in_mlflow(work / "mlflow.db") == N_RUNS[command]


def trials_in_mlflow(path: Path) -> int:
    client = MlflowClient(f"sqlite:///{path}")
    experiment = client.get_experiment_by_name("titan_mlopt")
    found = client.search_runs([experiment.experiment_id], "tags.`titan_mlopt.kind` = 'trial'")
    keys = ("titan_mlopt.study_uid", "titan_mlopt.trial")
    return len({tuple(run.data.tags[key] for key in keys) for run in found})
