"""Settings of a tuning job, checked on construction."""

from __future__ import annotations

import math
import re
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from titan_mlopt.errors import ConfigError, shown
from titan_mlopt.place import read_place
from titan_mlopt.space import Space

OBJECTIVES = ("accuracy", "sharpe", "multi")
PRUNERS = ("median", "hyperband", "racing", "none")
LOCAL, DASK = EXECUTORS = ("local", "dask")
#: The least warm-up of a careful pruner, and its share of the expected predictions.
CAREFUL_PREDICTIONS, CAREFUL_SHARE = 1000, 0.25
MOST_HELD_OUT = 0.9

DEFAULT_EXPERIMENT = "titan_mlopt"
#: The setting that leaves a choice to the program.
AUTO = "auto"
# The embedded backtest was seen to take half a gigabyte at most.
_EMBEDDED_MEMORY, _LEAST_MEMORY = 4 * 10**9, 64 * 10**6
_MOST_BYTES = 2**62
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:([KMGT])(I?)B?|B)?", re.ASCII)
_ADDRESS = re.compile(r"(tcp|tls|ucx|ucxx|ws|wss)://\S+:\d+")
_IMPORT_PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")


@dataclass(frozen=True)
class TunerConfig:
    """What to tune and how; the first ten names and defaults are the AutoTuner's public contract.

    n_trials: trials of the study in all, earlier calls included. timeout_per_trial: seconds.
    objective_type: "accuracy", "sharpe" or "multi" (both, a Pareto front).
    pruner_type: "median", "hyperband", "racing" or "none". n_jobs: trials at once, each a process.
    ece_constraint: a trial whose ECE is higher has its objective cut by a tenth.
    min_predictions: a trial with fewer is PRUNED.
    accuracy_weight, sharpe_weight: weigh the two objectives of "multi" against each other, each in
    units of its noise, in ``objective_value``, in the ranking of the front and in pruning.
    n_startup_trials, n_warmup_steps, interval_steps: the median pruner's, the first two racing's
    as well; steps are predictions; n_warmup_steps None waits for max(1,000, 25 % of the bars).
    min_resource, max_resource, reduction_factor: hyperband's; n_warmup_steps None sets the first
    two from the bars as well.
    racing_confidence: how sure "racing" must be that a trial ends below the best, in (.5, 1).
    deterministic: with n_jobs > 1, tell results in the order of asking, and let a trial's sampler
    and pruner see what was told before it alone: the same seed, the same study; workers may wait.
    backtest: "package.module:function" of another backtest than the embedded one; backtest_path: a
    folder in which to look for it. repeat: runs of a config, for a backtest that does not repeat
    itself. space: what is drawn from where. scratch: folder for trials' files; None means shared
    memory when there is room, else TMPDIR.
    memory_per_trial: what a trial may take at most, bytes or text such as "2GB" or "512MiB"; "auto"
    means 4 GB for the embedded backtest and no limit for another one, None no limit.
    backup: keep copies of the database beside it, one at every 50 finished trials.
    executor: "local" processes, or the workers of the "dask" cluster whose scheduler is at
    ``scheduler`` (tcp://host:port); backtest_path is then a folder as they see it. storage: where
    the study is kept instead of a SQLite file, postgresql+psycopg://user@host/database, or env:NAME
    for the variable that holds it.
    limit: only the first candles. holdout: share of them, the last ones, that no trial sees, in
    [0, .9]; segments: parts of the others on which each trial runs afresh, 1 for one run over all.
    tracking: mirror into MLflow. tracking_uri: None means MLflow's
    own setting, else sqlite:///mlflow.db. experiment: None means that of the run that `mlflow run`
    made, else "titan_mlopt". register_as: name in MLflow's registry, None registers nothing.
    register_stopped: register the best so far when the study is stopped, too. retry: try points
    that were interrupted again, at most twice each; False draws new ones in their place.
    """

    n_trials: int = 100
    timeout_per_trial: float = 300
    study_name: str = "titan_optimization"
    pruner_type: str = "median"
    n_jobs: int = 1
    objective_type: str = "accuracy"
    ece_constraint: float = 0.05
    min_predictions: int = 100
    accuracy_weight: float = 0.7
    sharpe_weight: float = 0.3
    seed: int = 42
    limit: int | None = None
    holdout: float = 0.0
    segments: int = 1
    n_startup_trials: int = 5
    n_warmup_steps: int | None = 10
    interval_steps: int = 5
    min_resource: int = 10
    max_resource: int = 1000
    reduction_factor: int = 3
    racing_confidence: float = 0.95
    deterministic: bool = False
    backtest: str | None = None
    backtest_path: str | None = None
    repeat: int = 1
    space: Space = field(default_factory=Space)
    scratch: str | None = None
    memory_per_trial: int | str | None = "auto"
    backup: bool = True
    executor: str = LOCAL
    scheduler: str | None = None
    storage: str | None = field(default=None, repr=False)
    tracking: bool = True
    tracking_uri: str | None = None
    experiment: str | None = None
    register_as: str | None = "titan-config"
    register_stopped: bool = False
    retry: bool = True

    def __post_init__(self) -> None:
        """Raise ``ConfigError`` for the first setting that is off."""
        for name in (
            "n_trials",
            "n_jobs",
            "repeat",
            "segments",
            "interval_steps",
            "min_resource",
            "max_resource",
        ):
            check_whole(name, getattr(self, name), 1)
        for name in ("n_startup_trials", "min_predictions", "seed"):
            check_whole(name, getattr(self, name), 0)
        check_whole("reduction_factor", self.reduction_factor, 2)
        if self.n_warmup_steps is not None:
            check_whole("n_warmup_steps", self.n_warmup_steps, 0)
        if self.limit is not None:
            check_whole("limit", self.limit, 2)
        check_number("timeout_per_trial", self.timeout_per_trial, 0, open=True)
        check_number("ece_constraint", self.ece_constraint, 0, 1)
        check_number("holdout", self.holdout, 0, MOST_HELD_OUT)
        check_number("accuracy_weight", self.accuracy_weight, 0)
        check_number("sharpe_weight", self.sharpe_weight, 0)
        if not self.accuracy_weight + self.sharpe_weight > 0:
            raise ConfigError(
                "accuracy_weight, sharpe_weight: must not both be 0, got 0 and 0; raise one"
            )
        check_number("racing_confidence", self.racing_confidence, 0.5, 1, open=True)
        _check_choice("pruner_type", self.pruner_type, PRUNERS)
        _check_choice("objective_type", self.objective_type, OBJECTIVES)
        if self.min_resource > self.max_resource:
            raise ConfigError(
                f"min_resource: must be <= max_resource, got {self.min_resource} and "
                f"{self.max_resource}"
            )
        for name in ("tracking", "deterministic", "register_stopped", "retry", "backup"):
            if not isinstance(getattr(self, name), bool):
                got = shown(getattr(self, name))
                raise ConfigError(f"{name}: must be true or false, got {got}")
        self._check_backtest()
        _ = self.memory_bytes
        self._check_executor()
        if self.storage is not None:
            if not isinstance(self.storage, str) or not self.storage.strip():
                got = shown(self.storage)
                raise ConfigError(f"storage: must be the address of a database, got {got}")
            read_place(self.storage)
        for name in ("study_name", "experiment", "register_as"):
            value = getattr(self, name)
            if value is not None or name == "study_name":
                _check_name(name, value)
        uri = self.tracking_uri
        if uri is not None and not (isinstance(uri, str) and uri.strip()):
            raise ConfigError(f"tracking_uri: must be a URI or a path, got {shown(uri)}")

    def _check_backtest(self) -> None:
        """Raise ``ConfigError`` unless the settings of the backtest fit each other."""
        if self.backtest is not None and not _IMPORT_PATH.fullmatch(str(self.backtest)):
            raise ConfigError(
                f"backtest: must be package.module:function, got {shown(self.backtest)}"
            )
        for name in ("backtest_path", "scratch") if self.executor != DASK else ("scratch",):
            value = getattr(self, name)
            if value is not None and not _is_folder(value):
                raise ConfigError(f"{name}: must be an existing folder, got {shown(value)}")
        if not isinstance(self.space, Space):
            raise ConfigError(f"space: must be a Space, got {shown(self.space)}")
        if self.backtest is None and self.space.unknown:
            raise ConfigError(
                f"space: must hold parameters of the embedded backtest, got "
                f"{shown(self.space.unknown[0])}; see docs/parameters.md, or name a backtest"
            )

    @property
    def memory_bytes(self) -> int | None:
        """The limit of ``memory_per_trial`` in bytes, None for none."""
        if self.memory_per_trial is None:
            return None
        if self.memory_per_trial == AUTO:
            return _EMBEDDED_MEMORY if self.backtest is None else None
        return read_size("memory_per_trial", self.memory_per_trial, _LEAST_MEMORY)

    @property
    def backtest_folder(self) -> str:
        """``backtest_path`` as an absolute path, "" for none."""
        return str(Path(self.backtest_path).absolute()) if self.backtest_path else ""

    def _check_executor(self) -> None:
        """Raise ``ConfigError`` unless executor, scheduler and backtest_path fit each other."""
        _check_choice("executor", self.executor, EXECUTORS)
        if self.executor == LOCAL:
            if self.scheduler is not None:
                got = shown(self.scheduler)
                raise ConfigError(
                    f"scheduler: must be left out with the executor local, got {got}; choose the "
                    "executor dask"
                )
            return
        if not _ADDRESS.fullmatch(str(self.scheduler)):
            raise ConfigError(
                "scheduler: must be the address of a Dask scheduler, tcp://host:port, got "
                f"{shown(self.scheduler)}"
            )
        folder = self.backtest_path
        if folder is not None and not (isinstance(folder, str) and Path(folder).is_absolute()):
            raise ConfigError(
                f"backtest_path: must be an absolute path on Dask's workers, got {shown(folder)}"
            )

    def as_dict(self) -> dict[str, Any]:
        """Return every setting by its name; of the space its ranges and fixed values.

        Without ``storage``, which may hold a password.
        """
        settings = asdict(self)
        del settings["storage"]
        return settings

    def scoring(self) -> dict[str, Any]:
        """Return the settings that values of one study must share to be compared.

        Of hold-out and segments only what is in use.
        """
        names = ["ece_constraint", "min_predictions"]
        if self.objective_type == "multi":
            names += ["accuracy_weight", "sharpe_weight"]
        names += ["holdout"] if self.holdout > 0 else []
        names += ["segments"] if self.segments > 1 else []
        return {name: getattr(self, name) for name in names}

    def pruning(self) -> dict[str, Any]:
        """Return the pruner and its own figures."""
        names = {"pruner_type": self.pruner_type}
        return names | {name: getattr(self, name) for name in _FIGURES[self.pruner_type]}


