"""The commands that a study's description and its report end with."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

from click import Context

from support.command_cases import all_commands
from support.summary_cases import finished, study, trial
from titan_mlopt.cli.main import main
from titan_mlopt.core.search_space import Space
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.report.commands import (
    Shell,
    backtest_is_elsewhere,
    can_be_judged,
    judged_study_command,
    promote_command,
    replay_command,
    rerun_args,
    study_commands,
)

DB = Path("/data/my titan.db")


def kept(record: StudyRecord, config: TunerConfig) -> StudyRecord:
    """Return the study with the settings of ``config`` as the database gives them back."""
    settings: dict[str, Any] = json.loads(json.dumps(config.as_dict()))
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
        "Fetch the config": f"titan-mlopt export {where} --out config.json",
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
        command = all_commands()[name]
        command.make_context(name, words, parent=Context(main, **main.context_settings))


def test_a_study_of_another_program_can_be_drawn_and_no_more() -> None:
    assert list(study_commands(study(trial(0, 0.5), settings={}), None, DB)) == ["Draw the report"]


def record_with(**changes: Any) -> StudyRecord:
    return kept(replace(finished(), **changes), TunerConfig(n_trials=5))


def test_a_study_on_many_candles_without_a_holdout_can_be_tuned_again_with_one() -> None:
    record = record_with()
    line = judged_study_command(Shell(), DB, record)
    assert line is not None
    assert shlex.split(line) == [
        *("titan-mlopt", "tune", "--db", str(DB), "--study-name", "btc_1m-holdout"),
        *("--candles", "/data/btc.csv", "--n-trials", "5", "--holdout", "20%"),
        "--pruner-spec-defaults",
    ]
    few = replace(record, candles={**record.candles, "count": 19_999})
    assert judged_study_command(Shell(), DB, few) is None


def test_the_gate_can_judge_on_as_many_predictions_as_it_asks_for() -> None:
    assert not can_be_judged(record_with(), 100)
    assert not can_be_judged(record_with(holdout={"count": 100}), 100)  # the last has no outcome
    assert can_be_judged(record_with(holdout={"count": 101}), 100)


def test_no_command_goes_on_with_settings_that_have_no_option() -> None:
    config = TunerConfig(n_trials=50, interval_steps=9)
    titles = list(study_commands(kept(finished(), config), config, DB))
    assert titles == [
        *("Reproduce the best trial, bit for bit", "Draw the report", "Fetch the config")
    ]


def test_candles_that_were_in_memory_are_not_asked_for() -> None:
    config = TunerConfig(n_trials=50)
    record = kept(finished(), config)
    record = replace(record, settings={**record.settings, "candles_path": ""})
    assert list(study_commands(record, config, DB)) == ["Draw the report", "Fetch the config"]


def test_a_trial_that_failed_or_of_another_engine_is_not_replayed() -> None:
    record = record_with()
    lines = [replay_command(Shell(), DB, record, one) for one in record.trials]
    assert [line is not None for line in lines] == [True, True, True, False, True, False, False]
    other = replace(record, backtest={**record.backtest, "version": "0"})
    assert replay_command(Shell(), DB, other, other.trials[0]) is None
    assert replay_command(Shell(), DB, record, None) is None


def test_a_backtest_is_named_with_its_folder_where_that_is_here(tmp_path: Path) -> None:
    record = record_with(backtest={"path": "a.b:run", "version": "1"})
    here = replace(record, settings={**record.settings, "backtest_path": str(tmp_path)})
    gone = replace(record, settings={**record.settings, "backtest_path": "/no/such"})
    line = promote_command(Shell(), DB, here, "3", "mine", "limits.json")
    assert shlex.split(line) == [
        *("titan-mlopt", "promote", "3", "--db", str(DB), "--backtest", "a.b:run"),
        *("--backtest-path", str(tmp_path), "--name", "mine", "--gate", "limits.json"),
    ]
    assert rerun_args(Shell(), gone) == ["--backtest", "a.b:run"]
    assert (backtest_is_elsewhere(here), backtest_is_elsewhere(gone)) == (False, True)
    assert rerun_args(Shell(), record_with()) == []


def test_a_space_without_a_file_is_asked_for_by_the_title() -> None:
    own = Space({"ml.max_depth": (4, 9, "int")})
    record = kept(finished(), TunerConfig(n_trials=50, space=own))
    titles = study_commands(record, None, DB)
    assert "Run what is missing of 50 trials (where space.json of the study's files lies)" in titles
    record = replace(record, settings={**record.settings, "space_path": "/data/space.json"})
    line = study_commands(record, None, DB)["Run what is missing of 50 trials"]
    assert "--space /data/space.json" in line
