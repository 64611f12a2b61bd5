"""The trials of a study in order: as a table of data, and with their worth for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from titan_mlopt.params import DEFAULTS
from titan_mlopt.records import StudyRecord, TrialRecord
from titan_mlopt.report.filters import NUMBER, OBJECTIVE, SECONDS, STATE, value_of
from titan_mlopt.report.phrases import NONE, shown, values_text
from titan_mlopt.report.ranking import is_multi, ranked_trials, scale_of_study
from titan_mlopt.report.summary import (
    SHOWN_METRICS,
    STATE_WORDS,
    metric_of,
    param_names,
    plain_json,
    trial_document,
    trial_hits,
    trial_reason,
    trial_seconds,
    wilson_interval,
)
from titan_mlopt.report.terminal import aligned
from titan_mlopt.scoring import Scale, objective_value

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
_LEFT = 2  # the column of the state; all others are numbers


def ordered_trials(study: StudyRecord) -> list[TrialRecord]:
    """Return every trial, best first; then unranked, pruned, failed, running and others."""
    ranked, order = ranked_trials(study), list(STATE_WORDS)
    seen = {trial.number for trial in ranked}
    rest = [trial for trial in study.trials if trial.number not in seen]
    place = {state: place for place, state in enumerate(order)}
    rest.sort(key=lambda trial: (place.get(trial.state, len(order)), trial.number))
    return [*ranked, *rest]


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
    """Return the trials as an aligned table, each number beside what it is worth.

    names: metrics and parameters that get a column as well. 95 %: Wilson's interval of the
    accuracy. floor: the ECE that perfect calibration shows. ±: standard error of the Sharpe ratio.
    """
    extra = [name for name in dict.fromkeys(names) if name not in _IN_COLUMNS]
    ranks = {trial.number: place for place, trial in enumerate(ranked_trials(study), 1)}
    rows = [(*_HEADS, *extra)]
    for trial in trials:
        cells = [shown(value_of(study, trial, name)) for name in extra]
        rows.append((shown(ranks.get(trial.number)), *_cells(trial), *cells))
    right = [place for place in range(len(rows[0])) if place != _LEFT]
    return aligned(rows, right)


def _cells(trial: TrialRecord) -> tuple[str, ...]:
    metrics = {name: metric_of(trial, name) for name in ("ece", "ece_noise", "sharpe", "sharpe_se")}
    hits = trial_hits(trial)
    interval = NONE if hits is None else "{:.3f} to {:.3f}".format(*wilson_interval(*hits))
    return (
        str(trial.number),
        state_text(trial),
        values_text(trial),
        shown(metric_of(trial, "accuracy"), ".4f"),
        interval,
        NONE if hits is None else f"{hits[1]:,}",
        shown(metrics["ece"], ".4f"),
        shown(metrics["ece_noise"], ".4f"),
        shown(metrics["sharpe"], ".2f"),
        shown(metrics["sharpe_se"], ".2f"),
        shown(trial_seconds(trial), ".1f"),
    )


def state_text(trial: TrialRecord) -> str:
    """Return the trial's state in words, and why it did not complete."""
    reason, word = trial_reason(trial), STATE_WORDS.get(trial.state, trial.state.lower())
    return f"{word} ({reason})" if reason else word


def board_document(study: StudyRecord, trials: Sequence[TrialRecord]) -> list[dict[str, Any]]:
    """Return the trials as strict JSON: rank, interval, all but checkpoints and segments."""
    ranks = {trial.number: place for place, trial in enumerate(ranked_trials(study), 1)}
    rows = []
    for trial in trials:
        row = {"rank": ranks.get(trial.number), **trial_document(trial)}
        del row["checkpoints"], row["segments"]
        hits = trial_hits(trial)
        row["accuracy_interval"] = wilson_interval(*hits) if hits else None
        row[OBJECTIVE] = value_of(study, trial, OBJECTIVE)
        rows.append(row)
    document: list[dict[str, Any]] = plain_json(rows)
    return document


def leaderboard(study: StudyRecord, top: int | None = None) -> pd.DataFrame:
    """Return one row a trial, in the order of ``ordered_trials``.

    Two objectives have a column each, and ``weighted`` as ``weighted_front`` weighs.
    """
    import pandas as pd

    scale = scale_of_study(study) if is_multi(study) else None
    objectives = ("accuracy_objective", "sharpe_objective", "weighted") if scale else ("objective",)
    n_ranked = len(ranked_trials(study))
    names = param_names(study.trials)
    rows = [
        {
            "rank": place if place <= n_ranked else None,
            "trial": trial.number,
            "state": trial.state,
            "reason": trial_reason(trial),
            **dict.fromkeys(objectives),
            **dict(zip(objectives, _objective_cells(trial, scale), strict=False)),
            **{name: metric_of(trial, name) for name in SHOWN_METRICS},
            "duration_seconds": trial_seconds(trial),
            **{name: trial.params.get(name) for name in names},
        }
        for place, trial in enumerate(ordered_trials(study)[:top], start=1)
    ]
    columns = ["rank", "trial", "state", "reason", *objectives, *SHOWN_METRICS]
    frame = pd.DataFrame(rows, columns=[*columns, "duration_seconds", *names])
    whole = [name for name in names if type(DEFAULTS.get(name)) is int]
    # Nullable, so that a trial without the number does not turn 5 into 5.0 in leaderboard.csv.
    return frame.astype(dict.fromkeys(["rank", "n_predictions", *whole], "Int64"))


def _objective_cells(trial: TrialRecord, scale: Scale | None) -> tuple[float, ...]:
    """Return the trial's values, of two with what they weigh; () without values."""
    values = trial.values or ()
    return (*values, objective_value(values, scale)) if values and scale else values
