"""Thirty days of a stand-in Titan: everything that keeps a record tells the same story at the end.

Two changes of regime, a rotten promotion by force, alarms that roll back, and a kill at each kind
of step. Production reads its config from its database alone; the nights between run the commands
as cron would.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from support.apply_cases import NAME, assert_done, kv, make_titan_db, run, value
from support.days_cases import APPLY, BACKTEST, DAY, FOLLOWS, N_TRIALS, TURNS, Days, market
from titan_mlopt.analysis.looks import number_of_look
from titan_mlopt.core.storage_url import parse_storage
from titan_mlopt.study.storage.looks import read_looks
from titan_mlopt.study.storage.studies import load_record, load_stored
from titan_mlopt.tracking.registry.alias_history import Move, read_intents, read_moves
from titan_mlopt.tracking.registry.look_tags import find_looks
from titan_mlopt.tracking.registry.versions import find_versions, pull_bundle
from titan_mlopt.tracking.registry.watch_runs import STATE, WATCH_ALARM

pytestmark = [pytest.mark.matrix, pytest.mark.usefixtures("own_cache")]
#: The first nights only collect candles; the market turns back from day 11 to day 20.
FIRST, LAST, REGIMES = 3, 30, {0: FOLLOWS, 11: TURNS, 21: FOLLOWS}
ROTTEN = 7
KILLS = {3: "apply", 5: "tune", 14: "promote"}


@pytest.fixture
def client(store: str) -> MlflowClient:
    return MlflowClient(store, registry_uri=store)


def test_thirty_days_tell_one_story(client: MlflowClient, tmp_path: Path) -> None:
    make_titan_db(tmp_path / "titan.db")
    days = Days(tmp_path, market(REGIMES, LAST))
    for day in range(FIRST, LAST):
        days.night(day, kill=KILLS.get(day, ""))
        if day == ROTTEN:
            days.force_rotten()
        days.trade(day)
        days.watch(kill=day == ROTTEN)
    assert Counter(days.kills) == Counter(("tune", "promote", "apply", "watch"))
    moves = champion_moves(client)
    check_second_calls(days, moves[-1].after)
    assert champion_moves(client) == moves
    check_the_story(days, moves)
    check_titans_database(days, client, moves)
    check_the_ledger(days, client)
    check_mlflow(days, client)
    check_the_history(days, client, moves)


def champion_moves(client: MlflowClient) -> list[Move]:
    model = client.get_registered_model(NAME)
    assert read_intents(model.tags) == ()
    return [move for move in read_moves(model.tags) if move.alias == "champion"]


def check_second_calls(days: Days, champion: str) -> None:
    """Each command, called once more, says that nothing was due."""
    last = LAST - 1
    words = days.tune_words(f"night-{last}", days.night_candles(last), seed=last)
    assert days.call(*words)["not_due"] == f"study night-{last} has all of its trials"
    promoted = days.call("promote", champion, *BACKTEST, "--json", codes=(3,))
    assert promoted["not_due"] == f"{NAME} version {champion} is the champion already"
    assert days.call(*APPLY)["not_due"] == "in force already and unchanged"
    assert days.watch()["not_due"] == "no new record"


def check_the_story(days: Days, moves: list[Move]) -> None:
    """The moves of the champion are those that the commands told, and nothing else moved it."""
    told = list[tuple[str, str | None, str]]()
    champion: str | None = None
    for name, said in days.log:
        after = champion
        if name == "promote":
            after = said["champion"]
            how = "force" if said["forced"] else "promote"
        elif name == "watch":
            after, how = champion_after(said, champion), "rollback"
        if after != champion:
            assert after is not None
            told.append((how, champion, after))
        champion = after
    assert [(move.how, move.before, move.after) for move in moves] == told
    # The rotten promotion was rolled back the same day; the first change of regime left no version
    # to go back to; the second one did.
    assert Counter(move.how for move in moves)["force"] == 1
    forced = next(i for i, move in enumerate(moves) if move.how == "force")
    assert moves[forced + 1].how == "rollback"
    assert moves[forced + 1].after == moves[forced].before
    assert moves[forced + 1].reason.startswith("watch: accuracy is below 50.00%")
    assert sum(move.how == "rollback" for move in moves) >= 2
    assert sum(move.how == "promote" for move in moves) >= 2


def champion_after(said: dict[str, Any], champion: str | None) -> str | None:
    """Return the champion after a look, from what the look said it has done."""
    action = said["action"]
    if said["version"] != champion or action is None or not action["done"]:
        return champion
    words = str(action["outcome"]).split()
    return words[words.index("version") + 1]


def check_titans_database(days: Days, client: MlflowClient, moves: list[Move]) -> None:
    """The database has the champion's config in force, and remembers each apply in its order."""
    applied = value(days.db, "titan_mlopt.applied")
    champion = client.get_model_version_by_alias(NAME, "champion")
    assert (applied["name"], applied["version"]) == (NAME, str(champion.version))
    bundle = pull_bundle(client, NAME, applied["version"])
    assert applied["config_sha256"] == bundle.config_sha256
    for key, wanted in bundle.config.items():
        assert value(days.db, f"config.{key}") == wanted
    backups = [
        {**backup, "version": key.removeprefix("titan_mlopt.backup.")}
        for key in kv(days.db)
        if key.startswith("titan_mlopt.backup.")
        for backup in value(days.db, key)
    ]
    backups.sort(key=lambda backup: backup["number"])
    assert [backup["number"] for backup in backups] == list(range(1, applied["number"] + 1))
    # What was in force one after the other is where the champion went, as each move was applied.
    assert [backup["version"] for backup in backups] == [move.after for move in moves]
    ever = {move.after for move in moves}
    tagged = {
        str(version.version)
        for version in find_versions(client, NAME)
        if "titan_mlopt.applied" in version.tags
    }
    assert tagged == ever


