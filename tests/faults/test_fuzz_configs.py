"""Hostile config and space files: one line that names the file, or a config that can be used."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.fault_cases import fuzzed
from support.tally import TALLY
from titan_mlopt.core.config_files import base_config, load_config
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.parameters import DEFAULTS, TUNABLE_PARAMS, check_param
from titan_mlopt.core.search_space import Space, load_space, space_text
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.study.samplers.build import build_sampler
from titan_mlopt.study.samplers.distributions import distributions_of, suggest_params

pytestmark = pytest.mark.slow

AREA = "config and space files: any bytes, any JSON"

numbers = st.one_of(
    st.integers(),
    st.floats(),
    st.sampled_from([0, 1, -1, 0.5, 10**15, 10**400, 1e308, 5e-324, True, -0.0, 7, 4, 10, 20, 50]),
)
leaves = st.one_of(
    st.none(), numbers, st.text(max_size=5), st.sampled_from(["int", "float", "log"])
)
names = st.one_of(
    st.sampled_from([*DEFAULTS, "own.x", "x" * 201, "../x", "a\nb", "\ud800", "", "ö", "x;--"]),
    st.text(max_size=8),
)
anything = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3)
)
bounds = st.one_of(
    st.tuples(numbers, numbers, st.sampled_from(["int", "float", "log"])).map(list),
    st.sampled_from([list(range_) for range_ in TUNABLE_PARAMS.values()]),
    anything,
)
space_files = st.one_of(
    anything,
    st.fixed_dictionaries(
        {"ranges": st.dictionaries(names, bounds, max_size=3) | anything},
        optional={"fixed": st.dictionaries(names, leaves, max_size=3) | anything, "more": anything},
    ),
)
raw = st.one_of(
    st.binary(max_size=200),
    st.integers(1, 5000).map(lambda depth: b"[" * depth),
    st.integers(1, 5000).map(lambda depth: b'{"ranges":' * depth),
    st.integers(1, 20_000).map(lambda digits: b'{"fixed": {"own.x": ' + b"9" * digits + b"}}"),
)


def loaded(load: Callable[[Path], Any], content: object) -> Any:
    """Return what ``load`` makes of the file; None when it refuses it in one line."""
    TALLY.add(AREA, inputs=1)
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.json"
        path.write_bytes(data)
        try:
            return load(path)
        except ConfigError as error:
            message = str(error)
    assert re.fullmatch(r"\S+/file\.json(:\d+)?: .*, got .*", message), message
    assert message.isprintable(), message
    assert len(message) < 1000
    return None


def check_space(space: Space) -> None:
    """An accepted space can be drawn from, stored and read again, whatever numbers it has."""
    assert load_again(space) == space
    assert re.fullmatch("[0-9a-f]{64}", space.digest)
    json.dumps(space.complete(space.point()), allow_nan=False)
    among = distributions_of(space.ranges)
    study = optuna.create_study(sampler=build_sampler(among, 1, 0, parallel=False))
    trial = study.ask(among)
    params = suggest_params(trial, space.ranges)
    for name, (low, high, _) in space.ranges.items():
        assert low <= params[name] <= high
    TunerConfig(backtest="package.module:function", space=space)


def load_again(space: Space) -> Space:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "space.json"
        path.write_text(space_text(space))
        return load_space(path)


@fuzzed(100, 5000)
@given(content=raw | space_files)
def test_any_space_file(content: object) -> None:
    space = loaded(load_space, content)
    if space is not None:
        check_space(space)


@fuzzed(60, 3000)
@given(ranges=st.dictionaries(st.sampled_from(["a", "b.c", "ml.max_depth"]), bounds, max_size=3))
def test_any_ranges(ranges: dict[str, Any]) -> None:
    space = loaded(load_space, {"ranges": ranges})
    if space is not None:
        check_space(space)


@fuzzed(100, 5000)
@given(content=raw | anything | st.dictionaries(names, leaves, max_size=4), embedded=st.booleans())
def test_any_config_file(content: object, embedded: bool) -> None:
    def load(path: Path) -> Any:
        return base_config(Space(), load_config(path), embedded=embedded, where=str(path))

    config = loaded(load, content)
    if config is not None:
        json.dumps(config, allow_nan=False)
        for name, value in config.items():
            if name in DEFAULTS:
                check_param(name, value)
