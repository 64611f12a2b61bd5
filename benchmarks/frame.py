"""What every benchmark shares: a figure, pairs whose order alternates, tables, the machine."""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

K, T = TypeVar("K"), TypeVar("T")
HERE = Path(__file__).parent
LIBRARIES = ("optuna", "mlflow", "numpy", "numba", "lightgbm", "sqlalchemy", "pandas")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing: its values, in order, all in ``unit``; target: what is asked of it."""

    name: str
    values: tuple[float, ...]
    unit: str
    target: str = ""

    @property
    def median(self) -> float:
        """The median of the values."""
        return statistics.median(self.values)


def figure(name: str, values: Sequence[float] | float, unit: str, target: str = "") -> Figure:
    """Return a figure of one value or of many."""
    found = (values,) if isinstance(values, int | float) else tuple(values)
    return Figure(name, found, unit, target)


def ratio(name: str, tops: Sequence[float], bottoms: Sequence[float], target: str = "") -> Figure:
    """Return how many times larger the first of each pair is than the second."""
    pairs = zip(tops, bottoms, strict=True)
    return Figure(name, tuple(top / bottom for top, bottom in pairs), "×", target)


def alternate(runs: Mapping[K, Callable[[], T]], n_rounds: int) -> Mapping[K, tuple[T, ...]]:
    """Run each once a round and return what each gave; the order turns from round to round."""
    found: dict[K, list[T]] = {name: [] for name in runs}
    names = list(runs)
    for number in range(n_rounds):
        for name in names if number % 2 == 0 else names[::-1]:
            found[name].append(runs[name]())
    return {name: tuple(values) for name, values in found.items()}


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long ``work`` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def repeated(work: Callable[[], object], times: int) -> tuple[float, ...]:
    """Return the seconds of each of so many runs, after one that is not counted."""
    work()
    return tuple(seconds_of(work) for _ in range(times))


@contextmanager
def empty_folder() -> Iterator[Path]:
    """Give an empty folder of a disk."""
    with tempfile.TemporaryDirectory(prefix="titan_mlopt-bench-") as name:
        yield Path(name)


@cache
def new_store(made_by: str) -> bytes:
    """Return mlflow.db without a run, as an expression that gives a client of ``uri`` makes it.

    Making the tables costs seconds, once in the life of a store: not part of a benchmark.
    """
    code = (
        "import sys, mlflow, titan_mlopt.tracking.store as store\n"
        f"uri = sys.argv[1]\n{made_by}.search_experiments()"
    )
    with tempfile.TemporaryDirectory() as name:
        run_python("-c", code, f"sqlite:///{name}/mlflow.db", folder=Path(name))
        return (Path(name) / "mlflow.db").read_bytes()


def environment(folder: Path) -> dict[str, str]:
    """Return the variables of a process that finds this package, and settles in ``folder``."""
    path = os.pathsep.join([str(HERE.parent), str(HERE)])
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    return {**kept, "PYTHONPATH": path, "MPLCONFIGDIR": str(folder / ".matplotlib")}


def run_python(*words: str, folder: Path) -> str:
    """Run a fresh interpreter in ``folder`` and return what it prints; an error is raised."""
    ran = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: exit code {ran.returncode}\n{ran.stderr[-3000:]}")
    return ran.stdout


def run_program(name: str, folder: Path, *words: object) -> dict[str, float]:
    """Run ``programs/<name>.py`` in ``folder``; return what it prints, in JSON on its last line.

    "seconds": of the whole process, its imports included; "cpu": of it and all its children.
    """
    program = HERE / "programs" / f"{name}.py"
    began, cpu = time.perf_counter(), _cpu_of_children()
    lines = run_python(str(program), *map(str, words), folder=folder).strip().splitlines()
    spent = {"seconds": time.perf_counter() - began, "cpu": _cpu_of_children() - cpu}
    return {**(json.loads(lines[-1]) if lines else {}), **spent}


def _cpu_of_children() -> float:
    """Return the seconds of CPU time of all children that have ended, and of theirs."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def machine() -> dict[str, object]:
    """Return what the figures were measured on; load is the average of the last minute."""
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
        "load": round(os.getloadavg()[0], 2),
        **{name: version(name) for name in LIBRARIES},
    }


def shown(value: float, unit: str) -> str:
    """Return a value for a table; times and sizes in the unit that suits them."""
    if unit == "s":
        return f"{value:.1f} s" if value >= 10 else f"{value:.2f} s"
    if unit == "ms":
        return f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"
    if unit == "MB":
        return f"{value:,.0f} MB"
    if unit == "×":
        return f"{value:.2f} ×"
    return f"{value:,.1f} {unit}" if abs(value) < 100 else f"{value:,.0f} {unit}"


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a table in Markdown."""
    lines = ["| what | median | least to most | target |", "|---|---|---|---|"]
    for found in figures:
        spread = ""
        if len(found.values) > 1:
            low, high = (shown(end(found.values), found.unit) for end in (min, max))
            spread = f"{low} to {high} ({len(found.values)})"
        cells = (found.name, shown(found.median, found.unit), spread, found.target)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
