"""Phrases about a trial or a study; every number comes with its uncertainty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from titan_mlopt.analysis.luck import chance_level, luck_line, unchanged_share
from titan_mlopt.analysis.ranking import is_multi, ranked_trials, scale_of_study
from titan_mlopt.analysis.statistics.intervals import wilson_interval
from titan_mlopt.analysis.summary import (
    Measured,
    find_noise,
    find_violations,
    metric_of,
    state_counts,
    trial_hits,
)
from titan_mlopt.core import scoring
from titan_mlopt.core.backtest_id import is_embedded
from titan_mlopt.core.study import Baseline, StudyRecord
from titan_mlopt.core.trial import FAIL, INTERRUPTED, TrialRecord
from titan_mlopt.core.unchanged import rule_of, unchanged_text
from titan_mlopt.report.markup import flat

#: What stands where there is no value.
NONE = "-"
# Most trials named in a sentence.
_NAMED = 5


def format_value(value: object, digits: str = ".4g") -> str:
    """Return a number with ``digits``, ``-`` for None and anything else as it is."""
    if value is None:
        return NONE
    is_number = isinstance(value, float) and not isinstance(value, bool)
    return format(value, digits) if is_number else str(value)


def accuracy_text(trial: Measured) -> str:
    """Return the accuracy with n and its 95 % Wilson interval, or ``-``."""
    counts = trial_hits(trial)
    if counts is None:
        return NONE
    low, high = wilson_interval(*counts)
    rate = metric_of(trial, "accuracy")
    value = rate if rate is not None else counts[0] / counts[1]
    return f"{value:.4f} (n={counts[1]:,}, 95 % {low:.3f} to {high:.3f})"


def ece_text(trial: Measured) -> str:
    """Return the ECE with what a perfectly calibrated predictor would show at this n, or ``-``."""
    ece, noise = metric_of(trial, "ece"), metric_of(trial, "ece_noise")
    floor = "noise floor unknown" if noise is None else f"noise floor {noise:.4f}"
    return NONE if ece is None else f"{ece:.4f} ({floor})"


def sharpe_text(trial: Measured) -> str:
    """Return the annualised Sharpe ratio with its standard error, or ``-``."""
    sharpe, error = metric_of(trial, "sharpe"), metric_of(trial, "sharpe_se")
    doubt = "standard error unknown" if error is None else f"± {error:.2f}"
    return NONE if sharpe is None else f"{sharpe:.2f} ({doubt})"


def sharpe_note(study: StudyRecord) -> str:
    """Return how a study's Sharpe ratios are to be read: a year's, of how few days, what costs."""
    seconds = float(study.candles.get("count") or 0) * float(study.candles.get("interval_s") or 0)
    span = f"from {days_text(seconds / 86_400)}, " if seconds else ""
    return f"a year, {span}{sharpe_costs(study)}"


def days_text(days: float) -> str:
    """Return a time in days with two digits, more where it is ten days and longer."""
    number = f"{days:,.0f}" if days >= 10 else f"{days:.2g}"
    return f"{number} day" if number == "1" else f"{number} days"


def sharpe_costs(study: StudyRecord) -> str:
    """Return whether the trials' Sharpe ratios are before or after costs."""
    return scoring.sharpe_costs(study.scoring, embedded=is_embedded(study.backtest))


def break_even_text(trial: Measured) -> str:
    """Return the costs at which a trial's mean return is 0, "" where it never trades."""
    even = metric_of(trial, "break_even_bps")
    return "" if even is None else f"breaks even at costs of {even:.2g} bp, one way"


def values_text(trial: TrialRecord | Baseline) -> str:
    """Return the objective values, of two with a stroke between them, or ``-``."""
    return " / ".join(format_value(value) for value in trial.values or ()) or NONE


def objective_text(study: StudyRecord, trial: TrialRecord) -> str:
    """Return the trial's objective values, and whether they were penalised."""
    penalty = ", ECE above its limit" if trial.violated else ""
    return f"{'objectives' if is_multi(study) else 'objective'} {values_text(trial)}{penalty}"


def counted(study: StudyRecord) -> int:
    """Return the number of trials without the interrupted ones, as in the summary."""
    return len(study.trials) - state_counts(study).get(INTERRUPTED, (0,))[0]


def trials_text(count: int) -> str:
    """Return ``1 trial`` or ``n trials``."""
    return "1 trial" if count == 1 else f"{count:,} trials"


def state_rows(study: StudyRecord) -> list[tuple[str, str, str]]:
    """Return state, count and reasons of each state that occurs."""
    rows = [(state, str(n), _reasons(why)) for state, (n, why) in state_counts(study).items()]
    return [(state, n, "not counted" if state == INTERRUPTED else why) for state, n, why in rows]


def candles_text(candles: Mapping[str, Any]) -> str:
    """Return what the study was tuned on, in one line; ``-`` where unknown."""
    count = candles.get("count")
    number = f"{count:,}" if isinstance(count, int) else NONE
    first, last = (moment_text(candles.get(key)) for key in ("first", "last"))
    return (
        f"{flat(candles.get('name', NONE))}: {number} candles of "
        f"{format_value(candles.get('interval_s'))} s, {first} to {last}, "
        f"{format_value(candles.get('gaps'))} gaps"
    )


