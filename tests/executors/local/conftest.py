"""What every test of the processes of trials needs: processes as the product starts them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.prepared import fresh_processes


@pytest.fixture(scope="module", autouse=True)
def _fresh_processes() -> Iterator[None]:
    with fresh_processes():
        yield
