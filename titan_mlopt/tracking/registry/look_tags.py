"""Looks at sealed bars, as tags of the registered model: one tag for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from mlflow import MlflowClient

from titan_mlopt.core.look import Look, look_text, parse_look
from titan_mlopt.tracking.registry.versions import find_model

#: Prefix of the tags; a dot and the look's id follow.
LOOK = "titan_mlopt.look"


def read_look_tags(tags: Mapping[str, str], notice: Callable[[str], None]) -> list[Look]:
    """Return the looks of a model's tags; what is no look is left out, with one notice."""
    looks, faults = list[Look](), list[str]()
    for key, text in sorted(tags.items()):
        if key.startswith(f"{LOOK}."):
            try:
                looks.append(parse_look(text))
            except ValueError:
                faults.append(key)
    if faults:
        others = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
        notice(f"{faults[0]:.80}{others}: must be the tag of a look, got other text; it is ignored")
    return looks


def find_looks(client: MlflowClient, name: str, notice: Callable[[str], None]) -> list[Look]:
    """Return the looks that the registered model ``name`` tells of; none without the model."""
    model = find_model(client, name)
    return [] if model is None else read_look_tags(model.tags, notice)


def write_looks(client: MlflowClient, name: str, looks: Iterable[Look]) -> None:
    """Write the looks that the model lacks, where there is such a model."""
    model = find_model(client, name)
    if model is None:
        return
    for look in looks:
        key = f"{LOOK}.{look.id}"
        if key not in model.tags:
            client.set_registered_model_tag(name, key, look_text(look))
