"""The classifier: LightGBM's own trees to the bit, trained on known outcomes only."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest

from support.engine_cases import bars_of, decided, indicators_of
from titan_mlopt.backtest.engine.classifier import TRAINING_BARS, Classifier
from titan_mlopt.backtest.engine.ensemble import (
    Decisions,
    decide_bars,
    new_decisions,
    new_state,
    settings_of,
)
from titan_mlopt.backtest.engine.indicators import N_FEATURES, fill_features, warm_up_bars
from titan_mlopt.candles.candles import Candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.parameters import Params, merge_config

SMALL = merge_config({"ml.n_estimators": 50})


def package_trees(rows: np.ndarray, up: np.ndarray, config: Params, seed: int) -> lightgbm.Booster:
    """The trees of LightGBM's scikit-learn class, given the same in that class's own words."""
    trees = lightgbm.LGBMRegressor(
        objective="cross_entropy",
        n_estimators=config["ml.n_estimators"],
        num_leaves=config["ml.num_leaves"],
        max_depth=config["ml.max_depth"],
        learning_rate=config["ml.learning_rate"],
        min_child_samples=100,
        min_split_gain=0.2,
        random_state=seed,
        n_jobs=1,
        max_bin=15,
        deterministic=True,
        force_col_wise=True,
        verbosity=-1,
    )
    return trees.fit(rows, up).booster_


def examples(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Rows of which the first two columns say something about UP."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n, N_FEATURES)).astype(np.float32)
    return rows, rows[:, 0] + rows[:, 1] * rows[:, 2] + rng.normal(size=n) > 0


# --- the trees ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"ml.n_estimators": 50, "ml.max_depth": 4, "ml.num_leaves": 20, "ml.learning_rate": 0.2},
        {"ml.n_estimators": 200, "ml.max_depth": 10, "ml.num_leaves": 50, "ml.learning_rate": 0.01},
    ],
    ids=["defaults", "small and quick", "large and slow"],
)
@pytest.mark.parametrize("n", [190, 500, 2500])
def test_predictions_are_those_of_the_lightgbm_package_to_the_bit(params: Params, n: int) -> None:
    config, (rows, up), (asked, _) = merge_config(params), examples(n), examples(700, seed=1)
    classifier = Classifier(config, 3)
    classifier.fit(rows, up)
    expected = package_trees(rows, up, config, 3).predict(asked)
    found = classifier.predict(asked)
    classifier.close()
    assert found.dtype == np.float64
    assert found.tobytes() == np.asarray(expected).tobytes()
    # 190 rows are too few for a split into leaves of 100: one probability for all.
    assert len(np.unique(found)) == 1 if n == 190 else len(np.unique(found)) > 20


def test_the_trees_learn_what_can_be_learned() -> None:
    (rows, up), (asked, answers) = examples(3000), examples(1000, seed=1)
    classifier = Classifier(SMALL, 0)
    classifier.fit(rows, up)
    hits = (classifier.predict(asked) > 0.5) == answers
    classifier.close()
    assert hits.mean() > 0.65


def test_a_row_is_answered_alike_alone_and_in_company() -> None:
    classifier = Classifier(SMALL, 0)
    classifier.fit(*examples(500))
    rows, _ = examples(60, seed=2)
    alone = np.concatenate([classifier.predict(rows[i : i + 1]) for i in range(60)])
    assert alone.tobytes() == classifier.predict(rows).tobytes()
    assert classifier.predict(rows[:0]).shape == (0,)
    classifier.close()


def test_an_untrained_classifier_answers_nan() -> None:
    assert np.isnan(Classifier(SMALL, 0).predict(examples(5)[0])).all()


def test_a_second_training_forgets_the_first() -> None:
    one, two = examples(500, seed=5), examples(400, seed=6)
    again, fresh = Classifier(SMALL, 0), Classifier(SMALL, 0)
    again.fit(*one)
    again.fit(*two)
    fresh.fit(*two)
    assert again.predict(one[0]).tobytes() == fresh.predict(one[0]).tobytes()
    again.close()
    fresh.close()


def test_a_closed_classifier_is_untrained_and_can_be_closed_again() -> None:
    classifier, (rows, up) = Classifier(SMALL, 0), examples(200)
    classifier.fit(rows, up)
    classifier.close()
    classifier.close()
    assert np.isnan(classifier.predict(rows)).all()
    classifier.fit(rows, up)
    assert not np.isnan(classifier.predict(rows)).any()
    classifier.close()


@pytest.mark.parametrize(
    ("n", "kind"), [(0, False), (1, True), (1, False), (300, True), (300, False)]
)
def test_outcomes_of_one_kind_teach_nothing(n: int, kind: bool) -> None:
    classifier, (rows, up) = Classifier(SMALL, 0), examples(300)
    classifier.fit(rows, up)
    classifier.fit(rows[:n], np.full(n, kind))
    assert np.isnan(classifier.predict(rows)).all()


def test_training_and_asking_print_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    classifier, (rows, up) = Classifier(SMALL, 0), examples(60)
    classifier.fit(rows, up)
    classifier.predict(rows)
    classifier.close()
    assert capfd.readouterr() == ("", "")


def test_what_lightgbm_refuses_is_said_in_its_words() -> None:
    classifier, (rows, up) = Classifier(SMALL, 0), examples(200)
    classifier.fit(rows, up)
    with pytest.raises(RuntimeError, match=r"^LightGBM: The number of features in data \(3\)"):
        classifier.predict(rows[:, :3])
    classifier.close()


# --- its place in the predictor ----------------------------------------------------------------


@pytest.fixture(scope="module")
def candles() -> Candles:
    """A coarse market: prices in steps of 20, so that a quarter of the closes is unchanged."""
    fine = sample_candles(900)
    coarse = [np.round(prices / 20) * 20 for prices in (fine.open, fine.high, fine.low, fine.close)]
    return Candles("coarse", fine.ts, *coarse, fine.volume)


LEARNING = merge_config({"ml.min_samples": 400, "ml.train_interval": 150, "ml.n_estimators": 50})
FIRST = 119 + 400


def reference(
    candles: Candles, config: Params, *, leave_out_unchanged: bool = True, ahead: int = 0
) -> Decisions:
    """The decisions with the lightgbm package's trees, trained ``ahead`` bars into the future."""
    n, warm = len(candles), warm_up_bars(config)
    ready = np.ascontiguousarray(indicators_of(candles, config)[:, warm:])
    rows = np.empty((n - warm, N_FEATURES), np.float32)
    fill_features(bars_of(candles), warm, n, ready, rows)
    step, p_up = np.diff(candles.close)[warm:], np.full(n - warm, np.nan)
    interval = int(config["ml.train_interval"])
    for now in range(int(config["ml.min_samples"]), n - warm, interval):
        # Row i's outcome is the close of row i + 1: the last one known now is row now - 1's.
        known = np.arange(max(0, now - TRAINING_BARS), now + ahead)
        if leave_out_unchanged:
            known = known[step[known] != 0.0]
        trees = package_trees(rows[known], step[known] > 0.0, config, 0)
        p_up[now : now + interval] = trees.predict(rows[now : now + interval])
    out = new_decisions(n)
    settings = settings_of(config)
    decide_bars(candles.close, warm, n, warm, -1, ready, p_up, settings, new_state(), out)
    return out


