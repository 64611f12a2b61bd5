"""Options that several commands have, made from the list of settings."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import Any

import click
from click.core import ParameterSource

from titan_mlopt.candles.sample import SAMPLE
from titan_mlopt.cli import types
from titan_mlopt.core import settings
from titan_mlopt.core.candle_options import CandleOptions
from titan_mlopt.core.settings import BY_NAME, Setting
from titan_mlopt.core.storage_url import ServerUrl, choose_place
from titan_mlopt.report.commands import this_shell

_STORAGE = "titan_mlopt.storage"
_TYPES: dict[str, Any] = {
    settings.TEXT: None,
    settings.SPACE: None,
    settings.NAMES: None,
    settings.COUNT: types.COUNT,
    settings.POSITIVE: types.POSITIVE,
    settings.JOBS: types.JOBS,
    settings.OPTIONAL_COUNT: types.OPTIONAL_COUNT,
    settings.NUMBER: types.NUMBER,
    settings.OPTIONAL_NUMBER: types.OPTIONAL_NUMBER,
    settings.AUTO_SHARE: types.AUTO_SHARE,
    settings.AUTO_POSITIVE: types.AUTO_POSITIVE,
}


def setting(name: str) -> Callable[[Any], Any]:
    """Return the option of a setting."""
    return _option(BY_NAME[name])


def settings_of(command: str) -> Callable[[Any], Any]:
    """Return what adds every setting of a command, in the order of the list.

    --db and --storage arrive as one, ``db``.
    """

    def add(function: Any) -> Any:
        for item in reversed(settings.settings_of(command)):
            function = _option(item)(function)
        return function

    return add


def _option(item: Setting) -> Callable[[Any], Any]:
    if item.kind == settings.SWITCH:
        return switch(item.option, item.help)
    return click.option(
        *(item.option, *_ALIASES.get(item.name, ()), item.name),
        type=types.Choice(item.choices) if item.kind == settings.CHOICE else _TYPES[item.kind],
        default=[item.default] if item.kind == settings.NAMES else item.default,
        multiple=item.kind == settings.NAMES,
        show_default=True,
        help=item.help,
        **_CALLBACKS.get(item.name, {}),
    )


def _keep_storage(context: click.Context, _: click.Parameter, value: str) -> None:
    context.meta[_STORAGE] = None if value == settings.NONE else value


def _choose_storage(context: click.Context, _: click.Parameter, value: str) -> str:
    """Return the address of a server, else the file as it was written."""
    storage = choose_place(value, context.meta[_STORAGE])
    return storage if isinstance(storage, ServerUrl) else str(storage)


def _split_names(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of all values, each of which may hold several with commas between them."""
    names = (name.strip() for value in values for name in value.split(","))
    return tuple(name for name in names if name and name != settings.NONE)


_ALIASES = {"study_name": ("--study",)}
_CALLBACKS: dict[str, dict[str, Any]] = {
    "warm_start": {"callback": _split_names},
    "transfer": {"callback": _split_names},
    "db": {"callback": _choose_storage},
    # Eager, so that it is there before --db looks at it.
    "storage": {"expose_value": False, "is_eager": True, "callback": _keep_storage},
}


def switch(name: str, help: str) -> Callable[[Any], Any]:
    """Return a flag; with a ``Command`` true or false may follow, as MLflow passes it."""
    return click.option(name, is_flag=True, default=False, help=help)


def db(command: Callable[..., Any]) -> Any:
    """Add --db and --storage; the command gets the one that was given, as ``db``."""
    return setting("db")(setting("storage")(command))


def study(command: Callable[..., Any]) -> Any:
    """Add what names a study: its database as ``db``, and ``study_name``."""
    return db(study_name(command))


def judged(command: Callable[..., Any]) -> Any:
    """Add what is judged: which trial or version, by which gate, on which candles, where to."""
    number = click.option(
        "--trial",
        type=types.BEST_OR_COUNT,
        default="best",
        show_default=True,
        help="Number of the trial.",
    )
    registered = click.option(
        "--version", default=None, help="Number of a version instead, say of an ensemble."
    )
    out = click.option(
        "--out", default="verdict", show_default=True, help="Folder for the gate's report."
    )
    options = (study, number, registered, rerun, setting("gate"), fresh, name, out, as_json)
    for add in reversed(options):
        command = add(command)
    return command


def rerun(command: Callable[..., Any]) -> Any:
    """Add what a command needs that runs a study's configs again: ``candles`` and its backtest."""
    return candles(setting("backtest")(setting("backtest_path")(command)))


def candles(command: Callable[..., Any]) -> Any:
    """Add what names a study's candles and says how to read them, by default as the study did."""
    return _CANDLES(candle_layout("the study's")(command))


def candle_layout(default: str) -> Callable[[Any], Any]:
    """Return what adds the options that say how to read a candle file.

    default: how the help calls their default.
    """

    def add(command: Any) -> Any:
        for name, help in reversed(CANDLE_OPTIONS.items()):
            option = click.option(f"--{name}", default=None, help=f"{help}  [default: {default}]")
            command = option(command)
        return command

    return add


def candle_args(chosen: Mapping[str, Any]) -> list[str]:
    """Return the arguments that name the candles and say how to read them, as they were typed."""
    path, args = chosen["candles"], list[str]()
    if path is not None:
        args += ["--candles", path if path == SAMPLE else this_shell().path(path)]
    typed = {name: chosen[name] for name in CANDLE_OPTIONS if chosen[name] is not None}
    return args + [arg for name, value in typed.items() for arg in (f"--{name}", value)]


def candle_options(chosen: Mapping[str, Any]) -> CandleOptions:
    """Return how a command is to read the candle file, None where nothing was typed."""
    return CandleOptions(**{name: BY_NAME[name].value(chosen.get(name)) for name in CANDLE_OPTIONS})


def typed_args(
    files: Container[str], *, without: Container[str] = (), texts: Mapping[str, str] = {}
) -> list[str]:
    """Return the options of the running command that were typed, to type them again.

    One whose value is None (0 for no limit, auto) is left out: that is its default.

    Args:
        files: Names of options whose values are files.
        without: Names of parameters to leave out.
        texts: Values as they are typed, by name, where that is not their ``str``.
    """
    context, shell, args = click.get_current_context(), this_shell(), list[str]()
    for option in context.command.params:
        name = str(option.name)
        is_typed = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if not is_typed or name in without or context.params[name] is None:
            continue
        args.append(option.opts[-1])
        if not getattr(option, "is_flag", False):
            text = texts.get(name, str(context.params[name]))
            args.append(shell.path(text) if name in files else text)
    return args


#: What a candle file does not say itself, as commands on a study ask for it.
CANDLE_OPTIONS = {
    "symbol": "Which instrument to take from a file of several.",
    "timezone": "Time zone of candles whose times have none.",
    "columns": "Columns of a candle file without a header (docs/candles.md).",
}
_CANDLES = click.option(
    "--candles",
    default=None,
    help="The study's candle file, or 'sample'.  [default: where the study read them]",
)
study_name = setting("study_name")
fresh = click.option(
    "--fresh",
    metavar="FILE",
    default=None,
    help="Judge on the candles of FILE after the study's last one, instead of the hold-out.",
)
name = click.option(
    "--name", default="titan-config", show_default=True, help="Name in the model registry."
)
alias = click.option("--alias", default=None, help="champion, challenger …  [default: champion]")
version = click.option("--version", default=None, help="Number of a version, instead of an alias.")
offline = switch("--offline", "Do without MLflow: take the copy that the last pull kept.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
