"""Where the best trials lie, which ranges are to change, and that noise changes none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import optuna
import pytest
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.trial import create_trial

from support.bounds_cases import Study, noise, planted, searched
from support.figure_cases import SPACE
from support.summary_cases import study as record_of
from support.summary_cases import trial
from titan_mlopt.analysis.bounds import LEAVE, NARROW, WIDEN, Bounds, ParameterBounds, find_bounds
from titan_mlopt.core.errors import ConfigError, StudyError
from titan_mlopt.core.parameters import TUNABLE_PARAMS, Range
from titan_mlopt.core.trial import FAIL, PRUNED, PRUNER, RUNNING, TIMEOUT
from titan_mlopt.report.bounds import bounds_lines, range_text

#: A space of a backtest of one's own, and a parameter beside the one that matters.
OWN = {"window": (10, 50, "int"), "rate": (0.001, 0.1, "log"), "idle": (-1.0, 1.0, "float")}


@cache
def found_planted() -> Bounds:
    return find_bounds(*searched(planted, 100, seed=4))


def named(bounds: Bounds, name: str) -> ParameterBounds:
    return next(found for found in bounds.parameters if found.name == name)


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_of_21_parameters_noise_flags_at_most_one(sampler: str) -> None:
    for seed in range(4):
        found = find_bounds(*searched(noise, 80, seed, sampler))
        assert len(found.parameters) == 21
        assert sum(parameter.p_value <= 0.05 for parameter in found.parameters) <= 1
        assert len(found.changed) <= 1


@pytest.mark.parametrize(("sampler", "seed"), [("tpe", 2), ("random", 0), ("random", 1)])
def test_a_planted_parameter_is_found_and_no_other(sampler: str, seed: int) -> None:
    found = find_bounds(*searched(planted, 100, seed, sampler))
    assert [parameter.name for parameter in found.changed] == ["model.flat_threshold"]
    (parameter,) = found.changed
    assert parameter.proposal == NARROW
    assert parameter.p_value <= 0.01
    assert parameter == found.parameters[0]
    low, high, kind = parameter.proposed
    assert 0.5 <= low < 0.53 < high < 0.575
    assert kind == "float"


def test_a_range_with_a_prior_is_left_to_a_person() -> None:
    study, record = searched(planted, 100, seed=4)
    ranges = {name: list(b) for name, b in TUNABLE_PARAMS.items() if name != "model.flat_threshold"}
    prior = {"type": "normal", "mean": 0.55, "sd": 0.05}
    entry = {"type": "float", "low": 0.5, "high": 0.6, "prior": prior}
    space = {"ranges": ranges, "fixed": {}, "parameters": {"model.flat_threshold": entry}}
    found = find_bounds(study, replace(record, settings={**record.settings, "space": space}))
    assert found.changed == ()
    assert found.space.plain()["parameters"] == {"model.flat_threshold": entry}
    assert "change it by hand" in named(found, "model.flat_threshold").reason


def test_the_space_has_the_proposed_ranges_and_keeps_all_others() -> None:
    found = found_planted()
    changed = {parameter.name: parameter.proposed for parameter in found.changed}
    assert found.space.ranges == TUNABLE_PARAMS | changed
    assert list(found.space.ranges) == list(TUNABLE_PARAMS)
    assert found.reasons.keys() == changed.keys()
    low, _, high = named(found, "model.flat_threshold").best
    reason = found.reasons["model.flat_threshold"]
    assert reason.startswith(f"the best quarter of the trials lie from {low:g} to {high:g} (p = ")


def test_the_same_study_gives_the_same_bounds() -> None:
    assert find_bounds(*searched(planted, 100, seed=4)) == found_planted()


def test_the_best_quarter_is_of_the_highest_values() -> None:
    # The best 20 of 80 have each of the windows 40 to 49 twice: the 2nd, 10th and 18th of them.
    found = find_bounds(*own(lambda k: {"window": 10 + k // 2}, lambda k: float(k)))
    assert (found.n_trials, found.n_best, found.left_out) == (80, 20, 0)
    assert named(found, "window").best == (40.0, 44.0, 48.0)


def own(params_of, value_of, n: int = 80) -> Study:  # type: ignore[no-untyped-def]
    """Return a study of ``OWN`` whose trials have these params, the others in the middle."""
    middle = {"window": 30, "rate": 0.01, "idle": 0.0}
    tuned = optuna.create_study(direction="maximize", study_name="btc_1m")
    distributions = {
        "window": optuna.distributions.IntDistribution(10, 50),
        "rate": optuna.distributions.FloatDistribution(0.001, 0.1, log=True),
        "idle": optuna.distributions.FloatDistribution(-1.0, 1.0),
    }
    order = [(37 * k) % n for k in range(n)]  # not in the order of the values
    trials = []
    for number, k in enumerate(order):
        params, value = {**middle, "idle": ((13 * k) % n) / n, **params_of(k)}, value_of(k)
        tuned.add_trial(create_trial(params=params, distributions=distributions, value=value))
        trials.append(replace(trial(number, value), params=params))
    space = {"ranges": {name: list(bounds) for name, bounds in OWN.items()}, "fixed": {}}
    return tuned, record_of(*trials, settings={"space": space})


def test_where_the_best_press_against_an_end_the_range_is_widened_beyond_it() -> None:
    found = find_bounds(*own(lambda k: {"window": min(50, 20 + k)}, lambda k: float(k)))
    window = named(found, "window")
    # All of the best have 50: a quarter of the 40 beyond, and a tenth of them below.
    assert (window.proposal, window.proposed) == (WIDEN, (46, 60, "int"))
    assert window.reason == ("half of the best quarter lie at 50, an end of the range (p = 0.001)")


def test_a_range_of_positive_numbers_stays_positive() -> None:
    found = find_bounds(*own(lambda k: {"window": max(10, 50 - k)}, lambda k: float(k)))
    # 10 less a quarter of 40 is 0: not below the half of 10.
    assert named(found, "window").proposed == (5, 14, "int")
    found = find_bounds(*own(lambda k: {"rate": max(0.001, 0.05 - k / 1000)}, lambda k: float(k)))
    # On the logarithmic scale a quarter of two decades below .001, and a tenth of them above.
    low, high, kind = named(found, "rate").proposed
    assert (low, kind) == (0.0005, "log")
    assert high == pytest.approx(0.001 * 100**0.1, rel=1e-3)


def test_titans_own_ranges_are_not_widened() -> None:
    study, record = searched(
        lambda params, deviate: float(params["ensemble.flat_threshold"]) + deviate / 1000,
        *(60, 1, "random"),
        {name: TUNABLE_PARAMS[name] for name in ("ensemble.flat_threshold", "online.max_weight")},
    )
    edge = named(find_bounds(study, record), "ensemble.flat_threshold")
    assert edge.proposal == NARROW
    assert edge.proposed[1] == 0.6
    assert edge.reason == (
        f"half of the best quarter lie between {edge.best[1]:g} and 0.6, an end of the range "
        "(p = 0.001); only --beyond-titan lets it go further"
    )


def in_space(study: Study, **space: object) -> Study:
    """Return the study as one that searched this space."""
    return study[0], replace(study[1], settings={"space": space})


def test_the_ends_are_values_that_a_step_reaches() -> None:
    study = own(lambda k: {"window": 10 + 5 * (k // 10)}, float)
    entry = {"type": "int", "low": 10, "high": 50, "step": 5}
    found = find_bounds(*in_space(study, parameters={"window": entry}))
    # The best 20 have 40 and 45; a tenth of the range beyond is 36 and 49.
    assert named(found, "window").proposed == (35, 50, "int")
    assert found.space.details["window"].step == 5


def around(
    entry: dict[str, Any], position_of: Callable[[int], float], name: str = "x"
) -> ParameterBounds:
    """Return what is found for one parameter; ``position_of``: where its k-th best of 80 lies."""
    low, high, step = entry["low"], entry["high"], entry.get("step")
    distribution: BaseDistribution = FloatDistribution(low, high, step=step)
    if entry["type"] == "int":
        distribution = IntDistribution(low, high, step=step or 1)
    tuned = optuna.create_study(direction="maximize", study_name="btc_1m")
    trials = []
    for number in range(80):
        k = 37 * number % 80  # not in the order of the values
        value = low + position_of(79 - k) * (high - low)
        params = {name: round(value) if entry["type"] == "int" else value}
        tuned.add_trial(create_trial(params=params, distributions={name: distribution}, value=k))
        trials.append(replace(trial(number, float(k)), params=params))
    record = record_of(*trials, settings={"space": {"parameters": {name: entry}}})
    return named(find_bounds(tuned, record), name)


def test_a_step_stays_within_titans_range() -> None:
    entry = {"type": "int", "low": 16, "high": 26, "step": 5}
    found = around(entry, lambda k: max(0, 2 - k // 27) / 2, "feature.slow_window")
    # A quarter beyond is 28.5, whose next value is 31, and Titan's range ends at 30. A tenth below
    # is 25, which the step from 21 on has.
    assert (found.proposal, found.proposed) == (NARROW, (21, 26, "int"))
    assert found.reason.endswith("only --beyond-titan lets it go further")


def test_a_step_is_widened_to_the_next_value() -> None:
    entry = {"type": "float", "low": 0.4, "high": 0.6, "step": 0.1}
    found = around(entry, lambda k: max(0, 2 - k // 27) / 2)
    assert (found.proposal, found.proposed) == (WIDEN, (0.5, 0.7, "float"))
    found = around({**entry, "low": -0.1, "high": 0.1}, lambda k: min(2, k // 27) / 2)
    assert (found.proposal, found.proposed) == (WIDEN, (-0.2, 0.0, "float"))


def test_a_short_range_of_large_numbers_is_narrowed_by_its_own_digits() -> None:
    # The best 20 lie from .5625 to .75, their middle from .58 to .74; a tenth beyond: .48 to .84.
    found = around({"type": "int", "low": 100_000, "high": 100_020}, lambda k: 0.75 - k / 107)
    assert found.best == (100_012, 100_013, 100_015)
    assert (found.proposal, found.proposed) == (NARROW, (100_010, 100_017, "int"))
    found = around({"type": "float", "low": 1000, "high": 1000.02}, lambda k: 0.75 - k / 107)
    low, high, _ = found.proposed
    assert 1000.009 < low < 1000.0112 < 1000.015 < high < 1000.0172


def test_the_table_has_all_digits_of_a_range() -> None:
    assert range_text((1_000_000, 1_000_100, "int")) == "1000000 to 1000100"


def test_a_step_that_leaves_no_other_range_leaves_it() -> None:
    # The best have the second of three values, and a tenth of the range beyond is the next one.
    found = around({"type": "int", "low": 0, "high": 2}, lambda k: 0.5 if k < 30 else k % 2)
    assert (found.proposal, found.proposed) == (LEAVE, (0, 2, "int"))
    assert found.reason == (
        "the best quarter of the trials lie from 1 to 1 (p = 0.001); it has too few values for a "
        "narrower range"
    )
    found = around({"type": "int", "low": 0, "high": 1}, lambda k: float(k > 40))
    assert (found.proposal, found.proposed) == (LEAVE, (0, 1, "int"))


@pytest.mark.parametrize(
    ("kind", "high", "proposed"), [("int", 20, (0, 2, "int")), ("float", 1.0, (0, 0.1, "float"))]
)
def test_numbers_from_zero_on_stay_at_least_zero(kind: str, high: float, proposed: Range) -> None:
    found = around({"type": kind, "low": 0, "high": high}, lambda k: max(0, k - 20) / 60)
    assert (found.proposal, found.proposed) == (NARROW, proposed)
    assert found.reason.endswith("an end of the range (p = 0.001); it must not go further")


def test_only_trials_with_an_active_parameter_count_for_it() -> None:
    study, record = own(lambda k: {"window": 10 + k % 2, "idle": 0.0}, float)
    trials = tuple(
        replace(
            t, params={**t.params, "idle": t.values[0] / 80 if t.params["window"] == 10 else -1.0}
        )  # type: ignore[index]
        for t in record.trials
    )
    idle = {"type": "float", "low": -1.0, "high": 1.0, "when": {"window": 10}}
    parameters = {"window": {"type": "int", "low": 10, "high": 50}, "idle": idle}
    found = find_bounds(*in_space((study, replace(record, trials=trials)), parameters=parameters))
    # Of the best 20, 60 to 79, those with an even number: .75 to .975 of 1.
    assert named(found, "idle").best == (0.75, 0.85, 0.95)
    assert named(found, "idle").p_alone == 0.001


def test_ranges_on_which_a_condition_or_constraint_depends_are_left() -> None:
    study = own(lambda k: {"window": 10 + k // 2}, float)
    ranges = {name: list(bounds) for name, bounds in OWN.items()}
    found = find_bounds(*in_space(study, ranges=ranges, constraints=["idle <= window"]))
    assert named(found, "window").proposal == LEAVE
    assert named(found, "window").reason == (
        "the best quarter of the trials lie from 40 to 48 (p = 0.001); change it by hand, as a "
        "prior, condition or constraint depends on this range"
    )
    assert found.changed == ()
    assert found.reasons == {"window": named(found, "window").reason}
    row = next(line for line in bounds_lines(found) if line.startswith("window"))
    assert row.endswith("leave: the best lie from 40 to 48; change it by hand")


def test_a_space_that_may_go_beyond_titans_ranges_is_widened_beyond_them() -> None:
    ranges = {
        "ensemble.flat_threshold": (0.5, 0.6, "float"),
        "online.max_weight": (0.4, 0.6, "float"),
    }
    study, record = searched(
        lambda params, deviate: float(params["ensemble.flat_threshold"]) + deviate / 1000,
        *(60, 1, "random", ranges),
    )
    found = find_bounds(*in_space((study, record), ranges=ranges, beyond_titan=True))
    edge = named(found, "ensemble.flat_threshold")
    assert edge.proposal == WIDEN
    assert edge.proposed[1] == 0.625  # a quarter of .1 beyond


def test_best_ones_all_over_the_range_leave_it() -> None:
    found = find_bounds(*own(lambda k: {"window": 10 + k // 2}, lambda k: abs(k - 39.5)))
    window = named(found, "window")
    assert (window.proposal, window.proposed) == (LEAVE, OWN["window"])
    assert window.reason == "the best are spread over most of the range"
    assert found.reasons == {}
    row = next(line for line in bounds_lines(found) if line.startswith("window"))
    assert row.endswith("leave: spread")


def test_what_chance_explains_is_left() -> None:
    idle = named(find_bounds(*own(lambda k: {"window": 10 + k // 2}, float)), "idle")
    assert (idle.proposal, idle.proposed) == (LEAVE, OWN["idle"])
    assert idle.reason == f"chance explains it (p = {idle.p_value:.2g})"


def test_trials_without_a_value_are_counted_and_left_out() -> None:
    study, record = own(lambda k: {"window": 10 + k // 2}, float)
    others = (
        trial(80, state=PRUNED, reason=PRUNER),
        trial(81, state=FAIL, reason=TIMEOUT),
        trial(82, state=RUNNING),
        trial(83, float("inf")),
    )
    found = find_bounds(study, replace(record, trials=(*record.trials, *others)))
    assert (found.n_trials, found.left_out) == (80, 3)  # the running one has not ended
    assert found.parameters == find_bounds(study, record).parameters


def test_of_two_objectives_accuracy_counts_unless_the_other_is_named() -> None:
    tuned = optuna.create_study(directions=["maximize"] * 2, study_name="btc_1m")
    trials = []
    for k in range(60):
        params = {name: (d.low + d.high) / 2 for name, d in SPACE.items() if "flat" in name}  # type: ignore[attr-defined]
        params |= {
            "model.flat_threshold": 0.5 + k / 600,
            "ensemble.flat_threshold": 0.5 + (17 * k % 60) / 600,
        }
        values = (float(17 * k % 60), float(k))
        chosen = {name: SPACE[name] for name in params}
        tuned.add_trial(create_trial(params=params, distributions=chosen, values=values))
        trials.append(replace(trial(k, *values), params=params))
    record = record_of(*trials, multi=True)
    by_accuracy, by_sharpe = find_bounds(tuned, record), find_bounds(tuned, record, "sharpe")
    assert (by_accuracy.metric, by_sharpe.metric) == ("accuracy", "sharpe")
    assert by_accuracy.parameters[0].name == "ensemble.flat_threshold"
    assert by_sharpe.parameters[0].name == "model.flat_threshold"
    with pytest.raises(ConfigError, match="must be accuracy or sharpe for this study, got 'ece'"):
        find_bounds(tuned, record, "ece")


def test_few_trials_and_equal_values_are_named() -> None:
    study, record = searched(noise, 39, 0, "random")
    with pytest.raises(StudyError, match=r"^study btc_1m: bounds: needs 40 complete .* has 39"):
        find_bounds(study, record)
    study, record = searched(lambda params, deviate: 1.0, 40, 0, "random")
    with pytest.raises(StudyError, match=r"^study btc_1m: bounds: objective values must differ"):
        find_bounds(study, record)
    with pytest.raises(ConfigError, match=r"^metric: must be accuracy for this .* got 'sharpe'"):
        find_bounds(study, record, "sharpe")
