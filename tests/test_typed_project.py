"""A user's project, type-checked as users do it: against the wheel, in an environment of its own.

``make typed`` makes that environment, and runs pyright as well.
"""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest

from support.paths import ROOT

pytestmark = [pytest.mark.matrix]

BIN, WHEELS = ROOT / ".venv-typed/bin", ROOT / "build/typed"
PROJECT = ROOT / "tests/typed_project"


@pytest.fixture
def typed_environment() -> Path:
    """Return the folder of the tools; skip where `make typed` has not made them."""
    if not (BIN / "mypy").exists():
        pytest.skip("needs `make typed`")
    return BIN


def test_mypy_knows_every_public_result_and_refuses_what_is_no_backtest(
    typed_environment: Path, tmp_path: Path
) -> None:
    check = subprocess.run(
        [typed_environment / "mypy", "--config-file", "mypy.ini", "--cache-dir", tmp_path],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 0, check.stdout
    assert check.stdout.startswith("Success: no issues found in 2 source files")


def test_the_wheel_says_that_it_has_types(typed_environment: Path) -> None:
    (wheel,) = WHEELS.glob("*.whl")
    assert "titan_mlopt/py.typed" in zipfile.ZipFile(wheel).namelist()
