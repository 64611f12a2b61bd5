"""What a replay promises: the same trial, run again, gives the same numbers to the bit."""

from __future__ import annotations

import json
import math
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from support.page_cases import numbers
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.candles.candles import Candles, save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.cli import main
from titan_mlopt.core.errors import CandleError, StudyError
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import (
    COMPLETE,
    FAIL,
    PRUNED,
    PRUNER,
    RUNNING,
    TOO_FEW,
    TrialOutcome,
    TrialRecord,
)
from titan_mlopt.evaluation.replay import replay_trial
from titan_mlopt.evaluation.rerun import find_candles
from titan_mlopt.study.storage.studies import load_record, read_study

LIMIT = 900
NAME = "replayed study"


@dataclass(frozen=True)
class Kept:
    """A study of 6 trials, some COMPLETE and some pruned, on a file of candles."""

    db: Path
    csv: Path
    study: StudyRecord

    def first(self, state: str) -> TrialRecord:
        return next(trial for trial in self.study.trials if trial.state == state)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    folder = tmp_path_factory.mktemp("replay")
    csv = folder / "candles.csv.gz"
    save_candles(sample_candles(version=1), csv)
    config = TunerConfig(
        **{"n_trials": 6, "limit": LIMIT, "seed": 3, "study_name": NAME, "tracking": False},
        **{"n_startup_trials": 1, "n_warmup_steps": 0},
    )
    with AutoTuner(folder / "titan.db", config) as tuner:
        tuner.optimize(csv)
        return Kept(folder / "titan.db", csv, read_study(tuner.study))


@pytest.fixture
def db(kept: Kept, tmp_path: Path) -> Path:
    """Return a copy of the study's database, to change."""
    for path in kept.db.parent.glob("titan.db*"):
        shutil.copy(path, tmp_path)
    return tmp_path / "titan.db"


@pytest.fixture
def candles(kept: Kept) -> Candles:
    return find_candles(kept.study, None)


def replay(db: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["replay", "--db", str(db), "--study", NAME, *words])


def with_trial(kept: Kept, trial: TrialRecord, **changes: Any) -> StudyRecord:
    """Return the study with one trial, or with other things, changed."""
    trials = [trial if t.number == trial.number else t for t in kept.study.trials]
    return replace(kept.study, trials=tuple(trials), **changes)


def change_outcome(db: Path, number: int, change: dict[str, Any]) -> None:
    """Change what is stored of a trial's outcome."""
    with sqlite3.connect(db) as connection:
        where = "trial_id = (SELECT trial_id FROM trials WHERE number = ?) AND key = 'outcome'"
        query = f"SELECT value_json FROM trial_user_attributes WHERE {where}"
        (text,) = connection.execute(query, (number,)).fetchone()
        update = f"UPDATE trial_user_attributes SET value_json = ? WHERE {where}"
        connection.execute(update, (json.dumps({**json.loads(text), **change}), number))
    connection.close()


# --- the same ----------------------------------------------------------------------------------


def test_every_trial_gives_the_same_metrics_checkpoints_and_state_to_the_bit(
    kept: Kept, candles: Candles
) -> None:
    states = set()
    for trial in (kept.first(COMPLETE), kept.first(PRUNED)):
        result = replay_trial(kept.study, trial.number, candles)
        assert result.identical, result.different
        assert trial.outcome is not None
        assert [row.name for row in result.metrics] == ["state", *trial.outcome.metrics]
        assert len(result.checkpoints) == 5 * len(trial.outcome.checkpoints) > 0
        states.add(result.metrics[0].replayed)
    assert states == {"COMPLETE", f"PRUNED ({PRUNER})"}


def test_a_trial_with_too_few_predictions_is_judged_as_the_study_judged_it(
    kept: Kept, candles: Candles
) -> None:
    trial = kept.first(COMPLETE)
    assert trial.outcome is not None
    least = int(trial.metric("n_predictions") or 0) + 1
    outcome = replace(trial.outcome, state=PRUNED, reason=TOO_FEW)
    few = replace(trial, state=PRUNED, outcome=outcome)
    study = with_trial(kept, few, settings={**kept.study.settings, "min_predictions": least})
    result = replay_trial(study, few.number, candles)
    assert result.identical
    assert result.metrics[0].replayed == f"PRUNED ({TOO_FEW})"


