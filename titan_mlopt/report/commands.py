"""The commands that go on with a study, draw it and fetch its config."""

from __future__ import annotations

import shlex
from pathlib import Path

from titan_mlopt.config import TunerConfig
from titan_mlopt.records import StudyRecord
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
}


def _tune_options(config: TunerConfig) -> list[str]:
    """Return the options of ``titan-mlopt tune`` that differ from its defaults."""
    plain, words = TunerConfig(), list[str]()
    for name, option in _OPTIONS.items():
        value = getattr(config, name)
        if value != getattr(plain, name):
            words += [option, "none" if value is None else str(value)]
    if config.space != Space():
        words += ["--space", SPACE_FILE]
    if config.n_warmup_steps is not None:
        words.append("--pruner-spec-defaults")
    return [*words, "--deterministic"] if config.deterministic else words


def study_commands(record: StudyRecord, config: TunerConfig, db_path: Path) -> dict[str, str]:
    """Return the commands by what they do, ready for a shell in any folder."""
    where = ["--db", str(db_path.absolute()), "--study-name", config.study_name]
    candles = str(record.settings.get("candles_path") or record.candles.get("name"))
    on = ["titan-mlopt", "tune", *where, "--candles", candles]
    commands = {
        "Go on with 100 more trials": [*on, "--more", "100", *_tune_options(config)],
        "Draw the report": ["titan-mlopt", "report", *where],
    }
    if config.register_as is not None:
        fetch = ["titan-mlopt", "pull", "--name", config.register_as]
        commands["Fetch the config"] = [*fetch, "--alias", "challenger", "--out", "config.json"]
    return {title: shlex.join(words) for title, words in commands.items()}
