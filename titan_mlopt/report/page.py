"""One HTML page that needs nothing else: a heading, a sentence, pictures and tables."""

from __future__ import annotations

import html
from collections.abc import Sequence

from titan_mlopt.report.markdown import flat

_STYLE = (
    "body{font-family:system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color:#1f2933;line-height:1.45}h1{margin-bottom:.2rem}.why{font-size:1.15rem}"
    "table{border-collapse:collapse;margin:1rem 0;font-size:.9rem}"
    "td,th{border-bottom:1px solid #e3e8ed;padding:.3rem .7rem .3rem 0;text-align:left;"
    "vertical-align:top}.passed{color:#2f855a}.failed{color:#b83a3a;font-weight:600}"
    ".small{color:#5b6670;font-size:.8rem;overflow-wrap:anywhere}svg{max-width:100%;height:auto}"
)
#: Cells that have a colour of their own.
_COLOURED = ("passed", "failed")


def html_page(
    title: str, sentence: str, parts: Sequence[str], small: str, *, colour: str = "#1f2933"
) -> str:
    """Return the page; ``parts`` are HTML already, the rest is text.

    small: what stands at the end. colour: of the heading.
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
        cells = "".join(f"<td{_class(cell)}>{html_text(cell)}</td>" for cell in row)
        lines.append(f"<tr>{cells}</tr>")
    return f"<table>{''.join(lines)}</table>"


def _class(cell: str) -> str:
    return f' class="{cell}"' if cell in _COLOURED else ""


def html_text(words: object) -> str:
    """Return the words on one line, escaped."""
    return html.escape(flat(words))
