"""Counts that say how easy the code is to enter; no clock.

    python benchmarks/measure.py

prints a line for each count with its limit, and exits with 1 when one is beyond it.
"""

from __future__ import annotations

import ast
import io
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "titan_mlopt"
#: Modules beside the rooms that do not count: Python's own doors, and the names under which
#: versions that were registered earlier import what they need.
DOORS = {"__init__.py", "__main__.py", "serving.py", "errors.py"}
#: Pronouns, participles and other words that say nothing of what they name.
EMPTY_NAMES = frozenset(
    ["found", "told", "wanted", "shown", "known", "seen", "made", "left", "moved", "there", "own",
     "more", "now", "one", "place", "words", "word", "asked", "given", "kept", "held", "said",
     "heard", "drawn", "taken", "done", "gone", "here", "others", "other", "rest", "thing",
     "things", "what", "who", "whom", "it", "they", "them", "these", "those", "this", "that",
     "some", "both", "each", "begun", "meant", "tried", "looked"]
)  # fmt: skip
#: count -> the largest value that is allowed.
LIMITS = {
    "top-level modules": 6,
    "layers": 12,
    "lines of code": 35_050,
    "lazy imports": 60,
    "empty names": 60,
    "longest function": 60,
    "highest complexity": 15,
    "repeated stretches of 8 lines": 0,
}
_BRANCHES = (
    *(ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.IfExp, ast.Assert),
    *(ast.comprehension, ast.match_case),
)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def main() -> int:
    """Print the counts; return 1 when one is beyond its limit."""
    trees = {path: ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
    counts = {
        "top-level modules": len({p.name for p in PACKAGE.glob("*.py")} - DOORS),
        "layers": count_layers(),
        "lines of code": sum(count_code_lines(path) for path in trees),
        "lazy imports": sum(count_lazy_imports(tree) for tree in trees.values()),
        "empty names": sum(len(empty_names(tree)) for tree in trees.values()),
        "longest function": largest(trees, length_of),
        "highest complexity": largest(trees, complexity_of),
        "repeated stretches of 8 lines": count_repeats(),
    }
    for name, count in counts.items():
        print(f"{name:32}{count:>8,}   limit {LIMITS[name]:,}")
    if "--names" in sys.argv:
        for path, tree in trees.items():
            for line, name in empty_names(tree):
                print(f"{path.relative_to(ROOT)}:{line}: {name}")
    return int(any(count > LIMITS[name] for name, count in counts.items()))


def count_layers() -> int:
    """Return the number of layers of the longest contract of import-linter."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    return max(len(c["layers"]) for c in contracts if c["type"] == "layers")


def count_code_lines(path: Path) -> int:
    """Return the lines that hold a token which is no comment, docstring or blank."""
    lines: set[int] = set()
    text = path.read_text("utf-8")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT,
                              tokenize.DEDENT, tokenize.ENDMARKER):  # fmt: skip
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines - docstring_lines(ast.parse(text)))


def docstring_lines(tree: ast.Module) -> set[int]:
    """Return the numbers of the lines of all docstrings."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | Function) and ast.get_docstring(node):
            lines.update(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return lines


def functions_of(tree: ast.AST) -> Iterator[Function]:
    """Yield every function and method."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def count_lazy_imports(tree: ast.Module) -> int:
    """Return the number of import statements within functions."""
    return sum(
        isinstance(node, ast.Import | ast.ImportFrom)
        for function in functions_of(tree)
        for node in ast.walk(function)
    )


def empty_names(tree: ast.Module) -> list[tuple[int, str]]:
    """Return line and name wherever a name without a meaning is bound."""
    bound: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.append((node.lineno, node.id))
        elif isinstance(node, ast.arg):
            bound.append((node.lineno, node.arg))
        elif isinstance(node, ast.ClassDef | Function) or (
            isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name
        ):
            bound.append((node.lineno, node.name))
    return [(line, name) for line, name in bound if name.strip("_").lower() in EMPTY_NAMES]


def length_of(function: Function) -> int:
    """Return the lines of a function without decorators and docstring."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    if ast.get_docstring(function):
        first = function.body[0]
        lines -= (first.end_lineno or 0) - first.lineno + 1
    return lines


def complexity_of(function: Function) -> int:
    """Return McCabe's cyclomatic complexity, boolean operators counted."""
    nodes = list(ast.walk(function))
    operators = sum(len(node.values) - 1 for node in nodes if isinstance(node, ast.BoolOp))
    return 1 + operators + sum(isinstance(node, _BRANCHES) for node in nodes)


def largest(trees: dict[Path, ast.Module], measure: Callable[[Function], int]) -> int:
    """Return the largest measure of any function."""
    return max(measure(function) for tree in trees.values() for function in functions_of(tree))


def count_repeats() -> int:
    """Return how many pairs of stretches pylint's R0801 finds at 8 lines."""
    command = [sys.executable, "-m", "pylint", "--disable=all", "--enable=R0801", "--score=n"]
    command += ["--min-similarity-lines=8", "--ignore-imports=y", "--ignore-docstrings=y"]
    command += ["--ignore-comments=y", "--ignore-signatures=y", str(PACKAGE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "No module named" not in done.stderr, done.stderr
    return done.stdout.count("R0801")


if __name__ == "__main__":
    sys.exit(main())
