"""The commands that a study's description and its report end with."""

from __future__ import annotations

import json
import shlex
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from click import Context
from summary_cases import finished, study, trial

from titan_mlopt.cli.commands import main
from titan_mlopt.config import TunerConfig
from titan_mlopt.records import StudyRecord
from titan_mlopt.report.commands import study_commands
from titan_mlopt.space import Space

DB = Path("/data/my titan.db")


def kept(record: StudyRecord, config: TunerConfig) -> StudyRecord:
    """Return the study with the settings of ``config`` as the database gives them back."""
    settings: dict[str, Any] = json.loads(json.dumps(asdict(config)))
    return replace(record, settings={**settings, "candles_path": "/data/btc.csv"})


def test_the_best_trial_can_be_reproduced_and_the_config_fetched() -> None:
    config = TunerConfig(n_trials=5, register_as="mine")
    commands = study_commands(kept(finished(), config), config, DB)
    where = "--db '/data/my titan.db' --study-name btc_1m"
    assert commands == {
        "Reproduce the best trial, bit for bit": f"titan-mlopt replay {where} --trial 1",
        "Go on with 100 more trials": (
            f"titan-mlopt tune {where} --candles /data/btc.csv --more 100 --register-as mine"
            " --pruner-spec-defaults"
        ),
        "Draw the report": f"titan-mlopt report {where}",
        "Fetch the config": "titan-mlopt pull --name mine --alias challenger --out config.json",
    }


def test_a_study_with_fewer_trials_than_wanted_is_gone_on_with_to_its_total() -> None:
    config = TunerConfig(n_trials=50, n_warmup_steps=None, deterministic=True, seed=7)
    commands = study_commands(kept(finished(), config), config, DB)
    words = shlex.split(commands["Run what is missing of 50 trials"])
    assert words[8:] == ["--n-trials", "50", "--seed", "7", "--deterministic"]


def test_the_settings_that_the_study_keeps_give_the_same_commands() -> None:
    own = Space({"ml.max_depth": (4, 9, "int")}, {"ml.enabled": True})
    for space in (Space(), own):
        config = TunerConfig(space=space, ece_constraint=0.03, objective_type="sharpe")
        record = kept(finished(), config)
        commands = study_commands(record, config, DB)
        assert study_commands(record, None, DB) == commands
        assert ("--space space.json" in str(commands)) == (space == own)


def test_every_command_is_one_that_the_command_line_takes() -> None:
    config = TunerConfig(objective_type="multi", register_as="mine", n_jobs=2, limit=900)
    for line in study_commands(kept(finished(), config), config, DB).values():
        program, name, *words = shlex.split(line)
        assert program == "titan-mlopt"
        command = main.commands[name]
        command.make_context(name, words, parent=Context(main, **main.context_settings))


def test_a_study_of_another_program_can_be_drawn_and_no_more() -> None:
    assert list(study_commands(study(trial(0, 0.5), settings={}), None, DB)) == ["Draw the report"]