def same(one: Decisions, other: Decisions) -> bool:
    return all(a.tobytes() == b.tobytes() for a, b in zip(one, other, strict=True))


def test_a_quarter_of_the_closes_is_unchanged(candles: Candles) -> None:
    assert 0.15 < (np.diff(candles.close) == 0.0).mean() < 0.6


def test_training_sees_the_changed_closes_with_a_known_outcome_and_no_others(
    candles: Candles,
) -> None:
    found = decided(candles, LEARNING)
    assert same(found, reference(candles, LEARNING))
    # Neither of these would pass unnoticed:
    assert not same(found, reference(candles, LEARNING, leave_out_unchanged=False))
    assert not same(found, reference(candles, LEARNING, ahead=1))
    assert not same(found, reference(candles, LEARNING, ahead=-1))


def test_it_abstains_until_there_are_enough_outcomes(candles: Candles) -> None:
    on, off = decided(candles, LEARNING), decided(candles, merge_config({"ml.enabled": False}))
    assert same(on.head(FIRST), off.head(FIRST))
    assert (on.p_up[FIRST : FIRST + 20] != off.p_up[FIRST : FIRST + 20]).any()


def test_too_few_candles_for_a_training_are_decided_without_it(candles: Candles) -> None:
    on = decided(candles.head(FIRST), LEARNING)
    assert same(on, decided(candles.head(FIRST), merge_config({"ml.enabled": False})))


@pytest.mark.parametrize("params", [{"ml.min_samples": 50}, {"ml.num_leaves": 50}])
def test_switched_off_it_has_no_say(candles: Candles, params: Params) -> None:
    off = merge_config({"ml.enabled": False})
    assert same(decided(candles, {**off, **params}), decided(candles, off))
