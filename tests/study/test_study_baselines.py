"""What a study is compared with: measured on its own bars, once, and never in its way."""

from __future__ import annotations

import json
import signal
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mlflow import MlflowClient

from support.apply_cases import NAME, TITANS, bundle_of, embedded, register
from support.external_cases import _no_clock, study_of, write_backtest
from support.pool_cases import PATIENCE_S, eventually, processes_of
from support.standin_cases import csv
from support.summary_cases import results_document
from support.walk_cases import CANDLES, QUICK_SPACE, Walked, walk_study, walked
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.backtest.runner import backtest_stats, segment_stats
from titan_mlopt.backtest.segments import pool_stats
from titan_mlopt.candles.candles import Candles
from titan_mlopt.candles.splits import split_candles, split_segments
from titan_mlopt.core.backtest_id import IDENTITY
from titan_mlopt.core.parameters import merge_config
from titan_mlopt.core.study import Baseline, StudyRecord
from titan_mlopt.core.trial import COMPLETE, FAIL
from titan_mlopt.report.study_page import markdown_note
from titan_mlopt.report.terminal import summary_lines
from titan_mlopt.study.baselines import default_config, rule_baselines
from titan_mlopt.study.dataset import tuning_data
from titan_mlopt.study.storage.studies import read_study
from titan_mlopt.tracking.mirror import client as mirror_process
from titan_mlopt.tracking.parent_run import parent_metrics
from titan_mlopt.tracking.registry.champion import find_champion
from titan_mlopt.tuning import call

# Fixtures: pytest finds them here by their names.
__all__ = ["_no_clock", "csv", "walked"]
RULES = ["majority", "persistence", "anti_persistence"]


def named(study: StudyRecord) -> dict[str, Baseline]:
    return {baseline.name: baseline for baseline in study.baselines}


# --- rules ----------------------------------------------------------------------------------------


def candles_of(closes: list[float]) -> Candles:
    close = np.array(closes)
    ts = 60 * np.arange(len(close), dtype=np.int64)
    return Candles("made", ts, close, close, close, close, np.ones(len(close)))


def test_the_rules_are_scored_on_the_bars_that_can_be_predicted() -> None:
    # 119 candles up one by one warm up. Then bar 119 on: ups 1, down 1, up 1, none, down 1, down 1.
    closes = [100.0 + i for i in range(120)]
    closes += [220.0, 219.0, 220.0, 220.0, 219.0, 218.0]
    config = TunerConfig(min_predictions=0)
    found = {b.name: b for b in rule_baselines(tuning_data(candles_of(closes), config), config)}
    # Outcomes of bars 119 to 124: up, down, up, none, down, down; bar 122 is left out. Majority
    # says up each time: 2 of 5. Persistence says up, up, down, up, up, down: hits on the first and
    # on the last: 2 of 5. Its opposite is right where that is wrong: bars 120, 121 and 123.
    assert {name: (b.metric("hits"), b.metric("n_predictions")) for name, b in found.items()} == {
        "majority": (2, 5),
        "persistence": (2, 5),
        "anti_persistence": (3, 5),
    }
    assert found["anti_persistence"].values == (0.6,)
    assert all((b.kind, b.state, b.config_sha256) == ("rule", COMPLETE, "") for b in found.values())
    assert "ece" not in found["majority"].metrics
    assert found["persistence"].metric("sharpe") == pytest.approx(
        -(found["anti_persistence"].metric("sharpe") or 0.0)
    )


