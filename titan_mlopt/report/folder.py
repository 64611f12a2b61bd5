"""The files of a study's report: plots, leaderboard, results, note."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import optuna

from titan_mlopt.records import StudyRecord
from titan_mlopt.report.figures import draw_figures, write_html, write_static
from titan_mlopt.report.judgement_words import judgement_files
from titan_mlopt.report.leaderboard import leaderboard
from titan_mlopt.report.luck import luck_lines
from titan_mlopt.report.note import markdown_note
from titan_mlopt.report.plateau_page import plateau_html, plateau_svg
from titan_mlopt.report.plot_info import plot_info
from titan_mlopt.report.statistics import StudyStatistics, study_statistics
from titan_mlopt.report.study_svg import draw_svgs, write_svgs
from titan_mlopt.report.summary import study_document, trial_documents
from titan_mlopt.report.worth import worth_document

PLOTS = "plots"
LEADERBOARD, RESULTS, NOTE = "leaderboard.csv", "results.json", "report.md"
#: Folder of the gate's decisions, three files for each opening of the hold-out, and of the plateau.
VERDICTS = "verdict"


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

    trial_links, verdict, stopped: as ``markdown_note`` takes them.
    The plots come last and of them the ``static`` pictures: a ``PictureError`` leaves a report that
    is whole but for these. Raises ``OSError`` when the folder cannot be written.
    """
    note = markdown_note(
        record, commands, trial_links=trial_links, verdict=verdict, stopped=stopped
    )
    write_tables(record, folder)
    write_note(note, folder)
    write_plots(study, record, folder / PLOTS, static)
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
    for name, text in finding_files(record).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def finding_files(record: StudyRecord) -> dict[str, str]:
    """Return the pages of what was found out after the trials, by their paths in the report."""
    files: dict[str, str] = {}
    for one in record.judgements:
        for ending, text in judgement_files(record, one).items():
            files[f"{VERDICTS}/opening-{one.opening}.{ending}"] = text
    if record.plateau is not None:
        files[f"{VERDICTS}/plateau.html"] = plateau_html(record, record.plateau)
        files[f"{VERDICTS}/plateau.svg"] = plateau_svg(record.plateau)
    return files


def save_results(
    record: StudyRecord, path: Path, statistics: StudyStatistics | None = None
) -> None:
    """Write every trial of the study, a line each, and what it is worth, as JSON.

    statistics: as in ``write_tables``.
    """
    worth = worth_document(record, statistics or study_statistics(record))
    document = study_document(record) | worth
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps(document, indent=2, allow_nan=False).removesuffix("\n}"))
        file.write(',\n  "trials": [')
        for number, trial in enumerate(trial_documents(record)):
            file.write(f"{',' if number else ''}\n    {json.dumps(trial, allow_nan=False)}")
        file.write("\n  ]\n}\n")


def write_plots(
    study: optuna.Study,
    record: StudyRecord,
    folder: Path,
    static: Literal["png", "svg"] | None = None,
) -> list[Path]:
    """Write the study's plots as self-contained HTML and small SVG; return the paths.

    static: through a Chrome besides, PNG pictures of every plot, or SVG of those that have none of
    ours; ``PictureError`` when all the rest is written and these cannot be drawn.
    """
    names = ("accuracy", "sharpe") if record.objective == "multi" else (record.objective,)
    info = plot_info(
        study,
        objective_names=names,
        seed=int(record.settings.get("seed", 0)),
        luck=luck_lines(record),
    )
    folder.mkdir(parents=True, exist_ok=True)
    svgs, left, paths = dict(draw_svgs(info)), {}, list[Path]()
    for name, figure in draw_figures(info):  # each holds megabytes: not all at once
        paths += write_html({name: figure}, folder)
        if static == "png" or (static is not None and name not in svgs):
            left[name] = figure
    paths += write_svgs(svgs, folder)
    return paths if static is None else paths + write_static(left, folder, static)
