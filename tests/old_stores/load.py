"""A folder of an earlier commit, made into databases and artifacts again."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

#: The words that stand for the folder of a store and for that of the stand-in Titan.
FOLDER, STANDIN_FOLDER = "@FOLDER@", "@STANDIN@"
DATABASES = ("titan", "mlflow", "production")
#: A store's folders, and what each is called beside the SQL.
FOLDERS = {"mlruns": "artifacts", "json": "json"}
HERE = Path(__file__).parent


def dump_databases(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the file name and the SQL of each database in a folder."""
    for name in DATABASES:
        with closing(sqlite3.connect(folder / f"{name}.db")) as connection:
            yield f"{name}.sql", "\n".join(connection.iterdump()) + "\n"


def load_store(name: str, folder: Path, standin: Path) -> Path:
    """Make the store ``name`` in ``folder`` and return the folder."""
    source = HERE / name
    for database in DATABASES:
        sql = (source / f"{database}.sql").read_text("utf-8")
        with closing(sqlite3.connect(folder / f"{database}.db")) as connection:
            connection.executescript(_with_places(sql, folder, standin))
    for part, kept in FOLDERS.items():
        shutil.copytree(source / kept, folder / part)
        for path in (folder / part).rglob("*"):
            if path.is_file():
                path.write_text(_with_places(path.read_text("utf-8"), folder, standin), "utf-8")
    return folder


def _with_places(text: str, folder: Path, standin: Path) -> str:
    return text.replace(FOLDER, str(folder)).replace(STANDIN_FOLDER, str(standin))
