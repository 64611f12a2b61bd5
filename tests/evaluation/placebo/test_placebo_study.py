"""A study repeated where nothing can be found: what is stored, gone on with, and compared."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.page_cases import numbers
from support.summary_cases import study as plain_study
from support.summary_cases import trial
from support.verdict_cases import SETTINGS, market, tuned
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.analysis.placebo import study_placebo
from titan_mlopt.core.errors import ConfigError, StudyError
from titan_mlopt.core.findings import PlaceboRun
from titan_mlopt.core.study import StopRequest
from titan_mlopt.core.trial import FAIL, INTERRUPTED, Checkpoint, TrialRecord
from titan_mlopt.evaluation.placebo.study import PlaceboStudy
from titan_mlopt.report.findings.placebo import placebo_text
from titan_mlopt.study.storage.studies import read_study

CANDLES = market(1200)
SMALL: dict[str, Any] = {"holdout": 0.0, "n_trials": 3}


class Heard:
    """Hears what placebo studies do; stops them after so many trials."""

    def __init__(self, stop: StopRequest, stop_after: int | None = None) -> None:
        self.stop, self.stop_after = stop, stop_after
        self.planned_as: tuple[float, int, int, int] | None = None
        self.runs: list[PlaceboRun] = []
        self.n_trials = 0

    def planned(self, observed: float, n_trials: int, done: int, runs: int) -> None:
        self.planned_as = (observed, n_trials, done, runs)

    def repeated(self, run: PlaceboRun) -> None:
        self.runs.append(run)

    def trial_started(self, trial: TrialRecord) -> None:
        """Nothing."""

    def trial_progressed(self, number: int, checkpoint: Checkpoint) -> None:
        """Nothing."""

    def trial_finished(self, trial: TrialRecord) -> None:
        self.n_trials += 1
        if self.n_trials == self.stop_after:
            self.stop.ask("a test")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    tuned(folder, CANDLES, **SMALL).close()
    return folder / "titan.db"


@pytest.fixture
def study(finished: Path, tmp_path: Path) -> Iterator[AutoTuner]:
    shutil.copy(finished, tmp_path / "titan.db")
    with AutoTuner(tmp_path / "titan.db", TunerConfig(**{**SETTINGS, **SMALL})) as tuner:
        yield tuner


def repeat(
    study: AutoTuner, runs: int, n_trials: int | None = None, stop_after: int | None = None
) -> Heard:
    stop = StopRequest()
    heard = Heard(stop, stop_after)
    PlaceboStudy(
        study.study, CANDLES, study.config, runs, n_trials, stop, heard, lambda _: None
    ).run()
    return heard


@pytest.mark.slow
def test_each_run_is_stored_and_the_next_call_goes_on_after_it(study: AutoTuner) -> None:
    first = repeat(study, 2)
    best = read_study(study.study).trials
    observed = max(one.values[0] for one in best if one.values)
    assert first.planned_as == (observed, 3, 0, 2)
    assert [run.number for run in first.runs] == [0, 1]
    assert first.n_trials == 6
    assert read_study(study.study).placebos == tuple(first.runs)
    again = repeat(study, 2)
    assert (again.planned_as, again.runs) == ((observed, 3, 2, 2), [])
    more = repeat(study, 3)
    assert [run.number for run in more.runs] == [2]
    assert more.n_trials == 3
    # The edge is gone: what the search finds is near a coin, and far below what it found before.
    assert all(run.best is not None and run.best < observed for run in (*first.runs, *more.runs))
    found = study_placebo(read_study(study.study))
    assert found is not None
    assert (found.reached, found.studies, found.p_value) == (0, 3, 0.25)
    # The study itself is as it was.
    assert read_study(study.study).trials == best


@pytest.mark.slow
def test_the_same_seed_gives_the_same_placebo_and_each_number_another(
    study: AutoTuner, finished: Path, tmp_path: Path
) -> None:
    first = repeat(study, 2, n_trials=2).runs
    shutil.copy(finished, tmp_path / "again.db")
    with AutoTuner(tmp_path / "again.db", study.config) as again:
        assert repeat(again, 2, n_trials=2).runs == first
    assert first[0].best != first[1].best
    assert {run.n_trials for run in first} == {2}


@pytest.mark.slow
def test_a_stop_leaves_the_run_undone_and_those_before_it_stored(study: AutoTuner) -> None:
    heard = repeat(study, 3, stop_after=4)
    assert [run.number for run in heard.runs] == [0]
    assert read_study(study.study).placebos == tuple(heard.runs)
    assert [run.number for run in repeat(study, 2).runs] == [1]


def test_more_trials_than_the_study_has_are_refused(study: AutoTuner) -> None:
    with pytest.raises(ConfigError, match="trials: must be at most the 3 that the study titan_opt"):
        repeat(study, 1, n_trials=4)


def test_without_a_complete_trial_there_is_nothing_to_compare(tmp_path: Path) -> None:
    with (
        tuned(tmp_path, CANDLES, holdout=0.0, n_trials=1, min_predictions=1000) as study,
        pytest.raises(StudyError, match="must have a COMPLETE trial among its first 1"),
    ):
        repeat(study, 1)


# --- the test, by hand ---------------------------------------------------------------------------


def runs(*best: float | None, n_trials: int = 3) -> tuple[PlaceboRun, ...]:
    return tuple(PlaceboRun(i, 0, n_trials, value) for i, value in enumerate(best))


def test_p_counts_the_study_itself_and_a_run_that_found_nothing() -> None:
    record = plain_study(*(trial(i, 0.5 + i / 100) for i in range(3)))
    found = study_placebo(_with(record, runs(0.52, 0.519, None, 0.6)))
    assert found is not None
    # Of 4 placebo studies .52 (equal) and .6 reach .52: (1 + 2) / (1 + 4).
    assert (found.observed, found.reached, found.p_value) == (0.52, 2, 0.6)


def test_the_study_is_compared_over_as_many_trials_as_its_placebos_had() -> None:
    trials = [trial(0, 0.51), trial(1, state=FAIL, reason=INTERRUPTED), trial(2, 0.52)]
    record = plain_study(*trials, trial(3, 0.9))
    found = study_placebo(_with(record, runs(0.515, n_trials=2)))
    assert found is not None
    assert found.observed == 0.52  # the interrupted trial does not count, and neither does the 4th


def test_the_runs_of_the_most_trials_count() -> None:
    record = plain_study(trial(0, 0.51), trial(1, 0.52))
    both = (*runs(0.9, 0.9, n_trials=1), *runs(0.1, n_trials=2))
    found = study_placebo(_with(record, both))
    assert found is not None
    assert (found.studies, found.reached) == (1, 0)


def test_the_sentence_says_p_and_when_there_are_too_few() -> None:
    record = plain_study(trial(0, 0.52))
    assert placebo_text(record).endswith("titan-mlopt placebo")
    few = placebo_text(_with(record, runs(0.5, 0.53, n_trials=1)))
    # p, reached, studies, trials of each, what is reached, the fewest for p = .05
    assert numbers(few) == ["0.67", "1", "2", "1", "0.52", "19", "05"]
    enough = placebo_text(_with(record, runs(*[0.5] * 19, n_trials=1)))
    assert numbers(enough) == ["0.05", "0", "19", "1", "0.52"]


def _with(record: Any, placebos: tuple[PlaceboRun, ...]) -> Any:
    from dataclasses import replace

    return replace(record, findings={"placebo": placebos})
