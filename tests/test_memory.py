"""Trials that want too much memory: they fail with that reason, and alone."""

from __future__ import annotations

import errno
import os
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import quick
from pool_cases import (
    Following,
    _shared_pool,
    candles_path,
    here,
    job_of,
    pool,
    same,
    scratch,
    shared_pool,
    shared_scratch,
    worker_of,
    zygote_of,
)

from titan_mlopt.records import COMPLETE, CRASH, EXCEPTION, FAIL, MEMORY, TrialJob, TrialOutcome
from titan_mlopt.study.storage import read_study
from titan_mlopt.trial.endings import Death, died
from titan_mlopt.trial.memory import count_kills, is_shortage
from titan_mlopt.trial.pool import WorkerPool

# Fixtures: pytest finds them here by their names.
__all__ = [
    "_shared_pool",
    "candles_path",
    "job_of",
    "pool",
    "scratch",
    "shared_pool",
    "shared_scratch",
]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits and counts are Linux's")

LIMIT = 100_000_000
GUEST = """
import ctypes, mmap, os, sys
import numpy as np

def run_backtest(csv_path, db_path, out_dir, limit=None, tune_weights=True, return_stats=False):
{body}
    return {{"accuracy": 0.5, "ece": 0.0, "n_predictions": 100}}
"""


@pytest.fixture
def guest_job(tmp_path: Path, job_of: Callable[..., TrialJob]) -> Callable[..., TrialJob]:
    """Return what makes the job of a backtest with that body, limited to 100 MB."""

    def build(body: str, number: int = 0, memory_bytes: int | None = LIMIT) -> TrialJob:
        code = GUEST.format(body=textwrap.indent(textwrap.dedent(body), "    "))
        (tmp_path / "hungry.py").write_text(code)
        named = {"backtest": "hungry:run_backtest", "backtest_path": str(tmp_path)}
        return job_of(number, memory_bytes=memory_bytes, grid=(), **named)

    return build


def outcome_of(pool: WorkerPool, job: TrialJob) -> TrialOutcome:
    pool.submit(job, 600)
    return Following(pool).until_ended(job.number)


def test_a_trial_that_eats_memory_fails_with_that_reason_and_its_neighbour_goes_on(
    pool: WorkerPool,
    guest_job: Callable[..., TrialJob],
    job_of: Callable[..., TrialJob],
    tmp_path: Path,
) -> None:
    following = Following(pool, 1)
    pool.submit(job_of(1), 600)
    following.until_waiting(1)
    pool.submit(guest_job("hoard = [np.ones(10**6) for _ in range(10**5)]"), 600)
    outcome = following.until_ended(0)
    assert (outcome.state, outcome.reason) == (FAIL, MEMORY)
    assert outcome.message.startswith("trial 0: must do with 0.1 GB of memory, got ")
    assert "MemoryError: Unable to allocate 7.63 MiB" in outcome.message
    assert outcome.message.endswith("; raise memory_per_trial or pass fewer candles")
    assert "hungry.py" in outcome.traceback
    following.release(1)
    following.until_ended(1)
    assert same(following.outcomes[1], *here(job_of(1), tmp_path))


# The rest of the memory goes once LightGBM has its rows, but for a little: with nothing at all it
# may crash instead.
LIGHTGBM = """
from titan_mlopt.engine import classifier
from titan_mlopt.params import merge_config

rows = np.zeros((600_000, 12), np.float32)
rows[:, 0] = np.arange(len(rows))
up = (rows[:, 0] % 2).astype(np.float32)
hoard, made = [], classifier._dataset

def made_and_starved(*given):
    dataset = made(*given)
    try:
        while True:
            hoard.append(np.ones(2**16))
    except MemoryError:
        del hoard[-3:]
    return dataset

classifier._dataset = made_and_starved
classifier.Classifier(merge_config({}), 0).fit(rows, up)
"""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (LIGHTGBM, "LightGBM: std::bad_alloc"),
        ("hoard = [bytes(10**6) for _ in range(10**5)]", "MemoryError: "),
        ("mmap.mmap(-1, 10**9, flags=mmap.MAP_PRIVATE)", "OSError: [Errno 12]"),
        (
            "try:\n    bytes(10**9)\nexcept MemoryError:\n    raise ValueError('no')",
            "ValueError: no",
        ),
        ("os.write(2, b'what():  std::bad_alloc'); os.abort()", "signal 6 (SIGABRT)"),
    ],
    ids=["lightgbm", "python", "map", "wrapped", "aborted"],
)
def test_want_of_memory_is_known_by_whatever_tells_of_it(
    shared_pool: WorkerPool, guest_job: Callable[..., TrialJob], body: str, said: str
) -> None:
    outcome = outcome_of(shared_pool, guest_job(body))
    assert (outcome.reason, said in outcome.message) == (MEMORY, True), outcome.message


