"""From verdict to champion: what `validate` and `promote` write where, and what moves nothing."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from support.apply_cases import (
    NAME,
    TITANS,
    assert_done,
    assert_refused,
    bundle_of,
    embedded,
    register,
    run,
)
from support.kill_points import at_once
from support.verdict_cases import DEFAULT, SETTINGS, market
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.analysis.ranking import best_trial
from titan_mlopt.candles.candles import save_candles
from titan_mlopt.candles.sampled_closes import sample_closes
from titan_mlopt.core.errors import TrackingError
from titan_mlopt.core.findings import GateDecision
from titan_mlopt.core.storage_url import parse_storage
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.evaluation.gate.promotion import PromotionService
from titan_mlopt.evaluation.gate.thresholds import GateThresholds
from titan_mlopt.evaluation.rerun import BacktestChoice
from titan_mlopt.study.storage.studies import load_record
from titan_mlopt.tracking.registry.alias_history import Move, read_moves
from titan_mlopt.tracking.registry.aliases import promote_version
from titan_mlopt.tracking.registry.gate_tags import read_gate_history
from titan_mlopt.tracking.registry.look_tags import LOOK
from titan_mlopt.tracking.registry.versions import CHAMPION, pull_bundle

pytestmark = pytest.mark.slow
STUDY = "titan_optimization"


@pytest.fixture(scope="module")
def world(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with candles that have an edge, a study with a hold-out, and version 1."""
    folder = tmp_path_factory.mktemp("world")
    shutil.copy(empty_store, folder / "mlflow.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        save_candles(market(), "candles.csv")
        config = TunerConfig(**{**SETTINGS, "tracking": True})
        with AutoTuner("titan.db", config) as tuner:
            tuner.optimize("candles.csv")
    return folder


@pytest.fixture
def here(world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
    """Work in a copy of that folder, whose artifacts stay where they are; give its registry."""
    for name in ("mlflow.db", "titan.db", "candles.csv"):
        shutil.copy(world / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    return MlflowClient(uri, registry_uri=uri)


def record() -> StudyRecord:
    return load_record("titan.db", STUDY)


def champion_of(client: MlflowClient) -> str | None:
    version = client.get_registered_model(NAME).aliases.get(CHAMPION)
    return None if version is None else str(version)


def last_move(client: MlflowClient) -> Move:
    return read_moves(client.get_registered_model(NAME).tags)[-1]


def parent_of(client: MlflowClient) -> Run:
    experiment = client.get_experiment_by_name("titan_mlopt")
    assert experiment is not None
    (parent,) = client.search_runs([experiment.experiment_id], "tags.`titan_mlopt.kind` = 'study'")
    return parent


def gate(**limits: Any) -> tuple[str, str]:
    Path("limits.json").write_text(json.dumps(limits))
    return "--gate", "limits.json"


# --- validate ----------------------------------------------------------------------------------


def test_a_decision_stands_in_the_study_the_run_the_version_and_a_report(
    here: MlflowClient,
) -> None:
    out = assert_done(run("validate"))
    (judgement,) = record().gate_decisions
    assert out.startswith(f"PROMOTE: {judgement.sentence}\n")
    assert "opened 1 time" in out
    assert "verdict/verdict.html" in out.splitlines()[-1]
    assert {path.name for path in Path("verdict").iterdir()} == {
        *("verdict.html", "verdict.md", "verdict.json")
    }
    assert judgement.sentence in Path("verdict/verdict.md").read_text()

    version = here.get_model_version(NAME, "1")
    assert version.tags["titan_mlopt.verdict"] == "PROMOTE"
    assert version.tags["titan_mlopt.holdout_openings"] == "1"
    assert GateDecision(**json.loads(version.tags["titan_mlopt.decision"])) == judgement
    assert "**PROMOTE: Better than the coin and every simple rule" in version.description
    assert "hold-out opened 1 time." in version.description
    for finding in judgement.decision["findings"]:
        assert f"| {finding['test']} |" in version.description
    assert len(version.description) < 5000

    parent = parent_of(here)
    accuracy = judgement.decision["evidence"]["accuracy"][0]["accuracy_candidate"]
    assert parent.data.metrics["holdout_accuracy"] == accuracy
    assert parent.data.metrics["holdout_openings"] == 1.0
    assert "**Verdict:** PROMOTE: " in parent.data.tags["mlflow.note.content"]
    files = {file.path for file in here.list_artifacts(parent.info.run_id, "verdict")}
    assert {f"verdict/opening-1.{ending}" for ending in ("html", "md", "json")} <= files
    page = Path(here.download_artifacts(parent.info.run_id, "report.html")).read_text()
    assert "<strong>Verdict:</strong> PROMOTE: " in page
    # The pictures are those that the run had before.
    assert page.count("</svg>") == 5
    assert "Optimization history: accuracy" in page
    assert champion_of(here) is None  # it was asked, not obeyed

    assert_done(run("validate", "--json"))
    assert here.get_model_version(NAME, "1").tags["titan_mlopt.holdout_openings"] == "2"
    assert "opened 2 times." in here.get_model_version(NAME, "1").description
    told = assert_done(run("versions"))
    assert "PROMOTE, " in told
    assert "opened 2 times" in told


def test_another_trial_is_judged_and_every_version_says_that_the_hold_out_was_opened(
    here: MlflowClient,
) -> None:
    best = int(here.get_model_version(NAME, "1").tags["titan_mlopt.trial"])
    other = next(one.number for one in record().trials if one.number != best)
    result = run("validate", "--trial", str(other), "--json")
    assert json.loads(result.stdout)["trial"] == other
    tags = here.get_model_version(NAME, "1").tags
    assert tags["titan_mlopt.holdout_openings"] == "1"
    assert "titan_mlopt.verdict" not in tags  # that was another config


def test_without_a_registry_the_trial_is_judged_all_the_same(here: MlflowClient) -> None:
    Path("mlflow.db").unlink()
    assert json.loads(assert_done(run("validate", "--json")))["rival"] == ""
    assert not Path("mlflow.db").exists()
    assert len(record().gate_decisions) == 1


def test_what_mlflow_has_missed_is_found_and_mended_by_the_doctor(here: MlflowClient) -> None:
    Path("mlflow.db").rename("away.db")
    assert_done(run("validate"))
    Path("away.db").rename("mlflow.db")
    found = run("doctor", "--json")
    assert [one["kind"] for one in json.loads(found.stdout)["found"]] == ["study's run out of date"]
    assert_done(run("doctor", "--repair"))
    assert parent_of(here).data.metrics["holdout_openings"] == 1.0
    assert json.loads(assert_done(run("doctor", "--json")))["found"] == []


def test_a_registry_that_gives_no_answer_stops_it_before_anything_is_opened(
    here: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    assert_refused(run("validate"), "http://127.0.0.1:9: must answer as an MLflow store")
    assert record().openings == ()


def test_a_champion_that_is_damaged_stops_it_before_anything_is_opened(
    here: MlflowClient, tmp_path: Path
) -> None:
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    folder = register(uri, tmp_path, embedded(DEFAULT))
    (folder / "config.json").write_text("{}\n")
    assert_refused(run("validate"), "champion: titan-config version 2 must be usable to be compa")
    assert record().openings == ()


def test_the_champion_of_the_same_backtest_is_the_rival_and_one_of_another_is_not(
    here: MlflowClient, tmp_path: Path
) -> None:
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    register(uri, tmp_path, bundle_of(TITANS))
    other = run("validate", "--json")
    assert json.loads(other.stdout)["rival"] == ""
    assert "champion: titan-config version 2 is of another backtest" in other.stderr
    register(uri, tmp_path, embedded(DEFAULT))
    told = json.loads(run("validate", "--json").stdout)
    assert told["rival"] == "titan-config version 3"
    assert told["decision"]["evidence"]["has_champion"] is True


def test_a_look_in_another_database_of_the_same_registry_is_counted(
    here: MlflowClient, world: Path
) -> None:
    run("validate")
    (tag,) = (key for key in here.get_registered_model(NAME).tags if key.startswith(LOOK))
    here.set_registered_model_tag(NAME, f"{LOOK}.hostile", "[")
    for file in Path().glob("titan.db*"):
        file.unlink()
    shutil.copy(world / "titan.db", "other.db")
    best = int(here.get_model_version(NAME, "1").tags["titan_mlopt.trial"])
    other = next(one.number for one in load_record("other.db", STUDY).trials if one.number != best)
    result = run("validate", "--db", "other.db", "--trial", str(other), "--json")
    assert json.loads(result.stdout)["decision"]["look"] == 2
    assert f"{LOOK}.hostile: must be the tag of a look, got other text" in result.stderr
    again = run("validate", "--db", "other.db", "--json")
    assert json.loads(again.stdout)["decision"]["look"] == 1
    tags = here.get_registered_model(NAME).tags
    assert tag in tags
    assert len([key for key in tags if key.startswith(LOOK)]) == 4


def test_a_config_that_another_study_found_on_the_sealed_bars_cannot_be_told(
    here: MlflowClient, tmp_path: Path
) -> None:
    """Version 2 is the candidate's config, of a study that was tuned on every candle."""
    found = pull_bundle(here, NAME, "1")
    seen = {"closes": asdict(sample_closes(market())), "candles": market().describe()}
    study = {"study": {"uid": "another", "name": "all"}}
    other = replace(found, manifest={**found.manifest, **study, **seen})
    register(here.tracking_uri, tmp_path, other, champion=False)
    document = json.loads(run("validate", "--json").stdout)
    assert document["verdict"] == "CANNOT_TELL"
    assert "titan-config version 2 was tuned on 100% of them" in document["sentence"]


def test_the_share_of_the_sealed_bars_that_the_champion_was_tuned_on_is_told(
    here: MlflowClient, tmp_path: Path
) -> None:
    champion = embedded(DEFAULT)
    candles = {"closes": asdict(sample_closes(market())), "candles": market().describe()}
    champion = replace(champion, manifest={**champion.manifest, **candles})
    register(here.tracking_uri, tmp_path, champion)
    document = json.loads(run("validate", "--json").stdout)
    assert document["decision"]["tuned"] == [
        {"role": "champion", "name": "titan-config version 2", "share": 1.0}
    ]
    assert "titan-config version 2: 100% of them" in Path("verdict/verdict.md").read_text()


# --- promote -----------------------------------------------------------------------------------


def test_a_version_that_passes_becomes_the_champion_and_the_move_says_why(
    here: MlflowClient,
) -> None:
    out = assert_done(run("promote", "1"))
    assert out.startswith("PROMOTE: ")
    assert "\nchampion of titan-config is version 1\n" in out
    assert out.splitlines()[-1].startswith("  titan-mlopt pull ")
    assert champion_of(here) == "1"
    move = last_move(here)
    assert (move.how, move.after) == ("promote", "1")
    assert move.reason.startswith("PROMOTE: ")
    repeated = run("promote", "1", "--json")
    assert (repeated.exit_code, run("validate", "--json").exit_code) == (3, 3)  # one verdict
    again = json.loads(repeated.stdout)
    assert (again["moved"], again["judgement"]["verdict"]) == (True, "KEEP_CHAMPION")
    assert again["not_due"] == "titan-config version 1 is the champion already"
    assert len(record().openings) == 1  # the champion itself is not judged again


def test_a_champion_that_was_made_while_the_gate_judged_is_not_replaced(
    here: MlflowClient, tmp_path: Path
) -> None:
    register(here.tracking_uri, tmp_path, embedded(DEFAULT), champion=False)

    def clock() -> float:
        """Let another process be quicker, as the gate asks for the time while it judges."""
        promote_version(here, NAME, "2", how="force")
        return 1_767_225_600.0

    service = PromotionService(
        *(parse_storage("titan.db"), here.tracking_uri, NAME, GateThresholds(), None),
        *(BacktestChoice.of_options({"backtest": None, "backtest_path": None}), pytest.fail, clock),
    )
    meanwhile = r"version 1 was judged against, none, got version 2 meanwhile; .* promote again"
    with pytest.raises(TrackingError, match=meanwhile):
        service.promote("1")
    assert champion_of(here) == "2"
    assert record().gate_decisions[-1].verdict == "PROMOTE"  # what was judged is kept


def test_two_promotions_at_once_take_turns_and_the_hold_out_is_opened_once(
    here: MlflowClient,
) -> None:
    at_once(lambda: run("promote", "1"), lambda: run("promote", "1"))
    assert champion_of(here) == "1"
    champions = [m for m in read_moves(here.get_registered_model(NAME).tags) if m.alias == CHAMPION]
    assert [(move.how, move.before, move.after) for move in champions] == [("promote", None, "1")]
    assert len(record().openings) == 1


def test_without_a_folder_for_locks_a_promotion_goes_on_and_says_so(
    here: MlflowClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    result = run("promote", "1")
    assert "another promotion on this machine is not waited for: " in result.stderr
    assert_done(result)


def test_a_version_that_does_not_pass_moves_nothing_and_the_exit_code_says_so(
    here: MlflowClient,
) -> None:
    result = run("promote", "1", *gate(min_improvement=0.9))
    assert result.exit_code == 3
    assert result.stdout.startswith("KEEP CHAMPION: ")
    assert "--force" not in result.stdout  # nobody is invited to pass over the gate
    assert result.stdout.endswith("next:\n  titan-mlopt versions --name titan-config\n")
    assert champion_of(here) is None
    (judgement,) = record().gate_decisions
    assert judgement.decision["thresholds"]["min_improvement"] == 0.9
    assert here.get_model_version(NAME, "1").tags["titan_mlopt.verdict"] == "KEEP_CHAMPION"


def test_force_moves_it_opens_nothing_and_is_written_down_for_ever(here: MlflowClient) -> None:
    out = assert_done(run("promote", "1", "--force", "--reason", " the *boss* said so "))
    assert out.startswith("by force")
    assert "\nchampion of titan-config is version 1\n" in out
    assert champion_of(here) == "1"
    assert record().openings == ()
    assert (last_move(here).how, last_move(here).reason) == ("force", "the *boss* said so")
    (forced,) = read_gate_history(here.get_model_version(NAME, "1").tags).forced
    assert (forced.reason, forced.verdict) == ("the *boss* said so", "not asked")
    assert "**Promoted without the gate's word**" in here.get_model_version(NAME, "1").description
    assert "&#42;boss&#42; said so" in here.get_model_version(NAME, "1").description
    assert_done(run("promote", "1", "--force", "--reason", "and again"))
    story = read_gate_history(here.get_model_version(NAME, "1").tags)
    assert [one.reason for one in story.forced] == ["the *boss* said so", "and again"]
    # A later decision does not take it away.
    run("validate", "--json")
    assert "the &#42;boss&#42; said so" in here.get_model_version(NAME, "1").description
    assert "forced" in assert_done(run("versions"))


def test_a_version_whose_study_has_no_hold_out_cannot_be_told(here: MlflowClient) -> None:
    config = TunerConfig(**{**SETTINGS, "tracking": True, "holdout": 0.0, "study_name": "plain"})
    with AutoTuner("titan.db", config) as tuner:
        tuner.optimize("candles.csv")
    result = run("promote", "2")
    assert result.exit_code == 3
    assert result.stdout.startswith("CANNOT TELL: ")
    assert "study plain" in result.stdout.splitlines()[0]
    assert champion_of(here) is None
    assert_done(run("promote", "2", "--force", "--reason", "nothing else there is"))
    assert champion_of(here) == "2"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["promote", "1", "--force"], "force: must have a --reason, got none; say why"),
        (["promote", "1", "--force", "--reason", "  "], "force: must have a --reason, got none"),
        (["promote", "1", "--reason", "x"], "reason: must go with --force, got it alone"),
        (["promote", "7"], "VERSION: must be one of 1, got '7'"),
        (["promote", "1", "--db", "no.db"], "or --force with a --reason"),
        (["validate", "--study-name", "x"], "must be a study of this database (titan_optimization"),
        (["validate", "--trial", "99"], "trial: must be a COMPLETE trial of the study"),
        (["validate", "--trial", "first"], "trial: must be a whole number >= 0, got 'first'"),
        (["validate", "--candles", "no.csv"], "no.csv: must be a file"),
        (["validate", "--candles", "sample"], "candles: must be those of the study"),
        (["validate", "--backtest", "a.b:c"], "backtest: must be the one that the study"),
        (["validate", "--gate", "no.json"], "no.json: must be a readable file, got No such file"),
        (["validate", "--out", "titan.db"], "titan.db: must be a folder that can be written"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_one_line_and_opens_nothing(
    here: MlflowClient, words: list[str], message: str
) -> None:
    assert_refused(run(*words), message)
    assert record().openings == ()
    assert champion_of(here) is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "limits.json: must be JSON, got "),
        ("[1]", "limits.json: must be a JSON object with limits of the gate (alpha, power, "),
        ('{"alfa": 0.1}', "got 'alfa'; see docs/verdicts.md"),
        ('{"alpha": 0.9}', "limits.json: gate: alpha must be in (0, 0.5), got 0.9; the default is"),
        ('{"alpha": "small"}', "limits.json: gate: alpha must be in (0, 0.5), got 'small'"),
    ],
)
def test_limits_that_are_none_are_one_line_that_names_the_file(
    here: MlflowClient, content: str, message: str
) -> None:
    Path("limits.json").write_text(content)
    assert_refused(run("validate", "--gate", "limits.json"), message)
    assert record().openings == ()


def test_a_version_of_another_study_of_that_name_is_refused(
    here: MlflowClient, tmp_path: Path
) -> None:
    register(f"sqlite:///{tmp_path / 'mlflow.db'}", tmp_path, _of_study(STUDY), champion=False)
    assert_refused(
        run("promote", "2"), "study titan_optimization: must be the one that the version"
    )
    assert record().openings == ()


def test_a_version_whose_trial_became_another_one_after_a_restore_is_refused(
    here: MlflowClient,
) -> None:
    """The copy was made before the version's trial, whose number the next one then took."""
    was = pull_bundle(here, NAME, "1").config["feature.fast_window"]
    number, now = _redraw_trial("feature.fast_window"), 3 if was != 3 else 4
    assert_refused(
        run("promote", "1"),
        f"trial {number} of study {STUDY}: must be the one that titan-config version 1 is of, with "
        f"feature.fast_window {was}, got {now} in titan.db, whose trials were drawn again after a "
        "restore; pass the --db or --storage that has it, or --force with a --reason",
    )
    assert record().openings == ()
    assert champion_of(here) is None


def test_the_openings_that_a_version_tells_are_never_fewer_after_a_restore(
    here: MlflowClient,
) -> None:
    here.set_model_version_tag(NAME, "1", "titan_mlopt.holdout_openings", "3")
    assert_done(run("validate"))
    assert here.get_model_version(NAME, "1").tags["titan_mlopt.holdout_openings"] == "3"
    assert "hold-out opened 3 times." in here.get_model_version(NAME, "1").description


def _redraw_trial(name: str) -> int:
    """Give the best trial another value, as a study that draws its number again; return that."""
    best = best_trial(record())
    assert best is not None
    with closing(sqlite3.connect("titan.db")) as connection, connection:
        changed = connection.execute(
            "UPDATE trial_params SET param_value = CASE param_value WHEN 3 THEN 4 ELSE 3 END "
            "WHERE param_name = ? AND trial_id IN (SELECT trial_id FROM trials WHERE number = ?)",
            (name, best.number),
        )
        assert changed.rowcount == 1
    return best.number


def _of_study(name: str) -> Any:
    from dataclasses import replace

    bundle = embedded(DEFAULT)
    manifest = {**bundle.manifest, "study": {"uid": "0" * 32, "name": name}}
    return replace(bundle, manifest=manifest)


# --- fresh candles -------------------------------------------------------------------------------


def test_fresh_candles_are_looked_at_again_until_they_promote_with_the_hold_out_closed(
    here: MlflowClient,
) -> None:
    for n in (6200, 7500):
        save_candles(market(n), f"{n}.csv")
    first = run("validate", "--fresh", "6200.csv")
    assert first.exit_code == 3
    assert first.stdout.startswith("CANNOT TELL: Go on collecting: e-value ")
    assert ", 63 are needed, at this pace " in first.stdout.splitlines()[0]
    assert "The least e-value over the fresh candles" in Path("verdict/verdict.html").read_text()

    (told,) = record().fresh_decisions
    tags = here.get_model_version(NAME, "1").tags
    assert json.loads(tags["titan_mlopt.fresh"])["decision"]["fresh"]["bars"]["n_bars"] == 199
    assert tags["titan_mlopt.verdict"] == "CANNOT_TELL"
    assert told.sentence in here.get_model_version(NAME, "1").description
    parent = parent_of(here)
    assert parent.data.metrics["fresh_e_value"] == told.decision["fresh"]["e_value"]
    files = {file.path for file in here.list_artifacts(parent.info.run_id, "verdict")}
    assert f"verdict/fresh-{told.config_sha256[:8]}.html" in files

    refused = run("promote", "1", "--fresh", "candles.csv")
    assert_refused(refused, "candles.csv: must hold at least 2 candles after the study's last one")
    moved = json.loads(assert_done(run("promote", "1", "--fresh", "7500.csv", "--json")))
    assert (moved["champion"], moved["moved"], moved["forced"]) == ("1", True, False)
    assert moved["judgement"]["decision"]["fresh"]["looks"] == 2
    assert last_move(here).reason.startswith("PROMOTE: Better than the coin and every simple rule")
    assert (record().openings, record().gate_decisions) == ((), ())
    # What was looked at cannot be taken back.
    assert_refused(
        run("validate", "--fresh", "6200.csv", "--name", "another"),
        "6200.csv: must hold the 1,500 fresh candles that were counted at an earlier look",
    )


def test_fresh_candles_and_force_do_not_go_together(tmp_path: Path) -> None:
    words = ("--fresh", "newer.csv", "--force", "--reason", "a test")
    assert_refused(run("promote", "1", *words), "fresh: must go without --force")
