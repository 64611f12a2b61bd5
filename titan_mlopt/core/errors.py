"""The exceptions that users see.

Messages have one form: ``<where>: <what must hold>, got <value>; <remedy>``.
"""

from __future__ import annotations

from collections.abc import Iterable


class TitanMloptError(Exception):
    """An error that the user can correct; the command line prints it and exits with 2."""


class ConfigError(TitanMloptError):
    """A setting or parameter is out of its range or of the wrong type."""


class CandleError(TitanMloptError):
    """A candle file cannot be used; the message names file, row, column and value."""


class BacktestError(TitanMloptError):
    """The backtest cannot be loaded, or returns what cannot be used."""


class StudyError(TitanMloptError):
    """The study cannot be opened or continued as asked."""


class NoStudiesError(StudyError):
    """There is no such database, or it has no tables of studies."""


class TrialError(TitanMloptError):
    """The worker processes cannot be started."""


class TrackingError(TitanMloptError):
    """MLflow or its registry is unavailable, lacks what was asked for, or holds something else."""


class TitanMloptWarning(UserWarning):
    """Something the user should know that stops nothing; the command line prints it."""


def short_repr(value: object, limit: int = 80) -> str:
    """Return ``repr(value)``, cut to ``limit`` characters, for the ``got …`` of a message."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - any object's own code, or an int of over 4,300 digits
        kind = type(value).__name__
        return f"{'an' if kind[:1] in 'aeiou' else 'a'} {kind} that cannot be shown"
    return text if len(text) <= limit else text[: limit - 1] + "…"


def printable(text: str, *, lines: bool = False) -> str:
    """Return a text that is safe for a terminal: it moves no cursor and hides nothing.

    Control characters, marks that turn the direction of writing and halves of characters are
    spelled out. Bytes of a file's name that are no UTF-8 stay, as the name is to be typed, but for
    those that 8-bit terminals take for control characters.

    Args:
        text: The text.
        lines: Whether it may have several lines, whose ends stay.
    """
    if text.isprintable():
        return text
    return "".join(
        sign
        if sign.isprintable() or (lines and sign == "\n") or "\udca0" <= sign <= "\udcff"
        else sign.encode("unicode_escape").decode()
        for sign in text
    )


def did_you_mean(value: object, names: Iterable[str]) -> str:
    """Return the remedy ``; did you mean NAME?`` for a misspelt name, "" when none is close."""
    from difflib import get_close_matches  # only errors need it

    close = get_close_matches(str(value), list(names), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def describe_exception(error: BaseException, limit: int = 400) -> str:
    """Return type and text of an exception and its causes, at most 5, cut to ``limit``."""
    texts: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(texts) < 5:
        texts.append(f"{type(cause).__name__}: {cause}" if str(cause) else type(cause).__name__)
        cause = cause.__cause__
    text = ", from ".join(texts)
    return text if len(text) <= limit else text[: limit - 1] + "…"
