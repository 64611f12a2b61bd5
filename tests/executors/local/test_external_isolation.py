"""A backtest that litters, talks and starts threads: nothing of it is left, nothing gets out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.external_cases import _no_clock, outcomes_of, ran, run_job, write_backtest
from support.pool_cases import _shared_pool, linux, processes_of, shared_pool, shared_scratch
from support.standin_cases import csv
from titan_mlopt.core.trial import COMPLETE, CRASH, EXCEPTION, FAIL, TIMEOUT, TrialOutcome
from titan_mlopt.executors.local import workspace
from titan_mlopt.executors.local.zygote import _THREADS

# Fixtures: pytest finds them here by their names.
__all__ = ["_no_clock", "_shared_pool", "csv", "run_job", "shared_pool", "shared_scratch"]

pytestmark = linux
RunJob = Callable[..., tuple[TrialOutcome, list[int]]]

# --- files ---------------------------------------------------------------------------------------

LITTERING = """
    tempfile.NamedTemporaryFile(delete=False).close()
    stats = titan.run_backtest(**call)
    home = Path(db_path).parent
    (HERE / f"seen-{trial}.json").write_text(json.dumps({
        "paths": [csv_path, db_path, out_dir],
        "temporary": tempfile.mkdtemp(),
        "litter": sorted(str(path.relative_to(home)) for path in home.rglob("*")),
    }))
    if trial == 1:
        os._exit(3)
    until(lambda: trial != 2)
    return stats
"""


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return the empty folders that a study works in: the current one, TMPDIR, its scratch."""
    folders = [tmp_path / name for name in ("here", "temporary", "scratch")]
    for folder in folders:
        folder.mkdir()
    monkeypatch.chdir(folders[0])
    monkeypatch.setenv("TMPDIR", str(folders[1]))
    return folders


def test_nothing_that_it_wrote_is_left_whatever_way_its_trials_end(
    places: list[Path], csv: Path, tmp_path: Path
) -> None:
    before = set(tmp_path.iterdir())
    settings = write_backtest(tmp_path / "src", LITTERING)
    jobs: dict[str, Any] = {"n_trials": 4, "n_jobs": 2, "timeout_per_trial": 20}
    study = ran(tmp_path, settings, csv, scratch=str(places[2]), **jobs)
    assert [out.reason for out in outcomes_of(study)] == ["", CRASH, TIMEOUT, ""]
    for trial in range(4):
        seen = json.loads((tmp_path / "src" / f"seen-{trial}.json").read_text())
        assert seen["litter"] == [
            *("out", "out/predictions.jsonl", "out/report.md", "out/summary.json"),
            *("trial.db", "trial_session.db", "trial_session.db-shm", "trial_session.db-wal"),
        ]
        assert [".db" in path for path in seen["paths"]] == [False, True, False]
        assert seen["paths"][1].count(".db") == 1
        assert seen["paths"][1].endswith(".db")
        assert all(path.startswith(str(places[2])) for path in [*seen["paths"], seen["temporary"]])
    assert [list(place.iterdir()) for place in places] == [[], [], []]
    assert {path.name for path in set(tmp_path.iterdir()) - before} == {"titan.db", "src"}
    assert processes_of(places[2]) == []


