"""Where studies are kept: a SQLite file, or a server whose address may hold a password."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, unquote

from titan_mlopt.errors import ConfigError, shown

DEFAULT_DB = "titan.db"
#: What stands for a password where an address is shown; given back, it means that of PGPASSWORD.
HIDDEN = "***"
_VARIABLE, _SQLITE, _DRIVER = "env:", "sqlite:///", "postgresql+psycopg"
_SCHEMES = (_DRIVER, "postgresql", "postgres")
# A password may hold what should have been quoted: it ends at the last @.
_ADDRESS = re.compile(r"([\w+.-]+)://(?:([^:/@?]*)(?::(.*))?@)?([^@]*)", re.DOTALL)
_SECRETS = re.compile(r"([?&](?:ssl)?password=)[^&]*")
_UNKNOWN = re.compile(rf"(?<=[?&])(?:ssl)?password={re.escape(HIDDEN)}&?")


class Server(str):
    """The address of a server's database as it may be shown: as a string it has no password.

    url: the address to connect to.
    """

    __slots__ = ("url",)
    url: str

    def __new__(cls, text: str, url: str) -> Self:
        """Return the address that is shown as ``text``."""
        made = super().__new__(cls, text)
        made.url = url
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.url)


Place = Path | Server


def read_place(text: str | Path) -> Place:
    """Return the place that a path, an address or ``env:NAME`` (a variable that holds one) names.

    Raises ``ConfigError`` for a server of another kind and a variable that is not set.
    """
    if isinstance(text, Path | Server):
        return text
    if text.startswith(_VARIABLE):
        name = text.removeprefix(_VARIABLE)
        value = os.environ.get(name, "")
        if not value or value.startswith(_VARIABLE):
            raise ConfigError(
                f"storage: the variable {shown(name)} must hold the address of a database, got "
                f"{'another one' if value else 'nothing'}; export it"
            )
        place = read_place(value)
        return Server(text, place.url) if isinstance(place, Server) else place
    if text.startswith(_SQLITE):
        return Path(text.removeprefix(_SQLITE))
    return _read_server(text) if "://" in text else Path(text)


def choose_place(db: str | Path, storage: str | None) -> Place:
    """Return the place of ``storage`` when it is given, else that of ``db``.

    Raises ``ConfigError`` when both are given.
    """
    if storage is None:
        return read_place(db)
    if str(db) != DEFAULT_DB:
        raise ConfigError("db, storage: must be one of the two, got both; leave one out")
    return read_place(storage)


def place_words(place: str | Path) -> list[str]:
    """Return the words that name the place on a command line, without a password."""
    return ["--storage" if isinstance(place, Server) else "--db", str(place)]


def _read_server(text: str) -> Server:
    found = _ADDRESS.fullmatch(text)
    if found is None or found[1] not in _SCHEMES or not found[4].partition("?")[0].strip("/"):
        scheme = text.partition("://")[0]
        raise ConfigError(
            f"storage: must be {_DRIVER}://user@host/database, env:NAME or a SQLite file, got "
            f"{shown(scheme)}:// and what follows; see docs/scaling.md"
        )
    _, user, password, rest = found.groups()
    who = "" if user is None else user
    open_, secret = who, who
    if password:
        open_ = f"{who}:{HIDDEN}"
        if password != HIDDEN:
            secret = f"{who}:{quote(unquote(password), safe='')}"
    at = "" if user is None else "@"
    shown_rest = _SECRETS.sub(rf"\g<1>{HIDDEN}", rest)
    known_rest = _UNKNOWN.sub("", rest)
    return Server(f"{_DRIVER}://{open_}{at}{shown_rest}", f"{_DRIVER}://{secret}{at}{known_rest}")
