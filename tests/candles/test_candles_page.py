"""docs/candles.md: its commands run as they stand, and its error is the one that comes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.candle_cases import HEADER, ROWS, load_text, text_of
from support.paths import DOCS
from titan_mlopt.cli.tune import tune
from titan_mlopt.core.errors import CandleError

PAGE = (DOCS / "candles.md").read_text(encoding="utf-8")


@pytest.mark.docs
def test_the_commands_of_the_page_run_in_its_order(store: str, tmp_path: Path) -> None:
    for language, code in re.findall(r"```(sh|python)\n(.*?)```", PAGE, re.DOTALL):
        path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
        program = ["bash", "-ec"] if language == "sh" else [sys.executable, "-c"]
        ran = subprocess.run(
            [*program, code],
            env={"PATH": path, "MLFLOW_TRACKING_URI": store, "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, (code, ran.stderr)
    assert ran.stdout == "7200 2024-01-01T00:00:00Z\n"


def test_the_error_of_the_page_is_the_one_that_comes(tmp_path: Path) -> None:
    rows = [ROWS[0], ROWS[1].replace(",13,", ",9,"), *ROWS[2:]]
    with pytest.raises(CandleError) as refused:
        load_text(tmp_path, text_of(*rows, header=HEADER), "btc.csv")
    assert f"titan-mlopt tune: error: {refused.value}\n" in PAGE


def test_the_options_of_the_page_exist() -> None:
    options = {option for parameter in tune.params for option in parameter.opts} | {"--fresh"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE)) <= options
