"""The names in a store and of the program that scripts, queries and later versions rely on."""

from __future__ import annotations
from support.paths import ROOT

import csv
import dataclasses
import inspect
import json
import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import click
import yaml

import titan_mlopt
from titan_mlopt.cli import main

#: Numbers, digests and times within a key, which differ from store to store.
_VARYING = (
    (re.compile(r"titan_mlopt\.move\.\d+\.\w+"), "titan_mlopt.move.#"),
    (re.compile(r"titan_mlopt\.forced\.\w+"), "titan_mlopt.forced.#"),
    (re.compile(r"titan_mlopt\.look\.\w+"), "titan_mlopt.look.#"),
    (re.compile(r"titan_mlopt\.release\.[\w.]+"), "titan_mlopt.release.#"),
    (re.compile(r"titan_mlopt\.(decision|placebo)\.[\w.]+"), r"titan_mlopt.\1.#"),
    (re.compile(r"m-[0-9a-f]{32}"), "MODEL"),
    (re.compile(r"[0-9a-f]{32}"), "RUN"),
)
#: Where a JSON object's keys are data: parameters, file names, numbers of trials.
_OPEN = {"params", "config", "ranges", "fixed", "importance", "importances", "metrics"}
_QUERIES = {
    "study attributes": ("titan", "SELECT DISTINCT key FROM study_user_attributes"),
    "trial attributes": ("titan", "SELECT DISTINCT key FROM trial_user_attributes"),
    "tables and views": ("titan", "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"),
    "kv": ("production", "SELECT key FROM kv"),
    "run tags": ("mlflow", "SELECT DISTINCT key FROM tags"),
    "run metrics": ("mlflow", "SELECT DISTINCT key FROM latest_metrics"),
    "run params": ("mlflow", "SELECT DISTINCT key FROM params"),
    "experiment tags": ("mlflow", "SELECT DISTINCT key FROM experiment_tags"),
    "registered model tags": ("mlflow", "SELECT DISTINCT key FROM registered_model_tags"),
    "version tags": ("mlflow", "SELECT DISTINCT key FROM model_version_tags"),
    "aliases": ("mlflow", "SELECT DISTINCT alias FROM registered_model_aliases"),
    "logged model tags": ("mlflow", "SELECT DISTINCT tag_key FROM logged_model_tags"),
    "datasets": ("mlflow", "SELECT DISTINCT name FROM datasets"),
}
_DOCUMENTS = {
    "study attribute": ("titan", "SELECT key, value_json FROM study_user_attributes"),
    "trial attribute": ("titan", "SELECT key, value_json FROM trial_user_attributes"),
    "registered model tag": ("mlflow", "SELECT key, value FROM registered_model_tags"),
}


def keys_of_store(folder: Path) -> dict[str, list[str]]:
    """Return every stored name of a store made by ``make.py``, sorted, by the kind of place."""
    names = {
        place: _sorted(row[0] for row in _rows(folder / f"{db}.db", query))
        for place, (db, query) in _QUERIES.items()
    }
    for place, (db, query) in _DOCUMENTS.items():
        trees: dict[str, set[str]] = {}
        for key, text in _rows(folder / f"{db}.db", query):
            if text[:1] in '{["':
                trees.setdefault(_plain(key), set()).update(tree_of(_unpacked(text)))
        names |= {f"{place} {key}": sorted(tree) for key, tree in trees.items()}
    views = [name for name in names["tables and views"] if name.startswith("optuna_")]
    for view in views:
        names[f"columns of {view}"] = [
            row[1] for row in _rows(folder / "titan.db", f"PRAGMA table_info({view})")
        ]
    documents = sorted((folder / "json").iterdir())
    artifacts = [
        path
        for path in (folder / "mlruns").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    names["artifacts"] = _sorted(
        path.relative_to(folder).as_posix()
        for path in artifacts
        if "/code/" not in path.as_posix() and path.suffix != ".html"
    )
    for path in (*documents, *artifacts):
        if path.suffix == ".json" and path.name != "config.json":
            tree = tree_of(json.loads(path.read_text("utf-8")))
            names[path.name] = sorted({*names.get(path.name, ()), *tree})
        if path.suffix == ".csv":
            with path.open(encoding="utf-8", newline="") as file:
                names[path.name] = sorted({*names.get(path.name, ()), *next(csv.reader(file))})
    return dict(sorted(names.items()))


def tree_of(document: Any, path: str = "") -> set[str]:
    """Return the paths of the keys of a JSON document, items of lists as ``[]``."""
    if isinstance(document, list):
        return set().union(*(tree_of(item, f"{path}[]") for item in document))
    if not isinstance(document, dict):
        return set()
    if path.rpartition(".")[2] in _OPEN or any(re.search(r"\W|^\d", key) for key in document):
        return {f"{path}.*"}
    found = {f"{path}.{key}" for key in document}
    return found.union(*(tree_of(value, f"{path}.{key}") for key, value in document.items()))


def public_names() -> dict[str, Any]:
    """Return what Python programs, shells and project files may call."""
    tuner = titan_mlopt.AutoTuner
    context = click.Context(main)
    return {
        "package": sorted(titan_mlopt.__all__),
        "tuner module": tuner.__module__,
        "tuner": {
            name: str(inspect.signature(value))
            for name, value in vars(tuner).items()
            if callable(value) and (name == "__init__" or not name.startswith("_"))
        },
        "create_tuner": str(inspect.signature(titan_mlopt.create_tuner)),
        "run_backtest": [
            titan_mlopt.run_backtest.__module__,
            str(inspect.signature(titan_mlopt.run_backtest)),
        ],
        "TunerConfig": {
            field.name: repr(getattr(titan_mlopt.TunerConfig(), field.name))
            for field in dataclasses.fields(titan_mlopt.TunerConfig)
        },
        "OptimizationResult": [
            field.name for field in dataclasses.fields(titan_mlopt.OptimizationResult)
        ],
        "TUNABLE_PARAMS": {k: list(v) for k, v in titan_mlopt.TUNABLE_PARAMS.items()},
        "commands": {
            name: _options(main.get_command(context, name))
            for name in sorted(main.list_commands(context))
        },
        "MLproject": {
            name: {key: value.get("default") for key, value in entry.get("parameters", {}).items()}
            for name, entry in yaml.safe_load((ROOT / "MLproject").read_text("utf-8"))[
                "entry_points"
            ].items()
        },
    }


def _options(command: click.Command | None) -> dict[str, list[str]]:
    assert command is not None
    return {
        " ".join([*parameter.opts, *parameter.secondary_opts]): [
            parameter.param_type_name,
            _text(parameter.default),
        ]
        for parameter in command.params
    }


def _text(default: object) -> str:
    """Return a default as one types it: flags had a text before they were flags."""
    if default is None:
        return ""
    return str(default).lower() if isinstance(default, bool) else str(default)


def _rows(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def _unpacked(text: str) -> Any:
    """Read JSON, also where a string within it is JSON again."""
    document = json.loads(text)
    return json.loads(document) if isinstance(document, str) and document[:1] == "{" else document


def _plain(key: str) -> str:
    for pattern, word in _VARYING:
        key = pattern.sub(word, key)
    return key


def _sorted(keys: Iterable[str]) -> list[str]:
    return sorted({_plain(key) for key in keys})
