"""A walk in MLflow: a parent run with equities as histories, and each child study's run in it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path

from titan_mlopt.core.errors import TrackingError
from titan_mlopt.core.provenance import code_version
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.evaluation.walk.page import walk_page
from titan_mlopt.evaluation.walk.records import StepOutcome, WalkResult
from titan_mlopt.evaluation.walk.report import markdown, steps_csv
from titan_mlopt.report.commands import repair_command, this_shell
from titan_mlopt.tracking import run_content, store
from titan_mlopt.tracking.project_run import RUN_ID, open_parent
from titan_mlopt.tracking.reconcile import find_runs, is_active
from titan_mlopt.tracking.run_writer import log_histories, log_texts, log_values

#: Kind of the parent run, and the tag with the id of its walk.
WALK_KIND, WALK = "walk", "titan_mlopt.walk"
#: Tag of a child study's run: number of its step.
STEP = "titan_mlopt.walk_step"
STEPS_FILE, RESULT_FILE, PAGE_FILE = "steps.csv", "walk.json", "walk.html"


class WalkRuns:
    """Writes a walk to MLflow after each step; the same step again changes nothing.

    The first failure ends the writing of this call, but not the walk: the next call writes what is
    missing.

    Args:
        uri: Of the store.
        config: Of the walk; its experiment counts.
        db_path: Of the walk's database, for messages.
        command: That walks it again, for the page.
        notice: Called with what a person should know.
    """

    def __init__(
        self,
        uri: str,
        config: TunerConfig,
        db_path: Path,
        command: str,
        notice: Callable[[str], None],
    ) -> None:
        self.uri, self.failure, self._db_path, self._command = uri, "", db_path, command
        self._config, self._notice = config, notice
        self._parent: store.Parent | None = None
        self._written, self._unmirrored = 0, ""

    @property
    def mirror_failure(self) -> str | None:
        """Why MLflow has not all of the walk and its searches, None when it has."""
        return self.failure or self._unmirrored or None

    def search_failed(self, study: str, reason: str) -> None:
        """Keep why MLflow has not all of a child study; the first one is reported."""
        self._unmirrored = self._unmirrored or f"study {study}: {reason}"

    def open(self, uid: str, result: WalkResult) -> None:
        """Take up the run of a walk, or start one; in `mlflow run` that is the run of that."""
        with self._kept_going():
            self._client = store.open_client(self.uri, on_notice=self._notice)
            self._parent = self._find(uid) or self._start(uid, result)
            logged = self._client.get_run(self._parent.run_id).data.params
            params = {k: v for k, v in result.settings.items() if k not in logged}
            log_values(self._client, self._parent.run_id, params=_short(params))
            home = self._client.get_experiment(self._parent.experiment_id)
            self._config = replace(self._config, experiment=home.name)
            os.environ.pop(RUN_ID, None)  # it is the walk's, and no child study's

    @property
    def experiment(self) -> str | None:
        """Name of the experiment of the walk's run, where those of the child studies belong."""
        return self._config.experiment

    def write(self, result: WalkResult, study_uid: Callable[[StepOutcome], str]) -> None:
        """Write the steps that were not written by this process; study_uid: of a child study."""
        if self._parent is None or self.failure:
            return
        with self._kept_going():
            run_id = self._parent.run_id
            for outcome in islice(result.steps, self._written, None):
                self._nest(outcome, study_uid(outcome))
            log_histories(self._client, run_id, _equities(result, self._written))
            log_values(
                self._client,
                run_id,
                metrics=_summary(result),
                tags={run_content.NOTE: markdown(result)},
            )
            log_texts(self._client, run_id, walk_files(result, self._command))
            self._written = len(result.steps)

    def close(self, status: str) -> None:
        """End the parent run."""
        if self._parent is not None:
            with self._kept_going():
                self._client.set_terminated(self._parent.run_id, status)

    def links(self) -> dict[str, str]:
        """Return the command and address that show the walk's run; {} without one."""
        if self._parent is None:
            return {}
        return {"ui": store.ui_command(self.uri), "walk": store.run_link(self.uri, self._parent)}

    @contextmanager
    def _kept_going(self) -> Iterator[None]:
        try:
            with store.mlflow_errors(self.uri):
                yield
        except TrackingError as error:
            self.failure = str(error)
            self._notice(f"MLflow: must take the walk, got {error}; the walk goes on without it")

    def _find(self, uid: str) -> store.Parent | None:
        experiments = store.all_pages(
            partial(self._client.search_experiments, max_results=store.PAGE)
        )
        ids = [experiment.experiment_id for experiment in experiments]
        runs = self._client.search_runs(ids, f"tags.`{WALK}` = '{uid}'") if ids else []
        run = next(filter(is_active, runs), None)
        if run is None:
            return None
        self._client.update_run(run.info.run_id, "RUNNING")
        return store.Parent(run.info.run_id, run.info.experiment_id, adopted=False)

    def _start(self, uid: str, result: WalkResult) -> store.Parent:
        tags = {
            store.KIND: WALK_KIND,
            WALK: uid,
            run_content.BACKTEST: str(result.backtest.get("path", "")),
            run_content.VERSION: code_version(),
        }
        name = f"walk on {result.candles['name']}"
        return open_parent(self._client, name, self._config.experiment, tags, self._notice)

    def _nest(self, outcome: StepOutcome, study_uid: str) -> None:
        """Put the runs of a step's child study below the walk's, with what came of the step."""
        assert self._parent is not None
        scores = {
            f"{figure}_{name}": value
            for name, score in outcome.scores.items()
            for figure, value in (
                ("later_accuracy", score.accuracy),
                ("later_return", score.net - 1),
            )
        }
        tags = {run_content.PARENT_RUN: self._parent.run_id, STEP: str(outcome.step.number)}
        runs = find_runs(self._client, study_uid).living_parents
        if not runs:
            repair = repair_command(this_shell(), str(self._db_path), outcome.study)
            self._notice(
                f"MLflow: must have a run of study {outcome.study} to put below the walk's, got "
                f"none; this makes one: {repair}"
            )
            self.search_failed(outcome.study, "it has no run")
        for run_id in runs:
            log_values(
                self._client, run_id, metrics=scores, tags=tags, timestamp_ms=_ended_ms(outcome)
            )


