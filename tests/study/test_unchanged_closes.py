"""One convention for unchanged closes in a study: its own, that of its backtest, or of before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from support.external_cases import study_of, write_backtest
from support.gate_cases import stats_of
from support.verdict_cases import SETTINGS
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.analysis.luck import chance_level
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.evaluation.gate.evidence import build_evidence
from titan_mlopt.evaluation.gate.scoring import same_bars
from titan_mlopt.report.format import rule_text
from titan_mlopt.study.storage.studies import SCORING, read_study
from titan_mlopt.tracking.study_report import config_of


def lattice(n: int, seed: int = 3, still: float = 0.3) -> Candles:
    """Candles of whose closes this share does not change; the others are coins."""
    rng = np.random.default_rng(seed)
    steps = rng.choice([-1.0, 0.0, 1.0], n, p=[(1 - still) / 2, still, (1 - still) / 2])
    close = 1000.0 + np.cumsum(steps)
    ts = 1_704_067_200 + 60 * np.arange(n, dtype=np.int64)
    return Candles("lattice", ts, close, close, close, close, rng.uniform(5, 15, n))


CANDLES = lattice(900)

#: Predicts UP on every candle, and says what its outcome was by `>=`, as Titan does.
_COUNTS_AS_UP = """
import csv, json
rows = [float(row["close"]) for row in csv.DictReader(open(csv_path))][:limit]
outcomes = ["UP" if b >= a else "DOWN" for a, b in zip(rows, rows[1:])]
with open(Path(out_dir) / "predictions.jsonl", "w") as file:
    for (a, b), outcome in zip(zip(rows, rows[1:]), outcomes):
        file.write(json.dumps({
            "direction": "UP", "confidence": 0.6, "outcome_direction": outcome,
            "return": b / a - 1.0,
        }) + "\\n")
hits = outcomes.count("UP")
return {"total": len(outcomes), "correct": hits, "accuracy": hits / len(outcomes), "ece": 0.1}
"""


@pytest.fixture(scope="module")
def of_titan(tmp_path_factory: pytest.TempPathFactory) -> StudyRecord:
    """A study of a backtest that counts an unchanged close as UP."""
    folder = tmp_path_factory.mktemp("up")
    tuner = study_of(folder, write_backtest(folder / "code", _COUNTS_AS_UP), n_trials=1)
    tuner.optimize(CANDLES)
    return read_study(tuner.study)


def test_a_new_study_leaves_unchanged_closes_out_and_says_so(tmp_path: Path) -> None:
    tuner = AutoTuner(tmp_path / "titan.db", TunerConfig(**SETTINGS | {"n_trials": 1}))
    tuner.optimize(lattice(1500))
    record = read_study(tuner.study)
    assert record.scoring["unchanged"] == "skip"
    metrics = record.trials[0].outcome.metrics if record.trials[0].outcome else {}
    share = metrics["unchanged_share"]
    assert share == pytest.approx(0.3, abs=0.05)
    assert (metrics["coverage"] or 0) <= 1 - (share or 0)
    assert chance_level(record) == 0.5
    assert rule_text(record) == f"left out, {share:.1%} of the bars; a coin hits 50.0%"


def test_a_backtest_s_own_rule_becomes_that_of_its_study(of_titan: StudyRecord) -> None:
    assert of_titan.scoring["unchanged"] == "up"
    assert config_of(of_titan).unchanged == "up"
    moves = np.sign(np.diff(CANDLES.close))
    # It says UP always, which is right on all bars but those that fall.
    assert of_titan.trials[0].metric("accuracy") == pytest.approx(float((moves >= 0).mean()))
    assert chance_level(of_titan) == 0.5
    # The majority is UP soon, so its rule is as good as that, give or take the first bars.
    majority = next(b for b in of_titan.baselines if b.name == "majority")
    assert majority.metrics["accuracy"] == pytest.approx(float((moves >= 0).mean()), abs=0.01)


def test_a_study_of_before_goes_on_with_misses(tmp_path: Path) -> None:
    settings = write_backtest(tmp_path / "code", _COUNTS_AS_UP)
    tuner = study_of(tmp_path, settings, n_trials=1)
    tuner.optimize(CANDLES)
    scoring = {k: v for k, v in tuner.study.user_attrs[SCORING].items() if k != "unchanged"}
    tuner.study.set_user_attr(SCORING, scoring)  # as studies of before have it
    resumed = study_of(tmp_path, settings, n_trials=2)
    resumed.optimize(CANDLES)
    record = read_study(resumed.study)
    assert (len(record.trials), record.scoring) == (2, scoring)
    assert config_of(record).unchanged == "miss"
    share = float((np.diff(CANDLES.close) == 0).mean())
    assert chance_level(record) == pytest.approx(0.5 * (1 - share))


def test_on_the_holdout_the_study_s_rule_says_who_is_right() -> None:
    candles = lattice(300)
    moves = np.sign(np.diff(candles.close)).astype(np.int8)
    said = stats_of([1] * 299, [0.0] * 299, outcome=np.where(moves >= 0, 1, -1).tolist())
    up = same_bars(BacktestStats(**{**vars_of(said), "unchanged": "up"}), candles, 0)
    skip = same_bars(said, candles, 0)
    for stats, right in ((up, moves >= 0), (skip, moves > 0)):
        rules = {"always UP": np.ones(299, np.int8)}
        (coin, rule) = build_evidence(stats, None, rules, resamples=99).accuracy
        n = int((moves != 0).sum()) if stats is skip else 299
        assert (coin.n_candidate, coin.accuracy_rival) == (n, 0.5)
        assert coin.accuracy_candidate == pytest.approx(int(right.sum()) / n)
        assert rule.accuracy_rival == coin.accuracy_candidate  # it is the same rule


def vars_of(stats: BacktestStats) -> dict[str, object]:
    return {name: getattr(stats, name) for name in BacktestStats.__dataclass_fields__}


def test_right_confidences_are_no_calibration_error_where_closes_do_not_change() -> None:
    # Every tenth close is unchanged; of the others six in ten come true, as they were sure of.
    hit = np.resize([1, 1, 1, 1, 1, 1, -1, -1, -1, 0], 4000)
    skip = stats_of([1] * 4000, (hit * 1e-3).tolist(), [2 / 3] * 4000)
    miss = BacktestStats(**{**vars_of(skip), "unchanged": "miss"})
    found = {
        name: build_evidence(s, resamples=99).calibration
        for name, s in (("skip", skip), ("miss", miss))
    }
    assert found["skip"] is not None
    assert found["miss"] is not None
    assert found["skip"].ece == pytest.approx(0.0, abs=1e-9)
    # A tenth of the bars misses: .6 where 2/3 was said.
    assert found["miss"].ece == pytest.approx(2 / 3 - 0.6)
