"""Search spaces: the ranges of the sampled parameters, and the values of the fixed ones."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from titan_mlopt.core.errors import ConfigError, short_repr
from titan_mlopt.core.parameters import (
    DEFAULTS,
    PARAMETER_NAME,
    TUNABLE_PARAMS,
    Params,
    ParamValue,
    Range,
    beyond_titan,
    check_param,
    digest,
    is_number,
    is_value,
    same_value,
)
from titan_mlopt.core.space.constraints import (
    MOST_CONSTRAINTS,
    Constraint,
    narrow,
    parse_constraint,
)
from titan_mlopt.core.space.details import (
    RANGE_KINDS,
    Detail,
    SpaceError,
    When,
    check_detail,
    read_parameter,
)
from titan_mlopt.core.space.numbers import Numbers

#: Sections of a file.
SECTIONS = (
    *("ranges", "fixed", "parameters", "constraints", "candles", "reasons"),
    "beyond_titan",
)


@dataclass(frozen=True)
class Space:
    """A search space.

    Parameters of production Titan must stay within its ranges unless ``beyond_titan`` is set; an
    external backtest may have others.

    Attributes:
        ranges: ``{name: (low, high, kind)}`` of the sampled parameters, both ends included; kind
            is "int", "float" or "log". By default Titan's 21.
        fixed: Values of parameters that are not sampled.
        path: Absolute path of the file that it was read from, "" for none; ignored by ``==``.
        details: What parameters have besides a range; those with choices have no range. There is
            at least one parameter with a range or choices.
        constraints: Constraints between two parameters or fixed values, ``a + 5 <= b`` for
            instance.
        beyond_titan: Whether Titan's parameters may have wider ranges than Titan's; ignored by
            ``==``.

    Raises:
        ConfigError: A name, range, value, condition or constraint is not allowed.
    """

    ranges: Mapping[str, Range] = field(default_factory=lambda: dict(TUNABLE_PARAMS))
    fixed: Mapping[str, ParamValue] = field(default_factory=dict)
    path: str = field(default="", compare=False, repr=False)
    details: Mapping[str, Detail] = field(default_factory=dict, repr=False)
    constraints: tuple[str, ...] = field(default=(), repr=False)
    beyond_titan: bool = field(default=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Check every name, range, value, condition and constraint."""
        if not self.ranges and not self.details:
            raise ConfigError("space: must have a parameter to draw, got none; add one to ranges")
        for name, bounds in self.ranges.items():
            check_name(name)
            self._check_range(name, bounds)
        for name, value in self.fixed.items():
            check_name(name)
            if name in self.ranges or name in self.details:
                raise SpaceError(name, "must be drawn or fixed, got both; leave one out", name)
            self._check_value(name, value)
        for name, detail in self.details.items():
            self._check_detail(name, detail)
        for name in self.details:
            self._check_condition(name)
        self._check_constraints()

    def _check_range(self, name: str, bounds: Any) -> None:
        if not isinstance(bounds, list | tuple) or len(bounds) != 3 or bounds[2] not in RANGE_KINDS:
            kinds = ", ".join(RANGE_KINDS)
            text = f"must be [low, high, kind], kind one of {kinds}, got {short_repr(bounds)}"
            raise SpaceError(name, text, name)
        low, high, kind = bounds
        numbers = all(map(is_number, (low, high)))
        whole = kind != "int" or all(isinstance(v, int) for v in (low, high))
        if not numbers or not whole or not low < high or (kind == "log" and low <= 0):
            text = "must have low < high, whole for int and above 0 for log, got "
            raise SpaceError(name, f"{text}{short_repr(bounds)}", name)
        if name in DEFAULTS:
            whole_kind = "int" if type(DEFAULTS[name]) is int else kind
            if kind != (expected := TUNABLE_PARAMS.get(name, (0, 0, whole_kind))[2]):
                raise SpaceError(name, f"must be of kind {expected}, got {kind!r}", name)
            for value in (low, high):
                self._check_value(name, value)

    def _check_value(self, name: str, value: ParamValue) -> None:
        """Raise ``SpaceError`` unless a parameter may have a value."""
        if name in DEFAULTS:
            try:
                check_param(name, value, beyond=self.beyond_titan)
            except ConfigError as error:
                text = str(error).removeprefix(f"{name}: ")
                if beyond_titan({name: value}) and not self.beyond_titan:
                    text += "; pass beyond_titan to search there"
                raise SpaceError(name, text, name, message=f"{name}: {text}") from error
        elif not is_value(value):
            text = f"must be a number, a bool or a short text, got {short_repr(value)}"
            raise SpaceError(name, text, name)

    def _check_detail(self, name: str, detail: Detail) -> None:
        check_name(name)
        bounds = self.ranges.get(name)
        if detail.choices and bounds is not None:
            raise SpaceError(name, "must have a range or choices, got both; leave one out", name)
        check_detail(name, bounds, detail)
        for choice in detail.choices:
            self._check_value(name, choice)

    def _check_condition(self, name: str) -> None:
        """Raise ``SpaceError`` unless the condition of a parameter can hold."""
        key, chain = ("parameters", name, "when"), [name]
        while (when := self.details.get(chain[-1], Detail()).when) is not None:
            if when.parent in chain:
                circle = " on ".join([*chain, when.parent])
                text = f"must not depend on itself, got {circle}; leave one condition out"
                raise SpaceError(name, text, *key)
            chain.append(when.parent)
        if len(chain) == 1:
            return
        when, parent = self.details[name].when, chain[1]
        if parent not in (*self.ranges, *self.details, *self.fixed):
            text = f"must depend on a parameter of this space, got {short_repr(parent)}"
            raise SpaceError(name, f"{text}; add it, with one value if it is fixed", *key)
        if when is not None and not self._can_hold(when):
            text = f"must depend on values that {parent} can have, got {when.plain()[parent]}"
            raise SpaceError(name, text, *key)

    def _can_hold(self, when: When) -> bool:
        """Return whether the parent can have each of the values, or a number in the range."""
        parent = when.parent
        if parent in self.ranges:
            numbers = self._numbers_of(parent)
            if when.values:
                return all(is_number(v) and numbers.nearest(v) == v for v in when.values)
            lowest = numbers.lowest(lambda value: when.low is None or value >= when.low)
            return lowest is not None and when.holds(lowest)
        possible = self.details[parent].choices if parent in self.details else (self.fixed[parent],)
        if when.values:
            return all(any(same_value(v, p) for p in possible) for v in when.values)
        return any(is_number(p) and when.holds(p) for p in possible)

    def _check_constraints(self) -> None:
        """Raise ``SpaceError`` unless the constraints name numbers and can all be kept."""
        if len(self.constraints) > MOST_CONSTRAINTS:
            text = f"must be at most {MOST_CONSTRAINTS}, got {len(self.constraints)}"
            raise SpaceError("constraints", text, "constraints")
        for index, constraint in enumerate(self.parsed_constraints):
            for name in (constraint.lesser.name, constraint.greater.name):
                if name not in self.numbers:
                    text = f"must name parameters of this space with numbers, got {name}"
                    raise SpaceError(constraint.text, text, "constraints", index)
        if self.constraints:
            narrow(self.numbers, self.parsed_constraints)

    @cached_property
    def parsed_constraints(self) -> tuple[Constraint, ...]:
        """The constraints, parsed."""
        return tuple(parse_constraint(text, i) for i, text in enumerate(self.constraints))

    @cached_property
    def numbers(self) -> dict[str, Numbers]:
        """The numbers of each parameter with a range, and of each fixed number."""
        numbers = {name: self._numbers_of(name) for name in self.ranges}
        fixed = {n: float(v) for n, v in self.fixed.items() if is_number(v)}
        return numbers | {name: Numbers(value, value, "float") for name, value in fixed.items()}

    def _numbers_of(self, name: str) -> Numbers:
        low, high, kind = self.ranges[name]
        step = self.details.get(name, Detail()).step
        if kind == "int":
            return Numbers(int(low), int(high), kind, int(step or 1), int(low))
        return Numbers(low, high, kind, step, low)

    def plain(self) -> dict[str, Any]:
        """Return the space as JSON: what ``from_plain`` takes, and what a file may hold."""
        bare = {name: b for name, b in self.ranges.items() if name not in self.details}
        content: dict[str, Any] = {"ranges": bare, "fixed": dict(self.fixed)}
        if self.details:
            content["parameters"] = {name: self.entry(name) for name in self.details}
        if self.constraints:
            content["constraints"] = list(self.constraints)
        if self.beyond:
            content["beyond_titan"] = True
        return content

    def entry(self, name: str) -> dict[str, Any]:
        """Return what the section ``parameters`` of a file says of a sampled parameter."""
        details = self.details.get(name, Detail()).plain()
        if name not in self.ranges:
            return details
        low, high, kind = self.ranges[name]
        return {"type": kind, "low": low, "high": high, **details}

    @classmethod
    def from_plain(
        cls, content: Mapping[str, Any], path: str = "", *, beyond_titan: bool | None = None
    ) -> Self:
        """Return the space of a file's content, or of what ``plain`` returned.

        Args:
            content: The sections: ``{"ranges": {name: [low, high, kind]}, "fixed": {…},
                "parameters": {…}, "constraints": […]}``, each of which may be missing.
            path: Absolute path of the file, "" for none.
            beyond_titan: As the attribute; None for what the content says.

        Raises:
            ConfigError: The content is no valid space.
        """
        _check_sections(content)
        ranges = {
            name: tuple(bounds) if isinstance(bounds, list) else bounds
            for name, bounds in content.get("ranges", {}).items()
        }
        fixed, details = dict(content.get("fixed", {})), dict[str, Detail]()
        for name, entry in content.get("parameters", {}).items():
            check_name(name)
            if name in ranges or name in fixed:
                raise SpaceError(name, "must be named once, got it twice", "parameters", name)
            if not isinstance(entry, Mapping):
                fixed[name] = entry
                continue
            bounds, detail = read_parameter(name, entry)
            ranges |= {name: bounds} if bounds else {}
            details |= {name: detail} if detail != Detail() else {}
        if beyond_titan is None:
            beyond_titan = bool(content.get("beyond_titan"))
        constraints = tuple(content.get("constraints", ()))
        return cls(ranges, fixed, path, details, constraints, beyond_titan)

    @property
    def digest(self) -> str:
        """SHA-256 of the space, or of its ranges alone when it has nothing else."""
        content = self.plain()
        ranges = {name: list(bounds) for name, bounds in content["ranges"].items()}
        beside = self.fixed or self.details or self.constraints
        return digest({**content, "ranges": ranges} if beside else ranges)

    @property
    def beyond(self) -> tuple[str, ...]:
        """Titan's parameters that may get values outside of Titan's ranges."""
        values: list[tuple[str, ParamValue]] = [
            *((name, end) for name, bounds in self.ranges.items() for end in bounds[:2]),
            *((name, choice) for name, detail in self.details.items() for choice in detail.choices),
            *self.fixed.items(),
        ]
        return tuple(dict.fromkeys(n for n, value in values if beyond_titan({n: value})))

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters that are sampled."""
        return tuple(dict.fromkeys((*self.ranges, *self.details)))

    @property
    def unknown(self) -> tuple[str, ...]:
        """The parameters that the embedded predictor does not have."""
        return tuple(name for name in (*self.names, *self.fixed) if name not in DEFAULTS)

    def highest(self) -> Params:
        """Return the highest number that each parameter may have; none of choices without one."""
        highest: Params = {name: bounds[1] for name, bounds in self.ranges.items()}
        for name, detail in self.details.items():
            if numbers := [choice for choice in detail.choices if is_number(choice)]:
                highest[name] = max(numbers)
        return highest

    def ranges_around(self, config: Mapping[str, ParamValue]) -> dict[str, Range]:
        """Return the range of each parameter of a config while the others keep their values.

        It is narrower where a constraint says so; a parameter without values left is missing.
        """
        ranges = {name: bounds for name, bounds in self.ranges.items() if name in config}
        for constraint in self.parsed_constraints:
            lesser, greater = constraint.lesser.name, constraint.greater.name
            least, most = (float(config.get(name, math.nan)) for name in (lesser, greater))
            for name, upper in ((lesser, True), (greater, False)):
                if name not in ranges or math.isnan(least) or math.isnan(most):
                    continue
                low, high, kind = ranges[name]
                numbers = replace(self.numbers[name], low=low, high=high)
                if upper:
                    end = numbers.highest(lambda v: constraint.holds(v, most))  # noqa: B023 - called at once
                else:
                    end = numbers.lowest(lambda v: constraint.holds(least, v))  # noqa: B023 - called at once
                if end is None:
                    del ranges[name]
                else:
                    ranges[name] = (low, end, kind) if upper else (end, high, kind)
        return ranges

    def point(self) -> Params:
        """Return one point: Titan's defaults, or the middle of the range where it excludes them.

        Of choices without the default it has the first.
        """
        params: Params = {name: _inner(name, bounds) for name, bounds in self.ranges.items()}
        for name, detail in self.details.items():
            if detail.choices:
                default = DEFAULTS.get(name)
                is_choice = default is not None and default in detail.choices
                params[name] = default if is_choice else detail.choices[0]  # type: ignore[assignment]  # mypy
        return self.complete(params)

    def inactive(self, params: Mapping[str, ParamValue]) -> tuple[str, ...]:
        """Return the parameters whose condition does not hold, or that depend on such a one.

        Args:
            params: The sampled values. One without a value counts as inactive.
        """
        values = {**self.fixed, **params}

        def is_active(name: str) -> bool:
            when = self.details.get(name, Detail()).when
            if when is None:
                return name in values
            parent = when.parent
            return parent in values and is_active(parent) and when.holds(values[parent])

        return tuple(name for name in self.details if not is_active(name))

    def complete(self, params: Mapping[str, ParamValue]) -> Params:
        """Return sampled params with the fixed values added, and without the inactive ones."""
        inactive = self.inactive(params)
        whole = {**self.fixed, **params}
        return {name: value for name, value in whole.items() if name not in inactive}


def _check_sections(content: Any) -> None:
    """Raise ``SpaceError`` unless a file has sections, and no other ones than we know."""
    keys = list(content) if isinstance(content, dict) else []
    types = {"constraints": list, "beyond_titan": bool}
    wrong = [k for k in keys if k not in SECTIONS or not isinstance(content[k], types.get(k, dict))]
    if wrong or not keys:
        text = (
            'must be {"parameters": {…}, "constraints": […]} or {"ranges": {…}, "fixed": {…}}, got '
            f"{short_repr(content)}"
        )
        raise SpaceError("", text, *map(str, wrong[:1]), message=f"space: {text}")


def check_name(name: object) -> None:
    """Raise ``ConfigError`` unless databases and MLflow accept this name of a parameter."""
    if not isinstance(name, str) or not PARAMETER_NAME.fullmatch(name):
        text = (
            "must be 1 to 200 letters, digits, dots, dashes and underscores, a letter first, got "
            f"{short_repr(name)}; rename it"
        )
        raise SpaceError("a name", text, str(name))


def _inner(name: str, bounds: Range) -> ParamValue:
    low, high, kind = bounds
    default = DEFAULTS.get(name)
    if is_number(default) and low <= default <= high:
        return default
    middle = math.sqrt(low * high) if kind == "log" else (low + high) / 2
    return int(middle) if kind == "int" else middle


def load_space(path: str | Path, *, beyond_titan: bool = False) -> Space:
    """Return the space in a TOML, YAML or JSON file (docs/spaces.md).

    ``candles``, which says on which ones the space was found, and ``reasons``, which says why
    ranges are as they are, are for its reader alone.

    Args:
        path: The file.
        beyond_titan: Whether Titan's parameters may have wider ranges than Titan's, whatever the
            file says.

    Raises:
        ConfigError: The file cannot be read or holds no valid space; the message names file and
            line.
    """
    from titan_mlopt.core.space.document import read_document  # only files need it

    document = read_document(path)
    try:
        absolute = str(Path(path).absolute())
        return Space.from_plain(document.content, absolute, beyond_titan=beyond_titan)
    except SpaceError as error:
        in_section = not error.name or error.key[0] in SECTIONS
        position = (document.place if in_section else document.place_of_name)(error.key)
        name = error.name and f"{error.name}: "
        raise ConfigError(f"{position}: {name}{error.text}") from error
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def space_text(
    space: Space,
    candles: Mapping[str, object] | None = None,
    reasons: Mapping[str, str] | None = None,
) -> str:
    """Return the space as JSON text that ``load_space`` reads.

    Args:
        space: The space.
        candles: Those on which it was found, as ``Candles.describe`` tells them; None where it was
            not found on any.
        reasons: Why a range is as it is, by the parameter's name; None for no such section.
    """
    content = space.plain()
    content["ranges"] = {name: list(bounds) for name, bounds in content["ranges"].items()}
    if reasons is not None:
        content["reasons"] = dict(reasons)
    if candles is not None:
        content["candles"] = dict(candles)
    return json.dumps(content, indent=2) + "\n"


def schema_text() -> str:
    """Return the JSON Schema of space files, draft 2020-12."""
    return (Path(__file__).parent / "space" / "schema.json").read_text(encoding="utf-8")
