"""The revision of an MLflow store's tables; imports no MLflow, which takes seconds."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from titan_mlopt.tracking.uri import MISREAD

_SQLITE = "sqlite:///"
# A migration's own revision, and the one that it follows; the first one follows None.
_LINK = re.compile(r"^(down_revision|revision) = [\"']?(\w+)", re.MULTILINE)
# A store that was not finished when it was made has no experiment, and is made anew.
_QUERY = "SELECT version_num FROM alembic_version WHERE EXISTS (SELECT 1 FROM experiments)"


@dataclass(frozen=True, slots=True)
class Revisions:
    """The revisions that the installed MLflow knows; head: the one that its tables have."""

    known: frozenset[str]
    head: str | None


def known_revisions() -> Revisions:
    """Return the revisions of the installed MLflow, as its migrations' files name them."""
    spec = find_spec("mlflow")
    folder = Path(str(spec.origin if spec else "")).parent / "store" / "db_migrations" / "versions"
    own, followed = set[str](), set[str]()
    for file in folder.glob("*.py"):
        for name, revision in _LINK.findall(file.read_text(encoding="utf-8")):
            (own if name == "revision" else followed).add(revision)
    return Revisions(frozenset(own), next(iter(own - followed), None))


def opens_at_once(uri: str) -> bool:
    """Return whether a store is a SQLite file that MLflow opens as it is, or a new one.

    Of servers, of other databases and of a store with the tables of another MLflow only MLflow
    itself can tell, which takes seconds. Nothing is written.
    """
    if not uri.startswith(_SQLITE) or MISREAD.search(uri):
        return False
    path = Path(uri.removeprefix(_SQLITE)).absolute()
    if not path.exists():
        return True
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True)) as connection:
            connection.execute("PRAGMA query_only = ON")
            row = connection.execute(_QUERY).fetchone()
    except sqlite3.Error:  # no store, or one that is locked: the mirror says what it is
        return True
    return row is None or row[0] == known_revisions().head
