"""``titan-mlopt doctor`` and ``mirror``: a study's runs in MLflow looked at, mended, made anew."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

import click

from titan_mlopt.analysis.optuna_view import forget_attributes
from titan_mlopt.cli import options
from titan_mlopt.cli.command import command
from titan_mlopt.cli.output import echo, notice, print_json, print_result
from titan_mlopt.core.errors import StudyError, TrackingError
from titan_mlopt.core.storage_url import parse_storage
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.report.commands import mirror_command, repair_command, this_shell
from titan_mlopt.report.terminal import aligned
from titan_mlopt.study.storage.lock_holder import Holder
from titan_mlopt.study.storage.studies import load_with_holder
from titan_mlopt.tracking.reconcile import NO_PARENT, Discrepancy
from titan_mlopt.tracking.registry.verdict_tags import complete_registry
from titan_mlopt.tracking.store import (
    mlflow_errors,
    open_client,
    restore_experiment_command,
    sqlite_file,
    ui_command,
)
from titan_mlopt.tracking.study_runs import open_repairer
from titan_mlopt.tracking.uri import SETTING, tracking_uri

_EXIT_WRONG = 1
# Most lines of a table; the rest is counted.
_LINES = 30


@command()
@options.study
@click.option("--repair", is_flag=True, help="Mend what is wrong; a second call finds nothing.")
@options.switch(
    "--files", help="Look for missing pictures and logs too: one request a run on a server."
)
@options.as_json
def doctor(db: str, study_name: str, repair: bool, files: bool, as_json: bool) -> None:
    """Compare a study's MLflow runs with the study and repair them.

    It finds runs that are missing, wrong, double or left over.

    Exit code 0: nothing is wrong (any more); 1: something is, and the table says what.
    MLflow is found through MLFLOW_TRACKING_URI, else as mlflow.db in this folder.
    """
    uri = tracking_uri()
    _check_there(uri, db, study_name)
    client = open_client(uri, "write" if repair else "read")
    study, record, holder = load_with_holder(db, study_name)
    if repair and holder is not None:
        raise StudyError(
            f"study {study_name}: must not be tuned while it is repaired, got {holder}; wait for "
            "it, or stop it"
        )
    forget_attributes(study)  # the record has them
    with mlflow_errors(uri), open_repairer(study, record, parse_storage(db), uri) as repairer:
        names = [model.name for model in client.search_registered_models(max_results=1000)]
        complete_registry(client, names, notice)
        if repair:
            result = repairer.repair(files=files)
            findings, remaining = result.discrepancies, result.remaining
        else:
            findings = tuple(repairer.inspect(files=files, tuned_now=holder is not None)[1])
            remaining = findings
    if as_json:
        print_json(_document(study_name, findings, remaining, repaired=repair))
    else:
        remedy = repair_command(this_shell(), db, study_name, files=files)
        if (first := _experiment_remedy(uri, record, remaining)) is not None:
            remedy = f"{first} && {remedy}"  # MLflow restores what was deleted in it before, too
        echo("\n".join(_lines(record, findings, remaining, holder, remedy)))
    if remaining:
        sys.exit(_EXIT_WRONG)


@command()
@options.study
@click.option("--to", "uri", required=True, help="Tracking URI of the store to write to.")
@options.as_json
def mirror(db: str, study_name: str, uri: str, as_json: bool) -> None:
    """Write a whole study into another MLflow store.

    The store may be empty or new; doing it again does no harm.
    """
    uri = tracking_uri(uri)
    open_client(uri, "make")
    study, record, holder = load_with_holder(db, study_name)
    if holder is not None:
        raise StudyError(
            f"study {study_name}: must not be tuned while it is copied, got {holder}; wait for it"
        )
    with mlflow_errors(uri), open_repairer(study, record, parse_storage(db), uri) as repairer:
        result = repairer.repair()
    document = _document(study_name, result.discrepancies, result.remaining, repaired=True)
    state = "runs were written" if result.discrepancies else "runs are there already"
    text = f"study {study_name}: {len(record.trials)} trials, {state}"
    print_result(document, [text, f"look at it:\n  {ui_command(uri)}"], as_json=as_json)
    if result.remaining:
        sys.exit(_EXIT_WRONG)


def _check_there(uri: str, db: str, study_name: str) -> None:
    """Raise ``TrackingError`` when the store is a file that is gone, with the way to a new one."""
    file = sqlite_file(uri)
    if file is not None and not file.exists():
        load_with_holder(db, study_name)  # an error names the study when it does not exist
        again = mirror_command(this_shell(), db, study_name, uri)
        raise TrackingError(
            f"{file}: must be an MLflow store that exists, got no file; set {SETTING} where there "
            f"is one, or make a new one of the study: {again}"
        )


def _experiment_remedy(
    uri: str, record: StudyRecord, remaining: Sequence[Discrepancy]
) -> str | None:
    """Return the command that restores the study's experiment, without which no repair works.

    None where it is not deleted, or the study has a run elsewhere.
    """
    if not any(finding.kind == NO_PARENT for finding in remaining):
        return None
    with mlflow_errors(uri):
        experiment = record.settings.get("experiment")
        return restore_experiment_command(open_client(uri, "read"), experiment)


def _document(
    study_name: str,
    findings: Sequence[Discrepancy],
    remaining: Sequence[Discrepancy],
    *,
    repaired: bool,
) -> dict[str, object]:
    return {
        "study": study_name,
        "found": [asdict(finding) for finding in findings],
        "left": [asdict(finding) for finding in remaining],
        "repaired": repaired,
    }


def _lines(
    record: StudyRecord,
    findings: Sequence[Discrepancy],
    remaining: Sequence[Discrepancy],
    holder: Holder | None,
    remedy: str,
) -> list[str]:
    if not findings:
        return [
            f"study {record.name}: {len(record.trials)} trials, and MLflow has all of them right"
        ]
    rows = [("trial", "what is wrong", "run", "more")]
    rows += [
        ("-" if f.trial is None else str(f.trial), f.kind, f.run_id[:8] or "-", f.detail)
        for f in findings[:_LINES]
    ]
    lines = aligned(rows)
    if len(findings) > _LINES:
        lines.append(f"… and {len(findings) - _LINES} more")
    counts = Counter(finding.kind for finding in findings)
    summary = ", ".join(f"{n} {kind}" for kind, n in sorted(counts.items()))
    lines += ["", f"study {record.name}: {summary}"]
    if not remaining:
        return [*lines, "repaired: MLflow has all of it right now"]
    if len(remaining) < len(findings):
        lines.append(f"repaired, but for {len(remaining)}")
    when = "next" if holder is None else f"when the study is tuned no more, which {holder} does now"
    return [*lines, f"{when}:", f"  {remedy}"]
