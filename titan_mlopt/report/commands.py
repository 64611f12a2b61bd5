"""The commands that reproduce a study's best trial, go on with it, draw it and fetch its config."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from titan_mlopt.config import TunerConfig
from titan_mlopt.place import HIDDEN, Place, place_words
from titan_mlopt.records import StudyRecord
from titan_mlopt.report.phrases import counted
from titan_mlopt.report.ranking import best_trial
from titan_mlopt.space import Space

#: A search space of one's own, among the files of the study.
SPACE_FILE = "space.json"

# Settings of the command line by their options there; the pruner's own figures aside.
_OPTIONS = {
    "objective_type": "--objective",
    "pruner_type": "--pruner",
    "n_jobs": "--n-jobs",
    "timeout_per_trial": "--timeout-per-trial",
    "seed": "--seed",
    "limit": "--limit",
    "holdout": "--holdout",
    "segments": "--segments",
    "ece_constraint": "--ece-constraint",
    "min_predictions": "--min-predictions",
    "accuracy_weight": "--accuracy-weight",
    "sharpe_weight": "--sharpe-weight",
    "experiment": "--experiment",
    "register_as": "--register-as",
    "backtest": "--backtest",
    "backtest_path": "--backtest-path",
    "repeat": "--repeat",
    "scratch": "--scratch",
    "executor": "--executor",
    "scheduler": "--scheduler",
}


def _tune_options(settings: Mapping[str, Any]) -> list[str]:
    """Return the options of ``titan-mlopt tune`` that differ from its defaults."""
    plain, words = TunerConfig(), list[str]()
    for name, option in _OPTIONS.items():
        default = getattr(plain, name)
        value = settings.get(name, default)
        if value != default:
            words += [option, "none" if value is None else str(value)]
    if not _is_default(settings.get("space")):
        words += ["--space", SPACE_FILE]
    if settings.get("n_warmup_steps") is not None:
        words.append("--pruner-spec-defaults")
    return [*words, "--deterministic"] if settings.get("deterministic") else words


def _is_default(space: Mapping[str, Any] | None) -> bool:
    """Return whether a space is Titan's own; JSON has made lists of its ranges."""
    if space is None:
        return True
    ranges = {name: tuple(bounds) for name, bounds in space["ranges"].items()}
    return {"ranges": ranges, "fixed": dict(space["fixed"])} == asdict(Space())


def study_commands(record: StudyRecord, config: TunerConfig | None, place: Place) -> dict[str, str]:
    """Return the commands by what they do, ready for a shell in any folder.

    A password of the place is left out; what is said of a command asks for it.

    config: None for the settings that the study was last tuned with. A study without settings, of
    another program, cannot be gone on with.
    """
    settings = record.settings if config is None else config.as_dict()
    named = place.absolute() if isinstance(place, Path) else place
    where = [*place_words(named), "--study-name", record.name]
    secret = " (with the password in PGPASSWORD)" if HIDDEN in str(named) else ""
    best, commands = best_trial(record), dict[str, list[str]]()
    if best is not None and best.outcome is not None and settings:
        again = ["titan-mlopt", "replay", *where, "--trial", str(best.number)]
        commands["Reproduce the best trial, bit for bit"] = again
    if settings:
        commands |= _going_on(record, settings, where)
    commands["Draw the report"] = ["titan-mlopt", "report", *where]
    if name := settings.get("register_as"):
        fetch = ["titan-mlopt", "pull", "--name", str(name)]
        commands["Fetch the config"] = [*fetch, "--alias", "challenger", "--out", "config.json"]
    return {
        f"{title}{secret if HIDDEN in ''.join(words) else ''}": shlex.join(words)
        for title, words in commands.items()
    }


def _going_on(
    record: StudyRecord, settings: Mapping[str, Any], where: list[str]
) -> dict[str, list[str]]:
    """Return the command that runs what is missing of the total, else 100 more."""
    candles = str(record.settings.get("candles_path") or record.candles.get("name"))
    total = int(settings.get("n_trials", 0))
    missing = total - counted(record)
    how = ["--n-trials", str(total)] if missing > 0 else ["--more", "100"]
    title = (
        f"Run what is missing of {total} trials" if missing > 0 else "Go on with 100 more trials"
    )
    words = ["titan-mlopt", "tune", *where, "--candles", candles, *how, *_tune_options(settings)]
    return {title: words}
