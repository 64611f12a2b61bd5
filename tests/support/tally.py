"""What the fault suite tried and lost, counted while it runs, and its table in the docs.

`make faults` names this module as a plugin of pytest.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from pathlib import Path

import pytest

LONG = os.environ.get("TITAN_MLOPT_FAULTS") == "long"
SEED = int(os.environ.get("TITAN_MLOPT_FAULTS_SEED", "1"))
_LONG_TIMEOUT_S = 2 * 3600
COUNTS = ("kills", "faults", "inputs", "lost", "wrong")
PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
_BEGIN, _END = "<!-- written by make faults: begin -->\n", "<!-- written by make faults: end -->\n"

Table = dict[str, Counter[str]]


class Tally:
    """Counts by area, in the order in which the areas were first heard of."""

    def __init__(self) -> None:
        self.areas: Table = {}

    def add(self, area: str, **counts: int) -> None:
        """Count what was tried in an area, and the trials that were lost or came out wrong."""
        assert counts.keys() <= set(COUNTS), counts
        self.areas.setdefault(area, Counter()).update(counts)


TALLY = Tally()


def save(path: Path, tally: Tally) -> None:
    """Append a session's counts as a line of JSON."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"seed": SEED, "areas": tally.areas}) + "\n")


def table_of(lines: list[str]) -> str:
    """Return the Markdown table of all sessions together."""
    sessions = [json.loads(line) for line in lines]
    total: Table = {}
    for session in sessions:
        for area, counts in session["areas"].items():
            total.setdefault(area, Counter()).update(counts)
    rows = [("area", *COUNTS)]
    rows += [(area, *(f"{counts[c]:,}" for c in COUNTS)) for area, counts in total.items()]
    rows.append(("all", *(f"{sum(t[c] for t in total.values()):,}" for c in COUNTS)))
    seeds = ", ".join(str(session["seed"]) for session in sessions)
    head, *body = (f"| {' | '.join(row)} |" for row in rows)
    text = [head, "|---|" + "---:|" * len(COUNTS), *body, ""]
    times = (
        "once, with the seed" if len(sessions) == 1 else f"{len(sessions)} times, with the seeds"
    )
    text.append(f"The long form, {times} {seeds}.")
    return "\n".join(text) + "\n"


def write_page(lines: list[str], page: Path = PAGE) -> None:
    """Put the table into the page, between its two marks."""
    before = page.read_text(encoding="utf-8")
    found = re.search(f"{re.escape(_BEGIN)}(.*?){re.escape(_END)}", before, re.DOTALL)
    assert found, f"{page} must hold the marks between which the table stands"
    after = before[: found.start(1)] + "\n" + table_of(lines) + "\n" + before[found.end(1) :]
    page.write_text(after, encoding="utf-8")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the tests of a long session hours: their clock is there for what hangs for ever."""
    if LONG:
        for item in items:
            item.add_marker(pytest.mark.timeout(_LONG_TIMEOUT_S), append=False)


def pytest_sessionfinish(exitstatus: int) -> None:
    """Keep what a long session that went well counted, in the file that `make faults` names."""
    kept = os.environ.get("TITAN_MLOPT_FAULTS_FILE")
    if LONG and kept and exitstatus == 0:
        save(Path(kept), TALLY)
        write_page(Path(kept).read_text(encoding="utf-8").splitlines())
