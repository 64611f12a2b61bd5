"""A backtest that is imported once for all trials, and imports that each trial must repeat."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from support.external_cases import _no_clock, outcomes_of, study_of, write_backtest
from support.paths import ROOT
from support.pool_cases import linux
from support.standin_cases import csv
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import COMPLETE, TrialJob
from titan_mlopt.executors.local import pool
from titan_mlopt.executors.local.messages import ImportRequest
from titan_mlopt.study.storage.studies import read_study

# Fixtures: pytest finds them here by their names.
__all__ = ["_no_clock", "csv"]

pytestmark = linux

#: Its imports are counted in a file of its own folder; each run says what it draws.
COUNTED = """
with (HERE / "imports").open("a") as file:
    file.write("+")
"""
DRAWING = """
    import numpy as np
    if trial >= 0:
        drawn = [random.random(), np.random.random()]
        (HERE / f"drawn-{trial}.json").write_text(json.dumps(drawn))
"""


@pytest.fixture(autouse=True)
def _nothing_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test see the notices of its own pools."""
    monkeypatch.setattr(pool, "_noticed", set())


def written(folder: Path, at_import: str, body: str = "") -> dict[str, str]:
    """Write a backtest that runs ``at_import`` when it is imported; return its settings."""
    settings = write_backtest(folder, body)
    file = folder / "external.py"
    file.write_text(file.read_text() + COUNTED + at_import)
    return settings


def n_imports(folder: Path) -> int:
    """Return how often the backtest was imported, the dry run aside."""
    return len((folder / "imports").read_text()) - 1


def study_of_three(
    folder: Path, settings: dict[str, str], csv: Path, **more: Any
) -> tuple[StudyRecord, list[str]]:
    """Run three trials, one after the other; return the study and what was noticed."""
    notices: list[str] = []
    with study_of(folder, settings, n_trials=3, **more) as tuner:
        tuner._notice = notices.append
        tuner.optimize(csv)
        study = read_study(tuner.study)
    assert [outcome.state for outcome in outcomes_of(study)] == [COMPLETE] * 3
    return study, [text for text in notices if "import" in text]


# --- one import ----------------------------------------------------------------------------------


def test_a_study_imports_its_backtest_once_beside_the_dry_run(csv: Path, tmp_path: Path) -> None:
    settings = written(tmp_path / "src", "")
    study, notices = study_of_three(tmp_path, settings, csv)
    assert (n_imports(tmp_path / "src"), notices) == (1, [])
    again = tmp_path / "again"
    again.mkdir()
    fresh, _ = study_of_three(again, settings, csv, fresh_import=True)
    assert n_imports(tmp_path / "src") > 1 + 1 + 3  # the dry run, three trials and a baseline
    assert [o.metrics for o in outcomes_of(fresh)] == [o.metrics for o in outcomes_of(study)]


def draws(folder: Path) -> list[list[float]]:
    return [json.loads((folder / f"drawn-{trial}.json").read_text()) for trial in range(3)]


def test_a_seed_of_the_import_holds_in_each_trial_and_else_each_has_its_own(
    csv: Path, tmp_path: Path
) -> None:
    seeded = "import numpy as np\nrandom.seed(5)\nnp.random.seed(5)\n"
    study_of_three(tmp_path, written(tmp_path / "src", seeded, DRAWING), csv)
    # random.Random(5).random() and numpy.random.RandomState(5).random_sample(), by hand
    assert draws(tmp_path / "src") == [[0.6229016948897019, 0.22199317108973948]] * 3
    other = tmp_path / "other"
    other.mkdir()
    only_drawn = "import numpy as np\nrandom.random()\nnp.random.random()\n"
    study_of_three(other, written(tmp_path / "src", only_drawn, DRAWING), csv)
    assert len({value for pair in draws(tmp_path / "src") for value in pair}) == 6


# --- imports that trials repeat ------------------------------------------------------------------

