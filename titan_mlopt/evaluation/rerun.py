"""What it takes to run a stored study's configs again: its candles, its backtest, its settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Self

import numpy as np

from titan_mlopt.backtest.sources import find_difference, shown_digest
from titan_mlopt.candles.candles import Candles, load_candles
from titan_mlopt.candles.folders import is_there
from titan_mlopt.candles.sample import SAMPLE, stored_sample
from titan_mlopt.core.backtest_id import comparable, is_embedded
from titan_mlopt.core.candle_options import NO_OPTIONS, CandleOptions
from titan_mlopt.core.errors import ConfigError, StudyError, short_repr
from titan_mlopt.core.settings import BY_NAME
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.tuner_config import LOCAL, TunerConfig
from titan_mlopt.executors.dry_run import try_backtest
from titan_mlopt.executors.factory import warn_of_few_cores
from titan_mlopt.study.dataset import study_segments
from titan_mlopt.tracking.study_report import config_of


@dataclass(frozen=True, slots=True)
class BacktestChoice:
    """The backtest that the user names; as code that is run, it never comes from a study.

    Attributes:
        backtest: Import path; None for the embedded one.
        folder: Where to import it from; None for the import path of Python.
    """

    backtest: str | None = None
    folder: str | None = None

    @classmethod
    def of_options(cls, chosen: Mapping[str, Any]) -> Self:
        """Return what ``--backtest`` and ``--backtest-path`` name, given as they were typed."""
        return cls(*(BY_NAME[name].value(chosen[name]) for name in ("backtest", "backtest_path")))


@dataclass(frozen=True, slots=True)
class Rerun:
    """What it takes to run a study's configs again.

    Attributes:
        config: The study's settings.
        whole: All candles that the study was made from, its hold-out included.
        candles: Those that the study was tuned on.
        sources: SHA-256 by module of what an external backtest must load.
    """

    config: TunerConfig
    whole: Candles
    candles: Candles
    sources: Mapping[str, str] = field(default_factory=dict)


def load_rerun(
    record: StudyRecord,
    named: BacktestChoice,
    path: str | None,
    n_jobs: int,
    notice: Callable[[str], None],
    *,
    executor: str = LOCAL,
    scheduler: str | None = None,
    options: CandleOptions = NO_OPTIONS,
) -> Rerun:
    """Read the candles of a study, and try its backtest on them.

    Args:
        record: The study.
        named: The backtest, as the user names it.
        path: Candle file, or ``sample``; None for where the study read its candles.
        n_jobs: How many configs run at once.
        notice: Called with what a person should know.
        executor: Where the configs run, wherever the study ran.
        scheduler: Address of the Dask scheduler; None without Dask.
        options: How to read the candle file, where that is not as the study read it.

    Raises:
        BacktestError: The backtest cannot be used.
        CandleError: The candle file cannot be used.
        ConfigError: Another backtest is named than that of the study.
        StudyError: The candles are not the study's, or its backtest is another version now.
    """
    _check_named(record, named)  # before candles are read for nothing
    whole = _find_whole(record, path, options)
    candles = _tuning_part(record, whole)
    check_candles(record, candles)
    config = replace(
        config_of(record),
        backtest=named.backtest,
        backtest_path=named.folder,
        n_jobs=n_jobs,
        executor=executor,
        scheduler=scheduler,
    )
    warn_of_few_cores(config, notice)
    backtest = try_backtest(config, candles, notice, study_segments(candles, config))
    before, after = comparable(record.backtest), comparable(backtest.identity)
    module = find_difference(record.sources, backtest.sources)
    if module is not None or {key: before.get(key) for key in after} != after:
        raise StudyError(
            f"study {record.name}: must be run by the backtest that it was tuned with, "
            f"{_described(record.backtest, module, record.sources)}, got "
            f"{_described(backtest.identity, module, backtest.sources)}; use that one, "
            "or tune a new study"
        )
    return Rerun(config, whole, candles, {**record.sources, **backtest.sources})


def _check_named(record: StudyRecord, named: BacktestChoice) -> None:
    """Raise ``ConfigError`` unless the backtest is named that the study is of."""
    path = None if is_embedded(record.backtest) else str(record.backtest.get("path", ""))
    if path != named.backtest:
        expected = path or "embedded"
        raise ConfigError(
            f"backtest: must be the one that the study {record.name} is of, {expected}, got "
            f"{short_repr(named.backtest or 'embedded')}; name it with --backtest {expected}"
        )


def find_candles(
    study: StudyRecord, path: str | None, options: CandleOptions = NO_OPTIONS
) -> Candles:
    """Return the candles that the study was tuned on: those before its hold-out.

    Args:
        study: The study.
        path: Candle file, or ``sample``; None for where the study read its candles.
        options: As in ``load_rerun``.

    Raises:
        CandleError: The file cannot be used.
        StudyError: The path is None, and the file of the study is not there any more.
    """
    return _tuning_part(study, _find_whole(study, path, options))


def _find_whole(study: StudyRecord, path: str | None, options: CandleOptions) -> Candles:
    """Return all candles of the file that the study was made from, its hold-out too."""
    name = study.candles.get("name")
    source = path or study.settings.get("candles_path") or (SAMPLE if name == SAMPLE else "")
    if source == SAMPLE:
        return _from_first(study, stored_sample(study.candles))
    if path is None and not (source and is_there(source)):
        raise StudyError(
            f"candles: must still be where the study {study.name} read them, got no file "
            f"{short_repr(source or name)}; pass --candles FILE"
        )
    whole = load_candles(source, **asdict(options.or_of(study.settings, same_file=path is None)))
    return _from_first(study, whole)


def _from_first(study: StudyRecord, whole: Candles) -> Candles:
    """Return the candles from the study's first one on: the file may begin before it."""
    first = study.candles.get("first")
    if first is None:
        return whole
    start = int(np.searchsorted(whole.ts, int(datetime.fromisoformat(first).timestamp())))
    return whole.part(start, len(whole)) if 0 < start < len(whole) - 1 else whole


def _tuning_part(study: StudyRecord, candles: Candles) -> Candles:
    """Return the candles before the hold-out: by their number, as the file may have grown."""
    if study.holdout:
        return candles.head(int(study.candles["count"]))
    limit = study.settings.get("limit")
    return candles if limit is None else candles.head(limit)


def check_candles(study: StudyRecord, candles: Candles) -> None:
    """Check that these are the candles that the study was tuned on.

    Raises:
        StudyError: Their SHA-256 differs from the stored one.
    """
    stored, got = str(study.candles.get("sha256", "")), candles.digest
    if stored != got:
        raise StudyError(
            f"candles: must be those of the study {study.name}, SHA-256 {stored[:12]}…, got "
            f"{candles.name} with {got[:12]}…; pass --candles FILE"
        )


def _described(backtest: Mapping[str, Any], module: str | None, sources: Mapping[str, str]) -> str:
    version = f"{backtest.get('path')} version {backtest.get('version') or 'unknown'}"
    if module is not None:
        return f"{version} with {module} ({shown_digest(sources[module])})"
    return version + (f" (SHA-256 {backtest['sha256'][:12]}…)" if backtest.get("sha256") else "")
