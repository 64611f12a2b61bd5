"""Optuna's plots, as they are loaded here."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
from titan_mlopt.analysis.optuna_view import optuna_plots
plots = optuna_plots()
assert plots.is_available()  # by plotly
assert optuna_plots() is plots
assert "matplotlib" not in sys.modules
import optuna
optuna.visualization.matplotlib.plot_slice  # loads it
assert "matplotlib.pyplot" in sys.modules
import optuna.visualization.matplotlib as its
assert optuna_plots().matplotlib is its
from optuna.visualization import matplotlib as again
assert again is its
"""


def test_optunas_plots_load_without_matplotlib_until_somebody_draws_with_it() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
