"""Any backtest by its import path: found, checked, told from others; in a trial's process only."""

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
from typing import Any

from titan_mlopt.backtest.results import read_metrics
from titan_mlopt.errors import BacktestError, shown, told

__all__ = ["PARAMETERS", "accepts", "describe_backtest", "load_backtest", "read_metrics"]

#: What every backtest is called with, each by keyword.
PARAMETERS = ("csv_path", "db_path", "out_dir", "limit", "tune_weights", "return_stats")

_MANY = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_BY_KEYWORD = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def load_backtest(path: str, folder: str | None = None) -> Callable[..., Any]:
    """Import "package.module:function" and return the function, checked to be a backtest.

    folder: put at the front of ``sys.path`` before, for good. Dots after the colon are attributes.
    Imports, and so runs, the module: for a trial's process only.
    Raises ``BacktestError`` when the path is none, leads to nothing that can be called, or the
    function lacks one of ``PARAMETERS`` or needs another.
    """
    module_name, names = _parts(path)
    if folder is not None:
        _put_first(folder)
    found: Any = _import(module_name)
    where = module_name
    for name in names:
        found = _attribute(found, name, where)
        where += (":" if where == module_name else ".") + name
    if not callable(found):
        raise BacktestError(f"{path}: must be a function, got {shown(found)}; name a function")
    _check_signature(found, path)
    return found  # type: ignore[no-any-return]  # it is callable


def _parts(path: str) -> tuple[str, list[str]]:
    module, _, names = path.partition(":") if isinstance(path, str) else ("", "", "")
    if not all(name.isidentifier() for name in [*module.split("."), *names.split(".")]):
        raise BacktestError(
            f'backtest: must be "package.module:function", got {shown(path)}; '
            "write titan.core.backtest:run_backtest, say"
        )
    return module, names.split(".")


def _put_first(folder: str) -> None:
    absolute = Path(folder).absolute()
    if not absolute.is_dir():
        raise BacktestError(
            f"backtest path: must be a folder, got {shown(folder)}; pass the one that holds the "
            "backtest's package"
        )
    sys.path[:] = [str(absolute), *(entry for entry in sys.path if entry != str(absolute))]
    importlib.invalidate_caches()


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        raise BacktestError(
            f"{name}: must be importable, got {told(error)}; {_remedy(name, error)}"
        ) from error


def _remedy(name: str, error: BaseException) -> str:
    if not isinstance(error, ImportError):
        return "put right what its import runs"
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    if missing is not None and f"{name}.".startswith(f"{missing}."):
        return "install it here, or pass the folder that holds it as backtest path"
    return "install what it needs in this environment"


def _attribute(owner: object, name: str, where: str) -> object:
    try:
        return getattr(owner, name)
    except AttributeError as error:
        near = difflib.get_close_matches(name, dir(owner), n=1)
        remedy = f"did you mean {near[0]}?" if near else "name a function that it has"
        raise BacktestError(f"{where}: must have {name!r}, got no such name; {remedy}") from error
    except Exception as error:  # a module may import its names on first use
        raise BacktestError(
            f"{where}: must have {name!r}, got {told(error)}; put right what it runs"
        ) from error


def _check_signature(fn: Callable[..., Any], path: str) -> None:
    parameters = _parameters_of(fn)
    if parameters is None:  # not written in Python: calling it will tell
        return
    takes_any = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values())
    named = {name for name, p in parameters.items() if p.kind in _BY_KEYWORD}
    missing = [name for name in PARAMETERS if name not in named and not takes_any]
    if missing:
        raise BacktestError(
            f"{path}: must take {', '.join(missing)} by keyword, got "
            f"({', '.join(parameters)}); wrap it in a function that takes all of "
            f"{', '.join(PARAMETERS)}"
        )
    more = [
        name
        for name, p in parameters.items()
        if p.default is p.empty and p.kind not in _MANY and name not in named & set(PARAMETERS)
    ]
    if more:
        raise BacktestError(
            f"{path}: must need no argument but {', '.join(PARAMETERS)}, got {', '.join(more)}; "
            "give it a default"
        )


def _parameters_of(fn: Callable[..., Any]) -> Mapping[str, inspect.Parameter] | None:
    try:
        return inspect.signature(fn).parameters
    except (TypeError, ValueError):
        return None


def accepts(fn: Callable[..., Any], name: str) -> bool:
    """Whether ``fn`` names an optional parameter that can be passed by keyword.

    ``**kwargs`` alone names nothing: what it does with an unknown keyword cannot be seen. A
    function whose signature cannot be read accepts nothing.
    """
    parameter = (_parameters_of(fn) or {}).get(name)
    return parameter is not None and parameter.kind in _BY_KEYWORD


def describe_backtest(fn: Callable[..., Any], path: str = "") -> dict[str, str]:
    """Return what tells one backtest from another: path, version and sha256, "" where unknown.

    path: as it was asked for, else where the function says that it was written. version: of the
    installed distribution named like the top-level package, else its ``__version__``. sha256: 64
    hex digits of the file of the function's module; of that file alone, not of what it imports.
    """
    while isinstance(fn, functools.partial):
        fn = fn.func
    module = str(getattr(fn, "__module__", None) or "")
    name = getattr(fn, "__qualname__", type(fn).__qualname__)
    top = (path or module).partition(":")[0].partition(".")[0]
    return {
        "path": path or f"{module}:{name}",
        "version": _version_of(top),
        "sha256": _sha256_of(module),
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
