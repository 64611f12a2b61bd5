"""The files of a study's report: plots, leaderboard, results, note."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import optuna

from titan_mlopt.analysis.plot_data import PlotInfo
from titan_mlopt.analysis.significance import StudyStatistics, study_statistics
from titan_mlopt.analysis.summary import plain_json, study_document, trial_document
from titan_mlopt.core.search_space import Space, space_text
from titan_mlopt.core.settings import is_plain_space
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import OptimizationResult
from titan_mlopt.report.commands import SPACE_FILE
from titan_mlopt.report.figures import draw_figures, study_plots, write_html, write_static
from titan_mlopt.report.findings.kinds import finding_files
from titan_mlopt.report.html import render_study_html
from titan_mlopt.report.leaderboard import leaderboard
from titan_mlopt.report.quality import quality_document
from titan_mlopt.report.study_page import markdown_note
from titan_mlopt.report.svg.study import draw_svgs, write_svgs

PLOTS = "plots"
LEADERBOARD, RESULTS, NOTE = "leaderboard.csv", "results.json", "report.md"
#: The page that has it all.
PAGE = "report.html"
IMPORTANCES = "importances.json"


def write_report(
    study: optuna.Study,
    record: StudyRecord,
    commands: Mapping[str, str],
    folder: Path,
    static: Literal["png", "svg"] | None = None,
    *,
    trial_links: Mapping[int, str] = {},
    verdict: str | None = None,
    stopped: str | None = None,
) -> str:
    """Write the report of a study into ``folder`` and return its Markdown note.

    The ``static`` pictures come last: without them the report is complete.

    Args:
        study: The study, for its plots.
        record: The same study as plain data.
        commands: As ``markdown_note`` takes them.
        folder: Created where it is missing.
        static: Format of static pictures, which need a Chrome.
        trial_links: As ``markdown_note`` takes them.
        verdict: As ``markdown_note`` takes it.
        stopped: As ``markdown_note`` takes it.

    Raises:
        OSError: The folder cannot be written.
        PictureError: The static pictures cannot be drawn.
    """
    statistics = study_statistics(record)
    note = markdown_note(
        *(record, commands),
        trial_links=trial_links,
        verdict=verdict,
        stopped=stopped,
        statistics=statistics,
    )
    write_tables(record, folder, statistics)
    write_note(note, folder)
    write_visuals(
        *(study, record, commands, folder, folder / PLOTS, static),
        verdict=verdict,
        stopped=stopped,
        statistics=statistics,
    )
    return note


def write_note(note: str, folder: Path) -> None:
    """Write the Markdown note of a report."""
    (folder / NOTE).write_text(note, encoding="utf-8")


def write_tables(
    record: StudyRecord, folder: Path, statistics: StudyStatistics | None = None
) -> None:
    """Write the files of a report that are neither its note nor plots: tables, findings.

    statistics: as ``study_statistics`` gives them, for a caller that has them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    leaderboard(record).to_csv(folder / LEADERBOARD, index=False)
    save_results(record, folder / RESULTS, statistics)
    space = record.settings.get("space")
    if space is not None and not is_plain_space(space):
        (folder / SPACE_FILE).write_text(space_text(Space.from_plain(space)), encoding="utf-8")
    for name, text in finding_files(record).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def save_results(
    record: StudyRecord,
    path: Path,
    statistics: StudyStatistics | None = None,
    *,
    results: Sequence[OptimizationResult] = (),
    **extra_keys: object,
) -> None:
    """Write every trial of the study, a line each, and what it is worth, as JSON.

    Args:
        record: The study.
        path: The file, whose folder must exist.
        statistics: As in ``write_tables``.
        results: Trials whose lines get the fields of ``OptimizationResult`` besides their own.
        **extra_keys: Further keys of the document.
    """
    worth = quality_document(record, statistics or study_statistics(record))
    document = study_document(record) | worth | extra_keys
    named = {result.trial_number: plain_json(asdict(result)) for result in results}
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps(document, indent=2, allow_nan=False).removesuffix("\n}"))
        file.write(',\n  "trials": [')
        for number, trial in enumerate(map(trial_document, record.trials)):
            line = _line(named.get(trial["trial"], {}) | trial)
            file.write(f"{',' if number else ''}\n    {line}")
        file.write("\n  ]\n}\n")


def _line(document: dict[str, Any]) -> str:
    """Return a document as strict JSON; ``plain_json`` looks at every number, which takes long."""
    try:
        return json.dumps(document, allow_nan=False)
    except ValueError:
        return json.dumps(plain_json(document), allow_nan=False)


def write_visuals(
    study: optuna.Study,
    record: StudyRecord,
    commands: Mapping[str, str],
    folder: Path,
    plots: Path,
    static: Literal["png", "svg"] | None = None,
    *,
    verdict: str | None = None,
    stopped: str | None = None,
    statistics: StudyStatistics | None = None,
    importances: Mapping[str, float] | None = None,
) -> list[Path]:
    """Write the study's page, and its plots as self-contained HTML and small SVG.

    Args:
        study: The study.
        record: The same study as plain data.
        commands: As ``markdown_note`` takes them.
        folder: Of the page ``report.html``; created where it is missing.
        plots: Folder of the plots; created where it is missing.
        static: ``png`` draws every plot through a Chrome too, ``svg`` those without an SVG of ours.
        verdict: As ``markdown_note`` takes it.
        stopped: As ``markdown_note`` takes it.
        statistics: As ``markdown_note`` takes them.
        importances: Those for the first objective, where they are known already.

    Returns:
        The paths, that of the page first.

    Raises:
        PictureError: The static pictures cannot be drawn; all others are written by then.
    """
    info = study_plots(study, record, importances)
    for needed in (folder, plots):
        needed.mkdir(parents=True, exist_ok=True)
    svgs, pending = dict(draw_svgs(info)), {}
    page = render_study_html(
        *(record, commands, list(svgs.values())),
        verdict=verdict,
        stopped=stopped,
        statistics=statistics,
    )
    paths = [write_page(page, folder), _write_importances(info, folder)]
    for name, figure in draw_figures(info):  # each holds megabytes: not all at once
        paths += write_html({name: figure}, plots)
        if static == "png" or (static is not None and name not in svgs):
            pending[name] = figure
    paths += write_svgs(svgs, plots)
    return paths if static is None else paths + write_static(pending, plots, static)


def importances_document(info: PlotInfo) -> dict[str, Any]:
    """Return the importances by objective, with the evaluator and what is known of their spread."""
    return {
        aim.name: {
            "evaluator": aim.evaluator,
            "shares": dict(aim.importances),
            **asdict(aim.spread()),
            "problem": aim.problem,
        }
        for aim in info.aims
    }


def _write_importances(info: PlotInfo, folder: Path) -> Path:
    path = folder / IMPORTANCES
    path.write_text(json.dumps(importances_document(info), indent=2) + "\n", encoding="utf-8")
    return path


def write_page(page: str, folder: Path) -> Path:
    """Write the study's page into a folder, created where it is missing; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / PAGE
    path.write_text(page, encoding="utf-8")
    return path
