"""A look at a live run in words: figures, tests, and what to do next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from titan_mlopt.core.findings import FAILED, PASSED
from titan_mlopt.core.scoring import costs_text
from titan_mlopt.production.watch.alarm_text import alarm_text
from titan_mlopt.production.watch.figures import Figure, Figures, figures_of
from titan_mlopt.production.watch.promise import (
    ACCURACY,
    CALIBRATION,
    COVERAGE,
    DRAWDOWN,
    Promise,
)
from titan_mlopt.production.watch.watcher import Look
from titan_mlopt.report.commands import name_args, this_shell, versions_command
from titan_mlopt.report.terminal import aligned

_NONE = "-"
# Larger logarithms are no floats any more.
_LARGEST_LOG = 690.0


def null_texts(promise: Promise) -> dict[str, str]:
    """Return what each test asks of the live run, by its name."""
    return {
        ACCURACY: f"at least {promise.least_accuracy:.2%}",
        CALIBRATION: f"ECE at most {promise.most_ece or 0:.4f}",
        COVERAGE: f"{promise.least_coverage or 0:.1%} to {promise.most_coverage or 0:.1%}",
        DRAWDOWN: "no deeper than luck makes it on the hold-out",
    }


def look_tests(look: Look) -> list[dict[str, Any]]:
    """Return each test with its null hypothesis, its e-value now, and its status."""
    state, promise = look.state, look.promise
    if state is None or promise is None:
        return []
    raised, nulls = {alarm.test for alarm in state.alarms}, null_texts(promise)
    return [
        {
            "test": test,
            "null": nulls[test],
            "e_value": math.exp(min(log_e, _LARGEST_LOG)),
            "status": FAILED if test in raised else PASSED,
        }
        for test, log_e in state.log_e(promise).items()
    ]


def look_lines(
    look: Look, previous: tuple[str, Figures] | None = None, again: Sequence[str] = ()
) -> list[str]:
    """Return a look as lines for a person; the last one says what to do next.

    previous: version and figures of the champion before on the same candles; None without them.
    again: arguments of ``titan-mlopt watch`` that repeat the look.
    """
    state, promise = look.state, look.promise
    if state is None or promise is None:
        return [f"{look.name}: another process is looking; nothing was done"]
    figures = figures_of(state, promise)
    costs = costs_text(promise.cost_bps)
    rows = [
        ("", "live", "95 % interval", "promised"),
        ("accuracy", *_percent(figures.accuracy)),
        ("  a coin", "50.0%", "", ""),
        ("  always UP", _NONE if figures.always_up is None else f"{figures.always_up:.1%}", "", ""),
        ("ECE", *_ece(figures.ece)),
        (f"Sharpe, a year, {costs}", *_cells(figures.sharpe, ".2f")),
        ("coverage", *_percent(figures.coverage)),
        ("drawdown", *_percent(figures.drawdown)),
    ]
    if previous is not None:
        number, theirs = previous
        accuracy = ("accuracy", *_percent(theirs.accuracy)[:2], "")
        rows += [(f"version {number}, champion before", "", "", ""), _inner(accuracy)]
        rows += [_inner(("ECE", *_ece(theirs.ece)[:2], ""))]
        rows += [_inner(("Sharpe", *_cells(theirs.sharpe, ".2f")[:2], ""))]
    tests = [("test", "the live run", "e-value", f"alarm at {promise.needed:g}")]
    tests += [
        (test["test"], test["null"], f"{test['e_value']:.3g}", test["status"])
        for test in look_tests(look)
    ]
    bad = f", {state.n_bad:,} lines were no record" if state.n_bad else ""
    return [
        f"{look.name} version {look.version}: {state.n_predictions:,} predictions in "
        f"{state.n_records:,} records, {look.n_new:,} new{bad}",
        *aligned(rows),
        "",
        *aligned(tests),
        *_alarm_lines(look, promise),
        "next:",
        f"  {_next_command(look, again)}",
    ]


def _alarm_lines(look: Look, promise: Promise) -> list[str]:
    state = look.state
    lines = [f"ALARM: {alarm_text(alarm, promise)}" for alarm in state.alarms] if state else []
    if look.silent_s is not None:
        lines.append(f"ALARM: nothing was written for {look.silent_s / 60:,.0f} minutes")
    if look.action is not None:
        status = "done" if look.action["done"] else "not done yet"
        lines.append(f"{look.action['kind']}, {status}: {look.action['outcome']}")
    return lines or ["no alarm"]


def _next_command(look: Look, again: Sequence[str]) -> str:
    shell = this_shell()
    if look.action is not None and not look.action["done"]:
        return shell.line("watch", *again, mlflow=True)
    if look.action is None and look.is_champion:
        return shell.line("rollback", *name_args(look.name), mlflow=True)
    return versions_command(shell, look.name)


def _inner(row: tuple[str, str, str, str]) -> tuple[str, str, str, str]:
    return (f"  {row[0]}", *row[1:])


def _percent(figure: Figure) -> tuple[str, str, str]:
    return _cells(figure, ".1%")


def _ece(figure: Figure) -> tuple[str, str, str]:
    value, _, promised = _cells(figure, ".4f")
    floor = "" if figure.high is None else f"up to {figure.high:.4f} by chance"
    return value, floor, promised


def _cells(figure: Figure, digits: str) -> tuple[str, str, str]:
    interval = ""
    if figure.low is not None and figure.high is not None:
        interval = f"{figure.low:{digits}} to {figure.high:{digits}}"
    value, promised = (
        _NONE if number is None else f"{number:{digits}}"
        for number in (figure.value, figure.promised)
    )
    return value, interval, promised
