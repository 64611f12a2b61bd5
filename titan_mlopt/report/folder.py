"""The files of a study's report: plots, leaderboard, results, note."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import optuna

from titan_mlopt.errors import StudyError
from titan_mlopt.records import StudyRecord
from titan_mlopt.report.figures import study_figures, write_html, write_static
from titan_mlopt.report.importances import param_importances
from titan_mlopt.report.note import markdown_note
from titan_mlopt.report.summary import leaderboard, results_document

PLOTS = "plots"
LEADERBOARD, RESULTS, NOTE = "leaderboard.csv", "results.json", "report.md"


def write_report(
    study: optuna.Study, record: StudyRecord, commands: Mapping[str, str], folder: Path
) -> str:
    """Write the report of a study into ``folder`` and return its Markdown note."""
    folder.mkdir(parents=True, exist_ok=True)
    leaderboard(record).to_csv(folder / LEADERBOARD, index=False)
    save_results(record, folder / RESULTS)
    note = markdown_note(record, commands)
    (folder / NOTE).write_text(note)
    write_plots(study, record, folder / PLOTS)
    return note


def save_results(record: StudyRecord, path: Path) -> None:
    """Write every trial of the study as JSON."""
    path.write_text(json.dumps(results_document(record), indent=2, allow_nan=False) + "\n")


def write_plots(
    study: optuna.Study,
    record: StudyRecord,
    folder: Path,
    static: Literal["png", "svg"] | None = None,
) -> list[Path]:
    """Write the study's plots as self-contained HTML, and as pictures when ``static`` is set."""
    try:
        importances = param_importances(study, seed=int(record.settings.get("seed", 0)))
    except StudyError:
        importances = None  # too few trials: the plot itself says so
    name = record.objective if record.objective != "multi" else "accuracy"
    names = ("accuracy", "sharpe") if record.objective == "multi" else (name,)
    figures = study_figures(study, importances, objective_names=names)
    paths = write_html(figures, folder)
    return paths + (write_static(figures, folder, static) if static else [])
