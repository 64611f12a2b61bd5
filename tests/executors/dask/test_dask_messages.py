"""Messages of a cluster: what was written comes back, and hostile depth is refused in one line."""

from __future__ import annotations

import pytest

from titan_mlopt.core.parameters import DEFAULTS
from titan_mlopt.core.trial import TrialJob
from titan_mlopt.executors.dask.messages import SentFile, TrialRequest

JOB = TrialJob(3, dict(DEFAULTS), "digest", "folder", (100, 200), seed=7)


def test_a_request_comes_back_as_it_was_sent() -> None:
    request = TrialRequest("session", 2, JOB, (SentFile("digest", ".npy"),), 60.0)
    assert TrialRequest.from_json(request.to_json()) == request


def test_a_request_that_nests_too_deep_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(ValueError, match="at most 100 deep, got more"):
        TrialRequest.from_json("[" * 100_000 + "]" * 100_000)
