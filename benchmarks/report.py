"""Time and size of each file of a report, on a made-up study, and of a trial's picture."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import optuna
from frame import Figure, empty_folder, figure, seconds_of
from made_up import made_up_outcome, made_up_trial

from titan_mlopt.analysis.luck import luck_lines
from titan_mlopt.analysis.plot_data import plot_info
from titan_mlopt.core.trial import COMPLETE, TrialRecord
from titan_mlopt.report.figures import draw_figures, write_html
from titan_mlopt.report.folder import write_report
from titan_mlopt.report.svg.study import draw_svgs, write_svgs
from titan_mlopt.report.svg.trial import draw_trial_svg
from titan_mlopt.study.storage.studies import OBJECTIVE, read_study

N_TRIALS, QUICK_TRIALS = 1000, 50
NAMES = {"accuracy": ("accuracy",), "multi": ("accuracy", "sharpe")}


def made_up_study(n_trials: int, objective: str) -> optuna.Study:
    """Return a study in memory of made-up trials."""
    rng, names = np.random.default_rng(0), NAMES[objective]
    found = optuna.create_study(directions=["maximize"] * len(names))
    found.set_user_attr(OBJECTIVE, objective)
    found.add_trials([made_up_trial(number, names, rng) for number in range(n_trials)])
    return found


def picture(n_drawn: int) -> Iterator[Figure]:
    """Yield what a trial's picture costs: time of this process, and size."""
    outcome = made_up_outcome(np.random.default_rng(0), skill=0.05)
    trial = TrialRecord(17, COMPLETE, {}, (0.51,), 0.0, 0.6, outcome)
    svg, times = draw_trial_svg(trial), []
    for _ in range(n_drawn):
        began = time.process_time()
        draw_trial_svg(trial)
        times.append(1e3 * (time.process_time() - began))
    yield figure("a trial's picture", times, "ms")
    yield figure("a trial's picture, size", len(svg.encode()) / 1e3, "kB")


def plots(study: optuna.Study, objective: str, what: str) -> Iterator[Figure]:
    """Yield the seconds of one plot after the other, drawn and written; of all the size, too."""
    started, size = time.perf_counter(), 0.0
    luck = luck_lines(read_study(study))
    info = plot_info(study, objective_names=NAMES[objective], luck=luck)
    yield figure(f"{what}: importances", time.perf_counter() - started, "s")
    with empty_folder() as folder:
        for draw, write in ((draw_figures, write_html), (draw_svgs, write_svgs)):
            began = time.perf_counter()
            for name, drawing in draw(info):
                (path,) = write({name: drawing}, folder)
                yield figure(f"{what}: {path.name}", time.perf_counter() - began, "s")
                size += path.stat().st_size / 1e6
                began = time.perf_counter()
    yield figure(f"{what}: all plots", time.perf_counter() - started, "s")
    yield figure(f"{what}: all plots, size", size, "MB")


def whole(study: optuna.Study, folder: Path) -> None:
    """Write the report of a study, tables and plots."""
    write_report(study, read_study(study), {}, folder)


def measure(*, quick: bool) -> Iterator[Figure]:
    """Yield the costs of a picture, of each plot and of the report, with one objective and two."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    n_trials = QUICK_TRIALS if quick else N_TRIALS
    yield from picture(11 if quick else 101)
    for objective in NAMES:
        study, what = made_up_study(n_trials, objective), f"{n_trials:,} trials, {objective}"
        yield from plots(study, objective, what)
        with empty_folder() as folder:
            seconds = seconds_of(lambda: whole(study, folder))  # noqa: B023 - called at once
        yield figure(f"{what}: the report with its tables", seconds, "s")