def test_the_command_says_identical_last_and_ends_with_0(kept: Kept) -> None:
    trial = kept.first(COMPLETE)
    assert trial.outcome is not None
    result = replay(kept.db, "--trial", str(trial.number))
    assert result.exit_code == 0, result.stderr
    *table, last = result.stdout.splitlines()
    counts = [str(len(of)) for of in (trial.outcome.metrics, trial.outcome.checkpoints)]
    assert last.startswith("identical: ")
    assert numbers(last) == counts
    assert table[0] == f"trial {trial.number} of study {NAME}"
    assert table[1].split() == ["metric", "stored", "replayed", "same"]
    accuracy = repr(trial.metric("accuracy"))
    assert ["accuracy", accuracy, accuracy, "yes"] in [line.split() for line in table]


def test_a_replay_changes_nothing_in_the_study(db: Path, kept: Kept) -> None:
    assert replay(db, "--trial", "0").exit_code == 0
    assert load_record(db, NAME) == kept.study


# --- not the same ------------------------------------------------------------------------------


def test_a_metric_that_differs_in_its_last_bit_is_shown_and_ends_with_1(
    db: Path, kept: Kept
) -> None:
    trial = kept.first(COMPLETE)
    assert trial.outcome is not None
    ece = trial.outcome.metrics["ece"]
    assert ece is not None
    off = math.nextafter(ece, 1)
    change_outcome(db, trial.number, {"metrics": {**trial.outcome.metrics, "ece": off}})
    result = replay(db, "--trial", str(trial.number))
    assert result.exit_code == 1
    *table, last = result.stdout.splitlines()
    assert last.startswith("different: ece; ")
    unequal = [line.split() for line in table if line.endswith("NO")]
    assert unequal == [["ece", repr(off), repr(ece), "NO"]]


