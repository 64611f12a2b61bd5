"""The study in the terminal: aligned tables, and the summary at the end of a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from titan_mlopt.records import FAIL, StudyRecord
from titan_mlopt.report.markdown import flat
from titan_mlopt.report.phrases import (
    accuracy_text,
    baseline_text,
    candles_text,
    counted,
    ece_text,
    holdout_text,
    noise_text,
    objective_text,
    segments_text,
    sharpe_text,
    shown,
    state_rows,
    trials_text,
    violations_text,
    weights_text,
)
from titan_mlopt.report.ranking import best_trial, is_multi, weighted_front
from titan_mlopt.report.summary import trial_seconds

# Most trials of the front that are listed.
_FRONT_LINES = 5


def aligned(rows: Sequence[Sequence[str]], right: Iterable[int] = ()) -> list[str]:
    """Return the rows as lines with aligned columns; those in ``right`` to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    at_right = set(right)
    lines = [
        "  ".join(
            cell.rjust(width) if place in at_right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return [line.rstrip() for line in lines]


def summary_lines(study: StudyRecord) -> list[str]:
    """Return the end-of-run table for the terminal, aligned, one line an entry."""
    rows = [("study", f"{flat(study.name)} ({study.objective})")]
    rows += [("candles", candles_text(study.candles))]
    more = (("hold-out", holdout_text(study)), ("scored on", segments_text(study)))
    rows += [(name, text) for name, text in more if text is not None]
    rows += [("trials", str(counted(study)))]
    states = state_rows(study)
    rows += [(f"  {word}", f"{count} ({why})" if why else count) for word, count, why in states]
    rows += [row for row in (violations_text(study), noise_text(study)) if row]
    best = best_trial(study)
    if best is None:
        rows += [("best", "none: no trial completed")]
    else:
        rows += [("best", f"trial {best.number}, {objective_text(study, best)}")]
        rows += [("  accuracy", accuracy_text(best)), ("  ECE", ece_text(best))]
        rows += [("  Sharpe", sharpe_text(best)), ("  time", f"{shown(trial_seconds(best))} s")]
    rows += _baseline_rows(study)
    if is_multi(study) and best:
        rows += _front_rows(study)
    return aligned(rows)


def _baseline_rows(study: StudyRecord) -> list[tuple[str, str]]:
    """Return the accuracy of each baseline that was measured."""
    measured = [baseline for baseline in study.baselines if baseline.state != FAIL]
    rows = [(f"  {flat(baseline_text(one))}", accuracy_text(one)) for one in measured]
    return [("baselines", "accuracy on the same bars"), *rows] if rows else []


def _front_rows(study: StudyRecord) -> list[tuple[str, str]]:
    """Return the head of the Pareto front, the heaviest trial first."""
    front = weighted_front(study)
    rest = len(front) - _FRONT_LINES
    more = f", the first {_FRONT_LINES} here" if rest > 0 else ""
    rows = [("Pareto front", f"{trials_text(len(front))} by {weights_text(study)}{more}")]
    for trial, weighted in front[:_FRONT_LINES]:
        text = f"{weighted:.2f}, accuracy {accuracy_text(trial)}, Sharpe {sharpe_text(trial)}"
        rows.append((f"  trial {trial.number}", text))
    return rows
