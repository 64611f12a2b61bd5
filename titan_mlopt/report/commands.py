"""Shell commands that are printed for the user, with all the arguments that they need.

A command is printed only where it can succeed: a function returns None for one that would be
refused.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from titan_mlopt.analysis.ranking import best_trial
from titan_mlopt.candles.sample import SAMPLE
from titan_mlopt.core import backtest_id
from titan_mlopt.core.setting import SENSITIVITY
from titan_mlopt.core.settings import (
    AUTO_CANDLES,
    BY_NAME,
    is_plain_space,
    option_words,
    unspeakable,
)
from titan_mlopt.core.storage_url import HIDDEN, ServerUrl, StorageUrl, storage_arguments
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import COMPLETE, PRUNED, TrialRecord
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.report.format import counted

#: A custom search space, among the files of the study.
SPACE_FILE = "space.json"
#: Default name of a registered config.
PLAIN_NAME = "titan-config"
#: Hold-out of the study that is proposed where the gate cannot decide.
PROPOSED_HOLDOUT = "20%"

_PROGRAM = "titan-mlopt"
_STORE, _RUN = "MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID"
_SQLITE = "sqlite:///"
_CREDENTIALS = re.compile(r"//[^/@\s]+@")


@dataclass(frozen=True, slots=True)
class Shell:
    """The shell in which a command will be typed.

    program: the arguments that start titan_mlopt. store: the MLflow store that commands must name,
    "" where the shell has it. absolute: its working directory may be another one than ours.
    """

    program: tuple[str, ...] = (_PROGRAM,)
    store: str = ""
    absolute: bool = False

    def line(self, command: str, *args: str, mlflow: bool = False) -> str:
        """Return a command of titan_mlopt; ``mlflow``: it reads or writes the MLflow store."""
        store = f"{_STORE}={shlex.quote(self.store)} " if mlflow and self.store else ""
        return store + shlex.join([*self.program, command, *args])

    def storage(self, storage: StorageUrl | str) -> list[str]:
        """Return the arguments that name a database."""
        text = storage if isinstance(storage, ServerUrl) else self.path(str(storage))
        return storage_arguments(text)

    def path(self, path: str) -> str:
        """Return the path of a file or folder as this shell resolves it."""
        return str(Path(path).absolute()) if self.absolute else path


def this_shell() -> Shell:
    """Return the shell that this program was started from.

    A store other than this folder's default is named: it may have been set for one command only.
    `mlflow run` starts the program in the project's folder, with a store of its own choice and
    perhaps in another environment, so the user's working directory is unknown.
    """
    plain = _nameable(f"{_SQLITE}mlflow.db")
    store = _nameable(os.environ.get(_STORE) or plain)
    if _RUN not in os.environ:
        return Shell(store="" if store == plain else store)
    if shutil.which(_PROGRAM):
        return Shell(store=store, absolute=True)
    root = str(Path(__file__).parents[2])
    program = ("env", f"PYTHONPATH={root}", sys.executable, "-m", "titan_mlopt")
    return Shell(program, store, absolute=True)


def any_shell(store: str = "") -> Shell:
    """Return a shell in an unknown folder, for pages and files; ``store``: the tracking URI."""
    return Shell(store=_nameable(store), absolute=True)


def _nameable(store: str) -> str:
    """Return a tracking URI that means the same in any folder, "" for one with a password."""
    if _CREDENTIALS.search(store):
        return ""
    path = store.removeprefix(_SQLITE)
    local = path != store and path and path != ":memory:" and not path.startswith("file:")
    return f"{_SQLITE}{Path(path).absolute()}" if local else store


def tune_line(
    shell: Shell, config: TunerConfig, candles: str, space: str | None, names: Sequence[str] = ()
) -> str:
    """Return the command that tunes a new study of a backtest.

    Args:
        shell: Where it will be typed.
        config: Its settings, of which those count that trials have without a search too.
        candles: The candle file, or "sample".
        space: File of the search space, None for Titan's.
        names: Options that name the study and its version, where the defaults do not fit.
    """
    args = [] if space is None else ["--space", shell.path(space)]
    args += [] if candles == SAMPLE else ["--candles", shell.path(candles)]
    beyond = ["--beyond-titan"] if config.space.beyond else []
    settings = {**config.as_dict(), "space": None}
    for name in ("backtest_path", "scratch"):
        settings[name] = settings[name] and shell.path(settings[name])
    args += [*names, *option_words(settings, command=SENSITIVITY), *beyond]
    return shell.line("tune", *args, mlflow=True)


def secret_hint(line: str) -> str:
    """Return the hint on PGPASSWORD for a command whose database has a password, else ""."""
    return " (with the password in PGPASSWORD)" if HIDDEN in line else ""


def of_study(
    shell: Shell,
    command: str,
    storage: StorageUrl | str,
    study: str,
    *args: str,
    mlflow: bool = False,
) -> str:
    """Return a command on one study."""
    target = [*shell.storage(storage), "--study-name", study]
    return shell.line(command, *target, *args, mlflow=mlflow)


def repair_command(
    shell: Shell, storage: StorageUrl | str, study: str, *, files: bool = False
) -> str:
    """Return the command that repairs the study's runs; ``files``: their files too."""
    args = ["--repair", *(["--files"] if files else [])]
    return of_study(shell, "doctor", storage, study, *args, mlflow=True)


