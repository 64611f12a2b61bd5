"""What each way of searching gains on real candles: the tables of docs/search.md.

Trials run on the first 20,000 candles of seven stretches (markets.py) and are judged on the 20,000
that follow, the classifier off. Every table says how many seeds it has, and gives standard errors
over the stretches.

`python benchmarks/search.py [TABLE …] [--quick] [--write]` prints the tables, all of them without a
name; `--write` puts them into docs/search.md, `--quick` makes one small run of each, whose figures
mean nothing.
"""

from __future__ import annotations

import argparse
import importlib
import re
import warnings
from pathlib import Path

import optuna

#: Tables by name, each made by ``table(quick)`` of the module ``search_<name>``.
TABLES = ("samplers", "warm_start", "transfer", "fidelity", "ensembles", "bounds")
PAGE = Path(__file__).parents[1] / "docs" / "search.md"


def write(name: str, lines: list[str], page: Path = PAGE) -> None:
    """Replace the table of this name in a page, whose marks begin with the name of its file."""
    begin, end = (f"<!-- {page.stem}:{name}:{mark} -->" for mark in ("begin", "end"))
    text = page.read_text()
    if begin not in text or end not in text:
        raise SystemExit(f"{page}: must have {begin} and {end}, got neither or one; add both")
    body = f"{begin}\n\n" + "\n".join(lines) + f"\n\n{end}"
    page.write_text(re.sub(f"{begin}.*?{end}", lambda _: body, text, flags=re.DOTALL))


def main() -> None:
    """Read the command line and make the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", nargs="*", metavar="TABLE", help=", ".join(TABLES))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    for name in chosen.table or TABLES:
        lines = importlib.import_module(f"search_{name}").table(quick=chosen.quick)
        print("\n".join([f"## {name}", "", *lines, ""]), flush=True)
        if chosen.write:
            write(name, lines)


if __name__ == "__main__":
    main()
