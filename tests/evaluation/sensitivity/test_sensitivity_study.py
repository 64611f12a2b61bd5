"""Which parameters act in backtests that are known: found by running them."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from support.sensitivity_cases import CONFIG, alive, known, standin, verdicts
from titan_mlopt.backtest.runner import backtest_stats
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.config_files import base_config
from titan_mlopt.core.errors import BacktestError
from titan_mlopt.core.parameters import TUNABLE_PARAMS, Params, merge_config
from titan_mlopt.core.trial import TrialOutcome
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.evaluation.sensitivity.analysis import (
    BASE,
    DEAD,
    MOVES,
    NOISY_BASE_RUNS,
    UNKNOWN,
    Variation,
)
from titan_mlopt.evaluation.sensitivity.report import verdict_sentence
from titan_mlopt.evaluation.sensitivity.study import SensitivityReport, SensitivityStudy

#: What the wall clock does to accuracy and ECE of the stand-in: it turns 1 of 100 of its 850
#: predictions, sd = sqrt(850 · .01 · .99) / 850.
FLIPPED = 0.0034


class Heard:
    """What a listener was told."""

    def __init__(self, stop: threading.Event | None = None, after: int = 0) -> None:
        self.jobs: list[Variation] = []
        self.plans: list[int] = []
        self._stop, self._after = stop, after

    def planned(self, plan: Sequence[Variation]) -> None:
        self.plans.append(len(plan))

    def varied(self, variation: Variation, outcome: TrialOutcome) -> None:
        self.jobs.append(variation)
        if self._stop is not None and len(self.jobs) == self._after:
            threading.Timer(0.3, self._stop.set).start()  # in the middle of the next job


def study(
    limit: int = 700, *, given: Params | None = None, heard: Heard | None = None, **settings: Any
) -> SensitivityReport:
    config = TunerConfig(**{"n_jobs": 2, "tracking": False, "min_predictions": 1, **settings})
    base = base_config(config.space, given, embedded=config.backtest is None)
    stop = heard._stop if heard is not None and heard._stop else threading.Event()
    listeners = (heard,) if heard else ()
    return SensitivityStudy(config, sample_candles(limit), base, stop, listeners, print).run()


@pytest.mark.parametrize("limit", [600, 800])
def test_the_dead_of_the_embedded_backtest_are_those_whose_ends_change_no_number(
    limit: int,
) -> None:
    candles = sample_candles(limit)

    def numbers(params: Params) -> tuple[float | None, ...]:
        metrics = backtest_stats(candles, merge_config(params), 42).metrics()
        return tuple(metrics[name] for name in ("accuracy", "ece", "sharpe", "n_predictions"))

    base = numbers({})
    dead = {
        name
        for name, (low, high, _) in TUNABLE_PARAMS.items()
        if numbers({name: low}) == base == numbers({name: high})
    }
    result = study(limit).result
    assert set(result.names(DEAD)) == dead
    assert set(result.names(MOVES)) == set(TUNABLE_PARAMS) - dead
    assert not result.noisy
    if limit == 600:  # too few candles for the classifier's first training
        assert {name for name in dead if name.startswith("ml.")} == {
            name for name in TUNABLE_PARAMS if name.startswith("ml.")
        }


def test_of_the_stand_in_exactly_the_twelve_dead_ones_are_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard = Heard()
    result = study(900, heard=heard, **standin(monkeypatch), repeat=2).result
    assert len(alive()) == 9
    assert set(result.names(MOVES)) == alive()
    assert set(result.names(DEAD)) == set(TUNABLE_PARAMS) - alive()
    assert verdict_sentence(result) == "12 of 21 parameters are dead on these candles"
    assert heard.plans == [44]


@pytest.mark.slow
def test_with_noise_no_parameter_with_a_large_effect_is_dead_and_most_dead_ones_are_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    exact = study(900, **standin(monkeypatch)).result
    heard = Heard()
    ticks = str(tmp_path / "ticks")  # one worker: the same noise whenever the test runs
    noisy = study(900, heard=heard, **standin(monkeypatch, ticks), n_jobs=1, repeat=3).result
    assert noisy.noisy
    assert noisy.base_runs == NOISY_BASE_RUNS
    assert heard.plans == [45, 50]
    large = {
        effect.parameter
        for effect in exact.effects
        for name in ("accuracy", "ece")
        if (effect.effect(name) or 0.0) > 9 * FLIPPED
    }
    assert large
    assert large <= set(noisy.names(MOVES))
    assert len(set(noisy.names(DEAD)) - alive()) >= 10


def test_effects_of_a_known_backtest_are_those_worked_out_by_hand(tmp_path: Path) -> None:
    result = study(given=CONFIG, **known(tmp_path)).result
    x, y = result.effects
    assert result.base == {
        **{"accuracy": 0.54, "ece": 0.05, "sharpe": -2.0, "n_predictions": 100.0},
    }
    assert x.low.differences["accuracy"] == pytest.approx(-0.04)
    assert x.high.differences["accuracy"] == pytest.approx(0.06)
    assert (x.low.differences["sharpe"], x.high.differences["sharpe"]) == (4.0, -6.0)
    assert y.low.differences["ece"] == pytest.approx(-0.04)
    assert y.moved == ("ece",)


def test_a_run_that_fails_leaves_the_others_and_its_parameter_unknown(tmp_path: Path) -> None:
    result = study(given=CONFIG, **known(tmp_path, fails_at=10)).result
    assert verdicts(result) == {"a.x": UNKNOWN, "b.y": MOVES}
    assert result.effects[0].high.message == "RuntimeError: no such window"


def test_a_config_that_fails_itself_is_an_error_before_anything_is_varied(tmp_path: Path) -> None:
    heard = Heard()
    with pytest.raises(BacktestError) as caught:
        study(given={"a.x": 3, "b.y": 0.5}, heard=heard, n_jobs=1, **known(tmp_path, fails_at=3))
    assert str(caught.value) == (
        "base config: must complete 2 times unvaried, got exception: RuntimeError: no such window; "
        "nothing can be compared with it: put that right first"
    )
    assert [job.end for job in heard.jobs] == [BASE]


def test_a_stop_ends_the_study_with_what_was_measured_and_leaves_nothing(tmp_path: Path) -> None:
    heard = Heard(threading.Event(), after=3)
    (tmp_path / "scratch").mkdir()
    settings = {**known(tmp_path, hangs_at=10), "n_jobs": 1, "scratch": str(tmp_path / "scratch")}
    report = study(given=CONFIG, heard=heard, **settings)
    assert (report.stopped, report.measured, report.jobs) == (True, 3, 5)
    x, y = sorted(report.result.effects, key=lambda effect: effect.parameter)
    assert x.low.differences["accuracy"] == pytest.approx(-0.04)
    assert (x.verdict, x.high.reason) == (UNKNOWN, "not measured")
    assert y.verdict == UNKNOWN
    assert list((tmp_path / "scratch").iterdir()) == []


def test_the_document_of_a_study_is_json(tmp_path: Path) -> None:
    from titan_mlopt.cli.sensitivity import sensitivity_document

    report = study(given=CONFIG, **known(tmp_path))
    document = json.loads(json.dumps(sensitivity_document(report, "next", None)))
    assert document["moves"] == ["a.x", "b.y"]
    assert document["parameters"][0]["effects"]["accuracy"] == pytest.approx(0.06)
    assert document["parameters"][0]["low"]["value"] == 0
