"""A user's backtest, imported once in the zygote, so that trials need not import it again.

Each trial stays a fork that shares nothing with the next. So the import must leave behind nothing
that a fork would share or lose: what ``ProcessState`` sees is compared before and after it.
"""

from __future__ import annotations

import functools
import json
import os
import random
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePath
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from titan_mlopt.backtest.external import load_backtest
from titan_mlopt.backtest.sources import SourceLog, find_difference
from titan_mlopt.core.errors import BacktestError, short_repr
from titan_mlopt.core.trees import remove_tree
from titan_mlopt.executors.local.messages import ImportRequest

_SELF = Path("/proc/self")
# glibc's and Python's own shared mappings are backed by a file; a device has its own folder.
_NO_DEVICES = ("/dev/shm/", "/dev/zero")  # noqa: S108 - compared with what is mapped
_SHARED, _WRITABLE = 3, 1
_MOST_OBJECTS = 10**6
_SETTERS = (
    *((random, name) for name in ("seed", "setstate")),
    *((np.random, name) for name in ("seed", "set_state")),
)


class _RepeatImportError(Exception):
    """Each trial has to import the backtest for itself; the text says why."""


@dataclass(frozen=True)
class ImportedBacktest:
    """What an import left in this process, for its forks.

    Attributes:
        sources: Name and path of each module that was loaded for the backtest, in order; path ""
            for a module that was missing.
        random_state: State of ``random`` that the import set, None when it set none. A fork gets
            another one from Python, and has to put it back.
        keeps_numpy: Whether the import set the state of ``numpy.random``.
    """

    sources: tuple[tuple[str, str], ...]
    random_state: Any
    keeps_numpy: bool

    def seed(self) -> None:
        """Give a fork random states: those that the import set, and new ones otherwise."""
        if self.random_state is not None:
            random.setstate(self.random_state)
        if not self.keeps_numpy:
            np.random.seed()


#: The backtest of this process and, in a trial, of the zygote that it was forked from.
imported: ImportedBacktest | None = None


def import_backtest(request: ImportRequest) -> str:
    """Import a backtest in this process, so that its forks have it.

    Returns:
        "", or what the import leaves behind that a fork would share or lose, as a sentence. This
        process has to end then.
    """
    if not _SELF.is_dir():
        return "this system does not tell what it leaves behind"
    try:
        _import(request, json.loads(Path(request.sources).read_bytes()))
    except _RepeatImportError as error:
        return str(error)
    return ""


def _import(request: ImportRequest, pinned: Mapping[str, str]) -> None:
    """Import a backtest; raise ``_RepeatImportError`` unless forks can have it."""
    global imported
    folder = Path(request.sources).with_name("import")
    folder.mkdir()
    before = ProcessState.look()
    log = SourceLog(request.backtest, request.folder, pinned)
    home = folder if request.sealed else Path.cwd()
    with _within(home, folder), _pid_unread(log), _seeds() as seeded, log.attached():
        try:
            load_backtest(request.backtest, request.folder or None)
        except BacktestError as error:
            raise _RepeatImportError(f"it fails in an empty folder ({error})") from error
        if Path.cwd() != home:
            raise _RepeatImportError("it changes the working folder")
    _check_sources(log, pinned)
    if remnant := before.remnant(ProcessState.look()):
        raise _RepeatImportError(remnant)
    _check_folder(folder, log)
    remove_tree(folder)
    state = random.getstate() if random in seeded else None
    imported = ImportedBacktest(tuple(log.files), state, np.random in seeded)


@contextmanager
def _within(folder: Path, temporary_folder: Path) -> Iterator[None]:
    """Work in a folder as trials do, with a TMPDIR that is new; what is printed is not kept."""
    home, before = Path.cwd(), {name: os.environ.get(name) for name in ("TMPDIR", "PWD", "OLDPWD")}
    outputs = [os.dup(fd) for fd in (1, 2)]
    silence = os.open(os.devnull, os.O_WRONLY)
    for fd in (1, 2):
        os.dup2(silence, fd)
    os.close(silence)
    os.chdir(folder)
    os.environ["TMPDIR"], tempfile.tempdir = str(temporary_folder), None
    os.environ["PWD"] = str(folder)
    os.environ.pop("OLDPWD", None)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            os.environ |= {} if value is None else {name: value}
        tempfile.tempdir = None
        os.chdir(home)
        for fd, output in zip((1, 2), outputs, strict=True):
            os.dup2(output, fd)
            os.close(output)


@contextmanager
def _pid_unread(log: SourceLog) -> Iterator[None]:
    """Raise ``_RepeatImportError`` when a module of the backtest asks for its process's number.

    It would name a file by it, which all trials would share.
    """
    getpid, modules = os.getpid, set[str]()

    def getpid_for_caller() -> int:
        modules.add(sys._getframe(1).f_code.co_filename)
        return getpid()

    os.getpid = getpid_for_caller
    try:
        yield
    finally:
        os.getpid = getpid
    if modules & {path for _, path in log.files}:
        raise _RepeatImportError("it asks for the number of its process")


