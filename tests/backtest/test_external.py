"""A backtest by its import path: what is found, what is refused, and how that is said."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support.standin_cases import STANDIN, imports, write
from titan_mlopt.backtest.external import PARAMETERS, load_backtest
from titan_mlopt.core.errors import BacktestError, TitanMloptError, short_repr

__all__ = ["imports"]  # fixtures: pytest finds them here by their names
pytestmark = pytest.mark.usefixtures("imports")

TITAN = "titan.core.backtest:run_backtest"
ALL = ", ".join(PARAMETERS)


def refusal(path: str, folder: Path | str | None = STANDIN) -> str:
    """Return the message with which a path is refused."""
    with pytest.raises(BacktestError) as caught:
        load_backtest(path, None if folder is None else str(folder))
    assert isinstance(caught.value, TitanMloptError)
    return str(caught.value)


# --- what is found -------------------------------------------------------------------------------


def test_the_folder_goes_to_the_front_of_the_path_once(tmp_path: Path) -> None:
    first = write(tmp_path / "a", "def run(**call): return 'a'")
    second = write(tmp_path / "b", "def run(**call): return 'b'", "odd_b.py")
    write(tmp_path / "b", "def run(**call): return 'wrong'")
    load_backtest("odd_b:run", second)
    assert load_backtest("odd:run", first)() == "a"
    assert sys.path[:2] == [first, second]
    load_backtest("odd_b:run", second)
    assert sys.path[:2] == [second, first]
    assert sys.path.count(second) == 1


def test_a_relative_folder_still_leads_there_after_a_change_of_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a", "def run(**call): import odd_late; return odd_late.N")
    write(tmp_path / "a", "N = 3", "odd_late.py")
    monkeypatch.chdir(tmp_path)
    run = load_backtest("odd:run", "a")
    monkeypatch.chdir("/")
    sys.path_importer_cache.clear()
    assert run() == 3


def test_a_module_written_a_moment_ago_is_found(tmp_path: Path) -> None:
    sys.path.insert(0, str(tmp_path))
    assert "must be importable" in refusal("odd:run", None)  # the folder is listed, and remembered
    listed = tmp_path.stat()
    write(tmp_path, "def run(**call): return 1")
    os.utime(tmp_path, ns=(listed.st_atime_ns, listed.st_mtime_ns))  # within a tick of its clock
    assert load_backtest("odd:run", str(tmp_path))() == 1


@pytest.mark.parametrize(
    "path",
    [
        "odd:Engine.run",
        "odd:Engine.Deep.run",
        "odd:engine.run",
        "odd:engine",
        "odd:Engine",
        "odd:partial",
        "odd:decorated",
        "odd:takes_some",
        "odd:c_function",
    ],
)
def test_anything_that_can_be_called_with_the_six_is_a_backtest(tmp_path: Path, path: str) -> None:
    six = ", ".join(f"{name}=None" for name in PARAMETERS)
    text = f"""
        import functools
        class Engine:
            def __init__(self, **call): pass
            def __call__(self, {six}): pass
            def run(self="", *, {six}, extra=1): pass
            class Deep:
                run = staticmethod(lambda {six}: None)
        engine = Engine()
        partial = functools.partial(lambda symbol, {six}: None, "BTC")
        @functools.wraps(partial.func)
        def wrapper(**call): pass
        decorated = functools.partial(wrapper, symbol="BTC")
        def takes_some(csv_path, db_path, *rest, out_dir, **call): pass
        c_function = dict.update  # its signature cannot be read
    """
    lines = [line[8:] for line in text.splitlines()]
    assert callable(load_backtest(path, write(tmp_path, "\n".join(lines))))


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        *("", ":", "titan", "titan.core.backtest", "titan.core.backtest:", ":run_backtest"),
        *("titan.core.backtest.run_backtest", "titan/core/backtest.py:run_backtest", "titan:a:b"),
        *("titan..core:run", ".core:run", "titan:run()", "titan: run", "titan:run.", "3:run"),
    ],
)
def test_a_path_that_is_none_is_refused(path: str) -> None:
    assert refusal(path) == (
        f'backtest: must be "package.module:function", got {path!r}; '
        "write my_backtest:run_backtest, say"
    )


def test_a_path_of_another_type_is_refused() -> None:
    with pytest.raises(BacktestError, match=r'must be "package\.module:function", got None; '):
        load_backtest(None, None)  # type: ignore[arg-type]  # on purpose


@pytest.mark.parametrize("make", [lambda path: None, Path.touch])
def test_a_folder_that_is_none_is_refused(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "lib")
    before = list(sys.path)
    # However long the place of the tests is: a long one is cut.
    assert refusal(TITAN, tmp_path / "lib") == (
        f"backtest path: must be a folder, got {short_repr(str(tmp_path / 'lib'))}; pass the one "
        "that holds the backtest's package"
    )
    assert sys.path == before


@pytest.mark.parametrize(
    ("path", "missing"),
    [(TITAN, "titan"), ("titan_mlopt.heart.backtest:run_backtest", "titan_mlopt.heart")],
)
def test_a_module_that_is_not_there_is_refused_with_where_to_look(path: str, missing: str) -> None:
    assert refusal(path, None) == (
        f"{path.partition(':')[0]}: must be importable, got ModuleNotFoundError: No module named "
        f"'{missing}'; install it here, or pass the folder that holds it as --backtest-path"
    )


def test_a_module_whose_needs_are_missing_is_refused_with_what_it_needs() -> None:
    assert refusal("titan.core.needs_more:run_backtest") == (
        "titan.core.needs_more: must be importable, got ModuleNotFoundError: No module named "
        "'titan_native_kernels'; install what it needs in this environment"
    )


@pytest.mark.parametrize(
    ("text", "got"),
    [
        ("raise RuntimeError('no licence')", "RuntimeError: no licence; put right what"),
        ("import od", "ModuleNotFoundError: No module named 'od'; install what it needs"),
        ("raise KeyError", "KeyError; put right what its import runs"),
        ("def run(:", r"SyntaxError: .* \(odd\.py, line 1\); put right"),
        ("raise SystemExit(2)", "SystemExit: 2; put right"),
        (
            "try: raise OSError('libfoo.so.3: not found')\n"
            "except OSError as e: raise ImportError('no native part') from e",
            r"ImportError: no native part, from OSError: libfoo\.so\.3: not found; install what",
        ),
        (f"raise ValueError({'x' * 10_000!r})", "ValueError: x{380,400}…; put right"),
    ],
)
def test_an_import_that_fails_is_refused_with_its_cause(
    tmp_path: Path, text: str, got: str
) -> None:
    message = refusal("odd:run", write(tmp_path, text))
    assert re.match(f"odd: must be importable, got {got}", message), message


def test_a_module_that_ends_the_interpreter_is_refused() -> None:
    message = refusal("titan.core.exits:run_backtest")
    assert "must be importable, got SystemExit: usage: exits.py CSV; put right" in message


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (
            "titan.core.backtest:run_backtst",
            "titan.core.backtest: must have 'run_backtst', got no such name; did you mean "
            "run_backtest?",
        ),
        (
            "titan.core.backtest:zzz",
            "titan.core.backtest: must have 'zzz', got no such name; name a function that it has",
        ),
        (
            "titan.core.backtest:Session.sav",
            "titan.core.backtest:Session: must have 'sav', got no such name; did you mean save?",
        ),
        (
            "titan.core.variants:not_callable",
            "titan.core.variants:not_callable: must be a function, got 'run_backtest'; name a "
            "function",
        ),
        (
            "titan.core.variants:lacks_a_parameter",
            "titan.core.variants:lacks_a_parameter: must take limit by keyword, got (csv_path, "
            "db_path, out_dir, tune_weights, return_stats); wrap it in a function that takes all "
            f"of {ALL}",
        ),
        (
            "titan.core.variants:needs_another",
            f"titan.core.variants:needs_another: must need no argument but {ALL}, got symbol; "
            "give it a default",
        ),
    ],
)
def test_what_is_no_backtest_is_refused(path: str, message: str) -> None:
    assert refusal(path) == message


@pytest.mark.parametrize(
    ("signature", "message"),
    [
        ("", f"must take {ALL} by keyword, got ()"),
        (f"{ALL}, /", f"must take {ALL} by keyword, got ({ALL})"),
        (f"csv_path, /, {ALL.removeprefix('csv_path, ')}", "must take csv_path by keyword"),
        ("*args", f"must take {ALL} by keyword, got (args)"),
        (f"{ALL}, *, exchange, fee", f"no argument but {ALL}, got exchange, fee; give it"),
        ("csv_path, /, **call", f"no argument but {ALL}, got csv_path; give it"),
    ],
)
def test_a_signature_that_does_not_fit_is_refused(
    tmp_path: Path, signature: str, message: str
) -> None:
    assert message in refusal("odd:run", write(tmp_path, f"def run({signature}): pass"))


def test_a_name_whose_look_up_fails_is_refused_with_its_cause(tmp_path: Path) -> None:
    text = "def __getattr__(name): raise ImportError(f'{name} needs torch')"
    assert refusal("odd:run", write(tmp_path, text)) == (
        "odd: must have 'run', got ImportError: run needs torch; put right what it runs"
    )
