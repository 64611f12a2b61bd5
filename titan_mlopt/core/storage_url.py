"""Where studies are stored: a SQLite file, or a server whose address may hold a password."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, unquote

from titan_mlopt.core.errors import ConfigError, short_repr

DEFAULT_DB = "titan.db"
#: Replaces a password wherever an address is shown. An address with it takes PGPASSWORD's.
HIDDEN = "***"
#: Begins a text that names a variable with the address.
VARIABLE = "env:"
_SQLITE, _DRIVER = "sqlite:///", "postgresql+psycopg"
_SCHEMES = (_DRIVER, "postgresql", "postgres")
# A password may hold an unquoted @, so it ends at the last one.
_ADDRESS = re.compile(r"([\w+.-]+)://(?:([^:/@?]*)(?::(.*))?@)?([^@]*)", re.DOTALL)
_SECRETS = re.compile(r"([?&](?:ssl)?password=)[^&]*")
_UNKNOWN = re.compile(rf"(?<=[?&])(?:ssl)?password={re.escape(HIDDEN)}&?")


class ServerUrl(str):
    """The address of a database server; as a string it shows no password.

    Attributes:
        url: The address to connect to, with the password.
    """

    __slots__ = ("url",)
    url: str

    def __new__(cls, text: str, url: str) -> Self:
        """Return an address that connects to ``url`` and is shown as ``text``."""
        address = super().__new__(cls, text)
        address.url = url
        return address

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.url)


StorageUrl = Path | ServerUrl


def parse_storage(text: str | Path) -> StorageUrl:
    """Return the storage that a text names.

    Args:
        text: A path, ``sqlite:///path``, ``postgresql+psycopg://user@host/database``, or
            ``env:NAME`` for an environment variable that holds one of these.

    Returns:
        The path of a SQLite file, or the address of a server.

    Raises:
        ConfigError: It is the address of another kind of server, or the variable is not set.
    """
    if isinstance(text, Path | ServerUrl):
        return text
    if text.startswith(VARIABLE):
        name = text.removeprefix(VARIABLE)
        value = os.environ.get(name, "")
        if not value or value.startswith(VARIABLE):
            raise ConfigError(
                f"storage: the variable {short_repr(name)} must hold the address of a database, "
                f"got {'another one' if value else 'nothing'}; export it"
            )
        target = parse_storage(value)
        return ServerUrl(text, target.url) if isinstance(target, ServerUrl) else target
    if text.startswith(_SQLITE):
        return Path(text.removeprefix(_SQLITE))
    return _read_server(text) if "://" in text else Path(text)


def choose_place(db: str | Path, storage: str | None) -> StorageUrl:
    """Return the storage that the options ``--db`` and ``--storage`` name together.

    Args:
        db: A path; its default ``DEFAULT_DB`` counts as not given.
        storage: As in ``parse_storage``; None when not given.

    Raises:
        ConfigError: Both are given, or the storage cannot be parsed.
    """
    if storage is None:
        return parse_storage(db)
    if str(db) != DEFAULT_DB:
        raise ConfigError("db, storage: must be one of the two, got both; leave one out")
    return parse_storage(storage)


def storage_arguments(storage: str | Path) -> list[str]:
    """Return the command-line arguments that name a storage, without its password."""
    return ["--storage" if isinstance(storage, ServerUrl) else "--db", str(storage)]


def _read_server(text: str) -> ServerUrl:
    match = _ADDRESS.fullmatch(text)
    if match is None or match[1] not in _SCHEMES or not match[4].partition("?")[0].strip("/"):
        scheme = text.partition("://")[0]
        raise ConfigError(
            f"storage: must be {_DRIVER}://user@host/database, env:NAME or a SQLite file, got "
            f"{short_repr(scheme)}:// and what follows; see docs/scaling.md"
        )
    _, user, password, location = match.groups()
    login = "" if user is None else user
    shown_login, real_login = login, login
    if password:
        shown_login = f"{login}:{HIDDEN}"
        if password != HIDDEN:
            real_login = f"{login}:{quote(unquote(password), safe='')}"
    at = "" if user is None else "@"
    shown_location = _SECRETS.sub(rf"\g<1>{HIDDEN}", location)
    real_location = _UNKNOWN.sub("", location)
    return ServerUrl(
        f"{_DRIVER}://{shown_login}{at}{shown_location}",
        f"{_DRIVER}://{real_login}{at}{real_location}",
    )
