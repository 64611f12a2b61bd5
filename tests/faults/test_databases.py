"""What happens to a study whose database, disk, candles or clock fails it: one error, nothing lost.

Each study is tuned on after the cause is gone, and must have every trial that was ever finished.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext
from pathlib import Path

import pytest
from click.testing import CliRunner

from support.fault_cases import ROOT, Family
from support.studies import quick
from support.tally import LONG, TALLY
from titan_mlopt import AutoTuner
from titan_mlopt.cli import main
from titan_mlopt.core.errors import StudyError, TitanMloptError, TrialError
from titan_mlopt.core.trial import FAIL, INTERRUPTED, Checkpoint, TrialRecord
from titan_mlopt.executors.local import workspace
from titan_mlopt.study.storage import backup
from titan_mlopt.study.storage.backup import keep_backup, restore_backup
from titan_mlopt.study.storage.studies import load_record

pytestmark = pytest.mark.slow

AREA = "database, disk, scratch, candles, clock"
NAME = "titan_optimization"


class Event:
    """Does something when so many trials of a call are finished, and notes what was finished."""

    def __init__(self, do: Callable[[], object], after: int = 2) -> None:
        self._do, self._left = do, after
        self.finished: list[TrialRecord] = []

    def trial_started(self, trial: TrialRecord) -> None: ...

    def trial_progressed(self, number: int, checkpoint: Checkpoint) -> None: ...

    def trial_finished(self, trial: TrialRecord) -> None:
        if trial.outcome is None or trial.outcome.reason == INTERRUPTED:
            return
        self.finished.append(trial)
        self._left -= 1
        if self._left == 0:
            self._do()


def fail(tuner: AutoTuner, event: Event, message: str) -> None:
    """Tune until the event spoils it; the error must match."""
    tuner.add_listener(event)
    with pytest.raises(TitanMloptError, match=message):
        tuner.optimize("sample")
    assert len(event.finished) >= 2


def assert_goes_on(path: Path, finished: list[TrialRecord], n_trials: int = 6) -> None:
    """Tune on: the study is completed and has what was finished, number for number."""
    with quick(path, n_trials=n_trials) as tuner:
        tuner.optimize("sample")
        assert tuner.get_summary()["total_trials"] == n_trials
    stored = {trial.number: trial for trial in load_record(path / "titan.db", NAME).trials}
    lost = {trial.number for trial in finished} - stored.keys()
    kept = [trial for trial in finished if trial.number in stored]
    wrong = {t.number for t in kept if result_of(stored[t.number]) != result_of(t)}
    TALLY.add(AREA, faults=1, lost=len(lost), wrong=len(wrong))
    assert (lost, wrong) == (set(), set())


def result_of(trial: TrialRecord) -> tuple[object, ...]:
    return trial.params, trial.state, trial.values, trial.outcome, trial.point


# --- the file goes away --------------------------------------------------------------------------


def remove(folder: Path) -> None:
    for path in folder.glob("titan.db*"):
        path.unlink()


def move(folder: Path) -> None:
    (folder / "titan.db").rename(folder / "moved.db")


def replace(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "other.db")) as connection, connection:
        connection.execute("CREATE TABLE kv (key)")
    (folder / "other.db").replace(folder / "titan.db")


@pytest.mark.parametrize(
    ("vanish", "got"), [(remove, "no file"), (move, "no file"), (replace, "another file")]
)
def test_a_database_that_is_taken_away_is_saved_and_named(
    tmp_path: Path, vanish: Callable[[Path], None], got: str
) -> None:
    event = Event(lambda: vanish(tmp_path))
    with quick(tmp_path, n_trials=6) as tuner:
        rescued = tmp_path / "titan.db.rescued"
        fail(
            tuner, event, rf"titan\.db: must stay in its place .* got {got} there; .* in {rescued}"
        )
    for end in ("", "-wal", "-shm"):
        (tmp_path / f"titan.db{end}").unlink(missing_ok=True)
    rescued.rename(tmp_path / "titan.db")
    assert_goes_on(tmp_path, event.finished)


@pytest.mark.parametrize("command", [False, True])
def test_a_folder_that_is_taken_away_leaves_a_copy_in_the_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: bool
) -> None:
    folder, temporary = tmp_path / "work", tmp_path / "tmp"
    for path in (folder, temporary):
        path.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    event = Event(lambda: shutil.rmtree(folder))
    # A command has a folder of its own for temporary files, which goes when it ends.
    private = workspace.private_temporary() if command else nullcontext()
    with private, quick(folder, n_trials=6) as tuner:
        fail(tuner, event, rf"got no file there; what it held is in {temporary}/titan\.db\.resc")
    folder.mkdir()
    (rescued,) = temporary.iterdir()
    shutil.copy(rescued, folder / "titan.db")
    assert_goes_on(folder, event.finished)


# --- the disk is full ----------------------------------------------------------------------------


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder that is a disk of 2 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no disk can be made here: {error}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path, leave: int) -> None:
    (folder / "filler").write_bytes(bytes(max(0, shutil.disk_usage(folder).free - leave)))


def test_a_full_disk_is_named_and_the_study_goes_on_when_there_is_room(disk: Path) -> None:
    event = Event(lambda: fill(disk, 0))
    with quick(disk, n_trials=6) as tuner:
        fail(
            tuner, event, r"titan\.db: must be .*disk is full with 0 MB free on its disk; finished"
        )
    (disk / "filler").unlink()
    assert_goes_on(disk, event.finished)


def test_a_disk_that_is_full_from_the_start_is_named(disk: Path) -> None:
    fill(disk, 20_000)
    with pytest.raises(StudyError, match=r"must be .*disk (is full|I/O error) with 0\S* MB free"):
        quick(disk)
    (disk / "filler").unlink()
    assert_goes_on(disk, [])


def test_a_full_scratch_folder_is_named_and_its_trials_are_tried_again(
    tmp_path: Path, disk: Path
) -> None:
    event = Event(lambda: fill(disk, 0))
    with quick(tmp_path, n_trials=6, scratch=str(disk)) as tuner:
        fail(tuner, event, rf"^scratch: {disk}/\S+ must (have room|take a folder)")
    (disk / "filler").unlink()
    assert_goes_on(tmp_path, event.finished)
    trials = load_record(tmp_path / "titan.db", NAME).trials
    assert {t.outcome.reason for t in trials if t.outcome and t.state == FAIL} <= {INTERRUPTED}


@pytest.mark.skipif(not LONG, reason="of the long form")
def test_scratch_that_is_full_when_the_report_is_written_is_one_line_and_the_study_goes_on(
    tmp_path: Path, disk: Path, store: str
) -> None:
    event, settings = Event(lambda: fill(disk, 4096), 4), {"n_trials": 4, "tracking": True}
    notices: list[str] = []
    with quick(tmp_path, scratch=str(disk), register_as=None, **settings) as tuner:
        tuner._notice = notices.append  # the mirror has files there as well
        fail(tuner, event, rf"^scratch: {disk}/\S+ must take the study's report, got No space left")
    stored = load_record(tmp_path / "titan.db", NAME).trials
    assert list(map(result_of, stored)) == list(map(result_of, event.finished))
    # A report takes some 30 MB.
    subprocess.run(["mount", "-o", "remount,size=200m", str(disk)], check=True)
    with quick(tmp_path, scratch=str(disk), **settings) as tuner:
        tuner._notice = notices.append  # how many runs were behind the study
        tuner.optimize("sample")
        assert tuner.report is not None
        assert tuner.report.trials_run == 0
        assert tuner.report.mirror_failure is None
        assert tuner.report.registered is not None
    assert_goes_on(tmp_path, event.finished)


# --- what trials need is gone --------------------------------------------------------------------


@pytest.mark.parametrize("what", ["candles.npy", ""])
def test_candles_that_vanish_are_named_and_no_trial_is_blamed(tmp_path: Path, what: str) -> None:
    (tmp_path / "scratch").mkdir()

    def vanish() -> None:
        (scratch,) = (tmp_path / "scratch").iterdir()
        (scratch / what).unlink() if what else shutil.rmtree(scratch, ignore_errors=True)

    event = Event(vanish)
    with quick(tmp_path, n_trials=6, scratch=str(tmp_path / "scratch")) as tuner:
        fail(tuner, event, rf"^scratch: .*{re.escape(what)} must (stay while|take a folder)")
    assert_goes_on(tmp_path, event.finished)
    trials = load_record(tmp_path / "titan.db", NAME).trials
    assert {t.outcome.reason for t in trials if t.outcome and t.state == FAIL} == {INTERRUPTED}


def test_a_scratch_place_that_takes_nothing_is_named_before_the_first_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with quick(tmp_path, n_trials=2) as tuner:
        with monkeypatch.context() as patch:
            patch.setattr(workspace, "MIN_FREE_BYTES", 2**62)  # as without shared memory
            patch.setenv("TMPDIR", "/proc")
            with pytest.raises(TrialError, match=r"^scratch: /proc must take a folder, got No"):
                tuner.optimize("sample")
        assert tuner.study.trials == []
    assert_goes_on(tmp_path, [], n_trials=2)


# --- the file is damaged -------------------------------------------------------------------------


def test_a_page_that_was_overwritten_is_found_or_harmless_and_the_backup_brings_all_back(
    tmp_path: Path,
) -> None:
    with quick(tmp_path, n_trials=4) as tuner:
        tuner.optimize("sample")
    db = tmp_path / "titan.db"
    keep_backup(db)
    whole, study = db.read_bytes(), load_record(db, NAME)
    TALLY.add(AREA, faults=len(whole) // 4096 - 1)
    draw, found = random.Random(1), 0
    for page in range(1, len(whole) // 4096):
        db.write_bytes(whole)
        with db.open("rb+") as file:
            file.seek(page * 4096)
            file.write(draw.randbytes(4096))
        message, before = "", db.stat()
        try:
            quick(tmp_path).close()
        except StudyError as error:
            message = str(error)
        if message:
            found += 1
            assert db.stat().st_mtime_ns == before.st_mtime_ns  # it is not touched
            assert re.search(
                r"titan\.db: must be a sound SQLite database, got .*; the newest backup is "
                r"titan\.db\.backup of .*: titan-mlopt restore --db ",
                message,
            )
        else:
            assert load_record(db, NAME) == study
    assert found > len(whole) // 4096 // 2
    restore_backup(db, db.with_name("titan.db.backup"))
    assert_goes_on(tmp_path, list(study.trials))


# --- the file may only be read -------------------------------------------------------------------

#: Root may write everywhere, so it becomes another user once all is imported.
READ_ONLY = """
import os, sys
sys.path.insert(0, sys.argv[3])
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.core.errors import StudyError

