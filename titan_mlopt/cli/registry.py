"""``titan-mlopt pull`` and ``rollback``: configs out of the registry, and the way back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from titan_mlopt.cli import options
from titan_mlopt.cli.promote import champion_text
from titan_mlopt.errors import ConfigError
from titan_mlopt.files import write_file

if TYPE_CHECKING:
    from titan_mlopt.tracking.cache import Wanted

alias_option = click.option(
    "--alias", default=None, help="champion, challenger …  [default: champion]"
)
version_option = click.option(
    "--version", default=None, help="Number of a version, instead of an alias."
)
offline_option = options.switch(
    "--offline", "Do without MLflow: take the copy that the last pull kept."
)


def wanted_version(name: str, alias: str | None, version: str | None) -> Wanted:
    """Return which version is meant, of the store in force: champion when nothing is said."""
    from titan_mlopt.tracking.cache import Wanted
    from titan_mlopt.tracking.registry import CHAMPION
    from titan_mlopt.tracking.store import tracking_uri

    if alias and version:
        raise ConfigError("alias, version: must be one of the two, got both; leave one out")
    return Wanted(tracking_uri(), name, None if version else alias or CHAMPION, version or None)


@click.command()
@options.name
@alias_option
@version_option
@click.option("--out", default="config.json", show_default=True, help="File for the config.")
@offline_option
@options.as_json
def pull(
    name: str, alias: str | None, version: str | None, out: str, offline: bool, as_json: bool
) -> None:
    """Fetch a registered config, verify its hash and write it as flat JSON.

    MLflow is found through MLFLOW_TRACKING_URI, else as mlflow.db in this folder.
    """
    from titan_mlopt.bundle import config_text
    from titan_mlopt.tracking.cache import describe_age, pull_config

    wanted = wanted_version(name, alias, version)
    pulled = pull_config(wanted, offline=offline, on_notice=lambda text: click.echo(text, err=True))
    bundle = pulled.bundle
    write_file(out, config_text(bundle))
    study = bundle.manifest["study"]["name"]
    if as_json:
        found = {"name": name, "version": pulled.version, "config_sha256": bundle.config_sha256}
        click.echo(json.dumps({**found, "out": out, "cached_s": pulled.cached_s}, indent=2))
    else:
        age = f", {describe_age(pulled)}" if offline else ""
        click.echo(
            f"{out}: {name} version {pulled.version}, {len(bundle.config)} keys, from study "
            f"{study} trial {bundle.manifest['trial']}, hash verified{age}"
        )


@click.command()
@options.name
@click.option("--reason", default="", help="Why; kept with the move.")
@options.as_json
def rollback(name: str, reason: str, as_json: bool) -> None:
    """Point the alias champion back at the version that it pointed at before.

    Again, and it goes back one further. Who moved it when and why is kept in the registry.
    """
    from titan_mlopt.tracking.registry import rollback_version
    from titan_mlopt.tracking.store import mlflow_errors, open_client, tracking_uri

    uri = tracking_uri()
    with mlflow_errors(uri):
        done = rollback_version(open_client(uri, "write"), name, reason=reason.strip())
    _tell_champion(name, done.version, done.was, as_json)


def _tell_champion(name: str, version: str, before: str | None, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"name": name, "champion": version, "was": before}, indent=2))
    else:
        click.echo(champion_text(name, version, before))
