"""What earlier commits stored lives on: studies, MLflow stores and registered versions."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from old_stores.keys import keys_of_store, public_names
from old_stores.load import HERE, load_store
from old_stores.make import answers_of, make_store
from support.apply_cases import assert_done, assert_refused, run
from support.standin_cases import STANDIN
from titan_mlopt.core import backtest_id
from titan_mlopt.core.errors import TrackingError
from titan_mlopt.tracking.registry.serving import load_served

pytestmark = pytest.mark.slow

#: Stores by the commit that made them: before the packages were rearranged.
STORES = ("before_rooms",)
#: Lets a version answer by this code, compiled already, rather than by that in its folder.
INSTALLED = "import titan_mlopt.cli"
TITAN = ("--backtest", "titan.core.backtest:run_backtest", "--backtest-path", str(STANDIN))


@pytest.fixture(params=STORES)
def old_store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Return a folder with the old databases, which is the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("TITAN_STANDIN_SLEEP_S", "0")
    monkeypatch.setenv("TITAN_STANDIN_CLOCK", "0")
    return load_store(request.param, tmp_path, STANDIN)


def finished_trials(db: Path, study: str) -> list[tuple[Any, ...]]:
    query = "SELECT number, state, value, accuracy, hits FROM optuna_trials WHERE study_name = ?"
    with closing(sqlite3.connect(db)) as connection:
        return connection.execute(f"{query} ORDER BY number", (study,)).fetchall()


def assert_mirrored(study: str) -> None:
    assert "MLflow has all of them right" in assert_done(run("doctor", "--study-name", study))


def test_a_study_of_another_backtest_goes_on_where_it_stopped(old_store: Path) -> None:
    before = finished_trials(old_store / "titan.db", "titan")
    options = ("--limit", "800", *TITAN, "--n-trials", "5", "--register-as", "titan-external")
    assert_done(run("tune", "--study-name", "titan", *options))
    after = finished_trials(old_store / "titan.db", "titan")
    assert after[:-1] == before
    assert after[-1][0] == len(before)
    assert_mirrored("titan")


#: The stores were made by version 1 of the embedded backtest.
NOW = backtest_id.ENGINE_VERSION
NAMED = f"{backtest_id.IDENTITY} version"


@pytest.mark.parametrize(
    ("study", "options"),
    [
        ("nightly", ("--limit", "3000", "--holdout", "30%", "--segments", "2",
                     "--pruner-spec-defaults", "true", "--n-trials", "9")),
        ("pareto", ("--limit", "3000", "--objective", "multi", "--n-trials", "6")),
    ],
)  # fmt: skip
def test_an_embedded_study_of_an_earlier_engine_is_not_resumed(
    old_store: Path, study: str, options: tuple[str, ...]
) -> None:
    before = finished_trials(old_store / "titan.db", study)
    assert_refused(
        run("tune", "--study-name", study, *options),
        f"study {study}: must go on with the same backtest, version=1, got version={NOW}; "
        "choose another --study-name for a new study",
    )
    assert finished_trials(old_store / "titan.db", study) == before


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("replay", "--trial", "0"),
         f"must be one of the backtest {NAMED} {NOW}, got {NAMED} 1; replay it with the "
         "titan_mlopt that ran it"),
        *((command, f"must be run by the backtest that it was tuned with, {NAMED} 1, got "
           f"{NAMED} {NOW}; use that one, or tune a new study")
          for command in (("validate", "--trial", "1"), ("placebo", "--runs", "2"),
                          ("plateau", "--k", "1", "--jitter", "2"))),
    ],
    ids=lambda part: part[0] if isinstance(part, tuple) else "",
)  # fmt: skip
def test_what_runs_the_trials_of_an_earlier_engine_again_is_refused(
    old_store: Path, command: tuple[str, ...], message: str
) -> None:
    refused = run(command[0], "--study-name", "nightly", *command[1:])
    assert_refused(refused, f"study nightly: {message}")


def test_a_missing_run_is_made_again_from_the_study(old_store: Path) -> None:
    with closing(sqlite3.connect(old_store / "mlflow.db")) as connection, connection:
        (run_id,) = connection.execute(
            "SELECT trial.run_uuid FROM tags AS trial JOIN tags AS study USING (run_uuid)"
            " WHERE trial.key = 'titan_mlopt.trial' AND trial.value = '2'"
            " AND study.key = 'titan_mlopt.study' AND study.value = 'nightly'"
        ).fetchone()
        connection.execute(
            "UPDATE runs SET lifecycle_stage = 'deleted' WHERE run_uuid = ?", (run_id,)
        )
    assert run("doctor", "--study-name", "nightly").exit_code == 1
    assert_done(run("doctor", "--study-name", "nightly", "--repair"))
    assert_mirrored("nightly")


def test_every_page_of_a_study_is_written(old_store: Path) -> None:
    for study in ("nightly", "pareto", "titan"):
        assert_done(run("report", "--study-name", study, "--out", study))
        results = json.loads((old_store / study / "results.json").read_text("utf-8"))
        assert len(results["trials"]) == len(finished_trials(old_store / "titan.db", study))
    for name in ("studies", "leaderboard", "leaderboard_multi", "versions", "export"):
        stored = json.loads((old_store / "json" / f"{name}.json").read_text("utf-8"))
        command = {
            "studies": ("studies",),
            "leaderboard": ("leaderboard", "--study-name", "nightly"),
            "leaderboard_multi": ("leaderboard", "--study-name", "pareto"),
            "versions": ("versions",),
            "export": ("export", "--study-name", "nightly", "--out", "best.json"),
        }[name]
        answer = json.loads(assert_done(run(*command, "--json")))
        for version in answer["versions"] if name == "versions" else ():
            assert version.pop("sharpe_costs") is None  # versions say so since
            assert version.pop("members") == []  # and this of ensembles
        assert answer == stored


def test_a_version_is_pulled_verified_applied_and_taken_back(old_store: Path) -> None:
    assert "hash verified" in assert_done(run("pull", "--alias", "champion", "--out", "c.json"))
    pulled = json.loads((old_store / "json" / "pull.json").read_text("utf-8"))
    written = hashlib.sha256((old_store / "c.json").read_bytes()).hexdigest()
    assert written == pulled["config_sha256"]
    production = ("--db", "production.db")
    with_titan = ("--name", "titan-external", "--alias", "champion", *production)
    assert "0 changed" in assert_done(run("apply", *with_titan, "--dry-run"))
    # A config of the embedded backtest is Titan's for a reason that is given, as it always was.
    embedded = ("--alias", "champion", *production, "--force", "--reason", "a test")
    assert "config.feature.slow_window" in assert_done(run("apply", *embedded, "--dry-run"))
    assert_done(run("apply", "--undo", *production))
    assert_done(run("apply", *with_titan))
    # Its only move of the alias is the first one, which names no version before.
    refused = run("rollback", "--name", "titan-external", "--reason", "a test")
    assert_refused(refused, "champion: must have been another version before, got none")


def test_a_version_answers_as_it_did_by_the_code_in_its_folder(old_store: Path) -> None:
    stored = (old_store / "json" / "served.json").read_text("utf-8")
    assert json.loads(answers_of(old_store)) == json.loads(stored)


def test_a_version_of_an_earlier_engine_is_not_served_by_the_code_that_is_installed(
    old_store: Path,
) -> None:
    assert_done(run("pull", "--alias", "champion", "--out", "config.json"))
    (folder,) = (
        path.parent
        for path in (old_store / "mlruns").glob("*/models/*/artifacts/config.json")
        if path.read_bytes() == (old_store / "config.json").read_bytes()
    )
    with pytest.raises(TrackingError, match=f"backtest must be version {NOW}, .* got '1'; load it"):
        load_served(folder)


@pytest.fixture(scope="module")
def new_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("new") / "store"
    folder.mkdir()
    make_store(folder, INSTALLED)
    return folder


#: Names that stores have got since the old one was made, by the end of their path.
_TEST = r"(\.(statistic|p_greater|p_less))?"
ADDED = re.compile(
    rf"\.rivals|\.evidence\.timing{_TEST}|\.block_means{_TEST}|\.earnings(\.\w+)?"
    r"|\bcost_bps|\bbreak_even_bps|space\.json \.candles(\.\w+)?"
    r"|(?<!apply\.json \.)\bunchanged|\bsharpe_costs|manifest\.json \.scoring(\.\w+)?"
    r"|titan_mlopt\.(look\.#|closes)( \S+)?|titan_mlopt_looks|\bsymbol"
    r"|(settings[ .]+|run params )(timezone|columns|sampler|fresh_import)"
    r"|tune\.json \.links\.report|\.decision\.(look|tuned)|manifest\.json \.closes(\.\w+)?"
    r"|trial attributes (accuracy|ece|sharpe|n_predictions|reason)|importances\.json( \S+)?"
    r"|first_sample\.csv"
    r"|run metrics trial_number|experiment tags mlflow\.(note\.content|sharedViewState\.\S+)"
    r"|\.links\.charts|titan_mlopt\.sampler( \S+)?|\.sampler"
    r"|titan_mlopt\.release\.#"
    r"|\.evidence\.drawdown_tail(\.\w+)?|versions\.json \.versions\[\]\.members"
    r"|(tune|apply)\.json \.not_due"
)


def test_a_store_made_now_has_all_names_of_the_old_one_and_no_others_but_those_listed(
    new_store: Path, tmp_path: Path
) -> None:
    old = keys_of_store(load_store(STORES[-1], tmp_path, STANDIN))
    new = keys_of_store(new_store)
    kept = {
        place: [name for name in names if not re.search(rf"({ADDED.pattern})$", f"{place} {name}")]
        for place, names in new.items()
    }
    kept = {place: names for place, names in kept.items() if names or place in old}
    assert kept == old
    assert kept != new


def test_a_store_made_now_has_the_same_trials_as_the_old_one_of_the_same_backtest(
    new_store: Path, tmp_path: Path
) -> None:
    old = load_store(STORES[-1], tmp_path, STANDIN)
    assert finished_trials(new_store / "titan.db", "titan") == finished_trials(
        old / "titan.db", "titan"
    )


def test_python_names_commands_and_options_are_those_that_were_promised() -> None:
    promised = json.loads((HERE / "public_names.json").read_text("utf-8"))
    assert json.loads(json.dumps(public_names())) == promised
