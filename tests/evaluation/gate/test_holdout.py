"""The sealed hold-out: no trial is handed a way to it, and whoever opens it is counted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.storages import RDBStorage

from support.external_cases import _no_clock, outcomes_of, ran, write_backtest
from support.holdout_cases import SEALED, TUNING, files_of, marks, with_marks
from support.walk_cases import CANDLES, N_CANDLES, QUICK_SPACE, WALK, Walked, walk_study, walked
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.candles.candles import Candles, load_candles, save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.errors import BacktestError, StudyError
from titan_mlopt.core.study import Opening
from titan_mlopt.core.trial import COMPLETE, TrialRecord
from titan_mlopt.evaluation.gate.holdout import OpenedHoldout, open_holdout
from titan_mlopt.executors.jobs import TrialJobs
from titan_mlopt.report.study_page import markdown_note
from titan_mlopt.study.dataset import tuning_data
from titan_mlopt.study.storage import studies

__all__ = ["_no_clock", "walked"]  # fixtures: pytest finds them here by their names
assert SEALED is not None
NOW_S = 1_767_225_600.0  # 2026-01-01T00:00:00Z
A, B = "a" * 64, "b" * 64


# --- what trials are handed -----------------------------------------------------------------------


def test_marks_are_found_where_they_are(tmp_path: Path) -> None:
    for name in ("whole.csv", "whole.npy"):
        save_candles(CANDLES, tmp_path / name)
        save_candles(TUNING, tmp_path / f"part-{name}")
    assert [path.name for path in sorted(with_marks(tmp_path))] == ["whole.csv", "whole.npy"]


class Searching:
    """Looks through the scratch folder whenever something happens, also within a trial."""

    def __init__(self, scratch: Path) -> None:
        self.scratch, self.seen, self.found = scratch, set[str](), list[Path]()

    def look(self) -> None:
        self.seen |= {path.name for path in files_of(self.scratch)}
        self.found += with_marks(self.scratch)

    def trial_started(self, trial: TrialRecord) -> None:
        self.look()

    def trial_progressed(self, number: int, checkpoint: object) -> None:
        self.look()

    def trial_finished(self, trial: TrialRecord) -> None:
        self.look()


@pytest.mark.parametrize("segments", [1, 4])
def test_the_scratch_folder_never_holds_a_byte_of_a_sealed_candle(
    tmp_path: Path, segments: int
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    settings = {**WALK, "n_trials": 2, "segments": segments, "scratch": str(scratch)}
    searching = Searching(scratch)
    with AutoTuner(tmp_path / "titan.db", TunerConfig(**settings), listeners=[searching]) as tuner:
        tuner.optimize(CANDLES)
        assert [trial.state.name for trial in tuner.study.trials] == [COMPLETE] * 2
    assert {"candles.npy", "log.txt"} <= searching.seen
    assert searching.found == []


@pytest.mark.parametrize("backtest", [None, "titan.core.backtest:run_backtest"])
def test_every_path_of_a_job_leads_to_the_part_to_tune_on(
    tmp_path: Path, backtest: str | None
) -> None:
    config = TunerConfig(**{**WALK, "backtest": backtest})
    save_candles(CANDLES, tmp_path / "whole.csv")
    subject = tuning_data(load_candles(tmp_path / "whole.csv"), config)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    job = TrialJobs.write(subject.candles, config, scratch, subject.segments).job(0, {})
    assert job.sealed
    assert load_candles(job.candles_path).digest == TUNING.digest
    files = [Path(job.candles_path), *(Path(s.path) for s in job.segments if s.path)]
    assert len(files) == (1 if backtest is None else 5)
    assert all(file.parent == scratch for file in files)
    assert with_marks(scratch) == []
    told = json.dumps(asdict(job))
    assert "whole.csv" not in told
    assert all(mark.decode() not in told for mark in marks(SEALED)[:3])  # type: ignore[arg-type]
    for segment, file in zip(job.segments, files[1:], strict=False):
        part = TUNING.part(segment.start, segment.stop)
        assert load_candles(file).digest == part.digest


# It looks at all that it was handed: arguments, environment, working and other folders, open files.
SEARCH = """
    wanted = [mark.encode() for mark in MARKS]
    places = {Path.cwd(), Path(csv_path).parent, Path(db_path).parent, Path(out_dir)}
    words = [*sys.argv, *os.environ.values(), csv_path, db_path, out_dir]
    words += [part for word in words for part in word.replace('"', os.pathsep).split(os.pathsep)]
    words += [os.path.realpath(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")]
    places |= {Path(word) for word in words if word.startswith("/")}
    found, looked = [], 0
    for place in places:
        inside = list(place.iterdir()) if place.is_dir() else []
        files = [path for path in [place, *inside] if path.is_file()]
        for file in files:
            if file.stat().st_size < 400_000:
                looked += 1
                found += [str(file)] if any(m in file.read_bytes() for m in wanted) else []
    cwd = str(Path.cwd())
    old = os.environ.get("OLDPWD", "")
    own = cwd == os.environ["PWD"] == str(Path(db_path).parents[1])
    (HERE / f"seen-{trial}-{run}.json").write_text(json.dumps([found, looked, cwd, old, own]))
"""


def searching_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> list[Any]:
    """Run a backtest that searches, with the whole candle file where the tuner is started."""
    here = tmp_path / "here"
    here.mkdir()
    save_candles(CANDLES, here / "candles.csv")
    monkeypatch.chdir(here)
    monkeypatch.setenv("PWD", str(here))
    monkeypatch.setenv("OLDPWD", str(here))
    texts = [mark.decode() for mark in marks(SEALED)[:3]]  # type: ignore[arg-type]
    named = write_backtest(tmp_path / "src", f"    MARKS = {texts}\n{SEARCH}")
    study = ran(tmp_path, named, Path("candles.csv"), n_trials=1, n_jobs=1, **settings)
    assert [out.state for out in outcomes_of(study)] == [COMPLETE], outcomes_of(study)
    seen = sorted((tmp_path / "src").glob("seen-*.json"))
    return [json.loads(path.read_text()) for path in seen]


@pytest.mark.usefixtures("own_processes")
@pytest.mark.parametrize("segments", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_backtest_that_searches_all_that_it_was_handed_finds_no_sealed_candle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, segments: int
) -> None:
    seen = searching_study(tmp_path, monkeypatch, holdout=0.2, segments=segments)
    # The dry run or two, the default config and the trial, each of the latter on every segment.
    assert len(seen) == (1 if segments == 1 else 2) + 2 * segments
    for found, looked, _, old, own in seen:
        assert found == []
        assert looked > 5
        assert (old, own) == ("", True)


def test_without_a_hold_out_the_same_search_finds_them_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = str(tmp_path / "here")
    for found, _, cwd, old, _ in searching_study(tmp_path, monkeypatch):
        assert f"{here}/candles.csv" in found
        assert (cwd, old) == (here, here)


@pytest.mark.slow
def test_a_relative_folder_of_the_backtest_is_found_from_within_the_trials_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_candles(CANDLES, tmp_path / "candles.csv")
    write_backtest(tmp_path / "src")
    monkeypatch.chdir(tmp_path)
    named = {"backtest": "external:run_backtest", "backtest_path": "src"}
    study = ran(tmp_path, named, tmp_path / "candles.csv", n_trials=1, holdout=0.2)
    assert [out.state for out in outcomes_of(study)] == [COMPLETE]


def test_a_backtest_that_needs_the_tuners_folder_is_told_so_before_the_first_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_candles(CANDLES, tmp_path / "candles.csv")
    (tmp_path / "fees.txt").write_text("0.1")
    named = write_backtest(tmp_path / "src", 'float(open("fees.txt").read())')
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        BacktestError, match=r"'fees.txt' \(with a hold-out it works in the trial's"
    ):
        ran(tmp_path, named, tmp_path / "candles.csv", n_trials=1, holdout=0.2)
    ran(tmp_path, named, tmp_path / "candles.csv", n_trials=1)


def test_the_study_is_scaled_and_predicted_by_the_part_to_tune_on(tmp_path: Path) -> None:
    study = walk_study(tmp_path, CANDLES, n_trials=1, segments=1, pruner_type="none")
    (trial,) = study.trials
    assert trial.metric("n_bars") == len(TUNING) - 119 - 1
    whole = walk_study(tmp_path, TUNING, n_trials=1, segments=1, holdout=0.0, study_name="tuning")
    assert trial.outcome is not None
    other = whole.trials[0].outcome
    assert other is not None
    assert trial.outcome.metrics == other.metrics
    assert [b.metrics for b in study.baselines] == [b.metrics for b in whole.baselines]


# --- opening it -----------------------------------------------------------------------------------


@contextmanager
def opened(db: Path) -> Iterator[tuple[optuna.Study, RDBStorage]]:
    study, backend = studies.load_stored(db, "walk")
    yield study, backend
    backend.remove_session()
    backend.engine.dispose()


@pytest.fixture
def db(walked: Walked, tmp_path: Path) -> Path:
    """Return a copy of the study's database, to change."""
    for path in walked.db.parent.glob("titan.db*"):
        shutil.copy(path, tmp_path)
    return tmp_path / "titan.db"


def look(db: Path, candles: Candles = CANDLES, config: str = A, **more: Any) -> OpenedHoldout:
    with opened(db) as (study, backend):
        words = {"why": "validate trial 3", "config_sha256": config, "clock": lambda: NOW_S, **more}
        return open_holdout(study, backend, candles, **words)


def test_the_sealed_candles_come_with_those_that_warm_up(db: Path) -> None:
    assert SEALED is not None
    found = look(db, warm_up=750)
    assert found.candles.part(found.first, len(found.candles)).digest == SEALED.digest
    assert found.first == 750
    assert len(found.candles) == 750 + len(SEALED)
    # Those before it in the file, the two that are in neither part among them.
    assert found.candles.ts[749] == CANDLES.ts[N_CANDLES - len(SEALED) - 1]
    assert look(db).first == 0
    assert look(db, warm_up=10_000).first == N_CANDLES - len(SEALED)


def test_each_opening_is_counted_and_each_config_once(db: Path) -> None:
    assert look(db).openings == (Opening("2026-01-01T00:00:00Z", "validate trial 3", A),)
    assert look(db, config=B, why="promote 2", clock=lambda: NOW_S + 61).look.number == 2
    third = look(db)
    assert [opening.why for opening in third.openings] == [
        *("validate trial 3", "promote 2", "validate trial 3"),
    ]
    assert third.openings[1].when == "2026-01-01T00:01:01Z"
    assert third.look.number == 1
    assert studies.load_record(db, "walk").openings == third.openings
    assert "opened 3 times" in markdown_note(studies.load_record(db, "walk"), {})


def test_of_openings_at_once_none_is_lost(db: Path) -> None:
    n_each = 8

    def work(name: str) -> None:
        with opened(db) as (study, backend):
            for n in range(n_each):
                open_holdout(study, backend, CANDLES, why=f"{name}{n}", config_sha256=A)

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(work, "xyz"))
    said = [opening.why for opening in studies.load_record(db, "walk").openings]
    assert sorted(said) == sorted(f"{name}{n}" for name in "xyz" for n in range(n_each))


def test_a_file_that_has_grown_still_has_the_sealed_part(db: Path) -> None:
    assert SEALED is not None
    found = look(db, sample_candles())
    assert found.candles.digest == SEALED.digest


def changed(candles: Candles, bar: int) -> Candles:
    volume = candles.volume.copy()
    volume[bar] += 1
    return replace(candles, volume=volume)


@pytest.mark.parametrize(
    ("candles", "said"),
    [
        (
            changed(CANDLES, 5),
            r"^candles: those to tune on must be those of the study walk, SHA-256",
        ),
        (
            changed(CANDLES, -1),
            r"^candles: those held out must be those of the study walk, SHA-256",
        ),
        (
            CANDLES.head(2599),
            r"must be those of the study walk, 2,600 of them, got sample with 2,599",
        ),
    ],
    ids=["tuning", "sealed", "short"],
)
def test_other_candles_open_nothing_and_count_nothing(
    db: Path, candles: Candles, said: str
) -> None:
    with pytest.raises(StudyError, match=said):
        look(db, candles)
    assert studies.load_record(db, "walk").openings == ()


def test_a_study_without_a_hold_out_has_none_to_open(tmp_path: Path) -> None:
    walk_study(tmp_path, CANDLES, n_trials=1, holdout=0.0, segments=1, space=QUICK_SPACE)
    with pytest.raises(
        StudyError, match=r"^study walk: must have a hold-out to open, got none; tune"
    ):
        look(tmp_path / "titan.db")


def test_openings_and_tuning_on_do_not_disturb_each_other(db: Path, walked: Walked) -> None:
    look(db)
    study = walk_study(db.parent, walked.csv, n_trials=9)
    assert len(study.trials) == 9
    assert len(study.openings) == 1
