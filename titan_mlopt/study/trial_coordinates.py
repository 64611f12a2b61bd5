"""Trials as the sampler sees them, and as they are stored: quantiles there, values here."""

from __future__ import annotations

from copy import copy
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import FrozenTrial

from titan_mlopt.core.parameters import Params
from titan_mlopt.core.search_space import Space
from titan_mlopt.core.space.sampled import Axis, SampledSpace
from titan_mlopt.study.storage.studies import INACTIVE, QUANTILES


class TrialCoordinates:
    """The way from a trial of the in-memory study to the stored one, and back.

    Of a space without priors, weights, binding constraints and conditions both are the same.

    Args:
        space: The space of the study.

    Attributes:
        distributions: Optuna's distribution of what is sampled, by parameter.
    """

    def __init__(self, space: Space) -> None:
        self._space, self._sampled = space, SampledSpace(space)
        self.distributions = {n: _distribution(axis) for n, axis in self._sampled.axes.items()}
        self._stored = {n: _distribution(axis) for n, axis in self._sampled.values.items()}
        has_conditions = any(detail.when for detail in space.details.values())
        self._are_same = self._stored == self.distributions and not has_conditions

    def stored(self, trial: FrozenTrial) -> FrozenTrial:
        """Return a sampled trial as it is stored: its values, and what a resumption needs.

        The attribute ``quantiles`` has what was sampled where that is not the value, ``inactive``
        the parameters that the config leaves out.
        """
        if self._are_same:
            return trial
        params = self._sampled.decode(trial.params)
        attributes: dict[str, Any] = {}
        if quantiles := {n: q for n, q in trial.params.items() if n in self._sampled.quantiles}:
            attributes[QUANTILES] = quantiles
        if inactive := self._space.inactive(params):
            attributes[INACTIVE] = list(inactive)
        stored = _with_params(trial, params, self._stored)
        stored.user_attrs = {**trial.user_attrs, **attributes}
        return stored

    def sampled(self, trial: FrozenTrial) -> FrozenTrial:
        """Return a stored trial as the sampler saw it: the inverse of ``stored``, to the bit."""
        if self._are_same:
            return trial
        stored = {n: v for n, v in trial.params.items() if n in self._stored}
        quantiles = trial.user_attrs.get(QUANTILES)
        params = self.encode(stored) if quantiles is None else {**stored, **quantiles}
        return _with_params(trial, {**trial.params, **params}, self.distributions)

    def encode(self, params: Params) -> Params:
        """Return what is sampled for values, with which a trial may be enqueued in memory."""
        return self._sampled.encode(params)


def _with_params(
    trial: FrozenTrial, params: Params, distributions: dict[str, BaseDistribution]
) -> FrozenTrial:
    changed = copy(trial)
    changed.distributions = {n: distributions.get(n, d) for n, d in trial.distributions.items()}
    changed.params = params
    return changed


def _distribution(axis: Axis) -> BaseDistribution:
    if axis.choices:
        return CategoricalDistribution(axis.choices)
    low, high, step = axis.numbers.low, axis.numbers.high, axis.numbers.step
    if axis.kind == "int":
        return IntDistribution(int(low), int(high), step=int(step or 1))
    return FloatDistribution(low, high, log=axis.kind == "log", step=step)
