"""PostgreSQL as the storage of studies, with one-line errors that show no password."""

from __future__ import annotations

import os
import shlex
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

import optuna
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from titan_mlopt.core.errors import ConfigError, NoStudiesError, StudyError
from titan_mlopt.core.storage_url import HIDDEN, VARIABLE, ServerUrl
from titan_mlopt.study.storage.fast_storage import LeanStorage
from titan_mlopt.study.storage.lock import create_table
from titan_mlopt.study.storage.looks import create_looks_table
from titan_mlopt.study.storage.versions import check_versions
from titan_mlopt.study.storage.views import create_postgres_views

_CONNECT_TIMEOUT_S = 10
#: How long to wait for another process that creates the tables.
LOCK_TIMEOUT_S = 60
# Key of the advisory lock held while tables are created, private to this program.
_LOCK = 0x7174_616E
_TABLES = ("studies", "trials", "version_info")


def open_postgres(server: ServerUrl, *, existing: bool, read_only: bool = False) -> LeanStorage:
    """Open the studies in a database of a server; other tables are left alone.

    Args:
        server: Address of the database.
        existing: Whether the tables must exist; otherwise they are created if needed.
        read_only: Whether to read alone, in transactions that cannot write; creates nothing.

    Raises:
        NoStudiesError: The tables do not exist.
        StudyError: The database cannot be used.
        ConfigError: psycopg is not installed.
    """
    _check_driver()
    try:
        url = sa.make_url(server.url)
    except (ValueError, SQLAlchemyError):
        raise StudyError(
            f"{server}: must be user@host:port/database, got what cannot be read; see the port"
        ) from None  # the original error shows the address
    with postgres_errors(server):
        settings = {"connect_timeout": _CONNECT_TIMEOUT_S, "application_name": "titan_mlopt"}
        if read_only:
            settings["options"] = "-c default_transaction_read_only=on"
        arguments = {name: value for name, value in settings.items() if name not in url.query}
        with _alone_in(url, arguments) as connection:
            _check_content(server, connection, existing=existing)
            # Replaces a connection that a firewall closed during a long trial.
            engine_settings = {"connect_args": arguments, "pool_pre_ping": True}
            storage = LeanStorage(
                server.url, engine_kwargs=engine_settings, skip_table_creation=read_only
            )
            weakref.finalize(storage, storage.engine.dispose)  # else connections stay on the server
            if read_only:
                return storage
            create_table(storage)
            create_looks_table(storage)
            with storage.engine.begin() as writing:
                create_postgres_views(writing)
        return storage


@contextmanager
def postgres_errors(server: ServerUrl) -> Iterator[None]:
    """Turn errors of the server into a one-line ``StudyError`` with the root cause."""
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
        ) from None  # the original error shows the address


def _without_secrets(text: str, server: ServerUrl) -> str:
    quoted = urlsplit(server.url).password
    for secret in (quoted, unquote(quoted)) if quoted else ():
        text = text.replace(secret, HIDDEN)
    return text


def _check_driver() -> None:
    try:
        import psycopg  # noqa: F401 - SQLAlchemy would import it later, with a less clear error
    except ImportError as error:
        raise ConfigError(
            f"storage: psycopg must be installed for PostgreSQL, got {str(error).splitlines()[0]}; "
            "pip install 'titan-mlopt[postgres]'"
        ) from error


@contextmanager
def _alone_in(url: sa.URL, arguments: dict[str, object]) -> Iterator[sa.Connection]:
    """Let one process at a time create the tables of a database."""
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args=arguments)
    with engine.connect() as connection:
        connection.execute(sa.text(f"SET lock_timeout = {1000 * LOCK_TIMEOUT_S:.0f}"))
        connection.execute(sa.text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
        yield connection  # closing the connection releases the lock


def _check_content(server: ServerUrl, connection: sa.Connection, *, existing: bool) -> None:
    """Raise ``StudyError`` if tables are missing that must exist, or belong to another program."""
    tables = {name for name in sa.inspect(connection).get_table_names() if name}
    if existing and not tables.issuperset(_TABLES):
        raise NoStudiesError(
            f"storage: must be a database with studies, got none in {server}; tune first"
        )
    foreign = [name for name in (*_TABLES, "alembic_version") if name in tables]
    if foreign and "version_info" not in tables:
        raise StudyError(
            f"{server}: its table {foreign[0]} must be Optuna's, got one of another program; name "
            "another database"
        )
    address, prepare = _upgrade_address(server)
    check_versions(
        str(server),
        address,
        tables,
        lambda text: connection.execute(sa.text(text)).all(),
        prepare=prepare,
    )


def _upgrade_address(server: ServerUrl) -> tuple[str, str]:
    """Return the address for a shell, without its password, and what to do before an upgrade."""
    keep, name = "keep a copy of it", server.removeprefix(VARIABLE)
    if os.environ.get(name) == server.url:  # a variable may hold another spelling
        return f'"${name}"', keep
    url = sa.make_url(server.url)
    bare = sa.URL.create(
        url.drivername,
        username=url.username,
        host=url.host,
        port=url.port,
        database=url.database,
        query={key: value for key, value in url.query.items() if not key.endswith("password")},
    )
    address = shlex.quote(bare.render_as_string(hide_password=False))
    has_password = url.password is not None or "password" in url.query
    return address, f"{keep}, export PGPASSWORD" if has_password else keep
