"""A space as samplers see it, and the way from what they sample to values and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING

from titan_mlopt.core.parameters import Params, ParamValue, same_value
from titan_mlopt.core.space.constraints import Constraint, narrow
from titan_mlopt.core.space.details import CATEGORICAL, Detail
from titan_mlopt.core.space.numbers import Numbers

if TYPE_CHECKING:
    from titan_mlopt.core.search_space import Space

#: What a sampler samples of a parameter: a quantile in [0, 1].
QUANTILE = Numbers(0.0, 1.0, "float")
_PLAIN = Detail()


@dataclass(frozen=True, slots=True)
class Axis:
    """The values of one parameter: numbers, or choices."""

    numbers: Numbers = QUANTILE
    choices: tuple[ParamValue, ...] = ()

    @property
    def kind(self) -> str:
        """``int``, ``float``, ``log`` or ``categorical``."""
        return CATEGORICAL if self.choices else self.numbers.kind


class SampledSpace:
    """A space in the coordinates of samplers.

    Most parameters are sampled as they are. One with a prior or weights, and one that a constraint
    binds to what an earlier one has got, is sampled as its quantile in [0, 1].

    Args:
        space: The space.

    Attributes:
        axes: What is sampled, by name, in the order of sampling.
        values: The values that result, by name; as wide as the space says.
        quantiles: Names of the parameters that are sampled as quantiles.
    """

    def __init__(self, space: Space) -> None:
        names = [name for name in space.ranges if name not in space.details]
        names += space.details
        self._details = {name: space.details.get(name, _PLAIN) for name in names}
        self.values: dict[str, Axis] = {
            name: Axis(choices=detail.choices) if detail.choices else Axis(space.numbers[name])
            for name, detail in self._details.items()
        }
        constraints = space.parsed_constraints
        order, self._numbers = narrow(space.numbers, constraints)
        self._order = [*order, *(name for name in names if name not in order)]
        self._fixed = space.fixed
        self._binding: dict[str, list[Constraint]] = {}
        for constraint in constraints:
            lesser, greater = constraint.lesser.name, constraint.greater.name
            ends = (self._numbers[lesser].high, self._numbers[greater].low)
            if greater in names and not constraint.holds(*ends):
                self._binding.setdefault(greater, []).append(constraint)
        self.quantiles: frozenset[str] = frozenset(
            name
            for name, detail in self._details.items()
            if detail.prior or detail.weights or name in self._binding
        )
        self.axes: dict[str, Axis] = {name: self._axis(name) for name in names}

    def _axis(self, name: str) -> Axis:
        if name in self.quantiles:
            return Axis()
        axis = self.values[name]
        return axis if axis.choices else Axis(self._numbers[name])

    def decode(self, sampled: Mapping[str, ParamValue]) -> Params:
        """Return the value of each parameter that was sampled, in the order of ``sampled``."""
        values = {**self._fixed, **sampled}
        for name in self._order:
            if name in self.quantiles and name in sampled:
                values[name] = self._value(name, float(sampled[name]), values)
        return {name: values[name] for name in sampled}

    def encode(self, values: Mapping[str, ParamValue]) -> Params:
        """Return what would be sampled for values: the inverse of ``decode``.

        On a grid, and for choices, it is the middle of the quantiles that give the value. A value
        that breaks a constraint becomes the nearest that does not.
        """
        whole, sampled = {**self._fixed, **values}, dict(values)
        for name, value in values.items():
            numbers = self._numbers.get(name)
            if name in self.quantiles:
                sampled[name] = self._quantile(name, value, whole)
            elif numbers and not numbers.low <= float(value) <= numbers.high:
                sampled[name] = numbers.nearest(float(value))
        return sampled

    def clip(self, values: Mapping[str, ParamValue]) -> Params:
        """Return the nearest values that are on their grids and keep every constraint."""
        clipped = {**self._fixed, **values}
        for name in self._order:
            if name in values and not self.values[name].choices:
                clipped[name] = self._numbers_left(name, clipped).nearest(float(clipped[name]))
        return {name: clipped[name] for name in values}

    def _numbers_left(self, name: str, values: Mapping[str, ParamValue]) -> Numbers:
        """Return the numbers that the values of earlier parameters leave to one."""
        numbers = self._numbers[name]
        for constraint in self._binding.get(name, ()):
            if constraint.lesser.name not in values:  # a config without an inactive parameter
                continue
            lesser = float(values[constraint.lesser.name])
            low = numbers.lowest(lambda value: constraint.holds(lesser, value))  # noqa: B023 - called at once
            numbers = replace(numbers, low=numbers.high if low is None else low)
        return numbers

    def _value(self, name: str, quantile: float, values: Mapping[str, ParamValue]) -> ParamValue:
        detail = self._details[name]
        if not detail.choices:
            return self._numbers_left(name, values).at(quantile, detail.prior)
        sums = list(accumulate(detail.weights))
        chances = (
            choice
            for choice, total in zip(detail.choices, sums, strict=True)
            if quantile * sums[-1] < total
        )
        last = max(index for index, weight in enumerate(detail.weights) if weight)
        return next(chances, detail.choices[last])

    def _quantile(self, name: str, value: ParamValue, values: Mapping[str, ParamValue]) -> float:
        detail = self._details[name]
        if not detail.choices:
            return self._numbers_left(name, values).quantile(float(value), detail.prior)
        index = next(i for i, choice in enumerate(detail.choices) if same_value(choice, value))
        sums = [0.0, *accumulate(detail.weights)]
        return (sums[index] + sums[index + 1]) / 2 / sums[-1]