def holdout_text(study: StudyRecord) -> str | None:
    """Return which candles are sealed, and how often they were looked at; None without any."""
    if not study.holdout:
        return None
    first, last = (moment_text(study.holdout.get(key)) for key in ("first", "last"))
    times = len(study.openings)
    opened = {0: "not opened yet", 1: "opened once"}.get(times, f"opened {times} times")
    return f"{study.holdout['count']:,} candles sealed, {first} to {last}; {opened}"


def rule_text(study: StudyRecord) -> str | None:
    """Return what unchanged closes count as, and the accuracy of a coin; None while unmeasured."""
    share = unchanged_share(study)
    if share is None:
        return None
    rule = unchanged_text(rule_of(study.scoring), share)
    return f"{rule}; a coin hits {chance_level(study):.1%}"


def segments_text(study: StudyRecord) -> str | None:
    """Return how a trial is scored on segments; None when it is scored in one piece."""
    k = study.scoring.get("segments")
    if k is None:
        return None
    return (
        f"{k} segments, each afresh after {study.scoring.get('warm_up')} unscored candles; "
        "objective: their mean less half a standard error"
    )


def baseline_text(baseline: Baseline) -> str:
    """Return what a baseline is, in words."""
    text = _BASELINE_WORDS.get(baseline.name, baseline.name.replace("_", " "))
    detail = baseline.detail if baseline.state != FAIL else ""
    return f"{text}, {detail}" if detail else text


_BASELINE_WORDS = {
    "majority": "majority class so far",
    "anti_persistence": "anti-persistence",
    "default": "default config",
}


def moment_text(value: object) -> str:
    """Return UTC seconds as a date and time; what is text already stays as it is."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return NONE if value is None else flat(value)


def luck_text(study: StudyRecord) -> str:
    """Return that the numbers are in-sample, and what luck alone would show of the objective."""
    chosen = "The numbers are in-sample: they are from the candles that the config was chosen on."
    end = "Only candles that no trial has seen can tell skill from luck."
    if not ranked_trials(study):
        return chosen
    alone = luck_clause(study)
    if alone is None:
        return f"{chosen} What luck alone would show is unknown. {end}"
    return f"{chosen} By {alone}. {end}"


def luck_clause(study: StudyRecord) -> str | None:
    """Return what luck alone would show beside the highest found; None while that is unknown."""
    names = ("accuracy", "sharpe") if is_multi(study) else (study.objective,)
    lines = {name: line for name in names if (line := luck_line(study, name)) is not None}
    if not lines:
        return None
    alone = " and ".join(f"{_METRIC_WORDS[n]} of {x.expected[-1]:.4g}" for n, x in lines.items())
    most = " and ".join(f"{x.most[-1]:.4g}" for x in lines.values())
    highest = " and ".join(format_value(_highest(study, name)) for name in lines)
    verb = "is" if len(lines) == 1 else "are"
    k = max(len(line.numbers) for line in lines.values())
    of = "a single trial" if k == 1 else f"the best of {k:,} trials"
    search = (
        "" if k == 1 else " of independent trials; a search that learns from its trials finds more"
    )
    return (
        f"luck alone, without any skill, {of} would show {alone} on average and more than {most} "
        f"in 1 of 20 studies{search}; here the highest {verb} {highest}"
    )


_METRIC_WORDS = {"accuracy": "an accuracy", "sharpe": "a Sharpe ratio"}


def _highest(study: StudyRecord, metric: str) -> float | None:
    values = [metric_of(trial, metric) for trial in ranked_trials(study)]
    return max((value for value in values if value is not None), default=None)


def violations_text(study: StudyRecord) -> tuple[str, str] | None:
    """Return the ECE constraint and what became of it; None while no trial is COMPLETE."""
    violations = find_violations(study)
    if not violations.n_complete:
        return None
    name = "ECE above its limit" if violations.limit is None else f"ECE above {violations.limit:g}"
    text = f"{len(violations.trials)} of {violations.n_complete} complete"
    if len(violations.trials) > len(violations.unknown):
        text += f"; {len(violations.beyond)} of them beyond what noise alone gives in 95 %"
        text += _named(violations.beyond)
    if violations.unknown:
        text += f"; the noise of {len(violations.unknown)} is unknown"
    return name, text


def noise_text(study: StudyRecord) -> tuple[str, str] | None:
    """Return the backtest's own noise beside what was found; None when nothing was repeated."""
    noise = find_noise(study)
    if noise.noise is None:
        return None
    runs = " to ".join(str(n) for n in dict.fromkeys((noise.runs[0], noise.runs[-1])))
    text = f"± {noise.noise:.4f} accuracy ({runs} runs a config)"
    if noise.spread is not None:
        text += f"; differences between configs ± {noise.spread:.4f}"
        if noise.noise > 0 and noise.noise >= noise.spread / 2:
            text += "; much of the difference is noise: raise --repeat"
    return "noise of a trial", text


def weights_text(study: StudyRecord) -> str:
    """Return how the trials of a Pareto front are ranked."""
    scale = scale_of_study(study)
    weights = f"{scale.accuracy_weight:g} accuracy, {scale.sharpe_weight:g} Sharpe"
    return f"the weighted mean of the objectives in standard errors ({weights})"


def _named(numbers: Sequence[int]) -> str:
    """Return the first few trials in brackets, and how many more there are."""
    if not numbers:
        return ""
    first = ", ".join(map(str, numbers[:_NAMED]))
    suffix = f" and {len(numbers) - _NAMED} more" if len(numbers) > _NAMED else ""
    return f" ({'trials' if len(numbers) > 1 else 'trial'} {first}{suffix})"


def _reasons(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in reasons.items())
