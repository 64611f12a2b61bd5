"""Ours beside the tools that people use: `make bench-peers`, in an environment of its own.

Time, memory and lines of the same study; what stands in MLflow afterwards; what is left right
after a kill, and after a second call; and whether a trial that is stuck ends at its deadline. All
that the table says was counted in the stores or seen of the processes in the same run.

    python benchmarks/peers.py --readme     # writes the table into benchmarks/README.md
    python benchmarks/peers.py --quick      # few trials, to see that it works
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mlflow
import psutil
from frame import HERE, alternate, empty_folder, environment, machine, new_store, shown
from measure import count_code_lines
from mlflow.tracking import MlflowClient
from stuck import FILE as STUCK_FILE

README = HERE / "README.md"
BEGIN, END = (f"<!-- written by make bench-peers: {word} -->" for word in ("begin", "end"))
NAMES = {
    "ours": "titan_mlopt",
    "peer": "by hand: Optuna, fluent MLflow",
    "peer_mlflow_storage": "Optuna + `MlflowStorage`",
    "peer_ray_tune": "Ray Tune + `MLflowLoggerCallback`",
}
PEERS = tuple(NAMES)[1:]
#: Trials of the timed study, of the one that is killed, and finished runs before the kill.
SIZES, QUICK_SIZES = (100, 24, 20), (3, 6, 2)
JOBS, STUCK_TRIALS, LIMIT_S = 2, 4, 5.0
#: How long a stuck trial is watched after its deadline; what outlives a killed program, until when.
PATIENCE_S, ORPHAN_S, POLL_S, LOOK_S = 15.0, 5.0, 0.25, 1.0
LONGEST_S = 3600.0
_MARK = "PEERS_RUN"
_FINISHED = "SELECT count(*) FROM runs WHERE status IN ('FINISHED', 'KILLED')"


# --- a program and all of its processes ----------------------------------------------------------


@dataclass
class Program:
    """A program that runs in a folder, known by a variable that its processes inherit."""

    process: subprocess.Popen[str]
    mark: str
    peak_mb: float = 0.0
    began: float = field(default_factory=time.perf_counter)
    looked: float = 0.0

    def processes(self) -> list[psutil.Process]:
        """Return the processes that live, those that left the tree included."""
        alive = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get(_MARK) == self.mark:
                    alive.append(process)
        return alive

    def look(self) -> None:
        """Note the memory of all processes, once a second: Pss; a shared page counts once."""
        if time.perf_counter() - self.looked < LOOK_S:
            return
        self.looked, total = time.perf_counter(), 0
        for process in self.processes():
            with suppress(psutil.Error):
                total += process.memory_full_info().pss
        self.peak_mb = max(self.peak_mb, total / 2**20)

    def end_all(self) -> None:
        """Kill whatever lives."""
        while alive := self.processes():
            for process in alive:
                with suppress(psutil.Error):
                    process.kill()
            psutil.wait_procs(alive, timeout=POLL_S)
            self.process.poll()


@contextmanager
def start(folder: Path, *words: object, **variables: str) -> Iterator[Program]:
    """Start a program of this interpreter in a folder; nothing of it lives on afterwards."""
    mark = uuid.uuid4().hex
    with (folder / "stdout").open("w") as out, (folder / "stderr").open("w") as err:
        process = subprocess.Popen(
            [sys.executable, *map(str, words)],
            cwd=folder,
            env={**environment(folder), **variables, _MARK: mark},
            stdout=out,
            stderr=err,
            text=True,
        )
        program = Program(process, mark)
        try:
            yield program
        finally:
            program.end_all()
            process.wait()


def printed(folder: Path) -> dict[str, Any]:
    """Return the JSON that the program of a folder printed on its last line."""
    lines = (folder / "stdout").read_text().strip().splitlines()
    return dict(json.loads(lines[-1]))


def wait_for(program: Program, condition: Callable[[], bool], seconds: float = LONGEST_S) -> bool:
    """Look at a program until a condition holds or the seconds are over; return whether it held."""
    ends = time.monotonic() + seconds
    while not (held := condition()) and time.monotonic() < ends:
        time.sleep(POLL_S)
        program.look()
    return held


def whole_run(folder: Path, name: str, *words: object) -> dict[str, Any]:
    """Run a program to its end; return what it printed, its seconds and its peak of memory."""
    with start(folder, HERE / "programs" / f"{name}.py", *words) as program:
        ended = wait_for(program, lambda: program.process.poll() is not None)
        seconds = time.perf_counter() - program.began
        if not ended or program.process.returncode:
            tail = (folder / "stderr").read_text()[-3000:]
            raise RuntimeError(f"{name}: exit code {program.process.returncode}\n{tail}")
    return {**printed(folder), "seconds": seconds, "peak_mb": program.peak_mb}


# --- what is in MLflow ---------------------------------------------------------------------------


def make_store(folder: Path, name: str) -> None:
    """Put an empty store into a folder; making its tables is not part of a measurement."""
    if name != "floor":
        client = "store.open_client(uri)" if name == "ours" else "mlflow.MlflowClient(uri)"
        (folder / "mlflow.db").write_bytes(new_store(client))


def client_of(folder: Path) -> MlflowClient:
    return MlflowClient(f"sqlite:///{folder}/mlflow.db")


def runs_of(client: MlflowClient) -> list[mlflow.entities.Run]:
    """Return all runs of a store of fewer than 1,000."""
    ids = [experiment.experiment_id for experiment in client.search_experiments()]
    return list(client.search_runs(ids, max_results=1000))


def files_of(run: mlflow.entities.Run) -> list[str]:
    """Return the names of the artifacts of a run."""
    folder = Path(str(run.info.artifact_uri).removeprefix("file://"))
    return [path.name for path in folder.rglob("*") if path.is_file()]


def facts_of(folder: Path) -> dict[str, Any]:
    """Count what the store of a folder holds."""
    client = client_of(folder)
    runs = runs_of(client)
    nested = [run for run in runs if "mlflow.parentRunId" in run.data.tags]
    parents = {run.data.tags["mlflow.parentRunId"] for run in nested}
    trials = nested or runs
    studies = [run for run in runs if run.info.run_id in parents]
    plots = {".html", ".svg", ".png"}
    pictures = [sum(Path(file).suffix in plots for file in files_of(run)) for run in trials]
    params = {name for run in trials for name in run.data.params}
    metrics = [set(run.data.metrics) - {f"config/{name}" for name in params} for run in trials]
    return {
        "runs": len(runs),
        "nested": len(nested),
        "trials": len(trials),
        "params": statistics.median(len(run.data.params) for run in trials),
        "metrics": statistics.median(map(len, metrics)),
        "tags": statistics.median(len(run.data.tags) for run in trials),
        "files": statistics.median(len(files_of(run)) for run in trials),
        "pictures": statistics.median(pictures),
        "study plots": sum(Path(f).suffix in plots for run in studies for f in files_of(run)),
        "versions": len(client.search_model_versions()),
    }


def states_of(folder: Path) -> dict[str, int]:
    """Count the runs of a store by their state."""
    return dict(sorted(Counter(run.info.status for run in runs_of(client_of(folder))).items()))


def count_finished(folder: Path) -> int:
    """Return how many runs are over, looked at without a right to write."""
    try:
        with closing(sqlite3.connect(f"file:{folder}/mlflow.db?mode=ro", uri=True)) as connection:
            return int(connection.execute(_FINISHED).fetchone()[0])
    except sqlite3.OperationalError:
        return 0  # locked for a moment


# --- the three parts -----------------------------------------------------------------------------


def timed(name: str, n_trials: int) -> dict[str, Any]:
    """Return time, memory and facts of a whole study."""
    with empty_folder() as folder:
        make_store(folder, name)
        numbers = whole_run(folder, name, n_trials, JOBS, 1)
        assert numbers["trials"] == n_trials, numbers
        return {**numbers, "facts": {} if name == "floor" else facts_of(folder)}


def killed(name: str, n_trials: int, n_finished: int) -> dict[str, Any]:
    """Kill the program's main process amid its study; then call it again.

    What outlives it for ORPHAN_S is counted and killed as well, before the states are read.
    """
    with empty_folder() as folder:
        make_store(folder, name)
        with start(folder, HERE / "programs" / f"{name}.py", n_trials, JOBS, 1) as program:
            assert wait_for(program, lambda: count_finished(folder) >= n_finished)
            assert program.process.poll() is None, f"{name}: ended before the kill"
            program.process.send_signal(signal.SIGKILL)
            program.process.wait()
            wait_for(program, lambda: not program.processes(), ORPHAN_S)
            orphans = len(program.processes())
        found = {"orphans": orphans, "states": states_of(folder)}
        try:
            numbers = whole_run(folder, name, n_trials, JOBS, 1)
        except RuntimeError as error:
            return {**found, "error": str(error)[-600:]}
        return {**found, "resumed": numbers["trials"], "states after": states_of(folder)}


def stuck(name: str) -> dict[str, Any]:
    """Return how long the process of a trial that holds the interpreter outlives its deadline."""
    program_file = HERE / "programs" / f"{name}.py"
    words: list[object] = [HERE / "stuck.py", program_file, STUCK_TRIALS, JOBS, 1]
    if name == "ours":
        words = [HERE / "programs" / "ours_stuck.py", STUCK_TRIALS, JOBS, LIMIT_S]
    elif name == "peer_ray_tune":
        words += [LIMIT_S]
    with empty_folder() as folder:
        make_store(folder, name)
        file = folder / "stuck"
        with start(folder, *words, **{STUCK_FILE: str(file)}) as program:
            assert wait_for(program, lambda: file.exists() and file.read_text().endswith("\n"))
            began, pid = time.monotonic(), int(file.read_text())
            ended = wait_for(program, lambda: not lives(pid), LIMIT_S + PATIENCE_S)
            seconds = time.monotonic() - began - LIMIT_S
            if ended:
                ended = wait_for(program, lambda: program.process.poll() is not None)
        return {"ended": ended, "seconds": seconds, "others": count_finished(folder)}


def lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def measure(*, quick: bool, n_trials: int | None, log: Callable[[str], None]) -> dict[str, Any]:
    """Measure all of it; each peer is timed in a triple of its own with ours and the floor."""
    whole, kill_trials, n_finished = QUICK_SIZES if quick else SIZES
    if n_trials:
        whole, kill_trials = n_trials, min(n_trials, kill_trials)
        n_finished = min(n_finished, 2 * kill_trials // 3)
    found: dict[str, Any] = {name: {"times": []} for name in NAMES}
    before, began = machine(), time.perf_counter()
    for number, peer in enumerate(PEERS):
        names = ("floor", "ours", peer) if number % 2 == 0 else (peer, "ours", "floor")
        triple = alternate({name: partial(timed, name, whole) for name in names}, 1)
        seconds = {name: values[0]["seconds"] for name, values in triple.items()}
        log(f"{peer}: {seconds}")
        for name in ("ours", peer):
            found[name] |= triple[name][0]
            found[name]["times"].append(seconds)
    for name in NAMES:
        found[name]["lines"] = count_code_lines(HERE / "programs" / f"{name}.py")
        found[name]["killed"] = killed(name, kill_trials, n_finished)
        log(f"{name}, killed: {found[name]['killed']}")
        found[name]["stuck"] = stuck(name)
        log(f"{name}, stuck: {found[name]['stuck']}")
    return {
        "machine": {**before, "ray": version("ray")},
        "load after": machine()["load"],
        "minutes": round((time.perf_counter() - began) / 60, 1),
        "trials": whole,
        "kill trials": kill_trials,
        "found": found,
    }


# --- the table -----------------------------------------------------------------------------------


def yes(condition: object, words: str) -> str:
    return f"{'yes' if condition else '**no**'}: {words}"


def states_words(states: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in states.items())


def time_cells(name: str, found: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return the cells of seconds, of the ratio to ours and of that to the floor."""
    times = found["times"]
    medians = [statistics.median(time[key] for time in times) for key in (name, "floor")]
    floor = shown(statistics.median(time[name] / time["floor"] for time in times), "×")
    ratio = "1" if name == "ours" else shown(times[0][name] / times[0]["ours"], "×")
    return shown(medians[0], "s"), ratio, floor


