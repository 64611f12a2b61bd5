"""Trials that want too much memory: they fail with that reason, and alone."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from support.memory_cases import LIMIT, external_job
from support.paths import ROOT
from support.pool_cases import (
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
from support.studies import quick
from titan_mlopt.core.trial import COMPLETE, CRASH, EXCEPTION, FAIL, MEMORY, TrialJob, TrialOutcome
from titan_mlopt.executors.local import memory
from titan_mlopt.executors.local.memory import count_kills, is_shortage
from titan_mlopt.executors.local.outcomes import Death, died
from titan_mlopt.executors.local.pool import WorkerPool
from titan_mlopt.study.storage.studies import read_study

# Fixtures: pytest finds them here by their names.
__all__ = [
    "_shared_pool",
    "candles_path",
    "external_job",
    "job_of",
    "pool",
    "scratch",
    "shared_pool",
    "shared_scratch",
]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits and counts are Linux's")


def outcome_of(pool: WorkerPool, job: TrialJob) -> TrialOutcome:
    pool.submit(job, 600)
    return Following(pool).until_ended(job.number)


def test_a_trial_that_eats_memory_fails_with_that_reason_and_its_neighbour_goes_on(
    pool: WorkerPool,
    external_job: Callable[..., TrialJob],
    job_of: Callable[..., TrialJob],
    tmp_path: Path,
) -> None:
    following = Following(pool, 1)
    pool.submit(job_of(1), 600)
    following.until_waiting(1)
    pool.submit(external_job("hoard = [np.ones(10**6) for _ in range(10**5)]"), 600)
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
from titan_mlopt.backtest.engine import classifier
from titan_mlopt.core.parameters import merge_config

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
    shared_pool: WorkerPool, external_job: Callable[..., TrialJob], body: str, said: str
) -> None:
    outcome = outcome_of(shared_pool, external_job(body))
    assert (outcome.reason, said in outcome.message) == (MEMORY, True), outcome.message


@pytest.mark.parametrize(
    ("body", "reason"),
    [("raise ValueError('out of luck')", EXCEPTION), ("os.abort()", CRASH)],
)
def test_other_failures_keep_their_reason(
    shared_pool: WorkerPool, external_job: Callable[..., TrialJob], body: str, reason: str
) -> None:
    assert outcome_of(shared_pool, external_job(body)).reason == reason


def test_what_is_mapped_or_reserved_and_never_written_does_not_count(
    shared_pool: WorkerPool, external_job: Callable[..., TrialJob], tmp_path: Path
) -> None:
    with (tmp_path / "candles.bin").open("wb") as file:
        file.truncate(3 * LIMIT)
    body = f"""
    np.memmap({str(tmp_path / "candles.bin")!r}, mode="r")[::4096].sum()
    mmap.mmap(-1, 10**10, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)
    """
    assert outcome_of(shared_pool, external_job(body)).state == COMPLETE


def test_without_a_limit_a_trial_takes_what_it_likes(
    shared_pool: WorkerPool, external_job: Callable[..., TrialJob]
) -> None:
    job = external_job("np.ones(3 * 10**7)", memory_bytes=None)
    assert outcome_of(shared_pool, job).state == COMPLETE
    assert outcome_of(shared_pool, external_job("np.ones(3 * 10**7)")).reason == MEMORY


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


# --- limits that are not ours ---------------------------------------------------------------------


def python(code: str) -> str:
    """Run code in a process of its own, whose limits are not this one's."""
    before = "import resource\nfrom titan_mlopt.executors.local import memory\n"
    command = [sys.executable, "-c", before + textwrap.dedent(code)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_a_lower_limit_of_the_users_is_kept_soft_or_hard() -> None:
    code = """
    resource.setrlimit(resource.RLIMIT_DATA, {limits})
    memory.limit_memory(10**12)
    print(resource.getrlimit(resource.RLIMIT_DATA)[0], memory.session_limit())
    """
    for limits in ("(2 * 10**9, resource.RLIM_INFINITY)", "(2 * 10**9, 2 * 10**9)"):
        assert python(code.format(limits=limits)) == "2000000000 2000000000"


def test_a_limit_that_may_not_be_set_is_no_error() -> None:
    code = """
    def refuse(*_):
        raise {error}
    resource.setrlimit = refuse
    memory.limit_memory(10**9)
    memory.lift_limit()
    print(memory.session_limit())
    """
    for error in ("PermissionError(1, 'no')", "ValueError('not allowed to raise maximum limit')"):
        assert python(code.format(error=error)) == "None"


def test_a_shortage_under_a_limit_of_the_users_names_that(
    job_of: Callable[..., TrialJob], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "_before", 10**9)
    told = died(Death(job_of(0, memory_bytes=4 * 10**9), (), -6, log="std::bad_alloc"))
    assert told.reason == MEMORY
    assert "must do with the 1 GB of data that ulimit -d leaves to each process" in told.message
    assert told.message.endswith("; raise that limit or pass fewer candles")


def test_a_session_that_may_hold_too_little_is_told_in_one_line(tmp_path: Path) -> None:
    limits = (3 * 10**8, 3 * 10**8)
    ran = subprocess.run(
        [sys.executable, "-m", "titan_mlopt", "tune", "--n-trials", "1", "--limit", "700"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, limits),
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr
    last = ran.stderr.splitlines()[-1]
    assert last.startswith("titan-mlopt: memory: a process must get 0.671 GB of data to load")
    assert last.endswith("got a limit of 0.3 GB (ulimit -d); raise it, then run again")


def test_an_abort_in_c_leaves_no_core(
    shared_pool: WorkerPool, external_job: Callable[..., TrialJob]
) -> None:
    body = "import resource; raise ValueError(resource.getrlimit(resource.RLIMIT_CORE)[0])"
    assert outcome_of(shared_pool, external_job(body)).message == "ValueError: 0"


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
    shared_pool: WorkerPool, external_job: Callable[..., TrialJob], small_cgroup: Path
) -> None:
    before = count_kills()
    job = external_job(_EAT.format(procs=str(small_cgroup)), memory_bytes=None)
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
    def own_kb() -> int:
        # Not what it maps of libraries: that is "private" as soon as no other process has it.
        rollup = Path(f"/proc/{zygote_of(scratch)}/smaps_rollup").read_text()
        parts = (line.partition(":") for line in rollup.splitlines()[1:])
        return sum(int(rest.split()[0]) for name, _, rest in parts if name in ("Anonymous", "Swap"))

    def run(numbers: range) -> None:
        following = Following(pool)
        for number in numbers:
            pool.submit(job_of(number, limit=300, grid=()), 600)
            following.until_ended(number)

    run(range(20))
    before = own_kb()
    run(range(20, 140))
    # A trial's job alone is 2 kB: 120 that stay would be seen.
    assert own_kb() - before < 120
