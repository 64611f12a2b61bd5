"""PostgreSQL for the studies: opened, and its errors in one line without a password."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

import optuna
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from titan_mlopt.errors import ConfigError, StudyError
from titan_mlopt.place import HIDDEN, Server
from titan_mlopt.study import views_postgres
from titan_mlopt.study.lean_storage import LeanStorage
from titan_mlopt.study.lease import create_table

_CONNECT_TIMEOUT_S = 10
# Held while tables are made: a number of this program's own.
_LOCK = 0x7174_616E
_TABLES = ("studies", "trials", "version_info")


def open_postgres(server: Server, *, existing: bool) -> optuna.storages.RDBStorage:
    """Open the studies of a server's database; make their tables unless they must exist.

    Other tables are left alone. Raises ``StudyError`` when it cannot be used, ``ConfigError``
    without the driver.
    """
    _check_driver()
    try:
        url = sa.make_url(server.url)
    except (ValueError, SQLAlchemyError):
        raise StudyError(
            f"{server}: must be user@host:port/database, got what cannot be read; see the port"
        ) from None  # what it was raised from holds the address
    with postgres_errors(server):
        settings = {"connect_timeout": _CONNECT_TIMEOUT_S, "application_name": "titan_mlopt"}
        arguments = {name: value for name, value in settings.items() if name not in url.query}
        with _alone_in(url, arguments) as connection:
            _check_content(server, connection, existing=existing)
            # A connection that a firewall cut while a long trial ran is replaced.
            engine_settings = {"connect_args": arguments, "pool_pre_ping": True}
            storage = LeanStorage(server.url, engine_kwargs=engine_settings)
            weakref.finalize(storage, storage.engine.dispose)  # a server waits for a goodbye
            create_table(storage)
            with storage.engine.begin() as writing:
                views_postgres.create_views(writing)
        return storage


@contextmanager
def postgres_errors(server: Server) -> Iterator[None]:
    """Turn the server's errors into a ``StudyError`` that names the true cause, in one line."""
    try:
        yield
    except (optuna.exceptions.StorageInternalError, SQLAlchemyError) as error:
        cause: BaseException = error
        while cause.__cause__ is not None:
            cause = cause.__cause__
        text = _without_secrets(" ".join(str(cause).split()), server)
        remedy = "finished trials are safe, run again when the cause is gone"
        if "password" in text or "authentication" in text:
            remedy = "set PGPASSWORD, or put the address in a variable and pass env:NAME"
        raise StudyError(
            f"{server}: must be a PostgreSQL database that can be used, got {text}; {remedy}"
        ) from None  # what it was raised from holds the address


def _without_secrets(text: str, server: Server) -> str:
    quoted = urlsplit(server.url).password
    for secret in (quoted, unquote(quoted)) if quoted else ():
        text = text.replace(secret, HIDDEN)
    return text


def _check_driver() -> None:
    try:
        import psycopg  # noqa: F401 - SQLAlchemy imports it later, and says less
    except ImportError as error:
        raise ConfigError(
            f"storage: psycopg must be installed for PostgreSQL, got {str(error).splitlines()[0]}; "
            "pip install 'titan-mlopt[postgres]'"
        ) from error


@contextmanager
def _alone_in(url: sa.URL, arguments: dict[str, object]) -> Iterator[sa.Connection]:
    """Let one process at a time make the tables of a database."""
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args=arguments)
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
        yield connection  # closing the connection releases the lock


def _check_content(server: Server, connection: sa.Connection, *, existing: bool) -> None:
    """Raise ``StudyError``, and change nothing, where there are no studies, or none of Optuna."""
    there = {name for name in sa.inspect(connection).get_table_names() if name}
    if existing and not there.issuperset(_TABLES):
        raise StudyError(
            f"storage: must be a database with studies, got none in {server}; tune first"
        )
    own = "version_info" in there
    foreign = [name for name in (*_TABLES, "alembic_version") if name in there and not own]
    if foreign:
        raise StudyError(
            f"{server}: its table {foreign[0]} must be Optuna's, got one of another program; name "
            "another database"
        )
