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
import gc
import importlib.util
import json
import math
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, TextIO

import coverage
import pytest

ROOT = Path(__file__).parents[1]
#: What is mutated -> the tests that are asked.
TARGETS = {
    "titan_mlopt/analysis/statistics": (
        *("tests/analysis/statistics", "tests/analysis/test_statistics.py"),
    ),
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
#: Seconds of CPU time that a mutant may take beyond three times what its tests take unmutated, and
#: what a fresh process may take for its imports besides.
SPARE_S, IMPORTS_S = 3, 20
SURVIVED, KILLED, ENDLESS, UNREACHED = "survived", "killed", "endless", "unreached"
#: The exit code of a fork that ended without one; pytest has none so high.
BROKEN_CODE = 70


@dataclass(frozen=True)
class Mutant:
    """One changed place: ``source`` is the whole module with the change."""

    path: str
    line: int
    before: str
    after: str
    source: str
    within: bool  # in the body of a function, not run by the import
    statement: range  # its lines; those of its head when it has a body


def mutants_of(path: str, text: str) -> Iterator[Mutant]:
    """Yield each mutant of a module, in the order of its lines."""
    tree = ast.parse(text)
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.expr | ast.Return)]
    skipped = {id(inner) for node in ast.walk(tree) for inner in _not_mutated(node)}
    bodies = [function.body for function in ast.walk(tree) if isinstance(function, ast.FunctionDef)]
    within = {id(node) for body in bodies for part in body for node in ast.walk(part)}
    statements = {
        id(node): _head(statement)
        for statement in ast.walk(tree)  # inner ones come later
        if isinstance(statement, ast.stmt)
        for node in ast.walk(statement)
    }
    sites = [node for node in nodes if id(node) not in skipped]
    for node in sorted(sites, key=lambda node: (node.lineno, node.col_offset)):
        for change in _changes(node):
            before = ast.unparse(node)
            original = copy.copy(node.__dict__)
            node.__dict__.update(change)
            after, source = ast.unparse(node), ast.unparse(tree)
            lines = statements[id(node)]
            yield Mutant(path, node.lineno, before, after, source, id(node) in within, lines)
            node.__dict__.update(original)


def _head(statement: ast.stmt) -> range:
    """Return the lines of a statement up to its body."""
    body = getattr(statement, "body", None)
    end = body[0].lineno - 1 if body else statement.end_lineno or statement.lineno
    return range(statement.lineno, max(end, statement.lineno) + 1)


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
        case ast.Return(value=ast.expr()) if ast.unparse(node) != "return None":
            yield {"value": ast.Constant(None)}
        case _:
            pass


class Forks:
    """A pytest plugin: one collection serves all mutants, the tests of each run in a fork.

    In the fork the functions get their mutated code, so that nothing is imported anew; for a mutant
    of what an import runs, it becomes a fresh process.
    """

    def __init__(self, package: str, chosen: list[Mutant], budget: float, out: Path) -> None:
        self.package = package
        self.chosen = chosen
        self.budget = budget
        self.out = out
        self.measured: coverage.Coverage | None = None
        self.seconds: dict[str, float] = {}
        self.show = os.fdopen(os.dup(1), "w")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Try each mutant; a fork returns None, so that pytest goes on and runs its tests."""
        if not self.out.exists():
            if (pid := os.fork()) == 0:
                self.measured = coverage.Coverage(
                    data_file=None, source=[self.package], config_file=False
                )
                self.measured.start()
                return None
            status = os.waitpid(pid, 0)[1]
            assert status == 0, f"{self.package}: the tests must pass before a mutant"
        reach = json.loads(self.out.read_text())
        counts: Counter[str] = Counter()
        functions = imported_functions(Path.cwd() / self.package)
        for mutant in self.chosen:
            asked, path = tests_of(mutant, reach, self.budget), Path(mutant.path)
            limit = 3 * sum(reach["seconds"][name] for name in asked) + SPARE_S
            original = path.read_text(encoding="utf-8")
            path.write_text(mutant.source, encoding="utf-8")  # for processes that tests start
            if not asked:
                outcome = UNREACHED
            elif not mutant.within:
                outcome = outcome_of(in_a_fork(partial(run_afresh, asked), limit + IMPORTS_S))
            elif (pid := os.fork()) == 0:
                limit_cpu(limit)
                put_into(functions, mutant)
                items = {item.nodeid: item for item in session.items}
                session.items = [items[name] for name in asked]
                return None
            else:
                outcome = outcome_of(os.waitpid(pid, 0)[1])
            path.write_text(original, encoding="utf-8")
            counts[outcome] += 1
            tell(self.show, outcome, mutant, counts)
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Name the test that the lines from here on belong to."""
        if self.measured is not None:
            self.measured.switch_context(item.nodeid)
        start = cpu_seconds()
        result = yield
        self.seconds[item.nodeid] = cpu_seconds() - start
        return result

    def pytest_sessionfinish(self) -> None:
        """Write which of the tests reach each line of the package, and what each test takes."""
        if self.measured is not None:
            self.measured.stop()
            data = self.measured.get_data()
            lines = {
                str(Path(path).relative_to(Path.cwd())): data.contexts_by_lineno(path)
                for path in data.measured_files()
            }
            self.out.write_text(json.dumps({"lines": lines, "seconds": self.seconds}))


_OPTIONS = ("-x", "-q", "--no-header", "-n0", "-p", "no:cacheprovider", "-p", "no:randomly",
            "--basetemp=scratch",
            "-o", "addopts=--import-mode=importlib --strict-markers")  # fmt: skip


