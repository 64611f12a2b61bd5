"""``titan-mlopt versions``, ``pull`` and ``rollback``: the registered versions of a config."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from titan_mlopt.cli import options
from titan_mlopt.cli.command import command
from titan_mlopt.cli.output import notice, print_result
from titan_mlopt.core.backtest_id import is_embedded
from titan_mlopt.core.bundle import build_bundle, config_text
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.files import write_file
from titan_mlopt.core.provenance import git_commit
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import TrialRecord
from titan_mlopt.report.commands import pull_command, this_shell
from titan_mlopt.report.findings.gate import VERDICT_TEXTS, opened_text
from titan_mlopt.report.format import accuracy_text, ece_text, sharpe_text
from titan_mlopt.report.terminal import aligned
from titan_mlopt.report.version_page import trial_of
from titan_mlopt.tracking.mirror.messages import Registered
from titan_mlopt.tracking.registry.aliases import rollback_version
from titan_mlopt.tracking.registry.pull import describe_age, pull_config, version_reference
from titan_mlopt.tracking.registry.registration import register_bundle
from titan_mlopt.tracking.registry.verdict_tags import complete_registry, finish_versions
from titan_mlopt.tracking.registry.versions import VersionEntry, list_versions
from titan_mlopt.tracking.store import mlflow_errors, open_client
from titan_mlopt.tracking.uri import tracking_uri

_HEADS = (
    *("version", "aliases", "study", "trial", "accuracy", "ECE", "Sharpe", "backtest"),
    *("created (UTC)", "verdict"),
)
_NONE = "-"


@command()
@options.name
@options.as_json
def versions(name: str, as_json: bool) -> None:
    """List the registered versions, newest first, with the aliases.

    The metrics are in-sample. Accuracy stands with its number of predictions and 95 % interval, ECE
    with what perfect calibration would show, Sharpe with its standard error.
    """
    uri = tracking_uri()
    with mlflow_errors(uri):
        client = open_client(uri, "read")
        complete_registry(client, [name], notice)
        entries = list_versions(client, name)
    document = {"name": name, "versions": [_document(entry) for entry in entries]}
    table = aligned([_HEADS, *map(_cells, entries)])
    print_result(document, table if entries else [f"{name} has no version"], as_json=as_json)


def _cells(entry: VersionEntry) -> tuple[str, ...]:
    trial = trial_of(entry.metrics, -1)
    backtest = "embedded" if is_embedded({"path": entry.backtest}) else entry.backtest
    return (
        entry.version,
        ", ".join(entry.aliases) or _NONE,
        entry.study or _NONE,
        ", ".join(entry.members) or entry.trial or _NONE,
        accuracy_text(trial),
        ece_text(trial),
        _sharpe_cell(entry, trial),
        backtest or _NONE,
        datetime.fromtimestamp(entry.created_s, UTC).strftime("%Y-%m-%d %H:%M"),
        _verdict(entry),
    )


def _sharpe_cell(entry: VersionEntry, trial: TrialRecord) -> str:
    """Return the Sharpe ratio of a year with its error, and its costs where these are known."""
    if entry.metrics.get("sharpe") is None:
        return sharpe_text(trial)
    costs = "" if entry.sharpe_costs is None else f", {entry.sharpe_costs}"
    return f"{sharpe_text(trial)} a year{costs}"


def _verdict(entry: VersionEntry) -> str:
    """Return the gate's verdict, how often the hold-out was opened, and whether it was forced."""
    verdict = VERDICT_TEXTS.get(entry.verdict or "", entry.verdict or "")
    opened = opened_text(entry.openings) if entry.openings else ""
    return ", ".join(filter(None, (verdict, opened, "forced" if entry.forced else ""))) or _NONE


