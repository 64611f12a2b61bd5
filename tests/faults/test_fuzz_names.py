"""Names of studies, experiments, models and files: taken as they are, or refused in one line."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st
from mlflow import MlflowClient

from support.fault_cases import fuzzed
from support.studies import Tuned
from support.tally import TALLY
from titan_mlopt.cli import main
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.study.storage.sqlite import open_storage
from titan_mlopt.study.storage.studies import load_record, open_study

pytestmark = pytest.mark.slow

AREA = "names of studies, experiments, models and files"
HOSTILE = [
    *("", " ", ".", "..", "../x", "../../etc/passwd", "/etc/passwd", "a/b", "a\\b", "x" * 5000),
    *(
        "a\nb",
        "a\rb",
        "a\0b",
        "\x1b[31mred",
        "\ud800",
        "\udcff",
        "ö",
        "日本",
        "🙂",
        "e\u0301",
        "\u202e",
    ),
    *(
        "it's",
        'a "b"',
        "'; DROP TABLE studies; --",
        "%s",
        "{x}",
        "$HOME",
        "`ls`",
        "a:b",
        "a=b",
        "#",
    ),
    *("?x=1", "-x", "--help", " a ", "NULL", "none", "auto", "a" * 200, "𝕏" * 200, "CON", "*"),
]
names = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=12),
    st.text(alphabet=st.sampled_from("ab .-_:;/\\'\"`%{}$#?&=\n\t\0é🙂"), max_size=12),
    st.integers(0, 6000).map(lambda n: "x" * n),
)


@pytest.fixture(scope="module")
def study_db(tuned: Tuned) -> Path:
    """Return the database of a study; beside it lies its MLflow store."""
    return tuned.db


@pytest.fixture(scope="module")
def store_uri(tuned: Tuned, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a store that may be filled."""
    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    shutil.copy(tuned.folder / "mlflow.db", path)
    return f"sqlite:///{path}"


def accepted(field: str, name: str) -> bool:
    """Whether the settings take the name; what they refuse, they refuse in one line."""
    TALLY.add(AREA, inputs=1)
    try:
        TunerConfig(**{field: name})  # type: ignore[arg-type]  # the name of a setting
    except ConfigError as error:
        message = str(error)
    else:
        return True
    assert message.startswith(f"{field}: must be "), message
    assert message.isprintable()
    assert len(message) < 500
    return False


@fuzzed(60, 1500)
@given(name=names)
def test_a_study_has_the_very_name_that_it_was_given(tmp_path: Path, name: str) -> None:
    if not accepted("study_name", name):
        return
    storage = open_storage(tmp_path / "titan.db")
    try:
        open_study(storage, name, ("maximize",))
        open_study(storage, "bystander", ("maximize",))
    finally:
        storage.engine.dispose()
    assert load_record(tmp_path / "titan.db", name).name == name
    with closing(sqlite3.connect(tmp_path / "titan.db")) as connection:
        found = connection.execute("SELECT study_name FROM optuna_studies").fetchall()
    assert {(name,), ("bystander",)} <= set(found)


@fuzzed(15, 300)
@given(name=names)
def test_an_experiment_and_a_model_have_the_very_name(store_uri: str, name: str) -> None:
    client = MlflowClient(store_uri)
    if accepted("experiment", name) and client.get_experiment_by_name(name) is None:
        made = client.create_experiment(name)
        found = client.get_experiment_by_name(name)
        assert found is not None
        assert (found.experiment_id, found.name) == (made, name)
    if accepted("register_as", name):
        models = {model.name for model in client.search_registered_models(max_results=1000)}
        if name not in models:
            client.create_registered_model(name)
        assert client.get_registered_model(name).name == name


COMMANDS = [
    ["report", "--study-name"],
    ["export", "--study-name"],
    ["replay", "--trial", "0", "--study-name"],
    ["pull", "--name"],
    ["pull", "--alias"],
    ["pull", "--version"],
    ["pull", "--offline", "--name"],
    ["promote", "1", "--name"],
    ["promote"],
    ["report", "--db"],
    ["export", "--db"],
    ["backup", "--db"],
    ["backup", "--to"],
    ["restore", "--db"],
    ["restore", "--from"],
    ["tune", "--candles"],
    ["tune", "--space"],
    ["tune", "--backtest"],
    ["tune", "--scratch"],
    ["tune", "--study-name"],
    ["tune", "--experiment"],
    ["tune", "--register-as"],
    ["tune", "--memory-per-trial"],
    ["sensitivity", "--config"],
    ["apply", "--db"],
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@fuzzed(15, 60)
@given(name=names)
@example(name="../" * 40 + "x")
@example(name="x" * 5000)
@example(name="a\nb")
@example(name="\udcff")
@example(name="'; DROP TABLE studies; --")
def test_a_command_takes_any_word_or_says_in_one_line_what_is_wrong(
    tmp_path: Path, study_db: Path, words: list[str], name: str
) -> None:
    if "\0" in name or (words == ["promote"] and name.startswith("-")):  # no command line has it
        return
    TALLY.add(AREA, inputs=1)
    before = study_db.stat()
    with pytest.MonkeyPatch.context() as patch:
        work = tmp_path / "a" / "b" / "c"
        work.mkdir(parents=True, exist_ok=True)
        patch.chdir(work)
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{study_db.parent}/mlflow.db")
        told = [*words, name]
        if "--db" not in words and words[0] in ("report", "export", "replay", "backup", "restore"):
            told += ["--db", str(study_db)] if words[0] != "restore" else []
        if words[0] == "tune":
            told += [
                "--n-trials",
                "1",
                "--limit",
                "150",
            ]  # too few candles: it ends before it begins
        result = CliRunner().invoke(main, told)
        left = [path for path in (tmp_path).rglob("*") if work not in (path, *path.parents)]
        left = [path for path in left if path not in work.parents]
    assert left == []  # nothing outside of the working folder
    after = study_db.stat()
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    check_result(result)


def check_result(result: Any) -> None:
    assert result.exit_code in (0, 2), (result.output, result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    if result.exit_code == 2:
        lines = result.stderr.splitlines()
        assert [line for line in lines if line.startswith("titan-mlopt: ")] == lines[-1:], lines
        assert len(lines[-1]) < 12_000