_FIGURES = {
    "median": ("n_startup_trials", "n_warmup_steps", "interval_steps"),
    "hyperband": ("n_warmup_steps", "min_resource", "max_resource", "reduction_factor"),
    "racing": ("n_startup_trials", "n_warmup_steps", "racing_confidence"),
    "none": (),
}


def check_whole(name: str, value: object, low: int) -> None:
    """Raise ``ConfigError`` unless ``value`` is a whole number from ``low`` on."""
    if isinstance(value, bool) or not isinstance(value, int) or value < low:
        raise ConfigError(f"{name}: must be a whole number >= {low}, got {shown(value)}")


def read_size(name: str, value: object, low: int) -> int:
    """Return a number of bytes, given as such or as text: 2GB (10^9 each), 2GiB (2^30 each), 2G.

    Raises ``ConfigError`` when it is none, or less than ``low``.
    """
    found = _SIZE.fullmatch(value.strip().upper()) if isinstance(value, str) else None
    size: float = -1
    if found:
        amount, unit, binary = found.groups()
        size = float(amount) * (1024 if binary else 1000) ** " KMGT".index(unit or " ")
    elif isinstance(value, int) and not isinstance(value, bool):
        size = value
    if not low <= size <= _MOST_BYTES:
        raise ConfigError(
            f"{name}: must be a size of at least {low / 1e6:g} MB, as 2GB or 512MiB, got "
            f"{shown(value)}; leave it out for the default"
        )
    return int(size)