def test_a_checkpoint_that_differs_is_named_by_its_predictions(db: Path, kept: Kept) -> None:
    trial = kept.first(PRUNED)
    assert trial.outcome is not None
    *before, last = trial.outcome.checkpoints
    points = [asdict(point) for point in (*before, replace(last, n_bars=last.n_bars + 1))]
    change_outcome(db, trial.number, {"checkpoints": points})
    result = replay(db, "--trial", str(trial.number), "--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert not document["identical"]
    assert [row for row in document["checkpoints"] if not row["same"]] == [
        {
            "metric": f"n_bars at {last.n_predictions}",
            "stored": last.n_bars + 1,
            "replayed": last.n_bars,
            "same": False,
        }
    ]


def test_a_metric_that_only_one_side_has_is_a_difference(kept: Kept, candles: Candles) -> None:
    trial = kept.first(COMPLETE)
    assert trial.outcome is not None
    metrics = {**trial.outcome.metrics, "new": 1.0}
    del metrics["hits"]
    changed = replace(trial, outcome=replace(trial.outcome, metrics=metrics))
    result = replay_trial(with_trial(kept, changed), trial.number, candles)
    assert {row.name for row in result.different} == {"new", "hits"}


def test_a_replay_that_fails_is_different_and_says_why(kept: Kept, candles: Candles) -> None:
    trial = kept.first(COMPLETE)
    study = with_trial(kept, trial, settings={**kept.study.settings, "timeout_per_trial": 1e-4})
    result = replay_trial(study, trial.number, candles)
    assert not result.identical
    assert result.metrics[0].replayed == "FAIL (timeout)"
    assert "must finish within 0.0001 s" in result.message


# --- candles -----------------------------------------------------------------------------------


def test_the_candles_are_found_where_the_study_read_them_and_cut_to_its_limit(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    candles = find_candles(kept.study, None)
    assert len(candles) == LIMIT
    assert candles.digest == kept.study.candles["sha256"]


def test_the_same_candles_under_another_name_or_from_the_sample_will_do(
    kept: Kept, tmp_path: Path
) -> None:
    save_candles(sample_candles(version=1), tmp_path / "other.parquet")
    assert (
        replay(kept.db, "--trial", "0", "--candles", str(tmp_path / "other.parquet")).exit_code == 0
    )
    assert replay(kept.db, "--trial", "0", "--candles", "sample").exit_code == 0


def test_a_study_of_the_sample_needs_no_place(kept: Kept) -> None:
    study = replace(
        kept.study,
        candles={**kept.study.candles, "name": "sample"},
        settings={**kept.study.settings, "candles_path": ""},
    )
    assert find_candles(study, None).digest == kept.study.candles["sha256"]


@pytest.mark.parametrize("place", ["", "/no/such/candles.csv", None])
def test_candles_that_are_gone_are_asked_for(kept: Kept, place: str | None) -> None:
    settings = {**kept.study.settings, "candles_path": place}
    if place is None:
        del settings["candles_path"]
    with pytest.raises(StudyError, match=r"^candles: must still be where .*; pass --candles FILE$"):
        find_candles(replace(kept.study, settings=settings), None)


def test_other_candles_are_refused_by_their_digests(kept: Kept, tmp_path: Path) -> None:
    other = sample_candles(LIMIT, seed=1)
    save_candles(other, tmp_path / "other.csv")
    result = replay(kept.db, "--trial", "0", "--candles", str(tmp_path / "other.csv"))
    assert result.exit_code == 2
    wanted = kept.study.candles["sha256"][:12]
    assert result.stderr == (
        f"titan-mlopt: --candles: must be those of the study {NAME}, SHA-256 {wanted}…, got "
        f"other.csv with {other.digest[:12]}…; pass --candles FILE\n"
    )


def test_a_bad_candle_file_is_said_as_everywhere(kept: Kept) -> None:
    with pytest.raises(CandleError, match=r"no\.csv: must be a file, got no such file"):
        find_candles(kept.study, "no.csv")


# --- refusals ----------------------------------------------------------------------------------


def refused(kept: Kept) -> Iterator[tuple[StudyRecord, int, str]]:
    trial = kept.first(COMPLETE)
    failed = replace(trial, state=FAIL, outcome=TrialOutcome(FAIL, "timeout", "too slow"))
    running = replace(trial, state=RUNNING, outcome=None)
    number = trial.number
    yield kept.study, 6, r"^trial: must be a number .* from 0 to 5, got 6$"
    yield replace(kept.study, trials=()), 0, "of which there are none, got 0"
    yield with_trial(kept, failed), number, r"metrics to compare, got FAIL \(timeout\); choose"
    yield with_trial(kept, running), number, "metrics to compare, got RUNNING; choose"
    other = {"path": "titan.backtest:run", "version": "", "sha256": "0" * 64}
    message = (
        "must be of the embedded backtest to be replayed bit for bit, got titan.backtest:run, "
        "whose numbers may differ from run to run; tune with --repeat 3"
    )
    yield replace(kept.study, backtest=other), number, message
    newer = {**kept.study.backtest, "version": "0"}
    yield replace(kept.study, backtest=newer), number, "version 0; replay it with the titan_mlopt"
    yield replace(kept.study, backtest={}), number, "got unknown version unknown"


def test_what_cannot_be_compared_is_refused_in_one_line(kept: Kept, candles: Candles) -> None:
    for study, number, message in refused(kept):
        with pytest.raises(StudyError, match=message) as caught:
            replay_trial(study, number, candles)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--trial", "6"], "from 0 to 5, got 6"),
        (["--trial", "-1"], "trial: must be a whole number >= 0, got -1"),
        ([], "Missing option '--trial'"),
    ],
)
def test_the_command_refuses_in_one_line_with_exit_code_2(
    kept: Kept, words: list[str], message: str
) -> None:
    result = replay(kept.db, *words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""
