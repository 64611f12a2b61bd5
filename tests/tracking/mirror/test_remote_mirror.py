"""The mirror through a tracking server that is away, slow, forgetful or strict."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from mlflow import MlflowClient

from support.pool_cases import PATIENCE_S
from support.proxy_cases import DROP, HANG, LOSE_ANSWER, Way, mlflow_server, open_way
from support.server_cases import free_port
from support.studies import quick
from titan_mlopt import AutoTuner
from titan_mlopt.core.trial import TrialRecord
from titan_mlopt.tracking.reconcile import compare, find_runs
from titan_mlopt.tracking.uri import StoreRefused
from titan_mlopt.tuning import TuneReport

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    shutil.copy(empty_store, folder / "mlflow.db")
    with mlflow_server(folder, port):
        yield port


@pytest.fixture
def way(server: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Way]]:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", f"{PATIENCE_S:.0f}")
    with open_way(server) as found:
        yield found


def tune(folder: Path, uri: str, listeners: Any = (), **settings: Any) -> tuple[TuneReport, Any]:
    words = {"tracking": True, "tracking_uri": uri, "study_name": folder.name, **settings}
    notices: list[str] = []
    with quick(folder, **{"register_as": None, **words}) as tuner:
        tuner._notice = notices.append
        for listener in listeners:
            tuner.add_listener(listener)
        tuner.optimize("sample")
        assert tuner.report is not None
        return tuner.report, [text for text in notices if not text.startswith("defaults: ")]


class At:
    """Does something when so many trials have ended."""

    def __init__(self, **acts: Any) -> None:
        self._acts = {int(key.removeprefix("trial_")): act for key, act in acts.items()}
        self._ended = itertools.count(1)

    def trial_started(self, trial: TrialRecord) -> None: ...

    def trial_progressed(self, number: int, checkpoint: object) -> None: ...

    def trial_finished(self, trial: TrialRecord) -> None:
        act = self._acts.get(next(self._ended))
        if act is not None:
            act()


def assert_whole(uri: str, report: TuneReport) -> None:
    client, study = MlflowClient(uri), report.study
    runs = find_runs(client, study.uid)
    assert compare(study, runs, tuned_now=False) == []
    assert len([r for r in runs.trials if r.info.lifecycle_stage == "active"]) == len(study.trials)


def test_a_trial_costs_one_create_one_upload_one_dataset_one_batch_and_one_end(
    way: tuple[str, Way], tmp_path: Path
) -> None:
    uri, proxy = way
    tune(tmp_path, uri, n_trials=1)
    first = len(proxy.seen)
    proxy.seen.clear()
    report, notices = tune(tmp_path, uri, n_trials=6)
    assert notices == []
    assert proxy.calls("runs/create") == 1 + 5  # the parent's and one a trial
    assert proxy.calls("runs/update") == 1 + 5
    assert proxy.calls("trial.svg") == 5
    assert proxy.calls("/version") == 1
    assert proxy.calls("report.md") == 2  # of a study that runs, and of one that has ended
    assert proxy.calls("runs/log-inputs") == 1 + 5
    better = proxy.calls("runs/log-batch") - 5 - 3  # settings, description, a counter's repair
    assert better <= 5
    assert proxy.calls("runs/get") <= 4  # the place of a run's files came with the run
    assert len(proxy.seen) <= first + 5 * 5 + 20
    assert_whole(uri, report)


def test_a_server_that_refuses_tags_of_experiments_gets_the_study_and_the_long_link_is_printed(
    way: tuple[str, Way], tmp_path: Path
) -> None:
    uri, proxy = way
    proxy.decide = lambda _, path: 403 if path.endswith("set-experiment-tag") else None
    report, notices = tune(tmp_path, uri, n_trials=1)
    assert (notices, report.mirror_failure) == ([], None)
    assert "searchFilter=tags.%60titan_mlopt.study_uid%60" in report.links["trials"]
    assert "charts" not in report.links
    assert_whole(uri, report)


def test_a_server_that_goes_away_in_the_middle_and_returns_gets_all_of_it(
    way: tuple[str, Way], tmp_path: Path
) -> None:
    uri, proxy = way

    def leave() -> None:
        proxy.decide = lambda method, path: DROP

    def come_back() -> None:
        proxy.decide = lambda method, path: None

    report, notices = tune(
        tmp_path, uri, [At(trial_2=leave, trial_10=come_back)], n_trials=12, n_jobs=2
    )
    assert report.trials_run == 12
    assert report.mirror_failure is None
    assert sum("must take the runs, got" in text for text in notices) <= 1
    assert_whole(uri, report)


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param((DROP, 500), id="away or in error", marks=pytest.mark.matrix),
        pytest.param((401,), id="token"),
        pytest.param((HANG,), id="hangs", marks=pytest.mark.matrix),
    ],
)
def test_a_server_that_stays_away_is_told_of_once_and_caught_up_with_later(
    way: tuple[str, Way], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, faults: tuple[int, ...]
) -> None:
    uri, proxy = way
    patience = os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"]
    if HANG in faults:
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "15")

    turns = itertools.cycle(faults)

    def fail() -> None:
        proxy.decide = lambda method, path: next(turns)

    report, notices = tune(tmp_path, uri, [At(trial_2=fail)], n_trials=5, register_as="later")
    assert report.trials_run == 5
    assert report.mirror_failure is not None
    assert report.registered is None
    assert sum("must take the runs, got" in text for text in notices) == 1
    proxy.decide = lambda method, path: None
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", patience)
    report, notices = tune(tmp_path, uri, n_trials=5, register_as="later")
    assert report.trials_run == 0
    assert report.mirror_failure is None
    assert report.registered is not None
    assert any("are mended" in text for text in notices)
    assert_whole(uri, report)


def test_lost_answers_make_no_double_runs(way: tuple[str, Way], tmp_path: Path) -> None:
    uri, proxy = way
    lost = itertools.count()

    def lose(method: str, path: str) -> int | None:
        return LOSE_ANSWER if path.endswith("runs/create") and next(lost) % 2 == 0 else None

    proxy.decide = lose
    report, _ = tune(tmp_path, uri, n_trials=3)
    assert next(lost) == 4  # the parent and three trials, each asked for once
    assert report.mirror_failure is None
    assert_whole(uri, report)
    assert len(find_runs(MlflowClient(uri), report.study.uid).parents) == 1


def test_a_server_that_drops_every_third_request_and_answers_500_and_429_in_bursts(
    way: tuple[str, Way], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri, proxy = way
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")  # as the product sets it
    count, draw = itertools.count(1), random.Random(7)

    def moody(method: str, path: str) -> int | None:
        n = next(count)
        if n % 40 < 4:
            return draw.choice([500, 429])
        return draw.choice([DROP, LOSE_ANSWER]) if n % 3 == 0 else None

    proxy.decide = moody
    report, notices = tune(tmp_path, uri, n_trials=20, n_jobs=2)
    proxy.decide = lambda method, path: None
    if report.mirror_failure is not None:
        report, _ = tune(tmp_path, uri, n_trials=20, n_jobs=2)
    assert report.mirror_failure is None
    assert next(count) > 80
    assert sum("must take the runs, got" in text for text in notices) == 1
    assert_whole(uri, report)


@pytest.mark.matrix
def test_basic_auth_comes_from_the_environment_and_stays_out_of_messages(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("flask_wtf", reason="MLflow's basic-auth app needs Flask-WTF")
    folder, port = tmp_path / "server", free_port()
    folder.mkdir()
    shutil.move(store.removeprefix("sqlite:///"), folder / "mlflow.db")
    (folder / "auth.ini").write_text(
        "[mlflow]\ndefault_permission = READ\n"
        f"database_uri = sqlite:///{folder / 'auth.db'}\n"
        "admin_username = boss\nadmin_password = tr0ub4dor-and-3\n"
        "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n"
    )
    settings = {
        "MLFLOW_AUTH_CONFIG_PATH": str(folder / "auth.ini"),
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "not secret",
    }
    monkeypatch.setattr("titan_mlopt.tracking.mirror.loop._LAST_WAIT_S", 0.5)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with mlflow_server(folder, port, "--app-name", "basic-auth", **settings) as uri:
        with pytest.raises(StoreRefused, match=r"must accept the user and the password, got 401"):
            tune(tmp_path, uri, n_trials=1)
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "boss")
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "tr0ub4dor-and-3")
        report, notices = tune(tmp_path, uri, n_trials=3, register_as="secured")
        assert report.mirror_failure is None
        assert report.registered is not None
        assert_whole(uri, report)
        with_password = uri.replace("http://", "http://boss:tr0ub4dor-and-3@")
        monkeypatch.delenv("MLFLOW_TRACKING_USERNAME")
        monkeypatch.delenv("MLFLOW_TRACKING_PASSWORD")
        report, notices = tune(tmp_path, with_password, n_trials=4)
    texts = [*notices, *report.links.values(), str(report.mirror_failure)]
    run = find_runs(MlflowClient(f"sqlite:///{folder / 'mlflow.db'}"), report.study.uid)
    texts += [str(r.data.tags) + str(r.data.params) for r in (*run.parents, *run.trials)]
    assert not [text for text in texts if "tr0ub4dor" in text]


#: The command, which gives the mirror the time that it needs after a signal.
PATIENT = f"""
from titan_mlopt.tuning import call
from titan_mlopt.cli import main
from titan_mlopt.tracking.mirror import client

