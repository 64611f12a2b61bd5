"""Mutation testing of the statistics and the gate: would a test see a fault in them.

    python benchmarks/mutants.py --sample 75 --seed 1

changes one operator, constant or return value at a time in a copy of the checkout, runs the quick
tests that reach the changed line, and prints the mutants that none of them noticed.
benchmarks/mutants.md says of each survivor what it means. CPU time bounds each mutant, not a
clock: a busy machine kills none.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib.util
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import coverage
import pytest

ROOT = Path(__file__).parents[1]
#: What is mutated -> the tests that are asked.
TARGETS = {
    "titan_mlopt/analysis/statistics": ("tests/analysis",),
    "titan_mlopt/evaluation/gate": ("tests/evaluation/gate",),
}
QUICK = "not slow and not docs and not matrix"
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div, ast.Mod: ast.Mult, ast.Pow: ast.Mult,
}  # fmt: skip
#: Seconds of CPU time that a mutant may take beyond three times what its tests take unmutated.
SPARE_S = 20
SURVIVED, KILLED, ENDLESS = "survived", "killed", "endless"


@dataclass(frozen=True)
class Mutant:
    """One changed place: ``source`` is the whole module with the change."""

    path: str
    line: int
    before: str
    after: str
    source: str
    within: bool  # in the body of a function, not run by the import


def mutants_of(path: str, text: str) -> Iterator[Mutant]:
    """Yield each mutant of a module, in the order of its lines."""
    tree = ast.parse(text)
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.expr | ast.Return)]
    skipped = {id(inner) for node in ast.walk(tree) for inner in _not_mutated(node)}
    bodies = [function.body for function in ast.walk(tree) if isinstance(function, ast.FunctionDef)]
    within = {id(node) for body in bodies for part in body for node in ast.walk(part)}
    sites = [node for node in nodes if id(node) not in skipped]
    for node in sorted(sites, key=lambda node: (node.lineno, node.col_offset)):
        for change in _changes(node):
            before = ast.unparse(node)
            original = copy.copy(node.__dict__)
            node.__dict__.update(change)
            yield Mutant(
                path, node.lineno, before, ast.unparse(node), ast.unparse(tree), id(node) in within
            )
            node.__dict__.update(original)


def _not_mutated(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what lies below annotations, decorators and texts: it decides nothing."""
    parents: list[ast.AST | None] = []
    if isinstance(node, ast.AnnAssign | ast.arg):
        parents.append(node.annotation)
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        parents += node.decorator_list
        parents.append(getattr(node, "returns", None))
    if isinstance(node, ast.JoinedStr | ast.Raise):
        parents.append(node)
    for parent in parents:
        if parent is not None:
            yield from ast.walk(parent)


def _changes(node: ast.expr | ast.Return) -> Iterator[dict[str, Any]]:
    """Yield the fields that make a mutant of a node."""
    match node:
        case ast.Compare(ops=[op]) if type(op) in COMPARISONS:
            yield {"ops": [COMPARISONS[type(op)]()]}
        case ast.BinOp(op=op) if type(op) in OPERATORS:
            yield {"op": OPERATORS[type(op)]()}
        case ast.BoolOp(op=ast.And()):
            yield {"op": ast.Or()}
        case ast.BoolOp(op=ast.Or()):
            yield {"op": ast.And()}
        case ast.UnaryOp(op=ast.Not()):
            yield {"op": ast.Not(), "operand": ast.UnaryOp(ast.Not(), node.operand)}
        case ast.UnaryOp(op=ast.USub()):
            yield {"op": ast.UAdd()}
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            yield {"value": node.value + 1}
            yield {"value": node.value - 1}
        case ast.Return(value=ast.expr()):
            yield {"value": ast.Constant(None)}
        case _:
            pass