def test_on_segments_the_rules_are_scored_on_the_same_bars(walked: Walked) -> None:
    tuning, _ = split_candles(CANDLES, 0.2)
    up = np.sign(np.diff(tuning.close))
    for name, sign in (("persistence", 1), ("anti_persistence", -1)):
        said, last = [], 0.0
        for move in [0.0, *up[:-1]]:
            last = move or last
            said.append(sign * last)
        hits = np.array(said) * up > 0
        baseline = named(walked.study)[name]
        assert baseline.metric("hits") == hits[750:].sum()
        assert baseline.metric("n_predictions") == len(tuning) - 1 - 750
        per = [float(hits[s.first : s.stop - 1].mean()) for s in split_segments(tuning, 4, 750)]
        error = np.std(per, ddof=1) / 2
        assert baseline.metric("walk_accuracy") == pytest.approx(np.mean(per) - error / 2)
        assert baseline.values == (baseline.metric("walk_accuracy"),)


# --- the default config ---------------------------------------------------------------------------


def test_the_default_config_is_run_as_a_trial_is(walked: Walked) -> None:
    tuning, _ = split_candles(CANDLES, 0.2)
    config = merge_config({"ml.enabled": False})
    parts = [segment_stats(tuning, s, config, seed=3) for s in split_segments(tuning, 4, 750)]
    default = named(walked.study)["default"]
    expected = pool_stats(parts).metrics()
    assert {name: default.metrics[name] for name in expected} == expected
    counts = default.metric("walk_accuracy") or 0.0
    penalty = 0.1 * counts if (default.metric("ece") or 0.0) > 0.05 else 0.0
    assert default.values == pytest.approx((counts - penalty,))
    assert (default.kind, default.state, len(default.config_sha256)) == ("default", COMPLETE, 64)


def test_it_is_what_nobody_tuned_with_what_the_space_holds_fixed() -> None:
    assert default_config(TunerConfig()) == merge_config({})
    assert default_config(TunerConfig(space=QUICK_SPACE)) == merge_config({"ml.enabled": False})
    external = TunerConfig(backtest="a:b", space=QUICK_SPACE)
    assert default_config(external) == {"ml.enabled": False}  # the rest is the backtest's own


def test_a_study_in_one_piece_has_it_on_all_its_bars(tmp_path: Path) -> None:
    plain = {"holdout": 0.0, "segments": 1, "limit": 400, "seed": 0}
    study = walk_study(tmp_path, "sample", n_trials=1, **plain)
    default = named(study)["default"]
    assert (
        default.metrics
        == backtest_stats(CANDLES.head(400), merge_config({"ml.enabled": False})).metrics()
    )
    assert [one.name for one in study.baselines] == [*RULES, "default"]
    assert len(study.trials) == 1


def test_one_with_too_few_predictions_has_no_objective_value(tmp_path: Path) -> None:
    study = walk_study(tmp_path, CANDLES, n_trials=1, min_predictions=1327)
    default = named(study)["default"]
    assert (default.state, default.values) == (COMPLETE, ())
    assert default.metric("accuracy") is not None


# --- once, and never in the way -------------------------------------------------------------------

COUNTED = """
    if not limit:
        with open(HERE / "runs", "a") as file:
            file.write(f"{trial} ")
"""


def test_what_was_measured_is_not_measured_again(csv: Path, tmp_path: Path) -> None:
    settings = write_backtest(tmp_path / "src", COUNTED)
    for n_trials in (2, 2, 3):
        with study_of(tmp_path, settings, n_trials=n_trials) as tuner:
            tuner.optimize(csv)
            assert len(tuner.study.trials) == n_trials
    assert (tmp_path / "src" / "runs").read_text().split() == ["-2", "0", "1", "2"]


FAILS_AT_FIRST = """
    if trial == -2 and not (HERE / "mended").exists():
        raise ValueError("no history yet")
"""


def test_one_that_fails_is_told_in_a_line_and_tried_again(csv: Path, tmp_path: Path) -> None:
    settings = write_backtest(tmp_path / "src", FAILS_AT_FIRST)
    notices: list[str] = []
    with study_of(tmp_path, settings, n_trials=1) as tuner:
        tuner._notice = notices.append
        tuner.optimize(csv)
        failed = named(read_study(tuner.study))["default"]
        assert (failed.state, failed.detail) == (FAIL, "ValueError: no history yet")
        assert notices == ["baseline default: not measured, got ValueError: no history yet"]
        assert "| default config | failed: ValueError: no history yet |" in markdown_note(
            read_study(tuner.study), {}
        )
        (tmp_path / "src" / "mended").touch()
        tuner.optimize(csv)
        assert len(notices) == 1
        assert named(read_study(tuner.study))["default"].state == COMPLETE


