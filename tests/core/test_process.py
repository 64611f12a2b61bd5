"""What our own entry points do to their process."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from titan_mlopt.core import process
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.tuner_config import DASK, TunerConfig


@pytest.fixture
def eight_cores(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Let the machine have eight cores; return the file of its container's limit of CPU time."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    monkeypatch.setattr(process, "_CPU_MAX", tmp_path / "cpu.max")
    return tmp_path / "cpu.max"


@pytest.mark.parametrize(
    ("limit", "cores"),
    [
        (None, 8),
        ("max 100000", 8),
        ("250000 100000", 3),
        ("50000 100000", 1),
        ("1600000 100000", 8),
        ("", 8),
    ],
)
def test_the_cores_are_those_of_the_affinity_within_the_containers_limit_of_time(
    eight_cores: Path, limit: str | None, cores: int
) -> None:
    if limit is not None:
        eight_cores.write_text(f"{limit}\n")
    assert process.count_cores() == cores


def test_minus_one_job_becomes_the_number_of_cores_where_the_settings_are_made(
    eight_cores: Path,
) -> None:
    assert TunerConfig(n_jobs=-1).n_jobs == TunerConfig(n_jobs=-1).as_dict()["n_jobs"] == 8


def test_minus_one_job_on_dask_is_refused_as_its_cores_are_elsewhere() -> None:
    with pytest.raises(ConfigError, match=r"n_jobs: must be a whole number >= 1 with .* dask"):
        TunerConfig(n_jobs=-1, executor=DASK, scheduler="tcp://h:1")
