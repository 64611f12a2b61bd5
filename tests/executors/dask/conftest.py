"""What every test of the cluster needs, whatever else the machine does."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from support.pool_cases import PATIENCE_S


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Wait for a scheduler as long as for anything else.

    Dask's unclosed sockets are collected here, where the warnings about them are ignored, and not
    in another test, where they are errors.
    """
    monkeypatch.setattr("titan_mlopt.executors.dask.cluster._CONNECT_TIMEOUT_S", PATIENCE_S)
    yield
    gc.collect()
