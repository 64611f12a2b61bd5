"""``titan-mlopt ensemble`` to the end: registered, listed, pulled, applied, served and judged."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pytest
from mlflow import MlflowClient

from support.apply_cases import (
    FORCE,
    NAME,
    assert_done,
    assert_refused,
    folder_of,
    make_titan_db,
    run,
    value,
)
from support.paths import ROOT
from support.served_cases import frame_of
from support.verdict_cases import N_SEALED, SETTINGS, market
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.backtest.engine.predictor import Predictor
from titan_mlopt.candles.candles import Candles, save_candles
from titan_mlopt.core.bundle import Bundle, load_bundle
from titan_mlopt.core.ensemble import Ensemble
from titan_mlopt.production.release import TITANS_BACKTEST
from titan_mlopt.study.storage.studies import load_record
from titan_mlopt.tracking.registry.look_tags import LOOK
from titan_mlopt.tracking.registry.versions import CONFIG_SHA256, pull_bundle

pytestmark = pytest.mark.slow
CANDLES = market()
#: The code of a version that was registered long before there were ensembles.
OLD_CODE = ROOT / "tests/old_stores/before_rooms/artifacts"


@pytest.fixture(scope="module")
def world(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a study that has a hold-out, version 1 its best, version 2 three."""
    folder = tmp_path_factory.mktemp("world")
    shutil.copy(empty_store, folder / "mlflow.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        save_candles(CANDLES, "candles.csv")
        with AutoTuner("titan.db", TunerConfig(**{**SETTINGS, "tracking": True})) as tuner:
            tuner.optimize("candles.csv")
        (folder / "out.txt").write_text(assert_done(run("ensemble", "--top", "3", "--register")))
    return folder


@pytest.fixture
def here(world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
    """Work in a copy of that folder, whose artifacts stay where they are; give its registry."""
    for name in ("mlflow.db", "titan.db", "candles.csv"):
        shutil.copy(world / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    return MlflowClient(uri, registry_uri=uri)


def ensemble_of(client: MlflowClient, version: str = "2") -> Ensemble:
    ensemble = pull_bundle(client, NAME, version).ensemble
    assert ensemble is not None
    return ensemble


def voted(ensemble: Ensemble, candles: Candles) -> tuple[np.ndarray, np.ndarray]:
    """Return mean vote and direction on each candle, by the engine and the rule alone."""
    total = np.zeros(len(candles))
    for config in ensemble.configs:
        predictor = Predictor(candles, config, 42)
        predictor.run()
        made = predictor.decisions
        total = total + made.direction * (made.confidence - 0.5)
    votes = total / len(ensemble.configs)
    return votes, np.where(np.abs(votes) >= ensemble.threshold, np.sign(votes), 0)


# --- the command -------------------------------------------------------------------------------


def test_the_table_has_the_ensemble_and_each_member_and_the_next_line_works(
    world: Path, here: MlflowClient
) -> None:
    lines = (world / "out.txt").read_text().splitlines()
    trials = ensemble_of(here).trials
    assert lines[0] == "3 configs of study titan_optimization vote; the best one is first."
    assert [line.split("  ")[0] for line in lines[3:7]] == [
        "ensemble",
        *(f"trial {n}" for n in trials),
    ]
    assert f"As often as trial {trials[0]} predicts, the ensemble's accuracy differs" in lines[8]
    assert "All of it is in-sample." in lines[9]
    assert lines[10] == "registered as titan-config version 2, alias challenger"
    assert lines[11] == "next:"
    _, *words = shlex.split(lines[12])
    assert words[:2] == ["promote", "2"]
    assert run(*words).exit_code in (0, 3)


def test_without_register_nothing_is_written_and_the_next_line_does_it(here: MlflowClient) -> None:
    out = assert_done(run("ensemble", "--top", "2"))
    assert len(here.search_model_versions(f"name='{NAME}'")) == 2
    line = out.splitlines()[-1].strip()
    assert line.endswith(
        " ensemble --db titan.db --study-name titan_optimization --top 2 --register"
    )
    registered = assert_done(run(*shlex.split(line)[1:]))
    assert "registered as titan-config version 3, alias challenger" in registered


def test_json_has_every_number_and_the_same_ensemble_is_the_same_version(
    here: MlflowClient,
) -> None:
    document = json.loads(assert_done(run("ensemble", "--top", "3", "--register", "--json")))
    ensemble = ensemble_of(here)
    assert document["registered"] == {"name": NAME, "version": "2", "new": False}
    assert document["trials"] == list(ensemble.trials)
    assert document["threshold"] == ensemble.threshold
    assert document["sha256"] == ensemble.sha256
    assert document["metrics"]["n_predictions"] == document["members"][0]["n_predictions"]
    assert document["difference"]["standard_error"] > 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--top", "1"), "--top: must be a whole number >= 2, got 1"),
        (
            ("--top", "99"),
            "--top: must be at most 4, the different configs of COMPLETE trials of the study",
        ),
        (("--candles", "none.csv"), "none.csv"),
        (("--study-name", "other"), "other"),
    ],
)
def test_what_does_not_fit_is_one_line(
    here: MlflowClient, words: tuple[str, ...], message: str
) -> None:
    assert_refused(run("ensemble", *words), message)


# --- the version -------------------------------------------------------------------------------


def test_a_reader_that_knows_no_ensembles_has_the_best_member(here: MlflowClient) -> None:
    single, several = (folder_of(here, NAME, version) for version in ("1", "2"))
    for name in ("config.json", "params.json"):
        assert (several / name).read_bytes() == (single / name).read_bytes()
    (old, *_) = OLD_CODE.rglob("code/titan_mlopt/bundle.py")
    code = "import sys; from pathlib import Path; from titan_mlopt import bundle\n"
    code += "print(bundle.load_bundle(Path(sys.argv[1])).config_sha256, bundle.__file__)"
    told = subprocess.run(
        [sys.executable, "-P", "-c", code, several],
        env={"PYTHONPATH": str(old.parents[1]), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == [load_bundle(single).config_sha256, str(old)]


def test_the_two_versions_have_other_hashes_and_the_list_tells_them_apart(
    here: MlflowClient,
) -> None:
    ensemble = ensemble_of(here)
    first, second = (here.get_model_version(NAME, version) for version in ("1", "2"))
    assert second.tags[CONFIG_SHA256] == ensemble.sha256 != first.tags[CONFIG_SHA256]
    numbers = ", ".join(map(str, ensemble.trials))
    assert f"Ensemble of 3 configs of study `titan_optimization` that vote, trials {numbers};" in (
        second.description
    )
    assert f"of the ensemble `{ensemble.sha256}`" in second.description
    lines = assert_done(run("versions")).splitlines()
    assert f"  {numbers}  " in lines[1]
    entries = json.loads(assert_done(run("versions", "--json")))["versions"]
    assert [entry["members"] for entry in entries] == [list(ensemble.trials), []]
    assert [entry["trial"] for entry in entries] == [ensemble.trials[0]] * 2


def test_pull_writes_the_best_members_config_and_all_members_on_request(
    here: MlflowClient,
) -> None:
    ensemble = ensemble_of(here)
    words = ("pull", "--version", "2", "--members", "members.json")
    out = assert_done(run(*words)).splitlines()
    numbers = ", ".join(map(str, ensemble.trials))
    assert out[1] == f"config.json is the best of 3 members that vote: trials {numbers}"
    assert json.loads(Path("config.json").read_text()) == ensemble.configs[0]
    assert json.loads(Path("members.json").read_text()) == ensemble.document()
    assert_done(run("export", "--out", "best.json"))
    assert Path("best.json").read_bytes() == Path("config.json").read_bytes()
    Path("members.json").unlink()
    assert_done(run(*words, "--offline"))  # the copy has the members too
    assert json.loads(Path("members.json").read_text()) == ensemble.document()
    document = json.loads(assert_done(run("pull", "--version", "2", "--json")))
    assert document["trials"] == list(ensemble.trials)
    assert document["config_sha256"] == Bundle(dict(ensemble.configs[0]), {}, {}).config_sha256


def test_members_of_a_version_that_is_one_config_are_refused(here: MlflowClient) -> None:
    result = run("pull", "--version", "1", "--members", "members.json")
    assert_refused(result, "--members: must go with an ensemble, got titan-config version 1, which")
    assert not Path("config.json").exists()


def test_apply_puts_the_best_member_into_titans_database_and_says_so(here: MlflowClient) -> None:
    make_titan_db(Path("production.db"))
    ensemble = ensemble_of(here)
    out = assert_done(run("apply", "--version", "2", "--db", "production.db", *FORCE)).splitlines()
    assert out[1] == (
        "titan-config version 2 is an ensemble of 3; production does not vote: it gets the config "
        f"of the best member, trial {ensemble.trials[0]}"
    )
    for name, setting in ensemble.configs[0].items():
        assert value(Path("production.db"), f"config.{name}") == setting
    assert TITANS_BACKTEST not in out[0]


def test_the_loaded_version_votes(here: MlflowClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))  # loading puts the folder's code on it
    single, model = (
        mlflow.pyfunc.load_model(str(folder_of(here, NAME, version))) for version in ("1", "2")
    )
    candles = CANDLES.part(0, 2000)
    answer, ensemble = model.predict(frame_of(candles)), ensemble_of(here)
    votes, direction = voted(ensemble, candles)
    words = {1: "UP", -1: "DOWN", 0: "FLAT"}
    assert answer["direction"].tolist() == [words[side] for side in direction.tolist()]
    assert answer["p_up"].to_numpy() == pytest.approx(0.5 + votes)
    assert answer["confidence"].to_numpy() == pytest.approx(
        0.5 + np.where(direction == 0, 0.0, np.abs(votes))
    )
    assert answer["direction"].tolist() != single.predict(frame_of(candles))["direction"].tolist()
    assert len(model.predict(model.input_example)) == len(model.input_example)


# --- the gate ----------------------------------------------------------------------------------


def on_holdout(ensemble: Ensemble) -> tuple[int, int]:
    """Return predictions and hits on the sealed bars, by the engine and the rule alone."""
    sealed = slice(len(CANDLES) - N_SEALED, len(CANDLES) - 1)
    _, direction = voted(ensemble, CANDLES)
    moves = np.sign(np.diff(CANDLES.close, append=CANDLES.close[-1]))
    direction, moves = direction[sealed], moves[sealed]
    return int((direction != 0).sum()), int((direction * moves > 0).sum())


def decision_of(*words: str) -> dict[str, Any]:
    result = run(*words, "--json")
    assert result.exit_code in (0, 3), result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_the_gate_judges_the_votes_and_the_look_has_the_digest_of_the_ensemble(
    here: MlflowClient,
) -> None:
    ensemble = ensemble_of(here)
    decision = decision_of("verdict", "--open-holdout", "--version", "2")
    n, hits = on_holdout(ensemble)
    against = decision["decision"]["evidence"]["accuracy"][0]
    assert (against["n_candidate"], against["accuracy_candidate"]) == (n, pytest.approx(hits / n))
    assert decision["config_sha256"] == ensemble.sha256
    assert decision["decision"]["members"] == list(ensemble.trials)
    (opening,) = load_record("titan.db", "titan_optimization").openings
    assert opening.config_sha256 == ensemble.sha256
    numbers = ", ".join(map(str, ensemble.trials))
    assert opening.why == f"the ensemble of trials {numbers} against baselines"
    looks = {k: v for k, v in here.get_registered_model(NAME).tags.items() if k.startswith(LOOK)}
    assert len(looks) == 1
    assert ensemble.sha256 in next(iter(looks.values()))
    tagged = [here.get_model_version(NAME, v).tags.get("titan_mlopt.verdict") for v in "12"]
    assert tagged == [None, decision["verdict"]]
    page = Path("verdict/verdict.md").read_text()
    assert f"ensemble of trials {numbers} of study titan_optimization" in page
    assert "accuracy when it was tuned (best member)" in page
    assert f"SHA-256 of the ensemble `{ensemble.sha256}`" in page


def test_an_ensemble_that_is_the_champion_is_the_rival_with_its_votes(here: MlflowClient) -> None:
    assert_done(run("promote", "2", *FORCE))
    n, hits = on_holdout(ensemble_of(here))
    decision = decision_of("verdict", "--open-holdout", "--version", "1")
    against = decision["decision"]["evidence"]["accuracy"][0]
    assert against["rival"] == "champion"
    assert (against["n_rival"], against["accuracy_rival"]) == (n, pytest.approx(hits / n))
    assert decision["rival_sha256"] == ensemble_of(here).sha256
    same = decision_of("promote", "2")
    assert same["judgement"]["sentence"].startswith("The candidate is the champion")


def test_the_best_member_is_the_second_config_that_is_judged_on_these_bars(
    here: MlflowClient,
) -> None:
    looks = [
        decision_of("verdict", "--open-holdout", "--version", version)["decision"]["look"]
        for version in ("2", "1", "2")
    ]
    assert looks == [1, 2, 1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--version", "2"), "--version: must go with --open-holdout or --fresh, got neither"),
        (
            ("--open-holdout", "--version", "2", "--trial", "0"),
            "--version: must go without --trial",
        ),
        (("--open-holdout", "--version", "9"), "--version: must be one of 2, 1, got '9'"),
    ],
)
def test_a_version_that_cannot_be_judged_is_one_line(
    here: MlflowClient, words: tuple[str, ...], message: str
) -> None:
    assert_refused(run("verdict", *words), message)
    assert not load_record("titan.db", "titan_optimization").openings


def test_fresh_candles_judge_the_ensemble_too_and_open_nothing(here: MlflowClient) -> None:
    save_candles(market(6600), "more.csv")
    decision = decision_of("verdict", "--fresh", "more.csv", "--version", "2")
    ensemble = ensemble_of(here)
    assert decision["config_sha256"] == ensemble.sha256
    assert decision["decision"]["members"] == list(ensemble.trials)
    assert decision["decision"]["fresh"]["bars"]["candles"] == 600
    assert not load_record("titan.db", "titan_optimization").openings