@contextmanager
def _seeds() -> Iterator[set[ModuleType]]:
    """Yield the set of modules, ``random`` and ``numpy.random``, whose state is set in the block.

    A state that an import only drew from is another one in each trial, as one that it left alone.
    """
    seeded = set[ModuleType]()
    before = [(module, name, getattr(module, name)) for module, name in _SETTERS]
    for module, name, function in before:
        setattr(module, name, _recording(module, function, seeded))
    try:
        yield seeded
    finally:
        for module, name, function in before:
            setattr(module, name, function)


def _recording(
    module: ModuleType, function: Callable[..., Any], seeded: set[ModuleType]
) -> Callable[..., Any]:
    """Return the function, with the module whose state it sets added to ``seeded``."""

    @functools.wraps(function)
    def set_state(*args: Any, **keywords: Any) -> Any:
        seeded.add(module)
        return function(*args, **keywords)

    return set_state


def _check_sources(log: SourceLog, pinned: Mapping[str, str]) -> None:
    """Raise ``_RepeatImportError`` unless the import loaded the sources that are pinned."""
    module = log.difference or find_difference(pinned, log.found)
    if module is not None:
        raise _RepeatImportError(f"it loads another {module} than the dry run")


def _check_folder(folder: Path, log: SourceLog) -> None:
    """Raise ``_RepeatImportError`` when the import wrote files, or keeps the folder's path."""
    if names := sorted(path.name for path in folder.iterdir()):
        raise _RepeatImportError(f"it writes the file {short_repr(names[0])}")
    for key, value in os.environ.items():
        if str(folder) in value:
            raise _RepeatImportError(f"it keeps the path of its own folder in ${key}")
    modules = {name: sys.modules[name] for name, _ in log.files if name in sys.modules}
    for name, module in modules.items():
        for key, value in list(vars(module).items()):
            if _holds(value, str(folder), modules):
                raise _RepeatImportError(f"it keeps the path of its own folder in {name}.{key}")


def _holds(root: object, text: str, modules: Mapping[str, ModuleType]) -> bool:
    """Return whether an object, or one that it refers to within the modules, holds a text.

    Raises:
        _RepeatImportError: It refers to too many objects.
    """
    objects, visited = [root], {id(vars(module)) for module in modules.values()}
    while objects:
        item = objects.pop()
        if id(item) in visited:
            continue
        visited.add(id(item))
        if len(visited) > _MOST_OBJECTS:
            raise _RepeatImportError("it keeps too many objects to look through")
        if isinstance(item, str | PurePath):
            if text in str(item):
                return True
        elif isinstance(item, bytes):
            if text.encode() in item:
                return True
        else:
            objects += _parts(item, modules)
    return False


def _parts(item: Any, modules: Mapping[str, ModuleType]) -> Iterable[object]:
    """Return what a container, or a class, function or instance of the modules, holds."""
    if isinstance(item, Mapping):
        return [*item.keys(), *item.values()]
    if isinstance(item, list | tuple | set | frozenset):
        return item
    if isinstance(item, FunctionType) and item.__module__ in modules:
        return [item.__defaults__, item.__kwdefaults__]
    if isinstance(item, type) and item.__module__ in modules:
        return list(vars(item).values())
    return getattr(item, "__dict__", {}).values() if type(item).__module__ in modules else ()


@dataclass(frozen=True)
class ProcessState:
    """What a fork shares with this process, or loses.

    Attributes:
        threads: Number of threads.
        files: Open descriptors with what they refer to.
        maps: Devices that are mapped, and writable memory that forks share.
        children: Processes that this one has started.
        handlers: Handler of each signal, and whether an alarm is set, which a fork loses.
    """

    threads: int
    files: frozenset[tuple[str, str]]
    maps: frozenset[str]
    children: frozenset[str]
    handlers: tuple[Any, ...]

    @classmethod
    def look(cls) -> ProcessState:
        """Return the state of this process now."""
        tasks = list((_SELF / "task").iterdir())
        children = [name for task in tasks for name in _text(task / "children").split()]
        handlers = (
            *map(signal.getsignal, sorted(signal.valid_signals())),
            signal.getitimer(signal.ITIMER_REAL)[0] > 0,
        )
        return cls(
            len(tasks), frozenset(_files()), frozenset(_maps()), frozenset(children), handlers
        )

    def remnant(self, after: ProcessState) -> str:
        """Return what the process has more now than a fork may inherit, as a sentence; else ""."""
        if after.threads > self.threads:
            return "it starts a thread"
        if opened := sorted(name for _, name in after.files - self.files):
            return f"it leaves {short_repr(Path(opened[0]).name)} open"
        if mapped := sorted(after.maps - self.maps):
            return f"it maps memory that trials would share ({short_repr(mapped[0])})"
        if after.children - self.children:
            return "it starts a process"
        return "it handles signals" if after.handlers != self.handlers else ""


def _files() -> Iterator[tuple[str, str]]:
    for link in list((_SELF / "fd").iterdir()):
        with suppress(OSError):  # the folder's own descriptor is closed by now
            yield link.name, str(link.readlink())


def _maps() -> Iterator[str]:
    """Yield the address and path of each mapping that forks share and may write to."""
    for line in _text(_SELF / "maps").splitlines():
        address, mode, _, _, _, *path = line.split(maxsplit=5)
        name = path[0] if path else ""
        is_device = name.startswith("/dev/") and not name.startswith(_NO_DEVICES)
        if is_device or (mode[_SHARED] == "s" and mode[_WRITABLE] == "w"):
            yield f"{address} {name}"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # a kernel without it
        return ""
