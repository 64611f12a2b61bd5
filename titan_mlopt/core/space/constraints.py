"""Constraints between two parameters, ``a + 5 <= 2 * b`` say, kept by transformation."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from titan_mlopt.core.errors import short_repr
from titan_mlopt.core.space.details import SpaceError
from titan_mlopt.core.space.numbers import Numbers

#: Limit of the constraints of a space.
MOST_CONSTRAINTS = 100
_NUMBER = r"\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+"
_SIDE = re.compile(
    rf"\s*(?:({_NUMBER})\s*\*\s*)?([A-Za-z_][\w.\-]*)(?:\s+([+-])\s*({_NUMBER}))?\s*", re.ASCII
)
_SIGN = re.compile(r"<=|>=|<|>")
_FORM = (
    'must be a constraint "A < B" of two parameters, with <, <=, > or >=, where each side may be '
    '"2 * NAME + 5"'
)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a constraint: ``factor · parameter + offset``, factor > 0."""

    factor: float
    name: str
    offset: float

    def at(self, value: float) -> float:
        """Return the side at a value of its parameter."""
        return self.factor * value + self.offset


@dataclass(frozen=True, slots=True)
class Constraint:
    """``lesser <= greater``, or ``<`` where it is strict."""

    text: str
    lesser: Side
    greater: Side
    strict: bool

    @property
    def names(self) -> tuple[str, str]:
        """Its two parameters, the lesser one first."""
        return self.lesser.name, self.greater.name

    def holds(self, lesser: float, greater: float) -> bool:
        """Return whether these values of its two parameters keep it."""
        lower, upper = self.lesser.at(lesser), self.greater.at(greater)
        return lower < upper if self.strict else lower <= upper


def parse_constraint(text: object, index: int = 0) -> Constraint:
    """Return the constraint that a text says.

    Args:
        text: ``feature.fast_window + 5 <= feature.slow_window`` for instance.
        index: Its position in the list, for the error.

    Raises:
        SpaceError: It is none.
    """
    signs = _SIGN.findall(text) if isinstance(text, str) else []
    sides = [_SIDE.fullmatch(side) for side in _SIGN.split(str(text))]
    if not isinstance(text, str) or len(signs) != 1 or len(text) > 1000 or not all(sides):
        raise SpaceError("constraint", f"{_FORM}, got {short_repr(text)}", "constraints", index)
    first, second = (_side(match) for match in sides if match)
    if not (first.factor > 0 and second.factor > 0) or first.name == second.name:
        form = "two different parameters, each with a factor above 0"
        raise SpaceError(text, f"must have {form}, got {short_repr(text)}", "constraints", index)
    lesser, greater = (first, second) if signs[0] in ("<", "<=") else (second, first)
    return Constraint(text, lesser, greater, signs[0] in ("<", ">"))


def _side(match: re.Match[str]) -> Side:
    factor, name, sign, offset = match.groups()
    distance = float(offset or 0)
    return Side(float(factor or 1), name, -distance if sign == "-" else distance)


def in_order(names: Sequence[str], constraints: Sequence[Constraint]) -> list[str]:
    """Return the parameters, each after all that must be less.

    Raises:
        SpaceError: The constraints go round in a circle.
    """
    order = list[str]()
    while len(order) < len(names):
        waiting = {c.greater.name for c in constraints if c.lesser.name not in order}
        ready = [name for name in names if name not in order and name not in waiting]
        if not ready:
            index = next(i for i, c in enumerate(constraints) if c.greater.name in waiting)
            text = "must not go round in a circle with the others, got one; leave one of them out"
            raise SpaceError(constraints[index].text, text, "constraints", index)
        order += ready
    return order


def narrow(
    numbers: Mapping[str, Numbers], constraints: Sequence[Constraint]
) -> tuple[list[str], dict[str, Numbers]]:
    """Return the order of sampling, and the numbers that no constraint excludes for certain.

    Within them every number of a parameter leaves one to each that must be greater.

    Args:
        numbers: Of each parameter and fixed value that a constraint names.
        constraints: The constraints.

    Raises:
        SpaceError: They go round in a circle, or nothing keeps them all.
    """
    order, narrowed = in_order(list(numbers), constraints), dict(numbers)
    # The lower ends in the order of sampling, then the upper ends in the opposite order.
    for upwards in (True, False):
        for name in order if upwards else reversed(order):
            for index, constraint in enumerate(constraints):
                bounded, opposite = constraint.greater.name, constraint.lesser.name
                if not upwards:
                    bounded, opposite = opposite, bounded
                if bounded == name:
                    ends = narrowed[name], narrowed[opposite]
                    narrowed[name] = _narrowed(*ends, constraint, index, upwards)
    return order, narrowed


def _narrowed(
    numbers: Numbers, opposite: Numbers, constraint: Constraint, index: int, upwards: bool
) -> Numbers:
    if upwards:
        end = numbers.lowest(lambda value: constraint.holds(opposite.low, value))
    else:
        end = numbers.highest(lambda value: constraint.holds(value, opposite.high))
    if end is None:
        text = "must leave values to both parameters, got none that keeps it; widen a range"
        raise SpaceError(constraint.text, text, "constraints", index)
    return replace(numbers, low=end) if upwards else replace(numbers, high=end)
