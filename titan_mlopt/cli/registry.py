"""``titan-mlopt pull`` and ``promote``: configs out of the registry, and which one counts."""

from __future__ import annotations

import json
import shlex

import click

from titan_mlopt.cli import options
from titan_mlopt.errors import ConfigError
from titan_mlopt.files import write_file


@click.command()
@options.name
@click.option("--alias", default=None, help="champion, challenger …  [default: champion]")
@click.option("--version", default=None, help="Number of a version, instead of an alias.")
@click.option("--out", default="config.json", show_default=True, help="File for the config.")
@options.as_json
def pull(name: str, alias: str | None, version: str | None, out: str, as_json: bool) -> None:
    """Fetch a registered config, verify its hash and write it as flat JSON.

    MLflow is found through MLFLOW_TRACKING_URI, else as mlflow.db in this folder.
    """
    from titan_mlopt.bundle import config_text
    from titan_mlopt.tracking.registry import CHAMPION, pull_bundle, resolve_version
    from titan_mlopt.tracking.store import mlflow_errors, open_client, tracking_uri

    if alias and version:
        raise ConfigError("alias, version: must be one of the two, got both; leave one out")
    uri = tracking_uri()
    with mlflow_errors(uri):
        client = open_client(uri, "read")
        wanted = resolve_version(client, name, alias=alias or CHAMPION, version=version)
        bundle = pull_bundle(client, name, wanted)
    write_file(out, config_text(bundle))
    study = bundle.manifest["study"]["name"]
    if as_json:
        found = {"name": name, "version": wanted, "config_sha256": bundle.config_sha256, "out": out}
        click.echo(json.dumps(found, indent=2))
    else:
        click.echo(
            f"{out}: {name} version {wanted}, {len(bundle.config)} keys, from study {study} trial "
            f"{bundle.manifest['trial']}, hash verified"
        )


@click.command()
@click.argument("version")
@options.name
def promote(version: str, name: str) -> None:
    """Point the alias champion at VERSION, the config that production pulls."""
    from titan_mlopt.tracking.registry import promote_version
    from titan_mlopt.tracking.store import mlflow_errors, open_client, tracking_uri

    uri = tracking_uri()
    with mlflow_errors(uri):
        before = promote_version(open_client(uri, "write"), name, version)
    was = f" (was version {before})" if before not in (None, version) else ""
    click.echo(f"champion of {name} is version {version}{was}")
    then = ["titan-mlopt", "pull", "--name", name, "--alias", "champion", "--out", "config.json"]
    click.echo(f"next:\n  {shlex.join(then)}")