def check_number(
    name: str, value: object, low: float, high: float = math.inf, *, open: bool = False
) -> None:
    """Raise ``ConfigError`` unless ``value`` is a finite number within the bounds.

    open: a bound is itself out of them.
    """
    mark = "" if open else "="
    bounds = f">{mark} {low:g}" + (f" and <{mark} {high:g}" if high < math.inf else "")
    good = isinstance(value, int | float) and not isinstance(value, bool)
    most = min(high, sys.float_info.max)
    if not good or not low <= value <= most or (open and value in (low, high)):  # type: ignore[operator]  # a number by now
        raise ConfigError(f"{name}: must be a number {bounds}, got {shown(value)}")


def _is_folder(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(value.strip()) and Path(value).is_dir()
    except (OSError, ValueError):  # a name too long, or one that no folder can have
        return False


def _check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ConfigError(f"{name}: must be one of {', '.join(choices)}, got {shown(value)}")


_NOT_IN_NAMES = frozenset("/\\\"'`")


def _check_name(name: str, value: object) -> None:
    good = isinstance(value, str) and value.strip() and len(value) <= 200 and value.isprintable()
    good = good and value not in (".", "..")  # those are folders to MLflow
    if not good or _NOT_IN_NAMES & set(str(value)) or (name == "register_as" and ":" in str(value)):
        raise ConfigError(
            f"{name}: must be 1 to 200 printable characters without quotes and slashes (a "
            f"registered name without : too), got {shown(value)}; choose another name"
        )
