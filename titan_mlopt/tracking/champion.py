"""The champion that a study is compared with: looked for in the registry without waiting for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from typing import Any

from mlflow import MlflowClient

from titan_mlopt.errors import TitanMloptError
from titan_mlopt.records import Champion
from titan_mlopt.tracking.registry import CHAMPION, find_model, pull_bundle
from titan_mlopt.tracking.store import mlflow_errors, open_client

# How long a study waits before its first trial for the answer of a registry, or of one in a file.
_PATIENCE_S, _FILE_PATIENCE_S = 3.0, 10.0

_log = logging.getLogger(__name__)


def find_champion(client: MlflowClient, name: str, backtest: Mapping[str, Any]) -> Champion | None:
    """Return the champion of ``name``; None without one, or when it is of another backtest.

    backtest: identity of the study's; its path must be the champion's, its version need not.
    """
    model = find_model(client, name)
    version = model.aliases.get(CHAMPION) if model is not None else None
    if version is None:
        return None
    try:
        bundle = pull_bundle(client, name, str(version))
    except TitanMloptError as error:
        return Champion(str(version), {}, str(error))
    of = bundle.manifest.get("backtest") or {}
    same = of.get("path") == backtest.get("path")
    seed = int(bundle.manifest.get("seed") or 0)
    return Champion(str(version), bundle.config, seed=seed) if same else None


class ChampionLookup:
    """Looks the champion up in a thread of its own: a server that is away must not be waited for.

    A SQLite store is waited for here, as two threads must not set up one file at once.
    """

    def __init__(self, uri: str, name: str, backtest: Mapping[str, Any]) -> None:
        self._uri, self._name, self._backtest = uri, name, backtest
        self._found: Champion | None = None
        self._thread = threading.Thread(target=self._look, name="champion", daemon=True)
        self._thread.start()
        if uri.startswith("sqlite"):
            self._thread.join(_FILE_PATIENCE_S)

    def _look(self) -> None:
        try:
            client = open_client(self._uri, "read")
            with mlflow_errors(self._uri):
                self._found = find_champion(client, self._name, self._backtest)
        except TitanMloptError:
            pass  # no store yet, or one that is away, of which the mirror tells
        except Exception:  # noqa: BLE001 - the study must outlive whatever is met here
            _log.exception("the look for the champion met an error of its own")

    def wait(self) -> Champion | None:
        """Return the champion; None when there is none or no answer has come by now."""
        self._thread.join(_PATIENCE_S)
        return self._found
