"""``AutoTuner`` and ``create_tuner``: the public face, wiring only."""

from __future__ import annotations

import importlib.util
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from titan_mlopt.analysis.ranking import best_trial
from titan_mlopt.analysis.summary import summarise
from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.bundle import Bundle, build_bundle, config_text
from titan_mlopt.core.errors import ConfigError, StudyError, short_repr
from titan_mlopt.core.files import write_file
from titan_mlopt.core.parameters import DEFAULTS, TUNABLE_PARAMS, Params
from titan_mlopt.core.scoring import MULTI, Scale, directions_of, objective_value, scale_of
from titan_mlopt.core.setting import check_names, check_number, check_whole
from titan_mlopt.core.storage_url import DEFAULT_DB, ServerUrl, StorageUrl, choose_place
from titan_mlopt.core.study import StopRequest, StudyListener, StudyRecord
from titan_mlopt.core.trial import OptimizationResult, TrialRecord, ended_trials
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.executors.dry_run import KnownBacktest
from titan_mlopt.executors.factory import warn_of_few_cores
from titan_mlopt.report.commands import study_commands
from titan_mlopt.report.progress import open_progress
from titan_mlopt.report.shown import ShownDict, summary_html
from titan_mlopt.study.beginning import NOTHING, Beginning
from titan_mlopt.study.dataset import TuningData, load_tuning_data, read_candles
from titan_mlopt.study.growth import check_growth
from titan_mlopt.study.samplers.distributions import suggest_params
from titan_mlopt.study.storage import sqlite, studies
from titan_mlopt.study.storage.backup import BackupKeeper
from titan_mlopt.tuning import TuneReport, Tuning

if TYPE_CHECKING:
    import optuna

#: Whether Optuna is there; clients of Titan's own tuner ask for it.
HAS_OPTUNA = importlib.util.find_spec("optuna") is not None
_DEFAULT_PRUNER = TunerConfig.pruner_type


