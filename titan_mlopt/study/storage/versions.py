"""Databases that an earlier or a later version of Optuna or of this program has written."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import optuna
from alembic.script import ScriptDirectory
from optuna.storages import _rdb
from optuna.storages._rdb.models import SCHEMA_VERSION as OPTUNAS_SCHEMA

from titan_mlopt.core.errors import StudyError, short_repr

#: Of the attributes that this program writes, stored with each study.
SCHEMA_VERSION = 1
#: Key of the study attribute that holds it.
SCHEMA = "titan_mlopt.schema"

_REVISION = "SELECT version_num FROM alembic_version"
_LIBRARY = "SELECT schema_version, library_version FROM version_info"
_SCHEMAS = (
    "SELECT s.study_name, a.value_json FROM studies s JOIN study_user_attributes a "
    "ON a.study_id = s.study_id WHERE a.key = 'titan_mlopt.schema' ORDER BY s.study_id"
)


def check_versions(
    where: str,
    address: str,
    tables: set[str],
    query: Callable[[str], Sequence[Any]],
    *,
    prepare: str = "keep a copy of it",
) -> None:
    """Check that this Optuna and this program may read and write a database.

    Args:
        where: Names the database in the error.
        address: Of the database as Optuna's commands take it, quoted for a shell.
        tables: Names of the tables that it has.
        query: Returns the rows of a statement; nothing else is done with the database.
        prepare: What to do before an upgrade.

    Raises:
        StudyError: Another version must be used, or the tables be upgraded.
    """
    if "version_info" not in tables or not (library := query(_LIBRARY)):
        return  # new, or killed while it was made, which Optuna completes
    revisions = query(_REVISION) if "alembic_version" in tables else []
    current = str(revisions[0][0]) if revisions else None
    head, earlier = _optunas_revisions()
    if current != head if current else library[0][0] != OPTUNAS_SCHEMA:
        remedy = (
            f"{prepare}, then run: optuna storage upgrade --storage {address}"
            if current is None or current in earlier
            else "update Optuna: pip install --upgrade optuna"
        )
        raise StudyError(
            f"{where}: must have the tables of this Optuna, {optuna.__version__}, got those of "
            f"{short_repr(library[0][1])}; {remedy}"
        )
    for name, text in query(_SCHEMAS) if "study_user_attributes" in tables else ():
        if str(text).isdecimal() and int(str(text)[:9]) > SCHEMA_VERSION:
            raise StudyError(
                f"{where}: must be of this titan_mlopt or an earlier one, whose schema is "
                f"{SCHEMA_VERSION}, got the schema {str(text)[:9]} of study {short_repr(name)}; "
                "use the titan_mlopt that wrote it"
            )


@functools.cache
def _optunas_revisions() -> tuple[str | None, frozenset[str]]:
    """Return the revision of this Optuna's tables, and all that came before it."""
    scripts = ScriptDirectory(str(Path(_rdb.__file__).parent / "alembic"))
    return scripts.get_current_head(), frozenset(s.revision for s in scripts.walk_revisions())