def mirror_command(shell: Shell, storage: StorageUrl | str, study: str, store: str) -> str:
    """Return the command that writes a study into an MLflow store, which it creates."""
    return of_study(shell, "mirror", storage, study, "--to", store)


def mlflow_command(store: str, *args: str) -> str:
    """Return a command of the mlflow program on a store."""
    named = _nameable(store)
    prefix = f"{_STORE}={shlex.quote(named)} " if named else ""
    return prefix + shlex.join(["mlflow", *args])


def replay_command(
    shell: Shell, storage: StorageUrl | str, record: StudyRecord, trial: TrialRecord | None
) -> str | None:
    """Return the command that runs a trial again; None for one that cannot be compared."""
    backtest = record.backtest
    comparable = backtest.get("version", backtest_id.ENGINE_VERSION) == backtest_id.ENGINE_VERSION
    comparable = comparable and backtest_id.is_embedded(backtest)
    ended = trial is not None and trial.state in (COMPLETE, PRUNED) and trial.outcome is not None
    if trial is None or not ended or not comparable or not has_candles(record):
        return None
    return of_study(shell, "replay", storage, record.name, "--trial", str(trial.number))


def rerun_args(shell: Shell, record: StudyRecord) -> list[str]:
    """Return the arguments that name the study's backtest, [] for the embedded one.

    A folder that exists on Dask's workers only is left out: here the backtest must be installed.
    """
    if backtest_id.is_embedded(record.backtest):
        return []
    args = [BY_NAME["backtest"].option, str(record.backtest.get("path"))]
    folder = record.settings.get("backtest_path")
    if folder and not backtest_is_elsewhere(record):
        args += [BY_NAME["backtest_path"].option, shell.path(str(folder))]
    return args


def backtest_is_elsewhere(record: StudyRecord) -> bool:
    """Return whether the backtest's folder is missing on this machine, as with Dask's workers."""
    folder = record.settings.get("backtest_path")
    return bool(folder) and not Path(str(folder)).is_dir()


def can_be_judged(record: StudyRecord, least: int) -> bool:
    """Return whether the hold-out has enough candles for a verdict other than CANNOT TELL.

    least: the fewest predictions that the gate accepts.
    """
    return bool(record.holdout) and int(record.holdout.get("count", 0)) - 1 >= least


def promote_command(
    shell: Shell,
    storage: StorageUrl | str,
    record: StudyRecord,
    version: str,
    name: str,
    gate: str | None = None,
) -> str:
    """Return the command that promotes a version by the gate; ``gate``: its thresholds' file."""
    args = [version, *shell.storage(storage), *rerun_args(shell, record), *name_args(name)]
    args += [BY_NAME["gate"].option, shell.path(gate)] if gate else []
    return shell.line("promote", *args, mlflow=True)


def name_args(name: str) -> list[str]:
    """Return the arguments that name a registered config, [] for the default name."""
    return [] if name == PLAIN_NAME else ["--name", name]


def versions_command(shell: Shell, name: str) -> str:
    """Return the command that lists the versions of a registered config."""
    return shell.line("versions", "--name", name, mlflow=True)


def pull_command(shell: Shell, name: str, alias: str) -> str:
    """Return the command that fetches a registered config."""
    args = ["--name", name, "--alias", alias, "--out", "config.json"]
    return shell.line("pull", *args, mlflow=True)


