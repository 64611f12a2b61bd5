"""A backtest that is edited on Dask's workers, or is another one on one of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.dask_cases import MARKS, ROOT, DaskCluster, dask_settings
from support.edited_cases import MEET, SETTINGS, After, check_interrupted, write_package
from support.external_cases import _no_clock, ran, study_of
from support.standin_cases import csv
from titan_mlopt.core.errors import BacktestError
from titan_mlopt.core.trial import COMPLETE, ended_trials
from titan_mlopt.study.storage.studies import read_study

__all__ = ["_no_clock", "csv"]  # fixtures: pytest finds them by their names
pytestmark = MARKS


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[DaskCluster]:
    """A scheduler of the test's own, without workers."""
    made = DaskCluster(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("n_workers", [pytest.param(1, marks=pytest.mark.matrix), 2])
def test_an_edit_ends_the_study_on_the_cluster_as_it_does_here(
    cluster: DaskCluster, csv: Path, tmp_path: Path, n_workers: int
) -> None:
    for _ in range(n_workers):
        cluster.start_worker()
    # Each worker has loaded the first source before any trial ends: one that had not would be
    # left out instead, as one with another version.
    settings = write_package(tmp_path, MEET.format(n=n_workers))
    rates = tmp_path / "lib" / "edited" / "rates.py"
    more = dask_settings(cluster, n_jobs=n_workers, n_trials=8)
    with study_of(tmp_path, settings, **more) as tuner:
        tuner.add_listener(After(3, lambda: rates.write_text("RATE = 0.99\n")))
        with pytest.raises(BacktestError, match=r"got another edited\.rates \(SHA-256 "):
            tuner.optimize(csv)
        check_interrupted(read_study(tuner.study))
    rates.write_text("RATE = 0.51\n")
    ended = ended_trials(ran(tmp_path, settings, csv, **more).trials)
    assert [trial.metric("accuracy") for trial in ended] == [0.51] * 8


def test_an_edit_before_the_first_trial_of_the_only_worker_does_not_wait_for_another(
    cluster: DaskCluster, csv: Path, tmp_path: Path
) -> None:
    cluster.start_worker()
    settings, rates = write_package(tmp_path), tmp_path / "lib" / "edited" / "rates.py"
    # The backtest edits itself in its dry run, once all is loaded.
    main = rates.parent / "main.py"
    edit = "open(rates.__file__, 'w').write('RATE = 0.99') if limit else None; more = {}"
    main.write_text(main.read_text().replace("more = {}", edit))
    with study_of(tmp_path, settings, n_trials=3, **dask_settings(cluster)) as tuner:
        with pytest.raises(BacktestError, match=r"got another edited\.rates \(SHA-256 "):
            tuner.optimize(csv)
        assert {trial.state for trial in ended_trials(read_study(tuner.study).trials)} == set()


@pytest.mark.matrix
def test_a_worker_that_has_another_source_from_the_start_gets_no_trials(
    cluster: DaskCluster, csv: Path, tmp_path: Path
) -> None:
    for name, rate in (("one", 0.51), ("two", 0.99)):
        folder = tmp_path / name
        write_package(folder)
        (folder / "lib" / "edited" / "rates.py").write_text(f"RATE = {rate}\n")
        cluster.start_worker(PYTHONPATH=os.pathsep.join([str(ROOT), str(folder / "lib")]))
    more = dask_settings(cluster, n_jobs=2, n_trials=6)
    with pytest.warns(UserWarning, match=r"gets no trials any more: .*\(another edited\.rates\)"):
        study = ran(tmp_path, SETTINGS, csv, **more)
    assert [trial.state for trial in study.trials] == [COMPLETE] * 6
    assert len({trial.metric("accuracy") for trial in study.trials}) == 1
