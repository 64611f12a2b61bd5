"""External backtests: loaded by import path, checked and identified, in a trial's process only."""

from __future__ import annotations

import difflib
import functools
import hashlib
import importlib
import inspect
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from titan_mlopt.backtest.results import read_metrics
from titan_mlopt.core.errors import BacktestError, describe_exception, short_repr

__all__ = ["PARAMETERS", "Backtest", "NoBacktestError", "SignatureError", "accepts"]
__all__ += ["describe_backtest", "load_backtest", "read_metrics"]

#: The arguments that every backtest is called with, by keyword.
PARAMETERS = ("csv_path", "db_path", "out_dir", "limit", "tune_weights", "return_stats")

_MANY = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_BY_KEYWORD = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class NoBacktestError(BacktestError):
    """The import path leads to no function."""


class SignatureError(BacktestError):
    """The function cannot be called with ``PARAMETERS`` by keyword."""


class Backtest(Protocol):
    """What a backtest of your own is to a type checker (docs/backtests.md has the contract)."""

    def __call__(
        self,
        *,
        csv_path: str,
        db_path: str,
        out_dir: str,
        limit: int | None,
        tune_weights: bool,
        return_stats: bool,
    ) -> object:
        """Run one config over candles.

        Args:
            csv_path: The candles, ``timestamp,open,high,low,close,volume``, in seconds.
            db_path: SQLite file whose table ``kv`` holds the config.
            out_dir: An empty folder, for ``predictions.jsonl``.
            limit: Use only the first candles; None for all.
            tune_weights: False.
            return_stats: True.

        Returns:
            An object or a mapping with ``accuracy``, or with ``total`` and ``correct``.
        """


def load_backtest(path: str, folder: str | None = None) -> Callable[..., Any]:
    """Import a backtest and check its signature.

    Executes the module, so call it in a trial's process only.

    Args:
        path: "package.module:function"; dots after the colon are attributes.
        folder: Put first on ``sys.path`` before the import, permanently; None for no folder.

    Returns:
        The function.

    Raises:
        NoBacktestError: The path is malformed, or leads to no function.
        SignatureError: The function does not accept one of ``PARAMETERS`` by keyword, or requires
            another argument.
        BacktestError: The import fails.
    """
    module_name, names = _parts(path)
    if folder is not None:
        _put_first(folder)
    target: Any = _import(module_name)
    where = module_name
    for name in names:
        target = _attribute(target, name, where)
        where += (":" if where == module_name else ".") + name
    if not callable(target):
        raise NoBacktestError(
            f"{path}: must be a function, got {short_repr(target)}; name a function"
        )
    _check_signature(target, path)
    return target  # type: ignore[no-any-return]  # it is callable


def _parts(path: str) -> tuple[str, list[str]]:
    module, _, names = path.partition(":") if isinstance(path, str) else ("", "", "")
    if not all(name.isidentifier() for name in [*module.split("."), *names.split(".")]):
        raise NoBacktestError(
            f'backtest: must be "package.module:function", got {short_repr(path)}; '
            "write my_backtest:run_backtest, say"
        )
    return module, names.split(".")


def _put_first(folder: str) -> None:
    absolute = Path(folder).absolute()
    if not absolute.is_dir():
        raise NoBacktestError(
            f"backtest path: must be a folder, got {short_repr(folder)}; pass the one that holds "
            "the backtest's package"
        )
    sys.path[:] = [str(absolute), *(entry for entry in sys.path if entry != str(absolute))]
    importlib.invalidate_caches()


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        kind, remedy = BacktestError, "put right what its import runs"
        if missing is not None and f"{name}.".startswith(f"{missing}."):
            kind = NoBacktestError
            remedy = "install it here, or pass the folder that holds it as --backtest-path"
        elif isinstance(error, ImportError):
            remedy = "install what it needs in this environment"
        raise kind(
            f"{name}: must be importable, got {describe_exception(error)}; {remedy}"
        ) from error


def _attribute(owner: object, name: str, where: str) -> object:
    try:
        return getattr(owner, name)
    except AttributeError as error:
        near = difflib.get_close_matches(name, dir(owner), n=1)
        remedy = f"did you mean {near[0]}?" if near else "name a function that it has"
        raise NoBacktestError(f"{where}: must have {name!r}, got no such name; {remedy}") from error
    except Exception as error:  # a module may import its names on first use
        raise BacktestError(
            f"{where}: must have {name!r}, got {describe_exception(error)}; put right what it runs"
        ) from error


def _check_signature(fn: Callable[..., Any], path: str) -> None:
    parameters = _parameters_of(fn)
    if parameters is None:  # not written in Python: only the call can show what it accepts
        return
    takes_any = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values())
    named = {name for name, p in parameters.items() if p.kind in _BY_KEYWORD}
    missing = [name for name in PARAMETERS if name not in named and not takes_any]
    if missing:
        raise SignatureError(
            f"{path}: must take {', '.join(missing)} by keyword, got "
            f"({', '.join(parameters)}); wrap it in a function that takes all of "
            f"{', '.join(PARAMETERS)}"
        )
    required = [
        name
        for name, p in parameters.items()
        if p.default is p.empty and p.kind not in _MANY and name not in named & set(PARAMETERS)
    ]
    if required:
        raise SignatureError(
            f"{path}: must need no argument but {', '.join(PARAMETERS)}, got "
            f"{', '.join(required)}; give it a default"
        )


def _parameters_of(fn: Callable[..., Any]) -> Mapping[str, inspect.Parameter] | None:
    try:
        return inspect.signature(fn).parameters
    except (TypeError, ValueError):
        return None


def accepts(fn: Callable[..., Any], name: str) -> bool:
    """Return whether ``fn`` has a parameter of that name that can be passed by keyword.

    ``**kwargs`` does not count, since the function may refuse or ignore the keyword. False for a
    function whose signature cannot be read.
    """
    parameter = (_parameters_of(fn) or {}).get(name)
    return parameter is not None and parameter.kind in _BY_KEYWORD


def describe_backtest(
    fn: Callable[..., Any], path: str = "", sources: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the identity of a backtest.

    Args:
        fn: The function.
        path: Import path by which it was loaded; "" for the function's own module and name.
        sources: SHA-256 of the loaded sources by module. The file of a module that is not there is
            hashed now.

    Returns:
        ``path``; ``version`` of the installed distribution named like the top-level package, or
        else its ``__version__``; ``sha256`` (64 hex digits) of the file of the function's module,
        without what that imports. Each is "" where unknown.
    """
    while isinstance(fn, functools.partial):
        fn = fn.func
    module = str(getattr(fn, "__module__", None) or "")
    name = getattr(fn, "__qualname__", type(fn).__qualname__)
    top = (path or module).partition(":")[0].partition(".")[0]
    return {
        "path": path or f"{module}:{name}",
        "version": _version_of(top),
        "sha256": (sources or {}).get(module) or _sha256_of(module),
    }


def _version_of(top: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(top) or ""
    except (PackageNotFoundError, ValueError):
        return str(getattr(sys.modules.get(top), "__version__", ""))


def _sha256_of(module: str) -> str:
    try:
        file = sys.modules[module].__file__
        return hashlib.sha256(Path(file or "").read_bytes()).hexdigest()
    except (KeyError, AttributeError, OSError):
        return ""