def _document(entry: VersionEntry) -> dict[str, object]:
    return {
        "version": entry.version,
        "aliases": list(entry.aliases),
        "study": entry.study,
        "trial": None if entry.trial is None else int(entry.trial),
        "members": [int(trial) for trial in entry.members],
        "metrics": dict(entry.metrics),
        "backtest": entry.backtest,
        "verdict": entry.verdict,
        "holdout_openings": entry.openings,
        "forced": entry.forced,
        "sharpe_costs": entry.sharpe_costs,
        "created": datetime.fromtimestamp(entry.created_s, UTC).isoformat(timespec="seconds"),
    }


@command()
@options.name
@options.alias
@options.version
@click.option("--out", default="config.json", show_default=True, help="File for the config.")
@click.option("--members", default=None, help="File for the members of an ensemble as well.")
@options.offline
@options.as_json
def pull(
    *,
    name: str,
    alias: str | None,
    version: str | None,
    out: str,
    members: str | None,
    offline: bool,
    as_json: bool,
) -> None:
    """Fetch a registered config, verify its hash, write it as JSON.

    Of an ensemble it is the config of its best member, for readers that cannot vote; --members
    writes all of them too. MLflow is found through MLFLOW_TRACKING_URI, else as mlflow.db in this
    folder.
    """
    reference = version_reference(name, alias, version)
    pulled = pull_config(reference, offline=offline, on_notice=notice)
    bundle, ensemble = pulled.bundle, pulled.bundle.ensemble
    if members is not None and ensemble is None:
        raise ConfigError(
            f"members: must go with an ensemble, got {name} version {pulled.version}, which is one "
            "config; leave it out"
        )
    write_file(out, config_text(bundle))
    names = {"name": name, "version": pulled.version, "config_sha256": bundle.config_sha256}
    document: dict[str, object] = {**names, "out": out, "cached_s": pulled.cached_s}
    age = f", {describe_age(pulled)}" if offline else ""
    line = (
        f"{out}: {name} version {pulled.version}, {len(bundle.config)} keys, from study "
        f"{bundle.manifest['study']['name']} trial {bundle.manifest['trial']}, hash verified{age}"
    )
    lines = [line]
    if ensemble is not None:
        document |= {"trials": list(ensemble.trials), "ensemble_sha256": ensemble.sha256}
        lines.append(
            f"{out} is the best of {len(ensemble.trials)} members that vote: trials "
            f"{', '.join(map(str, ensemble.trials))}"
        )
        if members is not None:
            write_file(members, json.dumps(ensemble.document(), indent=2) + "\n")
            lines.append(f"{members}: all of them, with the threshold of their vote")
    print_result(document, lines, as_json=as_json)


@command()
@options.name
@click.option("--reason", default="", help="Why; kept with the move.")
@options.as_json
def rollback(name: str, reason: str, as_json: bool) -> None:
    """Make the champion before this one champion again.

    The alias champion, which production pulls, points back at the version before.
    Again, and it goes back one further. Who moved it when and why is kept in the registry.
    """
    uri = tracking_uri()
    with mlflow_errors(uri):
        client = open_client(uri, "write")
        move = rollback_version(client, name, reason=reason.strip(), notice=notice)
        finish_versions(client, name, notice)
    document = {"name": name, "champion": move.version, "was": move.was}
    print_result(document, [champion_text(name, move.version, move.was)], as_json=as_json)


def champion_text(name: str, version: str, before: str | None) -> str:
    """Return which version is the champion now, and the command that fetches it."""
    was = f" (was version {before})" if before not in (None, version) else ""
    command = pull_command(this_shell(), name, "champion")
    return f"champion of {name} is version {version}{was}\nnext:\n  {command}"


def register_trial(record: StudyRecord, number: int, name: str, db: str) -> Registered:
    """Register the config of a trial as a version of ``name``, beside the study's newest run.

    Raises:
        TrackingError: the study has no run in the store in force.
    """
    trial = next(trial for trial in record.trials if trial.number == number)
    return register_bundle(record, build_bundle(record, trial, git_commit()), name, db, notice)
