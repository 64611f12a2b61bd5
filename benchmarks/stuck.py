"""A backtest whose first call never returns, for benchmarks/peers.py.

`stuck.py program.py words…` runs a program with it in place of the embedded one.
"""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from titan_mlopt.backtest import runner

#: Variable with the path of the file that the stuck process writes its id into.
FILE = "PEERS_STUCK"
_real = runner.backtest_stats


def hold_first() -> None:
    """Hold the interpreter in C code for minutes, in the first call of all processes."""
    try:
        with Path(os.environ[FILE]).open("x") as file:
            file.write(f"{os.getpid()}\n")
    except FileExistsError:
        return
    pow(7, 10**9)


def backtest_stats(*words: Any, **more: Any) -> Any:
    """Run the embedded backtest, or stay."""
    hold_first()
    return _real(*words, **more)


def run_backtest(
    csv_path: str,
    db_path: str,
    out_dir: str,
    limit: int | None = None,
    tune_weights: bool = True,
    return_stats: bool = False,
    grid: Sequence[int] = (),
) -> dict[str, float]:
    """Return the same numbers for each config, or stay; an external backtest of titan_mlopt."""
    if limit is None:
        hold_first()
    return {"accuracy": 0.5, "ece": 0.01, "sharpe": 0.0, "n_predictions": 1000, "n_bars": 1000}


if __name__ == "__main__":
    import stuck  # the module by its name, under which other processes find it

    sys.argv = sys.argv[1:]
    runner.backtest_stats = stuck.backtest_stats
    runpy.run_path(sys.argv[0], run_name="__main__")
