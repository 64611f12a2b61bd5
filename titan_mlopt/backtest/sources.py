"""Hashes of the sources that a backtest is loaded from, in a trial's process only.

Python may run a cached ``.pyc`` instead of a source whose time and size did not change, so the hash
of a source file does not prove what ran. Here the very bytes that are hashed are compiled.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.machinery import ExtensionFileLoader, SourceFileLoader, SourcelessFileLoader
from pathlib import Path
from typing import Any

#: Digest of a module that was imported but does not exist or cannot be read.
ABSENT = ""

# titan_mlopt itself is identified by ENGINE_VERSION, and partly loaded before the backtest.
_OWN_PACKAGE = __name__.partition(".")[0]
_INSTALLED = {"site-packages", "dist-packages"}
# Joins the digests of a module that one process loaded from several sources.
_AND = " and "


def find_difference(before: Mapping[str, str], current: Mapping[str, str]) -> str | None:
    """Return the first module, by name, whose digest differs; None when all agree.

    Args:
        before: Digests by module. A module in only one of the two is ignored.
        current: The digests to compare.
    """
    common = sorted(before.keys() & current.keys())
    return next((name for name in common if before[name] != current[name]), None)


def shown_digest(digest: str) -> str:
    """Return a digest for a message, cut to its first 12 digits."""
    return "no such file" if digest == ABSENT else f"SHA-256 {digest[:12]}…"


class SourceLog:
    """Logs the SHA-256 of each source that this process loads for a backtest.

    Logged are the modules of the backtest's top-level package, and those below ``folder`` or below
    the folder that holds that package, except installed packages and the standard library. A
    compiled extension counts by its file. Imports in processes that the backtest starts are not
    seen.

    Args:
        backtest: Import path, "package.module:function".
        folder: Absolute path of a folder that holds backtests, "" for none.
        expected: Digests of earlier trials. A module among them that is missing now is logged as
            ABSENT.
        tell: Called with module and digest before the module runs.

    Attributes:
        found: SHA-256 by module, in the order of the imports.
        files: Name and path of each module that was read, in that order; path "" for a module that
            is missing.
    """

    def __init__(
        self,
        backtest: str,
        folder: str,
        expected: Mapping[str, str],
        tell: Callable[[str, str], None] = lambda _, __: None,
    ) -> None:
        self.found: dict[str, str] = {}
        self.files: list[tuple[str, str]] = []
        self._top = backtest.partition(":")[0].partition(".")[0]
        self._folders = {Path(folder)} if folder else set[Path]()
        self._known, self._tell, self._pid = expected, tell, os.getpid()

    @property
    def difference(self) -> str | None:
        """The first module whose digest is not the expected one, None when all agree."""
        for name, digest in self._known.items():
            # A package whose __init__.py is gone is imported as a namespace, without any file.
            module = sys.modules.get(name) if digest != ABSENT and name not in self.found else None
            if module is not None and getattr(module, "__file__", None) is None:
                self._log(name, ABSENT)
        return find_difference(self._known, self.found)

    def log_loaded(self, files: Iterable[tuple[str, str]]) -> None:
        """Log modules that this process has loaded already, by their sources as they are now.

        Args:
            files: The ``files`` of the log that was attached when they were loaded.
        """
        for name, path in files:
            self.files.append((name, path))
            if not path:
                self._log(name, ABSENT)
            elif self._counts(name, path):
                key = _key_of(name, Path(path))
                try:
                    self._log(key, hashlib.sha256(Path(path).read_bytes()).hexdigest())
                except OSError:
                    self._log(key, ABSENT)

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Log the imports within the block, by any finder."""
        changed = [
            (SourceFileLoader, "get_code", self._compiling),
            (SourcelessFileLoader, "get_code", self._reading_first),
            (ExtensionFileLoader, "create_module", self._reading_first),
        ]
        before = [(loader, name, getattr(loader, name)) for loader, name, _ in changed]
        for (loader, name, change), (*_, original) in zip(changed, before, strict=True):
            setattr(loader, name, change(original))
        sys.meta_path.append(self)
        try:
            yield
        finally:
            sys.meta_path.remove(self)
            for loader, name, original in before:
                setattr(loader, name, original)

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Log a missing module: this finder is the last, so no other one found it."""
        if name in self._known or name.partition(".")[0] == self._top:
            self.files.append((name, ""))
            self._log(name, ABSENT)

    def _compiling(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Return a ``get_code`` that compiles the hashed source and ignores cached code."""

        def get_code(loader: SourceFileLoader, name: str) -> Any:
            if not self._counts(name, loader.path):
                return original(loader, name)
            return loader.source_to_code(self._read(loader, name), loader.path)

        return get_code

    def _reading_first(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Return a loader's method that hashes the file before loading it."""

        def load(loader: SourcelessFileLoader | ExtensionFileLoader, module: Any) -> Any:
            if self._counts(loader.name, loader.path):
                self._read(loader, loader.name)
            return original(loader, module)

        return load

    def _counts(self, name: str, path: str) -> bool:
        """Return whether the module belongs to the backtest."""
        top, file = name.partition(".")[0], Path(path)
        if top == self._top != _OWN_PACKAGE:
            self._folders |= _folder_of(name, file)
            return True
        if top == _OWN_PACKAGE or top in sys.stdlib_module_names or _INSTALLED & {*file.parts}:
            return False
        return any(folder in file.parents for folder in self._folders)

    def _read(self, loader: Any, name: str) -> bytes:
        key = _key_of(name, Path(loader.path))
        self.files.append((name, loader.path))
        try:
            source: bytes = loader.get_data(loader.path)
        except OSError:
            self._log(key, ABSENT)
            raise
        self._log(key, hashlib.sha256(source).hexdigest())
        return source

    def _log(self, name: str, digest: str) -> None:
        if os.getpid() != self._pid:  # in a fork made by the backtest nobody receives it
            return
        before = self.found.get(name, ABSENT)
        if name in self.found and digest in {ABSENT, *before.split(_AND)}:
            return
        self.found[name] = digest if before == ABSENT else f"{before}{_AND}{digest}"
        self._tell(name, self.found[name])


def _folder_of(name: str, file: Path) -> set[Path]:
    """Return the folder that holds the module's top-level package, or none if it is installed."""
    if _INSTALLED & {*file.parts}:
        return set()
    module = file.parent if file.stem == "__init__" else file
    return {*list(module.parents)[name.count(".") :][:1]}


def _key_of(name: str, file: Path) -> str:
    """Return the module's name, with that of its file if it differs: plug-ins may share a name."""
    stem = file.parent.name if file.stem == "__init__" else file.name.partition(".")[0]
    return name if stem == name.rpartition(".")[2] else f"{name} ({file.name})"
