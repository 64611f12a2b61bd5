"""``check_backtest``: each point of the contract, looked at by runs in processes of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from titan_mlopt.backtest.external import NoBacktestError, SignatureError
from titan_mlopt.backtest.predictions import PREDICTIONS_FILE
from titan_mlopt.candles.candles import Candles
from titan_mlopt.candles.sample import SAMPLE
from titan_mlopt.core.backtest_id import IDENTITY
from titan_mlopt.core.errors import BacktestError, short_repr
from titan_mlopt.core.search_space import Space
from titan_mlopt.core.trial import Segment
from titan_mlopt.core.tuner_config import LOCAL, TunerConfig
from titan_mlopt.evaluation.backtest_check import look_ahead
from titan_mlopt.evaluation.backtest_check.result import (
    MISSING,
    NOTICE,
    OK,
    BacktestCheck,
    ContractPoint,
    Status,
)
from titan_mlopt.evaluation.backtest_check.runs import Run, Runner
from titan_mlopt.evaluation.sensitivity.analysis import BASE, plan_variations
from titan_mlopt.executors.dry_run import dry_run_fault
from titan_mlopt.executors.factory import open_jobs
from titan_mlopt.executors.local.external import DRY_CANDLES
from titan_mlopt.executors.local.pool import WorkerPool
from titan_mlopt.study.dataset import read_candles, segment_warm_up

#: Candles beside those that warm up on which all runs but one work.
_CANDLES = 1500
#: Seconds that varying the parameters may take, and the fewest runs for it.
_BUDGET_S, _FEWEST_VARIATIONS = 60.0, 8
_SEGMENT_BARS = 200
#: Where the dry run ends that raises an error of this name.
_DRY_POINTS = {SignatureError.__name__: "arguments", BacktestError.__name__: "returns"}

_Look = tuple[Status, str]


def check_backtest(
    backtest: str,
    candles: str | Path | Candles = SAMPLE,
    *,
    space: Space | None = None,
    on_point: Callable[[ContractPoint], None] = lambda _: None,
    **settings: Any,
) -> BacktestCheck:
    """Hold a backtest of your own against the contract of docs/backtests.md.

    It runs in trials' processes, a few times for each parameter of the space. Nothing is written to
    a study, to MLflow or into the working folder.

    Args:
        backtest: "package.module:function".
        candles: Those to run on: a file, "sample", or candles.
        space: The search space; None for Titan's.
        on_point: Called with each point as soon as it is known.
        settings: Further fields of ``TunerConfig``: ``backtest_path``, ``timeout_per_trial`` for
            the deadline of each run, ``min_predictions``, ``limit``, ``symbol`` and the like.

    Returns:
        The check; ``holds`` says whether the backtest can be tuned.

    Raises:
        BacktestError: The path leads to no function.
        CandleError: The candles cannot be used.
        ConfigError: A setting is out of its range.
        TrialError: Trials cannot be run on this machine.
    """
    config = TunerConfig(backtest=backtest, space=space or Space(), **settings)
    return check_by_config(config, candles, on_point)


def check_by_config(
    config: TunerConfig,
    source: str | Path | Candles,
    on_point: Callable[[ContractPoint], None] = lambda _: None,
    notice: Callable[[str], None] = lambda _: None,
) -> BacktestCheck:
    """Return ``check_backtest`` by the settings of a study; without a backtest the embedded one's.

    notice: called with what is to be known of the candle file.
    """
    backtest = config.backtest or IDENTITY
    config = replace(config, backtest=backtest, n_jobs=1, executor=LOCAL)
    candles = read_candles(source, config.limit, notice, options=config.candle_options)
    points = list[ContractPoint]()
    with open_jobs(config, candles, notice=lambda _: None) as (pool, jobs):
        assert isinstance(pool, WorkerPool)
        first = candles.head(segment_warm_up(config.space) + _CANDLES)
        checker = _Checker(config, candles, pool, Runner(config, pool, jobs, first))
        for point in checker.points():
            points.append(point)
            on_point(point)
    return BacktestCheck(backtest, candles.describe(), tuple(points), checker.seconds)


@dataclass
class _Checker:
    """Looks at one point after the other; each method returns the status of one, with a text."""

    config: TunerConfig
    candles: Candles
    pool: WorkerPool
    runner: Runner
    seconds: float | None = None

    def points(self) -> Iterator[ContractPoint]:
        """Yield the points in order, to the first one without which the others cannot be seen."""
        for point in self._dry():
            yield point
            if point.status == MISSING:
                return
        runner, config = self.runner, self.config.space.point()
        base, second = runner.run(config), runner.run(config)
        whole = second
        if len(runner.first_candles) < len(self.candles):
            whole = runner.run(config, runner.jobs.candles_path)
        failed = [run for run in (base, second, whole) if not run.completed]
        if failed:
            text = f"it fails with {short_repr(config)}: {failed[0].outcome.message}"
            yield ContractPoint("config", MISSING, text)
            return
        self.seconds = whole.outcome.duration_seconds
        difference = base.difference(second)
        varied, failure = self._vary(base, second.outcome.duration_seconds)
        at_ends = f"it runs with {len(varied)} parameters at both ends of their ranges"
        looks: dict[str, _Look] = {
            "config": (MISSING, failure) if failure else (OK, at_ends),
            "records": _records(whole),
            "predictions": self._predictions(whole),
            "deterministic": (OK, "two runs of a config are the same")
            if not difference
            else (NOTICE, f"two runs of a config differ, {difference}; pass --repeat to tune"),
            "parameters": _parameters(varied, difference),
            "pruning": (OK, "it can be stopped while it runs")
            if whole.outcome.checkpoints
            else (NOTICE, f"no trial ends early, without {PREDICTIONS_FILE} or on_checkpoint"),
        }
        yield from (ContractPoint(name, *look) for name, look in looks.items())
        yield ContractPoint("holdout", *self._holdout())
        yield ContractPoint("causal", *self._causal(base, difference))
        yield from self._process()

    def _dry(self) -> Iterator[ContractPoint]:
        """Yield the first four points, by the dry run that ``tune`` begins with."""
        runner = self.runner
        fixed, path = dict(self.config.space.fixed), runner.jobs.candles_path
        run = runner.run(fixed, path, seed=0, dry=True)
        runner.sources = run.sources
        kind, fault = self._fault(run)
        if kind == NoBacktestError.__name__:
            raise NoBacktestError(fault)
        name = _DRY_POINTS.get(kind, "runs")
        if kind and not run.outcome.backtest and name == "returns":
            name = "importable"
        if (n := run.metrics.get("n_predictions", 0)) > DRY_CANDLES:
            fault = f"it must use the first candles alone with limit={DRY_CANDLES}, got {n:g} "
            fault += "predictions; cut the candles to limit"
        good = {
            "importable": str(self.config.backtest),
            "arguments": "it takes all six by keyword, and needs no other",
            "runs": f"on the first {DRY_CANDLES} candles, with its own defaults",
            "returns": ", ".join(f"{key} {value:.4g}" for key, value in run.metrics.items()),
        }
        for point, text in good.items():
            if fault and point == name:
                yield ContractPoint(name, MISSING, fault)
                return
            yield ContractPoint(point, OK, text)

    def _fault(self, run: Run) -> tuple[str, str]:
        job = self.runner.jobs.job(0, {}, sealed=True)
        return dry_run_fault(run.outcome, job, self.runner.timeout_s(dry=True))

    def _vary(self, base: Run, seconds: float) -> tuple[dict[str, bool], str]:
        """Return whether each parameter changed anything at an end, and a failure or "".

        As many are varied as fit into the budget of time.
        """
        space, config = self.config.space, self.config.space.point()
        plan = plan_variations(config, space.ranges_around(config))
        variations = [(job.parameter, job.config) for job in plan if job.end != BASE]
        for name, detail in space.details.items():
            choices = detail.choices if name in config else ()
            variations += [(name, {**config, name: c}) for c in choices if c != config[name]]
        most = max(_FEWEST_VARIATIONS, int(_BUDGET_S / max(seconds, 0.001)))
        moves, failure = dict[str, bool](), ""
        for name, variation in variations[:most]:
            run = self.runner.run(space.complete(variation))
            if run.completed:
                moves[name] = moves.get(name, False) or bool(base.difference(run))
            else:
                failure = failure or (
                    f"it fails with {name} = {variation[name]}: {run.outcome.message}"
                )
        return moves, failure

    def _predictions(self, run: Run) -> _Look:
        """Return whether there are enough predictions on all candles."""
        n, least = run.metrics.get("n_predictions"), self.config.min_predictions
        if n is None:
            text = "it returns no total, so min_predictions cannot be asked for"
            return MISSING if least else NOTICE, text
        text = f"{n:,.0f} on {len(self.candles):,} candles"
        if n >= least:
            return OK, text
        return MISSING, f"{text}, fewer than min_predictions={least}: such trials are pruned"

    def _holdout(self) -> _Look:
        """Return whether it can be scored from a bar on, by the dry run on segments."""
        lead = segment_warm_up(self.config.space)
        if len(self.candles) <= lead + _SEGMENT_BARS:
            return NOTICE, f"only more than {lead + _SEGMENT_BARS:,} candles show it; pass more"
        segment = Segment(0, lead, lead + _SEGMENT_BARS + 1, int(self.candles.ts[lead]))
        path = self.runner.jobs.candles_path
        run = self.runner.run(self.config.space.point(), path, dry=True, segments=(segment,))
        if fault := self._fault(run)[1]:
            return NOTICE, f"it cannot be judged on a hold-out, nor run on segments: {fault}"
        return OK, f"each bar has a record, after a warm-up of at most {lead:,} candles"

    def _causal(self, base: Run, difference: str) -> _Look:
        """Return whether predictions stay as they are when candles after them change."""
        runner, candles, n_changes = self.runner, self.runner.first_candles, 0
        if difference or not base.records:
            cause = "its runs differ" if difference else f"it writes no {PREDICTIONS_FILE}"
            return NOTICE, f"look-ahead cannot be seen, as {cause}"
        for index in look_ahead.candles_to_change(candles, len(base.records)):
            path = runner.save(f"changed-{index}", look_ahead.changed_from(candles, index))
            run = runner.run(self.config.space.point(), path)
            if not run.completed or run.records is None:
                continue
            n_changes += 1
            if text := look_ahead.look_ahead_text(base.records, run.records, candles, index):
                return MISSING, f"it looks ahead: {text}"
        if not n_changes:
            return NOTICE, "look-ahead cannot be seen, as it fails on changed candles"
        return OK, f"no prediction changed with the candles after it, changed {n_changes} times"

    def _process(self) -> Iterator[ContractPoint]:
        """Yield what the runs say of import, remnants and time."""
        fault, remnants = self.pool.import_fault, "; ".join(self.runner.remnants)
        yield ContractPoint(
            "import_once",
            *((NOTICE, f"each trial imports it: {fault}") if fault else (OK, "for all trials")),
        )
        yield ContractPoint(
            "remnants",
            *((NOTICE, remnants) if remnants else (OK, "no file, thread, process or output")),
        )
        seconds = self.seconds or 0.0
        text = f"{seconds:.3g} s a trial on {len(self.candles):,} candles"
        yield ContractPoint("time", OK, f"{text}, so 100 trials take about {seconds * 100:.3g} s")


def _records(run: Run) -> _Look:
    if run.records is None:
        return (
            NOTICE,
            f"it writes no {PREDICTIONS_FILE}: no plots, no hold-out, no look-ahead check",
        )
    if run.records.faults:
        return MISSING, f"{PREDICTIONS_FILE}: {'; '.join(run.records.faults)}"
    return OK, f"{len(run.records):,} in {PREDICTIONS_FILE}"


def _parameters(varied: dict[str, bool], difference: str) -> _Look:
    """Return which parameters change nothing when each goes to both ends of its range."""
    if difference:
        return NOTICE, "what they change cannot be seen, as its runs differ"
    if not any(varied.values()):
        remedy = "pass a space with its own parameters, or see whether it reads the table kv"
        return NOTICE, f"none of {len(varied)} changed anything; {remedy} of db_path"
    if dead := [name for name, moves in varied.items() if not moves]:
        names = ", ".join(dead)
        return (
            NOTICE,
            f"these parameters changed nothing: {names}; does it read them by these names?",
        )
    return OK, f"each of {len(varied)} changes the predictions"
