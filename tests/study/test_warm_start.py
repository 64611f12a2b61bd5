"""Start points: read once, pinned, tried first and marked."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from support.external_cases import TITAN
from support.studies import quick
from titan_mlopt import AutoTuner
from titan_mlopt.core.errors import ConfigError, StudyError
from titan_mlopt.core.parameters import DEFAULTS, TUNABLE_PARAMS, Params
from titan_mlopt.core.search_space import Space
from titan_mlopt.core.start_points import StartPoint
from titan_mlopt.core.trial import COMPLETE, Checkpoint, TrialRecord
from titan_mlopt.study.storage.studies import WARM_START, load_study, read_study
from titan_mlopt.study.warm_start import Sources, read_points

DEFAULT_POINT: Params = {name: DEFAULTS[name] for name in TUNABLE_PARAMS}
NAMES = list(TUNABLE_PARAMS)
SMALL = Space({name: TUNABLE_PARAMS[name] for name in NAMES[:3]})


def trials(tuner: AutoTuner) -> list[TrialRecord]:
    return list(read_study(tuner.study).trials)


def marks(tuner: AutoTuner) -> list[str]:
    return [trial.warm_start for trial in trials(tuner)]


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the database of a study named earlier, of 7 trials on 700 candles."""
    folder = tmp_path_factory.mktemp("earlier")
    with quick(folder, n_trials=7, study_name="earlier") as tuner:
        tuner.optimize("sample")
    return folder / "titan.db"


def best_of(db: Path, n: int) -> list[TrialRecord]:
    """Return the best trials, by hand: the highest accuracy first, then the lowest number."""
    stored = read_study(load_study(db, "earlier")).trials
    complete = [t for t in stored if t.state == COMPLETE]
    return sorted(complete, key=lambda t: (-(t.values or (0.0,))[0], t.number))[:n]


def test_defaults_and_the_best_five_of_a_study_are_its_first_trials(
    earlier: Path, tmp_path: Path
) -> None:
    with quick(tmp_path, n_trials=8) as tuner:
        tuner.optimize("sample", warm_start=[f"{earlier}:earlier"])
        ran = trials(tuner)
    best = best_of(earlier, 5)
    assert [t.params for t in ran[:6]] == [DEFAULT_POINT, *(t.params for t in best)]
    sources = [f"study {earlier}:earlier trial {t.number}" for t in best]
    assert [t.warm_start for t in ran] == ["defaults", *sources, "", ""]


def test_values_of_the_source_are_not_values_of_this_study(earlier: Path, tmp_path: Path) -> None:
    """On other candles each start point gets a value of its own, and nothing else is stored."""
    with quick(tmp_path, n_trials=6, limit=900) as tuner:
        tuner.optimize("sample", warm_start=[f"{earlier}:earlier"])
        ran = trials(tuner)
    assert len(ran) == 6
    foreign = {t.values for t in best_of(earlier, 5)}
    assert foreign.isdisjoint({t.values for t in ran})
    with closing(sqlite3.connect(tmp_path / "titan.db")) as connection:
        assert connection.execute("SELECT count(*) FROM trials").fetchone() == (6,)


def test_a_study_of_the_same_database_is_named_alone(earlier: Path, tmp_path: Path) -> None:
    (tmp_path / "titan.db").write_bytes(earlier.read_bytes())
    with quick(tmp_path, n_trials=3) as tuner:
        tuner.optimize("sample", warm_start=["earlier"])
        assert marks(tuner)[1:] == [f"study earlier trial {t.number}" for t in best_of(earlier, 2)]


class _Kill:
    """Kills this process when a trial of that number begins."""

    def __init__(self, number: int) -> None:
        self._number = number

    def trial_started(self, trial: TrialRecord) -> None:
        if trial.number == self._number:
            os.kill(os.getpid(), signal.SIGKILL)

    def trial_progressed(self, number: int, checkpoint: Checkpoint) -> None:
        pass

    def trial_finished(self, trial: TrialRecord) -> None:
        pass


@pytest.mark.slow
@pytest.mark.parametrize("number", [0, 3])
def test_a_study_that_was_killed_goes_on_with_the_points_it_began_with(
    earlier: Path, tmp_path: Path, number: int
) -> None:
    """Its source is gone by then, and need not be named again."""
    source = tmp_path / "source.db"
    source.write_bytes(earlier.read_bytes())
    pid = os.fork()
    if pid == 0:
        try:
            with quick(tmp_path, n_trials=8) as tuner:
                tuner.add_listener(_Kill(number))
                tuner.optimize("sample", warm_start=[f"{source}:earlier"])
        finally:
            os._exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    source.unlink()
    with quick(tmp_path, n_trials=8) as tuner:
        with pytest.warns(UserWarning, match="left running"):
            tuner.optimize("sample")
        ran = {t.point: t for t in trials(tuner)}
    best = best_of(earlier, 5)
    assert [ran[i].params for i in range(6)] == [DEFAULT_POINT, *(t.params for t in best)]
    assert [bool(ran[i].warm_start) for i in range(8)] == [True] * 6 + [False] * 2


def test_the_same_list_is_no_new_list_and_another_one_is_refused(
    earlier: Path, tmp_path: Path
) -> None:
    source = f"{earlier}:earlier"
    with quick(tmp_path, n_trials=2) as tuner:
        tuner.optimize("sample", warm_start=[source])
        tuner.optimize("sample", warm_start=[source])
        with pytest.raises(StudyError, match=r"^warm_start: must be what .* got defaults;"):
            tuner.optimize("sample", warm_start=["defaults"])
        assert tuner.study.user_attrs[WARM_START]["asked"] == [source]


