"""What a process loads of a backtest: which modules count, and that what is hashed is what runs."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import py_compile
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.paths import ROOT
from titan_mlopt.backtest.sources import ABSENT, SourceLog, find_difference


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def lib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder that is first on the path; what is imported meanwhile is forgotten."""
    folder = tmp_path / "lib"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    before = set(sys.modules)
    yield folder
    for name in set(sys.modules) - before:
        del sys.modules[name]


def log_of(*modules: str, known: dict[str, str] | None = None, folder: str = "") -> SourceLog:
    """Return the log of importing the modules, of the backtest ``oddly.run:f``."""
    log = SourceLog("oddly.run:f", folder, known or {})
    with log.attached():
        for name in modules:
            try:
                importlib.import_module(name)
            except (ImportError, SyntaxError):
                continue
    return log


def make(lib: Path, **files: str) -> None:
    for name, text in {"oddly/__init__": "", "oddly/run": "", **files}.items():
        path = lib / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_every_module_of_the_package_counts_and_its_neighbours_but_nothing_installed(
    lib: Path,
) -> None:
    installed = lib / "env" / "site-packages"
    make(lib, **{"oddly/run": "import oddly_beside, zlib, colorsys", "oddly_beside": "N = 1"})
    make(installed, oddly_installed="N = 2")
    sys.path.append(str(installed))
    log = log_of("oddly.run", "oddly_installed", "this")
    assert log.found == {
        "oddly": sha256(""),
        "oddly.run": sha256("import oddly_beside, zlib, colorsys"),
        "oddly_beside": sha256("N = 1"),
    }


def test_an_installed_backtest_counts_with_its_own_package_alone(lib: Path) -> None:
    installed = lib / "site-packages"
    make(installed, **{"oddly/run": "import oddly_other", "oddly_other": ""})
    sys.path.append(str(installed))
    assert set(log_of("oddly.run").found) == {"oddly", "oddly.run"}


def test_modules_below_the_folder_of_backtests_count(lib: Path) -> None:
    make(lib / "more", oddly_tool="N = 3")
    sys.path.append(str(lib / "more"))
    assert log_of("oddly_tool").found == {}
    del sys.modules["oddly_tool"]
    assert log_of("oddly_tool", folder=str(lib)).found == {"oddly_tool": sha256("N = 3")}


def test_the_bytes_that_are_hashed_are_those_that_run_whatever_was_compiled_before(
    lib: Path,
) -> None:
    make(lib, **{"oddly/run": "N = 1"})
    source = lib / "oddly" / "run.py"
    was = source.stat()
    py_compile.compile(str(source))
    source.write_text("N = 2")
    os.utime(source, ns=(was.st_atime_ns, was.st_mtime_ns))
    plain = importlib.import_module("oddly.run")
    assert plain.N == 1  # Python itself takes the compiled file
    del sys.modules["oddly.run"]
    log = log_of("oddly.run")
    assert log.found["oddly.run"] == sha256("N = 2")
    assert sys.modules["oddly.run"].N == 2


def test_each_module_is_told_before_it_runs(lib: Path) -> None:
    make(lib, **{"oddly/run": "import oddly_told; SEEN = list(oddly_told.TOLD)", "oddly_told": ""})
    told = importlib.import_module("oddly_told")
    told.TOLD = []
    log = SourceLog("oddly.run:f", "", {}, lambda name, digest: told.TOLD.append((name, digest)))
    with log.attached():
        run = importlib.import_module("oddly.run")
    expected = [("oddly", sha256("")), ("oddly.run", log.found["oddly.run"])]
    assert expected == run.SEEN


def test_a_module_that_is_gone_or_cannot_be_compiled_differs_from_what_is_known(lib: Path) -> None:
    make(lib, **{"oddly/run": "def (:"})
    gone = log_of("oddly.gone", "oddly_helper", known={"oddly_helper": "a", "oddly.gone": "b"})
    assert gone.found == {"oddly": sha256(""), "oddly.gone": ABSENT, "oddly_helper": ABSENT}
    assert gone.difference == "oddly.gone"
    assert log_of("oddly.run", known={"oddly.run": sha256("")}).difference == "oddly.run"
    assert log_of("oddly_helper").found == {}  # nobody knows it


