"""docs/watch.md: its commands run as they stand, and its tables name what there is."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from support.apply_cases import OTHER, TITANS, assert_done, run, value
from support.paths import DOCS, ROOT
from support.verdict_cases import market
from support.watch_cases import MANIFEST, decision, judged, live, write
from titan_mlopt.candles.candles import save_candles
from titan_mlopt.cli.watch import EXIT_ALARM, watch
from titan_mlopt.production.watch.figures import live_metrics
from titan_mlopt.production.watch.promise import TESTS, make_promise
from titan_mlopt.production.watch.reading import Batch, Position
from titan_mlopt.production.watch.state import WatchState, advance

PAGE = (DOCS / "watch.md").read_text(encoding="utf-8")


def commands(program: str = "titan-mlopt") -> list[list[str]]:
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    lines = [shlex.split(line, comments=True) for block in blocks for line in block.splitlines()]
    return [words for words in lines if words[0] == program]


@pytest.mark.usefixtures("own_cache")
def test_the_pages_commands_run_one_after_the_other(store: str, tmp_path: Path, db: Path) -> None:
    for config in (TITANS, OTHER):
        judged(store, tmp_path, config)
        assert_done(run("apply", "--db", "titan.db"))
    (tmp_path / "live").mkdir()
    save_candles(market(200), tmp_path / "live" / "candles.csv")
    (tmp_path / "tell-me").write_text("#!/bin/sh\ncat > alarm.json\n")
    (tmp_path / "tell-me").chmod(0o755)
    write(tmp_path / "live" / "predictions.jsonl", live(100, seed=1))
    codes = []
    for _, *words in commands():
        if "hook" in words:  # from here on the live run is worse than was promised
            write(tmp_path / "live" / "predictions.jsonl", live(3000, seed=3, accuracy=0.45))
        codes.append(run(*words).exit_code)
    assert codes == [0, 0, 0, EXIT_ALARM, EXIT_ALARM]
    assert json.loads((tmp_path / "alarm.json").read_text())["version"] == "2"
    assert value(db, "titan_mlopt.applied")["version"] == "1"


@pytest.mark.docs
@pytest.mark.usefixtures("own_cache", "db")
def test_mlflow_runs_the_entry_point_as_the_page_says(store: str, tmp_path: Path) -> None:
    judged(store, tmp_path, TITANS)
    for name in ("MLproject", "conda.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "live").mkdir()
    write(tmp_path / "live" / "predictions.jsonl", live(70, seed=1))
    (words,) = commands("mlflow")
    words = [word.replace("/srv/titan", str(tmp_path)) for word in words[1:]]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    ended = subprocess.run(
        [sys.executable, "-m", "mlflow", *words, "--env-manager=local"],
        env={**os.environ, "PATH": path, "MLFLOW_TRACKING_URI": store},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "in 70 records, 70 new" in ended.stdout


def test_the_page_names_the_tests_the_options_and_the_entry_point() -> None:
    rows = re.findall(r"^\| (\w+) \| ", PAGE, re.MULTILINE)
    assert [row for row in rows if row in TESTS] == list(TESTS)
    options = {name for parameter in watch.params for name in parameter.opts}
    assert set(re.findall(r"`(--[a-z-]+)`", PAGE)) <= options
    assert "\n  watch:\n" in (ROOT / "MLproject").read_text(encoding="utf-8")


def test_the_page_names_the_curves_that_are_logged() -> None:
    stats = live(120)
    columns = (stats.direction, stats.confidence, stats.returns, np.sign(stats.returns))
    promise = make_promise(decision(), MANIFEST, 0.05)
    state = advance(WatchState(), promise, Batch(*columns, 0, Position()))
    logged = {re.sub(r"_e_.*", "_e_<test>", name) for name in live_metrics(state, promise)}
    assert set(re.findall(r"`(live_[\w<>]+)`", PAGE)) == logged