def walk_files(result: WalkResult, command: str) -> dict[str, str]:
    """Return the files of a walk's run, by name; command: that walks it again."""
    return {
        STEPS_FILE: steps_csv(result.steps),
        PAGE_FILE: walk_page(result, command),
        RESULT_FILE: json.dumps(asdict(result), indent=2) + "\n",
    }


def _short(params: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value)[:500] for name, value in params.items()}


def _ended_ms(outcome: StepOutcome) -> int:
    """Return a time that follows from the step, so that MLflow keeps one point of several."""
    return int(datetime.fromisoformat(outcome.step.trade.last_time).timestamp() * 1000)


def _equities(result: WalkResult, first: int) -> Sequence[tuple[str, float, int, int]]:
    """Return (name, value, milliseconds since 1970, step) of each strategy from a step on."""
    return [
        (f"{figure}_{name}", values[number], _ended_ms(outcome), number)
        for name, summary in result.strategies.items()
        for figure, values in (("equity", summary.equity), ("equity_gross", summary.equity_gross))
        for number, outcome in islice(enumerate(result.steps), first, None)
    ]


def _summary(result: WalkResult) -> dict[str, float | None]:
    return {
        f"{figure}_{name}": value
        for name, summary in result.strategies.items()
        for figure, value in (
            ("accuracy", summary.accuracy),
            ("efficiency", summary.efficiency),
            ("changes", float(summary.changes)),
        )
    }
