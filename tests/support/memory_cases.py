"""Backtests of our own making that need more memory than they may have."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from titan_mlopt.core.trial import TrialJob

LIMIT = 100_000_000


EXTERNAL = """
import ctypes, mmap, os, sys
import numpy as np

def run_backtest(csv_path, db_path, out_dir, limit=None, tune_weights=True, return_stats=False):
{body}
    return {{"accuracy": 0.5, "ece": 0.0, "n_predictions": 100}}
"""


@pytest.fixture
def external_job(tmp_path: Path, job_of: Callable[..., TrialJob]) -> Callable[..., TrialJob]:
    """Return what makes the job of a backtest with that body, limited to 100 MB."""

    def build(body: str, number: int = 0, memory_bytes: int | None = LIMIT) -> TrialJob:
        code = EXTERNAL.format(body=textwrap.indent(textwrap.dedent(body), "    "))
        (tmp_path / "hungry.py").write_text(code)
        named = {"backtest": "hungry:run_backtest", "backtest_path": str(tmp_path)}
        return job_of(number, memory_bytes=memory_bytes, grid=(), **named)

    return build
