"""Where Python's defaults are not those of the command line, and that ``optimize`` says so."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from support.command_cases import all_commands
from titan_mlopt.candles.candles import Candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.search_space import Space
from titan_mlopt.core.settings import tuner_config
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.study.dataset import (
    COMMAND_DEFAULTS,
    defaults_notice,
    load_tuning_data,
    resolve_auto,
)
from titan_mlopt.tuner import create_tuner


def of_command(candles: Candles) -> TunerConfig:
    """Return the settings of a plain `titan-mlopt tune` on candles that are not the sample."""
    chosen: dict[str, Any] = all_commands()["tune"].make_context("tune", []).params
    return resolve_auto(tuner_config("tune", chosen), chosen, len(candles), None)


@pytest.mark.parametrize(("n", "differing"), [(3000, set()), (20_000, {"holdout", "segments"})])
def test_the_command_and_python_differ_in_nothing_but_what_the_notice_says(
    n: int, differing: set[str], tmp_path: Path
) -> None:
    candles = sample_candles(n)
    command, python = asdict(of_command(candles)), asdict(TunerConfig())
    found = {name for name, value in command.items() if value != python[name]}
    assert found == {*differing, *COMMAND_DEFAULTS}
    notice = defaults_notice(TunerConfig(), candles)
    assert notice is not None
    for name in found:
        assert f"{name}={command[name]!r}" in notice
    assert notice.count("=") == 2 * len(found)
    with create_tuner(tmp_path / "titan.db") as tuner:
        assert tuner.config == TunerConfig()


def test_the_notice_says_what_the_command_would_take_and_what_is_here() -> None:
    assert defaults_notice(TunerConfig(), sample_candles(20_000)) == (
        "defaults: `titan-mlopt tune` would take holdout=0.2, segments=4, n_warmup_steps=None on "
        "these candles, TunerConfig has holdout=0.0, segments=1, n_warmup_steps=10; pass those for "
        "the same study, or go on with these (docs/parameters.md)"
    )


def test_settings_as_the_command_has_them_and_a_pruner_that_reads_none_need_no_notice() -> None:
    candles = sample_candles(20_000)
    assert defaults_notice(of_command(candles), candles) is None
    own = replace(TunerConfig(), holdout=0.1, segments=2, n_warmup_steps=50)
    assert defaults_notice(own, candles) is None
    assert defaults_notice(TunerConfig(pruner_type="none"), sample_candles(3000)) is None


def test_it_is_said_to_a_new_study_once() -> None:
    candles, said = sample_candles(3000), list[str]()
    config = TunerConfig(space=Space())
    data = load_tuning_data(candles, config, said.append, {})
    assert [text.split(":")[0] for text in said] == ["defaults"]
    load_tuning_data(candles, config, said.append, data.description)
    assert len(said) == 1
