"""The exceptions that users meet.

Messages follow one grammar: ``<where>: <what must hold>, got <value>; <remedy>``.
"""


class TitanMloptError(Exception):
    """Anything the user can put right; the command line prints it and exits with 2."""


class ConfigError(TitanMloptError):
    """A setting or a parameter is out of its range or of the wrong type."""


class CandleError(TitanMloptError):
    """A candle file cannot be used; the message names file, row, column and value."""


class BacktestError(TitanMloptError):
    """The backtest cannot be used as asked."""


class StudyError(TitanMloptError):
    """The study cannot be opened or continued as asked."""


class TrialError(TitanMloptError):
    """The worker processes cannot be started."""


class TrackingError(TitanMloptError):
    """MLflow, or its registry, does not hold or take what was asked for."""


def shown(value: object, limit: int = 80) -> str:
    """Return ``repr(value)``, shortened, for the ``got …`` of a message."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def told(error: BaseException, limit: int = 400) -> str:
    """Return type and text of an exception and of what it was raised from, shortened."""
    texts: list[str] = []
    link: BaseException | None = error
    while link is not None and len(texts) < 5:
        texts.append(f"{type(link).__name__}: {link}" if str(link) else type(link).__name__)
        link = link.__cause__
    text = ", from ".join(texts)
    return text if len(text) <= limit else text[: limit - 1] + "…"
