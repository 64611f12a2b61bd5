"""SQL is written out and values are bound: nothing from outside becomes part of a statement."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import titan_mlopt

PACKAGE = Path(titan_mlopt.__file__).parent
_SQL = re.compile(
    r"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|PRAGMA|ATTACH|ALTER|VACUUM|REPLACE|WITH|WHERE)\s"
)
#: Statements that are built, by their first words: from names, columns and queries of views, which
#: are constants of our own; of a store that is being made, from the quoted names of its tables.
ALLOWED = {
    ("study/storage/lock.py", "ALTER TABLE"),
    ("study/storage/views.py", "CREATE VIEW"),
    ("study/storage/views.py", "DROP VIEW"),
    ("tracking/sqlite.py", "DROP TABLE"),
    ("tracking/sqlite.py", "INSERT INTO"),
    ("tracking/sqlite.py", "SELECT * FROM"),
}


def built_statements(source: str) -> Iterator[str]:
    """Yield the first constant of each SQL text that is an f-string, a sum, a % or a .format()."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            parts: list[ast.expr] = node.values
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
            parts = [node.left, node.right]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            built = node.func.attr in ("format", "join", "replace", "format_map", "substitute")
            parts = [node.func.value, *node.args] if built else []
        else:
            continue
        words = [p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str)]
        yield from (word for word in words[:1] if _SQL.match(word))


@pytest.mark.parametrize(
    "code",
    [
        'c.execute(f"SELECT * FROM kv WHERE key = {key}")',
        'c.execute("SELECT * FROM kv WHERE key = " + key)',
        'c.execute("DELETE FROM kv WHERE key = %s" % key)',
        'c.execute("PRAGMA table_info({})".format(name))',
        'q = f"DROP TABLE {name}"\nc.execute(q)',
        'q = "UPDATE kv SET {}".replace("{}", name)',
    ],
)
def test_a_statement_that_is_put_together_is_found(code: str) -> None:
    assert len(list(built_statements(code))) == 1


def test_no_statement_of_the_package_is_put_together_but_those_that_name_our_own_views() -> None:
    files = sorted(PACKAGE.rglob("*.py"))
    found = {
        (path.relative_to(PACKAGE).as_posix(), " ".join(statement.partition(",")[0].split()))
        for path in files
        for statement in built_statements(path.read_text(encoding="utf-8"))
    }
    assert len(files) > 60
    assert found == ALLOWED


def test_values_reach_the_statements_bound_whatever_they_hold(tmp_path: Path) -> None:
    from titan_mlopt.backtest.kv_table import load_values, save_values

    hostile = "'; DROP TABLE kv; --"
    save_values(tmp_path / "titan.db", {hostile: hostile, "other": 1}, 0)
    assert load_values(tmp_path / "titan.db", hostile) == {hostile: hostile}
    assert load_values(tmp_path / "titan.db", "") == {hostile: hostile, "other": 1}