def test_where_no_trial_completes_the_trials_tell_alone(csv: Path, tmp_path: Path) -> None:
    settings = write_backtest(tmp_path / "src", 'if not limit: raise ValueError("never")')
    with study_of(tmp_path, settings, n_trials=1) as tuner:
        tuner._notice = pytest.fail
        tuner.optimize(csv)
        assert named(read_study(tuner.study))["default"].state == FAIL


WAITS = """
    if trial == -2:
        (HERE / "waits").touch()
        until(lambda: False)
"""


@pytest.mark.usefixtures("own_processes")
@pytest.mark.parametrize("how", ["stop", "interrupt"])
def test_it_is_killed_with_the_study_and_leaves_nothing(
    csv: Path, tmp_path: Path, request: pytest.FixtureRequest, how: str
) -> None:
    settings = write_backtest(tmp_path / "src", WAITS)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    # A shell that starts the tests in its background has SIGINT ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    with study_of(tmp_path, settings, n_trials=1, scratch=str(scratch)) as tuner:
        thread = threading.Thread(target=_stop, args=(tuner, tmp_path / "src" / "waits", how))
        thread.start()
        if how == "stop":
            tuner.optimize(csv)
            assert tuner.report is not None
            assert tuner.report.stopped
        else:
            with pytest.raises(KeyboardInterrupt):
                tuner.optimize(csv)
        thread.join()
        assert list(named(read_study(tuner.study))) == RULES  # it goes on with the others later
        assert tuner.study.trials == []
    assert processes_of(scratch) == []
    assert list(scratch.iterdir()) == []


