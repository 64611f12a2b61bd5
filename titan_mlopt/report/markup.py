"""Markdown and HTML that no name or message can break: every text is escaped."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from urllib.parse import quote

# As entities, which every renderer takes for the sign itself, in table cells too.
_MARKUP = re.compile(r"[\\`*\[\]<>|#~&]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
# What would end or change a span of code, at its ends or in the cell of a table.
_NOT_IN_CODE = re.compile(r"[`|\\<>&]")
_FENCES = re.compile(r"`{3,}")

_STYLE = (
    "body{font-family:system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color:#1f2933;line-height:1.45}h1{margin-bottom:.2rem}.why{font-size:1.15rem}"
    "table{border-collapse:collapse;margin:1rem 0;font-size:.9rem}"
    "td,th{border-bottom:1px solid #e3e8ed;padding:.3rem .7rem .3rem 0;text-align:left;"
    "vertical-align:top}.passed{color:#2f855a}.failed{color:#b83a3a;font-weight:600}"
    ".small{color:#5b6670;font-size:.8rem;overflow-wrap:anywhere}svg{max-width:100%;height:auto}"
)
# Cells that have a colour of their own, by the class that gives it.
_COLOURED = {cell: f' class="{cell}"' for cell in ("passed", "failed")}


def flat(text: object) -> str:
    """Return the text on one line; what cannot be printed or written as UTF-8 becomes ``?``."""
    line = " ".join(str(text).split())
    return "".join(sign if sign.isprintable() else "?" for sign in line)


def prose(text: object) -> str:
    """Return the text on one line that reads as it is written, whatever signs are in it."""
    return _MARKUP.sub(lambda match: f"&#{ord(match[0])};", flat(text))


def code(text: object) -> str:
    """Return the text as a span of code, or as prose where its signs do not allow one."""
    line = flat(text)
    return prose(line) if not line or _NOT_IN_CODE.search(line) else f"`{line}`"


def link(label: object, address: str) -> str:
    """Return a link; the address may be a relative one such as ``#/experiments/1``."""
    return f"[{prose(label)}]({quote(flat(address), safe='#/:?&=%.,-_~@+')})"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of cells that are Markdown already."""
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def block(text: str, language: str = "") -> str:
    """Return the text as a block of code, its lines as they are."""
    text = text.encode("utf-8", "replace").decode()
    longest = max(map(len, _FENCES.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def html_page(
    title: str, sentence: str, parts: Sequence[str], small: str, *, colour: str = "#1f2933"
) -> str:
    """Return a page that needs no other file: a heading, a sentence, pictures and tables.

    Args:
        title: The heading.
        sentence: The paragraph below the heading.
        parts: HTML of the body; empty ones are left out.
        small: The small print at the end.
        colour: Of the heading.
    """
    body = "\n".join(filter(None, parts))
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{html_text(title)}</title>
<style>{_STYLE}</style></head><body>
<h1 style="color:{colour}">{html_text(title)}</h1>
<p class="why">{html_text(sentence)}</p>
{body}
<p class="small">{html_text(small)}</p>
</body></html>
"""


def html_table(rows: Sequence[tuple[str, ...]], heads: Sequence[str] = ()) -> str:
    """Return a table of texts."""
    head = "".join(f"<th>{html_text(cell)}</th>" for cell in heads)
    lines = [f"<tr>{head}</tr>"] if heads else []
    for row in rows:
        cells = (f"<td{_COLOURED.get(cell, '')}>{html_text(cell)}</td>" for cell in row)
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table>{''.join(lines)}</table>"


def html_text(text: object) -> str:
    """Return the text on one line, escaped."""
    return html.escape(flat(text))
