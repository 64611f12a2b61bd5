"""What refuses a study: told in one line, with its cause, before the first trial."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import mlflow.store
import pytest
from alembic.script import ScriptDirectory
from click.testing import CliRunner, Result
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST, UNAUTHENTICATED

from support.answer_cases import Answers, answering
from support.pool_cases import PATIENCE_S, eventually
from support.studies import Tuned
from titan_mlopt.cli import main
from titan_mlopt.report.folder import NOTE
from titan_mlopt.study.storage.studies import load_record
from titan_mlopt.tracking.artifact_probe import NOTE_FILE
from titan_mlopt.tracking.mirror.loop import StudyMirror
from titan_mlopt.tracking.refusals import explain_refusal
from titan_mlopt.tracking.revision import known_revisions, opens_at_once
from titan_mlopt.tracking.store import experiment_name
from titan_mlopt.tracking.uri import StoreRefused, tracking_uri
from titan_mlopt.tuning import call

PAGE = "<!doctype html><title>a page</title>"
OLD: Answers = {"/version": (200, "2.22.4"), "": (404, PAGE)}
ELSEWHERE: Answers = {"": (404, PAGE)}
OTHER_PROGRAM: Answers = {"": (200, PAGE)}
STRANGER: Answers = {"": (401, "You are not authenticated.")}
READER: Answers = {"/version": (200, "3.1.0"), "": (403, "Permission denied")}


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call, "_STORE_PATIENCE_S", PATIENCE_S)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")


def tune(*words: str, n_trials: int = 3) -> Result:
    quick = ("--limit", "700", "--min-predictions", "50", "--n-trials", str(n_trials))
    return CliRunner().invoke(main, ["tune", *quick, *words])


def refusal(result: Result) -> str:
    """Return the one line that says why; the others are notices."""
    assert result.exit_code == 2, result.output
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("titan-mlopt: ")]
    assert "must take the runs" not in result.stderr
    return line.removeprefix("titan-mlopt: ")


def n_trials(folder: Path) -> int:
    return len(load_record(folder / "titan.db", "titan_optimization").trials)


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        (OLD, "must be an MLflow server of version 3.0 or later, got 2.22.4; upgrade the server"),
        (ELSEWHERE, "must be the whole address of an MLflow server, got 404 Not Found; set MLFLOW"),
        pytest.param(
            *(OTHER_PROGRAM, "an MLflow server, got a page of another program; set MLFLOW_TRACKI"),
            marks=pytest.mark.matrix,
        ),
        pytest.param(
            *(STRANGER, "must accept the user and the password, got 401 Unauthorized; set MLFLOW"),
            marks=pytest.mark.matrix,
        ),
        (READER, "permit the user what is asked, got 403 Forbidden for /api/2.0/mlflow/"),
    ],
    ids=["old", "prefix", "another program", "password", "permission"],
)
def test_a_server_that_refuses_is_one_line_before_the_first_trial(
    answers: Answers, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with answering(answers) as (uri, paths):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        line = refusal(tune("--register-as", "none"))
    assert line.startswith(f"{uri}: must ")
    assert says in line
    assert n_trials(tmp_path) == 0
    assert paths[0] == "/version"
    assert len(paths) <= 3  # the version, and the request whose refusal asks for it again


def test_another_command_names_the_same_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(OLD) as (uri, _):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        line = refusal(CliRunner().invoke(main, ["versions"]))
    assert "must be an MLflow server of version 3.0 or later, got 2.22.4" in line


def test_databricks_without_credentials_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("DATABRICKS_HOST", "DATABRICKS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "databricks")
    result = tune("--register-as", "none")
    assert refusal(result).startswith("databricks: must find Databricks' credentials and its pack")
    assert "WARNING" not in result.stderr
    assert n_trials(tmp_path) == 0


def test_a_sqlite_store_of_another_mlflow_is_told_before_the_first_trial_and_left_as_it_was(
    store: str, tmp_path: Path
) -> None:
    path = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '90e64c465722'")
    before = path.read_bytes()
    line = refusal(tune("--register-as", "none"))
    assert f"keep a copy of it, then run: mlflow db upgrade {store}" in line
    assert path.read_bytes() == before
    assert n_trials(tmp_path) == 0


@pytest.mark.parametrize(
    ("root", "says"),
    [
        ("{folder}/taken/artifacts", "Not a directory: "),
        pytest.param(
            *("s3://bucket/artifacts", "got no package boto3; run: pip install boto3, or start"),
            marks=pytest.mark.matrix,
        ),
    ],
)
def test_artifacts_that_cannot_be_written_stop_a_study_at_its_beginning(
    store: str, tmp_path: Path, root: str, says: str
) -> None:
    if root.startswith("s3:") and find_spec("boto3"):
        pytest.skip("boto3 is installed here")
    (tmp_path / "taken").touch()
    client = MlflowClient(store)
    place = client.create_experiment("stuck", artifact_location=root.format(folder=tmp_path))
    line = refusal(tune("--register-as", "none", "--experiment", "stuck", n_trials=20_000))
    assert says in line
    assert "must take artifacts from here, got " in line
    assert client.search_runs([place]) == []
    # A study of its own: the other one has trials without runs, as many as the machine was slow.
    result = tune("--register-as", "none", "--study-name", "other", n_trials=1)
    assert result.exit_code == 0, result.output
    assert len(load_record(tmp_path / "titan.db", "other").trials) == 1


def test_a_refusal_that_comes_later_names_its_cause_and_the_study_goes_on(
    store: str, tuned: Tuned, tmp_path: Path
) -> None:
    notices: list[str] = []
    permitted = threading.Event()
    mirror = StudyMirror(store, tuned.report.study, None, tmp_path, notices.append)
    assert mirror.refusal() is None
    mirror.drain()

    def refuse() -> None:
        if not permitted.is_set():
            raise MlflowException("no", error_code=UNAUTHENTICATED)

    mirror._post(lambda: mirror._due.append(refuse))
    failure = eventually(lambda: mirror.failure)
    permitted.set()
    mirror.close("FINISHED")
    assert any("must take the runs, got sqlite:" in text and "401" in text for text in notices)
    assert "must accept the user and the password" in failure


def test_what_may_pass_is_no_refusal() -> None:
    errors = [
        MlflowException("busy"),
        OSError("no route"),
        MlflowException("x", RESOURCE_DOES_NOT_EXIST),
    ]
    assert [explain_refusal("http://127.0.0.1:9", error) for error in errors] == [None] * 3


def test_the_revisions_are_those_of_the_installed_mlflow(store: str) -> None:
    scripts = ScriptDirectory(str(Path(mlflow.store.__file__).parent / "db_migrations"))
    revisions = known_revisions()
    assert revisions.head == scripts.get_current_head()
    assert revisions.known == {script.revision for script in scripts.walk_revisions()}


def test_only_a_sqlite_file_with_its_own_tables_or_a_new_one_opens_at_once(
    store: str, tmp_path: Path
) -> None:
    assert opens_at_once(store)
    assert opens_at_once(f"sqlite:///{tmp_path / 'new.db'}")
    assert not opens_at_once("http://127.0.0.1:9")
    assert not opens_at_once("postgresql://127.0.0.1/mlflow")
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'a'")
    assert not opens_at_once(store)


def test_the_file_of_the_probe_is_the_page_that_the_study_writes_at_its_end(
    store: str, tmp_path: Path
) -> None:
    assert NOTE_FILE == NOTE
    assert tune("--register-as", "none", n_trials=1).exit_code == 0
    (page,) = tmp_path.glob(f"**/artifacts/{NOTE_FILE}")
    assert "is running" not in page.read_text()


# --- the experiment ------------------------------------------------------------------------------


@pytest.fixture
def named(store: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return the experiment's name with these variables of MLflow's."""
    client = MlflowClient(store)
    assert client.create_experiment("mine") == "1"

    def choose(experiment: str | None = None, **settings: str) -> str:
        for key, value in settings.items():
            monkeypatch.setenv(f"MLFLOW_EXPERIMENT_{key}", value)
        return experiment_name(client, experiment)

    return choose


