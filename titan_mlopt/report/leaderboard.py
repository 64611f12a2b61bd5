"""The trials of a study in order: as a data frame, as JSON, and as a table for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from titan_mlopt.analysis import summary
from titan_mlopt.analysis.filters import NUMBER, OBJECTIVE, SECONDS, STATE, value_of
from titan_mlopt.analysis.ranking import is_multi, ranked_trials, scale_of_study
from titan_mlopt.analysis.statistics.intervals import wilson_interval
from titan_mlopt.core.parameters import DEFAULTS
from titan_mlopt.core.scoring import Scale, objective_value
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import TrialRecord
from titan_mlopt.report.format import NONE, format_value, values_text
from titan_mlopt.report.terminal import aligned

if TYPE_CHECKING:
    import pandas as pd

# Of these less is better or comes first; of every other metric more is better.
_ASCENDING = frozenset(
    ("ece", "ece_gap", "mce", "brier", "log_loss", "max_drawdown", NUMBER, SECONDS, STATE)
)
_HEADS = (
    *("rank", "trial", "state", "objective", "accuracy", "95 %", "n", "ECE", "floor"),
    *("Sharpe", "±", "seconds"),
)
# What stands in a column of its own already.
_IN_COLUMNS = frozenset(
    (NUMBER, STATE, SECONDS, OBJECTIVE, "accuracy", "n_predictions", "ece", "ece_noise")
) | {"sharpe", "sharpe_se"}
#: The column of the state; all others are numbers, but that with this head.
STATE_COLUMN, START = 2, "start"


def ordered_trials(study: StudyRecord) -> list[TrialRecord]:
    """Return every trial, best first; then unranked, pruned, failed, running and others."""
    ranked, order = ranked_trials(study), list(summary.STATE_WORDS)
    ranked_numbers = {trial.number for trial in ranked}
    unranked = [trial for trial in study.trials if trial.number not in ranked_numbers]
    position = {state: position for position, state in enumerate(order)}
    unranked.sort(key=lambda trial: (position.get(trial.state, len(order)), trial.number))
    return [*ranked, *unranked]


def sorted_trials(
    study: StudyRecord, trials: Sequence[TrialRecord], name: str, *, reverse: bool = False
) -> list[TrialRecord]:
    """Return the trials by what ``value_of`` finds: the better end first, without a value last.

    Of errors, durations, numbers and parameters the smallest comes first, of other metrics the
    largest; reverse turns that round. Equals keep their order.
    """
    values = [(trial, value_of(study, trial, name)) for trial in trials]
    having = [(trial, value) for trial, value in values if value is not None]
    is_param = name in {n for trial in trials for n in trial.params}
    descending = (name in _ASCENDING or is_param) == reverse
    ordered = sorted(having, key=lambda pair: pair[1], reverse=descending)
    return [trial for trial, _ in ordered] + [trial for trial, value in values if value is None]


def board_lines(
    study: StudyRecord, trials: Sequence[TrialRecord], names: Sequence[str] = ()
) -> list[str]:
    """Return the rows of ``board_rows`` as an aligned table."""
    rows = board_rows(study, trials, names)
    texts = (STATE_COLUMN, *(i for i, head in enumerate(rows[0]) if head == START))
    right = [index for index in range(len(rows[0])) if index not in texts]
    return aligned(rows, right)


def board_rows(
    study: StudyRecord, trials: Sequence[TrialRecord], names: Sequence[str] = ()
) -> list[tuple[str, ...]]:
    """Return the heads and a row a trial, each number with its uncertainty.

    names: metrics and parameters that get a column as well. 95 %: Wilson's interval of the
    accuracy. floor: the ECE that perfect calibration shows. ±: standard error of the Sharpe ratio.
    Where the study has start points, the last column says whose config a trial is.
    """
    extra = [name for name in dict.fromkeys(names) if name not in _IN_COLUMNS]
    ranks = {trial.number: index for index, trial in enumerate(ranked_trials(study), 1)}
    starts = any(trial.warm_start for trial in study.trials)
    rows = [(*_HEADS, *extra, *((START,) if starts else ()))]
    for trial in trials:
        cells = [
            format_value(trial.params.get(name) if value is None else value)  # a text
            for name in extra
            for value in (value_of(study, trial, name),)
        ]
        cells += [trial.warm_start or NONE] if starts else []
        rows.append((format_value(ranks.get(trial.number)), *_cells(trial), *cells))
    return rows


def _cells(trial: TrialRecord) -> tuple[str, ...]:
    hits = summary.trial_hits(trial)
    interval = NONE if hits is None else "{:.3f} to {:.3f}".format(*wilson_interval(*hits))
    return (
        str(trial.number),
        state_text(trial),
        values_text(trial),
        format_value(summary.metric_of(trial, "accuracy"), ".4f"),
        interval,
        NONE if hits is None else f"{hits[1]:,}",
        *(format_value(summary.metric_of(trial, name), ".4f") for name in ("ece", "ece_noise")),
        *(format_value(summary.metric_of(trial, name), ".2f") for name in ("sharpe", "sharpe_se")),
        format_value(summary.trial_seconds(trial), ".1f"),
    )


def state_text(trial: TrialRecord) -> str:
    """Return the trial's state in words, and why it did not complete."""
    reason, state = (
        summary.trial_reason(trial),
        summary.STATE_WORDS.get(trial.state, trial.state.lower()),
    )
    return f"{state} ({reason})" if reason else state