def test_a_package_that_has_lost_its_own_file_differs(lib: Path) -> None:
    make(lib)
    known = log_of("oddly.run").found
    del sys.modules["oddly"], sys.modules["oddly.run"]
    (lib / "oddly" / "__init__.py").unlink()
    assert log_of("oddly.run", known=known).difference == "oddly"


def test_a_module_that_is_written_after_it_was_missed_counts_as_it_was_read(lib: Path) -> None:
    make(lib)
    text = "N = 4"
    (lib / "oddly" / "run.py").write_text(
        "import importlib, pathlib\n"
        "try: import oddly.made\n"
        "except ImportError:\n"
        f"    pathlib.Path(__file__).with_name('made.py').write_text({text!r})\n"
        "    importlib.invalidate_caches()\n"
        "    import oddly.made\n"
    )
    first = log_of("oddly.run").found
    assert first["oddly.made"] == sha256(text)
    for name in ("oddly", "oddly.run", "oddly.made"):
        del sys.modules[name]
    assert log_of("oddly.run", known=first).difference is None


def test_a_module_that_is_loaded_twice_from_two_sources_agrees_with_neither(lib: Path) -> None:
    make(lib, **{"oddly/run": "N = 1"})
    log = SourceLog("oddly.run:f", "", {"oddly.run": sha256("N = 1")})
    with log.attached():
        run = importlib.import_module("oddly.run")
        assert log.difference is None
        (lib / "oddly" / "run.py").write_text("N = 2")
        importlib.reload(run)
    assert log.difference == "oddly.run"


def test_plug_ins_of_one_name_are_told_apart_by_their_files(lib: Path) -> None:
    make(lib, **{"oddly/one": "N = 1", "oddly/two": "N = 2"})

    def load(*names: str) -> dict[str, str]:
        log = SourceLog("oddly.run:f", str(lib), {})
        with log.attached():
            for name in names:
                path = lib / "oddly" / f"{name}.py"
                spec = importlib.util.spec_from_file_location("plug_in", path)
                assert spec is not None
                assert spec.loader is not None
                spec.loader.exec_module(importlib.util.module_from_spec(spec))
        return log.found

    expected = {"plug_in (one.py)": sha256("N = 1"), "plug_in (two.py)": sha256("N = 2")}
    assert load("one", "two") == load("two", "one") == expected


def test_what_a_fork_loads_is_left_to_it(lib: Path) -> None:
    make(lib)
    log = SourceLog("oddly.run:f", "", {})
    with log.attached():
        pid = os.fork()
        if pid == 0:
            importlib.import_module("oddly.run")
            os._exit(len(log.found))
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_imports_are_as_before_when_the_block_has_ended(lib: Path) -> None:
    make(lib)
    finders = list(sys.meta_path)
    log = log_of("oddly.run")
    assert sys.meta_path == finders
    found = dict(log.found)
    make(lib, **{"oddly/more": ""})
    importlib.import_module("oddly.more")
    assert log.found == found


def test_the_embedded_backtest_has_no_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "titan_mlopt.backtest.sources")
    log = SourceLog("titan_mlopt.backtest.runner:run_backtest", str(ROOT), {})
    with log.attached():
        importlib.import_module("titan_mlopt.backtest.sources")
    assert log.found == {}


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ({}, {"a": "1"}, None),
        ({"a": "1"}, {}, None),
        ({"a": "1", "b": "2"}, {"a": "1", "c": "3"}, None),
        ({"a": "1", "b": "2", "c": "3"}, {"c": "x", "b": "y", "a": "1"}, "b"),
        ({"a": ""}, {"a": "1"}, "a"),
        ({"a": "1"}, {"a": ""}, "a"),
    ],
)
def test_the_first_module_that_both_have_and_that_is_not_the_same_differs(
    before: dict[str, str], now: dict[str, str], expected: str | None
) -> None:
    assert find_difference(before, now) == expected
