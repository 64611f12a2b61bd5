"""``titan-mlopt space``: Titan's search space or that of a file, as a table, JSON or a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from titan_mlopt.cli import options
from titan_mlopt.cli.command import command
from titan_mlopt.cli.output import echo, print_result
from titan_mlopt.cli.space_file import check_space_file, write_space
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.parameters import DEFAULTS
from titan_mlopt.core.search_space import Space, load_space, schema_text
from titan_mlopt.core.setting import NONE
from titan_mlopt.report.commands import this_shell
from titan_mlopt.report.format import format_value
from titan_mlopt.report.terminal import aligned

_HEADS = ("parameter", "type", "values", "default", "more")


@command()
@options.setting("space")
@options.setting("beyond_titan")
@options.switch("--show", "Show the space as a table, which is what happens without an option.")
@click.option("--check", metavar="FILE", default=None, help="Check FILE and show what it says.")
@options.switch("--schema", "Print the JSON Schema of space files, for editors.")
@click.option(
    "--out",
    type=click.Path(),
    default=None,
    help="Write the space to a file to edit: .toml with comments, else JSON.",
)
@options.as_json
def space(
    space: str,
    beyond_titan: bool,
    show: bool,
    check: str | None,
    schema: bool,
    out: str | None,
    as_json: bool,
) -> None:
    """Show a search space, or check the file of one.

    \b
      titan-mlopt space                          Titan's 21 parameters
      titan-mlopt space --out space.toml         the same as a file to edit
      titan-mlopt space --check space.toml       what the file says, or the line that is wrong
      titan-mlopt tune --space space.toml        search it
    """  # noqa: D301 - Click's mark of lines that it keeps is the character itself
    if schema:
        echo(schema_text().rstrip("\n"))
        return
    if out is not None:
        check_space_file("out", out)
    if check is not None and space not in (NONE, check):
        raise ConfigError(f"space: must be left out beside --check {check}, got {space}")
    file = check if check is not None else space
    chosen = Space() if file == NONE else load_space(file, beyond_titan=beyond_titan)
    if out is not None:
        write_space(out, chosen)
        file = out
    print_result(_document(chosen, file), _lines(chosen, file, out), as_json=as_json)


def _document(space: Space, file: str) -> dict[str, Any]:
    return {
        "file": None if file == NONE else file,
        "sha256": space.digest,
        "parameters": {name: space.entry(name) for name in space.names},
        "fixed": dict(space.fixed),
        "constraints": list(space.constraints),
        "beyond_titan": list(space.beyond),
        "next": _next(space, file),
    }


def _next(space: Space, file: str) -> str:
    shell = this_shell()
    if file == NONE:
        return shell.line("space", "--out", shell.path("space.toml"))
    backtest = ("--backtest", "package.module:function") if space.unknown else ()
    beyond = ("--beyond-titan",) if space.beyond else ()
    return shell.line("tune", *backtest, "--space", shell.path(file), *beyond, mlflow=True)


def _lines(space: Space, file: str, out: str | None) -> Iterator[str]:
    n = len(space.constraints)
    counts = [f"{len(space.names)} sampled", f"{len(space.fixed)} fixed"]
    counts.append("1 constraint" if n == 1 else f"{n} constraints")
    name = "Titan's space" if file == NONE else file
    verb = "" if out is None else "written, "
    yield f"{name}: {verb}{', '.join(counts)}; SHA-256 {space.digest[:12]}…"
    rows = [_row(space, name) for name in space.names]
    rows += [(name, "fixed", str(v), _default(name), "") for name, v in space.fixed.items()]
    yield from aligned([_HEADS, *rows])
    yield from (f"constraint: {text}" for text in space.constraints)
    if space.beyond:
        yield f"beyond Titan's ranges: {', '.join(space.beyond)}"
    yield f"next:\n  {_next(space, file)}"


def _row(space: Space, name: str) -> tuple[str, ...]:
    entry = space.entry(name)
    if "choices" in entry:
        kind, values = "categorical", ", ".join(map(str, entry.pop("choices")))
    else:
        kind = entry.pop("type")
        values = f"{entry.pop('low'):g} to {entry.pop('high'):g}"
        if step := entry.pop("step", None):
            values += f" by {step:g}"
    details = (f"{key} {_more_text(key, value)}" for key, value in entry.items())
    return name, kind, values, _default(name), "; ".join(details)


def _more_text(key: str, value: Any) -> str:
    if key == "weights":
        return ", ".join(f"{weight:g}" for weight in value)
    if key == "prior":
        figures = (f"{name} {figure:g}" for name, figure in value.items() if name != "type")
        return f"{value['type']}, {', '.join(figures)}"
    ((parent, allowed),) = value.items()
    if isinstance(allowed, list):
        return f"{parent} is {' or '.join(map(str, allowed))}"
    return f"{parent} has {', '.join(f'{end} {number:g}' for end, number in allowed.items())}"


def _default(name: str) -> str:
    return format_value(DEFAULTS.get(name))