def test_its_files_are_where_those_of_any_trial_are(
    run_job: RunJob,
    shared_scratch: Path,
    csv: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Whatever room others leave in shared memory.
    monkeypatch.setattr(workspace, "MIN_FREE_BYTES", 0)
    body = '(HERE / f"db-{trial}").write_text(db_path)'
    ran(tmp_path, write_backtest(tmp_path, body), csv, n_trials=1)
    workspace.remove_folder(usual := workspace.new_scratch())
    assert Path((tmp_path / "db-0").read_text()).parents[3] == usual.parent
    run_job(body)
    assert (tmp_path / "db-0").read_text() == str(shared_scratch / "trial-0" / "run-0" / "trial.db")


def test_each_of_repeated_runs_has_a_new_folder_and_the_one_before_is_gone(
    run_job: RunJob, tmp_path: Path
) -> None:
    body = """
        folders = sorted(path.name for path in Path(db_path).parents[1].glob("run-*"))
        litter = sorted(path.name for path in Path(db_path).parent.rglob("*"))
        (HERE / run).write_text(json.dumps([folders, litter]))
    """
    outcome, _ = run_job(body, repeat=3)
    assert outcome.state == COMPLETE
    for run in ("run-0", "run-1", "run-2"):
        assert json.loads((tmp_path / run).read_text()) == [[run], ["out", "trial.db"]]


# --- what it prints ------------------------------------------------------------------------------


def test_of_what_a_failing_trial_printed_the_last_200_kb_are_kept(run_job: RunJob) -> None:
    body = """
        for number in range(30_000):
            print(f"line {number:05}")
        subprocess.run(["echo", "a child's last words"])
        os.write(2, b"C's last words\\n")
        raise ValueError("no more")
    """
    outcome, _ = run_job(body)
    assert (outcome.state, outcome.message) == (FAIL, "ValueError: no more")
    assert len(outcome.log) == 200_000
    assert outcome.log.endswith("line 29999\na child's last words\nC's last words\n")


def test_nothing_is_kept_of_what_a_complete_trial_printed(run_job: RunJob) -> None:
    outcome, _ = run_job('print("line")')
    assert (outcome.state, outcome.log) == (COMPLETE, "")


def test_a_log_that_grows_without_end_is_cut_to_its_end_in_every_run(run_job: RunJob) -> None:
    body = """
        for part in range(2):
            # The line that is too much is the last: what is cut is not written to meanwhile.
            room = 10_000_000 - os.fstat(1).st_size
            for text in (b"x" * (room - 1) + b"\\n", b"x\\n"):
                os.write(1, text)
            until(lambda: 200_000 <= os.fstat(1).st_size < 3_000_000)  # cut, and the end back in it
            print(f"part {part}")
        if run == "run-1":
            raise ValueError("no more")
        return {"accuracy": 0.5}
    """
    outcome, _ = run_job(body, repeat=2)
    assert outcome.message == "ValueError: no more"
    assert len(outcome.log) == 200_000
    assert outcome.log.endswith("x\npart 1\n")


# --- its process ---------------------------------------------------------------------------------


def test_libraries_are_held_to_one_thread(run_job: RunJob) -> None:
    body = f"""
        return {{"accuracy": 0.5, **{{name: int(os.environ[name]) for name in {_THREADS}}}}}
    """
    outcome, _ = run_job(body)
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    assert set(names) <= set(_THREADS)
    assert [outcome.metrics[name] for name in _THREADS] == [1.0] * len(_THREADS)


def test_no_trial_sees_what_another_left_in_a_module_or_draws_its_random_numbers(
    run_job: RunJob,
) -> None:
    body = """
        import numpy as np
        titan.met = getattr(titan, "met", 0) + 1
        draws = {"python": random.random(), "numpy": np.random.random()}
        return {"accuracy": 0.5, "met": titan.met, **draws}
    """
    (one, _), (other, _) = run_job(body), run_job(body)
    assert one.metrics["met"] == other.metrics["met"] == 1
    assert one.metrics["python"] != other.metrics["python"]
    assert one.metrics["numpy"] != other.metrics["numpy"]


@pytest.mark.parametrize(
    ("body", "reason", "said"),
    [
        ("sys.exit('no licence')", EXCEPTION, "SystemExit: no licence"),
        ("raise RuntimeError('\\ud800')", EXCEPTION, "RuntimeError: ?"),
        ("raise KeyboardInterrupt", CRASH, "got exit code 1"),
        ("os.abort()", CRASH, "signal 6 (SIGABRT)"),
        ("return None", EXCEPTION, "BacktestError: backtest: must return an object"),
        ("return {'accuracy': 53}", EXCEPTION, "must be from 0 to 1, got 53"),
    ],
)
def test_each_way_to_fail_is_told(run_job: RunJob, body: str, reason: str, said: str) -> None:
    outcome, _ = run_job(body)
    assert (outcome.state, outcome.reason) == (FAIL, reason)
    assert said in outcome.message
    assert (outcome.backtest.get("path") == "external:run_backtest") == (reason == EXCEPTION)