call._MIRROR_PATIENCE_S = client._SILENCE_AT_STOP_S = {PATIENCE_S}
main()
"""


@pytest.mark.parametrize(
    ("number", "times"),
    [
        (signal.SIGTERM, 1),
        (signal.SIGINT, 2),
        pytest.param(signal.SIGINT, 1, marks=pytest.mark.matrix),
        pytest.param(signal.SIGTERM, 2, marks=pytest.mark.matrix),
    ],
)
def test_a_signal_leaves_nothing_running_in_mlflow_and_registers_nothing(
    way: tuple[str, Way], tmp_path: Path, number: signal.Signals, times: int
) -> None:
    uri, _ = way
    command = [
        *(sys.executable, "-c", PATIENT, "tune", "--db", str(tmp_path / "titan.db")),
        *("--study-name", f"{tmp_path.name}", "--limit", "3000", "--n-jobs", "2"),
        *("--register-as", f"stopped-{number}-{times}", "--n-trials", "500"),
    ]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env={**os.environ, "MLFLOW_TRACKING_URI": uri},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "/500 trials, best" in line:
            break
    for _ in range(times):
        process.send_signal(number)
        if times == 2 and _ == 0:
            for line in process.stderr:
                if line.startswith("stopping: "):
                    break
    process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    with AutoTuner(tmp_path / "titan.db") as tuner:
        from titan_mlopt.study.storage.studies import load_record

        study = load_record(tuner.db_path, tmp_path.name)
    client = MlflowClient(uri)
    runs = find_runs(client, study.uid)
    (parent,) = runs.parents
    assert parent.info.status == "KILLED"
    assert {r.info.status for r in runs.trials} <= {"FINISHED", "KILLED"}
    if times == 1:
        assert f"Stopped by {number.name} after" in parent.data.tags["mlflow.note.content"]
    names = [model.name for model in client.search_registered_models()]
    assert f"stopped-{number}-{times}" not in names
    assert not [t for t in study.trials if t.state == "RUNNING"]


def test_the_proxy_hands_on_what_it_is_not_told_to_stop(way: tuple[str, Way]) -> None:
    uri, proxy = way
    assert requests.get(f"{uri}/health", timeout=10).text == "OK"
    proxy.decide = lambda method, path: 503
    assert requests.get(f"{uri}/health", timeout=10).status_code == 503
