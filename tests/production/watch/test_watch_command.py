"""`titan-mlopt watch` on real files, a real store and a database as Titan makes it."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from support.apply_cases import (
    NAME,
    OTHER,
    TITANS,
    assert_done,
    assert_refused,
    bundle_of,
    dump,
    register,
    run,
    value,
)
from support.kill_points import killed_at
from support.watch_cases import MANIFEST, decision, judged, live, write
from titan_mlopt.core.bundle import with_ensemble
from titan_mlopt.core.ensemble import Ensemble
from titan_mlopt.core.errors import TrackingError
from titan_mlopt.production.watch.lock import watch_lock
from titan_mlopt.production.watch.promise import make_promise
from titan_mlopt.production.watch.reaction import call_hook
from titan_mlopt.production.watch.state import WatchState
from titan_mlopt.production.watch.stored import read_watch, watch_document
from titan_mlopt.tracking.registry.alias_history import read_moves
from titan_mlopt.tracking.registry.versions import MODEL_ID
from titan_mlopt.tracking.registry.watch_runs import (
    ACTION,
    PROMISE,
    STATE,
    WATCH,
    WATCH_ALARM,
    WatchRun,
    find_watches,
)

FILE = "predictions.jsonl"
WATCH_FILE = ("watch", "--predictions", FILE)
pytestmark = pytest.mark.usefixtures("own_cache")


def look(*options: str, code: int = 0) -> dict[str, Any]:
    result = run(*WATCH_FILE, *options, "--json")
    assert result.exit_code == code, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def state_of(store: str, number: str = "1") -> dict[str, Any]:
    watches = find_watches(MlflowClient(store, registry_uri=store), NAME)
    state: dict[str, Any] = next(w for w in watches if w.version == number).content[STATE]["state"]
    # Where the file stands in the file system differs from test to test.
    state["position"] = {**state["position"], "device": 0, "inode": 0}
    return state


def test_a_look_tells_what_is_new_beside_what_was_promised(store: str, tmp_path: Path) -> None:
    judged(store, tmp_path, TITANS)
    write(tmp_path / FILE, live(2000, seed=3))
    page = assert_done(run(*WATCH_FILE))
    assert page.startswith(f"{NAME} version 1: ")
    assert "in 2,000 records, 2,000 new\n" in page
    assert "no alarm\nnext:\n  titan-mlopt versions --name titan-config\n" in page
    write(tmp_path / FILE, live(500, seed=4))
    again = look()
    assert (again["n_new"], again["n_records"], again["promised_by"]) == (500, 2500, "hold-out")
    assert again["accuracy"]["low"] < again["accuracy"]["value"] < again["accuracy"]["high"]
    assert again["accuracy"]["promised"] == pytest.approx(0.55, abs=0.03)
    assert 0.4 < again["always_up"] < 0.6
    assert again["needed"] == 80.0
    assert [(test["test"], test["status"]) for test in again["tests"]] == [
        (test, "passed") for test in ("accuracy", "calibration", "coverage", "drawdown")
    ]
    assert look()["n_new"] == 0


def test_the_watch_is_a_run_of_the_versions_model_with_curves(store: str, tmp_path: Path) -> None:
    judged(store, tmp_path, TITANS)
    write(tmp_path / FILE, live(150, seed=3))
    found = look()
    client = MlflowClient(store, registry_uri=store)
    version = client.get_model_version(NAME, "1")
    assert version.tags[WATCH] == found["run_id"]
    run_of = client.get_run(found["run_id"])
    assert run_of.info.status == "RUNNING"
    assert run_of.data.tags["mlflow.parentRunId"] == version.run_id
    assert run_of.data.params["predictions"] == str(tmp_path / FILE)
    history = client.get_metric_history(found["run_id"], "live_accuracy")
    assert [metric.step for metric in history] == [60, 120]
    assert [i.model_id for i in run_of.inputs.model_inputs] == [version.tags[MODEL_ID]]
    model = client.get_logged_model(version.tags[MODEL_ID])
    assert "live_accuracy" in {metric.key for metric in model.metrics or []}
    assert max(map(len, run_of.data.tags.values())) < 5000


def test_looks_as_often_as_one_likes_end_as_one_look_does(store: str, tmp_path: Path) -> None:
    judged(store, tmp_path, TITANS)
    judged(store, tmp_path, OTHER)
    stats = live(300, seed=3)
    write(tmp_path / FILE, stats)
    look("--version", "1")
    for first in range(0, 300, 50):
        write(tmp_path / "other.jsonl", stats.part(first, first + 50))
        run("watch", "--predictions", "other.jsonl")
    assert state_of(store, "1") == state_of(store, "2")


@pytest.mark.slow
def test_a_watch_that_is_killed_after_any_write_goes_on_and_ends_identically(
    store: str, tmp_path: Path
) -> None:
    judged(store, tmp_path, TITANS)
    judged(store, tmp_path, OTHER)
    write(tmp_path / FILE, live(200, seed=3))
    look("--version", "1")
    kept = state_of(store, "1")
    write(tmp_path / "other.jsonl", live(200, seed=3))
    kills = 0
    while killed_at(kills + 1, lambda: run("watch", "--predictions", "other.jsonl")):
        kills += 1
    assert kills >= 3
    result = json.loads(assert_done(run("watch", "--predictions", "other.jsonl", "--json")))
    assert (result["n_new"], state_of(store, "2")) == (0, kept)
    client = MlflowClient(store, registry_uri=store)
    history = client.get_metric_history(result["run_id"], "live_accuracy")
    assert [metric.step for metric in history] == [60, 120, 180]
    home = client.get_run(result["run_id"]).info.experiment_id
    assert len(client.search_runs([home], "tags.`titan_mlopt.kind` = 'watch'")) == 1


def test_a_drop_raises_the_alarm_which_stays(store: str, tmp_path: Path) -> None:
    judged(store, tmp_path, TITANS)
    write(tmp_path / FILE, live(3000, seed=3, accuracy=0.45))
    found = look(code=4)
    (alarm, *_) = found["alarms"]
    assert alarm["test"] == "accuracy"
    page = run(*WATCH_FILE)
    assert page.exit_code == 4
    assert "ALARM: accuracy is below" in page.stdout
    assert page.stdout.endswith("next:\n  titan-mlopt rollback\n")
    client = MlflowClient(store, registry_uri=store)
    assert client.get_run(found["run_id"]).info.status == "FAILED"
    told = json.loads(client.get_model_version(NAME, "1").tags[WATCH_ALARM])
    assert told["alarms"][0] == alarm
    assert found["action"] is None


def test_an_alarm_whose_tag_was_not_written_is_told_at_the_next_look(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged(store, tmp_path, TITANS)
    write(tmp_path / FILE, live(3000, seed=3, accuracy=0.45))

    def refuse(*_: object) -> None:
        raise MlflowException("the store is away")

    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, "set_model_version_tag", _but(WATCH_ALARM, refuse))
        assert run(*WATCH_FILE).exit_code == 2
    look(code=4)
    assert WATCH_ALARM in MlflowClient(store, registry_uri=store).get_model_version(NAME, "1").tags


def _but(key: str, refuse: Callable[..., None]) -> Callable[..., None]:
    """Return the method that sets a tag, which refuses this one."""
    real = MlflowClient.set_model_version_tag

    def set_tag(client: MlflowClient, name: str, version: str, tag: str, text: str) -> None:
        (refuse if tag == key else real)(client, name, version, tag, text)

    return set_tag


def test_anew_begins_another_watch_where_the_last_one_stopped(store: str, tmp_path: Path) -> None:
    judged(store, tmp_path, TITANS)
    write(tmp_path / FILE, live(3000, seed=3, accuracy=0.45))
    first = look(code=4)
    write(tmp_path / FILE, live(100, seed=4))
    second = look("--anew", "--alpha", "0.1")
    assert second["run_id"] != first["run_id"]
    assert (second["n_records"], second["needed"]) == (100, 40.0)
    assert look()["run_id"] == second["run_id"]
    refused = run(*WATCH_FILE, "--alpha", "0.05")
    assert_refused(refused, "--alpha: must be 0.1, as at the first look of this watch, got 0.05")


def test_each_record_is_counted_for_the_version_that_is_champion_when_it_is_read(
    store: str, tmp_path: Path
) -> None:
    judged(store, tmp_path, TITANS)
    judged(store, tmp_path, OTHER)
    write(tmp_path / FILE, live(100, seed=1))
    assert (look()["version"], look()["n_records"]) == ("2", 100)
    assert_done(run("rollback"))
    write(tmp_path / FILE, live(50, seed=2))
    assert (look()["version"], look()["n_records"]) == ("1", 50)
    assert_done(run("promote", "2", "--force", "--reason", "again"))
    write(tmp_path / FILE, live(25, seed=3))
    found = look()
    assert (found["version"], found["n_new"], found["n_records"]) == ("2", 25, 125)
    client = MlflowClient(store, registry_uri=store)
    statuses = [client.get_run(w.run_id).info.status for w in find_watches(client, NAME)]
    assert statuses == ["RUNNING", "FINISHED"]


def test_a_version_that_is_made_champion_again_after_its_alarm_is_watched_anew(
    store: str, tmp_path: Path
) -> None:
    judged(store, tmp_path, TITANS)
    judged(store, tmp_path, OTHER)
    look()
    assert_done(run("rollback"))
    assert_done(run("promote", "2", "--force", "--reason", "again, before any alarm"))
    write(tmp_path / FILE, live(3000, seed=3, accuracy=0.45))
    first = look(code=4)
    assert look(code=4)["run_id"] == first["run_id"]  # it stays the champion, and the alarm stays
    assert_done(run("rollback"))
    write(tmp_path / FILE, live(50, seed=1))
    assert (look()["version"], first["version"]) == ("1", "2")
    assert_done(run("promote", "2", "--force", "--reason", "the market has turned"))
    write(tmp_path / FILE, live(60, seed=2))
    again = look()
    assert (again["version"], again["n_records"], again["alarms"]) == ("2", 60, [])
    assert again["run_id"] != first["run_id"]
    assert look()["run_id"] == again["run_id"]


def test_a_first_look_may_leave_out_what_is_there(store: str, tmp_path: Path) -> None:
    judged(store, tmp_path, TITANS)
    write(tmp_path / FILE, live(100, seed=1))
    assert look("--skip-old")["n_records"] == 0
    write(tmp_path / FILE, live(30, seed=2))
    assert look("--skip-old")["n_records"] == 30


def test_a_version_that_the_gate_has_not_judged_is_tested_against_a_coin(
    store: str, tmp_path: Path
) -> None:
    register(store, tmp_path, bundle_of(TITANS))
    write(tmp_path / FILE, live(100, seed=1))
    result = run(*WATCH_FILE)
    assert "nothing was promised: only its accuracy is tested, against a coin" in result.stderr
    found = look()
    assert found["promised_by"] is None
    assert [test["test"] for test in found["tests"]] == ["accuracy"]
    assert found["tests"][0]["null"] == "at least 50.00%"
    assert found["needed"] == 20.0


def test_a_watch_of_an_ensemble_says_that_production_runs_its_best_member(
    store: str, tmp_path: Path
) -> None:
    bundle = bundle_of(TITANS)
    members = Ensemble((3, 4), (TITANS, OTHER), 0.1)
    register(store, tmp_path, with_ensemble(bundle, members, {}))
    write(tmp_path / FILE, live(10, seed=1))
    result = run(*WATCH_FILE)
    assert_done(result)
    assert "is an ensemble, of which production runs the best member" in result.stderr


def test_a_rotated_file_is_said_once_and_nothing_is_counted_twice(
    store: str, tmp_path: Path
) -> None:
    judged(store, tmp_path, TITANS)
    write(tmp_path / FILE, live(100, seed=1))
    look()
    (tmp_path / FILE).rename(tmp_path / f"{FILE}.1")
    write(tmp_path / FILE, live(10, seed=2))
    result = run(*WATCH_FILE, "--json")
    assert json.loads(result.stdout)["n_records"] == 110
    assert result.stderr.count("was replaced or truncated") == 1
    again = run(*WATCH_FILE, "--json")
    assert (json.loads(again.stdout)["n_new"], again.stderr) == (0, "")


def test_no_way_to_write_the_path_counts_a_record_twice(store: str, tmp_path: Path) -> None:
    judged(store, tmp_path, TITANS)
    folder = tmp_path / "live"
    folder.mkdir()
    (tmp_path / "link").symlink_to(folder)
    write(folder / "p.jsonl", live(100, seed=1))
    n_records = []
    for path in ("live/p.jsonl", "live/../live/p.jsonl", "link/p.jsonl"):
        found = json.loads(assert_done(run("watch", "--predictions", path, "--json")))
        n_records.append(found["n_records"])
    assert n_records == [100, 100, 100]
    folder.rename(tmp_path / "moved")
    write(tmp_path / "moved/p.jsonl", live(10, seed=2))
    found = json.loads(assert_done(run("watch", "--predictions", "moved/p.jsonl", "--json")))
    assert found["n_records"] == 110


def test_a_watch_reads_one_file_and_refuses_another_one(store: str, tmp_path: Path) -> None:
    judged(store, tmp_path, TITANS)
    write(tmp_path / FILE, live(100, seed=1))
    write(tmp_path / "b.jsonl", live(30, seed=2))
    first = look()
    refused = run("watch", "--predictions", "b.jsonl")
    assert_refused(refused, "--predictions: must be the file that this watch has read, ")
    assert (look()["n_records"], look()["n_new"]) == (100, 0)
    anew = run("watch", "--predictions", "b.jsonl", "--anew", "--json")
    found = json.loads(assert_done(anew))
    assert (found["n_records"], found["run_id"] == first["run_id"]) == (30, False)


def test_a_path_of_links_in_a_circle_is_refused_in_one_line(store: str, tmp_path: Path) -> None:
    judged(store, tmp_path, TITANS)
    (tmp_path / FILE).symlink_to("b.jsonl")
    (tmp_path / "b.jsonl").symlink_to(FILE)
    refused = run(*WATCH_FILE)
    assert refused.exit_code == 2
    assert refused.stderr.splitlines()[-1] == (
        f"titan-mlopt: {FILE}: must be readable, got Too many levels of symbolic links; name the "
        "predictions.jsonl of the live run"
    )
    assert "Traceback" not in refused.stderr
    # The watch goes on with a right path.
    (tmp_path / FILE).unlink()
    write(tmp_path / FILE, live(100, seed=1))
    assert look()["n_records"] == 100


def test_silence_is_an_alarm_by_a_rule_and_ends_with_the_next_record(
    store: str, tmp_path: Path
) -> None:
    judged(store, tmp_path, TITANS)
    first = run(*WATCH_FILE)
    assert "ALARM" not in assert_done(first)  # no file yet, and the watch has just begun
    assert f"{FILE}: there is no such file yet" in first.stderr
    write(tmp_path / FILE, live(10, seed=1))
    hour_ago = time.time() - 3700
    os.utime(tmp_path / FILE, (hour_ago, hour_ago))
    found = look(code=4)
    assert found["silent_s"] >= 3700
    assert found["alarms"] == []
    page = run(*WATCH_FILE).stdout
    assert re.search(r"ALARM: nothing was written for \d{2,} minutes", page)
    assert page.endswith("next:\n  titan-mlopt versions --name titan-config\n")
    assert look("--silence", "0")["silent_s"] is None
    write(tmp_path / FILE, live(1, seed=1))
    assert look()["silent_s"] is None


def test_a_second_watch_of_the_same_file_does_nothing(store: str, tmp_path: Path) -> None:
    judged(store, tmp_path, TITANS)
    with watch_lock(store, NAME, Path(FILE)) as mine:
        assert mine
        busy = "another process is looking"
        assert look() == {"name": NAME, "looked": False, "why": busy, "not_due": busy}
        assert "another process is looking; nothing was done" in assert_done(run(*WATCH_FILE))
    assert look()["looked"] is True


def test_following_ends_with_the_alarm(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged(store, tmp_path, TITANS)
    write(tmp_path / FILE, live(100, seed=1))
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            write(tmp_path / FILE, live(3000, seed=2, accuracy=0.4))

    monkeypatch.setattr("titan_mlopt.cli.watch.time.sleep", sleep)
    result = run(*WATCH_FILE, "--follow", "--every", "5")
    assert result.exit_code == 4
    assert waits == [5.0, 5.0]
    assert result.stdout.count(f"{NAME} version 1: ") == 2  # a look without news is not shown


@pytest.mark.parametrize("tag", ['{"file": 3}', "no json", "{}", "[]"])
def test_a_watch_whose_tags_were_changed_is_refused_until_its_version_forgets_it(
    store: str, tmp_path: Path, tag: str
) -> None:
    judged(store, tmp_path, TITANS)
    write(tmp_path / FILE, live(9, seed=1))
    client = MlflowClient(store, registry_uri=store)
    first = look()["run_id"]
    client.set_tag(first, STATE, tag)
    refused = run(*WATCH_FILE)
    assert_refused(refused, f"run {first}: its tags titan_mlopt.watch_… must be as the watch")
    client.delete_model_version_tag(NAME, "1", WATCH)
    assert look()["run_id"] != first


@pytest.mark.parametrize(
    ("tag", "path", "damage"),
    [
        (ACTION, (), []),
        (ACTION, ("rollback",), {"done": "x"}),
        (PROMISE, ("alpha",), "x"),
        (PROMISE, ("alpha",), 0.0),
        (PROMISE, ("tail", "levels"), [0.5]),
        (STATE, ("state", "accuracy"), [0.0]),
        (STATE, ("state", "bin_count"), ["x"] * 10),
        (STATE, ("state", "block"), 3),
        (STATE, ("state", "alarms"), [{"test": "none", "record": 1, "log_e": 2.0}]),
    ],
)
def test_a_part_of_a_tag_that_was_changed_is_named_with_its_version(
    tag: str, path: tuple[str, ...], damage: object
) -> None:
    promise = make_promise(decision(), MANIFEST, 0.05)
    content: dict[str, Any] = {
        PROMISE: asdict(promise),
        STATE: watch_document("p.jsonl", 0, WatchState()),
        ACTION: {},
    }
    content = json.loads(json.dumps(content))
    run_of = WatchRun("r", "7", "RUNNING", 0, None, content)
    assert read_watch(run_of).promise == promise
    place: dict[str, Any] = content
    for key in (tag, *path)[:-1]:
        place = place[key]
    place[(tag, *path)[-1]] = damage
    with pytest.raises(TrackingError, match=r"run r: its tags .* of version 7, and the next look"):
        read_watch(run_of)


# --- reactions -----------------------------------------------------------------------------------

ROLL_BACK = ("--on-alarm", "rollback", "--db", "titan.db")


def two_champions(store: str, tmp_path: Path) -> None:
    """Put version 2 in force after version 1; its live run is worse than was promised."""
    judged(store, tmp_path, TITANS)
    assert_done(run("apply", "--db", "titan.db"))
    judged(store, tmp_path, OTHER)
    assert_done(run("apply", "--db", "titan.db"))
    write(tmp_path / FILE, live(3000, seed=3, accuracy=0.45))


def test_an_alarm_rolls_back_applies_and_says_why(store: str, tmp_path: Path, db: Path) -> None:
    two_champions(store, tmp_path)
    in_force = dump(db)
    found = look(*ROLL_BACK, code=4)
    assert found["version"] == "2"
    assert found["action"]["done"] is True
    assert found["action"]["outcome"] == (
        "champion of titan-config is version 1 again, and in force in titan.db"
    )
    assert value(db, "config.feature.fast_window") == TITANS["feature.fast_window"]
    assert value(db, "titan_mlopt.applied")["version"] == "1"
    client = MlflowClient(store, registry_uri=store)
    move = read_moves(client.get_registered_model(NAME).tags)[-1]
    assert (move.how, move.before, move.after) == ("rollback", "2", "1")
    assert move.reason.startswith("watch: accuracy is below ")
    # The next look is at version 1, from where version 2's ended.
    write(tmp_path / FILE, live(60, seed=5))
    after = look(*ROLL_BACK)
    assert (after["version"], after["n_records"], after["action"]) == ("1", 60, None)
    # It can be taken back.
    assert_done(run("apply", "--undo", "--db", "titan.db"))
    assert dump(db)["kv"] == in_force["kv"]


@pytest.mark.slow
def test_a_rollback_that_is_killed_after_any_write_is_completed_once(
    store: str, tmp_path: Path, db: Path
) -> None:
    two_champions(store, tmp_path)
    kills = 0
    while killed_at(kills + 1, lambda: run(*WATCH_FILE, *ROLL_BACK)):
        kills += 1
    assert kills >= 8
    client = MlflowClient(store, registry_uri=store)
    assert str(client.get_model_version_by_alias(NAME, "champion").version) == "1"
    moves = [m for m in read_moves(client.get_registered_model(NAME).tags) if m.how == "rollback"]
    assert [(move.before, move.after) for move in moves] == [("2", "1")]
    applied = value(db, "titan_mlopt.applied")
    assert (applied["number"], applied["version"]) == (3, "1")
    second = next(w for w in find_watches(client, NAME) if w.version == "2")
    assert second.content["titan_mlopt.watch_action"]["rollback"]["done"] is True


def test_a_rollback_that_the_database_refuses_is_done_at_the_next_look(
    store: str, tmp_path: Path, db: Path
) -> None:
    two_champions(store, tmp_path)
    refused = run(*WATCH_FILE, *ROLL_BACK, "--backtest", "a.b:c", "--json")
    assert refused.exit_code == 4
    assert "the alarm stands, but rollback must be done, got backtest: must be the target's" in (
        refused.stderr.replace("--backtest", "backtest")
    )
    assert json.loads(refused.stdout)["action"]["done"] is False
    assert value(db, "titan_mlopt.applied")["version"] == "2"
    # The champion stays until the version before can be applied; the command is to be repeated.
    client = MlflowClient(store, registry_uri=store)
    assert str(client.get_model_version_by_alias(NAME, "champion").version) == "2"
    second = run(*WATCH_FILE, *ROLL_BACK, "--backtest", "a.b:c")
    assert second.stderr.count("the alarm stands, but rollback must be done") == 1
    (kept,) = (
        one
        for one in json.loads(assert_done(run("history", "--json")))["events"]
        if one["event"] == "reaction"
    )
    assert (kept["version"], kept["done"]) == ("2", False)
    assert kept["outcome"].startswith("backtest: must be the target's, a.b:c, got ")
    page = second.stdout
    again = "watch --predictions predictions.jsonl --on-alarm rollback --db titan.db"
    assert page.endswith(f"next:\n  titan-mlopt {again} --backtest a.b:c\n")
    result = run(*WATCH_FILE, *ROLL_BACK, "--json")
    assert "an alarm of version 2 is finished: champion of titan-config is version 1" in (
        result.stderr
    )
    assert value(db, "titan_mlopt.applied")["version"] == "1"


def test_a_refused_rollback_is_over_when_its_version_is_made_champion_again(
    store: str, tmp_path: Path, db: Path
) -> None:
    two_champions(store, tmp_path)
    refused = look(*ROLL_BACK, "--backtest", "a.b:c", code=4)
    assert refused["action"]["done"] is False
    assert_done(run("rollback"))
    assert_done(run("promote", "2", "--force", "--reason", "the market has turned"))
    in_force = dump(db)
    write(tmp_path / FILE, live(60, seed=2))
    result = run(*WATCH_FILE, *ROLL_BACK, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["version"], found["n_records"], found["alarms"]) == ("2", 60, [])
    over = "version 2 was made the champion of titan-config again after its alarm: nothing to do"
    assert f"an alarm of version 2 is finished: {over}" in result.stderr
    assert dump(db) == in_force
    tags = MlflowClient(store, registry_uri=store).get_run(refused["run_id"]).data.tags
    action = json.loads(tags[ACTION])["rollback"]
    assert (action["done"], action["outcome"]) == (True, over)


def test_a_champion_that_somebody_replaced_meanwhile_is_left_alone(
    store: str, tmp_path: Path, db: Path
) -> None:
    two_champions(store, tmp_path)
    assert look("--version", "2", code=4)["action"] is None
    assert_done(run("promote", "1", "--force", "--reason", "by hand"))
    found = look("--version", "2", *ROLL_BACK, code=4)
    assert found["action"]["outcome"] == (
        "champion of titan-config is version 1 meanwhile: nothing to do"
    )
    assert value(db, "titan_mlopt.applied")["version"] == "2"


def test_a_hook_gets_the_alarm_as_json_and_is_called_once(store: str, tmp_path: Path) -> None:
    judged(store, tmp_path, TITANS)
    write(tmp_path / FILE, live(3000, seed=3, accuracy=0.45))
    script = tmp_path / "hook.py"
    script.write_text("import sys\nopen('told.json', 'a').write(sys.stdin.read())\n")
    hook = ("--on-alarm", "hook", sys.executable, "hook.py")
    for _ in range(2):
        found = look(*hook, code=4)
        assert found["action"]["outcome"] == f"{sys.executable} was called"
    told = json.loads((tmp_path / "told.json").read_text())
    assert (told["name"], told["version"], told["alarms"]) == (NAME, "1", found["alarms"])


def test_what_a_hook_prints_goes_to_the_error_output(capfd: pytest.CaptureFixture[str]) -> None:
    call_hook(("echo", "called"), {})
    assert capfd.readouterr() == ("", "called\n")


def test_a_hook_that_fails_is_called_again_at_the_next_look(store: str, tmp_path: Path) -> None:
    judged(store, tmp_path, TITANS)
    write(tmp_path / FILE, live(3000, seed=3, accuracy=0.45))
    for program, got in (("./missing", "No such file"), ("false", "exit code 0, got 1")):
        result = run(*WATCH_FILE, "--on-alarm", "hook", program)
        assert result.exit_code == 4
        assert got in result.stderr
    assert look("--on-alarm", "hook", "true", code=4)["action"]["done"] is True


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--on-alarm", "hook"), "--on-alarm: must be hook with a program after it, got none"),
        (("true",), "--on-alarm: must be hook with a program after it, got one without it"),
        (("--once", "--follow"), "--once, --follow: must be one of the two, got both"),
        (("--on-alarm", "rollback", "--db", "none.db"), "--db: must be production's database"),
        (("--alpha", "2"), "--alpha: must be in (0, 1), got 2.0; 0.05 is the default"),
        (("--version", "9"), "--version: must be one of 1, got '9'"),
    ],
)
def test_bad_options_are_refused_in_one_line(
    store: str, tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    judged(store, tmp_path, TITANS)
    assert_refused(run(*WATCH_FILE, *options), message)
