"""Where the candle loop's machine code is kept, and that it runs as well where it cannot be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.paths import ROOT
from titan_mlopt.backtest.runner import backtest_stats
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.parameters import merge_config

pytestmark = pytest.mark.slow

# numba looks for a folder in NUMBA_CACHE_DIR alone, as where it may write to no other.
NOWHERE_ELSE = """
import json, sys
from pathlib import Path
from numba.core import caching
caching.CacheImpl._locator_classes = [caching.UserProvidedCacheLocator]
from titan_mlopt.backtest.engine import compiled
"""
# The smallest part of the loop.
RUN = """
from titan_mlopt.backtest.engine.models import squash
squash(0.5)
print(json.dumps(compiled.code_is_kept()))
"""
# Every kind of call that a trial makes, after what the zygote rehearses.
REHEARSED = """
from titan_mlopt.candles.candles import save_candles
from titan_mlopt.backtest.engine import ensemble, indicators, models
from titan_mlopt.backtest.runner import backtest_stats
from titan_mlopt.core.parameters import merge_config
from titan_mlopt.core.trial import COMPLETE, Segment, TrialJob
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.candles.shared import share_candles
from titan_mlopt.executors.local.worker import run_trial, warm_up

def count():
    loops = [f for m in (ensemble, indicators, models) for f in vars(m).values()]
    return sum(len(f.signatures) for f in loops if hasattr(f, "signatures"))

folder = Path(sys.argv[1])
(folder / "rehearsal").mkdir()
warm_up(folder / "rehearsal")
rehearsed = count()
share_candles(sample_candles(1500), folder / "candles.npy")
save_candles(sample_candles(1500), folder / "candles.csv")
segments = (Segment(0, 700, 1000, 0), Segment(500, 1200, 1500, 0))
for name in ("candles.npy", "candles.csv"):
    for config in ({"ml.min_samples": 300}, {"ml.enabled": False, "calibration.enabled": False}):
        for more in ({}, {"limit": 900}, {"grid": (300, 400)}, {"segments": segments}):
            place = folder / f"trial-{len(list(folder.iterdir()))}"
            place.mkdir()
            job = {"grid": (), "seed": 3, **more}
            job = TrialJob(0, merge_config(config), str(folder / name), str(place), **job)
            outcome = run_trial(job, lambda _: True)
            assert outcome.state == COMPLETE, outcome.traceback
after = count()
stats = backtest_stats(sample_candles(700), merge_config({"ml.min_samples": 200}))
print(json.dumps([compiled.code_is_kept(), stats.metrics(), rehearsed, after]))
"""


def answer_of(code: str, *words: object, **env: str) -> Any:
    """Return what a fresh interpreter prints last, as JSON."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_CACHE_DIR": "", **env}
    ran = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def without_folder(tmp_path_factory: pytest.TempPathFactory) -> tuple[bool, Any, int, int]:
    """Whether machine code is kept, the numbers, and how much is compiled before and after."""
    kept, metrics, rehearsed, after = answer_of(
        f"{NOWHERE_ELSE}{REHEARSED}", tmp_path_factory.mktemp("trials")
    )
    return kept, metrics, rehearsed, after


def test_where_no_folder_takes_machine_code_the_loop_gives_the_same_numbers(
    without_folder: tuple[bool, Any, int, int],
) -> None:
    kept, metrics, _, _ = without_folder
    usual = backtest_stats(sample_candles(700), merge_config({"ml.min_samples": 200}))
    assert kept is False
    assert metrics == json.loads(json.dumps(usual.metrics()))


def test_machine_code_goes_to_numbas_own_folder_and_to_the_one_that_it_is_given(
    tmp_path: Path,
) -> None:
    kept, given = tmp_path / "kept", tmp_path / "given" / "deeper"
    assert answer_of(f"{NOWHERE_ELSE}{RUN}", NUMBA_CACHE_DIR=str(kept)) is True
    give = "assert not compiled.code_is_kept()\ncompiled.keep_code_in(Path(sys.argv[1]))\n"
    assert answer_of(f"{NOWHERE_ELSE}{give}{RUN}", given) is True
    for folder in (kept, given):
        assert [*folder.rglob("models.squash-*.nbi")]


def test_what_the_zygote_rehearses_leaves_nothing_for_a_trial_to_compile(
    without_folder: tuple[bool, Any, int, int],
) -> None:
    _, _, rehearsed, after = without_folder
    assert rehearsed == after
    assert rehearsed