class AutoTuner:
    """Tunes the predictor on one candle file and keeps the study in ``db_path``.

    Args:
        db_path: SQLite file, made when absent; Titan's own tables in it are left alone. Instead of
            it ``config.storage`` may name a server's database.
        config: The settings; None for the defaults.
        listeners: Called with what happens in the study, in the thread of ``optimize``.
        on_notice: Called with each notice, a sentence; None for warnings.

    Attributes:
        config: The settings.
        study: Optuna's study.
        report: What the last call of ``optimize`` came to, with the registered version and the
            links; None before its end.

    Raises:
        StudyError: The database cannot be used.
    """

    def __init__(
        self,
        db_path: str | Path = DEFAULT_DB,
        config: TunerConfig | None = None,
        *,
        listeners: Sequence[StudyListener] = (),
        on_notice: Callable[[str], None] | None = None,
    ) -> None:
        self.config: TunerConfig = config or self._default_config()
        self._storage_url, self._folder = choose_place(db_path, self.config.storage), Path.cwd()
        self.report: TuneReport | None = None
        self._listeners = list(listeners)
        self._notice = on_notice or (lambda text: warnings.warn(text, stacklevel=3))
        self._stop = StopRequest()
        self._storage = sqlite.open_storage(self.db_path, quick_check=True)
        with sqlite.storage_errors(self.db_path):
            self.study: optuna.Study = studies.open_study(
                self._storage,
                self.config.study_name,
                directions_of(self.config.objective_type),
            )

    @property
    def db_path(self) -> StorageUrl:
        """Where the study is stored, as it was written; absolute after a change of folder."""
        url = self._storage_url
        moved = isinstance(url, Path) and Path.cwd() != self._folder
        return self._folder / url if moved else url

    @staticmethod
    def _default_config() -> TunerConfig:
        return TunerConfig()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def optimize(
        self,
        candles_path: str | Path | Candles,
        timeout_total: float | None = None,
        *,
        more: int | None = None,
        on_begin: Callable[[], None] | None = None,
        progress: bool | None = None,
        warm_start: Sequence[str] = (),
        transfer: Sequence[str] = (),
    ) -> Params:
        """Run trials until the study has ``n_trials``; return the best parameters, {} without any.

        A KeyboardInterrupt leaves a study that the next call resumes.

        Args:
            candles_path: A file that ``load_candles`` reads, candles, or "sample".
            timeout_total: Seconds after which no trial is started and the running ones get a short
                grace; the call then returns as usual, with the trials that have ended. None for no
                limit.
            more: Number of trials to run on top of those that the study has, instead of up to
                ``n_trials``; >= 1.
            on_begin: Called once, after every check and before the first trial.
            progress: Whether to show the trials while they run, as a live table in a notebook, else
                on stderr; None for in a notebook and on a terminal only.
            warm_start: Whose configs a new study tries first, after the defaults: "champion", the
                number of a registered version, a study of this database (its best five),
                "FILE.db:STUDY", or a .json or .csv file of configs. They are stored with the study,
                which goes on with them when it is resumed.
            transfer: Studies whose trials a new study's search starts from, of another symbol say,
                as far as its own trials bear them out; their best five are tried first. With the
                sampler "gp" only.

        Raises:
            CandleError: The candles cannot be used, or are too few.
            ConfigError: An argument is out of its range.
            StudyError: The study was begun with other candles or settings, or its database cannot
                be used.
        """
        began = time.monotonic()
        self.report = None  # of thousands of trials
        if more is not None:
            check_whole("more", more, 1)
        if timeout_total is not None:
            check_number("timeout_total", timeout_total, 0)
        beginning = Beginning(
            check_names("warm_start", warm_start), check_names("transfer", transfer)
        )
        data = self._load_data(candles_path)
        live = open_progress(progress)
        if live is None:
            return optimize_on(
                *(self, data, timeout_total),
                extra_trials=more,
                on_begin=on_begin,
                began=began,
                beginning=beginning,
            )

        def begin() -> None:
            study = studies.read_study(self.study)
            total = len(ended_trials(study.trials)) + more if more else self.config.n_trials
            live.resume(study, total)
            if on_begin is not None:
                on_begin()

        with closing(live):
            return optimize_on(
                *(self, data, timeout_total),
                extra_trials=more,
                on_begin=begin,
                on_wait=live.wait_for,
                began=began,
                listeners=(live,),
                beginning=beginning,
            )

    def _load_data(self, source: str | Path | Candles) -> TuningData:
        """Read the candles, which must not go on after those of the study; return its data."""
        study, config = studies.read_identity(self.study), self.config
        candles = read_candles(
            *(source, config.limit, self._notice, study.candles), options=config.candle_options
        )
        check_growth(candles, study)
        return load_tuning_data(candles, config, self._notice, study.candles)

    def add_listener(self, listener: StudyListener) -> None:
        """Tell ``listener`` too what happens in the calls of ``optimize`` from now on."""
        self._listeners.append(listener)

    def stop(self, by: str = "") -> None:
        """Ask a running ``optimize``, from another thread or a signal handler, to end soon.

        Args:
            by: Who asks, for the study's note.
        """
        self._stop.ask(by)

    def _suggest_params(self, trial: optuna.Trial) -> Params:
        """Return a value for each tunable parameter from a trial of ``study.ask()``."""
        return suggest_params(trial, TUNABLE_PARAMS)

    @property
    def results(self) -> list[OptimizationResult]:
        """Every ended trial of the study, of earlier processes too, oldest first."""
        return _results_of(studies.read_study(self.study), self.config)

    def get_best_params(self) -> Params:
        """Return the best trial's parameters, of a front the most accurate; {} without any."""
        best = best_trial(studies.read_study(self.study))
        return dict(best.params) if best else {}

    def get_importance(
        self, evaluator: Literal["fanova", "ped_anova", "shapley"] = "fanova"
    ) -> dict[str, float] | dict[str, dict[str, float]]:
        """Return the parameters' importances, largest first, summing to 1.

        With two objectives a dict for each: ``{"accuracy": {…}, "sharpe": {…}}``.

        Args:
            evaluator: How importances are computed; "shapley" needs the extra ``shap``.

        Raises:
            StudyError: There are too few COMPLETE trials.
        """
        from titan_mlopt.analysis.importances import param_importances

        shares = [
            param_importances(self.study, index, evaluator, self.config.seed)
            for index in range(len(self.study.directions))
        ]
        return shares[0] if len(shares) == 1 else dict(zip(MULTI, shares, strict=True))

    def get_summary(self) -> dict[str, Any]:
        """Return the study's counts, averages and best trial; an empty study has counts of 0."""
        record = studies.read_study(self.study)
        return ShownDict(summarise(record), lambda: summary_html(record))

    def export_config(self, path: str | Path) -> None:
        """Write the config of the best trial as flat JSON, as ``titan-mlopt export`` does.

        It has every key of the embedded predictor, of another backtest the drawn and the fixed
        ones. Without a COMPLETE trial these are production's defaults, and a warning says so.

        Args:
            path: The file, replaced when it exists.
        """
        record = studies.read_study(self.study)
        best = best_trial(record)
        if best is None:
            self._notice(f"{path}: no trial has completed, so the defaults are written")
        bundle = build_bundle(record, best, None) if best else Bundle(dict(DEFAULTS), {}, {})
        write_file(str(path), config_text(bundle))

    def save_results(self, path: str | Path) -> None:
        """Write every trial of the study, with metrics and checkpoints, as JSON.

        Beside the report's names the document has those of Titan's own tuner: ``summary``,
        ``importance`` ({} while there are too few trials), and of each trial in ``trials`` the
        fields of ``OptimizationResult``.

        Args:
            path: The file, replaced when it exists.
        """
        from titan_mlopt.report.folder import save_results

        try:
            importance = AutoTuner.get_importance(self)  # of each objective, also in a drop-in
        except StudyError:
            importance = {}
        record = studies.read_study(self.study)
        results = _results_of(record, self.config)
        save_results(record, Path(path), results=results, importance=importance)

    def visualize(
        self, output_dir: str | Path, static: Literal["png", "svg"] | None = None
    ) -> list[Path]:
        """Write the page ``report.html`` and the study's plots; return the paths.

        The plots are self-contained HTML and small SVG.

        Args:
            output_dir: Folder of page and plots, made when absent.
            static: More pictures, drawn by a Chrome: "png" of every plot, "svg" of those that have
                none; None for no more.

        Raises:
            TitanMloptError: ``static`` pictures are asked for and there is no Chrome.
        """
        from titan_mlopt.report.folder import write_visuals

        record, folder = studies.read_study(self.study), Path(output_dir)
        commands = study_commands(record, self.config, self.db_path)
        return write_visuals(self.study, record, commands, folder, folder, static)

    def _repr_html_(self) -> str:
        """Return the study as a notebook shows it."""
        return study_html(studies.read_study(self.study))

    def close(self) -> None:
        """Close the database; a second call does nothing.

        None of SQLite's own files is left beside it, even if it was removed in the meantime.
        """
        self._storage.close()


