"""The settings of a study: declared with their command-line options, checked on construction."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from titan_mlopt.core.candle_options import (
    COLUMNS_MUST_BE,
    SYMBOL_MUST_BE,
    ZONE_MUST_BE,
    CandleOptions,
    is_columns,
    is_symbol,
    is_zone,
)
from titan_mlopt.core.errors import ConfigError, short_repr
from titan_mlopt.core.process import count_cores
from titan_mlopt.core.search_space import Space
from titan_mlopt.core.setting import (
    ALL_CORES,
    AUTO,
    AUTO_POSITIVE,
    AUTO_SHARE,
    CHECK,
    EMBEDDED,
    JOBS,
    JOBS_MUST_BE,
    NONE,
    OPTIONAL_COUNT,
    PLACEBO,
    PLATEAU,
    SENSITIVITY,
    SPACE,
    SWITCH,
    TEXT,
    TUNE,
    WALK,
    Rule,
    check_fields,
    choice,
    declare,
    number,
    read_size,
    text,
    whole,
)
from titan_mlopt.core.storage_url import parse_storage
from titan_mlopt.core.unchanged import MISS, RULES, SKIP

LOCAL, DASK = "local", "dask"
TPE, GP, CMAES, RANDOM, QMC = "tpe", "gp", "cmaes", "random", "qmc"
NSGA2, NSGA3 = "nsga2", "nsga3"
#: Takes gp while trials are slow and few, else tpe (``study.samplers.schedule``).
AUTO_SAMPLER = "auto"
#: Both objectives.
MULTI_OBJECTIVE = "multi"
#: Samplers by name, and those of a single objective.
SAMPLERS = (TPE, GP, CMAES, RANDOM, QMC, NSGA2, NSGA3, AUTO_SAMPLER)
_OF_ONE_OBJECTIVE = (GP, CMAES)
#: A careful pruner waits for so many predictions, and for this share of all.
CAREFUL_PREDICTIONS, CAREFUL_SHARE = 1000, 0.25
#: "auto" holds out a share of the candles and scores on segments from this many candles on.
AUTO_CANDLES, AUTO_HOLDOUT, AUTO_SEGMENTS = 20_000, 0.2, 4
#: The hold-out of the sample, whose planted predictability shows on so few candles.
AUTO_SAMPLE_HOLDOUT = 0.4

DEFAULT_EXPERIMENT = "titan_mlopt"
#: Name in the model registry of the best config.
REGISTER_AS = "titan-config"
# Measured: the embedded backtest takes half a gigabyte at most.
_EMBEDDED_MEMORY, _LEAST_MEMORY = 4 * 10**9, 64 * 10**6
_ADDRESS = re.compile(r"(tcp|tls|ucx|ucxx|ws|wss)://\S+:\d+")
_IMPORT_PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")
_NOT_IN_NAMES = frozenset("/\\\"'`")

# Commands by the groups of options that they share.
_TRIALS = (TUNE, SENSITIVITY, WALK)
_RUNS = (*_TRIALS, CHECK)
_SEARCHES = (TUNE, WALK)
_BACKTESTS = (*_TRIALS, PLATEAU, PLACEBO, "promote", "validate", "verdict")
_STUDIES = (
    *(TUNE, "leaderboard", "report", "replay", "export", "verdict", PLACEBO, PLATEAU),
    *("validate", "doctor", "mirror"),
)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_job_count(value: object) -> bool:
    return type(value) is int and (value == ALL_CORES or value >= 1)


def _is_folder(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(value.strip()) and Path(value).is_dir()
    except (OSError, ValueError):  # too long, or not a valid path
        return False


def _is_name(value: object) -> bool:
    good = isinstance(value, str) and value.strip() and len(value) <= 200 and value.isprintable()
    # MLflow takes "." and ".." for folders.
    return bool(good) and value not in (".", "..") and not _NOT_IN_NAMES & set(str(value))


def _check_storage(name: str, value: Any) -> None:
    if not _is_text(value):
        raise ConfigError(f"{name}: must be the address of a database, got {short_repr(value)}")
    parse_storage(value)


_BOOLEAN = text(lambda value: isinstance(value, bool), "true or false", SWITCH)
_FOLDER = text(_is_folder, "an existing folder")
_NAME_MUST_BE = (
    "1 to 200 printable characters without quotes and slashes (a registered name without : too); "
    "choose another name"
)
_NAME = text(_is_name, _NAME_MUST_BE)
_REGISTERED_NAME = text(lambda value: _is_name(value) and ":" not in value, _NAME_MUST_BE)
# Checked together with other settings, in __post_init__.
_ANY = Rule(TEXT, lambda name, value: None)


@dataclass(frozen=True)
class TunerConfig:
    """What to tune and how. The first ten names and defaults are AutoTuner's public contract.

    Attributes:
        n_trials: Total number of trials of the study, earlier calls included.
        timeout_per_trial: Seconds after which a trial is killed, > 0.
        study_name: Name of the study in its storage.
        pruner_type: "median", "hyperband", "racing" or "none".
        n_jobs: Number of trials at a time, each in a process of its own; -1 becomes the number of
            cores that this process may use.
        objective_type: "accuracy", "sharpe" or "multi" (both, with a Pareto front).
        ece_constraint: A trial with a higher ECE loses a tenth of its objective.
        min_predictions: A trial with fewer predictions is PRUNED.
        accuracy_weight: Weight of accuracy in "multi", in units of its noise (``Scale``). Weights
            count for pruning and for the order of the Pareto front.
        sharpe_weight: The same of the Sharpe ratio.
        cost_bps: Trading costs, one way, in basis points of the traded value, on each change of
            position; 0 for before costs. In [0, 1000].
        unchanged: What an unchanged close counts as: "skip", "miss", "up" or "down". A backtest's
            own rule, which its records show, replaces it, and a study goes on with its own.
        sampler: One of ``SAMPLERS``: which parameters a trial tries.
        seed: Seed of the sampler, the classifier and the resamples.
        symbol: Name of the instrument, BTCUSDT say, by which the gate counts looks at the same bars
            together beside the prices; None for the prices alone. Of a file of several instruments
            it chooses one.
        timezone: Time zone of a candle file's times that are written without one, Europe/Berlin
            say; None for UTC.
        columns: Columns of a candle file without a header, in its order,
            "timestamp,open,high,low,close,volume,-"; None where they are known.
        limit: Use only the first candles; None for all.
        holdout: Share of the candles, the last ones, that no trial sees; in [0, .9].
        segments: Number of segments of the other candles on which each trial starts afresh; 1 for
            one run over all.
        n_startup_trials: COMPLETE trials before which "median" and "racing" prune nothing.
        n_warmup_steps: Predictions before which no trial is pruned; None for max(1,000, 25 % of
            the bars), which for "hyperband" also sets the resources.
        interval_steps: Predictions between two decisions of "median".
        min_resource: Of "hyperband", in predictions.
        max_resource: Of "hyperband", in predictions.
        reduction_factor: Of "hyperband".
        racing_confidence: How sure "racing" must be that a trial ends below the best one to prune
            it, in (.5, 1).
        deterministic: With n_jobs > 1, results are used in the order of sampling, and sampler and
            pruner see only trials that had ended when a trial began. The same seed then gives the
            same study; workers may have to wait.
        backtest: "package.module:function" of an external backtest, None for the embedded one.
        backtest_path: Folder put first on ``sys.path``; on Dask an absolute path of the workers.
        repeat: Runs of each config, for a backtest that is not deterministic.
        fresh_import: Whether each trial imports an external backtest for itself.
        space: The search space.
        scratch: Folder for the trials' files; None for shared memory when it has room, else TMPDIR.
        memory_per_trial: Memory limit of a trial, bytes or text such as "2GB" or "512MiB"; "auto"
            for 4 GB with the embedded backtest and no limit with another, None for no limit.
        backup: Whether to keep copies of the database beside it, renewed every 50 finished trials.
        executor: "local" processes, or the workers of a "dask" cluster.
        scheduler: Address of the Dask scheduler, tcp://host:port.
        storage: Where to store the study instead of a SQLite file:
            postgresql+psycopg://user@host/database, or env:NAME for a variable that holds it.
        tracking: Whether to mirror the study into MLflow.
        tracking_uri: None for MLflow's own setting, else sqlite:///mlflow.db.
        experiment: None for the experiment of the run that `mlflow run` started, else that of
            MLFLOW_EXPERIMENT_NAME or MLFLOW_EXPERIMENT_ID, else "titan_mlopt".
        register_as: Name in MLflow's registry, None to register nothing.
        register_stopped: Whether to register the best trial of a study that was stopped.
        retry: Whether to try interrupted points again, at most twice each, rather than sample new
            ones in their place.

    Raises:
        ConfigError: A setting is out of its range, or does not fit the others.
    """

    n_trials: int = declare(100, whole(1), "Trials of the study in all, earlier runs included.")
    timeout_per_trial: float = declare(
        300, number(0, open=True), "Seconds after which a trial is killed.", commands=_RUNS
    )
    study_name: str = declare("titan_optimization", _NAME, "Name of the study.", commands=_STUDIES)
    pruner_type: str = declare(
        "median",
        choice("median", "hyperband", "racing", "none"),
        "Stops hopeless trials early: median, hyperband, racing or none.",
        name="pruner",
        pins=True,
    )
    n_jobs: int = declare(
        1,
        text(_is_job_count, JOBS_MUST_BE, JOBS),
        "Trials at once, each in a process of its own; -1 for all cores.",
        commands=(*_TRIALS, PLATEAU, PLACEBO),
    )
    objective_type: str = declare(
        "accuracy",
        choice("accuracy", "sharpe", "multi"),
        "accuracy, sharpe, or multi for both.",
        name="objective",
        pins=True,
        commands=_SEARCHES,
    )
    ece_constraint: float = declare(
        0.05,
        number(0, 1),
        "A trial with a larger calibration error loses a tenth of its objective.",
        pins=True,
        commands=_SEARCHES,
    )
    min_predictions: int = declare(
        *(100, whole(0), "A trial with fewer predictions is pruned."),
        pins=True,
        commands=(*_SEARCHES, CHECK),
    )
    accuracy_weight: float = declare(
        0.7,
        number(0),
        "Weight of accuracy in multi, for pruning and the order of the front.",
        pins=True,
    )
    sharpe_weight: float = declare(
        0.3,
        number(0),
        "Weight of the Sharpe ratio there; each counts in units of its noise.",
        pins=True,
    )
    cost_bps: float = declare(
        0.0,
        number(0, 1000),
        "Trading costs, one way, in basis points of what changes hands; 0: before costs.",
        pins=True,
        commands=_TRIALS,
    )
    unchanged: str = declare(SKIP, choice(*RULES))
    sampler: str = declare(
        TPE,
        choice(*SAMPLERS),
        f"Chooses what a trial tries: {', '.join(SAMPLERS[:-1])} or {SAMPLERS[-1]}.",
        pins=True,
        commands=_SEARCHES,
    )
    seed: int = declare(
        42,
        whole(0),
        "Same seed, same candles, one job: the same study.",
        pins=True,
        commands=_TRIALS,
    )
    symbol: str | None = declare(
        None,
        text(is_symbol, SYMBOL_MUST_BE),
        "Name of the instrument, BTCUSDT say, which chooses among those of a file; the gate "
        "recognises it by its prices as well.",
        spellings={NONE: None},
        commands=_RUNS,
    )
    timezone: str | None = declare(
        None,
        text(is_zone, ZONE_MUST_BE),
        "Time zone of candles whose times have none, Europe/Berlin say; none for UTC.",
        spellings={NONE: None},
        commands=_RUNS,
    )
    columns: str | None = declare(
        None,
        text(is_columns, COLUMNS_MUST_BE),
        "Columns of a candle file without a header, timestamp,open,high,low,close,volume,- say "
        "(docs/candles.md).",
        spellings={NONE: None},
        commands=_RUNS,
    )
    limit: int | None = declare(
        None,
        whole(2),
        "Use only the first candles; 0 for all.",
        kind=OPTIONAL_COUNT,
        typed="0",
        pins=True,
        commands=_RUNS,
    )
    holdout: float = declare(
        0.0,
        number(0, 0.9),
        "Share of the candles, the last ones, that no trial sees: 0.2 or 20%; 0 for none; "
        f"auto: 20% from {AUTO_CANDLES:,} candles on, 40% of the sample.",
        kind=AUTO_SHARE,
        typed=AUTO,
        pins=True,
        commands=(TUNE, SENSITIVITY),
    )
    segments: int = declare(
        1,
        whole(1),
        "Parts of the other candles on which each trial runs afresh; 1: one run over all; "
        f"auto: {AUTO_SEGMENTS} from {AUTO_CANDLES:,} candles on.",
        kind=AUTO_POSITIVE,
        typed=AUTO,
        pins=True,
    )
    n_startup_trials: int = declare(5, whole(0))
    n_warmup_steps: int | None = declare(
        10,
        whole(0),
        "Prune from 10 predictions on, as the plain pruners do, not from max(1000, 25 % of the "
        "bars).",
        optional=True,
        name="pruner_spec_defaults",
        kind=SWITCH,
        typed="false",
        spellings={"true": 10, "false": None},
        pins=True,
    )
    interval_steps: int = declare(5, whole(1))
    min_resource: int = declare(10, whole(1))
    max_resource: int = declare(1000, whole(1))
    reduction_factor: int = declare(3, whole(2))
    racing_confidence: float = declare(0.95, number(0.5, 1, open=True))
    deterministic: bool = declare(
        False,
        _BOOLEAN,
        "The same study from the same seed with several jobs too; some workers wait.",
    )
    backtest: str | None = declare(
        None,
        text(lambda value: bool(_IMPORT_PATH.fullmatch(str(value))), "package.module:function"),
        "Your own backtest as package.module:function (docs/backtests.md); it is code that you "
        "run.",
        spellings={EMBEDDED: None},
        pins=True,
        commands=_BACKTESTS,
    )
    backtest_path: str | None = declare(
        None,
        _ANY,
        "Folder in which to look for it, besides what is installed.",
        spellings={NONE: None},
        path=True,
        commands=(*_BACKTESTS, CHECK),
    )
    repeat: int = declare(
        1,
        whole(1),
        "Runs of each config, for a backtest that does not repeat itself: mean and spread count.",
        commands=_TRIALS,
    )
    fresh_import: bool = declare(
        False,
        _BOOLEAN,
        "Let each trial import the backtest; else one import serves all trials where it can.",
        commands=_TRIALS,
    )
    space: Space = declare(  # noqa: RUF009 - it is a field
        Space,
        text(lambda value: isinstance(value, Space), "a Space", SPACE),
        "TOML, YAML or JSON file of a search space (docs/spaces.md); none: the embedded one.",
        typed=NONE,
        pins=True,
        path=True,
        commands=_RUNS,
    )
    scratch: str | None = declare(
        None,
        _FOLDER,
        "Folder for the trials' files; auto: shared memory when there is room.",
        spellings={AUTO: None},
        path=True,
        commands=_RUNS,
    )
    memory_per_trial: int | str | None = declare(
        AUTO,
        _ANY,
        "Memory that a trial may take, 2GB say; none for no limit; auto: 4GB for the embedded "
        "backtest, none for another.",
        optional=True,
        spellings={NONE: None},
        commands=_RUNS,
    )
    backup: bool = declare(
        True, _BOOLEAN, "Keep no copies of the database beside it.", name="no_backup"
    )
    executor: str = declare(
        LOCAL,
        choice(LOCAL, DASK),
        "Where trials run: local processes, or the workers of a Dask cluster (docs/scaling.md).",
        commands=(TUNE, PLACEBO),
    )
    scheduler: str | None = declare(
        None,
        _ANY,
        "Address of the Dask scheduler, tcp://host:port.",
        spellings={NONE: None},
        commands=(TUNE, PLACEBO),
    )
    storage: str | None = declare(None, Rule(TEXT, _check_storage), repr=False)
    tracking: bool = declare(True, _BOOLEAN)
    tracking_uri: str | None = declare(None, text(_is_text, "a URI or a path"))
    experiment: str | None = declare(
        None,
        _NAME,
        "MLflow experiment; auto: that of `mlflow run`, MLFLOW_EXPERIMENT_NAME or _ID, else "
        "titan_mlopt.",
        spellings={AUTO: None},
        commands=_TRIALS,
    )
    register_as: str | None = declare(
        REGISTER_AS,
        _REGISTERED_NAME,
        "Name in the model registry for the best config; none registers nothing.",
        optional=True,
        spellings={NONE: None},
    )
    register_stopped: bool = declare(
        False, _BOOLEAN, "Register the best so far also when the study is stopped."
    )
    retry: bool = declare(
        True, _BOOLEAN, "Do not try trials again that were interrupted.", name="no_retry"
    )

    def __post_init__(self) -> None:
        """Raise ``ConfigError`` for the first invalid setting."""
        check_fields(self, fields(TunerConfig))  # a subclass only changes defaults
        if not self.accuracy_weight + self.sharpe_weight > 0:
            raise ConfigError(
                "accuracy_weight, sharpe_weight: must not both be 0, got 0 and 0; raise one"
            )
        if self.sampler in _OF_ONE_OBJECTIVE and self.objective_type == MULTI_OBJECTIVE:
            others = ", ".join(name for name in SAMPLERS if name not in _OF_ONE_OBJECTIVE)
            raise ConfigError(
                f"sampler: must be one of {others} with two objectives, got {self.sampler!r}; "
                "leave it out for tpe"
            )
        if self.min_resource > self.max_resource:
            raise ConfigError(
                f"min_resource: must be <= max_resource, got {self.min_resource} and "
                f"{self.max_resource}"
            )
        if self.backtest is None and self.space.unknown:
            raise ConfigError(
                f"space: must hold parameters of the embedded backtest, got "
                f"{short_repr(self.space.unknown[0])}; see docs/parameters.md, or name a backtest"
            )
        _ = self.memory_bytes
        self._check_executor()
        if self.n_jobs == ALL_CORES:
            object.__setattr__(self, "n_jobs", count_cores())  # the record is frozen

    @property
    def memory_bytes(self) -> int | None:
        """``memory_per_trial`` in bytes, None for no limit."""
        if self.memory_per_trial is None:
            return None
        if self.memory_per_trial == AUTO:
            return _EMBEDDED_MEMORY if self.backtest is None else None
        return read_size("memory_per_trial", self.memory_per_trial, _LEAST_MEMORY)

    @property
    def candle_options(self) -> CandleOptions:
        """How to read the candle file."""
        return CandleOptions(self.symbol, self.timezone, self.columns)

    @property
    def backtest_folder(self) -> str:
        """``backtest_path`` as an absolute path, "" when it is None."""
        return str(Path(self.backtest_path).absolute()) if self.backtest_path else ""

    def _check_executor(self) -> None:
        """Raise ``ConfigError`` unless executor, scheduler and backtest_path fit each other."""
        if self.executor == LOCAL:
            if self.backtest_path is not None:
                _FOLDER.check("backtest_path", self.backtest_path)
            if self.scheduler is not None:
                got = short_repr(self.scheduler)
                raise ConfigError(
                    f"scheduler: must be left out with the executor local, got {got}; choose the "
                    "executor dask"
                )
            return
        if self.n_jobs == ALL_CORES:
            raise ConfigError(
                "n_jobs: must be a whole number >= 1 with the executor dask, got -1; name the "
                "threads of the cluster's workers"
            )
        if not _ADDRESS.fullmatch(str(self.scheduler)):
            raise ConfigError(
                "scheduler: must be the address of a Dask scheduler, tcp://host:port, got "
                f"{short_repr(self.scheduler)}"
            )
        folder = self.backtest_path
        if folder is not None and not (isinstance(folder, str) and Path(folder).is_absolute()):
            raise ConfigError(
                "backtest_path: must be an absolute path on Dask's workers, got "
                f"{short_repr(folder)}"
            )

    def as_dict(self) -> dict[str, Any]:
        """Return every setting by name, except ``storage``, which may hold a password.

        The space is what ``Space.plain`` returns, with ``space_path`` added if it came from a file.
        """
        settings = {field.name: getattr(self, field.name) for field in fields(TunerConfig)}
        settings["space"] = self.space.plain()
        del settings["storage"]
        path = self.space.path
        return settings | ({"space_path": path} if path else {})

    def scoring(self) -> dict[str, Any]:
        """Return the settings that objective values must share to be comparable.

        Weights, costs, hold-out and segments are included only when in use.
        """
        names = ["ece_constraint", "min_predictions"]
        if self.objective_type == "multi":
            names += ["accuracy_weight", "sharpe_weight"]
        names += ["cost_bps"] if self.cost_bps > 0 else []
        names += ["unchanged"] if self.unchanged != MISS else []  # older studies have no rule
        names += ["holdout"] if self.holdout > 0 else []
        names += ["segments"] if self.segments > 1 else []
        return {name: getattr(self, name) for name in names}

    def pruning(self) -> dict[str, Any]:
        """Return the pruner's name and the settings that it reads."""
        names = {"pruner_type": self.pruner_type}
        return names | {name: getattr(self, name) for name in figures_of(self.pruner_type)}


def figures_of(pruner: str) -> tuple[str, ...]:
    """Return the names of the settings that a pruner reads, () for an unknown pruner."""
    return _FIGURES.get(pruner, ())


_FIGURES: dict[str, tuple[str, ...]] = {
    "median": ("n_startup_trials", "n_warmup_steps", "interval_steps"),
    "hyperband": ("n_warmup_steps", "min_resource", "max_resource", "reduction_factor"),
    "racing": ("n_startup_trials", "n_warmup_steps", "racing_confidence"),
    "none": (),
}