def test_an_experiment_is_the_option_then_that_of_mlflows_variables_then_the_default(
    named: Callable[..., str],
) -> None:
    assert named() == "titan_mlopt"
    assert named(NAME="new") == "new"
    assert named("option") == "option"
    assert named(NAME="mine", ID="1") == "mine"
    assert named(NAME="", ID="1") == "mine"
    assert named(NAME="", ID="0") == "Default"


def test_an_id_of_no_experiment_or_of_another_one_than_named_is_refused(
    named: Callable[..., str],
) -> None:
    with pytest.raises(StoreRefused, match=r"_ID: must be the id of an experiment in .* got '99';"):
        named(ID="99")
    with pytest.raises(StoreRefused, match=r"the id of 'mine', which .*_NAME names, got '0' of 'D"):
        named(NAME="mine", ID="0")
    assert named("option") == "option"


def test_a_tune_follows_mlflows_variable_and_refuses_an_id_that_the_store_does_not_have(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "from MLflow")
    assert tune("--register-as", "none", n_trials=1).exit_code == 0
    client = MlflowClient(store)
    names = {experiment.name for experiment in client.search_experiments()}
    assert names == {"Default", "from MLflow"}
    assert tracking_uri() == store
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "99")
    line = refusal(tune("--register-as", "none", n_trials=20_000))
    assert line.startswith("MLFLOW_EXPERIMENT_ID: must be the id of an experiment in this store")
