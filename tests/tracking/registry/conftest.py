"""A registry whose versions tests move about."""

from __future__ import annotations

import pytest
from mlflow import MlflowClient

from support.apply_cases import NAME
from titan_mlopt.tracking.store import open_client


@pytest.fixture
def client(store: str) -> MlflowClient:
    """Return a registry with three versions of a config, as other programs make them."""
    client = open_client(store)
    client.create_registered_model(NAME)
    for _ in range(3):
        client.create_model_version(NAME, source="file:///nowhere")
    return client