def test_a_study_with_trials_takes_no_start_points(tmp_path: Path) -> None:
    with quick(tmp_path, n_trials=1) as tuner:
        tuner.optimize("sample")
        with pytest.raises(StudyError, match=r"must be given before the first trial .* defaults;"):
            tuner.optimize("sample", warm_start=["defaults"])
        assert WARM_START not in tuner.study.user_attrs


def test_a_study_without_a_warm_start_stores_nothing_of_it(earlier: Path) -> None:
    study = load_study(earlier, "earlier")
    assert WARM_START not in study.user_attrs
    assert "warm_start" not in study.trials[0].user_attrs


def test_a_source_that_is_not_there_is_refused_before_the_study_is_one(tmp_path: Path) -> None:
    with quick(tmp_path, n_trials=1) as tuner:
        with pytest.raises(StudyError, match=r"^warm_start: must be a study of .* got 'nowhere'"):
            tuner.optimize("sample", warm_start=["nowhere"])
        with pytest.raises(ConfigError, match=r"no\.json: must be a readable file"):
            tuner.optimize("sample", warm_start=["no.json"])
        assert tuner.study.user_attrs == {}
        tuner.optimize("sample")  # nothing of it hinders the study


@pytest.mark.parametrize("name", ["nowhere", "titan_optimization"])
def test_a_new_study_does_not_offer_itself_as_a_source(
    earlier: Path, tmp_path: Path, name: str
) -> None:
    message = rf"^warm_start: must be a study of this database \({{}}\), got '{name}'$"
    for among in ("none", "earlier"):
        if among == "earlier":
            (tmp_path / "titan.db").write_bytes(earlier.read_bytes())
        with (
            quick(tmp_path, n_trials=1) as tuner,
            pytest.raises(StudyError, match=message.format(among)),
        ):
            tuner.optimize("sample", warm_start=[name])


@pytest.mark.parametrize("bad", ["champion", [1], [""], [None], {"a": 1}])
def test_sources_must_be_a_list_of_names(tmp_path: Path, bad: Any) -> None:
    with (
        quick(tmp_path) as tuner,
        pytest.raises(ConfigError, match=r"^warm_start: must be a list of names, got .*; pass"),
    ):
        tuner.optimize("sample", warm_start=bad)


def test_a_smaller_space_takes_its_part_of_a_config_and_says_what_it_changed(
    earlier: Path, tmp_path: Path
) -> None:
    """The rest of the config is this study's: the defaults, as for every other trial of it."""
    (tmp_path / "mine.json").write_text(
        json.dumps({NAMES[0]: 4, NAMES[1]: 22, NAMES[3]: 0.55, "own.x": 3})
    )
    with quick(tmp_path, n_trials=4, space=SMALL) as tuner:
        tuner.optimize("sample", warm_start=[str(tmp_path / "mine.json"), f"{earlier}:earlier"])
        ran = trials(tuner)
    first = best_of(earlier, 1)[0].params
    assert ran[0].params == {name: DEFAULTS[name] for name in NAMES[:3]}
    assert {name: ran[1].params[name] for name in NAMES[:2]} == {NAMES[0]: 4, NAMES[1]: 22}
    assert 10 <= ran[1].params[NAMES[2]] <= 20  # it had no value, so one was sampled
    assert ran[2].params == {name: first[name] for name in NAMES[:3]}


def sources(space: Space, notices: list[str]) -> Sources:
    def nothing(name: str) -> Any:
        raise AssertionError(name)

    return Sources(space, nothing, lambda _: None, notices.append)


def test_what_does_not_fit_the_space_is_told(tmp_path: Path) -> None:
    file, notices = tmp_path / "mine.json", list[str]()
    file.write_text(json.dumps([{"feature.fast_window": 10}, {"own.x": 3}]))
    space = Space({"feature.fast_window": (3, 6, "int")})
    points = read_points([str(file), "champion"], sources(space, notices))
    assert points == (
        StartPoint("defaults", {"feature.fast_window": 5}),
        StartPoint("file mine.json row 1", {"feature.fast_window": 6}),
    )
    assert notices == [
        "warm start: file mine.json row 1: feature.fast_window 10 to 6",
        "warm start: file mine.json row 2: left out, as it has no parameter of the space",
        "warm start: there is no champion yet, so nothing is taken from it",
    ]


def test_a_space_whose_defaults_are_unknown_begins_without_them(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("own.x\n3\n")
    points = read_points([str(tmp_path / "a.csv")], sources(Space({"own.x": (1, 9, "int")}), []))
    assert points == (StartPoint("file a.csv row 1", {"own.x": 3}),)


@pytest.mark.slow
def test_start_points_of_another_backtest_are_tried_first_too(tmp_path: Path) -> None:
    (tmp_path / "own.json").write_text('{"feature.fast_window": 4}')
    space = Space({"feature.fast_window": (3, 10, "int"), "own.x": (0.0, 1.0, "float")})
    with quick(tmp_path, n_trials=2, space=space, limit=None, **TITAN) as tuner:
        tuner.optimize("sample", warm_start=[str(tmp_path / "own.json")])
        ran = trials(tuner)
    assert [t.warm_start for t in ran] == ["file own.json", ""]
    assert ran[0].params["feature.fast_window"] == 4


@pytest.mark.slow
def test_several_jobs_that_are_deterministic_begin_with_the_same_points(
    earlier: Path, tmp_path: Path
) -> None:
    runs = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        with quick(tmp_path / name, n_trials=9, n_jobs=2, deterministic=True) as tuner:
            tuner.optimize("sample", warm_start=[f"{earlier}:earlier"])
            runs.append([(t.params, t.values, t.warm_start) for t in trials(tuner)])
    assert runs[0] == runs[1]