def stuck_words(found: Mapping[str, Any]) -> str:
    others = f"{found['others']} of the {STUCK_TRIALS - 1} others over"
    if found["ended"]:
        return yes(True, f"ended {max(0.0, found['seconds']):.1f} s after it, and the study too")
    return yes(False, f"lives on {PATIENCE_S:.0f} s after it, {others}")


def resumed_words(killed: Mapping[str, Any], n_trials: int) -> str:
    if "error" in killed:
        return yes(False, f"`{killed['error'].strip().splitlines()[-1][:120]}`")
    return yes(killed["resumed"] >= n_trials, f"{killed['resumed']} trials, {n_trials} asked")


def column(name: str, found: Mapping[str, Any], kill_trials: int) -> dict[str, str]:
    """Return the cells of a tool, by what they say."""
    facts, killed = found["facts"], found["killed"]
    seconds, ratio, floor = time_cells(name, found)
    n_trials = found["trials"]
    return {
        "the whole study": seconds,
        "over ours, in its triple": ratio,
        "over the floor": floor,
        "most memory, all processes": shown(found["peak_mb"], "MB"),
        "lines that a user writes": str(found["lines"]),
        "trials stopped early": str(found["pruned"]),
        "a run for each trial": yes(facts["trials"] == n_trials, f"{facts['trials']}"),
        "nested under the study's run": yes(facts["nested"], f"{facts['nested']}"),
        "params, metrics, tags of a trial": (
            f"{facts['params']:.0f}, {facts['metrics']:.0f}, {facts['tags']:.0f}"
        ),
        "a picture of each trial": yes(facts["pictures"], f"of {facts['files']:.0f} files"),
        "plots of the study": yes(facts["study plots"], f"{facts['study plots']} files"),
        "the best registered": yes(facts["versions"], f"{facts['versions']} versions"),
        "killed: all processes gone": yes(
            not killed["orphans"], f"{killed['orphans']} alive after {ORPHAN_S:.0f} s"
        ),
        "killed: states right after": states_words(killed["states"]),
        "called again: goes on": resumed_words(killed, kill_trials),
        "called again: states at the end": states_words(killed.get("states after", {})) or "-",
        "stuck in C code: ended at its deadline": stuck_words(found["stuck"]),
    }