@pytest.mark.parametrize(
    ("body", "reason"),
    [("raise ValueError('out of luck')", EXCEPTION), ("os.abort()", CRASH)],
)
def test_other_failures_keep_their_reason(
    shared_pool: WorkerPool, guest_job: Callable[..., TrialJob], body: str, reason: str
) -> None:
    assert outcome_of(shared_pool, guest_job(body)).reason == reason


def test_what_is_mapped_or_reserved_and_never_written_does_not_count(
    shared_pool: WorkerPool, guest_job: Callable[..., TrialJob], tmp_path: Path
) -> None:
    with (tmp_path / "candles.bin").open("wb") as file:
        file.truncate(3 * LIMIT)
    body = f"""
    np.memmap({str(tmp_path / "candles.bin")!r}, mode="r")[::4096].sum()
    mmap.mmap(-1, 10**10, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)
    """
    assert outcome_of(shared_pool, guest_job(body)).state == COMPLETE


def test_without_a_limit_a_trial_takes_what_it_likes(
    shared_pool: WorkerPool, guest_job: Callable[..., TrialJob]
) -> None:
    job = guest_job("np.ones(3 * 10**7)", memory_bytes=None)
    assert outcome_of(shared_pool, job).state == COMPLETE
    assert outcome_of(shared_pool, guest_job("np.ones(3 * 10**7)")).reason == MEMORY


@pytest.mark.slow
def test_the_embedded_backtest_does_with_the_least_limit_there_is(
    shared_pool: WorkerPool, job_of: Callable[..., TrialJob], tmp_path: Path
) -> None:
    job = job_of(0, {"ml.n_estimators": 200, "ml.num_leaves": 50}, memory_bytes=64_000_000)
    assert same(outcome_of(shared_pool, job), *here(job, tmp_path))


def test_the_kernel_ends_trials_before_their_coordinator(
    shared_pool: WorkerPool, shared_scratch: Path, job_of: Callable[..., TrialJob]
) -> None:
    following = Following(shared_pool, 0)
    shared_pool.submit(job_of(0), 600)
    following.until_waiting(0)
    scores = [
        int(Path(f"/proc/{pid}/oom_score_adj").read_text())
        for pid in (worker_of(shared_scratch, 0), zygote_of(shared_scratch), os.getpid())
    ]
    following.release(0)
    following.until_ended(0)
    assert scores[0] == 500
    assert scores[1] == scores[2] < 500


EATER = """
import numpy as np

def run_backtest(csv_path, db_path, out_dir, limit=None, tune_weights=True, return_stats=False):
    if db_path.endswith("trial-1/run-0/trial.db"):
        hoard = [np.ones(10**6) for _ in range(10**5)]
    return {"accuracy": 0.5, "ece": 0.0, "n_predictions": 100}
"""


def test_a_study_limits_its_trials_as_it_was_told(tmp_path: Path) -> None:
    (tmp_path / "eater.py").write_text(EATER)
    named = {"backtest": "eater:run_backtest", "backtest_path": str(tmp_path)}
    with quick(tmp_path, n_trials=3, memory_per_trial="100MB", **named) as tuner:
        tuner.optimize("sample")
        outcomes = [trial.outcome for trial in read_study(tuner.study).trials]
    assert [outcome.reason for outcome in outcomes if outcome] == ["", MEMORY, ""]


