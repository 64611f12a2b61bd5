"""A study that is killed at random moments, and taken up each time, loses and leaves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from fault_cases import Family
from pool_cases import linux
from storm import Storm, run_storm, tries_of
from tally import LONG, SEED, TALLY

from titan_mlopt.study.backup import find_backups, find_damage
from titan_mlopt.study.points import MAX_RETRIES, ended_trials, was_interrupted

pytestmark = [linux, pytest.mark.slow]

AREA = "kill storm: coordinator, zygote, trial, group"
N_TRIALS, N_KILLS = (200, 25) if LONG else (40, 5)


@pytest.mark.timeout(1800)
def test_a_study_survives_its_kills(store: str, tmp_path: Path) -> None:
    storm, family = run_storm(SEED, N_TRIALS, N_KILLS, tmp_path, store)
    TALLY.add(AREA, kills=storm.kills.total(), lost=len(lost(storm)))
    assert storm.kills.total() == N_KILLS
    check_study(storm)
    check_nothing_is_left(storm, family)
    check_mirror(store, storm)


def lost(storm: Storm) -> list[int]:
    """Return the trials that were finished once and are not there, or not as they were."""
    there = {trial.number: trial for trial in ended_trials(storm.study().trials)}
    return [number for number, trial in storm.reported.items() if there.get(number) != trial]


def check_study(storm: Storm) -> None:
    """Exactly so many finished trials, those that ever were, and each point ended once."""
    study = storm.study()
    assert len(ended_trials(study.trials)) == N_TRIALS
    assert len(storm.reported) == N_TRIALS
    assert lost(storm) == []
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
    """The best config is a version with its files."""
    from mlflow import MlflowClient

    from titan_mlopt.tracking.registry import pull_bundle

    bundle = pull_bundle(MlflowClient(store), "titan-config", "1")
    assert bundle.manifest["study"]["name"] == storm.study().name
