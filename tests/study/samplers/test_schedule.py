"""Which sampler ``auto`` takes, and that a study keeps it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.sampler_cases import Formula, config_of, run_formula
from support.studies import quick
from titan_mlopt import TunerConfig
from titan_mlopt.core.parameters import TUNABLE_PARAMS
from titan_mlopt.core.search_space import Space
from titan_mlopt.study.samplers.schedule import Schedule, plan_schedule
from titan_mlopt.study.storage.studies import SAMPLER

WITHOUT_CLASSIFIER = Space(
    {name: bounds for name, bounds in TUNABLE_PARAMS.items() if not name.startswith("ml.")},
    {"ml.enabled": False},
)


@pytest.mark.parametrize(
    ("settings", "n_candles", "gp_points"),
    [
        ({}, 40_000, 200),
        ({}, 39_999, 0),  # an ask would take more than a twentieth of a trial
        ({"repeat": 2}, 20_000, 200),
        ({"space": WITHOUT_CLASSIFIER}, 500_000, 0),
        ({"backtest": "titan.core.backtest:run_backtest"}, 1_500, 200),
        ({"objective_type": "multi"}, 40_000, 0),
    ],
)
def test_auto_takes_gp_for_200_points_where_trials_are_slow(
    settings: dict[str, Any], n_candles: int, gp_points: int
) -> None:
    schedule = plan_schedule(TunerConfig(sampler="auto", **settings), n_candles)
    assert schedule == Schedule("auto", gp_points)
    names = [schedule.at(point) for point in (0, 199, 200, 5000)]
    assert names == (["gp", "gp", "tpe", "tpe"] if gp_points else ["tpe"] * 4)


def test_any_other_sampler_chooses_every_point() -> None:
    schedule = plan_schedule(TunerConfig(sampler="gp"), 100)
    assert {schedule.at(point) for point in (0, 500)} == {"gp"}
    assert Schedule.from_dict(None).at(0) == "tpe"


def test_auto_gives_the_points_of_gp_first(tmp_path: Path) -> None:
    for name in ("auto", "gp"):
        (tmp_path / name).mkdir()
    auto, gp = (
        run_formula(tmp_path / name, config_of(name, 18), Formula(1)) for name in ("auto", "gp")
    )
    assert auto[:15] == gp[:15]
    assert auto[15:] != gp[15:]


def test_a_study_goes_on_with_the_schedule_that_it_began_with(tmp_path: Path) -> None:
    with quick(tmp_path, n_trials=1, sampler="auto") as tuner:
        tuner.optimize("sample")
        assert tuner.study.user_attrs[SAMPLER] == {"sampler": "auto", "gp_points": 0}
        # As an earlier version might have planned it.
        tuner.study.set_user_attr(SAMPLER, {"sampler": "auto", "gp_points": 50})
    with quick(tmp_path, n_trials=2, sampler="auto") as tuner:
        tuner.optimize("sample")
        assert tuner.study.user_attrs[SAMPLER] == {"sampler": "auto", "gp_points": 50}
        assert len(tuner.study.trials) == 2
