"""Make a folder of studies, runs and versions as text, for the tests of later commits.

    python tests/old_stores/make.py tests/old_stores/NAME

runs the commands below with the code of the commit that is checked out, in a temporary folder, and
writes the databases as SQL and the artifacts as they are, with the folder's own path replaced by a
word that ``load.py`` replaces again.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import chdir, closing
from pathlib import Path
from unittest.mock import patch

from click.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.apply_cases import make_titan_db
from support.standin_cases import STANDIN
from titan_mlopt.candles.candles import save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.cli import main

from old_stores.load import FOLDER, FOLDERS, STANDIN_FOLDER, dump_databases

_QUICK = ("--limit", "3000", "--n-jobs", "1", "--memory-per-trial", "2GB")
_TITAN = ("--backtest", "titan.core.backtest:run_backtest", "--backtest-path", str(STANDIN))
_SPACE = {"ranges": {"feature.fast_window": [3, 10, "int"], "ml.max_depth": [4, 10, "int"]}}
_FORCE = ("--force", "--reason", "kept for the tests")
#: Every kind of stored thing: hold-out, segments, pruned trials, two objectives, another backtest,
#: a gate's decision, placebo studies, a plateau, promotions, an applied version.
COMMANDS = (
    ("tune", *_QUICK, "--study-name", "nightly", "--n-trials", "8", "--holdout", "30%",
     "--segments", "2", "--pruner-spec-defaults", "true", "--seed", "1"),  # its best trial trades
    ("validate", "--study-name", "nightly"),
    ("placebo", "--study-name", "nightly", "--runs", "2", "--trials", "3"),
    ("plateau", "--study-name", "nightly", "--k", "1", "--jitter", "2"),
    ("promote", "1", *_FORCE),
    ("tune", *_QUICK, "--study-name", "pareto", "--n-trials", "5", "--objective", "multi"),
    ("tune", *_QUICK, *_TITAN, "--study-name", "titan", "--n-trials", "4", "--limit", "800",
     "--register-as", "titan-external", "--candles", "first_sample.csv"),
    ("sensitivity", *_TITAN, "--limit", "800", "--space", "space.json"),
    ("promote", "1", "--name", "titan-external", *_FORCE),
    ("apply", "--name", "titan-external", "--alias", "champion", "--db", "production.db"),
)  # fmt: skip
#: The documents that scripts read.
DOCUMENTS: dict[str, tuple[str, ...]] = {
    "studies": ("studies",),
    "leaderboard": ("leaderboard", "--study-name", "nightly"),
    "leaderboard_multi": ("leaderboard", "--study-name", "pareto"),
    "report": ("report", "--study-name", "nightly", "--out", "report"),
    "verdict": ("verdict", "--study-name", "nightly"),
    "versions": ("versions",),
    "pull": ("pull", "--alias", "champion", "--out", "config.json"),
    "export": ("export", "--study-name", "nightly", "--out", "best.json"),
    "replay": ("replay", "--study-name", "nightly", "--trial", "0"),
    "doctor": ("doctor", "--study-name", "nightly"),
    "backup": ("backup", "--to", "copy.db"),
    "copy_study": ("copy-study", "--study-name", "nightly", "titan.db", "other.db"),
    "apply": ("apply", "--name", "titan-external", "--alias", "champion", "--db", "production.db",
              "--dry-run"),
    "tune": ("tune", *_QUICK, "--study-name", "pareto", "--n-trials", "5", "--objective", "multi"),
    "placebo": ("placebo", "--study-name", "nightly", "--runs", "2", "--trials", "3"),
    "plateau": ("plateau", "--study-name", "nightly", "--k", "1", "--jitter", "2"),
}  # fmt: skip


def make_text(target: Path) -> None:
    """Make a store and write it as text into ``target``, which must not exist."""
    target.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch).resolve() / "store"
        folder.mkdir()
        make_store(folder)
        for name, text in dump_databases(folder):
            (target / name).write_text(without_places(text, folder), encoding="utf-8")
        for name, kept in FOLDERS.items():
            shutil.copytree(
                folder / name, target / kept, ignore=shutil.ignore_patterns("*.html", "__pycache__")
            )
            for path in (target / kept).rglob("*"):
                if path.is_file():
                    path.write_text(without_places(path.read_text("utf-8"), folder), "utf-8")


def make_store(folder: Path, imports: str = "") -> None:
    """Run the commands in ``folder`` and keep what they say as JSON; imports: of ``answers_of``."""
    make_titan_db(folder / "production.db")
    (folder / "space.json").write_text(json.dumps(_SPACE), encoding="utf-8")
    # The candles of the oldest store, so that its trials of the same backtest are made again.
    save_candles(sample_candles(version=1), folder / "first_sample.csv")
    for command in COMMANDS:
        run(command, folder)
    (folder / "json").mkdir()
    for name, command in DOCUMENTS.items():
        (folder / "json" / f"{name}.json").write_text(run((*command, "--json"), folder), "utf-8")
    (folder / "json" / "served.json").write_text(answers_of(folder, imports), "utf-8")


def run(command: tuple[str, ...], folder: Path) -> str:
    """Run a command of ours in ``folder``; exit code 3 is a verdict, not an error.

    In this process, as importing MLflow and Optuna takes longer than most of the commands.
    """
    environment = {"TITAN_STANDIN_SLEEP_S": "0", "TITAN_STANDIN_CLOCK": "0"}
    environment |= {"XDG_CACHE_HOME": str(folder.parent / "cache")}
    with chdir(folder), patch.dict(os.environ, environment):
        for name in [name for name in os.environ if name.startswith("MLFLOW_")]:
            del os.environ[name]
        result = CliRunner().invoke(main, list(command))
    assert result.exit_code in (0, 3), (command, result.output)
    return result.stdout


def answers_of(folder: Path, imports: str = "") -> str:
    """Return what version 1 of titan-config answers to its own example, as JSON.

    imports: a statement that runs before the model is loaded.
    """
    with closing(sqlite3.connect(folder / "mlflow.db")) as connection:
        (source,) = connection.execute(
            "SELECT storage_location FROM model_versions"
            " WHERE name = 'titan-config' AND version = 1"
        ).fetchone()
    script = f"""
import json, sys
{imports}
import mlflow, pandas
model = mlflow.pyfunc.load_model(sys.argv[1])
with open(sys.argv[1] + "/input_example.json") as file:
    example = json.load(file)
frame = pandas.DataFrame(example["data"], columns=example["columns"])
print(model.predict(frame).to_json(orient="values", double_precision=15))
"""
    command = [sys.executable, "-c", script, source.removeprefix("file://")]
    return subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=True).stdout


def without_places(text: str, folder: Path) -> str:
    """Replace the paths and the name of this machine."""
    for place, word in ((str(folder), FOLDER), (str(STANDIN), STANDIN_FOLDER)):
        text = text.replace(place, word)
    return text.replace(f"@{socket.gethostname()}", "@host")


if __name__ == "__main__":
    make_text(Path(sys.argv[1]))
