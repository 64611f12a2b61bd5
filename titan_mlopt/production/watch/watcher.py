"""One look at a live run: read what is new, test it, keep the state, react to an alarm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from titan_mlopt.core.ensemble import ENSEMBLE
from titan_mlopt.core.errors import ConfigError, TitanMloptError
from titan_mlopt.core.findings import utc_text
from titan_mlopt.production.watch.alarm_text import alarm_text
from titan_mlopt.production.watch.figures import live_metrics
from titan_mlopt.production.watch.lock import watch_lock
from titan_mlopt.production.watch.promise import Promise, make_promise
from titan_mlopt.production.watch.reaction import (
    HOOK,
    ROLL_BACK,
    TELL,
    Reaction,
    Registry,
    call_hook,
    check_reaction,
    is_over,
    roll_back,
)
from titan_mlopt.production.watch.reading import Batch, Position, end_of, read_new, real_path
from titan_mlopt.production.watch.state import WatchState, advance
from titan_mlopt.production.watch.stored import (
    StoredWatch,
    read_watch,
    take_turn,
    watch_document,
)
from titan_mlopt.tracking.registry import watch_runs
from titan_mlopt.tracking.registry.gate_tags import read_gate_history
from titan_mlopt.tracking.registry.history_page import show_history
from titan_mlopt.tracking.registry.verdict_tags import finish_versions
from titan_mlopt.tracking.registry.versions import (
    CHAMPION,
    aliases_of,
    pull_bundle,
    resolve_version,
)
from titan_mlopt.tracking.registry.watch_runs import (
    ACTION,
    PROMISE,
    STATE,
    WatchRun,
    begin_watch,
    find_watches,
    mark_alarm,
    set_status,
    write_action,
    write_look,
)
from titan_mlopt.tracking.store import mlflow_errors, open_client

if TYPE_CHECKING:
    from mlflow import MlflowClient

#: Records between two points of the curves.
GRID = 60
# Of a refusal, so much is kept.
_MOST_LETTERS = 900


@dataclass(frozen=True, slots=True)
class Look:
    """What a look found.

    Attributes:
        name: Of the registered model.
        version: That is watched; None where another process is looking.
        run_id: Of the watch in MLflow.
        n_new: Records that were read.
        state: After them.
        promise: What the version is watched against.
        silent_s: Seconds without a record where that is too long; None where it is not.
        action: What the alarm set going (kind, done, outcome); None for nothing.
        is_champion: Whether a version that raised the alarm is the champion after the look.
    """

    name: str
    version: str | None = None
    run_id: str = ""
    n_new: int = 0
    state: WatchState | None = None
    promise: Promise | None = None
    silent_s: float | None = None
    action: Mapping[str, Any] | None = None
    is_champion: bool = False

    @property
    def alarmed(self) -> bool:
        """Whether a test has raised the alarm, or the run is silent."""
        return self.silent_s is not None or bool(self.state and self.state.alarms)


@dataclass(frozen=True, slots=True)
class Watcher:
    """Looks at a live run as often as it is asked; everything it knows is in MLflow.

    Attributes:
        uri: Of the store.
        name: Of the registered model.
        version: To watch; None for the champion of each look.
        predictions: The live run's file.
        reaction: To an alarm.
        notice: Receives one-line messages.
        clock: UTC seconds since 1970.
        alpha: Probability of a false alarm over the life of a watch; None for that of the watch so
            far, .05 for a new one.
        silence_s: Seconds without a record that are an alarm; 0 for none.
        skip_old: A first look at a file leaves out what is in it.
    """

    uri: str
    name: str
    version: str | None
    predictions: Path
    reaction: Reaction
    notice: Callable[[str], None]
    clock: Callable[[], float]
    alpha: float | None = None
    silence_s: float = 0.0
    skip_old: bool = False

    def look(self, *, anew: bool = False) -> Look:
        """Look once.

        Args:
            anew: Begin a new watch of the version, with its own false alarms and its own run.

        Raises:
            ConfigError: An option is wrong, or the file cannot be read.
            TrackingError: There is no such version, or the store does not answer; nothing is lost.
        """
        check_reaction(self.reaction)
        with watch_lock(self.uri, self.name, self.predictions) as is_mine:
            if not is_mine:
                return Look(self.name)
            with mlflow_errors(self.uri):
                client = open_client(self.uri, "write")
                finish_versions(client, self.name, self.notice)
                watches = [read_watch(run) for run in find_watches(client, self.name)]
                refused = self._finish(client, watches)
                alias = None if self.version else CHAMPION
                number = resolve_version(client, self.name, alias=alias, version=self.version)
                look, watch = self._look(client, watches, number, anew)
                action = refused.get(watch.run_id) or self._react(client, watch, look)
                alarms = look.state is not None and look.state.alarms
                champion = aliases_of(client, self.name).get(CHAMPION) if alarms else None
                return replace(look, action=action, is_champion=champion == number)

    def _look(
        self, client: MlflowClient, watches: list[StoredWatch], number: str, anew: bool
    ) -> tuple[Look, WatchRun]:
        """Read what is new and keep the state; return the look before any reaction, and its run."""
        watch = next((w for w in watches if w.run.version == number), None)
        if watch is None or anew or is_over(client, self.name, watch.run):
            watch = read_watch(self._begin(client, watches, number))
        promise, stored_place = watch.promise, (watch.file, watch.turn)
        if self.alpha not in (None, promise.alpha):
            raise ConfigError(
                f"alpha: must be {promise.alpha:g}, as at the first look of this watch, got "
                f"{self.alpha:g}; leave it out, or begin a new watch with --anew"
            )
        siblings = [w for w in watches if w.run.run_id != watch.run.run_id]
        watch = take_turn(watch, siblings, self._file)
        _set_statuses(client, watch, siblings, self.clock())
        before = state = watch.state
        points = list[tuple[int, Mapping[str, float]]]()
        with suppress(OSError):  # of which the reading tells
            if not self.predictions.exists():
                self.notice(f"{self.predictions}: there is no such file yet, nothing to read")
        for batch in read_new(self.predictions, state.position):
            if batch.notice:
                self.notice(batch.notice)
            state = _add(state, promise, batch, points)
        if state != before or (watch.file, watch.turn) != stored_place:
            document = watch_document(self._file, watch.turn, state)
            write_look(client, watch.run, points, document, promise.interval_s)
        look = Look(
            *(self.name, number, watch.run.run_id, state.n_records - before.n_records),
            *(state, promise, self._silence(watch.run)),
        )
        return look, watch.run

    @property
    def _file(self) -> str:
        return real_path(self.predictions)

    def _begin(self, client: MlflowClient, watches: list[StoredWatch], number: str) -> WatchRun:
        """Begin the watch of a version with what the gate said of it."""
        tags = client.get_model_version(self.name, number).tags
        manifest = pull_bundle(client, self.name, number).manifest
        decision = read_gate_history(tags).decision
        promise = make_promise(decision, manifest, 0.05 if self.alpha is None else self.alpha)
        if manifest.get(ENSEMBLE) is not None:
            self.notice(
                f"{self.name} version {number} is an ensemble, of which production runs the best "
                "member; the gate judged the votes, so nothing was promised: only the accuracy is "
                "tested, against a coin"
            )
        elif not promise.source:
            self.notice(
                f"{self.name} version {number} has no figures of the gate on bars that it was not "
                "tuned on, so nothing was promised: only its accuracy is tested, against a coin"
            )
        elif promise.tail is None:
            self.notice(
                f"{self.name} version {number} was judged by an earlier version, which kept no "
                "drawdowns of the hold-out: its drawdown is told, and not tested"
            )
        position = Position()
        if self.skip_old and not any(watch.file == self._file for watch in watches):
            position = end_of(self.predictions)
        state = watch_document(self._file, 0, WatchState(position=position))
        params = {
            "model": self.name,
            "version": number,
            "predictions": self._file,
            "alpha": f"{promise.alpha:g}",
            "promised_by": promise.source or "nothing",
            "tests": ", ".join(promise.tests),
        }
        return begin_watch(
            *(client, self.name, number, {PROMISE: asdict(promise), STATE: state}),
            params=params,
            now_s=self.clock(),
        )

    def _silence(self, watch: WatchRun) -> float | None:
        """Return for how long nothing was written, where that is an alarm."""
        last_s = watch.started_ms / 1000
        with suppress(OSError):  # not there yet, or not any more
            last_s = self.predictions.stat().st_mtime
        silent_s = self.clock() - last_s
        return silent_s if self.silence_s and silent_s > self.silence_s else None

    # --- reactions -------------------------------------------------------------------------------

    def _react(self, client: MlflowClient, watch: WatchRun, look: Look) -> Mapping[str, Any] | None:
        """Tell MLflow of an alarm, and set going what it is to set going, once."""
        state, promise = look.state, look.promise
        if state is None or promise is None or not state.alarms:
            return None
        alarm = state.alarms[0]
        text = alarm_text(alarm, promise)
        document = {
            "name": self.name,
            "version": look.version,
            "run_id": watch.run_id,
            "alarms": [asdict(raised) for raised in state.alarms],
            "text": text,
        }
        if watch.status != watch_runs.ALARMED:
            mark_alarm(client, self.name, watch, document, text=text, now_s=self.clock())
            show_history(client, self.name, self.notice)
        actions = watch.content.get(ACTION, {})
        if self.reaction.kind == TELL:
            return next(iter(actions.values()), None)
        action = actions.get(self.reaction.kind)
        if action is not None and action["done"]:
            return dict(action)
        action = {
            **{"kind": self.reaction.kind, "done": False, "outcome": ""},
            **{"at": utc_text(self.clock()), "alarm": document},
        }
        return self._carry_out(client, watch, action)

    def _finish(
        self, client: MlflowClient, watches: list[StoredWatch]
    ) -> dict[str, Mapping[str, Any]]:
        """Complete rollbacks that a killed process, or a locked database, left half done.

        Returns:
            By run, those that were refused: they are not tried again in this look.
        """
        refused = dict[str, Mapping[str, Any]]()
        for run in (watch.run for watch in watches):
            action = run.content.get(ACTION, {}).get(ROLL_BACK)
            if self.reaction.kind == ROLL_BACK and action is not None and not action["done"]:
                finished = self._carry_out(client, run, action)
                if finished["done"]:
                    self.notice(
                        f"an alarm of version {run.version} is finished: {finished['outcome']}"
                    )
                else:
                    refused[run.run_id] = finished
        return refused

    def _carry_out(
        self, client: MlflowClient, watch: WatchRun, action: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Carry the action out; where that fails it stays to be done, and a notice says why.

        A watch has one action of each kind, so that a hook that was called stops no rollback.
        """
        actions = {**watch.content.get(ACTION, {}), action["kind"]: action}
        write_action(client, watch, actions)
        registry = Registry(client, self.uri, self.name, self.clock, self.notice)
        try:
            if action["kind"] == HOOK:
                outcome = call_hook(self.reaction.hook, action["alarm"])
            else:
                reason = f"watch: {action['alarm']['text']}"[:900]
                outcome = roll_back(registry, watch, reason, self.reaction)
        except TitanMloptError as error:
            self.notice(f"the alarm stands, but {action['kind']} must be done, got {error}")
            after = {**action, "outcome": str(error)[:_MOST_LETTERS]}
        else:
            after = {**action, "done": True, "outcome": outcome}
        if after != action:
            write_action(client, watch, {**actions, action["kind"]: after})
            show_history(client, self.name, self.notice)
        return after


def _set_statuses(
    client: MlflowClient, watch: StoredWatch, siblings: list[StoredWatch], now_s: float
) -> None:
    """Let the run of the watch be the only one that goes on; alarms keep their status."""
    for sibling in siblings:
        if sibling.run.status == watch_runs.RUNNING:
            set_status(client, sibling.run, watch_runs.FINISHED, now_s)
    if not watch.state.alarms:
        set_status(client, watch.run, watch_runs.RUNNING, now_s)


def _add(
    state: WatchState,
    promise: Promise,
    batch: Batch,
    points: list[tuple[int, Mapping[str, float]]],
) -> WatchState:
    """Return the state after a batch; a point of the curves at each multiple of ``GRID``."""
    first, n = 0, len(batch.direction)
    while True:
        stop = min(n, first + GRID - state.n_records % GRID)
        state = advance(state, promise, batch.part(first, stop))
        if stop > first and state.n_records % GRID == 0:
            points.append((state.n_records, live_metrics(state, promise)))
        first = stop
        if first >= n:
            return state
