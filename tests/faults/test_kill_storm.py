"""A study that is killed at random moments, and taken up each time, loses and leaves nothing."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.fault_cases import Family
from support.pool_cases import linux
from support.proxy_cases import DROP, LOSE_ANSWER, mlflow_server, open_way
from support.server_cases import free_port
from support.storm import NAME, Storm, run_storm, tries_of, tune_command
from support.tally import LONG, SEED, TALLY
from titan_mlopt.core.trial import ended_trials, was_interrupted
from titan_mlopt.study.retries import MAX_RETRIES
from titan_mlopt.study.storage.backup import find_backups, find_damage

pytestmark = [linux, pytest.mark.slow]

AREA = "kill storm: coordinator, zygote, mirror, trial, group"
N_TRIALS, N_KILLS = (200, 25) if LONG else (24, 3)


@pytest.mark.timeout(3600)
def test_a_study_survives_its_kills(store: str, tmp_path: Path) -> None:
    storm, family = run_storm(SEED, N_TRIALS, N_KILLS, tmp_path, store)
    count_kills(AREA, storm)
    assert storm.kills.total() == N_KILLS
    check_study(storm)
    check_nothing_is_left(storm, family)
    check_mirror(store, storm)


def count_kills(area: str, storm: Storm) -> None:
    lost, wrong = lost_and_wrong(storm)
    TALLY.add(area, kills=storm.kills.total(), lost=len(lost), wrong=len(wrong))


def lost_and_wrong(storm: Storm) -> tuple[set[int], set[int]]:
    """Return the trials that had finished and are missing, and those whose record has changed."""
    stored = {trial.number: trial for trial in ended_trials(storm.study().trials)}
    lost = storm.reported.keys() - stored.keys()
    wrong = {n for n, trial in storm.reported.items() if n in stored and stored[n] != trial}
    return lost, wrong


def check_study(storm: Storm) -> None:
    """Exactly so many finished trials, those that ever were, and each point ended once."""
    study = storm.study()
    assert len(ended_trials(study.trials)) == N_TRIALS
    assert len(storm.reported) == N_TRIALS
    assert lost_and_wrong(storm) == (set(), set())
    params = set()
    for tries in tries_of(study).values():
        assert len(tries) <= 1 + MAX_RETRIES
        assert all(was_interrupted(trial) for trial in tries[:-1])
        (same,) = {tuple(trial.params.items()) for trial in tries}  # a retry tries the same point
        params.add(same)
    assert len(params) == len(tries_of(study))  # and no two draws are the same
    assert find_damage(storm.db) == ""


def check_nothing_is_left(storm: Storm, family: Family) -> None:
    """No process, nothing in TMPDIR and shared memory, nothing half made beside the database."""
    assert family.members() == []
    assert family.left() == []
    assert list(storm.folder.glob(".*")) == []
    assert len(find_backups(storm.db)) == min(2, N_TRIALS // 50)
    assert [find_damage(path, copy=True) for path in find_backups(storm.db)] == [""] * len(
        find_backups(storm.db)
    )


def check_mirror(store: str, storm: Storm) -> None:
    """Each trial has one run, as the study has it, nothing runs, and versions have their files."""
    from mlflow import MlflowClient

    from titan_mlopt.tracking.reconcile import compare, find_missing_files, find_runs
    from titan_mlopt.tracking.registry.versions import find_versions, pull_bundle

    client, study = MlflowClient(store), storm.study()
    runs = find_runs(client, study.uid)
    assert compare(study, runs, tuned_now=False) == []
    assert find_missing_files(client, study, runs) == []
    active = [run for run in runs.trials if run.info.lifecycle_stage == "active"]
    assert len(active) == len(study.trials)
    assert {run.info.status for run in (*active, *runs.parents)} <= {"FINISHED", "KILLED", "FAILED"}
    versions = find_versions(client, "titan-config")
    assert versions
    for version in versions:
        bundle = pull_bundle(client, "titan-config", str(version.version))
        assert bundle.manifest["study"]["name"] == study.name


@pytest.mark.skipif(not LONG, reason="of the long form")
@pytest.mark.timeout(1800)
def test_it_survives_them_behind_a_server_that_drops_and_refuses(
    store: str, tmp_path: Path
) -> None:
    """Every third connection is dropped, with or without having been served; bursts of 500, 429."""
    count, draw = itertools.count(1), random.Random(SEED)

    def moody(method: str, path: str) -> int | None:
        n = next(count)
        if n % 40 < 4:
            return draw.choice([500, 429])
        return draw.choice([DROP, LOSE_ANSWER]) if n % 3 == 0 else None

    home, port = tmp_path / "server", free_port()
    home.mkdir()
    shutil.move(store.removeprefix("sqlite:///"), home / "mlflow.db")
    here = tmp_path / "study"
    here.mkdir()
    with mlflow_server(home, port) as direct, open_way(port) as (uri, way):
        way.decide = moody
        storm, family = run_storm(SEED + 1, N_TRIALS, N_KILLS, here, uri, fails=True)
        way.decide = lambda method, path: None
        count_kills(f"{AREA}; a server that fails", storm)
        check_study(storm)
        check_nothing_is_left(storm, family)
        # What a tune asks for when MLflow has not all of it, and the same tune once more:
        # a best config that it could not register is registered now.
        doctor = ["doctor", "--study-name", NAME, "--repair"]
        for words in (doctor, tune_command(N_TRIALS)):
            subprocess.run(
                [sys.executable, "-m", "titan_mlopt", *words],
                cwd=here,
                check=True,
                env={**os.environ, "MLFLOW_TRACKING_URI": uri},
                timeout=600,
            )
        check_mirror(direct, storm)
