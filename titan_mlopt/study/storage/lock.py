"""The lock of a study: one coordinator tunes it at a time, and a dead one loses it.

The names of the table and its columns are those of earlier versions.
"""

from __future__ import annotations

import os
import threading
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from optuna.storages import RDBStorage

from titan_mlopt.core.errors import StudyError, TitanMloptWarning
from titan_mlopt.study.storage.lock_holder import (
    STALE_S,
    Holder,
    Liveness,
    describe_self,
    find_process_start,
    find_status,
    judge_heartbeat,
)

TABLE = "titan_mlopt_leases"
#: Seconds between two heartbeats of a living coordinator.
HEARTBEAT_S = 15.0
# Seconds between two reads of the heartbeat of a coordinator that cannot be seen from here.
_POLL_S = 2.0

_locks = sa.Table(
    TABLE,
    sa.MetaData(),
    sa.Column("study_name", sa.String(512), primary_key=True),
    *(sa.Column(name, sa.String(256), nullable=False) for name in ("owner", "host", "boot_id")),
    *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("pid", "process_start")),
    *(sa.Column(name, sa.Float, nullable=False) for name in ("since", "beat")),
    # Tables of earlier versions lack this column. Its value begins with the owner, since an earlier
    # version that takes the lock changes the owner but not this column.
    sa.Column("namespace", sa.String(256), nullable=True),
)


