"""What a parameter of a search space may have besides its range, and how a file says it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from titan_mlopt.core.errors import ConfigError, did_you_mean, short_repr
from titan_mlopt.core.parameters import (
    MOST_CHARACTERS,
    ParamValue,
    is_number,
    is_value,
    same_value,
)

NORMAL, LOGNORMAL = "normal", "lognormal"
#: Kind of a parameter with choices; the kinds of ranges are int, float and log.
CATEGORICAL = "categorical"
RANGE_KINDS = ("int", "float", "log")
#: The keys of a parameter in a file.
KEYS = ("type", "low", "high", "step", "choices", "weights", "prior", "when")
#: Limit of the choices of a parameter.
MOST_CHOICES = 100
# Name of centre and spread by the type of a prior.
_FIGURES = {NORMAL: ("mean", "sd"), LOGNORMAL: ("median", "sigma")}


class SpaceError(ConfigError):
    """A rule of search spaces is broken.

    Attributes:
        name: The parameter, or a constraint's text.
        text: What must hold, got what.
        key: Where it stands in a file: the keys from the top, as far as they are known.
    """

    def __init__(self, name: str, text: str, *key: str | int, message: str = "") -> None:
        super().__init__(message or f"space: {name} {text}")
        self.name: str = name
        self.text: str = text
        self.key: tuple[str | int, ...] = key


@dataclass(frozen=True, slots=True)
class Prior:
    """The density of a parameter before the first trial, cut off at the ends of its range.

    Attributes:
        kind: "normal", or "lognormal", whose logarithm is normal.
        centre: Mean of a normal prior; median of a log-normal one, > 0.
        spread: Standard deviation, > 0: of the value, or of its natural logarithm.
    """

    kind: str
    centre: float
    spread: float

    def plain(self) -> dict[str, Any]:
        """Return the prior as a file says it."""
        return {"type": self.kind, **dict(zip(_FIGURES[self.kind], (self.centre, self.spread)))}  # noqa: B905 - both are pairs


@dataclass(frozen=True, slots=True)
class When:
    """The condition on which a parameter is active: the value of another one.

    Attributes:
        parent: The other parameter.
        values: Values with which the parameter is active; () where a range says it.
        low: Lower end of that range, included; None for none.
        high: Upper end, included; None for none.
    """

    parent: str
    values: tuple[ParamValue, ...] = ()
    low: float | None = None
    high: float | None = None

    def holds(self, value: ParamValue) -> bool:
        """Return whether the parameter is active at this value of the parent."""
        if self.values:
            return any(same_value(value, allowed) for allowed in self.values)
        if isinstance(value, str):
            return False
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def plain(self) -> dict[str, Any]:
        """Return the condition as a file says it."""
        ends = {"low": self.low, "high": self.high}
        span = {name: end for name, end in ends.items() if end is not None}
        return {self.parent: list(self.values) if self.values else span}


@dataclass(frozen=True, slots=True)
class Detail:
    """What a parameter has besides its range.

    Attributes:
        step: Distance of the values that are sampled, counted from the lower end; None for 1 of
            an int and none of a float.
        choices: Values of a categorical parameter, which has no range; else ().
        weights: How likely each choice is before the first trial, in any unit; () for equal ones.
        prior: Density before the first trial; None for an even one.
        when: Condition on which the parameter is active; None for always.
    """

    step: float | None = None
    choices: tuple[ParamValue, ...] = ()
    weights: tuple[float, ...] = ()
    prior: Prior | None = None
    when: When | None = None

    def plain(self) -> dict[str, Any]:
        """Return what differs from the defaults, as a file says it."""
        values = {
            "step": self.step,
            "choices": list(self.choices) or None,
            "weights": list(self.weights) or None,
            "prior": self.prior and self.prior.plain(),
            "when": self.when and self.when.plain(),
        }
        return {name: value for name, value in values.items() if value is not None}


def read_parameter(name: str, spec: Mapping[str, Any]) -> tuple[Any, Detail]:
    """Return range and details of a parameter from its entry in a file.

    Args:
        name: Of the parameter.
        spec: Its entry, ``{"type": "int", "low": 3, "high": 10}`` for instance.

    Returns:
        ``(low, high, kind)``, None for one with choices, and the details; neither is checked
        against the other.

    Raises:
        SpaceError: The entry has an unknown key, or a key has a value of the wrong form.
    """
    where = ("parameters", name)
    for key in spec:
        if key not in KEYS:
            names = ", ".join(KEYS)
            text = f"must have keys among {names}, got {short_repr(key)}"
            # TOML takes a.b for a table in a table.
            remedy = f'; write "{name}.{key}" in quotes for a parameter of that name'
            remedy = did_you_mean(key, KEYS) or remedy
            raise SpaceError(name, f"{text}{remedy}", *where, str(key))
    kind = spec.get("type", CATEGORICAL if "choices" in spec else None)
    if kind not in (*RANGE_KINDS, CATEGORICAL):
        kinds = ", ".join((*RANGE_KINDS, CATEGORICAL))
        text = f"must be of a type among {kinds}, got {short_repr(kind)}"
        raise SpaceError(name, text, *where, "type")
    allowed = ("choices", "weights") if kind == CATEGORICAL else ("low", "high", "step", "prior")
    for key in spec:
        if key not in (*allowed, "type", "when"):
            text = f"must have no {key} as a parameter of type {kind}, got {short_repr(spec[key])}"
            raise SpaceError(name, f"{text}; leave it out", *where, key)
    detail = Detail(
        step=spec.get("step"),
        choices=_values_of(name, spec, "choices"),
        weights=_values_of(name, spec, "weights"),
        prior=_read_prior(name, spec["prior"]) if "prior" in spec else None,
        when=_read_when(name, spec["when"]) if "when" in spec else None,
    )
    return None if kind == CATEGORICAL else (spec.get("low"), spec.get("high"), kind), detail


def _values_of(name: str, spec: Mapping[str, Any], key: str) -> tuple[Any, ...]:
    values = spec.get(key, [])
    if not isinstance(values, list):
        text = f"must have a list of {key}, got {short_repr(values)}"
        raise SpaceError(name, text, "parameters", name, key)
    return tuple(values)


def _read_prior(name: str, raw: Any) -> Prior:
    forms = " or ".join(
        f'{{"type": "{kind}", {", ".join(f"{json_name}: …" for json_name in map(_quoted, names))}}}'
        for kind, names in _FIGURES.items()
    )
    kind = raw.get("type") if isinstance(raw, Mapping) else None
    names = _FIGURES.get(kind, ()) if isinstance(kind, str) else ()
    if not names or set(raw) != {"type", *names}:
        text = f"must have a prior {forms}, got {short_repr(raw)}"
        raise SpaceError(name, text, "parameters", name, "prior")
    centre, spread = (raw[figure] for figure in names)
    good = is_number(centre) and is_number(spread) and spread > 0
    if not good or (kind == LOGNORMAL and centre <= 0):
        above = " and the median" if kind == LOGNORMAL else ""
        text = f"must have a prior of numbers, {names[1]}{above} above 0, got {short_repr(raw)}"
        raise SpaceError(name, text, "parameters", name, "prior")
    return Prior(str(kind), centre, spread)


def _quoted(text: str) -> str:
    return f'"{text}"'


def _read_when(name: str, raw: Any) -> When:
    form = 'must have when: {"NAME": value, [values] or {"low": …, "high": …}} of one parameter'
    error = SpaceError(name, f"{form}, got {short_repr(raw)}", "parameters", name, "when")
    if not isinstance(raw, Mapping) or len(raw) != 1:
        raise error
    ((parent, allowed),) = raw.items()
    if isinstance(allowed, Mapping):
        ends = allowed.values()
        if not ends or not set(allowed) <= {"low", "high"} or not all(map(is_number, ends)):
            raise error
        return When(str(parent), (), allowed.get("low"), allowed.get("high"))
    values = allowed if isinstance(allowed, list) else [allowed]
    if not values or not all(map(is_value, values)):
        raise error
    return When(str(parent), tuple(values))


def check_detail(name: str, bounds: tuple[float, float, str] | None, detail: Detail) -> None:
    """Raise ``SpaceError`` unless the details of a parameter fit its range and each other."""
    where = ("parameters", name)
    if bounds is None:
        _check_choices(name, detail.choices, detail.weights)
        return
    low, high, _ = bounds
    if detail.step is not None:
        _check_step(name, bounds, detail.step)
    prior = detail.prior
    if prior is not None and not low <= prior.centre <= high:
        figure = _FIGURES[prior.kind][0]
        text = f"must have a prior with its {figure} from {low:g} to {high:g}, got {prior.centre:g}"
        raise SpaceError(name, text, *where, "prior")
    if prior is not None and prior.kind == LOGNORMAL and low <= 0:
        text = f"must have low above 0 for a log-normal prior, got {low:g}"
        raise SpaceError(name, text, *where, "low")


def _check_step(name: str, bounds: tuple[float, float, str], step: Any) -> None:
    low, high, kind = bounds
    good = is_number(step) and step > 0 and kind != "log" and (kind != "int" or step == int(step))
    if good and kind == "int":
        good = (int(high) - int(low)) % int(step) == 0
    elif good:
        parts = (high - low) / step
        good = 1 <= parts < 1e9 and math.isclose(parts, round(parts), rel_tol=1e-9)
    if not good:
        whole = "whole, " if kind == "int" else ""
        text = (
            f"must have a step above 0, {whole}that divides high − low, and none of type log, got "
            f"{short_repr(step)} from {low:g} to {high:g}"
        )
        raise SpaceError(name, text, "parameters", name, "step")


def _check_choices(name: str, choices: Sequence[Any], weights: Sequence[Any]) -> None:
    where = ("parameters", name)
    if not 2 <= len(choices) <= MOST_CHOICES:
        text = f"must have 2 to {MOST_CHOICES} choices, got {len(choices)}; one value is fixed"
        raise SpaceError(name, text, *where, "choices")
    for index, choice in enumerate(choices):
        if not is_value(choice) or choice in choices[:index]:
            text = (
                "must have different choices, each a number, a bool or a text of 1 to "
                f"{MOST_CHARACTERS} printable characters, got {short_repr(choice)}"
            )
            raise SpaceError(name, text, *where, "choices")
    good = all(is_number(weight) and weight >= 0 for weight in weights)
    if weights and (not good or len(weights) != len(choices) or sum(map(bool, weights)) < 2):
        text = (
            "must have a weight for each choice, no number below 0 and two above it, got "
            f"{short_repr(list(weights))}"
        )
        raise SpaceError(name, text, *where, "weights")
