"""Studies whose search starts from the trials of others."""

from __future__ import annotations

import os
import re
import signal
from itertools import pairwise
from pathlib import Path
from typing import Any

import optuna
import pytest

from support.studies import quick
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.core.errors import ConfigError, StudyError
from titan_mlopt.core.parameters import TUNABLE_PARAMS, Params
from titan_mlopt.core.search_space import Space
from titan_mlopt.core.space.details import Detail, Prior
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import COMPLETE, TrialOutcome, TrialRecord
from titan_mlopt.study.samplers.schedule import Schedule
from titan_mlopt.study.storage.studies import (
    SAMPLER,
    TRANSFER,
    WARM_START,
    WEIGHTS,
    load_study,
    read_study,
)
from titan_mlopt.study.transfer import MOST_TRIALS, stored_source, transfer_config, weights_text

NAMES = list(TUNABLE_PARAMS)
SMALL = Space({name: TUNABLE_PARAMS[name] for name in NAMES[:3]})


def small(path: Path, **settings: Any) -> AutoTuner:
    """Return a tuner of three parameters, for which a model takes a blink."""
    return quick(path, **{"space": SMALL, "pruner_type": "none", **settings})


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the database of a study named earlier, of 12 trials on 700 candles."""
    folder = tmp_path_factory.mktemp("earlier")
    with small(folder, n_trials=12, study_name="earlier", sampler="random") as tuner:
        tuner.optimize("sample")
    return folder / "titan.db"


def run(folder: Path, source: str | None, n_trials: int = 9, **settings: Any) -> list[TrialRecord]:
    """Run a study that starts from a source, and return its trials."""
    folder.mkdir(exist_ok=True)
    with small(folder, n_trials=n_trials, limit=900, **settings) as tuner:
        with pytest.warns(
            UserWarning, match=r"transfer: study \S+:earlier has the weight \d\.\d\d"
        ):
            tuner.optimize("sample", transfer=[source] if source else [])
        return list(read_study(tuner.study).trials)


def plain(trials: list[TrialRecord]) -> list[tuple[Any, ...]]:
    return [(t.point, t.params, t.values, t.warm_start) for t in trials]


def test_a_search_tries_the_best_of_its_source_first_and_weighs_its_trials(
    earlier: Path, tmp_path: Path
) -> None:
    trials = run(tmp_path, f"{earlier}:earlier")
    assert [bool(trial.warm_start) for trial in trials] == [True] * 6 + [False] * 3
    study = load_study(tmp_path / "titan.db", "titan_optimization")
    weights = [trial.user_attrs.get(WEIGHTS) for trial in study.trials]
    assert weights[0] is None
    assert all(0 <= one[f"{earlier}:earlier"] <= 1 for one in weights[6:])
    assert study.user_attrs["titan_mlopt.settings"]["sampler"] == "gp"
    # Nothing of the source but its configs is a trial here.
    foreign = {t.values for t in read_study(load_study(earlier, "earlier")).trials}
    assert foreign.isdisjoint({trial.values for trial in trials})
    assert len(trials) == 9


def test_a_study_goes_on_with_either_setting_alone_and_compares_each_with_its_own(
    earlier: Path, tmp_path: Path
) -> None:
    source, mine = f"{earlier}:earlier", tmp_path / "mine.json"
    mine.write_text(f'{{"{NAMES[0]}": 4}}')
    with small(tmp_path, n_trials=1, limit=900) as tuner:
        tuner.optimize("sample", warm_start=[str(mine)], transfer=[source])
        points = tuner.study.user_attrs[WARM_START]["points"]
        labels = [point["source"].split(" trial ")[0] for point in points]
        assert labels == ["defaults", "file mine.json", *[f"study {source}"] * 5]
        for again in ({"warm_start": [str(mine)]}, {"transfer": [source]}, {}):
            tuner.optimize("sample", more=1, **again)
        began = rf"^warm_start: must be what titan_optimization began with, {mine}, got defaults;"
        with pytest.raises(StudyError, match=began):
            tuner.optimize("sample", warm_start=["defaults"], transfer=[source])


def test_a_study_with_transfer_alone_takes_no_warm_start_later(
    earlier: Path, tmp_path: Path
) -> None:
    with small(tmp_path, n_trials=1, limit=900) as tuner:
        tuner.optimize("sample", transfer=[f"{earlier}:earlier"])
        assert len(tuner.study.user_attrs[WARM_START]["points"]) == 6
        began = r"^warm_start: must be what titan_optimization began with, none, got defaults;"
        with pytest.raises(StudyError, match=began):
            tuner.optimize("sample", warm_start=["defaults"])


def test_two_studies_of_the_same_name_are_two_sources(earlier: Path, tmp_path: Path) -> None:
    names = [f"{earlier}:earlier", f"{tmp_path / 'other.db'}:earlier"]
    (tmp_path / "other.db").write_bytes(earlier.read_bytes())
    with small(tmp_path, n_trials=7, limit=900) as tuner:
        with pytest.warns(UserWarning, match="transfer: study .* has the weight") as warned:
            tuner.optimize("sample", transfer=names)
        trials = read_study(tuner.study).trials
        assert list(tuner.study.trials[-1].user_attrs[WEIGHTS]) == names
    assert all(
        any(f"study {name} has the weight" in str(w.message) for w in warned) for name in names
    )
    first, second = trials[1].warm_start.split("; ")
    assert (first.split(" ")[1], second.split(" ")[1]) == (names[0], names[1])


@pytest.mark.slow
def test_a_study_that_was_killed_goes_on_alike_when_its_source_is_gone(
    earlier: Path, tmp_path: Path
) -> None:
    source = tmp_path / "source.db"
    source.write_bytes(earlier.read_bytes())
    whole = run(tmp_path / "whole", f"{source}:earlier")
    parts = tmp_path / "parts"
    parts.mkdir()
    pid = os.fork()
    if pid == 0:
        try:
            with small(parts, n_trials=9, limit=900) as tuner:
                tuner.add_listener(_Kill(7))
                tuner.optimize("sample", transfer=[f"{source}:earlier"])
        finally:
            os._exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    source.unlink()
    with small(parts, n_trials=9, limit=900) as tuner:
        with pytest.warns(UserWarning, match=r"left running|transfer:"):
            tuner.optimize("sample")
        trials = [t for t in read_study(tuner.study).trials if t.state == COMPLETE]
    assert plain(trials) == plain(whole)


class _Kill:
    """Kills this process when a trial of that number begins."""

    def __init__(self, number: int) -> None:
        self._number = number

    def trial_started(self, trial: TrialRecord) -> None:
        if trial.number == self._number:
            os.kill(os.getpid(), signal.SIGKILL)

    def trial_progressed(self, *_: object) -> None:
        pass

    def trial_finished(self, trial: TrialRecord) -> None:
        pass


@pytest.mark.slow
def test_several_jobs_that_are_deterministic_give_the_same_study(
    earlier: Path, tmp_path: Path
) -> None:
    settings = {"n_jobs": 2, "deterministic": True, "n_trials": 10}
    first = run(tmp_path / "a", f"{earlier}:earlier", **settings)
    assert plain(run(tmp_path / "b", f"{earlier}:earlier", **settings)) == plain(first)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sampler": "cmaes"}, r"^sampler: must be gp with transfer, got 'cmaes'; leave one"),
        ({"objective_type": "multi"}, r"^transfer: must be left out with two objectives"),
    ],
)
def test_what_does_not_go_with_it_is_refused(
    earlier: Path, tmp_path: Path, settings: dict[str, Any], message: str
) -> None:
    with small(tmp_path, **settings) as tuner, pytest.raises(ConfigError, match=message):
        tuner.optimize("sample", transfer=[f"{earlier}:earlier"])


def test_a_source_that_cannot_be_used_is_refused_before_the_study_is_one(
    earlier: Path, tmp_path: Path
) -> None:
    with small(tmp_path, objective_type="sharpe") as tuner:
        with pytest.raises(StudyError, match=r"^transfer: must be a study of .* got 'nowhere'"):
            tuner.optimize("sample", transfer=["nowhere"])
        other = r"^transfer: study \S+:earlier must have the objective sharpe, got accuracy"
        with pytest.raises(StudyError, match=other):
            tuner.optimize("sample", transfer=[f"{earlier}:earlier"])
        assert tuner.study.user_attrs == {}


def test_another_source_is_refused_by_a_study_that_has_one(earlier: Path, tmp_path: Path) -> None:
    run(tmp_path, f"{earlier}:earlier", n_trials=7)
    with small(tmp_path, n_trials=8, limit=900) as tuner:
        with pytest.raises(StudyError, match=r"^transfer: must be what titan_optimization began"):
            tuner.optimize("sample", transfer=["other"])
        assert set(tuner.study.user_attrs[TRANSFER]) == {"asked", "sources"}


def record(params: list[dict[str, Any]], space: dict[str, Any] | None = None) -> StudyRecord:
    """Return a study of another backtest, whose trials score .5, .51 and so on."""
    trials = tuple(
        TrialRecord(i, COMPLETE, one, (0.5 + i / 100,), None, None, TrialOutcome(COMPLETE))
        for i, one in enumerate(params)
    )
    settings = {} if space is None else {"space": space}
    return StudyRecord(
        *("u", "theirs", "accuracy", ("maximize",), {}, {"path": "a:b"}, "", settings, trials)
    )


SQUARE = Space({"b": (0, 10, "int"), "a": (0.0, 2.0, "float")})


def test_points_stand_in_the_cube_in_the_order_of_names_with_standard_values() -> None:
    """b has 11 whole numbers at the centres of 11 cells: 5 is in the middle, 0 at 1/22."""
    stored = stored_source(record([{"b": 5, "a": i / 10} for i in range(11)]), SQUARE, "accuracy")
    assert stored["points"][0] == [0.5, 0.5]  # the best one first: a = 1 of 2
    assert stored["points"][-1] == [0.0, 0.5]
    # .5 to .6 in steps of .01: mean .55, variance (11² - 1) / 12 = 10 steps²; 5 / √10 = 1.5811
    assert (stored["values"][0], stored["values"][-1]) == (1.5811, -1.5811)
    assert stored["trials"] == 11


def test_trials_outside_of_the_space_are_left_out_and_missing_parameters_count_as_the_middle() -> (
    None
):
    inside = [{"a": i / 10} for i in range(10)]
    stored = stored_source(record([*inside, {"a": 2.5}]), SQUARE, "accuracy")
    assert stored["trials"] == 10
    assert {point[1] for point in stored["points"]} == {0.5}
    fixed = record(inside, {"ranges": {}, "fixed": {"b": 0}})
    values = {point[1] for point in stored_source(fixed, SQUARE, "accuracy")["points"]}
    assert values == {round(1 / 22, 4)}


@pytest.mark.parametrize(
    ("outside", "fixed"),
    [
        ({"a": 2.5, "b": 5, "c": "x"}, {}),
        ({"a": 1.5, "b": 1, "c": "x"}, {}),  # against the constraint
        ({"a": 1.0, "b": 5, "c": "z"}, {}),
        ({"a": 1.0, "b": 5, "c": "w"}, {}),  # of the weight 0
        ({"a": 1.0, "b": 5, "c": "x", "d": 3}, {}),
        ({"a": 1.0, "b": 5, "c": "x"}, {"d": 3}),
    ],
)
def test_a_trial_that_the_space_cannot_have_is_none_of_its_points(
    outside: Params, fixed: Params
) -> None:
    choices = Detail(choices=("x", "y", "w"), weights=(1, 1, 0))
    ranges = {"b": (0, 10, "int"), "a": (0.0, 2.0, "float")}
    space = Space(ranges, {"d": 4}, details={"c": choices}, constraints=("a <= b",))
    inside: Params = {"a": 1.0, "b": 5, "c": "y", "d": 4}
    assert stored_source(record([inside] * 10), space, "accuracy")["trials"] == 10
    settings = {"ranges": {}, "fixed": fixed}
    with pytest.raises(StudyError, match=r"COMPLETE trials inside this space, got 0 of 12"):
        stored_source(record([outside] * 12, settings), space, "accuracy")


def test_a_choice_has_an_axis_for_each_and_a_prior_makes_quantiles_of_values() -> None:
    """The middle of a normal prior is its quantile .5, wherever it lies in the range."""
    choices = Detail(choices=(1, 2, 4))
    prior = Detail(prior=Prior("normal", 0.5, 0.25))
    space = Space({"a": (0.0, 1.0, "float")}, details={"b": choices, "a": prior})
    stored = stored_source(record([{"a": 0.5, "b": 2}] * 10), space, "accuracy")
    assert stored["points"][0] == [0.5, 0.0, 1.0, 0.0]


def test_the_weights_that_are_told_are_the_means_of_the_last_ten_trials() -> None:
    """Of 12 trials the last ten have .5 five times and 1 five times, and 0 with one .3."""
    study = optuna.create_study(direction="maximize")
    assert weights_text(study) is None
    ours = [0.0, 0.0, *[0.5] * 5, *[1.0] * 5]
    for number, weight in enumerate(ours):
        weights = {"near": weight, "far": 0.3 if number == 7 else 0.0}
        study.add_trial(optuna.create_trial(value=1.0, user_attrs={WEIGHTS: weights}))
    assert weights_text(study) == (
        "transfer: study near has the weight 0.75; study far has the weight 0.03: it helps little "
        "(0 to 1, learned from this study's trials)"
    )


def test_transfer_takes_gp_where_the_sampler_is_left_open() -> None:
    for name in ("tpe", "auto", "gp"):
        assert transfer_config(TunerConfig(sampler=name)).sampler == "gp"


@pytest.mark.parametrize("params", [{"a": 2.5}, {"x": 1}])
def test_too_few_trials_inside_the_space_are_refused(params: dict[str, Any]) -> None:
    found = record([{"a": 1.0}, *[params] * 20])
    message = "must have at least 10 COMPLETE trials inside this space, got 1 of 21; run more of it"
    with pytest.raises(StudyError, match=re.escape(message)):
        stored_source(found, SQUARE, "accuracy")


def test_of_a_large_study_the_best_the_worst_and_those_between_evenly_are_kept() -> None:
    many = record([{"a": i / 1000, "b": 1} for i in range(1000)])
    stored = stored_source(many, SQUARE, "accuracy")
    axis = [point[0] for point in stored["points"]]
    assert len(axis) == len(stored["values"]) == MOST_TRIALS
    assert (axis[0], axis[-1], stored["trials"]) == (0.4995, 0.0, 1000)
    steps = {round(one - other, 4) for one, other in pairwise(axis)}
    assert steps <= {0.0025, 0.003}


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        (SAMPLER, "gp", "titan_mlopt.sampler must be an object, got 'gp'"),
        (SAMPLER, {"gp_points": 3}, "titan_mlopt.sampler must"),
        (SAMPLER, {"sampler": "auto", "gp_points": "3"}, "titan_mlopt.sampler.gp_points must be"),
        (WARM_START, {"asked": ["a"]}, "titan_mlopt.warm_start must"),
        (WARM_START, {"asked": ["a"], "points": [{"source": "a"}]}, r"warm_start.points.\[\] must"),
        (TRANSFER, {"asked": ["a"], "sources": [{}]}, r"titan_mlopt.transfer.sources.\[\] must"),
        (TRANSFER, ["a"], "titan_mlopt.transfer must be an object"),
    ],
)
def test_a_stored_beginning_of_another_shape_is_refused_in_one_line(
    tmp_path: Path, key: str, value: Any, message: str
) -> None:
    with small(tmp_path) as tuner:
        tuner.study.set_user_attr(key, value)
        line = rf"^study titan_optimization: its attribute \S*{message}.*; restore a backup"
        with pytest.raises(StudyError, match=line):
            tuner.optimize("sample")


def test_keys_that_a_later_version_stores_with_a_beginning_are_no_fault(tmp_path: Path) -> None:
    point = {"source": "mine", "params": {NAMES[0]: 4}, "later": 1}
    with small(tmp_path, n_trials=1) as tuner:
        tuner.study.set_user_attr(WARM_START, {"asked": [], "points": [point], "later": 1})
        tuner.optimize("sample")
        assert read_study(tuner.study).trials[0].warm_start == "mine"
    assert Schedule.from_dict({"sampler": "gp", "later": 1}) == Schedule("gp")