def _sleep(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def _warn(text: str) -> None:
    warnings.warn(text, TitanMloptWarning, stacklevel=3)


def _awake_s() -> float:
    """Return seconds of a monotonic clock that also counts while the machine is suspended."""
    with suppress(AttributeError, OSError):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


@dataclass(frozen=True, slots=True)
class Watch:
    """How to watch the heartbeat of a coordinator that cannot be seen from here.

    Attributes:
        clock: Seconds of this machine, not counting while it is suspended.
        wait: Sleeps for some seconds, and returns whether to give up.
        notice: Called with a message about how long it may take.
    """

    clock: Callable[[], float] = time.monotonic
    wait: Callable[[float], bool] = _sleep
    notice: Callable[[str], None] = _warn


class StudyLock:
    """The held lock of a study.

    Args:
        storage: Where the study is.
        study_name: Its name.
        me: This process as the holder.
    """

    def __init__(self, storage: RDBStorage, study_name: str, me: Holder) -> None:
        self._engine, self._name, self.holder = storage.engine, study_name, me
        self._renewed_at = _awake_s()
        self._mutex = threading.Lock()

    def renew(self) -> None:
        """Store a heartbeat, at most every ``HEARTBEAT_S``.

        Raises:
            StudyError: Another coordinator has taken the lock.
        """
        with self._mutex:
            if _awake_s() - self._renewed_at < HEARTBEAT_S:
                return
            mine = (_locks.c.study_name == self._name) & (_locks.c.owner == self.holder.owner)
            with self._engine.begin() as connection:
                beat = sa.update(_locks).where(mine).values(beat=time.time())
                updated = connection.execute(beat)
            if updated.rowcount != 1:
                raise StudyError(
                    f"study {self._name}: must be tuned by this process alone, got taken over by "
                    "another after a pause; its trials are safe, run again when that has ended"
                )
            self._renewed_at = _awake_s()

    @contextmanager
    def heartbeat(self) -> Iterator[None]:
        """Renew the lock in a thread of its own, since this one may write a report for minutes."""
        ended = threading.Event()

        def beat() -> None:
            while not ended.wait(HEARTBEAT_S):
                try:
                    self.renew()
                except sa.exc.SQLAlchemyError:
                    continue  # a busy database, say; the main thread sees a lasting error
                except StudyError:
                    return  # the next ``renew`` in the main thread raises it again

        thread = threading.Thread(target=beat, name="titan_mlopt heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


def create_table(storage: RDBStorage) -> None:
    """Create the table of the locks if needed."""
    _locks.create(storage.engine, checkfirst=True)


def _complete_table(engine: sa.Engine) -> None:
    """Add the column that tables of earlier versions lack."""
    if _has_namespace(engine):
        return
    column = sa.text(f"ALTER TABLE {TABLE} ADD COLUMN namespace VARCHAR(256)")
    try:
        with engine.begin() as connection:
            connection.execute(column)
    except sa.exc.SQLAlchemyError:
        if not _has_namespace(engine):  # otherwise another process was faster
            raise


def _has_namespace(engine: sa.Engine) -> bool:
    return "namespace" in {column["name"] for column in sa.inspect(engine).get_columns(TABLE)}


# Owners of the locks that this process holds; any other lock with its pid is stale.
_own_locks: set[str] = set()


@contextmanager
def lock_study(
    storage: RDBStorage,
    study_name: str,
    *,
    clock: Callable[[], float] = time.time,
    watch: Watch = Watch(),
    instead: str = "study_name",
) -> Iterator[StudyLock]:
    """Hold the lock of a study, taken over from a dead coordinator if needed.

    The heartbeat of a coordinator that cannot be seen from here is watched for up to ``STALE_S``.

    Args:
        storage: Where the study is.
        study_name: Its name; the study itself need not exist.
        clock: UTC seconds, for messages.
        watch: How an unseen coordinator is watched.
        instead: Name of the setting that another value may be chosen for, for the message.

    Raises:
        StudyError: Another coordinator holds the lock; the message names its host, pid and start.
    """
    me = describe_self(uuid.uuid4().hex, clock())
    _own_locks.add(me.owner)
    try:
        _complete_table(storage.engine)
        holder = _take(storage, study_name, me, clock, watch)
        if holder is not None:
            raise StudyError(
                f"study {study_name}: must be tuned by one process at a time, got {holder}; wait "
                f"for it, stop it, or choose another {instead}"
            )
        study_lock = StudyLock(storage, study_name, me)
        try:
            with study_lock.heartbeat():
                yield study_lock
        finally:
            _release(storage, study_name, me)
    finally:
        _own_locks.discard(me.owner)


def _release(storage: RDBStorage, study_name: str, me: Holder) -> None:
    """Remove the lock. If that fails it is stale, and the next coordinator takes it over."""
    mine = (_locks.c.study_name == study_name) & (_locks.c.owner == me.owner)
    # An error here must not mask the one that ended the study.
    with suppress(sa.exc.SQLAlchemyError, StudyError), storage.engine.begin() as connection:
        connection.execute(sa.delete(_locks).where(mine))


def find_holder(
    storage: RDBStorage,
    study_name: str,
    *,
    watch: Watch = Watch(),
) -> Holder | None:
    """Return the living coordinator that holds the lock of a study, None if nobody does.

    Args:
        storage: Where the study is.
        study_name: Its name.
        watch: How a coordinator that cannot be seen from here is watched.

    Raises:
        StudyError: ``watch.wait`` gave up before it was known whether the coordinator lives.
    """
    me = describe_self("", 0.0)
    while (row := _row(storage.engine, study_name)) is not None:
        status = _watch_status(storage.engine, study_name, row, me, watch)
        if status is not None:
            return _holder(row) if status is Liveness.LIVES else None
    return None


def _take(
    storage: RDBStorage,
    study_name: str,
    me: Holder,
    clock: Callable[[], float],
    watch: Watch,
) -> Holder | None:
    """Take the lock if it is free or its holder is dead; otherwise return the living holder."""
    content = {name: getattr(me, name) for name in Holder.__dataclass_fields__}
    content["namespace"] = f"{me.owner} {me.namespace}"
    while True:
        row = _row(storage.engine, study_name)
        if row is None:
            write: sa.Insert | sa.Update = sa.insert(_locks).values(study_name=study_name)
        else:
            status = _watch_status(storage.engine, study_name, row, me, watch)
            if status is None:
                continue
            if status is Liveness.LIVES:
                return _holder(row)
            # Only if it is still as the dead holder left it: another process may take it as well.
            dead = (_locks.c.owner == row["owner"]) & (_locks.c.beat == row["beat"])
            write = sa.update(_locks).where(dead, _locks.c.study_name == study_name)
        # If another process inserts it first, the next round sees that.
        with suppress(sa.exc.IntegrityError), storage.engine.begin() as connection:
            written = connection.execute(write.values(**content, beat=clock()))
            if row is None or written.rowcount == 1:
                return None


def _watch_status(
    engine: sa.Engine, study_name: str, row: dict[str, Any], me: Holder, watch: Watch
) -> Liveness | None:
    """Return whether the holder of a lock lives, None if it no longer holds the lock.

    Raises ``StudyError`` if ``watch.wait`` gives up before that is known.
    """
    holder = _holder(row)
    released = holder.pid == os.getpid() and holder.owner not in _own_locks
    status = find_status(holder, me, find_process_start, released=released)
    if status is not Liveness.UNSEEN:
        return status
    watch.notice(
        f"study {study_name}: {holder} holds it and cannot be seen from here; its heartbeat is "
        f"watched for up to {STALE_S:g} s"
    )
    began = watch.clock()
    while status is Liveness.UNSEEN:
        if watch.wait(_POLL_S):
            raise StudyError(
                f"study {study_name}: must be free, got stopped before it was known whether "
                f"{holder} lives; nothing was changed, run again"
            )
        # The clock is read first, so that a heartbeat stored after it does not count as missed.
        watched_s = watch.clock() - began
        current = _row(engine, study_name)
        if current is None or current["owner"] != holder.owner:
            return None
        status = judge_heartbeat(row["beat"], current["beat"], watched_s)
    return status


def _row(engine: sa.Engine, study_name: str) -> dict[str, Any] | None:
    """Return the row of a lock, with whatever columns the table has; None without one."""
    query = sa.select(sa.text("*")).select_from(_locks).where(_locks.c.study_name == study_name)
    with engine.connect() as connection:
        row = connection.execute(query).mappings().first()
    return dict(row) if row is not None else None


def _holder(row: dict[str, Any]) -> Holder:
    owner, _, namespace = str(row.get("namespace") or "").partition(" ")
    fields = {name: row[name] for name in Holder.__dataclass_fields__ if name != "namespace"}
    return Holder(**fields, namespace=namespace if owner == row["owner"] else "")
