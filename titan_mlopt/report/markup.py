"""Markdown and HTML that no name or message can break: every text is escaped."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from urllib.parse import quote

from titan_mlopt.core.errors import printable

# As entities, which every renderer takes for the sign itself, in table cells too.
_MARKUP = re.compile(r"[\\`*\[\]<>|#~&]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
# What would end or change a span of code, at its ends or in the cell of a table.
_NOT_IN_CODE = re.compile(r"[`|\\<>&]")
_FENCES = re.compile(r"`{3,}")
# A block of code as ``block`` writes it; a span of code, a link, or bold words.
_BLOCK = re.compile(r"(`{3,})\w*\n(.*?)\n\1(?:\n|$)", re.DOTALL)
_SPAN = re.compile(r"`([^`]+)`|\[([^\]]*)\]\(([^)\s]*)\)|\*\*(.+?)\*\*")

#: Without colours for text and ground, so that it is readable on a dark ground as on a light one;
#: pictures are on white. Scoped to its class, so that it may stand in a page of others.
STYLE = """
.titan-mlopt{font-family:system-ui,sans-serif;line-height:1.45}
.titan-mlopt h1{margin-bottom:.2rem}
.titan-mlopt .why,.titan-mlopt blockquote{font-size:1.15rem}
.titan-mlopt table{border-collapse:collapse;margin:1rem 0;font-size:.9rem;\
font-variant-numeric:tabular-nums}
.titan-mlopt td,.titan-mlopt th{border-bottom:1px solid #8886;padding:.3rem .9rem .3rem 0;\
text-align:left;vertical-align:top}
.titan-mlopt .passed{color:#2f9461}.titan-mlopt .failed{color:#d04a4a;font-weight:600}
.titan-mlopt .small{opacity:.75;font-size:.8rem;overflow-wrap:anywhere}
.titan-mlopt svg{max-width:100%;height:auto;border-radius:6px;margin:.4rem 0}
.titan-mlopt pre{background:#8882;border-radius:6px;padding:.8rem;overflow-x:auto}
.titan-mlopt code{font-family:ui-monospace,monospace;font-size:.9em}
.titan-mlopt .wide{overflow-x:auto}.titan-mlopt .wide table{white-space:nowrap}
.titan-mlopt .wide th{cursor:pointer}
"""
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
    """Return the text as a block of code, its lines as they are but for control characters."""
    text = printable(text.encode("utf-8", "replace").decode().expandtabs(), lines=True)
    longest = max(map(len, _FENCES.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def html_page(
    title: str, sentence: str, parts: Sequence[str], small: str, *, colour: str = "inherit"
) -> str:
    """Return a page that needs no other file: a heading, a sentence, pictures and tables.

    Args:
        title: The heading.
        sentence: The paragraph below the heading.
        parts: HTML of the body; empty ones are left out.
        small: The small print at the end.
        colour: Of the heading.
    """
    heading = f'<h1 style="color:{colour}">{html_text(title)}</h1>'
    head = (heading, f'<p class="why">{html_text(sentence)}</p>')
    return html_document(title, [*head, *parts, f'<p class="small">{html_text(small)}</p>'])


def html_document(title: str, parts: Sequence[str]) -> str:
    """Return a page of these parts that needs no other file, light or dark as its reader likes."""
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{html_text(title)}</title>
<style>:root{{color-scheme:light dark}}
body{{max-width:66rem;margin:2rem auto;padding:0 1rem}}</style>
</head><body>
{html_fragment(parts)}
</body></html>
"""


def html_fragment(parts: Sequence[str]) -> str:
    """Return these parts as a piece of a page, a notebook's say, that leaves the rest as it is."""
    body = "\n".join(filter(None, parts))
    return f'<div class="titan-mlopt"><style>{STYLE}</style>\n{body}\n</div>'


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


def markdown_html(text: str) -> str:
    """Return as HTML the Markdown that the functions above write, and no more of the language.

    Text that none of them escaped is escaped here.
    """
    parts, rest = list[str](), text.strip()
    while rest:
        if match := _BLOCK.match(rest):
            parts.append(f"<pre>{html.escape(match[2])}</pre>")
            rest = rest[match.end() :].lstrip()
        else:
            paragraph, _, rest = rest.partition("\n\n")
            parts.append(_paragraph_html(paragraph))
    return "\n".join(parts)


def _paragraph_html(text: str) -> str:
    if text.startswith("| "):
        heads, _, *rows = [
            [_inline_html(cell) for cell in line[2:-2].split(" | ")] for line in text.split("\n")
        ]
        head = "".join(f"<th>{cell}</th>" for cell in heads) if any(heads) else ""
        lines = [head, *("".join(f"<td>{cell}</td>" for cell in row) for row in rows)]
        return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines if line)}</table>"
    for mark, tag in (("## ", "h2"), ("# ", "h1"), ("> ", "blockquote")):
        if text.startswith(mark):
            return f"<{tag}>{_inline_html(text.removeprefix(mark))}</{tag}>"
    return f"<p>{_inline_html(text)}</p>"


def _inline_html(text: str) -> str:
    """Return a line with its spans of code, its links and its bold words."""
    parts, end = list[str](), 0
    for match in _SPAN.finditer(text):
        parts.append(html.escape(html.unescape(text[end : match.start()])))
        span, label, address, bold = match.groups()
        if span is not None:
            parts.append(f"<code>{html.escape(span)}</code>")
        elif label is not None:
            target = f'href="{html.escape(address)}" target="_blank" rel="noopener"'
            parts.append(f"<a {target}>{_inline_html(label)}</a>")
        else:
            parts.append(f"<strong>{_inline_html(bold)}</strong>")
        end = match.end()
    return "".join(parts) + html.escape(html.unescape(text[end:]))
