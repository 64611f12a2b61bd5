"""The files of a study's report: plots, leaderboard, results, note."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import optuna

from titan_mlopt.records import StudyRecord
from titan_mlopt.report.figures import study_figures, write_html, write_static
from titan_mlopt.report.note import markdown_note
from titan_mlopt.report.summary import leaderboard, metric_of, ranked_trials, results_document

PLOTS = "plots"
LEADERBOARD, RESULTS, NOTE = "leaderboard.csv", "results.json", "report.md"


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
    folder.mkdir(parents=True, exist_ok=True)
    leaderboard(record).to_csv(folder / LEADERBOARD, index=False)
    save_results(record, folder / RESULTS)
    note = markdown_note(
        record, commands, trial_links=trial_links, verdict=verdict, stopped=stopped
    )
    (folder / NOTE).write_text(note, encoding="utf-8")
    write_plots(study, record, folder / PLOTS, static)
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
    """Write the study's plots as self-contained HTML; return the paths.

    static: pictures of the same beside them; ``PictureError`` when the HTML is written and they
    cannot be drawn.
    """
    names = ("accuracy", "sharpe") if record.objective == "multi" else (record.objective,)
    figures = study_figures(
        study,
        objective_names=names,
        seed=int(record.settings.get("seed", 0)),
        n_predictions=_median_predictions(record),
    )
    paths = write_html(figures, folder)
    return paths + (write_static(figures, folder, static) if static else [])


def _median_predictions(record: StudyRecord) -> float | None:
    """Return the median number of predictions of a COMPLETE trial, None while unknown."""
    counts = [metric_of(trial, "n_predictions") for trial in ranked_trials(record)]
    known = [count for count in counts if count]
    return statistics.median(known) if known else None