# --- the kernel's kill ---------------------------------------------------------------------------

_CGROUPS = Path("/sys/fs/cgroup")
_EAT = """
from pathlib import Path
Path({procs!r}).write_text("0")
hoard = [np.ones(10**6) for _ in range(200)]
"""


@pytest.fixture
def small_cgroup() -> Iterator[Path]:
    """Make a control group of 100 MB; its file of processes."""
    own = _CGROUPS / "memory" if (_CGROUPS / "memory").is_dir() else _CGROUPS
    group = own / f"titan_mlopt-test-{os.getpid()}"
    limits = [group / name for name in ("memory.limit_in_bytes", "memory.max")]
    try:
        group.mkdir()
        next(file for file in limits if file.exists()).write_text(str(LIMIT))
    except (OSError, StopIteration) as error:
        with suppress(OSError):
            group.rmdir()
        pytest.skip(f"no control group can be made here: {error!r}")
    yield group / "cgroup.procs"
    group.rmdir()


def test_a_trial_that_the_kernel_ends_for_want_of_memory_has_that_reason(
    shared_pool: WorkerPool, guest_job: Callable[..., TrialJob], small_cgroup: Path
) -> None:
    before = count_kills()
    job = guest_job(_EAT.format(procs=str(small_cgroup)), memory_bytes=None)
    outcome = outcome_of(shared_pool, job)
    assert count_kills() != before
    assert (outcome.state, outcome.reason) == (FAIL, MEMORY), outcome.message
    assert "got signal 9 (SIGKILL) after 0 predictions, which is the kernel's" in outcome.message
    assert outcome.message.endswith("; lower n_jobs or memory_per_trial")


@pytest.mark.parametrize(("kills", "reason"), [(0, CRASH), (1, MEMORY), (None, MEMORY)])
def test_a_kill_that_is_not_ours_is_the_kernels_unless_its_count_says_it_is_not(
    job_of: Callable[..., TrialJob], kills: int | None, reason: str
) -> None:
    outcome = died(Death(job_of(3), (), -9, kills=kills))
    assert (outcome.reason, "trial 3: must" in outcome.message) == (reason, True)


def test_a_fault_under_a_limit_says_that_memory_may_have_been_short(
    job_of: Callable[..., TrialJob],
) -> None:
    limited, unlimited = (job_of(0, memory_bytes=limit) for limit in (LIMIT, None))
    assert "raise memory_per_trial" in died(Death(limited, (), -11)).message
    assert "memory" not in died(Death(unlimited, (), -11)).message
    assert "memory" not in died(Death(limited, (), 3)).message


def test_a_timeout_is_a_timeout_whatever_the_log_says(job_of: Callable[..., TrialJob]) -> None:
    death = Death(job_of(0), (), -9, timeout_s=5, log="std::bad_alloc", kills=1)
    assert died(death).reason == "timeout"


def test_causes_are_followed_as_far_as_they_go_and_no_further() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert not is_shortage(first)
    second.__context__ = OSError(errno.ENOMEM, "Cannot allocate")
    assert is_shortage(first)
    assert not is_shortage(OSError(errno.ENOSPC, "No space left on device"))


# --- over many trials --------------------------------------------------------------------------


@pytest.mark.slow
def test_the_zygote_does_not_grow_however_many_trials_it_starts(
    pool: WorkerPool, scratch: Path, job_of: Callable[..., TrialJob]
) -> None:
    def private_kb() -> int:
        rollup = Path(f"/proc/{zygote_of(scratch)}/smaps_rollup").read_text()
        return sum(int(line.split()[1]) for line in rollup.splitlines() if "Private" in line)

    def run(numbers: range) -> None:
        following = Following(pool)
        for number in numbers:
            pool.submit(job_of(number, limit=300, grid=()), 600)
            following.until_ended(number)

    run(range(20))
    before = private_kb()
    run(range(20, 140))
    # A trial's job alone is 2 kB: 120 that stay would be seen.
    assert private_kb() - before < 120
