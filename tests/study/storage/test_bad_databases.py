"""Which databases are refused, with one line, and left as they were."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from support.paths import ROOT
from support.pool_cases import PATIENCE_S, linux
from support.studies import Tuned
from titan_mlopt.cli import main
from titan_mlopt.core.errors import StudyError, TitanMloptWarning
from titan_mlopt.study.storage import sqlite
from titan_mlopt.study.storage.sqlite import _alone_in, open_storage


def make(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
    return path


def assert_refused(path: Path, message: str) -> None:
    before = path.read_bytes()
    with pytest.raises(StudyError, match=message):
        open_storage(path)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("text", ["timestamp,open,high,low,close,volume\n" * 99, "short"])
def test_a_file_that_is_no_database(tmp_path: Path, text: str) -> None:
    (tmp_path / "titan.db").write_text(text)
    assert_refused(tmp_path / "titan.db", r"titan\.db: must be a SQLite database, got another file")


@pytest.mark.parametrize(
    ("name", "columns"),
    [("trials", "id, at, price"), ("studies", "name"), ("version_info", "version")],
)
def test_a_table_with_the_name_of_one_of_optunas(tmp_path: Path, name: str, columns: str) -> None:
    path = make(tmp_path / "titan.db", f"CREATE TABLE {name} ({columns})")
    assert_refused(path, f"its table {name} must be Optuna's, got one of another program")


def test_the_database_of_mlflow(tmp_path: Path) -> None:
    path = make(tmp_path / "mlflow.db", "CREATE TABLE alembic_version (version_num)")
    assert_refused(path, "its table alembic_version must be Optuna's")


def test_a_folder_and_a_file_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "no" / "titan.db"):
        with pytest.raises(StudyError, match="must be a file in an existing folder"):
            open_storage(path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs Linux's /proc")
def test_a_folder_that_takes_no_files() -> None:
    with pytest.raises(StudyError, match=r"/proc/titan\.db: must be .*unable to open database"):
        open_storage("/proc/titan.db")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_database_that_may_only_be_read(tmp_path: Path, tuned: Tuned) -> None:
    path = Path(shutil.copy(tuned.db, tmp_path / "titan.db"))
    path.chmod(0o400)
    with pytest.raises(StudyError, match="readonly database"):
        open_storage(path)


def test_opening_a_database_again_takes_no_lock_away(tmp_path: Path) -> None:
    """POSIX drops all locks of a process on a file when that closes any descriptor of it.

    Without the lock of this process, another one that ends takes itself for the last, and deletes
    the write-ahead log that this one still reads and writes.
    """
    path = make(tmp_path / "titan.db", "CREATE TABLE kv (key)")
    open_storage(path).engine.dispose()
    write = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); "
        "c.execute('INSERT INTO kv VALUES (1)'); c.commit(); c.close()"
    )
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        assert connection.execute("SELECT count(*) FROM kv").fetchone() == (0,)
        open_storage(path, quick_check=True).engine.dispose()
        subprocess.run([sys.executable, "-c", write, str(path)], check=True)
        assert (tmp_path / "titan.db-wal").exists()
        assert connection.execute("SELECT count(*) FROM kv").fetchone() == (1,)


def _small_disk() -> None:
    signal.signal(
        signal.SIGXFSZ, signal.SIG_IGN
    )  # a write beyond the limit fails, as on a full disk
    resource.setrlimit(resource.RLIMIT_FSIZE, (180_000, 180_000))


@pytest.mark.slow
def test_a_disk_that_fills_up_is_one_line_and_the_study_goes_on_later(
    store: str, tmp_path: Path
) -> None:
    """RLIMIT_FSIZE stands in for the disk: SQLite gets an error at the same calls."""
    open_storage(tmp_path / "titan.db").engine.dispose()
    words = ["tune", "--db", str(tmp_path / "titan.db"), "--n-trials", "9", "--limit", "700"]
    words += ["--register-as", "none"]
    failed = subprocess.run(
        [sys.executable, "-m", "titan_mlopt", *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "MLFLOW_TRACKING_URI": store},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=_small_disk,
    )
    assert failed.returncode == 2, failed.stderr
    last = failed.stderr.rstrip().splitlines()[-1]
    assert last.startswith(f"titan-mlopt: {tmp_path / 'titan.db'}: must be a SQLite database")
    assert "disk" in last
    assert "Traceback" not in failed.stderr
    done = CliRunner().invoke(main, words)  # in the folder of the store
    assert done.exit_code == 0, done.output


def test_studies_may_begin_at_once_in_a_new_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", PATIENCE_S)  # three wait for one another
    failures: list[Exception] = []
    start = threading.Barrier(4)

    def begin() -> None:
        start.wait()
        try:
            open_storage(tmp_path / "titan.db").engine.dispose()
        except Exception as error:  # noqa: BLE001 - the test shows it
            failures.append(error)

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


# --- locks on the folder -------------------------------------------------------------------------


class Waiting:
    """A clock that goes on while somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def wait(self, seconds: float) -> None:
        self.now += seconds


@contextmanager
def locked(folder: Path) -> Iterator[int]:
    """Lock a folder as another program would; give the descriptor."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def test_another_programs_lock_on_the_folder_is_waited_for_with_a_notice_and_then_named(
    tmp_path: Path,
) -> None:
    clock = Waiting()
    with (
        locked(tmp_path),
        pytest.warns(TitanMloptWarning, match=r"\(flock\), which is waited for up to 60 s") as seen,
        pytest.raises(StudyError, match=rf"^{tmp_path}: must not be locked .* for 60 s; end that"),
        _alone_in(tmp_path, lambda: clock.now, clock.wait),
    ):
        pytest.fail("nobody else may hold it")
    assert len(seen) == 1
    assert 60 <= clock.now < 61


def test_a_lock_of_a_moment_is_waited_for_without_a_word(tmp_path: Path) -> None:
    clock = Waiting()
    with locked(tmp_path) as descriptor:

        def wait(seconds: float) -> None:
            clock.wait(seconds)
            if clock.now > 1:
                fcntl.flock(descriptor, fcntl.LOCK_UN)

        with _alone_in(tmp_path, lambda: clock.now, wait):
            assert clock.now < 2


def test_a_file_system_without_flock_is_a_notice_and_the_study_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.warns(
        TitanMloptWarning, match=f"^{tmp_path}: should be on a .* with flock, got No"
    ):
        open_storage(tmp_path / "titan.db").engine.dispose()
    assert (tmp_path / "titan.db").is_file()


@linux
def test_the_command_line_names_who_locks_the_folder_and_goes_on_when_that_ends(
    tmp_path: Path, tuned: Tuned
) -> None:
    shutil.copy(tuned.db, tmp_path / "titan.db")
    with locked(tmp_path) as descriptor:
        command = subprocess.Popen(
            [sys.executable, "-m", "titan_mlopt", "studies", "--db", "titan.db"],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert command.stderr is not None
        line = command.stderr.readline()
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    output, errors = command.communicate(timeout=300)
    assert re.match(rf"{tmp_path}: held by pid {os.getpid()} \(.+\) \(flock\), which is", line)
    assert (command.returncode, errors) == (0, "")
    assert tuned.config.study_name in output
