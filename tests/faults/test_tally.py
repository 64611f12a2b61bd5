"""The table of the fault suite: sums over sessions, and nothing else of the page is touched."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from support.tally import PAGE, Tally, save, table_of, write_page


def test_the_table_sums_what_the_sessions_counted(tmp_path: Path) -> None:
    for kills in (2, 1000):
        tally = Tally()
        tally.add("storm", kills=kills)
        tally.add("fuzz", inputs=3)
        tally.add("fuzz", inputs=4, lost=1, wrong=2)
        save(tmp_path / "kept", tally)
    lines = (tmp_path / "kept").read_text().splitlines()
    assert table_of(
        [re.sub(r'"seed": \d+', f'"seed": {k}', line) for k, line in enumerate(lines)]
    ) == (
        "| area | kills | faults | inputs | lost | wrong |\n"
        "|---|---:|---:|---:|---:|---:|\n"
        "| storm | 1,002 | 0 | 0 | 0 | 0 |\n"
        "| fuzz | 0 | 0 | 14 | 2 | 4 |\n"
        "| all | 1,002 | 0 | 14 | 2 | 4 |\n"
        "\n"
        "The long form, 2 times, with the seeds 0, 1.\n"
    )
    with pytest.raises(AssertionError, match="kilt"):
        Tally().add("storm", kilt=1)


def test_the_page_keeps_all_but_what_stands_between_the_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    lines = [json.dumps({"seed": 5, "areas": {"storm": {"kills": 1}}})]
    for _ in range(2):
        write_page(lines, page)
        before, rest = page.read_text(encoding="utf-8").split(
            "<!-- written by make faults: begin -->"
        )
        table, after = rest.split("<!-- written by make faults: end -->")
        assert table == "\n\n" + table_of(lines) + "\n"
        assert PAGE.read_text(encoding="utf-8").startswith(before)
        assert PAGE.read_text(encoding="utf-8").endswith(after)