def _stop(tuner: AutoTuner, sign: Path, how: str) -> None:
    eventually(sign.exists)
    if how == "stop":
        tuner.stop()
    else:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def test_with_little_time_the_trials_come_first(
    csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call._LEAST_TIME_S == 10.0
    monkeypatch.setattr(call, "_LEAST_TIME_S", 2 * PATIENCE_S)  # the trial has time nevertheless
    settings = write_backtest(tmp_path / "src", COUNTED)
    with study_of(tmp_path, settings, n_trials=1) as tuner:
        tuner.optimize(csv, timeout_total=PATIENCE_S)
        assert list(named(read_study(tuner.study))) == RULES
    assert (tmp_path / "src" / "runs").read_text().split() == ["0"]


# --- the champion ---------------------------------------------------------------------------------


#: Lets the mirror's process wait for the registry's answer however long it takes.
PATIENT = (
    "from titan_mlopt.tracking.registry import champion; "
    f"champion._PATIENCE_S = champion._FILE_PATIENCE_S = {PATIENCE_S}"
)


@pytest.fixture
def tracked(store: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the settings of a small study that is mirrored into an empty store.

    A study waits seconds for the champion, and goes on without it.
    """
    command_of = mirror_process.python_command

    def patient(*words: object) -> list[str]:
        return [word.replace("; main(", f"; {PATIENT}; main(") for word in command_of(*words)]

    monkeypatch.setattr(mirror_process, "python_command", patient)
    monkeypatch.setattr(mirror_process, "_SILENCE_S", PATIENCE_S)
    return {
        **{"limit": 400, "n_trials": 1, "tracking_uri": store, "space": QUICK_SPACE},
        **{"study_name": "s"},
    }


def tune(folder: Path, settings: dict[str, Any], **changes: Any) -> StudyRecord:
    notices: list[str] = []
    config = TunerConfig(**{**settings, **changes})
    with AutoTuner(folder / "titan.db", config, on_notice=notices.append) as tuner:
        tuner.optimize("sample")
        known = ("champion", "defaults: ")
        assert [text for text in notices if not any(part in text for part in known)] == []
        return read_study(tuner.study)


@pytest.mark.slow
def test_the_champion_of_the_same_backtest_is_run_on_the_same_bars(
    tracked: dict[str, Any], store: str, tmp_path: Path
) -> None:
    config = merge_config({"ml.enabled": False, "feature.fast_window": 3})
    register(store, tmp_path, embedded(config))
    study = tune(tmp_path, tracked)
    champion = named(study)["champion"]
    expected = backtest_stats(CANDLES.head(400), config, seed=42).metrics()
    assert champion.metrics == expected
    assert (champion.kind, champion.detail) == ("champion", "version 1")
    assert champion.config_sha256 == embedded(config).config_sha256
    lines = "\n".join(summary_lines(study))
    assert "champion, version 1" in lines
    # It is compared with the one that it began with, also when another one has come since.
    register(store, tmp_path, embedded({**config, "feature.fast_window": 9}))
    assert named(tune(tmp_path, tracked, n_trials=2))["champion"] == champion
    other = named(tune(tmp_path, tracked, study_name="new"))["champion"]
    assert other.detail != champion.detail
    assert other.metrics != champion.metrics


@pytest.mark.slow
def test_a_champion_of_another_backtest_is_none_and_a_bad_one_is_told(
    tracked: dict[str, Any], store: str, tmp_path: Path
) -> None:
    register(store, tmp_path, bundle_of(TITANS))
    assert find_champion(MlflowClient(store), NAME, {"path": IDENTITY}) is None
    place = register(store, tmp_path, embedded(merge_config({})))
    (place / "config.json").write_text("{}")
    bad = named(tune(tmp_path, tracked, study_name="bad"))["champion"]
    assert bad.state == FAIL
    assert "config.json: its SHA-256 must be" in bad.detail


@pytest.mark.slow
def test_without_tracking_or_a_registered_name_nobody_looks(
    tracked: dict[str, Any], store: str, tmp_path: Path
) -> None:
    register(store, tmp_path, embedded(merge_config({})))
    client = MlflowClient(store)
    assert find_champion(client, NAME, {"path": IDENTITY}) is not None
    assert find_champion(client, "other", {"path": IDENTITY}) is None
    assert "champion" not in named(tune(tmp_path, tracked, register_as=None))
    assert "champion" not in named(tune(tmp_path, tracked, tracking=False, study_name="t"))
    assert TunerConfig().register_as == NAME


# --- where they stand -----------------------------------------------------------------------------


def test_they_stand_in_note_results_summary_and_metrics(walked: Walked) -> None:
    study = walked.study
    note = markdown_note(study, {})
    section = note[note.index("## Baselines") :]
    rows = [line.split(" | ")[0].strip("| ") for line in section.splitlines()[6:11]]
    assert rows[1:] == [
        *("majority class so far", "persistence", "anti-persistence", "default config"),
    ]
    assert rows[0].startswith("**trial ")
    document = json.loads(json.dumps(results_document(study), allow_nan=False))
    assert [one["name"] for one in document["baselines"]] == [*RULES, "default"]
    assert document["holdout"]["count"] == 520
    lines = summary_lines(study)
    at = lines.index(next(line for line in lines if line.startswith("baselines")))
    assert [line.split("  ")[1] for line in lines[at + 1 :]] == rows[1:]
    metrics = parent_metrics(study)
    for name, one in named(study).items():
        assert metrics[f"baseline_{name}_accuracy"] == one.metric("accuracy")
        assert metrics[f"baseline_{name}_n_predictions"] == one.metric("n_predictions")
        assert metrics[f"baseline_{name}_walk_accuracy"] == one.metric("walk_accuracy")
    assert "baseline_majority_ece" not in metrics
    assert metrics["baseline_default_ece"] == named(study)["default"].metric("ece")