def table(content: Mapping[str, Any]) -> str:
    """Return the table in Markdown, with what it was measured on."""
    columns = [
        column(name, content["found"][name], content["kill trials"]) for name in content["found"]
    ]
    lines = [f"| {' | '.join(['', *(NAMES[name] for name in content['found'])])} |"]
    lines += ["|---" * (len(columns) + 1) + "|"]
    lines += [f"| {' | '.join([key, *(c[key] for c in columns)])} |" for key in columns[0]]
    on = dict(content["machine"])
    load = f"load {on.pop('load')} → {content['load after']}"
    words = ", ".join([*(f"{name} {value}" for name, value in on.items()), load])
    size = f"{content['trials']} trials, n_jobs={JOBS}, classifier on; killed in a study of "
    return "\n".join(
        [*lines, "", f"{size}{content['kill trials']}. {words}; took {content['minutes']:g} min."]
    )


def with_table(text: str, content: Mapping[str, Any]) -> str:
    """Return a text with the table in its marked place."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n\n{table(content)}\n\n{END}{rest.split(END)[1]}"


def main() -> None:
    """Measure, print the table, keep all values as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="few trials, to see it work")
    parser.add_argument("--trials", type=int, help="trials of the timed study, else 100")
    parser.add_argument("--readme", action="store_true", help="write into benchmarks/README.md")
    chosen = parser.parse_args()
    if chosen.readme and chosen.quick:
        parser.error("--readme: must be of whole runs, got --quick; leave one of them out")
    # Ray's workers run at nice 15 by default, which on a busy machine would measure the others.
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0"}
    content = measure(
        quick=chosen.quick,
        n_trials=chosen.trials,
        log=lambda line: print(line, file=sys.stderr, flush=True),
    )
    name = f"benchmarks-peers{'-quick' if chosen.quick else ''}.json"
    Path(name).write_text(json.dumps(content, indent=1) + "\n")
    print(table(content))
    if chosen.readme:
        README.write_text(with_table(README.read_text(), content))


if __name__ == "__main__":
    main()