def judged_study_command(
    shell: Shell, storage: StorageUrl | str, record: StudyRecord
) -> str | None:
    """Return the command that repeats the study with a hold-out, so that the gate can decide.

    None for a study on too few candles for a hold-out.
    """
    if int(record.candles.get("count", 0)) < AUTO_CANDLES:
        return None
    n_trials = str(record.settings.get("n_trials", BY_NAME["n_trials"].default))
    settings = {**record.settings, "holdout": 0.0, "segments": 1}  # the latter as auto has it
    study = f"{record.name}-holdout"
    return _tune_command(
        *(shell, storage, record, settings, study),
        *("--n-trials", n_trials, "--holdout", PROPOSED_HOLDOUT),
    )


def narrowed_command(
    shell: Shell,
    storage: StorageUrl | str,
    record: StudyRecord,
    space: Mapping[str, Any],
    path: str,
) -> str | None:
    """Return the command that repeats the study in another space, as a study of its own.

    Args:
        shell: Where it will be typed.
        storage: The study's database.
        record: The study.
        space: Ranges and fixed values of the other space.
        path: The file that holds it.
    """
    n_trials = str(record.settings.get("n_trials", BY_NAME["n_trials"].default))
    settings = {**record.settings, "space": space, "space_path": shell.path(path)}
    study = f"{record.name}-bounds"
    return _tune_command(shell, storage, record, settings, study, "--n-trials", n_trials)


def tune_command(shell: Shell, storage: StorageUrl | str, record: StudyRecord) -> str | None:
    """Return the command that resumes a study: up to its number of trials, else 100 more."""
    ((_, line),) = _going_on(shell, record, record.settings, storage).items()
    return line


def _tune_command(
    shell: Shell,
    storage: StorageUrl | str,
    record: StudyRecord,
    settings: Mapping[str, Any],
    study: str,
    *args: str,
) -> str | None:
    """Return the command that tunes with these settings, or None where it would be refused."""
    candles = _candles_of(record)
    if not candles or not settings or unspeakable(settings) is not None:
        return None
    named = {
        name: shell.path(str(settings[name]))
        for name in ("backtest_path", "scratch")
        if settings.get(name)
    }
    space = str(settings.get("space_path") or SPACE_FILE)
    options = option_words({**settings, **named}, space)
    return of_study(
        shell, "tune", storage, study, "--candles", candles, *args, *options, mlflow=True
    )


def has_candles(record: StudyRecord) -> bool:
    """Return whether the study's candles can be read again without an option."""
    return bool(record.settings.get("candles_path")) or record.candles.get("name") == SAMPLE


def _candles_of(record: StudyRecord) -> str:
    """Return the path of the study's candles, "" for candles that were only in memory."""
    name = str(record.candles.get("name", ""))
    return str(record.settings.get("candles_path", name)) or (SAMPLE if name == SAMPLE else "")


def study_commands(
    record: StudyRecord, config: TunerConfig | None, storage: StorageUrl, store: str = ""
) -> dict[str, str]:
    """Return commands by their titles, ready for a shell in any folder.

    A password of the database is left out; the title asks for it.

    Args:
        record: The study; without settings, as another program writes it, it cannot be resumed.
        config: Settings to resume with; None for those of the last call.
        storage: The study's database.
        store: The tracking URI of the study.
    """
    settings = record.settings if config is None else config.as_dict()
    shell, best = any_shell(store), best_trial(record)
    again = replay_command(shell, storage, record, best) if settings else None
    commands: dict[str, str | None] = {"Reproduce the best trial, bit for bit": again}
    commands |= _going_on(shell, record, settings, storage)
    commands["Draw the report"] = of_study(shell, "report", storage, record.name)
    if best is not None and settings:
        fetch = of_study(shell, "export", storage, record.name, "--out", "config.json")
        commands["Fetch the config"] = fetch
    return {
        f"{title}{secret_hint(line)}": line for title, line in commands.items() if line is not None
    }


def _going_on(
    shell: Shell, record: StudyRecord, settings: Mapping[str, Any], storage: StorageUrl | str
) -> dict[str, str | None]:
    """Return title and command that run the missing trials of the total, else 100 more."""
    total = int(settings.get("n_trials", 0))
    missing = total - counted(record)
    how = ("--n-trials", str(total)) if missing > 0 else ("--more", "100")
    title = (
        f"Run what is missing of {total} trials" if missing > 0 else "Go on with 100 more trials"
    )
    if not is_plain_space(settings.get("space")) and not settings.get("space_path"):
        title += f" (where {SPACE_FILE} of the study's files lies)"
    return {title: _tune_command(shell, storage, record, settings, record.name, *how)}
