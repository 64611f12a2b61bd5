"""What a new study takes from elsewhere, looked at before anything of it is stored."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from titan_mlopt.core.parameters import Params
from titan_mlopt.core.storage_url import StorageUrl
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.tuner_config import DASK, REGISTER_AS, TunerConfig
from titan_mlopt.executors.dry_run import KnownBacktest, try_backtest
from titan_mlopt.executors.factory import open_executor
from titan_mlopt.executors.local.workspace import new_scratch
from titan_mlopt.study import warm_start
from titan_mlopt.study.beginning import Beginning
from titan_mlopt.study.dataset import TuningData
from titan_mlopt.study.storage import studies
from titan_mlopt.tracking.uri import tracking_uri


def check_new_study(
    db_path: StorageUrl,
    config: TunerConfig,
    data: TuningData,
    beginning: Beginning,
    notice: Callable[[str], None],
) -> KnownBacktest:
    """Look at all that a study takes from elsewhere before it is made, and return its backtest.

    What is refused here leaves no database behind. The sources of start points are read once more
    when the study is locked, with their notices.

    Raises:
        TitanMloptError: As ``Tuning.run`` raises it.
    """
    config = beginning.config({}, config)
    if config.tracking:
        tracking_uri(config.tracking_uri)
    sources = start_sources(config, partial(studies.load_source, db_path), lambda _: None)
    beginning.read(None, config, sources)
    if config.backtest is None and config.executor == DASK:  # else the dry run needs a scheduler
        open_executor(config, 1, new_scratch(config.scratch), notice).close()
    return try_backtest(config, data.candles, notice, data.segments)


def start_sources(
    config: TunerConfig, stored: Callable[[str], StudyRecord], notice: Callable[[str], None]
) -> warm_start.Sources:
    """Return where start points are read from; stored: of the study's own database."""

    def registered(which: str) -> tuple[str, Params] | None:
        # Imports MLflow, which a coordinator does without.
        from titan_mlopt.tracking.registry.start_config import registered_config

        uri, name = tracking_uri(config.tracking_uri), config.register_as or REGISTER_AS
        return registered_config(uri, name, which, notice)

    return warm_start.Sources(config.space, stored, registered, notice)
