"""Run the benchmarks: `run.py [PART …] [--quick] [--json FILE] [--readme]`; parts: see --help.

Prints a table for each part, and keeps all values, with what they were measured on, as JSON.
"""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from frame import HERE, Figure, machine, table

PARTS = {
    "stack": "whole studies beside the program that people write, and beside the floor",
    "growth": "cost of a trial, of resuming and of reading, by the size of the study",
    "backtest": "candles a second, loading, memory of a trial",
    "latency": "time to the first trial, until a trial is over, cost of a checkpoint",
    "parallel": "what a second job gives",
    "report": "plots and pictures",
}
README = HERE / "README.md"
BEGIN, END = "<!-- written by make bench: begin -->", "<!-- written by make bench: end -->"


def measured(part: str, *, quick: bool) -> dict[str, Any]:
    """Run one part; return its figures and what they were measured on, as plain data."""
    before, began = machine(), time.perf_counter()
    figures = list(importlib.import_module(part).measure(quick=quick))
    return {
        "machine": before,
        "load after": machine()["load"],
        "minutes": round((time.perf_counter() - began) / 60, 1),
        "quick": quick,
        "figures": [asdict(one) for one in figures],
    }


def table_of(found: Mapping[str, Any]) -> str:
    """Return the figures of a part, as ``measured`` gives them, as a table."""
    return table([Figure(**one) for one in found["figures"]])


def tables(content: Mapping[str, Any], there: str = "") -> str:
    """Return a section for each part that was not quick, with what it was measured on.

    there: the sections of before; those of parts that were not measured stay.
    """
    old = {text.partition(":")[0]: f"### {text.strip()}\n" for text in there.split("### ")[1:]}
    sections = []
    for part, what in PARTS.items():
        found = content.get(part)
        if found is None or found["quick"]:
            sections += [old[part]] if part in old else []
            continue
        on = dict(found["machine"])
        load = f"load {on.pop('load')} → {found['load after']}"
        words = [f"{name} {value}" for name, value in on.items()]
        told = f"{', '.join([*words, load])}; took {found['minutes']:g} min."
        sections.append(f"### {part}: {what}\n\n{table_of(found)}\n\n{told}\n")
    return "\n".join(sections)


def with_tables(text: str, content: Mapping[str, Any]) -> str:
    """Return a text with the tables in their marked place."""
    before, rest = text.split(BEGIN)
    there, after = rest.split(END)
    return f"{before}{BEGIN}\n\n{tables(content, there)}\n{END}{after}"


def main() -> None:
    """Run the parts that are asked for."""
    logging.disable(logging.INFO)
    listing = "\n".join(f"  {name:10s}{what}" for name, what in PARTS.items())
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=f"parts:\n{listing}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART")
    parser.add_argument("--quick", action="store_true", help="few and small runs, to see it work")
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help="where all values go, else benchmarks.json, or benchmarks-quick.json; parts that are "
        "there already and not run stay",
    )
    parser.add_argument(
        "--readme", action="store_true", help="write the tables of FILE into benchmarks/README.md"
    )
    chosen = parser.parse_args()
    if chosen.readme and chosen.quick:
        parser.error("--readme: must be of whole runs, got --quick; leave one of them out")
    path = chosen.json or Path("benchmarks-quick.json" if chosen.quick else "benchmarks.json")
    content = json.loads(path.read_text()) if path.is_file() else {}
    for part in chosen.parts or PARTS:
        print(f"\n{part}: {PARTS[part]}\n", flush=True)
        content[part] = measured(part, quick=chosen.quick)
        print(table_of(content[part]), flush=True)
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    if chosen.readme:
        README.write_text(with_tables(README.read_text(), content))
    print(f"\nall values: {path}")


if __name__ == "__main__":
    main()
