"""The config that each policy has in force, followed from step to step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from titan_mlopt.core.parameters import Params
from titan_mlopt.evaluation.walk.policies import takes_candidate
from titan_mlopt.evaluation.walk.records import POLICIES, PairedLead, StepOutcome

#: Step of a config that was tuned on none.
UNTUNED = -1


@dataclass(frozen=True, slots=True)
class ConfigInForce:
    """A config with what it takes to run it as it was tuned.

    Attributes:
        config: The whole config.
        config_sha256: Its digest.
        seed: Of the child study that found it.
        step: Number of that step; ``UNTUNED`` for the default config.
        in_sample: Its accuracy there; None for the default config.
    """

    config: Params
    config_sha256: str
    seed: int
    step: int
    in_sample: float | None


def step_seed(seed: int, number: int) -> int:
    """Return the seed of a step's child study: fresh draws at each, and the same ones again."""
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])


def candidate_of(outcome: StepOutcome, seed: int) -> ConfigInForce | None:
    """Return the candidate of a step, None where no trial completed; seed: of the walk."""
    if outcome.candidate is None:
        return None
    number = outcome.step.number
    return ConfigInForce(
        config=outcome.candidate,
        config_sha256=outcome.candidate_sha256,
        seed=step_seed(seed, number),
        step=number,
        in_sample=outcome.in_sample,
    )


def next_in_force(
    policy: str, in_force: ConfigInForce, candidate: ConfigInForce | None, lead: PairedLead | None
) -> ConfigInForce:
    """Return what a policy has in force on a step, from what it had before.

    The first candidate comes into force under every policy, in place of the untuned config.
    """
    if candidate is None or candidate.config_sha256 == in_force.config_sha256:
        return in_force
    if in_force.step == UNTUNED or takes_candidate(policy, lead):
        return candidate
    return in_force


def follow_steps(
    outcomes: Iterable[StepOutcome], untuned: ConfigInForce, seed: int
) -> dict[str, ConfigInForce]:
    """Return what each policy has in force after the steps that have been walked.

    Args:
        outcomes: In order.
        untuned: The default config, which is in force before the first step.
        seed: Of the walk.
    """
    in_force = dict.fromkeys(POLICIES, untuned)
    for outcome in outcomes:
        candidate = candidate_of(outcome, seed)
        in_force = {
            policy: next_in_force(policy, before, candidate, outcome.lead)
            for policy, before in in_force.items()
        }
    return in_force
