"""Plain Optuna and optuna-dashboard open titan.db: while a study runs, and afterwards."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from subprocess import PIPE, STDOUT
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from support.paths import DOCS
from support.pool_cases import PATIENCE_S
from support.studies import Tuned, quick
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import TrialRecord
from titan_mlopt.study.storage.studies import load_record

PAGE = (DOCS / "studies.md").read_text(encoding="utf-8")
READ = """
import json, sys, optuna
optuna.logging.set_verbosity(optuna.logging.WARNING)
study = optuna.load_study(study_name=sys.argv[2], storage=f"sqlite:///{sys.argv[1]}")
trials = [[t.number, t.state.name, t.params, t.values] for t in study.trials]
print(json.dumps({"trials": trials, "best": [t.number for t in study.best_trials]}))
"""


def read_by_optuna(db: Path, name: str) -> dict[str, Any]:
    """Return what another process sees that knows nothing of titan_mlopt."""
    command = [sys.executable, "-c", READ, str(db), name]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


NOT_THERE = "optuna-dashboard is not installed: pip install '.[test]'"


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None: ...


def read_pages(address: str, name: str) -> dict[str, Any]:
    """Return the study as the dashboard's own pages fetch it."""

    def fetch(path: str) -> bytes:
        with urllib.request.urlopen(f"{address}{path}", timeout=PATIENCE_S) as answer:
            body: bytes = answer.read()
            return body

    assert b"<html" in fetch("/dashboard")
    rows = json.loads(fetch("/api/studies"))["study_summaries"]
    there = {row["study_name"]: row["study_id"] for row in rows}
    found: dict[str, Any] = json.loads(fetch(f"/api/studies/{there[name]}?after=0"))
    assert found["name"] == name
    return found


def read_by_dashboard(db: Path, name: str) -> dict[str, Any]:
    """Return what the dashboard shows that runs in this process, on loopback."""
    app = pytest.importorskip("optuna_dashboard", reason=NOT_THERE).wsgi(f"sqlite:///{db}")
    with make_server("127.0.0.1", 0, app, handler_class=_Silent) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            return read_pages(f"http://127.0.0.1:{server.server_port}", name)
        finally:
            server.shutdown()
            thread.join()


def read_by_command(db: Path, name: str) -> dict[str, Any]:
    """Return what the command of docs/studies.md shows, on loopback."""
    script = shutil.which("optuna-dashboard", path=str(Path(sys.executable).parent))
    if script is None:
        pytest.skip(NOT_THERE)
    (words,) = re.findall(r"`optuna-dashboard (.*?)`", PAGE)
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        command = [script, *shlex.split(words), "--host", "127.0.0.1", "--port", port]
        with subprocess.Popen(command, cwd=db.parent, stdout=PIPE, stderr=STDOUT) as process:
            try:
                give_up = time.monotonic() + PATIENCE_S
                while process.poll() is None:
                    assert time.monotonic() < give_up, "no answer within five minutes"
                    try:
                        return read_pages(f"http://127.0.0.1:{port}", name)
                    except urllib.error.URLError:
                        time.sleep(0.1)
            finally:
                process.kill()
            said = process.communicate()[0]
            assert b"Address already in use" in said, said  # another program was faster: once more


class _LooksAt:
    """Calls ``look`` once, when a trial of that number has been handed to a worker."""

    def __init__(self, number: int, look: Callable[[], object]) -> None:
        self._number, self._look = number, look
        self.seen: list[Any] = []

    def trial_started(self, trial: TrialRecord) -> None:
        if trial.number == self._number:
            self.seen.append(self._look())

    def trial_progressed(self, number: int, checkpoint: object) -> None: ...

    def trial_finished(self, trial: TrialRecord) -> None: ...


def look_while_it_runs(db: Path, look: Callable[[Path, str], Any], **settings: Any) -> Any:
    """Return what ``look`` found when two trials had ended and the third was RUNNING."""
    watcher = _LooksAt(2, lambda: look(db, "night"))
    with quick(db.parent, n_trials=4, study_name="night", pruner_type="none", **settings) as tuner:
        tuner.add_listener(watcher)
        tuner.optimize("sample")
        assert tuner.get_summary()["completed_trials"] == 4
    (found,) = watcher.seen
    return found


def assert_same_trials(found: dict[str, Any], record: StudyRecord) -> None:
    """Hold the dashboard's trials against those of the study."""
    assert [trial["number"] for trial in found["trials"]] == [t.number for t in record.trials]
    for trial, ours in zip(found["trials"], record.trials, strict=True):
        assert trial["state"].upper() == ours.state
        params = {row["name"]: row["param_external_value"] for row in trial["params"]}
        assert params == {name: str(value) for name, value in ours.params.items()}
        if ours.values is not None:
            assert trial["values"] == list(ours.values)


def test_plain_optuna_reads_the_study_while_it_runs_and_disturbs_nothing(tmp_path: Path) -> None:
    db = tmp_path / "titan.db"
    found = look_while_it_runs(db, read_by_optuna)
    assert [(number, state) for number, state, _, _ in found["trials"]] == [
        (0, "COMPLETE"),
        (1, "COMPLETE"),
        (2, "RUNNING"),
    ]
    record = load_record(db, "night")
    assert [row[2] for row in found["trials"]] == [t.params for t in record.trials[:3]]
    assert [row[3] for row in found["trials"][:2]] == [
        list(t.values or ()) for t in record.trials[:2]
    ]


def test_plain_optuna_reads_the_study_afterwards(tuned: Tuned) -> None:
    found = read_by_optuna(tuned.db, "titan_optimization")
    record = tuned.report.study
    assert [row[:2] for row in found["trials"]] == [[t.number, t.state] for t in record.trials]
    assert found["best"] == [max(record.trials, key=lambda t: t.values or (0,)).number]


@pytest.mark.parametrize("objective", ["accuracy", "multi"])
def test_the_dashboard_shows_the_study_while_it_runs(tmp_path: Path, objective: str) -> None:
    pytest.importorskip("optuna_dashboard", reason=NOT_THERE)
    db = tmp_path / "titan.db"
    found = look_while_it_runs(db, read_by_dashboard, objective_type=objective)
    assert [trial["state"] for trial in found["trials"]] == ["Complete", "Complete", "Running"]
    assert len(found["directions"]) == (2 if objective == "multi" else 1)
    assert found["best_trials"]


def test_the_dashboards_command_shows_the_study_afterwards(tuned: Tuned) -> None:
    found = read_by_command(tuned.db, "titan_optimization")
    assert_same_trials(found, tuned.report.study)
    assert found["objective_names"] == ["accuracy"]
    for trial, ours in zip(found["trials"], tuned.report.study.trials, strict=True):
        attributes = {row["key"]: row["value"] for row in trial["user_attrs"]}
        for name in ("accuracy", "ece", "sharpe", "n_predictions"):
            assert json.loads(attributes.get(name, "null")) == ours.metric(name)
        assert ours.outcome is not None
        assert attributes["reason"] == (ours.outcome.reason or "")
    sortable = {row["key"] for row in found["union_user_attrs"] if row["sortable"]}
    assert sortable >= {"accuracy", "ece", "sharpe", "n_predictions"}
    assert len(found["union_search_space"]) == 21
    assert found["has_intermediate_values"]
    steps = {t.number: len(t.outcome.checkpoints) for t in tuned.report.study.trials if t.outcome}
    assert {t["number"]: len(t["intermediate_values"]) for t in found["trials"]} == steps
