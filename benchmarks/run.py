"""Run the benchmarks: `run.py [PART …] [--quick] [--json FILE]`; parts are named by --help.

Prints a table and writes all values, with what they were measured on, as JSON.
"""

from __future__ import annotations

import argparse
import importlib
import json
import logging
from dataclasses import asdict
from pathlib import Path

from frame import Figure, machine, table

PARTS = {
    "stack": "whole studies beside the program that people write, and beside the floor",
    "growth": "cost of a trial, of resuming and of reading, by the size of the study",
    "backtest": "candles a second, loading, memory of a trial",
    "latency": "time to the first trial, until a trial is over, cost of a checkpoint",
    "parallel": "what a second job gives",
    "report": "plots and pictures",
}


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
    parser.add_argument("--json", type=Path, default=Path("benchmarks.json"), metavar="FILE")
    chosen = parser.parse_args()
    before = machine()
    found: dict[str, list[Figure]] = {}
    for part in chosen.parts or PARTS:
        print(f"\n{part}: {PARTS[part]}\n", flush=True)
        found[part] = list(importlib.import_module(part).measure(quick=chosen.quick))
        print(table(found[part]), flush=True)
        content = {
            "machine": before,
            "load after": machine()["load"],
            "quick": chosen.quick,
            "figures": {name: [asdict(one) for one in figures] for name, figures in found.items()},
        }
        chosen.json.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    print(f"\nall values: {chosen.json}; load {before['load']} → {machine()['load']}")


if __name__ == "__main__":
    main()
