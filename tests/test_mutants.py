"""The mutants of `make mutants`, on a source whose places can be counted by hand."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
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
    asked = {m.line: mutants.tests_of(m, reach, 99) for m in mutants.mutants_of("share.py", SOURCE)}
    assert asked == {
        2: ["quick", "slow", "whole"],  # run by the import
        6: ["quick", "slow", "whole"],
        7: ["quick", "slow"],
        9: ["quick", "whole"],
    }
    in_4_s = {m.line: mutants.tests_of(m, reach, 4) for m in mutants.mutants_of("share.py", SOURCE)}
    assert in_4_s == {
        2: ["quick", "slow"],
        6: ["quick", "slow"],
        7: ["quick", "slow"],
        9: ["quick"],
    }
    in_0_s = {m.line: mutants.tests_of(m, reach, 0) for m in mutants.mutants_of("share.py", SOURCE)}
    assert in_0_s == {line: ["quick"] for line in (2, 6, 7, 9)}


def test_a_line_that_continues_another_is_asked_of_the_tests_of_its_statement(
    mutants: ModuleType,
) -> None:
    source = (
        "def area(width):\n    return (width *\n            7)\n\n\ndef rest():\n    return 8\n"
    )
    source += "\n\ndef nothing():\n    return None\n"  # is no mutant of itself
    reach: dict[str, Any] = {
        "lines": {"area.py": {"1": [""], "2": ["", "quick"]}},
        "seconds": {"quick": 0.5},
    }
    asked = [
        (m.line, mutants.tests_of(m, reach, 99)) for m in mutants.mutants_of("area.py", source)
    ]
    assert asked == [(2, ["quick"]), (2, ["quick"]), (3, ["quick"]), (3, ["quick"]),
                     (7, []), (7, []), (7, [])]  # fmt: skip


def test_imported_functions_and_methods_get_the_code_of_a_mutant(
    mutants: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "shop.py"
    source = (
        "def price(n):\n    return n * 3\n\n\nclass Till:\n    def sum(self):\n        return 5\n"
    )
    path.write_text(source)
    spec = importlib.util.spec_from_file_location("shop", path)
    assert spec is not None
    assert spec.loader is not None
    shop = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(shop)
    price, till = shop.price, shop.Till()  # as who imported them before holds them
    seen = []
    for mutant in mutants.mutants_of(str(path), source):
        mutants.put_into([price, shop.Till.sum], mutant)
        seen.append((price(4), till.sum()))
    assert seen == [(None, 5), (4 / 3, 5), (16, 5), (8, 5), (12, None), (12, 6), (12, 4)]
