"""Where the checkout, its tests' files and the real candles lie."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS, DOCS, EXAMPLES = ROOT / "tests", ROOT / "docs", ROOT / "examples"
#: Real candles; tests skip where they are absent.
DATA = ROOT.parent / "shared" / "data"


def open_under(folder: Path) -> list[Path]:
    """Return what this process has open in a folder or below.

    All open descriptors cannot be compared: those that other tests left may be closed at any time.
    """
    opened = [Path(os.path.realpath(path)) for path in Path("/dev/fd").iterdir()]
    return [path for path in opened if path.is_relative_to(folder)]
