"""The study in words: lines for the terminal, Markdown for MLflow; every number with its worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from titan_mlopt.params import DEFAULTS
from titan_mlopt.records import INTERRUPTED, StudyRecord, TrialRecord
from titan_mlopt.report.ranking import (
    best_trial,
    is_multi,
    ranked_trials,
    scale_of_study,
    weighted_front,
)
from titan_mlopt.report.summary import (
    find_noise,
    find_violations,
    metric_of,
    param_names,
    state_counts,
    trial_hits,
    trial_seconds,
    wilson_interval,
)

_NONE = "-"
# Most trials of the front that are listed: in the terminal, in the note.
_FRONT_LINES, _FRONT_ROWS = 5, 20
# Most trials named in a sentence.
_NAMED = 5


def _shown(value: object, digits: str = ".4g") -> str:
    """Return a number with ``digits``, ``-`` for None and anything else as it is."""
    if value is None:
        return _NONE
    is_number = isinstance(value, float) and not isinstance(value, bool)
    return format(value, digits) if is_number else str(value)


def accuracy_text(trial: TrialRecord) -> str:
    """Return the accuracy with n and its 95 % Wilson interval, or ``-``."""
    found = trial_hits(trial)
    if found is None:
        return _NONE
    low, high = wilson_interval(*found)
    rate = metric_of(trial, "accuracy")
    shown = rate if rate is not None else found[0] / found[1]
    return f"{shown:.4f} (n={found[1]:,}, 95 % {low:.3f} to {high:.3f})"


def ece_text(trial: TrialRecord) -> str:
    """Return the ECE with what a perfectly calibrated predictor would show at this n, or ``-``."""
    ece, noise = metric_of(trial, "ece"), metric_of(trial, "ece_noise")
    floor = "noise floor unknown" if noise is None else f"noise floor {noise:.4f}"
    return _NONE if ece is None else f"{ece:.4f} ({floor})"


def sharpe_text(trial: TrialRecord) -> str:
    """Return the annualised Sharpe ratio with its standard error, or ``-``."""
    sharpe, error = metric_of(trial, "sharpe"), metric_of(trial, "sharpe_se")
    doubt = "standard error unknown" if error is None else f"± {error:.2f}"
    return _NONE if sharpe is None else f"{sharpe:.2f} ({doubt})"


def summary_lines(study: StudyRecord) -> list[str]:
    """Return the end-of-run table for the terminal, aligned, one line an entry."""
    rows = [("study", f"{_flat(study.name)} ({study.objective})")]
    rows += [("candles", _candles_text(study.candles)), ("trials", str(_counted(study)))]
    states = _state_rows(study)
    rows += [(f"  {word}", f"{count} ({why})" if why else count) for word, count, why in states]
    violations = _violations_text(study)
    rows += [violations] if violations else []
    noise = _noise_text(study)
    rows += [noise] if noise else []
    best = best_trial(study)
    if best is None:
        rows += [("best", "none: no trial completed")]
    else:
        rows += [("best", f"trial {best.number}, {_objective_text(study, best)}")]
        rows += [("  accuracy", accuracy_text(best)), ("  ECE", ece_text(best))]
        rows += [("  Sharpe", sharpe_text(best)), ("  time", f"{_shown(trial_seconds(best))} s")]
    if is_multi(study) and best:
        rows += _front_lines(study)
    width = max(len(label) for label, _ in rows)
    return [f"{label:<{width}}  {text}" for label, text in rows]


def markdown_note(study: StudyRecord, commands: Mapping[str, str]) -> str:
    """Return the Markdown description of the study: data, best config, top 10, counts, commands.

    With two objectives the Pareto front as well. commands: shell commands by their titles, shown as
    they are; without any the section is left out, as are those that need a COMPLETE trial.
    """
    best = best_trial(study)
    title = f"# {_cell(study.name)}\n\nObjective `{study.objective}`, {_counted(study)} trials"
    sha256 = _cell(study.candles.get("sha256", "unknown"))
    tuned = len(param_names(study.trials))
    data = f"Candles: {_cell(_candles_text(study.candles))}\n\nSHA-256 `{sha256}`"
    parts = [f"{title}, {tuned} parameters tuned.\n\n{data}"]
    if best is None:
        parts.append("## Best config\n\nNone yet: no trial has completed.")
    else:
        parts += [_best_section(study, best), _top_section(study)]
        parts += [_front_section(study)] if is_multi(study) else []
    parts.append("## States\n\n" + _table(("state", "trials", "reasons"), _state_rows(study)))
    violations = _violations_text(study)
    parts += [": ".join(violations) + "."] if violations else []
    noise = _noise_text(study)
    parts += [f"{noise[0][:1].upper()}{noise[0][1:]}: {noise[1]}."] if noise else []
    if commands:
        text = "\n\n".join(f"# {_flat(title)}\n{command}" for title, command in commands.items())
        fence = "~~~~" if "```" in text else "```"
        parts.append(f"## Commands\n\n{fence}sh\n{text}\n{fence}")
    return "\n\n".join(parts) + "\n"


def _best_section(study: StudyRecord, best: TrialRecord) -> str:
    """Return the best trial's worth, and each tuned parameter's default beside its best value."""
    worth = f"Trial {best.number}: {_objective_text(study, best)}; accuracy {accuracy_text(best)}, "
    worth += f"ECE {ece_text(best)}, Sharpe {sharpe_text(best)}."
    luck = (
        "The interval holds for one trial looked at alone. The best of many is chosen for being "
        "high, so expect less of it on new candles."
    )
    rows = [
        (f"`{_cell(name)}`", _shown(DEFAULTS.get(name)), _shown(best.params[name]))
        for name in param_names((best,))
    ]
    table = _table(("parameter", "default", "best"), rows)
    return f"## Best config\n\n{worth}\n\n{luck}\n\n{table}"


def _top_section(study: StudyRecord, top: int = 10) -> str:
    rows = [
        (
            str(trial.number),
            " / ".join(_shown(value) for value in trial.values or ()),
            accuracy_text(trial),
            ece_text(trial),
            sharpe_text(trial),
            _shown(metric_of(trial, "coverage"), ".2f"),
            _shown(trial_seconds(trial), ".1f"),
        )
        for trial in ranked_trials(study)[:top]
    ]
    heads = ("trial", "objective", "accuracy", "ECE", "Sharpe", "coverage", "seconds")
    return f"## Top {len(rows)}\n\n" + _table(heads, rows)


def _front_lines(study: StudyRecord) -> list[tuple[str, str]]:
    """Return the head of the Pareto front for the terminal, the heaviest trial first."""
    front = weighted_front(study)
    rest = len(front) - _FRONT_LINES
    more = f", the first {_FRONT_LINES} here" if rest > 0 else ""
    rows = [("Pareto front", f"{_trials(len(front))} by {_weights_text(study)}{more}")]
    for trial, weighted in front[:_FRONT_LINES]:
        shown = f"{weighted:.2f}, accuracy {accuracy_text(trial)}, Sharpe {sharpe_text(trial)}"
        rows.append((f"  trial {trial.number}", shown))
    return rows


def _front_section(study: StudyRecord) -> str:
    """Return the Pareto front as a table, the heaviest trial first."""
    front = weighted_front(study)
    heads = ("trial", "weighted", "objectives", "accuracy", "ECE", "Sharpe")
    rows = [
        (
            str(trial.number),
            f"{weighted:.2f}",
            " / ".join(_shown(value) for value in trial.values or ()),
            accuracy_text(trial),
            ece_text(trial),
            sharpe_text(trial),
        )
        for trial, weighted in front[:_FRONT_ROWS]
    ]
    parts = [
        "## Pareto front",
        f"{_trials(len(front))} that no other one dominates, by "
        f"{_weights_text(study)}. The best config above is the most accurate of them.",
        _table(heads, rows),
    ]
    if len(front) > _FRONT_ROWS:
        parts.append(f"… and {len(front) - _FRONT_ROWS} more, in the leaderboard.")
    return "\n\n".join(parts)


def _weights_text(study: StudyRecord) -> str:
    scale = scale_of_study(study)
    weights = f"{scale.accuracy_weight:g} accuracy, {scale.sharpe_weight:g} Sharpe"
    return f"the weighted mean of the objectives in standard errors ({weights})"


def _violations_text(study: StudyRecord) -> tuple[str, str] | None:
    """Return the ECE constraint and what became of it; None while no trial is COMPLETE."""
    found = find_violations(study)
    if not found.n_complete:
        return None
    name = "ECE above its limit" if found.limit is None else f"ECE above {found.limit:g}"
    text = f"{len(found.trials) or 'none'} of {found.n_complete} complete"
    if len(found.trials) > len(found.unknown):
        text += f"; {len(found.beyond) or 'none'} of them beyond what noise alone gives in 95 %"
        text += _named(found.beyond)
    if found.unknown:
        text += f"; the noise of {len(found.unknown)} is unknown"
    return name, text


def _noise_text(study: StudyRecord) -> tuple[str, str] | None:
    """Return the backtest's own noise beside what was found; None when nothing was repeated."""
    found = find_noise(study)
    if found.noise is None:
        return None
    runs = " to ".join(str(n) for n in dict.fromkeys((found.runs[0], found.runs[-1])))
    text = f"± {found.noise:.4f} accuracy ({runs} runs a config)"
    if found.spread is not None:
        text += f"; differences between configs ± {found.spread:.4f}"
        if found.noise > 0 and found.noise >= found.spread / 2:
            text += "; much of the difference is noise: raise --repeat"
    return "noise of a trial", text