def cpu_seconds() -> float:
    """Return the CPU time of this process and of those it has waited for."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(resource.getrusage(who).ru_utime for who in whose)


def limit_cpu(seconds: float) -> None:
    """End this process when it has taken so much CPU time more."""
    until = int(resource.getrusage(resource.RUSAGE_SELF).ru_utime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (until, until + 5))


def run_afresh(tests: list[str]) -> None:
    """Become a process that imports all anew and runs the tests."""
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *_OPTIONS, *tests])


def codes_of(code: CodeType) -> Iterator[CodeType]:
    """Yield a code object and all within it."""
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from codes_of(inner)


def imported_functions(folder: Path) -> list[FunctionType]:
    """Return the functions of the modules below a folder that this process has imported."""
    gc.unfreeze()  # what tests/conftest.py froze is not listed
    found = [
        function
        for function in gc.get_objects()
        if isinstance(function, FunctionType)
        and function.__code__.co_filename.startswith(str(folder))
    ]
    gc.freeze()
    return found


def put_into(functions: list[FunctionType], mutant: Mutant) -> None:
    """Give each function of the mutant's module the code that it has in the mutant."""
    path = str(Path(mutant.path).resolve())
    codes = {code.co_qualname: code for code in codes_of(compile(mutant.source, path, "exec"))}
    for function in functions:
        code = function.__code__
        if code.co_filename == path and not code.co_name.startswith("<"):
            function.__code__ = codes[code.co_qualname]


def in_a_fork(action: Any, seconds: float | None = None) -> int:
    """Run something in a fork whose output is dropped; return its wait status."""
    if (pid := os.fork()) == 0:
        code = BROKEN_CODE
        try:
            if seconds is not None:
                limit_cpu(seconds)
            silence = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silence, 1)
            code = int(action() or 0)
        finally:
            os._exit(code)
    return os.waitpid(pid, 0)[1]


def outcome_of(status: int) -> str:
    """Return what the wait status of a mutant's tests says."""
    if os.WIFSIGNALED(status):
        return ENDLESS
    code = os.WEXITSTATUS(status)
    assert code in (0, 1, 2), f"pytest could not run the tests of a mutant: exit code {code}"
    return KILLED if code else SURVIVED


def tell(show: TextIO, outcome: str, mutant: Mutant, counts: Counter[str]) -> None:
    """Print a mutant that no test noticed, and now and then how many have been tried."""
    if outcome in (SURVIVED, UNREACHED):
        where = f"{mutant.path}:{mutant.line}"
        print(f"{outcome:10}{where}: {mutant.before}  ->  {mutant.after}", file=show, flush=True)
    if counts.total() % 20 == 0:
        print(f"{counts.total()} tried: {dict(counts)}", file=show, flush=True)


def tests_of(mutant: Mutant, reach: dict[str, Any], budget: float) -> list[str]:
    """Return the tests that reach the line, quick ones first, as far as they fit the budget.

    Of a line that the import runs they are those of the module; of a line that continues another,
    those of its statement. At least one, whatever it takes.
    """
    lines, seconds = reach["lines"].get(mutant.path, {}), reach["seconds"]
    names = {name for names in lines.values() for name in names}
    if mutant.within:
        names = set(lines.get(str(mutant.line), [])) or {
            name for line in mutant.statement for name in lines.get(str(line), [])
        }
    asked = sorted(names - {""}, key=lambda name: (seconds[name], name))
    spent = accumulate(seconds[name] for name in asked)
    return [
        name for k, (name, s) in enumerate(zip(asked, spent, strict=True)) if not k or s <= budget
    ]


def run_package(package: str, options: argparse.Namespace) -> None:
    """Try a sample of a package's mutants, in an order that the seed gives; print the survivors."""
    spec = importlib.util.find_spec("titan_mlopt")
    assert spec is not None
    assert str(spec.origin).startswith(str(Path.cwd())), (
        "the copy must be mutated, not the checkout"
    )
    every = [
        mutant
        for path in sorted(Path(package).glob("*.py"))
        if options.module is None or path.stem in options.module
        for mutant in mutants_of(str(path), path.read_text(encoding="utf-8"))
    ]
    chosen = random.Random(options.seed).sample(every, min(options.sample, len(every)))
    chosen.sort(key=lambda mutant: not mutant.within)  # a fresh process takes seconds
    print(f"{package}: {len(chosen)} of {len(every)} mutants", flush=True)
    reach = (options.reach or Path.cwd()) / f"{Path(package).name}.json"
    plugins = [Forks(package, chosen, options.budget, reach)]
    tests = TARGETS[package]
    status = in_a_fork(lambda: pytest.main([*_OPTIONS, "-m", QUICK, *tests], plugins=plugins))
    assert status == 0, f"{package}: wait status {status}"


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
    parser.add_argument(
        "--budget", type=float, default=math.inf,
        help="seconds of CPU time of the tests that are asked of a mutant, the quickest first",
    )  # fmt: skip
    parser.add_argument(
        "--reach", type=Path, help="folder that keeps which tests reach which lines, for later runs"
    )
    parser.add_argument("--module", action="append", help="of the package; several, or all")
    parser.add_argument("--package", choices=TARGETS, action="append")
    options = parser.parse_args()
    options.reach = options.reach and options.reach.resolve()
    with tempfile.TemporaryDirectory() as name:
        copied_checkout(Path(name))
        os.chdir(name)
        sys.path.insert(0, name)
        os.environ["PYTHONPATH"] = name
        # Two mutants of a second can be of one size: a kept compilation would be that of the first.
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        for package in options.package or TARGETS:
            run_package(package, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
