"""The best configs among their neighbours: which are taken, what is scored, what is proposed."""

from __future__ import annotations

import shutil
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from support.page_cases import numbers
from support.summary_cases import study as plain_study
from support.summary_cases import trial
from support.verdict_cases import NAMES, SETTINGS, market, tuned
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.analysis.ranking import best_feasible
from titan_mlopt.core.errors import StudyError
from titan_mlopt.core.findings import ParameterSensitivity, RobustnessEntry, RobustnessResult
from titan_mlopt.core.trial import TrialOutcome
from titan_mlopt.evaluation.robustness.study import RobustnessStudy
from titan_mlopt.report.findings.robustness import (
    robustness_html,
    robustness_sentence,
    robustness_svg,
)
from titan_mlopt.study.storage.studies import read_study

CANDLES = market(4000)
TUNED_ON = CANDLES.part(0, 3198)


class Heard:
    def __init__(self) -> None:
        self.runs, self.outcomes = 0, list[TrialOutcome]()

    def planned(self, runs: int) -> None:
        self.runs = runs

    def ran(self, outcome: TrialOutcome) -> None:
        self.outcomes.append(outcome)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    tuned(folder, CANDLES).close()
    return folder / "titan.db"


@pytest.fixture
def study(finished: Path, tmp_path: Path) -> Iterator[AutoTuner]:
    shutil.copy(finished, tmp_path / "titan.db")
    with AutoTuner(tmp_path / "titan.db", TunerConfig(**SETTINGS)) as tuner:
        yield tuner


def look(
    study: AutoTuner, stop: threading.Event | None = None
) -> tuple[RobustnessResult | None, int]:
    heard = Heard()
    work = RobustnessStudy(
        *(study.study, TUNED_ON, study.config, 2, 3, stop or threading.Event(), heard),
        clock=lambda: 1_767_225_600.0,
    )
    return work.run(), len(heard.outcomes)


@pytest.mark.slow
def test_the_best_configs_and_their_neighbours_are_scored_on_segments_and_stored(
    study: AutoTuner,
) -> None:
    result, ran = look(study)
    assert result is not None
    assert ran == 2 * (1 + 3)
    record = read_study(study.study)
    assert record.robustness == result
    assert [entry.trial for entry in result.entries] == [t.number for t in best_feasible(record, 2)]
    assert (result.when, result.metric, result.n_trials) == ("2026-01-01T00:00:00Z", "accuracy", 4)
    assert result.segments == 4
    for entry in result.entries:
        assert len(entry.neighbours) == 3
        assert 0.5 < entry.score < 0.8
        assert entry.standard_error is not None
    assert {one.parameter for one in result.parameters} == set(NAMES)
    assert {result.best, result.flattest} <= {entry.trial for entry in result.entries}
    again, _ = look(study)
    assert again == result  # seeded


def test_told_to_stop_it_stores_nothing(study: AutoTuner) -> None:
    stop = threading.Event()
    stop.set()
    assert look(study, stop)[0] is None
    assert read_study(study.study).robustness is None


def test_feasible_are_complete_trials_within_the_constraint_each_config_once() -> None:
    def with_fast(number: int, value: float, fast: int, *, violated: bool = False) -> object:
        one = trial(number, value, violated=violated)
        return replace(one, params={"feature.fast_window": fast})

    record = plain_study(
        with_fast(0, 0.51, 3),  # type: ignore[arg-type]
        with_fast(1, 0.60, 4, violated=True),  # type: ignore[arg-type]
        with_fast(2, 0.53, 5),  # type: ignore[arg-type]
        with_fast(3, 0.53, 5),  # type: ignore[arg-type]
        with_fast(4, 0.52, 6),  # type: ignore[arg-type]
        trial(5, state="PRUNED"),
    )
    assert [one.number for one in best_feasible(record, 5)] == [2, 4, 0]
    assert [one.number for one in best_feasible(record, 2)] == [2, 4]


def test_without_a_feasible_trial_there_is_nothing_to_look_at(tmp_path: Path) -> None:
    with (
        tuned(tmp_path, CANDLES, n_trials=1, ece_constraint=0.0) as study,
        pytest.raises(StudyError, match="must have a COMPLETE trial within its ECE constraint"),
    ):
        look(study)


# --- the page ----------------------------------------------------------------------------------

RESULT = RobustnessResult(
    *("2026-01-01T00:00:00Z", 40, "accuracy", 4, 0.1, 1, 7, 12),
    entries=(
        RobustnessEntry(7, 0.541, 0.522, 0.015, 0.006, True, (0.52, 0.53)),
        RobustnessEntry(12, 0.537, 0.531, 0.003, 0.005, True, (0.53, 0.535)),
    ),
    parameters=(
        ParameterSensitivity("model.rsi_oversold", 0.012, 0.002),
        ParameterSensitivity("a<b>&", -0.001, None),
    ),
)


def test_the_sentence_names_the_flattest_beside_the_best() -> None:
    flattest, best = ["12", "0.537", "0.531"], ["7", "0.541", "0.522"]
    said = numbers(robustness_sentence(RESULT))
    assert said == [flattest[0], best[0], *flattest[1:], *best[1:]]
    assert numbers(robustness_sentence(replace(RESULT, flattest=7))) == best


def test_the_page_has_picture_tables_and_nothing_from_elsewhere() -> None:
    page = robustness_html(plain_study(), RESULT)
    assert page.count("<table>") == 2
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "a&lt;b&gt;&amp;" in page
    root = ElementTree.fromstring(robustness_svg(RESULT))
    circles = list(root.iter("{http://www.w3.org/2000/svg}circle"))
    assert len(circles) == 2 * (1 + 2) + 2
