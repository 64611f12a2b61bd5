"""The mutants of `make mutants`, on a source whose places can be counted by hand."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from support.paths import ROOT

SOURCE = '''\
"""Says 2 and 3."""
LIMIT = 5


@cache(size=7)
def share(hits: int = 1, n: Literal[8] = LIMIT) -> float:
    if not n or hits < 0 and flag is None:
        raise ValueError(f"got {n + 4}")
    return -hits / n
'''


@pytest.fixture(scope="module")
def mutants() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        import mutants

        yield mutants
        sys.modules.pop("mutants")


def changes(mutants: ModuleType) -> list[tuple[int, str, str, bool]]:
    found = mutants.mutants_of("share.py", SOURCE)
    return [(m.line, m.before, m.after, m.within) for m in found]


def test_each_operator_constant_and_result_is_changed_once(mutants: ModuleType) -> None:
    outer, inner = "not n or (hits < 0 and flag is None)", "hits < 0 and flag is None"
    assert sorted(changes(mutants)) == sorted(
        [
            (2, "5", "6", False),
            (2, "5", "4", False),
            (6, "1", "2", False),
            (6, "1", "0", False),
            (7, outer, "not n and (hits < 0 and flag is None)", True),
            (7, "not n", "not not n", True),
            (7, inner, "hits < 0 or flag is None", True),
            (7, "hits < 0", "hits <= 0", True),
            (7, "0", "1", True),
            (7, "0", "-1", True),
            (7, "flag is None", "flag is not None", True),
            (9, "return -hits / n", "return None", True),
            (9, "-hits / n", "-hits * n", True),
            (9, "-hits", "+hits", True),
        ]
    )


def test_annotations_decorators_messages_and_docstrings_stay(mutants: ModuleType) -> None:
    for mutant in mutants.mutants_of("share.py", SOURCE):
        for kept in ('"""Says 2 and 3."""', "@cache(size=7)", "Literal[8]", "f'got {n + 4}'"):
            assert kept in mutant.source


def test_each_mutant_differs_from_the_source_in_one_place(mutants: ModuleType) -> None:
    whole = ast.unparse(ast.parse(SOURCE)).splitlines()
    for mutant in mutants.mutants_of("share.py", SOURCE):
        lines = mutant.source.splitlines()
        assert sum(a != b for a, b in zip(whole, lines, strict=True)) == 1
    assert ast.unparse(ast.parse(SOURCE)).splitlines() == whole


def test_a_mutant_is_asked_of_the_tests_that_reach_its_line_the_quickest_first(
    mutants: ModuleType,
) -> None:
    reach: dict[str, Any] = {
        "lines": {"share.py": {"2": [""], "7": ["", "slow", "quick"], "9": ["quick", "whole"]}},
        "seconds": {"slow": 3.0, "quick": 0.5, "whole": 9.0},
    }
    asked = {m.line: mutants.tests_of(m, reach) for m in mutants.mutants_of("share.py", SOURCE)}
    assert asked == {
        2: ["quick", "slow", "whole"],  # run by the import
        6: ["quick", "slow", "whole"],
        7: ["quick", "slow"],
        9: ["quick", "whole"],
    }
