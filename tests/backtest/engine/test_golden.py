"""What the engine answers stays what it was, to the bit: a study goes on with its old trials."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.golden_cases import (
    CONFIGS,
    DATA,
    FILES,
    GOLDEN,
    arithmetic,
    candles_of,
    config_of,
    hashes,
)
from titan_mlopt.candles.sample import SAMPLE


@pytest.fixture(scope="module")
def golden() -> dict[str, Any]:
    stored: dict[str, Any] = json.loads(GOLDEN.read_text())
    if arithmetic() != stored["arithmetic"]:
        pytest.skip("this machine's libraries round elsewhere than where the answers were taken")
    return stored["hashes"]


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("name", [SAMPLE, "quiet"])
def test_the_engine_answers_as_it_did_on_made_candles(
    golden: dict[str, Any], name: str, config: str, tmp_path: Path
) -> None:
    assert hashes(candles_of(name), config_of(config), tmp_path) == golden[f"{name} {config}"]


def answers_as_stored(golden: dict[str, Any], name: str, configs: list[str], folder: Path) -> None:
    if not (DATA / name).exists():
        pytest.skip(f"{name} is not in {DATA}")
    candles = candles_of(name)
    for config in configs:
        assert hashes(candles, config_of(config), folder) == golden[f"{name} {config}"], config


@pytest.mark.slow
@pytest.mark.parametrize(("place", "name"), list(enumerate(FILES)))
def test_the_engine_answers_as_it_did_on_real_candles(
    golden: dict[str, Any], place: int, name: str, tmp_path: Path
) -> None:
    """Each file with two configs, so that each config has two files or more."""
    configs = list(CONFIGS) * 2
    answers_as_stored(golden, name, configs[place % len(CONFIGS) :: 3][:2], tmp_path)


@pytest.mark.matrix
@pytest.mark.parametrize("name", FILES)
def test_the_engine_answers_as_it_did_on_real_candles_with_every_config(
    golden: dict[str, Any], name: str, tmp_path: Path
) -> None:
    answers_as_stored(golden, name, list(CONFIGS), tmp_path)
