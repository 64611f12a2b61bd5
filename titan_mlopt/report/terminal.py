"""The study in the terminal: aligned tables, and the summary at the end of a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from titan_mlopt.analysis.ranking import best_trial, is_multi, weighted_front
from titan_mlopt.analysis.summary import trial_seconds
from titan_mlopt.core.errors import printable
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import FAIL, TrialRecord
from titan_mlopt.report import format as fmt
from titan_mlopt.report.markup import flat

# Most trials of the front that are listed.
_FRONT_LINES = 5


def aligned(rows: Sequence[Sequence[str]], right: Iterable[int] = ()) -> list[str]:
    """Return the rows as lines with aligned columns; ``right``: columns flush right, from 0."""
    rows = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    at_right = set(right)
    lines = [
        "  ".join(
            cell.rjust(width) if column in at_right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return [line.rstrip() for line in lines]


def summary_lines(study: StudyRecord) -> list[str]:
    """Return the end-of-run table for the terminal, aligned, one line an entry."""
    rows = [("study", f"{flat(study.name)} ({study.objective})")]
    rows += [("candles", fmt.candles_text(study.candles))]
    optional_rows = (
        ("hold-out", fmt.holdout_text(study)),
        ("scored on", fmt.segments_text(study)),
        ("unchanged", fmt.rule_text(study)),
    )
    rows += [(name, text) for name, text in optional_rows if text is not None]
    rows += [("trials", str(fmt.counted(study)))]
    states = fmt.state_rows(study)
    rows += [(f"  {state}", f"{count} ({why})" if why else count) for state, count, why in states]
    rows += [row for row in (fmt.violations_text(study), fmt.noise_text(study)) if row]
    best = best_trial(study)
    if best is None:
        rows += [("best", "none: no trial completed")]
    else:
        rows += [("best", f"trial {best.number}, {fmt.objective_text(study, best)}")]
        rows += [("  accuracy", fmt.accuracy_text(best)), ("  ECE", fmt.ece_text(best))]
        rows += [
            ("  Sharpe", _sharpe_text(study, best)),
            *([("  costs", even)] if (even := fmt.break_even_text(best)) else []),
            ("  time", f"{fmt.format_value(trial_seconds(best))} s"),
        ]
    rows += _baseline_rows(study)
    if is_multi(study) and best:
        rows += _front_rows(study)
    return aligned(rows)


def _sharpe_text(study: StudyRecord, best: TrialRecord) -> str:
    text = fmt.sharpe_text(best)
    return text if text == fmt.NONE else f"{text} {fmt.sharpe_note(study)}"


def _baseline_rows(study: StudyRecord) -> list[tuple[str, str]]:
    """Return the accuracy of each baseline that was measured."""
    measured = [baseline for baseline in study.baselines if baseline.state != FAIL]
    rows = [
        (f"  {flat(fmt.baseline_text(baseline))}", fmt.accuracy_text(baseline))
        for baseline in measured
    ]
    return (
        [("baselines", "accuracy, each on the n of the same bars that it predicts"), *rows]
        if rows
        else []
    )


def _front_rows(study: StudyRecord) -> list[tuple[str, str]]:
    """Return the head of the Pareto front, the heaviest trial first."""
    front = weighted_front(study)
    hidden = len(front) - _FRONT_LINES
    note = f", the first {_FRONT_LINES} here" if hidden > 0 else ""
    rows = [
        (
            "Pareto front",
            f"{fmt.trials_text(len(front))} by {fmt.weights_text(study)}, "
            f"Sharpe ratios {fmt.sharpe_note(study)}{note}",
        )
    ]
    for trial, weighted in front[:_FRONT_LINES]:
        text = (
            f"{weighted:.2f}, accuracy {fmt.accuracy_text(trial)}, Sharpe {fmt.sharpe_text(trial)}"
        )
        rows.append((f"  trial {trial.number}", text))
    return rows
