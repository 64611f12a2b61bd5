"""Snapshots: the whole text of each page that people read, one file a page."""

from __future__ import annotations

import difflib
import os
import re
from html.parser import HTMLParser
from pathlib import Path

PAGES = Path(__file__).with_name("pages")
#: Set to anything, it makes ``assert_page`` write the files.
WRITE = "TITAN_MLOPT_WRITE_PAGES"


def assert_page(name: str, text: str, folder: Path = PAGES) -> None:
    """Compare a page with its snapshot, which holds its wording; other tests look at parts.

    After a change of wording, write the files anew and read what changed before you commit it::

        TITAN_MLOPT_WRITE_PAGES=1 python -m pytest tests/report/test_pages.py \\
            tests/cli/test_help_pages.py
        git diff tests/support/pages

    Args:
        name: The file below ``folder``.
        text: The page, made from fixed records: without paths, times and versions of this machine.
        folder: Where the files lie.

    Raises:
        AssertionError: The text is another one; the message is the difference.
    """
    __tracebackhide__ = True
    path = folder / name
    if os.environ.get(WRITE):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        return
    expected = path.read_bytes().decode() if path.is_file() else ""
    if text != expected:
        lines = [part.splitlines(keepends=True) for part in (expected, text)]
        changes = "".join(difflib.unified_diff(*lines, f"{name}, kept", f"{name}, now"))
        raise AssertionError(f"{changes}\nwhere this is meant: {WRITE}=1 writes the file anew")


def lines_text(*parts: str) -> str:
    """Return lines as the text that a terminal shows of them."""
    return "".join(f"{part}\n" for part in parts)


def numbers(text: str) -> list[str]:
    """Return the numbers of a sentence, as they are written and in their order."""
    return re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", text)


class _Texts(HTMLParser):
    """Collects what a reader sees: a line for each heading, paragraph, row or text of a picture."""

    LINES = frozenset(("h1", "h2", "p", "tr", "text"))
    HIDDEN = frozenset(("style", "title"))

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[list[str]] = [[]]
        self.hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden = tag in self.HIDDEN
        if tag in self.LINES:
            self.lines.append([])

    def handle_endtag(self, tag: str) -> None:
        self.hidden = False

    def handle_data(self, data: str) -> None:
        if data.strip() and not self.hidden:
            self.lines[-1].append(data.strip())


def html_lines(page: str) -> str:
    """Return what a reader sees of an HTML page, cells of a row with strokes between them."""
    texts = _Texts()
    texts.feed(page)
    return lines_text(*(" | ".join(line) for line in texts.lines if line))
