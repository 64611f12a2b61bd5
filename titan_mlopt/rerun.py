"""A stored study's settings, to run its configs again: checked, the backtest named anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from titan_mlopt.backtest.identity import is_embedded
from titan_mlopt.candles import Candles
from titan_mlopt.config import LOCAL, TunerConfig
from titan_mlopt.errors import ConfigError, StudyError, shown
from titan_mlopt.mirroring import config_of
from titan_mlopt.records import StudyRecord
from titan_mlopt.subject import backtest_identity


@dataclass(frozen=True, slots=True)
class Named:
    """The backtest that the user names: an import path, None for the embedded one, and a folder.

    It is code that is run, so it is never taken from a study or a registry.
    """

    backtest: str | None = None
    folder: str | None = None


def rerun_config(
    record: StudyRecord,
    candles: Candles,
    named: Named,
    n_jobs: int,
    notice: Callable[[str], None],
    *,
    executor: str = LOCAL,
    scheduler: str | None = None,
) -> TunerConfig:
    """Return the settings that run the study's configs as they were run.

    candles: those that it was tuned on. executor, scheduler: where they run, wherever the study
    ran. Raises ``ConfigError`` unless the backtest is named that
    the study is of, ``StudyError`` when that is of another version now.
    """
    check_named(record, named)
    config = replace(
        config_of(record),
        backtest=named.backtest,
        backtest_path=named.folder,
        n_jobs=n_jobs,
        executor=executor,
        scheduler=scheduler,
    )
    now = backtest_identity(config, candles, notice)
    if {key: record.backtest.get(key) for key in now} != now:
        raise StudyError(
            f"study {record.name}: must be run by the backtest that it was tuned with, "
            f"{_shown(record.backtest)}, got {_shown(now)}; use that one, or tune a new study"
        )
    return config


def check_named(record: StudyRecord, named: Named) -> None:
    """Raise ``ConfigError`` unless the backtest is named that the study is of."""
    wanted = None if is_embedded(record.backtest) else str(record.backtest.get("path", ""))
    if wanted != named.backtest:
        raise ConfigError(
            f"backtest: must be the one that the study {record.name} is of, "
            f"{wanted or 'embedded'}, got {shown(named.backtest or 'embedded')}; name it with "
            f"--backtest {wanted or 'embedded'}"
        )


def _shown(backtest: Mapping[str, Any]) -> str:
    sha256 = f" (SHA-256 {backtest['sha256'][:12]}…)" if backtest.get("sha256") else ""
    return f"{backtest.get('path')} version {backtest.get('version') or 'unknown'}{sha256}"
