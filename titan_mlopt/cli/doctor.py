"""``titan-mlopt doctor`` and ``mirror``: a study's runs in MLflow looked at, mended, made anew."""

from __future__ import annotations

import json
import shlex
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from titan_mlopt.cli import options
from titan_mlopt.errors import StudyError
from titan_mlopt.place import place_words, read_place

if TYPE_CHECKING:
    import optuna

    from titan_mlopt.records import StudyRecord
    from titan_mlopt.study.lease import Holder
    from titan_mlopt.tracking.reconcile import Finding

_EXIT_WRONG = 1
# Most lines of a table; the rest is counted.
_LINES = 30


@click.command()
@options.db
@options.study_name
@click.option("--repair", is_flag=True, help="Mend what is wrong; a second call finds nothing.")
@options.switch(
    "--files", help="Look for missing pictures and logs too: one request a run on a server."
)
@options.as_json
def doctor(db: str, study_name: str, repair: bool, files: bool, as_json: bool) -> None:
    """Hold a study's MLflow runs against the study: missing, wrong, double, left over.

    Exit code 0: nothing is wrong (any more); 1: something is, and the table says what.
    MLflow is found through MLFLOW_TRACKING_URI, else as mlflow.db in this folder.
    """
    from titan_mlopt.mirroring import open_mender
    from titan_mlopt.tracking.store import mlflow_errors, open_client, tracking_uri

    uri = tracking_uri()
    open_client(uri, "write" if repair else "read")
    study, record, holder = _load(db, study_name)
    if repair and holder is not None:
        raise StudyError(
            f"study {study_name}: must not be tuned while it is repaired, got {holder}; wait for "
            "it, or stop it"
        )
    with mlflow_errors(uri), open_mender(study, record, read_place(db), uri) as mender:
        if repair:
            result = mender.repair(files=files)
            found, left = result.found, result.left
        else:
            found = left = tuple(mender.look(files=files, tuned_now=holder is not None)[1])
    again = shlex.join(["titan-mlopt", "doctor", *place_words(db), "--study-name", study_name])
    if as_json:
        click.echo(_as_json(study_name, found, left, repaired=repair))
    else:
        click.echo("\n".join(_lines(study_name, record, found, left, f"{again} --repair")))
    if left:
        sys.exit(_EXIT_WRONG)


@click.command()
@options.db
@options.study_name
@click.option("--to", "uri", required=True, help="Tracking URI of the store to write to.")
@options.as_json
def mirror(db: str, study_name: str, uri: str, as_json: bool) -> None:
    """Write a whole study into another MLflow store, an empty one say; again does no harm."""
    from titan_mlopt.mirroring import open_mender
    from titan_mlopt.tracking.store import mlflow_errors, open_client, tracking_uri, ui_command

    uri = tracking_uri(uri)
    open_client(uri, "make")
    study, record, holder = _load(db, study_name)
    if holder is not None:
        raise StudyError(
            f"study {study_name}: must not be tuned while it is copied, got {holder}; wait for it"
        )
    with mlflow_errors(uri), open_mender(study, record, read_place(db), uri) as mender:
        result = mender.repair()
    if as_json:
        click.echo(_as_json(study_name, result.found, result.left, repaired=True))
    else:
        word = "runs were written" if result.found else "runs are there already"
        click.echo(f"study {study_name}: {len(record.trials)} trials, {word}")
        click.echo(f"look at it:\n  {ui_command(uri)}")
    if result.left:
        sys.exit(_EXIT_WRONG)


def _load(db: str, study_name: str) -> tuple[optuna.Study, StudyRecord, Holder | None]:
    """Return the study, all of it as plain data, and who tunes it now."""
    from titan_mlopt.study import database, lease, storage

    with database.storage_errors(db):
        study, backend = storage.load_stored(db, study_name)
        return study, storage.read_study(study), lease.find_holder(backend, study_name)


def _as_json(
    study_name: str, found: Sequence[Finding], left: Sequence[Finding], *, repaired: bool
) -> str:
    content = {
        "study": study_name,
        "found": [asdict(finding) for finding in found],
        "left": [asdict(finding) for finding in left],
        "repaired": repaired,
    }
    return json.dumps(content, indent=2)


def _lines(
    study_name: str,
    record: StudyRecord,
    found: Sequence[Finding],
    left: Sequence[Finding],
    remedy: str,
) -> list[str]:
    if not found:
        return [
            f"study {study_name}: {len(record.trials)} trials, and MLflow has all of them right"
        ]
    rows = [("trial", "what is wrong", "run", "more")]
    rows += [
        (_NO_TRIAL if f.trial is None else str(f.trial), f.kind, f.run_id[:8] or "-", f.detail)
        for f in found[:_LINES]
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    if len(found) > _LINES:
        lines.append(f"… and {len(found) - _LINES} more")
    counts = ", ".join(f"{n} {kind}" for kind, n in sorted(Counter(f.kind for f in found).items()))
    lines += ["", f"study {study_name}: {counts}"]
    if not left:
        return [*lines, "repaired: MLflow has all of it right now"]
    if len(left) < len(found):
        lines.append(f"repaired, but for {len(left)}")
    return [*lines, "next:", f"  {remedy}"]


_NO_TRIAL = "-"