UNFIT = {
    "import threading\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n": (
        "it starts a thread"
    ),
    "FILE = open(__file__)\n": "it leaves 'external.py' open",
    "import mmap\nSHARED = mmap.mmap(-1, 4096)\n": "it maps memory that trials would share",
    "CHILD = subprocess.Popen(['sleep', '60'])\n": "it starts a process",
    "import signal\nsignal.signal(signal.SIGUSR1, lambda *_: None)\n": "it handles signals",
    "Path('notes.txt').write_text('x')\n": "it writes the file 'notes.txt'",
    "PLACE = Path.cwd()\n": "it keeps the path of its own folder in external.PLACE",
    "TEMPORARY = tempfile.gettempdir()\n": (
        "it keeps the path of its own folder in external.TEMPORARY"
    ),
    "SETTINGS = {'db': [os.path.abspath('x.db')]}\n": ".* in external.SETTINGS",
    "class Store:\n    PLACE = Path.cwd() / 'x.db'\n": ".* in external.Store",
    "def opened(db=os.path.abspath('x.db')):\n    pass\n": ".* in external.opened",
    "os.environ['BT_DB'] = os.path.abspath('x.db')\n": r".* in \$BT_DB",
    "HOME = os.environ['PWD']\n": ".* in external.HOME",
    "os.chdir(HERE)\n": "it changes the working folder",
    "NAME = f'{os.getpid()}.db'\n": "it asks for the number of its process",
    "import signal\nsignal.alarm(60)\n": "it handles signals",
    "raise ValueError('no such thing')\n": "it fails in an empty folder .*no such thing",
    "EXTRA = 1\n": "it loads another external than the dry run",
    "import atexit\natexit.register(lambda: (HERE / 'exit').write_text(''))\n": "",
}

IMPORT = """
import json, os, sys
from pathlib import Path
from titan_mlopt.executors.local.messages import ImportRequest
from titan_mlopt.executors.local.preload import *

for request in map(lambda fields: ImportRequest(**fields), json.loads(sys.argv[1])):
    if (pid := os.fork()) == 0:
        answer = import_backtest(request)
        Path(request.sources).with_name("answer").write_text(answer)
        if child := sys.modules["external"].__dict__.get("CHILD"):
            child.kill()
        os._exit(0)
    os.waitpid(pid, 0)
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What an import says of each module in ``UNFIT``, each in a process of its own."""
    home, requests = tmp_path_factory.mktemp("imports"), list[dict[str, Any]]()
    for number, code in enumerate(UNFIT):
        folder = home / str(number)
        settings = written(folder, code)
        digest = "0" * 64 if code.startswith("EXTRA") else None
        sources = {} if digest is None else {"external": digest}
        words: dict[str, Any] = {"sources": sources, "sealed": True, **settings}
        job = TrialJob(0, {}, "", "", (), **words)
        requests.append(asdict(ImportRequest.write(job, folder / "sources.json")))
    subprocess.run(
        [sys.executable, "-c", IMPORT, json.dumps(requests)],
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        check=True,
    )
    texts = {code: (home / str(k) / "answer").read_text() for k, code in enumerate(UNFIT)}
    at_exit = next(k for k, code in enumerate(UNFIT) if "atexit" in code)
    assert not (home / str(at_exit) / "exit").exists()
    return texts


@pytest.mark.parametrize("code", UNFIT)
def test_what_an_import_leaves_behind_is_named(code: str, answers: dict[str, str]) -> None:
    assert re.fullmatch(f"{UNFIT[code]}.*" if UNFIT[code] else "", answers[code]), answers[code]


def test_where_the_import_cannot_be_shared_each_trial_imports_and_one_line_says_why(
    csv: Path, tmp_path: Path
) -> None:
    thread = next(code for code, text in UNFIT.items() if text == "it starts a thread")
    _, notices = study_of_three(tmp_path, written(tmp_path / "src", thread), csv)
    assert n_imports(tmp_path / "src") > 3
    (line,) = notices
    assert "since its import cannot be shared: it starts a thread" in line
    assert "--fresh-import" in line


def test_an_import_that_ends_its_process_costs_no_trial(csv: Path, tmp_path: Path) -> None:
    # In the dry run and in trials the log of the process is a file, in the zygote nothing is kept.
    dying = "if os.readlink('/proc/self/fd/1') == os.devnull:\n    os._exit(0)\n"
    _, notices = study_of_three(tmp_path, written(tmp_path / "src", dying), csv)
    (line,) = notices
    assert "it ends the process" in line
