"""What the study's storage, sampler and pruner promise."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import optuna
import pytest

from support.studies import Tuned, quick
from titan_mlopt.analysis.summary import metric_of
from titan_mlopt.core.errors import StudyError
from titan_mlopt.core.parameters import TUNABLE_PARAMS
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.report.format import sharpe_costs
from titan_mlopt.study import pruners
from titan_mlopt.study.samplers.build import build_sampler
from titan_mlopt.study.samplers.distributions import distributions_of
from titan_mlopt.study.storage import sqlite, studies
from titan_mlopt.study.storage.studies import read_study


def test_the_study_is_in_the_file_with_a_write_ahead_log(tmp_path: Path) -> None:
    opened = sqlite.open_storage(tmp_path / "titan.db")
    study = studies.open_study(opened, "s", ("maximize",))
    trial = study.ask()
    study.tell(trial, 0.5)
    with sqlite3.connect(tmp_path / "titan.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    connection.close()
    assert {"studies", "trials", "trial_params", "trial_values"} <= tables


def test_plain_optuna_opens_the_study(tuned: Tuned) -> None:
    study = optuna.load_study(study_name="titan_optimization", storage=f"sqlite:///{tuned.db}")
    assert len(study.trials) == 8
    assert study.best_value == max(
        t.values[0] for t in tuned.report.study.trials if t.values and t.state == "COMPLETE"
    )


def test_everything_of_a_trial_is_stored_with_it(tuned: Tuned) -> None:
    for trial in tuned.report.study.trials:
        outcome = trial.outcome
        assert outcome is not None
        n = outcome.metrics["n_predictions"]
        assert sum(count for count, _, _ in outcome.bins) == n
        assert sum(block[0] for block in outcome.blocks) == n
        assert sum(block[1] for block in outcome.blocks) == outcome.metrics["hits"]
        assert 0 < len(outcome.curve) <= 200
        assert outcome.checkpoints
        assert outcome.duration_seconds > 0
        assert trial.started_at is not None
        assert trial.finished_at is not None
        assert trial.finished_at >= trial.started_at


def test_intermediate_values_are_the_checkpoints_of_the_study(tuned: Tuned) -> None:
    study = optuna.load_study(study_name="titan_optimization", storage=f"sqlite:///{tuned.db}")
    grid = pruners.checkpoint_grid(tuned.config, 1500 - 119 - 1)
    for trial, record in zip(study.trials, tuned.report.study.trials, strict=True):
        assert record.outcome is not None
        reached = {p.n_predictions: p.accuracy for p in record.outcome.checkpoints}
        assert trial.intermediate_values == reached
        assert set(reached) <= set(grid)


def test_the_identity_of_a_study_stands_in_its_attributes(tuned: Tuned) -> None:
    study = optuna.load_study(study_name="titan_optimization", storage=f"sqlite:///{tuned.db}")
    attrs = study.user_attrs
    assert len(attrs[studies.UID]) == 32
    assert attrs[studies.SCHEMA] == 1
    assert attrs[studies.OBJECTIVE] == "accuracy"
    assert len(attrs[studies.CANDLES]["sha256"]) == 64
    assert len(attrs[studies.SPACE]) == 64
    assert attrs[studies.BACKTEST]["path"].endswith(":run_backtest")
    assert attrs[studies.SETTINGS]["seed"] == 42
    assert "tracking_uri" not in attrs[studies.SETTINGS]


def test_a_study_that_is_not_there_is_named_with_those_that_are(tuned: Tuned) -> None:
    with pytest.raises(StudyError, match=r"\(titan_optimization\), got 'other'"):
        studies.load_study(tuned.db, "other")


def test_an_error_of_the_database_names_its_true_cause(tmp_path: Path) -> None:
    path = tmp_path / "titan.db"
    study = studies.open_study(sqlite.open_storage(path), "s", ("maximize",))
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE trials")
    connection.close()
    message = r"titan\.db: must be a SQLite database that can be written, got no such table: trials"
    with pytest.raises(StudyError, match=message), sqlite.storage_errors(path):
        study.ask()


def test_each_trial_is_drawn_from_its_own_seed() -> None:
    space = distributions_of(TUNABLE_PARAMS)

    def draws(seed: int, number: int) -> dict[str, Any]:
        sampler = build_sampler(space, seed, number, parallel=False)
        return optuna.create_study(sampler=sampler).ask(space).params

    assert draws(42, 0) == draws(42, 0)
    assert draws(42, 0) != draws(42, 1)
    assert draws(42, 0) != draws(43, 0)


def test_the_space_has_the_types_and_scales_of_the_parameters() -> None:
    space = distributions_of(TUNABLE_PARAMS)
    assert space["feature.fast_window"] == optuna.distributions.IntDistribution(3, 10)
    assert space["ml.learning_rate"] == optuna.distributions.FloatDistribution(0.01, 0.2, log=True)
    assert space["pattern.max_boost"] == optuna.distributions.FloatDistribution(0.01, 0.05)
    assert len(space) == 21


def test_the_grid_has_at_most_15_steps_in_order_and_none_at_the_end() -> None:
    # 1600 / 16 = 100
    config = TunerConfig(n_warmup_steps=None)
    assert pruners.checkpoint_grid(config, 1600) == tuple(range(100, 1600, 100))
    assert pruners.checkpoint_grid(config, 5) == (1, 2, 3, 4)
    assert pruners.checkpoint_grid(config, 1) == ()


@pytest.mark.parametrize("pruner", ["median", "hyperband", "racing"])
def test_the_grid_of_a_pruner_that_begins_at_10_grows_from_10_on(pruner: str) -> None:
    # 10·160^(k/16): the ratio of two neighbours is 160^(1/16) = 1.373
    grid = pruners.checkpoint_grid(TunerConfig(pruner_type=pruner), 1600)
    assert grid[:4] == (10, 14, 19, 26)
    assert grid[-1] == 1165
    assert len(grid) == 16
    none = pruners.checkpoint_grid(TunerConfig(pruner_type="none"), 1600)
    assert none == tuple(range(100, 1600, 100))


def test_the_specifications_figures_are_the_pruners_defaults() -> None:
    median = pruners.build_pruner(TunerConfig(), 5000, 60)
    assert isinstance(median, optuna.pruners.MedianPruner)
    assert (median._n_startup_trials, median._n_warmup_steps, median._interval_steps) == (5, 10, 5)
    hyperband = pruners.build_pruner(TunerConfig(pruner_type="hyperband"), 5000, 60)
    assert isinstance(hyperband, optuna.pruners.HyperbandPruner)
    assert (hyperband._min_resource, hyperband._max_resource) == (10, 1000)
    assert hyperband._reduction_factor == 3
    none = pruners.build_pruner(TunerConfig(pruner_type="none"), 5000, 60)
    assert isinstance(none, optuna.pruners.NopPruner)


@pytest.mark.parametrize(("n_bars", "steps"), [(2000, 1000), (4000, 1000), (20_000, 5000)])
def test_a_careful_pruner_waits_for_1000_predictions_or_a_quarter(n_bars: int, steps: int) -> None:
    config = TunerConfig(n_warmup_steps=None)
    assert pruners.first_step(config, n_bars) == steps
    careful = pruners.build_pruner(
        TunerConfig(n_warmup_steps=None, pruner_type="hyperband"), n_bars, 60
    )
    assert isinstance(careful, optuna.pruners.HyperbandPruner)
    assert (careful._min_resource, careful._max_resource) == (steps, n_bars)


@pytest.mark.parametrize("segments", [1, 2])
def test_costs_are_taken_from_the_returns_of_every_trial_and_baseline(
    tmp_path: Path, segments: int
) -> None:
    records = []
    for cost_bps in (0.0, 5.0):
        folder = tmp_path / f"{cost_bps:g}"
        folder.mkdir()
        settings = {"limit": 2000, "segments": segments, "pruner_type": "none"}
        with quick(folder, n_trials=2, cost_bps=cost_bps, **settings) as tuner:
            tuner.optimize("sample")
            records.append(read_study(tuner.study))
    free, dear = records
    assert sharpe_costs(free) == "before costs"
    assert sharpe_costs(dear) == "after costs of 5 bp"
    pairs = [
        *zip(free.trials, dear.trials, strict=True),
        *zip(free.baselines, dear.baselines, strict=True),
    ]
    traded = 0
    for without, taken in pairs:
        for name in ("accuracy", "turnover", "break_even_bps"):
            assert metric_of(without, name) == metric_of(taken, name)
        if metric_of(without, "turnover"):
            before, after = (metric_of(one, "sharpe") for one in (without, taken))
            assert before is not None
            assert after is not None
            assert after < before
            traded += 1
    assert traded >= 2
