"""What our own entry points do to their process."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
from titan_mlopt.core.process import without_matplotlib
with without_matplotlib():
    import optuna.visualization
    assert "matplotlib.pyplot" not in sys.modules
    assert optuna.visualization.is_available()  # by plotly
assert "matplotlib" not in sys.modules
import matplotlib
with without_matplotlib():
    import matplotlib.figure
"""


def test_optunas_plots_load_without_matplotlib_which_is_there_again_afterwards() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
