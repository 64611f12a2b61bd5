"""The champion that a study is compared with, looked up without waiting for the registry."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from typing import Any

from mlflow import MlflowClient

from titan_mlopt.core.errors import TitanMloptError
from titan_mlopt.core.study import Champion
from titan_mlopt.tracking.registry.alias_history import alias_target
from titan_mlopt.tracking.registry.versions import CHAMPION, find_model, pull_bundle
from titan_mlopt.tracking.store import mlflow_errors, open_client

# How long a study waits before its first trial for a registry, and for one in a SQLite file.
_PATIENCE_S, _FILE_PATIENCE_S = 3.0, 10.0

_log = logging.getLogger(__name__)


def champion_version(client: MlflowClient, name: str) -> str | None:
    """Return the version that the alias ``champion`` points at, None when there is none."""
    model = find_model(client, name)
    return alias_target(model, CHAMPION) if model is not None else None


def find_champion(client: MlflowClient, name: str, backtest: Mapping[str, Any]) -> Champion | None:
    """Return the champion of ``name``; None without one, or when it is of another backtest.

    backtest: identity of the study's; its path must be the champion's, its version need not.
    """
    version = champion_version(client, name)
    if version is None:
        return None
    try:
        bundle = pull_bundle(client, name, version)
    except TitanMloptError as error:
        return Champion(version, {}, str(error))
    identity = bundle.manifest.get("backtest") or {}
    same = identity.get("path") == backtest.get("path")
    seed = int(bundle.manifest.get("seed") or 0)
    return Champion(version, bundle.config, seed=seed, manifest=bundle.manifest) if same else None


class ChampionLookup:
    """Looks up the champion in a thread of its own, so that a dead server delays nothing.

    A SQLite store is waited for at once, because two threads must not set up one file.
    """

    def __init__(self, uri: str, name: str, backtest: Mapping[str, Any]) -> None:
        self._uri, self._name, self._backtest = uri, name, backtest
        self._champion: Champion | None = None
        self._thread = threading.Thread(target=self._look_up, name="champion", daemon=True)
        self._thread.start()
        if uri.startswith("sqlite"):
            self._thread.join(_FILE_PATIENCE_S)

    def _look_up(self) -> None:
        try:
            client = open_client(self._uri, "read")
            with mlflow_errors(self._uri):
                self._champion = find_champion(client, self._name, self._backtest)
        except TitanMloptError:
            pass  # no store yet, or one that does not answer, which the mirror reports
        except Exception:  # noqa: BLE001 - no error of the lookup may end the study
            _log.exception("the lookup of the champion failed")

    def wait(self) -> Champion | None:
        """Return the champion; None when there is none or no answer came in time."""
        self._thread.join(_PATIENCE_S)
        return self._champion
