"""Which trials are asked for: ``name OP number``, joined with ``and`` or commas."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from titan_mlopt.errors import ConfigError, shown
from titan_mlopt.records import COMPLETE, FAIL, PRUNED, RUNNING, StudyRecord, TrialRecord
from titan_mlopt.report.best_config import ranges_of
from titan_mlopt.report.ranking import scale_of_study
from titan_mlopt.report.summary import SHOWN_METRICS, metric_of, param_names, trial_seconds
from titan_mlopt.scoring import objective_value

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
_WORD = re.compile(r"\w+")
_JOINT = re.compile(r"\s*,\s*|\s+and\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison; value is a number, or of ``state`` one of Optuna's words for it."""

    name: str
    sign: str
    value: float | str

    def holds(self, found: float | str | None) -> bool:
        """Return whether it holds for what the trial has of that name; never for nothing."""
        return found is not None and _OPERATORS[self.sign](found, self.value)


def filter_trials(
    study: StudyRecord, trials: Sequence[TrialRecord], conditions: Sequence[Condition]
) -> list[TrialRecord]:
    """Return the trials for which every condition holds, in their order.

    A trial that has no value of a name does not match, whatever the comparison.
    """
    return [
        trial
        for trial in trials
        if all(condition.holds(value_of(study, trial, condition.name)) for condition in conditions)
    ]


def value_of(study: StudyRecord, trial: TrialRecord, name: str) -> float | str | None:
    """Return what a name means of a trial: a metric, a parameter, or one of the four words."""
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
    """Return every name that a filter of the study may use: the four words, metrics, params."""
    metrics = {name for t in study.trials if t.outcome for name in t.outcome.metrics}
    metrics |= set(SHOWN_METRICS)
    params = dict.fromkeys([*param_names(study.trials), *ranges_of(study)])
    return list(dict.fromkeys([NUMBER, STATE, SECONDS, OBJECTIVE, *sorted(metrics), *params]))


def check_name(name: str, names: Collection[str], where: str) -> None:
    """Raise ``ConfigError``, which names what there is, unless the name is known."""
    if name not in names:
        raise ConfigError(f"{where}: must name one of {', '.join(names)}, got {shown(name)}")


def parse_filter(text: str, names: Collection[str]) -> tuple[Condition, ...]:
    """Return the conditions of an expression; () of an empty one. names: those that are known.

    Raises ``ConfigError`` that says where the expression stops being one.
    """
    conditions, place = list[Condition](), 0
    text = text.strip()
    while place < len(text):
        if conditions:
            place = _expect(_JOINT, text, place).end()
        condition, place = _parse_condition(text, place, names)
        conditions.append(condition)
    return tuple(conditions)


def _parse_condition(text: str, place: int, names: Collection[str]) -> tuple[Condition, int]:
    """Return the condition that begins at ``place``, and where it ends."""
    # A backtest's own parameters may be called anything: the longest name that stands here counts.
    here = [n for n in names if text.startswith(n, place) and _OPERATOR.match(text, place + len(n))]
    name = max(here, key=len, default="") or _expect(_NAME, text, place)[0]
    sign = _expect(_OPERATOR, text, place + len(name))
    check_name(name, names, "filter")
    if name == STATE:
        word = _expect(_WORD, text, sign.end())
        return Condition(name, sign[1], _state(sign[1], word[0])), word.end()
    number = _expect(_NUMBER, text, sign.end())
    return Condition(name, sign[1], float(number[0])), number.end()


def _state(sign: str, word: str) -> str:
    state = word.upper()
    if state not in _STATES or sign not in ("==", "!="):
        raise ConfigError(
            f"filter: state must be == or != one of {', '.join(_STATES)}, got {shown(sign + word)}"
        )
    return state


def _expect(pattern: re.Pattern[str], text: str, place: int) -> re.Match[str]:
    found = pattern.match(text, place)
    if found is None:
        raise ConfigError(
            f"filter: must be {_FORM}, got {shown(text[place:])} at position {place + 1} of "
            f"{shown(text)}; such as 'ece<0.03 and n_predictions>=500'"
        )
    return found
