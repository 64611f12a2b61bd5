"""``AutoTuner`` and ``create_tuner``: the public face, wiring only."""

from __future__ import annotations

import importlib.util
import json
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from titan_mlopt.candles import Candles
from titan_mlopt.config import TunerConfig, check_number, check_whole
from titan_mlopt.files import write_file
from titan_mlopt.params import DEFAULTS, TUNABLE_PARAMS, Params, merge_config
from titan_mlopt.place import DEFAULT_DB, Server, choose_place
from titan_mlopt.records import OptimizationResult, StudyListener, TrialRecord
from titan_mlopt.report.summary import best_trial, summarise
from titan_mlopt.scoring import MULTI, Scale, directions_of, objective_value, scale_of
from titan_mlopt.stop import Stop
from titan_mlopt.study import database, sampling, storage
from titan_mlopt.study.backup_keeper import BackupKeeper
from titan_mlopt.study.trial_writer import TrialWriter
from titan_mlopt.subject import choose_candles
from titan_mlopt.tuning import TuneReport, Tuning

if TYPE_CHECKING:
    import optuna

#: Whether Optuna is there; clients of Titan's own tuner ask for it.
HAS_OPTUNA = importlib.util.find_spec("optuna") is not None


class AutoTuner:
    """Tunes the predictor on one candle file and keeps the study in ``db_path``.

    db_path: SQLite file, made when absent; Titan's own tables in it are left alone. Instead of it
    ``config.storage`` may name a server's database.
    listeners: told what happens, in the thread of ``optimize``.
    Raises ``StudyError`` when the database cannot be used.
    """

    def __init__(
        self,
        db_path: str | Path = DEFAULT_DB,
        config: TunerConfig | None = None,
        *,
        listeners: Sequence[StudyListener] = (),
        on_notice: Callable[[str], None] | None = None,
    ) -> None:
        self.config = config or TunerConfig()
        self.db_path = choose_place(db_path, self.config.storage)
        self.report: TuneReport | None = None
        self._listeners = list(listeners)
        self._notice = on_notice or (lambda text: warnings.warn(text, stacklevel=3))
        self._stop = Stop()
        self._storage = database.open_storage(self.db_path, quick_check=True)
        with database.storage_errors(self.db_path):
            self.study: optuna.Study = storage.open_study(
                self._storage,
                self.config.study_name,
                directions_of(self.config.objective_type),
            )

    def __enter__(self) -> AutoTuner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def optimize(
        self,
        candles_path: str | Path | Candles,
        timeout_total: float | None = None,
        *,
        more: int | None = None,
    ) -> Params:
        """Run trials until the study has ``n_trials``; return the best parameters, {} without any.

        candles_path: a file that ``load_candles`` reads, candles, or "sample".
        timeout_total: seconds after which no trial is started and the running ones get a short
        grace; the call ends well with what it has.
        more: run so many trials on top of those that the study has, instead of up to ``n_trials``.
        Raises ``CandleError``, ``StudyError``, ``ConfigError``; a KeyboardInterrupt leaves a study
        that the next call takes up.
        """
        began = time.monotonic()
        self.report = None  # of thousands of trials
        if more is not None:
            check_whole("more", more, 1)
        if timeout_total is not None:
            check_number("timeout_total", timeout_total, 0)
        candles = choose_candles(candles_path, self.config, self._notice)
        deadline = None if timeout_total is None else began + timeout_total
        with self._backups() as keepers:
            tuning = Tuning(
                study=self.study,
                backend=self._storage,
                writer=TrialWriter(self.study, self._storage),
                config=self.config,
                n_trials=self.config.n_trials if more is None else self._count_ended() + more,
                db_path=self.db_path,
                stop=self._stop,
                listeners=(*self._listeners, *keepers),
                notice=self._notice,
            )
            self.report = tuning.run(candles, deadline)
        best = best_trial(self.report.study)
        return dict(best.params) if best else {}

    @contextmanager
    def _backups(self) -> Iterator[list[StudyListener]]:
        """Give what keeps backups of a file while a study runs, nothing when none are wanted."""
        if not self.config.backup or isinstance(self.db_path, Server):
            yield []
            return
        with BackupKeeper(self.db_path, self._count_ended(), self._notice) as keeper:
            yield [keeper]

    def _count_ended(self) -> int:
        with database.storage_errors(self.db_path):
            return storage.count_ended(self.study)

    def add_listener(self, listener: StudyListener) -> None:
        """Tell ``listener`` too what happens in the calls of ``optimize`` from now on."""
        self._listeners.append(listener)

    def stop(self, by: str = "") -> None:
        """Ask a running ``optimize``, from another thread or a signal handler, to end soon.

        by: who asks, for the study's note.
        """
        self._stop.ask(by)

    def _suggest_params(self, trial: optuna.Trial) -> Params:
        """Return a value for each tunable parameter from a trial of ``study.ask()``."""
        return sampling.suggest_params(trial, TUNABLE_PARAMS)

    @property
    def results(self) -> list[OptimizationResult]:
        """Every ended trial of the study, of earlier processes too, oldest first."""
        record = storage.read_study(self.study)
        scale = scale_of(record.candles, self.config)
        return [_result_of(trial, scale) for trial in record.trials if trial.outcome is not None]

    def get_best_params(self) -> Params:
        """Return the best trial's parameters, of a front the most accurate; {} without any."""
        best = best_trial(storage.read_study(self.study))
        return dict(best.params) if best else {}

    def get_importance(
        self, evaluator: Literal["fanova", "ped_anova", "shapley"] = "fanova"
    ) -> dict[str, float] | dict[str, dict[str, float]]:
        """Return the parameters' importances, largest first, summing to 1.

        With two objectives a dict for each: ``{"accuracy": {…}, "sharpe": {…}}``.
        Raises ``StudyError`` while there are too few trials.
        """
        from titan_mlopt.report.importances import param_importances

        shares = [
            param_importances(self.study, index, evaluator, self.config.seed)
            for index in range(len(self.study.directions))
        ]
        return shares[0] if len(shares) == 1 else dict(zip(MULTI, shares, strict=True))

    def get_summary(self) -> dict[str, Any]:
        """Return the study's counts, averages and best trial; an empty study has counts of 0."""
        return summarise(storage.read_study(self.study))

    def export_config(self, path: str | Path) -> None:
        """Write the full config with the best parameters as flat JSON.

        Without a completed trial these are the defaults, and a warning says so.
        """
        params = self.get_best_params()
        if not params:
            self._notice(f"{path}: no trial has completed, so the defaults are written")
        config = merge_config(params) if params else DEFAULTS
        write_file(str(path), json.dumps(config, indent=2) + "\n")

    def save_results(self, path: str | Path) -> None:
        """Write every trial of the study, with metrics and checkpoints, as JSON."""
        from titan_mlopt.report.folder import save_results

        save_results(storage.read_study(self.study), Path(path))

    def visualize(
        self, output_dir: str | Path, static: Literal["png", "svg"] | None = None
    ) -> list[Path]:
        """Write the study's plots as self-contained HTML and small SVG; return the paths.

        static: more pictures, through a Chrome: "png" of every plot, "svg" of those that have none;
        ``TitanMloptError`` without a Chrome.
        """
        from titan_mlopt.report.folder import write_plots

        return write_plots(self.study, storage.read_study(self.study), Path(output_dir), static)

    def close(self) -> None:
        """Close the database; a second call does nothing."""
        self._storage.remove_session()
        self._storage.engine.dispose()


def create_tuner(
    db_path: str | Path = DEFAULT_DB,
    n_trials: int = 100,
    objective: str = "accuracy",
    **settings: Any,
) -> AutoTuner:
    """Return an ``AutoTuner``; ``settings`` are further fields of ``TunerConfig``."""
    return AutoTuner(db_path, TunerConfig(n_trials=n_trials, objective_type=objective, **settings))


def _result_of(trial: TrialRecord, scale: Scale) -> OptimizationResult:
    return OptimizationResult(
        trial_number=trial.number,
        params=trial.params,
        accuracy=trial.metric("accuracy") or 0.0,
        ece=trial.metric("ece") or 0.0,
        sharpe=trial.metric("sharpe") or 0.0,
        objective_value=objective_value(trial.values, scale) if trial.values else 0.0,
        duration_seconds=trial.outcome.duration_seconds if trial.outcome else 0.0,
        state=trial.state,
    )
