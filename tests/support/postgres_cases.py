"""A real PostgreSQL on loopback, of Debian's package where it is installed, for the tests."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from support.pool_cases import PATIENCE_S
from titan_mlopt.study.storage import postgres as postgres_storage

USER, PASSWORD = "titan", "s3cret/p@ss"
# As an address spells it.
QUOTED = "s3cret%2Fp%40ss"
_BINS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
_WAIT = ("-w", "-t", f"{PATIENCE_S:.0f}")
_PATH = os.pathsep.join([*map(str, _BINS), os.environ.get("PATH", "")])


class Postgres:
    """A server with its files in a folder of its own; it refuses to run as root."""

    def __init__(self, folder: Path) -> None:
        self._data, self._numbers = folder / "data", count()
        self._folder = folder
        secret = folder / "password"
        secret.write_text(PASSWORD)
        self._own(folder, secret)
        words = ("--auth", "scram-sha-256", "--username", USER, "--pwfile", str(secret))
        self._run("initdb", "--pgdata", str(self._data), "--no-sync", *words)
        # Right before it is used: nobody else may take it in between.
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.start()

    def start(self) -> None:
        """Start the server; return when it answers."""
        options = f"-p {self.port} -h 127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        log = str(self._folder / "log")
        self._run("pg_ctl", "start", *_WAIT, "-D", str(self._data), "-o", options, "-l", log)

    def stop(self) -> None:
        """Stop the server at once, whoever is connected."""
        self._run("pg_ctl", "stop", *_WAIT, "-m", "immediate", "-D", str(self._data))

    def address(self, database: str, password: str = QUOTED) -> str:
        return f"postgresql+psycopg://{USER}:{password}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Make an empty database; return its address."""
        import psycopg

        name = f"study_{next(self._numbers)}"
        words = {"host": "127.0.0.1", "port": self.port, "user": USER, "password": PASSWORD}
        with psycopg.connect(dbname="postgres", autocommit=True, **words) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.address(name)

    def _own(self, *paths: Path) -> None:
        if os.geteuid() == 0:
            for path in paths:
                shutil.chown(path, *_account()[:2])

    def _run(self, program: str, *words: str) -> None:
        command = [shutil.which(program, path=_PATH) or program, *words]
        who = {}
        if os.geteuid() == 0:
            user, group = _account()
            who = {"user": user, "group": group, "extra_groups": []}
        # The server inherits stdout: a pipe would never close.
        with (self._folder / "commands.log").open("ab") as log:
            subprocess.run(command, check=True, cwd=self._folder, stdout=log, stderr=log, **who)


def _account() -> tuple[int, int]:
    found = pwd.getpwnam("postgres")
    return found.pw_uid, found.pw_gid


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server for the session; tests make databases of their own in it."""
    pytest.importorskip("psycopg", reason="the driver comes with the extra postgres")
    if not shutil.which("initdb", path=_PATH):
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    # Not pytest's folder: only its owner may enter that.
    folder = Path(tempfile.mkdtemp(prefix="titan-postgres-"))
    server = Postgres(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgres_storage, "_CONNECT_TIMEOUT_S", int(PATIENCE_S))
        yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
def new_database(postgres: Postgres) -> Callable[[], str]:
    return postgres.new_database
