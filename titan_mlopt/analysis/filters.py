"""Filters of trials: conditions ``name OP number``, joined with ``and`` or commas."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from titan_mlopt.analysis.best_config import ranges_of
from titan_mlopt.analysis.ranking import scale_of_study
from titan_mlopt.analysis.summary import SHOWN_METRICS, metric_of, param_names, trial_seconds
from titan_mlopt.core.errors import ConfigError, did_you_mean, short_repr
from titan_mlopt.core.scoring import objective_value
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import COMPLETE, FAIL, PRUNED, RUNNING, TrialRecord

NUMBER, STATE, SECONDS, OBJECTIVE = "number", "state", "duration_seconds", "objective_value"
_STATES = (COMPLETE, PRUNED, FAIL, RUNNING)
_OPERATORS: dict[str, Callable[[float | str, float | str], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
_FORM = f"conditions NAME OP NUMBER joined with and or commas, OP one of {' '.join(_OPERATORS)}"
_NAME = re.compile(r"[^\s<>=!,]+")
_OPERATOR = re.compile(r"\s*(<=|>=|==|!=|<|>)\s*")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?(?=\s|,|$)", re.IGNORECASE)
_STATE_NAME = re.compile(r"\w+")
_JOINT = re.compile(r"\s*,\s*|\s+and\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of a filter.

    Attributes:
        name: Name of the trial's value, see ``known_names``.
        sign: One of <=, >=, ==, !=, <, >.
        value: A number, or the name of a state for ``state``.
    """

    name: str
    sign: str
    value: float | str

    def holds(self, value: float | str | None) -> bool:
        """Return whether a trial's value satisfies the condition; False for None."""
        return value is not None and _OPERATORS[self.sign](value, self.value)


def filter_trials(
    study: StudyRecord, trials: Sequence[TrialRecord], conditions: Sequence[Condition]
) -> list[TrialRecord]:
    """Return the trials that satisfy all conditions, in their order.

    A trial without a value of that name satisfies no comparison.

    Args:
        study: The study, whose weights define ``objective_value``.
        trials: The trials to filter.
        conditions: As ``parse_filter`` returns them; () for no condition.
    """
    return [
        trial
        for trial in trials
        if all(condition.holds(value_of(study, trial, condition.name)) for condition in conditions)
    ]


def value_of(study: StudyRecord, trial: TrialRecord, name: str) -> float | str | None:
    """Return the value of a trial by name, None without one.

    Args:
        study: The trial's study.
        trial: The trial.
        name: ``state``, ``number``, ``duration_seconds``, ``objective_value``, a metric or a
            parameter; a metric takes precedence over a parameter of the same name.
    """
    if name == STATE:
        return trial.state
    if name == NUMBER:
        return trial.number
    if name == SECONDS:
        return trial_seconds(trial)
    if name == OBJECTIVE:
        return objective_value(trial.values, scale_of_study(study)) if trial.values else None
    metric = metric_of(trial, name)
    value = trial.params.get(name) if metric is None else metric
    return value if isinstance(value, int | float) else None


def known_names(study: StudyRecord) -> list[str]:
    """Return all names that a filter may use: the four of a trial, then metrics, then params."""
    metrics = {name for t in study.trials if t.outcome for name in t.outcome.metrics}
    metrics |= set(SHOWN_METRICS)
    params = dict.fromkeys([*param_names(study.trials), *ranges_of(study)])
    return list(dict.fromkeys([NUMBER, STATE, SECONDS, OBJECTIVE, *sorted(metrics), *params]))


def check_name(name: str, names: Collection[str], where: str) -> None:
    """Raise ``ConfigError``, which lists the known names, unless the name is one of them."""
    if name not in names:
        raise ConfigError(
            f"{where}: must name one of {', '.join(names)}, got {short_repr(name)}"
            f"{did_you_mean(name, names)}"
        )


def parse_filter(text: str, names: Collection[str]) -> tuple[Condition, ...]:
    """Parse a filter such as ``ece<0.03 and n_predictions>=500``.

    Args:
        text: Conditions, joined with "and" or commas; "" for none.
        names: The known names.

    Raises:
        ConfigError: It cannot be parsed, or uses an unknown name; the message gives the position.
    """
    conditions, position = list[Condition](), 0
    text = text.strip()
    while position < len(text):
        if conditions:
            position = _expect(_JOINT, text, position).end()
        condition, position = _parse_condition(text, position, names)
        conditions.append(condition)
    return tuple(conditions)


def _parse_condition(text: str, position: int, names: Collection[str]) -> tuple[Condition, int]:
    """Return the condition that begins at ``position``, and where it ends."""
    # A parameter of an external backtest may have any name, so the longest match is taken.
    candidates = [
        n
        for n in names
        if text.startswith(n, position) and _OPERATOR.match(text, position + len(n))
    ]
    name = max(candidates, key=len, default="") or _expect(_NAME, text, position)[0]
    sign = _expect(_OPERATOR, text, position + len(name))
    check_name(name, names, "filter")
    if name == STATE:
        state = _expect(_STATE_NAME, text, sign.end())
        return Condition(name, sign[1], _state(sign[1], state[0])), state.end()
    number = _expect(_NUMBER, text, sign.end())
    return Condition(name, sign[1], float(number[0])), number.end()


def _state(sign: str, name: str) -> str:
    state = name.upper()
    if state not in _STATES or sign not in ("==", "!="):
        raise ConfigError(
            f"filter: state must be == or != one of {', '.join(_STATES)}, got "
            f"{short_repr(sign + name)}{did_you_mean(state, _STATES)}"
        )
    return state


def _expect(pattern: re.Pattern[str], text: str, position: int) -> re.Match[str]:
    match = pattern.match(text, position)
    if match is None:
        raise ConfigError(
            f"filter: must be {_FORM}, got {short_repr(text[position:])} at position "
            f"{position + 1} of {short_repr(text)}; such as 'ece<0.03 and n_predictions>=500'"
        )
    return match