class Reach:
    """A pytest plugin: which lines each test reaches, and its CPU time."""

    def __init__(self, measured: coverage.Coverage) -> None:
        self.measured = measured
        self.seconds: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Name the test that the lines from here on belong to."""
        self.measured.switch_context(item.nodeid)
        start = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        result = yield
        self.seconds[item.nodeid] = resource.getrusage(resource.RUSAGE_SELF).ru_utime - start
        return result


def reach_of(package: str, tests: tuple[str, ...], out: Path) -> None:
    """Run the tests unmutated; write which of them reach each line of the package."""
    measured = coverage.Coverage(data_file=None, source=[package], config_file=False)
    reach = Reach(measured)
    measured.start()
    failed = pytest.main([*_OPTIONS, "-m", QUICK, *tests], plugins=[reach])
    measured.stop()
    assert not failed, f"{package}: the tests must pass before anything is mutated"
    data = measured.get_data()
    lines = {
        str(Path(path).relative_to(Path.cwd())): data.contexts_by_lineno(path)
        for path in data.measured_files()
    }
    out.write_text(json.dumps({"lines": lines, "seconds": reach.seconds}))


_OPTIONS = ("-x", "-q", "--no-header", "-n0", "-p", "no:cacheprovider", "-p", "no:randomly",
            "-o", "addopts=--import-mode=importlib --strict-markers")  # fmt: skip


def in_a_fork(action: Any, cpu_s: float = resource.RLIM_INFINITY) -> int:
    """Run something in a fork whose output is dropped; return its wait status."""
    if (pid := os.fork()) == 0:
        code = 1
        try:
            if cpu_s != resource.RLIM_INFINITY:
                resource.setrlimit(resource.RLIMIT_CPU, (int(cpu_s), int(cpu_s) + 5))
            silence = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silence, 1)
            code = int(action() or 0)
        finally:
            os._exit(code)
    return os.waitpid(pid, 0)[1]


def outcome_of(mutant: Mutant, tests: list[str], seconds: float) -> str:
    """Return what the tests say of a mutant, the quickest of them asked first."""
    path = Path(mutant.path)
    original = path.read_text(encoding="utf-8")
    path.write_text(mutant.source, encoding="utf-8")
    try:
        status = in_a_fork(lambda: pytest.main([*_OPTIONS, *tests]), 3 * seconds + SPARE_S)
    finally:
        path.write_text(original, encoding="utf-8")
    if os.WIFSIGNALED(status):
        return ENDLESS
    return SURVIVED if os.WEXITSTATUS(status) == 0 else KILLED


def tests_of(mutant: Mutant, reach: dict[str, Any]) -> list[str]:
    """Return the tests that reach the line, quick ones first.

    Of a line that the import runs, or that continues another one, they are those of the module.
    """
    lines = reach["lines"].get(mutant.path, {})
    names = set(lines.get(str(mutant.line), [])) if mutant.within else set()
    names = names - {""} or {name for names in lines.values() for name in names if name}
    return sorted(names, key=lambda name: (reach["seconds"][name], name))


def run_package(package: str, tests: tuple[str, ...], sample: int, seed: int) -> dict[str, int]:
    """Try a sample of a package's mutants; print the survivors; return the counts."""
    spec = importlib.util.find_spec("titan_mlopt")
    assert spec is not None
    assert str(spec.origin).startswith(str(Path.cwd())), (
        "the copy must be mutated, not the checkout"
    )
    report = Path("reach.json")
    assert in_a_fork(lambda: reach_of(package, tests, report)) == 0, f"{package}: tests fail"
    reach = json.loads(report.read_text())
    every = [
        mutant
        for path in sorted(Path(package).glob("*.py"))
        for mutant in mutants_of(str(path), path.read_text(encoding="utf-8"))
    ]
    counts = {SURVIVED: 0, KILLED: 0, ENDLESS: 0, "unreached": 0}
    chosen = random.Random(seed).sample(every, min(sample, len(every)))
    for mutant in sorted(chosen, key=lambda mutant: (mutant.path, mutant.line)):
        asked = tests_of(mutant, reach)
        seconds = sum(reach["seconds"][name] for name in asked)
        outcome = outcome_of(mutant, asked, seconds) if asked else "unreached"
        counts[outcome] += 1
        if outcome in (SURVIVED, "unreached"):
            where = f"{mutant.path}:{mutant.line}"
            print(f"{outcome:10}{where}: {mutant.before}  ->  {mutant.after}", flush=True)
    print(f"{package}: {len(chosen)} of {len(every)} mutants, {counts}", flush=True)
    return counts


def copied_checkout(folder: Path) -> None:
    """Copy what git tracks, as it stands in the working tree."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)


def main() -> int:
    """Return 0: survivors are judged by people."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=75, help="mutants of each package")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--package", choices=TARGETS, action="append")
    options = parser.parse_args()
    for library in ("numpy", "optuna", "pandas", "scipy.stats", "sqlalchemy"):
        importlib.import_module(library)  # once; our own modules are imported in each fork

    with tempfile.TemporaryDirectory() as name:
        copied_checkout(Path(name))
        os.chdir(name)
        sys.path.insert(0, name)
        os.environ["PYTHONPATH"] = name
        for package in options.package or TARGETS:
            run_package(package, TARGETS[package], options.sample, options.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