config = TunerConfig(tracking=False)
AutoTuner(sys.argv[2], config).close()
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    AutoTuner(sys.argv[1], config)
except StudyError as error:
    print(error)
"""


def test_a_database_that_may_only_be_read_is_named(tmp_path: Path) -> None:
    with quick(tmp_path, n_trials=2) as tuner:
        tuner.optimize("sample")
    with tempfile.TemporaryDirectory() as place:
        db = Path(shutil.copy(tmp_path / "titan.db", place))
        db.chmod(0o444)
        Path(place).chmod(0o555)
        ran = subprocess.run(
            [sys.executable, "-c", READ_ONLY, str(db), str(tmp_path / "other.db"), str(ROOT)],
            capture_output=True,
            text=True,
            check=True,
        )
        Path(place).chmod(0o755)
    assert ran.stdout == (
        f"{db}: must be a SQLite database that can be written, got attempt to write a readonly "
        "database; finished trials are safe, run again when the cause is gone\n"
    )


# --- the clock -----------------------------------------------------------------------------------

#: Runs the command line with a clock that jumps back by a year after it was read a few times.
BACKWARDS = """
import datetime, sys, time
import optuna.storages, optuna.study, optuna.trial

looks, now = 0, time.time

def behind():
    global looks
    looks += 1
    return 0.0 if looks < 25 else 365 * 86400.0