def optimize_on(
    tuner: AutoTuner,
    data: TuningData,
    timeout_total: float | None = None,
    *,
    extra_trials: int | None = None,
    on_begin: Callable[[], None] | None = None,
    on_wait: Callable[[str], None] | None = None,
    began: float | None = None,
    listeners: Sequence[StudyListener] = (),
    beginning: Beginning = NOTHING,
    backtest: KnownBacktest | None = None,
) -> Params:
    """Run ``AutoTuner.optimize`` on data that were made already, with the tuner's settings.

    extra_trials: run so many on top of those that the study has, None for up to ``n_trials``.
    on_wait: called after the last trial with a sentence on each thing that is waited for.
    began: when the call began, of time.monotonic, None for now.
    listeners: of this call alone. backtest: of ``check_new_study``, None for a dry run.
    """
    tuner.report = None
    config, study, db_path = tuner.config, tuner.study, tuner.db_path
    began = time.monotonic() if began is None else began
    warn_of_few_cores(config, tuner._notice)
    with ExitStack() as stack:
        with sqlite.storage_errors(db_path):
            ended = studies.count_ended(study)
            config = beginning.config(study.user_attrs, config)
        all_listeners = [*tuner._listeners, *listeners]
        if config.backup and not isinstance(db_path, ServerUrl):
            keeper = BackupKeeper(db_path, ended, tuner._notice)
            all_listeners.append(stack.enter_context(keeper))
        tuning = Tuning(
            study=study,
            backend=tuner._storage,
            config=config,
            data=data,
            n_trials=config.n_trials if extra_trials is None else ended + extra_trials,
            db_path=db_path,
            stop=tuner._stop,
            listeners=tuple(all_listeners),
            notice=tuner._notice,
            on_begin=on_begin or (lambda: None),
            on_wait=on_wait or (lambda _: None),
            beginning=beginning,
            backtest=backtest,
        )
        tuner.report = tuning.run(None if timeout_total is None else began + timeout_total)
    record = tuner.report.study
    best = best_trial(record)
    return ShownDict(best.params if best else {}, lambda: study_html(record))


def create_tuner(
    db_path: str | Path = DEFAULT_DB,
    n_trials: int = 100,
    objective: str = "accuracy",
    pruner: str = _DEFAULT_PRUNER,
    **settings: Any,
) -> AutoTuner:
    """Return an ``AutoTuner``, by the arguments of Titan's own ``create_tuner``.

    Args:
        db_path: SQLite file of the study, made when absent.
        n_trials: Trials of the study in all, earlier calls included.
        objective: "accuracy", "sharpe" or "multi".
        pruner: "median", "hyperband", "racing" or "none".
        settings: Further fields of ``TunerConfig``.

    Raises:
        ConfigError: For a setting that is off, and for ``pruner`` beside another ``pruner_type``.
        StudyError: When the database cannot be used.
    """
    return AutoTuner(db_path, TunerConfig(**tuner_settings(n_trials, objective, pruner, settings)))


def tuner_settings(
    n_trials: int, objective: str, pruner: str, further: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the fields of ``TunerConfig`` for the arguments of ``create_tuner``."""
    pruner_type = further.get("pruner_type", pruner)
    if pruner not in (pruner_type, _DEFAULT_PRUNER):
        raise ConfigError(
            f"pruner: must be the same as pruner_type, got {short_repr(pruner)} and "
            f"{short_repr(pruner_type)}; pass one of them"
        )
    named = {"n_trials": n_trials, "objective_type": objective, "pruner_type": pruner_type}
    return {**further, **named}


def study_html(record: StudyRecord) -> str:
    """Return a study as a notebook shows it."""
    from titan_mlopt.report.html import study_fragment

    return study_fragment(record)


def _results_of(record: StudyRecord, config: TunerConfig) -> list[OptimizationResult]:
    scale = scale_of(record.candles, config)
    return [result_of(trial, scale) for trial in record.trials if trial.outcome is not None]


def result_of(trial: TrialRecord, scale: Scale) -> OptimizationResult:
    """Return a trial under the public names; scale: weighs two objectives."""
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
