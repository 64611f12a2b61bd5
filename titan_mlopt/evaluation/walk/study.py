"""A walk: a child study for each step, a decision of each policy, and the bars traded next."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import optuna
from optuna.storages import RDBStorage

from titan_mlopt.analysis.ranking import best_trial
from titan_mlopt.candles.candles import Candles
from titan_mlopt.candles.splits import HORIZON
from titan_mlopt.core.backtest_id import comparable
from titan_mlopt.core.bundle import Bundle, trial_config
from titan_mlopt.core.errors import ConfigError, StudyError
from titan_mlopt.core.scoring import directions_of
from titan_mlopt.core.settings import BY_FIELD
from titan_mlopt.core.start_points import StartPoint, fit_params
from titan_mlopt.core.study import StopRequest, StudyListener, StudyRecord
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.evaluation.walk import store
from titan_mlopt.evaluation.walk.in_force import UNTUNED, ConfigInForce, follow_steps, step_seed
from titan_mlopt.evaluation.walk.ledger import count_walk
from titan_mlopt.evaluation.walk.records import StepOutcome, WalkResult, WalkStep
from titan_mlopt.evaluation.walk.scoring import score_step
from titan_mlopt.evaluation.walk.steps import duration_text, plan_steps
from titan_mlopt.evaluation.walk.summary import summarise_steps
from titan_mlopt.executors.dry_run import KnownBacktest, try_backtest
from titan_mlopt.study.baselines import default_config
from titan_mlopt.study.dataset import least_candles, tuning_data
from titan_mlopt.study.storage import lock, sqlite, studies
from titan_mlopt.study.warm_start import pin_points
from titan_mlopt.tuning import Tuning

if TYPE_CHECKING:
    from titan_mlopt.evaluation.walk.runs import WalkRuns

#: Name of a walk's lock, which is no name of a study.
LOCK = "walk"


class WalkListener(StudyListener, Protocol):
    """Receives the trials of each child study, and the outcome of each step."""

    def planned(self, n_steps: int, n_walked: int, n_trials: int) -> None:
        """Receive how many steps of how many trials there are; some have been walked before."""

    def walked(self, result: WalkResult) -> None:
        """Receive the walk after a step that is stored."""


@dataclass(frozen=True, slots=True)
class WalkPlan:
    """What a walk is asked for beside the settings of its child studies.

    Attributes:
        policy: One of ``POLICIES``: whose config in force the child studies start from.
        train_s: Seconds of a window.
        step_s: Seconds of a step.
        anchored: Whether all windows begin with the first candle.
    """

    policy: str
    train_s: int
    step_s: int
    anchored: bool = False


@dataclass(frozen=True, slots=True)
class WalkReport:
    """What a call did.

    Attributes:
        result: The walk, with the steps of earlier calls.
        n_steps: Steps that the candles have room for.
        n_new: Steps that this call walked.
        stopped: Whether it was told to stop before the last one.
        in_force: Child study that found what the policy has in force; "" for the untuned config.
        mirror_failure: Why MLflow has not all of it, None when it has.
        links: Commands and addresses to look at it.
    """

    result: WalkResult
    n_steps: int
    n_new: int
    stopped: bool
    in_force: str = ""
    mirror_failure: str | None = None
    links: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class WalkStudy:
    """What a walk works on; ``run`` does the work.

    Attributes:
        candles: The whole file.
        config: Settings of the child studies: ``n_trials`` of each; ``holdout`` is the share of
            each window that is sealed, > 0; ``seed`` that of the walk.
        plan: The windows and the policy.
        db_path: SQLite file of the walk's own, made when absent.
        stop: Ends the walk softly; the next call goes on.
        listener: Hears what happens.
        notice: Called with what a person should know.
        runs: Writes the walk to MLflow; None without tracking.
        clock: UTC seconds since 1970.
    """

    candles: Candles
    config: TunerConfig
    plan: WalkPlan
    db_path: Path
    stop: StopRequest
    listener: WalkListener
    notice: Callable[[str], None]
    runs: WalkRuns | None = None
    clock: Callable[[], float] = time.time

    def run(self) -> WalkReport:
        """Walk the steps that are missing; return the walk with all of them.

        A step is stored when it is done. Whatever ends the process, the next call goes on within
        the step that it was at, and comes to the same end.

        Raises:
            BacktestError: The backtest, or a config in force, cannot be run.
            CandleError: There is no room for a step, or too few candles in each window.
            ConfigError: Nothing is sealed.
            StudyError: The database is not the walk's own or was begun otherwise, or another
                process walks in it.
        """
        if self.config.holdout == 0:
            raise ConfigError(
                "holdout: must be above 0, got 0; the policy gated decides on that part of a window"
            )
        steps = plan_steps(
            self.candles.ts,
            train_s=self.plan.train_s,
            step_s=self.plan.step_s,
            anchored=self.plan.anchored,
            sealed=self.config.holdout,
            least=least_candles(self.config),
            notice=self.notice,
        )
        first = tuning_data(self._window(steps[0]), self.config)
        backtest = try_backtest(self.config, first.candles, self.notice, first.segments)
        config = replace(self.config, unchanged=backtest.unchanged)
        with sqlite.storage_errors(self.db_path):
            backend = sqlite.open_storage(self.db_path, quick_check=True)
            watch = lock.Watch(wait=self.stop.event.wait, notice=self.notice)
            with (
                closing(backend),
                lock.lock_study(backend, LOCK, watch=watch, instead="--db") as walk_lock,
            ):
                store.check_own(backend)
                uid = store.pin_settings(self._child(backend, steps[0]), self._settings(backtest))
                walk = replace(self, config=config)
                return _Walking(walk, backend, backtest, uid, steps, walk_lock).run()

    def _window(self, step: WalkStep) -> Candles:
        return self.candles.part(step.train.start, step.trade.start)

    def _child(self, backend: RDBStorage, step: WalkStep) -> optuna.Study:
        directions = directions_of(self.config.objective_type)
        return studies.open_study(backend, store.step_name(step.number), directions)

    def _settings(self, backtest: KnownBacktest) -> dict[str, Any]:
        """Return what a walk must go on with, by option."""
        settings = self.config.as_dict()
        pinned = {
            setting.name: settings[field] for field, setting in BY_FIELD.items() if setting.pins
        }
        return {
            "policy": self.plan.policy,
            "train": duration_text(self.plan.train_s),
            "step": duration_text(self.plan.step_s),
            "anchored": self.plan.anchored,
            "trials": self.config.n_trials,
            **pinned,
            "backtest": comparable(backtest.identity),
        }


@dataclass
class _Walking:
    """A walk that holds its lock."""

    walk: WalkStudy
    backend: RDBStorage
    backtest: KnownBacktest
    uid: str
    steps: list[WalkStep]
    walk_lock: lock.StudyLock

    def run(self) -> WalkReport:
        outcomes, runs = store.load_outcomes(self.backend), self.walk.runs
        self._check_candles(outcomes)
        n_before, status = len(outcomes), "FAILED"
        self.walk.listener.planned(len(self.steps), n_before, self.walk.config.n_trials)
        try:
            if runs is not None:
                runs.open(self.uid, self._result(outcomes))
                runs.write(self._result(outcomes), self._study_uid)  # what a killed process left
            stopped = self._walk_missing(outcomes)
            status = "KILLED" if stopped else "FINISHED"
        except KeyboardInterrupt:
            status = "KILLED"
            raise
        finally:
            if runs is not None:
                runs.close(status)
        return WalkReport(
            self._result(outcomes),
            *(len(self.steps), len(outcomes) - n_before, stopped),
            self._found_by(outcomes),
            *((None, {}) if runs is None else (runs.mirror_failure, runs.links())),
        )

    def _walk_missing(self, outcomes: list[StepOutcome]) -> bool:
        """Append the outcomes that are missing; return whether it was stopped before the last."""
        for step in self.steps[len(outcomes) :]:
            self.walk_lock.renew()
            outcome = None if self.walk.stop.event.is_set() else self._walk(step, outcomes)
            if outcome is None:
                return True
            outcomes.append(outcome)
            result = self._result(outcomes)
            self.walk.listener.walked(result)
            if self.walk.runs is not None:
                self.walk.runs.write(result, self._study_uid)
        return False

    def _found_by(self, outcomes: list[StepOutcome]) -> str:
        walk = self.walk
        in_force = follow_steps(outcomes, self._untuned, walk.config.seed)[walk.plan.policy]
        return "" if in_force.step == UNTUNED else store.step_name(in_force.step)

    def _check_candles(self, outcomes: list[StepOutcome]) -> None:
        """Raise ``StudyError`` unless the candles that have been walked are the same ones."""
        if not outcomes:
            return
        last, same_steps = outcomes[-1], self.steps[: len(outcomes)]
        if [outcome.step for outcome in outcomes] == same_steps and (
            last.candles_sha256 == self._digest(last.step)
        ):
            return
        raise StudyError(
            f"candles: must begin with those that have been walked, {len(outcomes)} steps, got "
            f"others in {self.walk.candles.name}; pass the same file, which may have grown, or "
            "another --db"
        )

    def _digest(self, step: WalkStep) -> str:
        return self.walk.candles.part(0, step.trade.stop + HORIZON).digest

    def _walk(self, step: WalkStep, before: list[StepOutcome]) -> StepOutcome | None:
        """Return the outcome of a step, which is stored then; None when it was stopped."""
        walk, seed = self.walk, self.walk.config.seed
        in_force = follow_steps(before, self._untuned, seed)
        study = walk._child(self.backend, step)
        record = self._tune(study, step, in_force[walk.plan.policy])
        if record is None:
            return None
        best = best_trial(record)
        config = None if best is None else trial_config(record, best)
        outcome = StepOutcome(
            step=step,
            study=study.study_name,
            candidate=config,
            candidate_sha256="" if config is None else Bundle(config, {}, {}).config_sha256,
            in_sample=None if best is None else best.metric("accuracy"),
            lead=None,
            scores={},
            candles_sha256=self._digest(step),
        )
        count_walk(
            *(self.backend, walk.candles, self.steps[0], step, walk.config),
            *(self.backtest.identity, self.uid, walk.clock()),
        )
        outcome = score_step(
            *(outcome, walk.candles, walk.config, self.backtest.sources),
            *(in_force, self._untuned, before[-1].scores if before else {}),
        )
        store.save_outcome(study, outcome)
        return outcome

    def _tune(
        self, study: optuna.Study, step: WalkStep, in_force: ConfigInForce
    ) -> StudyRecord | None:
        """Run the child study of a step, or what is missing of it; None when it was stopped."""
        walk = self.walk
        config = replace(
            walk.config,
            study_name=study.study_name,
            seed=step_seed(walk.config.seed, step.number),
            deterministic=True,
            limit=None,
            register_as=None,
            experiment=walk.config.experiment if walk.runs is None else walk.runs.experiment,
        )
        if in_force.step != UNTUNED:
            params, _ = fit_params(config.space, in_force.config)
            source = f"config in force, of {store.step_name(in_force.step)}"
            pin_points(study, (), [StartPoint(source, params)])
        studies.save_sources(study, self.backtest.sources)
        tuning = Tuning(
            study=study,
            backend=self.backend,
            config=config,
            data=tuning_data(walk._window(step), config),
            n_trials=config.n_trials,
            db_path=walk.db_path,
            stop=walk.stop,
            listeners=(walk.listener,),
            notice=walk.notice,
        )
        report = tuning.run(None)
        if walk.runs is not None and report.mirror_failure is not None:
            walk.runs.search_failed(study.study_name, report.mirror_failure)
        return None if report.stopped else report.study

    @property
    def _untuned(self) -> ConfigInForce:
        config = default_config(self.walk.config)
        sha256 = Bundle(config, {}, {}).config_sha256
        return ConfigInForce(config, sha256, self.walk.config.seed, UNTUNED, None)

    def _result(self, outcomes: list[StepOutcome]) -> WalkResult:
        walk = self.walk
        return WalkResult(
            policy=walk.plan.policy,
            settings=walk._settings(self.backtest),
            candles=walk.candles.describe(),
            backtest=dict(self.backtest.identity),
            steps=tuple(outcomes),
            strategies=summarise_steps(outcomes),
        )

    def _study_uid(self, outcome: StepOutcome) -> str:
        return studies.read_identity(studies.find_study(self.backend, outcome.study)).uid