class Backwards(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.datetime.now(tz) - datetime.timedelta(seconds=behind())

time.time = lambda: now() - behind()
patched = 0
for name, module in list(sys.modules.items()):
    if name.startswith("optuna.") and getattr(module, "datetime", None) is datetime.datetime:
        module.datetime = Backwards
        patched += 1
assert patched
from titan_mlopt.cli import main
main(sys.argv[1:])
"""


@pytest.mark.timeout(3600)
@pytest.mark.matrix
def test_a_clock_that_jumps_back_changes_nothing_but_the_times(
    tmp_path: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    (tmp_path / "backwards.py").write_text(BACKWARDS)
    family = Family(tmp_path)
    words = ["tune", "--limit", "700", "--n-trials", "6"]
    with family.start(["backwards.py", *words]) as process:
        _, error = process.communicate(timeout=1500)
    assert process.returncode == 0, error
    (tmp_path / "plain").mkdir()
    monkeypatch.chdir(tmp_path / "plain")
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    studies = [load_record(folder / "titan.db", NAME) for folder in (tmp_path, tmp_path / "plain")]
    told = [
        [(t.number, t.point, t.params, t.state, t.values, t.outcome.metrics) for t in study.trials]
        for study in studies
        if all(trial.outcome for trial in study.trials)
    ]
    assert told[0] == told[1]
    began = [trial.started_at or 0.0 for trial in studies[0].trials]
    assert max(began) - min(began) > 300 * 86_400  # it did jump
    assert all(t.outcome and 0 <= t.outcome.duration_seconds < 60 for t in studies[0].trials)


def test_copies_do_not_depend_on_the_clock(tmp_path: Path) -> None:
    with quick(tmp_path, n_trials=1) as tuner:
        tuner.optimize("sample")
    db = tmp_path / "titan.db"
    keep_backup(db)
    os.utime(db.with_name("titan.db.backup"), (4e9, 4e9))  # made when the clock was wrong
    keep_backup(db)
    assert backup.find_sound_backup(db) is not None
    assert db.with_name("titan.db.backup.previous").stat().st_mtime == 4e9