def _named(numbers: Sequence[int]) -> str:
    """Return the first few trials in brackets, and how many more there are."""
    if not numbers:
        return ""
    shown = ", ".join(map(str, numbers[:_NAMED]))
    more = f" and {len(numbers) - _NAMED} more" if len(numbers) > _NAMED else ""
    return f" ({'trials' if len(numbers) > 1 else 'trial'} {shown}{more})"


def _trials(count: int) -> str:
    return "1 trial" if count == 1 else f"{count} trials"


def _counted(study: StudyRecord) -> int:
    """Return the number of trials without the interrupted ones, as in the summary."""
    return len(study.trials) - state_counts(study).get(INTERRUPTED, (0,))[0]


def _state_rows(study: StudyRecord) -> list[tuple[str, str, str]]:
    """Return state, count and reasons of each state that occurs."""
    rows = [(word, str(n), _reasons(why)) for word, (n, why) in state_counts(study).items()]
    return [(word, n, "not counted" if word == INTERRUPTED else why) for word, n, why in rows]


def _objective_text(study: StudyRecord, trial: TrialRecord) -> str:
    shown = " / ".join(_shown(value) for value in trial.values or ())
    penalty = ", ECE above its limit" if trial.violated else ""
    return f"{'objectives' if is_multi(study) else 'objective'} {shown}{penalty}"


def _candles_text(candles: Mapping[str, Any]) -> str:
    """Return what the study was tuned on, in one line; ``-`` where unknown."""
    count = candles.get("count")
    shown = f"{count:,}" if isinstance(count, int) else _NONE
    first, last = (_moment(candles.get(key)) for key in ("first", "last"))
    return (
        f"{_flat(candles.get('name', _NONE))}: {shown} candles of "
        f"{_shown(candles.get('interval_s'))} s, {first} to {last}, "
        f"{_shown(candles.get('gaps'))} gaps"
    )


def _moment(value: object) -> str:
    """Return UTC seconds as a date and time; what is text already stays as it is."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return _NONE if value is None else _flat(value)


def _reasons(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in reasons.items())


def _flat(text: object) -> str:
    """Return the text on one line."""
    return " ".join(str(text).split())


def _cell(text: object) -> str:
    """Return the text fit for a Markdown table cell: one line, no pipe, no tag."""
    return _flat(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
