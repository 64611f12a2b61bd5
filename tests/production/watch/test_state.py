"""The sums of a watch: those of the backtest's stats, to the bit in parts of any size."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from support.watch_cases import MANIFEST, decision, live
from titan_mlopt.analysis.statistics.e_process import e_process
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.core.unchanged import RULES
from titan_mlopt.production.watch.promise import ACCURACY, DRAWDOWN, Promise, Tail, make_promise
from titan_mlopt.production.watch.reading import Batch, Position
from titan_mlopt.production.watch.state import (
    WatchState,
    advance,
    state_document,
    state_of,
)


def batch_of(stats: BacktestStats) -> Batch:
    outcome = np.sign(stats.returns).astype(np.int8)
    columns = (stats.direction, stats.confidence, stats.returns, outcome)
    return Batch(*columns, 0, Position(1, 2, 3, "m"))


def promise(**changes: object) -> Promise:
    return replace(make_promise(decision(), MANIFEST, 0.05), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("rule", RULES)
def test_the_sums_are_those_of_the_stats_of_the_same_bars(rule: str) -> None:
    stats = replace(live(700), unchanged=rule, cost_bps=3.0, outcome=None)
    state = advance(WatchState(), promise(unchanged=rule, cost_bps=3.0), batch_of(stats))
    metrics = stats.metrics()
    assert (state.n_records, state.n_predictions) == (700, stats.total)
    assert state.hits == stats.correct
    assert state.n_moved == int((stats.predicted & (stats.actual != 0)).sum())
    assert state.bins.ece() == metrics["ece"]
    assert state.equity.drawdown == pytest.approx(metrics["max_drawdown"], rel=1e-12)
    assert state.equity.value - 1 == pytest.approx(metrics["total_return"], rel=1e-9)
    assert state.net[0] / 700 == pytest.approx(float(stats.net.mean()), rel=1e-9)


def test_parts_of_any_size_give_the_same_state_to_the_bit() -> None:
    batch, small = batch_of(live(900, accuracy=0.45)), Tail(77, (0.5, 0.1), (0.001, 0.002))
    for promised in (promise(tail=small), make_promise(None, MANIFEST, 0.05)):
        whole = advance(WatchState(), promised, batch)
        assert whole.alarms or promised.source == ""
        for size in (1, 59, 60, 61, 500):
            state = WatchState()
            for first in range(0, 900, size):
                state = advance(state, promised, batch.part(first, first + size))
                state = state_of(json.loads(json.dumps(state_document(state))))
            assert state == whole


def test_the_accuracy_test_is_the_e_process_of_the_predictions() -> None:
    stats = live(300, accuracy=0.4)
    promised = make_promise(None, MANIFEST, 0.05)
    state = advance(WatchState(), promised, batch_of(stats))
    log_e = e_process(0.5 - stats.hit[stats.predicted])
    assert state.log_e(promised) == {ACCURACY: log_e[-1]}
    reached = int(np.flatnonzero(log_e >= math.log(20))[0])
    (alarm,) = state.alarms
    assert (alarm.test, alarm.log_e) == (ACCURACY, log_e[reached])
    assert alarm.record == np.flatnonzero(stats.predicted)[reached] + 1


def test_an_alarm_stays_what_it_was_when_it_was_raised() -> None:
    promised = make_promise(None, MANIFEST, 0.05)
    state = advance(WatchState(), promised, batch_of(live(300, accuracy=0.4)))
    later = advance(state, promised, batch_of(live(3000, accuracy=0.9)))
    assert later.alarms == state.alarms
    assert later.log_e(promised)[ACCURACY] < state.log_e(promised)[ACCURACY]


def test_a_fall_that_no_resample_had_raises_the_alarm_within_its_window() -> None:
    promised = promise()
    assert promised.tail is not None
    quiet = batch_of(live(200))
    worst = promised.tail.exceeded[-1]
    fall = replace(quiet.part(0, 1), direction=np.array([1], np.int8), returns=np.array([-0.9]))
    state = advance(advance(WatchState(), promised, quiet), promised, fall)
    assert [(alarm.test, alarm.record) for alarm in state.alarms] == [(DRAWDOWN, 201)]
    # p = 1e-4: (1 − p + p · ln p) / (p · (ln p)²) = 117.8, above the 80 that are needed.
    assert math.exp(state.alarms[0].log_e) == pytest.approx(117.8, abs=0.1)
    assert state.window.drawdown > worst


def test_windows_of_the_drawdown_multiply() -> None:
    tail = Tail(3, (0.5, 0.1), (0.01, 0.05))
    promised = promise(tail=tail)
    fall = np.array([-0.02, 0.0, 0.0, -0.06, 0.0])
    columns = (np.ones(5, np.int8), np.full(5, 0.55), fall, np.sign(fall).astype(np.int8))
    state = advance(WatchState(), promised, Batch(*columns, 0, Position()))
    half, tenth = (
        (1 - p + p * math.log(p)) / (p * math.log(p) ** 2) for p in (0.5, 0.1)
    )  # fmt: skip
    assert math.exp(state.windows) == pytest.approx(half)
    assert math.exp(state.log_e(promised)[DRAWDOWN]) == pytest.approx(half * tenth)
    assert state.window_bars == 2


def test_a_run_as_promised_raises_no_alarm_and_one_without_predictions_does() -> None:
    promised = promise()
    assert advance(WatchState(), promised, batch_of(live(5000, seed=9))).alarms == ()
    silent = batch_of(live(5000, seed=9, coverage=0.0))
    (alarm,) = advance(WatchState(), promised, silent).alarms
    assert alarm.test == "coverage"
    assert alarm.record % 60 == 0
