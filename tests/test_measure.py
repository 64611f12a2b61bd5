"""The counts of `make measure`, on sources that are small enough to count by hand."""

from __future__ import annotations

import ast
import runpy
from pathlib import Path
from typing import Any

import pytest

from support.paths import ROOT

SOURCE = '''\
"""A docstring
of two lines."""

import json  # one line of code


def load(path: str, *, strict: bool = False) -> object:
    """Read a file."""
    from pathlib import Path

    # A comment is no code.
    text = """two
lines"""
    if strict and path or text:
        return [item for item in json.loads(Path(path).read_text())]
    try:
        found = json.loads(text)
    except ValueError as one:
        raise KeyError(path) from one
    return found


class Thing:
    def what(self, given: int) -> int:
        return given
'''


@pytest.fixture(scope="module")
def measure() -> dict[str, Any]:
    """Return the names of measure.py."""
    return runpy.run_path(str(ROOT / "benchmarks" / "measure.py"))


@pytest.fixture(scope="module")
def tree() -> ast.Module:
    return ast.parse(SOURCE)


def test_docstrings_comments_and_blank_lines_are_no_code(
    measure: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "source.py").write_text(SOURCE, encoding="utf-8")
    assert measure["count_code_lines"](tmp_path / "source.py") == 15
    assert measure["docstring_lines"](ast.parse(SOURCE)) == {1, 2, 8}


def test_only_imports_within_functions_are_lazy(measure: dict[str, Any], tree: ast.Module) -> None:
    assert measure["count_lazy_imports"](tree) == 1


def test_empty_names_are_those_that_are_bound_and_not_those_that_are_read(
    measure: dict[str, Any], tree: ast.Module
) -> None:
    names = {name for _, name in measure["empty_names"](tree)}
    assert names == {"found", "one", "what", "given", "Thing"}


def test_a_function_is_measured_without_its_docstring(
    measure: dict[str, Any], tree: ast.Module
) -> None:
    load, method = sorted(measure["functions_of"](tree), key=lambda function: function.name)
    assert (load.name, measure["length_of"](load)) == ("load", 13)
    assert measure["length_of"](method) == 2
    # 1, the if with its `and` and `or`, the comprehension, the except.
    assert measure["complexity_of"](load) == 6
    assert measure["complexity_of"](method) == 1
    assert measure["largest"]({Path("source.py"): tree}, measure["complexity_of"]) == 6


def test_every_count_has_a_limit(measure: dict[str, Any]) -> None:
    assert 0 < measure["count_layers"]() < 20
    assert all(isinstance(limit, int) for limit in measure["LIMITS"].values())
