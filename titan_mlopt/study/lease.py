"""Who tunes a study: one coordinator at a time, named, and replaced once it is dead."""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from optuna.storages import RDBStorage

from titan_mlopt.errors import StudyError

TABLE = "titan_mlopt_leases"
#: A living coordinator renews its lease this often; one of another host is dead after `STALE_S`.
BEAT_S, STALE_S = 15.0, 180.0
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

_leases = sa.Table(
    TABLE,
    sa.MetaData(),
    sa.Column("study_name", sa.String(512), primary_key=True),
    *(sa.Column(name, sa.String(256), nullable=False) for name in ("owner", "host", "boot_id")),
    *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("pid", "process_start")),
    *(sa.Column(name, sa.Float, nullable=False) for name in ("since", "beat")),
)


@dataclass(frozen=True, slots=True)
class Holder:
    """A coordinator. process_start, boot_id: tell its pid from a later one; since: UTC seconds."""

    owner: str
    host: str
    pid: int
    process_start: int
    boot_id: str
    since: float

    def __str__(self) -> str:
        moment = datetime.fromtimestamp(self.since, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        return f"host {self.host}, pid {self.pid}, since {moment}"


class Lease:
    """The right to tune a study; ``renew`` it while it is used."""

    def __init__(self, storage: RDBStorage, study_name: str, me: Holder) -> None:
        self._engine, self._name, self.holder = storage.engine, study_name, me
        self._renewed_at = time.monotonic()

    def renew(self) -> None:
        """Say that this coordinator lives, at most every ``BEAT_S``.

        Raises ``StudyError`` when another one has taken the study over.
        """
        if time.monotonic() - self._renewed_at < BEAT_S:
            return
        mine = (_leases.c.study_name == self._name) & (_leases.c.owner == self.holder.owner)
        with self._engine.begin() as connection:
            found = connection.execute(sa.update(_leases).where(mine).values(beat=time.time()))
        if found.rowcount != 1:
            raise StudyError(
                f"study {self._name}: must be tuned by this process alone, got taken over by "
                "another after a pause; its trials are safe, run again when that has ended"
            )
        self._renewed_at = time.monotonic()


def create_table(storage: RDBStorage) -> None:
    """Make the table of the leases where there is none."""
    _leases.create(storage.engine, checkfirst=True)


# The leases that this process holds: one that names it and is not among them was left behind.
_held: set[str] = set()


@contextmanager
def hold_study(
    storage: RDBStorage,
    study_name: str,
    now: Callable[[], float] = time.time,
) -> Iterator[Lease]:
    """Hold the study while it is tuned; a lease that a dead coordinator left is taken over.

    Raises ``StudyError`` that names who holds it: host, pid and since when.
    """
    me = Holder(
        owner=uuid.uuid4().hex,
        host=socket.gethostname(),
        pid=os.getpid(),
        process_start=find_process_start(os.getpid()) or 0,
        boot_id=_boot_id(),
        since=now(),
    )
    _held.add(me.owner)
    other = _take(storage, study_name, me, now())
    if other is not None:
        _held.discard(me.owner)
        raise StudyError(
            f"study {study_name}: must be tuned by one process at a time, got {other}; wait for "
            "it, stop it, or choose another study_name"
        )
    try:
        yield Lease(storage, study_name, me)
    finally:
        _held.discard(me.owner)
        _release(storage, study_name, me)


def _release(storage: RDBStorage, study_name: str, me: Holder) -> None:
    """Give the lease back; where the database is gone it is dead all the same."""
    mine = (_leases.c.study_name == study_name) & (_leases.c.owner == me.owner)
    # The error that ended the study is the one to tell.
    with suppress(sa.exc.SQLAlchemyError, StudyError), storage.engine.begin() as connection:
        connection.execute(sa.delete(_leases).where(mine))


def find_holder(
    storage: RDBStorage, study_name: str, now: Callable[[], float] = time.time
) -> Holder | None:
    """Return the living coordinator that tunes the study, None when nobody does."""
    with storage.engine.connect() as connection:
        row = _row(connection, study_name)
    return _holder(row) if row is not None and _lives(row, now()) else None


def _take(storage: RDBStorage, study_name: str, me: Holder, now_s: float) -> Holder | None:
    """Take the lease when it is free, or its holder dead; return who has it otherwise."""
    content = {**{name: getattr(me, name) for name in Holder.__dataclass_fields__}, "beat": now_s}
    try:
        with storage.engine.begin() as connection:
            row = _row(connection, study_name)
            if row is None:
                connection.execute(sa.insert(_leases).values(study_name=study_name, **content))
                return None
            if _lives(row, now_s):
                return _holder(row)
            # Only if it is still the dead one's.
            dead = (_leases.c.study_name == study_name) & (_leases.c.owner == row["owner"])
            write = sa.update(_leases).where(dead).values(**content)
            if connection.execute(write).rowcount == 1:
                return None
    except sa.exc.IntegrityError:
        pass  # another one was quicker: the next lines name it
    with storage.engine.connect() as connection:
        row = _row(connection, study_name)
    return _holder(row) if row is not None else me


def _row(connection: sa.Connection, study_name: str) -> dict[str, Any] | None:
    found = connection.execute(sa.select(_leases).where(_leases.c.study_name == study_name))
    row = found.mappings().first()
    return dict(row) if row is not None else None


def _holder(row: dict[str, Any]) -> Holder:
    return Holder(**{name: row[name] for name in Holder.__dataclass_fields__})


def _lives(row: dict[str, Any], now_s: float) -> bool:
    """Return whether a lease's coordinator is alive: by its process here, by its beat elsewhere."""
    if row["host"] != socket.gethostname():
        return abs(now_s - float(row["beat"])) < STALE_S
    if row["boot_id"] != _boot_id():
        return False
    if row["pid"] == os.getpid() and row["owner"] not in _held:
        return False
    return find_process_start(int(row["pid"])) == int(row["process_start"])


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:  # not Linux
        return ""


def find_process_start(pid: int) -> int | None:
    """Return when a process of this machine began, in the kernel's ticks, None without one.

    Where there is no /proc it is 0 for every living process.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        if Path("/proc/self/stat").exists():
            return None
        return 0 if _answers(pid) else None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
