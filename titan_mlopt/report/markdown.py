"""Markdown that no name can break: prose, code, links, tables, blocks of code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote

# As entities, which every renderer takes for the sign itself, in table cells too.
_MARKUP = re.compile(r"[\\`*\[\]<>|#~&]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
# What would end or change a span of code, at its ends or in the cell of a table.
_NOT_IN_CODE = re.compile(r"[`|\\<>&]")
_FENCES = re.compile(r"`{3,}")


def flat(text: object) -> str:
    """Return the text on one line; what cannot be printed or written as UTF-8 becomes ``?``."""
    line = " ".join(str(text).split())
    return "".join(sign if sign.isprintable() else "?" for sign in line)


def prose(text: object) -> str:
    """Return the text on one line that reads as it is written, whatever signs are in it."""
    return _MARKUP.sub(lambda found: f"&#{ord(found[0])};", flat(text))


def code(text: object) -> str:
    """Return the text as a span of code, or as prose where its signs do not allow one."""
    line = flat(text)
    return prose(line) if not line or _NOT_IN_CODE.search(line) else f"`{line}`"


def link(shown: object, address: str) -> str:
    """Return a link; the address may be a relative one such as ``#/experiments/1``."""
    return f"[{prose(shown)}]({quote(flat(address), safe='#/:?&=%.,-_~@+')})"


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
