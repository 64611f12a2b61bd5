"""The gate, asked by ``titan-mlopt verdict``, ``validate`` and ``promote``, and the champion."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from titan_mlopt.cli import options
from titan_mlopt.cli.command import command
from titan_mlopt.cli.output import print_result, warn
from titan_mlopt.cli.registry import champion_text
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.files import write_file
from titan_mlopt.core.findings import PROMOTE, FreshDecision, GateDecision
from titan_mlopt.core.settings import NONE
from titan_mlopt.core.storage_url import parse_storage
from titan_mlopt.evaluation.gate.promoted import Promotion
from titan_mlopt.evaluation.gate.promotion import PromotionService
from titan_mlopt.evaluation.gate.thresholds import GateThresholds, load_thresholds
from titan_mlopt.evaluation.rerun import BacktestChoice
from titan_mlopt.report.commands import this_shell, versions_command
from titan_mlopt.report.findings.fresh import fresh_files, fresh_lines
from titan_mlopt.report.findings.gate import VERDICT_TEXTS, decision_files, decision_lines, headline
from titan_mlopt.tracking.uri import tracking_uri

#: The gate did not say PROMOTE.
EXIT_NOT_PROMOTED = 3


@command()
@options.judged
def validate(**chosen: Any) -> None:
    """Judge a trial on the hold-out, like `verdict --open-holdout`.

    With --fresh it is the same as `verdict --fresh`, and the hold-out stays closed.
    """
    ask_gate(**chosen)


def ask_gate(
    *,
    study_name: str,
    trial: int | None,
    version: str | None,
    out: str,
    as_json: bool,
    **chosen: Any,
) -> None:
    """Judge a trial or version, print the decision, write its report; the exit code tells it."""
    if version is not None and trial is not None:
        raise ConfigError("version: must go without --trial, got both; leave one of them out")
    folder = _writable(Path(out))
    service = promotion_service(chosen, chosen["name"])
    record, decision = (
        service.validate(study_name, trial)
        if version is None
        else service.validate_version(version)
    )
    if isinstance(decision, FreshDecision):
        files, lines = fresh_files(record, decision), fresh_lines(record, decision)
    else:
        files, lines = decision_files(record, decision), decision_lines(record, decision)
    for ending, text in files.items():
        write_file(str(folder / f"verdict.{ending}"), text)
    page = f"next:\n  open {folder / 'verdict.html'} in a browser"
    print_result(asdict(decision), [*lines, page], as_json=as_json)
    _exit_by(decision)


@command()
@click.argument("version")
@options.name
@options.db
@options.rerun
@options.setting("gate")
@options.fresh
@options.switch("--force", help="Make it the champion without asking the gate; needs --reason.")
@click.option("--reason", default="", help="Why; kept for ever with the version and the move.")
@options.as_json
def promote(*, version: str, force: bool, reason: str, as_json: bool, **chosen: Any) -> None:
    """Make VERSION the champion if the gate says that it earned it.

    The alias champion is what production pulls. The gate judges the version on the sealed hold-out
    of its study, which is counted, against the champion, the coin and simple rules
    (docs/verdicts.md). With --fresh candles that came after the study decide, as in `verdict
    --fresh`, and the hold-out stays closed.

    Exit code, as of `verdict`: 0, PROMOTE (or by force), and it is the champion; 3, KEEP CHAMPION
    or CANNOT TELL, and nothing was moved, also where it was the champion already.
    """
    reason = reason.strip()
    if reason and not force:
        raise ConfigError(
            "reason: must go with --force, got it alone; a promotion by the gate has its own reason"
        )
    if force and not reason:
        raise ConfigError("force: must have a --reason, got none; say why the gate is not asked")
    if force and chosen["fresh"] is not None:
        raise ConfigError(
            "fresh: must go without --force, which asks no gate, got both; leave one of them out"
        )
    service = promotion_service(chosen, chosen["name"])
    promotion = service.force(version, reason) if force else service.promote(version)
    print_result(promotion_document(promotion), [promotion_text(promotion)], as_json=as_json)
    if promotion.decision is not None:
        _exit_by(promotion.decision)


def promotion_service(chosen: Mapping[str, Any], name: str) -> PromotionService:
    """Return the service that judges and promotes versions of ``name``.

    chosen: db, candles, backtest, backtest_path, gate and perhaps fresh, as they were typed.
    """
    limits = GateThresholds() if chosen["gate"] == NONE else load_thresholds(chosen["gate"])
    return PromotionService(
        *(parse_storage(chosen["db"]), tracking_uri(), name, limits),
        *(chosen["candles"], BacktestChoice.of_options(chosen), warn),
        fresh=chosen.get("fresh"),
        options=options.candle_options(chosen),
    )


def promotion_text(promotion: Promotion) -> str:
    """Return what the gate said, who the champion is, and what to do next."""
    decision, name = promotion.decision, promotion.name
    lines = [headline(decision)] if decision else ["by force: the gate was not asked"]
    if not promotion.promoted:
        stays = f"stays version {promotion.was}" if promotion.was else "still none"
        lines += [f"champion of {name}: {stays}", "next:"]
        return "\n".join([*lines, f"  {versions_command(this_shell(), name)}"])
    return "\n".join([*lines, champion_text(name, promotion.version, promotion.was)])


def verdict_line(promotion: Promotion | None, *, failed: bool) -> str:
    """Return the gate's verdict on a version in one line; None for one that was not judged."""
    if promotion is None or promotion.decision is None:
        why = "the gate gave none" if failed else "no version was registered"
        return f"verdict: none, as {why}"
    version = promotion.version if promotion.promoted else promotion.was
    champion = "there is no champion" if version is None else f"the champion is version {version}"
    return f"verdict: {VERDICT_TEXTS[promotion.decision.verdict]}; of {promotion.name} {champion}"


def promotion_document(promotion: Promotion) -> dict[str, Any]:
    """Return the same for scripts: the champion now, the one before, and the decision."""
    decision = promotion.decision
    return {
        "name": promotion.name,
        "champion": promotion.version if promotion.promoted else promotion.was,
        "was": promotion.was,
        "moved": promotion.promoted,
        "not_due": promotion.not_due,
        "forced": decision is None,
        "judgement": asdict(decision) if decision else None,
    }


def _exit_by(decision: GateDecision) -> None:
    """End with the exit code of the decision."""
    if decision.verdict != PROMOTE:
        sys.exit(EXIT_NOT_PROMOTED)


def _writable(folder: Path) -> Path:
    """Make the folder now: the hold-out must not be opened for a report that cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"{folder}: must be a folder that can be written, got {error.strerror}; name another "
            "with --out"
        ) from error
    return folder
