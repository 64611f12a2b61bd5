"""Space files in three formats: what they say, and the line of what is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.parameters import TUNABLE_PARAMS, digest
from titan_mlopt.core.search_space import Space, load_space, space_text

TOML = """\
# What is tuned, and
constraints = [
  "fast + 5 <= slow",
]

[parameters]
fast = { type = "int", low = 3, high = 10 }
slow = { type = "int", low = 6, high = 30, step = 3 }
"own.rate" = { type = "log", low = 0.001, high = 0.1 }
"own.mode" = { choices = ["plain", "deep", 3, true] }
"own.on" = true

# and this,
[parameters.depth]
type = "float"
low = 0.0
high = 1.0
step = 0.25
"""
YAML = """\
constraints:
  - fast + 5 <= slow
parameters:
  fast: {type: int, low: 3, high: 10}
  slow: {type: int, low: 6, high: 30, step: 3}
  own.rate: {type: log, low: 0.001, high: 0.1}
  own.mode:
    choices: [plain, deep, 3, true]
  own.on: true
  depth: {type: float, low: 0.0, high: 1.0, step: 0.25}
"""
JSON = """\
{
  "constraints": ["fast + 5 <= slow"],
  "ranges": {"fast": [3, 10, "int"], "own.rate": [0.001, 0.1, "log"]},
  "fixed": {"own.on": true},
  "parameters": {
    "slow": {"type": "int", "low": 6, "high": 30, "step": 3},
    "own.mode": {"choices": ["plain", "deep", 3, true]},
    "depth": {"type": "float", "low": 0.0, "high": 1.0, "step": 0.25}
  }
}
"""


def space_in(folder: Path, name: str, text: str) -> Space:
    (folder / name).write_text(text, encoding="utf-8")
    return load_space(folder / name)


def refusal(folder: Path, name: str, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        space_in(folder, name, text)
    message = str(caught.value)
    assert "\n" not in message
    return message.removeprefix(f"{folder}/")


def test_the_three_formats_say_the_same_space(tmp_path: Path) -> None:
    spaces = [
        space_in(tmp_path, name, text)
        for name, text in (("a.toml", TOML), ("a.yaml", YAML), ("a.yml", YAML), ("a.json", JSON))
    ]
    assert all(space == spaces[0] for space in spaces)
    assert len({space.digest for space in spaces}) == 1
    assert spaces[0].ranges["fast"] == (3, 10, "int")
    assert spaces[0].details["own.mode"].choices == ("plain", "deep", 3, True)
    assert spaces[0].fixed == {"own.on": True}


def test_titans_space_has_its_old_digest_in_any_format(tmp_path: Path) -> None:
    entries = {
        name: {"type": kind, "low": low, "high": high}
        for name, (low, high, kind) in TUNABLE_PARAMS.items()
    }
    for name in ("a.json", "a.yaml"):  # each JSON text is YAML as well
        space = space_in(tmp_path, name, json.dumps({"parameters": entries}))
        assert space == Space()
        assert space.digest == digest(TUNABLE_PARAMS)


@pytest.mark.parametrize(("name", "text"), [("a.toml", TOML), ("a.json", JSON)])
def test_a_space_comes_back_from_what_is_written_of_it(
    tmp_path: Path, name: str, text: str
) -> None:
    space = space_in(tmp_path, name, text)
    again = space_in(tmp_path, "again.json", space_text(space, {"count": 7}))
    stored = Space.from_plain(json.loads(json.dumps(space.plain())))
    assert again == stored == space
    assert again.digest == stored.digest == space.digest
    assert again.names == stored.names


WRONG_LINES: list[tuple[str, str, str, str]] = [
    ("a.toml", TOML.replace("high = 10", "high = 2"), "a.toml:7: fast: ", "must have low < high"),
    ("a.toml", TOML.replace("step = 0.25", "step = 0.3"), "a.toml:18: depth: ", "have a step"),
    ("a.toml", TOML.replace('[parameters.depth]\ntype = "float"', '[parameters.depth]\ntype = "x"'),
     "a.toml:15: depth: ", "must be of a type among int, float, log, categorical, got 'x'"),
    ("a.toml", TOML.replace("\nlow = 0.0\n", "\nlo = 0.0\n"), "a.toml:16: depth: ",
     "must have keys among type, low, high, step, choices, weights, prior, when, got 'lo'"),
    ("a.toml", TOML.replace('"own.on"', "own.on"), "a.toml:11: own: ",
     'write "own.on" in quotes'),
    ("a.toml", TOML.replace("fast + 5", "fst + 5"), "a.toml:3: fst + 5 <= slow: ",
     "must name parameters of this space with numbers, got fst"),
    ("a.toml", TOML + "low = 1\n", "a.toml:19: must be TOML, got ", "overwrite"),
    ("a.yaml", YAML.replace("low: 3, high: 10", "low: 3, high: ten"), "a.yaml:4: fast: ", "ten"),
    ("a.yaml", YAML.replace("3, true]", "3, 3.0]"), "a.yaml:8: own.mode: ",
     "must have different choices"),
    ("a.yaml", YAML + "  fast: 3\n", "a.yaml:11: must be YAML, got ", "the key 'fast' twice"),
    ("a.yaml", YAML + "  x: [", "a.yaml:11: must be YAML, got ", "expected the node"),
    ("a.yaml", YAML.replace("[plain", "&a [plain"), "a.yaml:8: must be YAML, got ", "anchor"),
    ("a.yaml", "!!python/object/apply:os.getcwd []", "a.yaml:1: must be YAML, got ", "construct"),
    ("a.json", JSON.replace('"step": 3', '"step": 2.5'), "a.json:6: slow: ", "got 2.5"),
    ("a.json", JSON.replace('[3, 10, "int"]', '[3, 10, "in"]'), "a.json:3: fast: ", "[low, high"),
    ("a.json", JSON.replace('"depth"', '"slow"'), "a.json:8: must be JSON, got ", "'slow' twice"),
    ("a.json", JSON.replace('"fixed": {', '"fixed": {,'), "a.json:4: must be JSON, got ", "Expect"),
    ("a.json", JSON.replace("constraints", "constraint"), "a.json:2: must be ", '"parameters"'),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "place", "what"), WRONG_LINES)
def test_what_is_wrong_is_named_with_its_line(
    tmp_path: Path, name: str, text: str, place: str, what: str
) -> None:
    message = refusal(tmp_path, name, text)
    assert message.startswith(place)
    assert what in message


DEEP: list[tuple[str, str]] = [
    ("a.toml", "x = " + "[" * 5000 + "]" * 5000),
    ("a.toml", "y = '\"'\nx = " + "[" * 5000 + "]" * 5000 + " # \""),
    ("a.toml", ".".join("x" * 2000) + " = 1"),
    ("a.yaml", "x: " + "[" * 5000 + "]" * 5000),
    ("a.json", '{"x": ' + "[" * 5000 + "]" * 5000 + "}"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text"), DEEP)
def test_a_file_that_nests_too_deeply_is_one_error(tmp_path: Path, name: str, text: str) -> None:
    assert "must be" in refusal(tmp_path, name, text)


@pytest.mark.parametrize("name", ["a.toml", "a.yaml"])
def test_a_large_file_is_refused_before_it_is_parsed(tmp_path: Path, name: str) -> None:
    assert "at most 200,000 bytes" in refusal(tmp_path, name, "#" * 200_001)


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ({"choices": [1]}, "2 to 100 choices, got 1"),
        ({"choices": ["a", "a\n"]}, "different choices"),
        ({"choices": [1, True]}, "different choices"),
        ({"choices": [1, [2]]}, "different choices"),
        ({"choices": "ab"}, "must have a list of choices, got 'ab'"),
        ({"choices": [1, 2], "low": 1}, "must have no low as a parameter of type categorical"),
        ({"type": "log", "low": 1, "high": 9, "step": 1}, "none of type log"),
        ({"type": "int", "low": 1, "high": 9, "step": 3}, "that divides high − low"),
        ({"type": "int", "low": 1, "high": 9, "step": 2.0}, ""),
        ({"type": "int", "low": 1, "high": 9, "step": 0}, "a step above 0"),
        ({"type": "int", "low": 1}, "must have low < high"),
        ({}, "must be of a type among"),
        (None, "must be a number, a bool or a short text, got None"),
    ],
)
def test_an_entry_is_accepted_or_refused_with_the_reason(
    tmp_path: Path, entry: dict[str, Any] | None, what: str
) -> None:
    text = json.dumps({"ranges": {"a": [1, 2, "int"]}, "parameters": {"x": entry}})
    if what:
        assert what in refusal(tmp_path, "a.json", text)
    else:
        assert "x" in space_in(tmp_path, "a.json", text).names


def test_only_a_space_file_imports_what_reads_it(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(TOML)
    code = """
import sys
from titan_mlopt.core.search_space import load_space
from titan_mlopt.core.settings import tuner_config
readers = {"yaml", "tomllib", "titan_mlopt.core.space.document"}
print(sorted(readers & set(sys.modules)))
load_space("a.toml")
print(sorted(readers & set(sys.modules)))
"""
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    everything = ["titan_mlopt.core.space.document", "tomllib", "yaml"]
    assert run.stdout.splitlines() == ["[]", str(everything)]
