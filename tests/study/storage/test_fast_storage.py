"""The storage that reads in plain rows: what Optuna reads, in a few statements."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
import sqlalchemy as sa
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState, create_trial

from titan_mlopt.core.trial import LazyRows, TrialOutcome
from titan_mlopt.study.storage.fast_storage import LeanStorage, parse_attribute

SPACE: dict[str, Any] = {
    "z": IntDistribution(1, 8, log=True),
    "a": FloatDistribution(0.0, 1.0, step=0.25),
    "kind": CategoricalDistribution(("x", None, 2.5, True)),
}
PARAMS = {"z": 3, "a": 0.25, "kind": None}
ENDS = [[0.5, math.inf], [-math.inf, 0.1]]


def fill(study: optuna.Study) -> None:
    """Add trials of every state, with all that Optuna stores of one."""
    shared = {"params": PARAMS, "distributions": SPACE}
    attrs = {"user_attrs": {"outcome": {"curve": "[[1,2]]", "x": [1, {"y": None}]}, "é": "'\"\n"}}
    study.add_trial(create_trial(values=ENDS[0], **shared, **attrs, system_attrs={"s": [1]}))
    study.add_trial(create_trial(values=ENDS[1], params={}, distributions={}))
    study.add_trial(create_trial(state=TrialState.FAIL, **shared, user_attrs={"why": "none"}))
    study.enqueue_trial({"a": 0.5})
    study.add_trial(create_trial(state=TrialState.RUNNING, **shared))


def with_steps(study: optuna.Study) -> None:
    """Add pruned trials, which need one objective."""
    steps = {1: 0.5, 1000: math.nan, 7: math.inf, 9: -math.inf}
    study.add_trial(create_trial(state=TrialState.PRUNED, value=0.5, intermediate_values=steps))
    study.add_trial(create_trial(state=TrialState.PRUNED))


def seen(trials: list[FrozenTrial]) -> list[str]:
    """Return all that is known of trials, in its order; NaN equals NaN so."""
    return [repr(trial) for trial in trials]


@pytest.fixture(params=["two objectives", "one"])
def study(request: pytest.FixtureRequest, tmp_path: Path) -> optuna.Study:
    directions = ["maximize", "minimize"] if request.param == "two objectives" else ["maximize"]
    url = f"sqlite:///{tmp_path / 'study.db'}"
    made = optuna.create_study(study_name="s", storage=RDBStorage(url), directions=directions)
    (fill if len(directions) == 2 else with_steps)(made)
    other = optuna.create_study(study_name="other", storage=RDBStorage(url))
    with_steps(other)
    return made


def storages(study: optuna.Study) -> tuple[RDBStorage, LeanStorage]:
    backend = study._storage._backend  # type: ignore[attr-defined]
    return RDBStorage(str(backend.url)), LeanStorage(str(backend.url))


def test_it_reads_what_optuna_reads(study: optuna.Study) -> None:
    optunas, ours = (optuna.load_study(study_name="s", storage=s) for s in storages(study))
    assert seen(ours.get_trials(deepcopy=False)) == seen(optunas.get_trials(deepcopy=False))
    for mine, its in zip(ours.trials, optunas.trials, strict=True):
        assert list(mine.params.items()) == list(its.params.items())
        assert [type(value) for value in mine.params.values()] == [
            type(value) for value in its.params.values()
        ]
        assert mine.datetime_start == its.datetime_start
        assert mine._trial_id == its._trial_id
    assert len(ours.trials) == (2 if len(study.directions) == 1 else 5)


@pytest.mark.parametrize("after", [-1, 0, 1, 2, 99])
@pytest.mark.parametrize("included", [(), (1,), (1, 3, 5)])
def test_it_reads_the_part_that_optunas_cache_asks_for(
    study: optuna.Study, after: int, included: tuple[int, ...]
) -> None:
    optunas, ours = storages(study)
    asked = (study._study_id, None, set(included), after)
    assert seen(ours._get_trials(*asked)) == seen(optunas._get_trials(*asked))


def test_what_another_process_ended_is_seen_as_ended(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'study.db'}"
    here = optuna.create_study(study_name="s", storage=LeanStorage(url))
    there = optuna.load_study(study_name="s", storage=RDBStorage(url))
    trial = there.ask(dict(SPACE))
    assert [one.state for one in here.trials] == [TrialState.RUNNING]
    there.tell(trial, 0.25)
    assert [(one.state, one.value) for one in here.trials] == [(TrialState.COMPLETE, 0.25)]
    assert seen(here.trials) == seen(there.trials)


@pytest.mark.parametrize("zone", ["UTC", "America/St_Johns"])
@pytest.mark.parametrize("n_objectives", [1, 2])
def test_it_writes_what_optuna_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_objectives: int, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    original = optuna.create_study(directions=["maximize"] * n_objectives)
    (with_steps if n_objectives == 1 else fill)(original)
    rows = []
    for kind in (RDBStorage, LeanStorage):
        url = f"sqlite:///{tmp_path / kind.__name__}"
        copied = optuna.create_study(storage=kind(url), directions=original.directions)
        copied.add_trials(original.trials)
        engine = RDBStorage(url).engine
        tables = [name for name in sa.inspect(engine).get_table_names() if "trial" in name]
        with engine.connect() as connection:
            everything = {name: f"SELECT * FROM {name}" for name in tables}
            rows.append({n: connection.exec_driver_sql(q).all() for n, q in everything.items()})
        assert seen(LeanStorage(url).get_all_trials(1)) == seen(copied.trials)
        assert seen(RDBStorage(url).get_all_trials(1)) == seen(copied.trials)
    monkeypatch.undo()
    time.tzset()
    optunas, ours = rows
    assert ours == optunas
    assert ours["trials"]


def test_a_study_that_is_none_is_an_error_of_optunas(tmp_path: Path) -> None:
    storage = LeanStorage(f"sqlite:///{tmp_path / 'study.db'}")
    with pytest.raises(KeyError, match="Record does not exist"):
        storage._get_trials(7, None, set(), -1)


def test_a_study_is_read_in_as_many_statements_as_there_are_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage, statements = LeanStorage(f"sqlite:///{tmp_path / 'study.db'}"), list[str]()
    study = optuna.create_study(study_name="s", storage=storage, directions=["maximize"] * 2)
    for _ in range(600):  # Optuna asks again for each 500
        study.add_trial(create_trial(values=[0.5, 0.5], params=PARAMS, distributions=SPACE))
    fresh = LeanStorage(f"sqlite:///{tmp_path / 'study.db'}")
    note: Callable[..., None] = lambda *words: statements.append(words[2])  # noqa: E731 - a listener
    sa.event.listen(fresh.engine, "before_cursor_execute", note)
    assert len(fresh._get_trials(1, None, set(), -1)) == 600
    assert len(statements) == 6


CHECKPOINT = {"n_predictions": 2, "n_bars": 3, "accuracy": 0.5, "ece": 0.1, "sharpe": None}
ROWS = {"bins": "[[1, 0.5, 1]]", "curve": "[]", "rolling": "[[200, 0.5]]"}


def text_of(**changes: Any) -> str:
    """Return an outcome as it is stored, with fields in its order."""
    outcome = {
        **{"state": "COMPLETE", "message": 'says ", "bins": "x" itself', "metrics": {"ece": 0.1}},
        **{"checkpoints": [CHECKPOINT], **ROWS, "blocks": [[4, 2, -0.5, 1e-3], [0, 0, 0, 0]]},
        **{"segments": [], "violated": False},
    }
    return json.dumps(outcome | changes)


def test_an_outcomes_rows_stay_text_whose_values_are_those_that_optuna_reads() -> None:
    read, whole = parse_attribute(text_of()), json.loads(text_of())
    assert read["blocks"] == "[[4, 2, -0.5, 0.001], [0, 0, 0, 0]]"
    assert {**read, "blocks": json.loads(read["blocks"])} == whole
    outcome, plain = TrialOutcome.from_plain(read), TrialOutcome.from_plain(whole)
    assert outcome == plain
    assert isinstance(outcome.blocks, LazyRows)
    assert len(outcome.blocks) == 2
    assert outcome.to_json() == plain.to_json()


@pytest.mark.parametrize(
    "changes",
    [
        {"blocks": []},
        {"blocks": [["4", 2, 0.0, 0.0]]},
        {"blocks": [{"a": 1}]},
        {"blocks": None},
        {"blocks": "[[1,2,3,4]]"},
        {"bins": 'a "quote"'},
        {"curve": "a \\ backslash"},
        {"rolling": [[200, 0.5]]},
        {"segments": [{"bins": "x", "blocks": [1]}]},
    ],
)
def test_an_outcome_of_another_shape_is_read_as_it_stands(changes: dict[str, Any]) -> None:
    read, whole = parse_attribute(text_of(**changes)), json.loads(text_of(**changes))
    if read["blocks"] != whole["blocks"]:
        read["blocks"] = json.loads(read["blocks"])
    assert read == whole


@pytest.mark.parametrize("text", ["0.5", '"a text"', "null", "[1, 2]", "{}"])
def test_another_attribute_is_its_json(text: str) -> None:
    assert parse_attribute(text) == json.loads(text)