def board_document(study: StudyRecord, trials: Sequence[TrialRecord]) -> list[dict[str, Any]]:
    """Return the trials as strict JSON: rank, interval, all but checkpoints and segments."""
    ranks = {trial.number: rank for rank, trial in enumerate(ranked_trials(study), 1)}
    rows = []
    for trial in trials:
        row = {"rank": ranks.get(trial.number), **summary.trial_document(trial)}
        del row["checkpoints"], row["segments"]
        hits = summary.trial_hits(trial)
        row["accuracy_interval"] = wilson_interval(*hits) if hits else None
        row[OBJECTIVE] = value_of(study, trial, OBJECTIVE)
        rows.append(row)
    document: list[dict[str, Any]] = summary.plain_json(rows)
    return document


def leaderboard(study: StudyRecord, top: int | None = None) -> pd.DataFrame:
    """Return one row a trial, in the order of ``ordered_trials``.

    Two objectives have a column each, and ``weighted`` as ``weighted_front`` weighs.
    """
    import pandas as pd

    scale = scale_of_study(study) if is_multi(study) else None
    objectives = ("accuracy_objective", "sharpe_objective", "weighted") if scale else ("objective",)
    n_ranked = len(ranked_trials(study))
    names = summary.param_names(study.trials)
    starts = any(trial.warm_start for trial in study.trials)
    rows = [
        {
            "rank": rank if rank <= n_ranked else None,
            "trial": trial.number,
            "state": trial.state,
            "reason": summary.trial_reason(trial),
            **dict.fromkeys(objectives),
            **dict(zip(objectives, _objective_cells(trial, scale), strict=False)),
            **{name: summary.metric_of(trial, name) for name in summary.SHOWN_METRICS},
            "duration_seconds": summary.trial_seconds(trial),
            **({"warm_start": trial.warm_start or None} if starts else {}),
            **{name: trial.params.get(name) for name in names},
        }
        for rank, trial in enumerate(ordered_trials(study)[:top], start=1)
    ]
    columns = ["rank", "trial", "state", "reason", *objectives, *summary.SHOWN_METRICS]
    columns += ["duration_seconds", *(["warm_start"] if starts else [])]
    frame = pd.DataFrame(rows, columns=[*columns, *names])
    whole = [name for name in names if type(DEFAULTS.get(name)) is int]
    # Nullable, so that a trial without the number does not turn 5 into 5.0 in leaderboard.csv.
    return frame.astype(dict.fromkeys(["rank", "n_predictions", *whole], "Int64"))


def _objective_cells(trial: TrialRecord, scale: Scale | None) -> tuple[float, ...]:
    """Return the trial's values, of two with what they weigh; () without values."""
    values = trial.values or ()
    return (*values, objective_value(values, scale)) if values and scale else values