def check_the_ledger(days: Days, client: MlflowClient) -> None:
    """Database and registry have the same looks; each decision has one, and each its number."""
    _, backend = load_stored(parse_storage(str(days.db)), "night-03")
    looks = sorted(read_looks(backend), key=lambda look: (look.when, look.number))
    in_registry = find_looks(client, NAME, pytest.fail)
    assert {look.id for look in in_registry} == {look.id for look in looks}
    studies = [load_record(str(days.db), name) for name in study_names()]
    # A config that is judged twice within a second, as after a kill, is opened twice and one look.
    openings = {(study.uid, opening.when) for study in studies for opening in study.openings}
    counted = {(look.study_uid, look.when) for look in looks}
    # A look is counted first: the promotion that was killed may have got no further.
    assert openings <= counted
    assert len(counted - openings) <= 1
    for i, look in enumerate(looks):
        assert look.number == number_of_look(looks[:i], look)
    # The promotion that was killed may have looked, and looked again when it was run again.
    twice = Counter(look.judged for look in looks)
    assert {look.study for look in looks if twice[look.judged] > 1} <= {"night-14"}
    assert max(twice.values()) <= 2
    judged = [said for said in days.said("promote") if (said["judgement"] or {}).get("decision")]
    assert len(judged) == len(twice)
    numbers = {(look.study_uid, look.config_sha256): look.number for look in looks}
    by_uid = {study.uid: study for study in studies}
    for (uid, config), number in numbers.items():
        decisions = [d for d in by_uid[uid].gate_decisions if d.config_sha256 == config]
        assert {decision.decision["look"] for decision in decisions} == {number}


def study_names() -> list[str]:
    found: list[dict[str, Any]] = json.loads(assert_done(run("studies", "--json")))
    return [str(study["study"]) for study in found]


def check_mlflow(days: Days, client: MlflowClient) -> None:
    """Each study is whole there, and each record of the live run was counted in one watch."""
    for name in study_names():
        found = json.loads(assert_done(run("doctor", "--study-name", name, "--json")))
        assert found["found"] == [], name
    experiment = client.get_experiment_by_name("titan_mlopt")
    assert experiment is not None
    runs = list[Run](client.search_runs([experiment.experiment_id], max_results=1000))
    kinds = Counter(run_of.data.tags.get("titan_mlopt.kind", "") for run_of in runs)
    studies = LAST - FIRST + 1
    killed = kinds["trial"] - studies * N_TRIALS
    assert killed == 1  # the trial of the study that was killed
    assert kinds.keys() == {"study", "trial", "watch"}
    assert kinds["study"] == studies
    assert {run_of.info.status for run_of in runs if kind_of(run_of) == "study"} == {"FINISHED"}
    watches = [run_of for run_of in runs if kind_of(run_of) == "watch"]
    states = [json.loads(watch.data.tags[STATE])["state"] for watch in watches]
    lines = days.live.read_text(encoding="utf-8").splitlines()
    assert sum(state["n_records"] for state in states) == len(lines) == (LAST - FIRST) * DAY
    versions = {v.version: v.tags for v in find_versions(client, NAME)}
    alarmed = [watch for watch in watches if watch.info.status == "FAILED"]
    told = {said["run_id"] for said in days.said("watch") if said["alarms"]}
    assert {watch.info.run_id for watch in alarmed} == told
    tagged = {str(number) for number, tags in versions.items() if WATCH_ALARM in tags}
    assert {watch.data.params["version"] for watch in alarmed} == tagged
    # The champion's is the only one that goes on.
    champion = str(client.get_model_version_by_alias(NAME, "champion").version)
    going = [watch.data.params["version"] for watch in watches if watch.info.status == "RUNNING"]
    assert going == [champion]


def check_the_history(days: Days, client: MlflowClient, moves: list[Move]) -> None:
    """`history` tells the same: each version, what the gate said, moves, applies, looks, alarms."""
    story = json.loads(assert_done(run("history", "--json")))
    events = story["events"]
    assert story["champion"] == moves[-1].after
    times = [event["time"] for event in events]
    assert times == sorted(times)

    def of(*kinds: str) -> list[dict[str, Any]]:
        return [event for event in events if event["event"] in kinds]

    how = {"promote": "promoted", "force": "forced", "rollback": "rolled_back"}
    changes = [(event["event"], event["was"], event["version"], event["reason"])
               for event in of(*how.values())]  # fmt: skip
    assert changes == [(how[move.how], move.before, move.after, move.reason) for move in moves]
    replaced = [(event["version"], event["replaced_by"]) for event in of("replaced")]
    assert replaced == [(move.before, move.after) for move in moves if move.before is not None]
    assert [event["version"] for event in of("applied")] == [move.after for move in moves]
    assert {event["db"] for event in of("applied")} == {str(days.db)}
    versions = [str(version.version) for version in find_versions(client, NAME)]
    assert sorted(event["version"] for event in of("registered")) == sorted(versions)
    judged = {
        said["words"][1]: said["judgement"]["verdict"]
        for said in days.said("promote")
        if (said["judgement"] or {}).get("decision")
    }
    assert {event["version"]: event["verdict"] for event in of("judged")} == judged
    lines = days.live.read_text(encoding="utf-8").splitlines()
    assert sum(event["n_records"] for event in of("watched")) == len(lines)
    alarms = {said["run_id"] for said in days.said("watch") if said["alarms"]}
    assert {event["run_id"] for event in of("alarm")} == alarms
    done = [event for event in of("reaction") if event["done"]]
    assert all(event["kind"] == "rollback" for event in done)


def kind_of(run_of: Run) -> str:
    return str(run_of.data.tags.get("titan_mlopt.kind"))
