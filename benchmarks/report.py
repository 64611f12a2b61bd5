"""Time and size of each file of a report, on a made-up study; the argument is its trials."""

from __future__ import annotations

import math
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import optuna
from optuna.trial import create_trial

from titan_mlopt.params import TUNABLE_PARAMS
from titan_mlopt.records import COMPLETE, Checkpoint, TrialOutcome, TrialRecord
from titan_mlopt.report.figures import draw_figures, write_html
from titan_mlopt.report.folder import write_report
from titan_mlopt.report.luck import luck_lines
from titan_mlopt.report.plot_info import plot_info
from titan_mlopt.report.study_svg import draw_svgs, write_svgs
from titan_mlopt.report.trial_svg import draw_trial_svg
from titan_mlopt.study.sampling import distributions_of
from titan_mlopt.study.storage import OBJECTIVE, OUTCOME, read_study

SPACE = distributions_of(TUNABLE_PARAMS)
BARS = 5700
NAMES = {"accuracy": ("accuracy",), "multi": ("accuracy", "sharpe")}


def made_up_study(n_trials: int, objective: str) -> optuna.Study:
    """Return a study in memory, every trial COMPLETE, with outcomes of a real one's size."""
    rng = np.random.default_rng(0)
    found = optuna.create_study(directions=["maximize"] * len(NAMES[objective]))
    found.set_user_attr(OBJECTIVE, objective)
    for _ in range(n_trials):
        # Unit draws laid over each range, on a log scale where the range is one.
        params = {}
        for name, (low, high, kind) in TUNABLE_PARAMS.items():
            if kind == "log":
                params[name] = math.exp(rng.uniform(math.log(low), math.log(high)))
            else:
                value = rng.uniform(low, high)
                params[name] = round(value) if kind == "int" else value
        outcome = made_up_outcome(rng, skill=params["ensemble.flat_threshold"] - 0.55)
        values = [float(outcome.metrics[name] or 0.0) for name in NAMES[objective]]
        found.add_trial(
            create_trial(
                params=params,
                distributions=SPACE,
                values=values,
                user_attrs={OUTCOME: {**asdict(outcome), "violated": False}},
            )
        )
    return found


def made_up_outcome(rng: np.random.Generator, skill: float) -> TrialOutcome:
    """Return an outcome with everything that a trial on the sample stores."""
    n = int(rng.integers(4000, BARS))
    hits = int(rng.binomial(n, 0.5 + 0.2 * skill))
    names = [
        *("ece", "ece_noise", "ece_gap", "mce", "brier", "log_loss", "sharpe_se", "sortino"),
        *("max_drawdown", "total_return", "turnover", "n_traded", "coverage", "unchanged_share"),
    ]
    metrics: dict[str, float | None] = {name: float(rng.uniform()) for name in names}
    metrics |= {"accuracy": hits / n, "hits": float(hits), "n_predictions": float(n)}
    metrics |= {"n_bars": float(BARS), "sharpe": float(rng.normal(0, 10))}
    equity = np.cumprod(1 + rng.normal(0, 0.001, 200)).round(6).tolist()
    return TrialOutcome(
        COMPLETE,
        metrics=metrics,
        checkpoints=tuple(
            Checkpoint(500 * step, 600 * step, *rng.uniform(size=3).tolist())
            for step in range(1, 10)
        ),
        bins=tuple((n // 25, n / 25 * (0.51 + 0.02 * bin_), hits // 25) for bin_ in range(25)),
        curve=tuple((BARS // 200 * at, value, 0.012345) for at, value in enumerate(equity)),
        rolling=tuple((200 + n // 200 * at, 0.5123) for at in range(200)),
        blocks=tuple((n // 64, hits // 64, *rng.normal(0, 1e-3, 2).tolist()) for _ in range(64)),
        duration_seconds=0.6,
    )


def picture_line(n_drawn: int = 101) -> str:
    """Return what a trial's picture costs: median time of this process, and size."""
    outcome = made_up_outcome(np.random.default_rng(0), skill=0.05)
    trial = TrialRecord(17, COMPLETE, {}, (0.51,), 0.0, 0.6, outcome)
    svg, seconds = draw_trial_svg(trial), []
    for _ in range(n_drawn):
        began = time.process_time()
        draw_trial_svg(trial)
        seconds.append(time.process_time() - began)
    cost = f"{1e3 * statistics.median(seconds):.2f} ms"
    return f"a trial's picture: {cost} (median of {n_drawn}), {len(svg.encode()) / 1e3:.1f} kB"


def plot_rows(study: optuna.Study, objective: str, folder: Path) -> Iterator[tuple[str, ...]]:
    """Draw and write one plot after the other; a row each, and one for all."""
    started = began = time.perf_counter()
    luck = luck_lines(read_study(study))
    info = plot_info(study, objective_names=NAMES[objective], luck=luck)
    yield "importances", f"{time.perf_counter() - began:.2f}", "", ""
    for draw, write in ((draw_figures, write_html), (draw_svgs, write_svgs)):
        began = time.perf_counter()
        for name, drawing in draw(info):
            drawn = time.perf_counter()
            (path,) = write({name: drawing}, folder)
            ended = time.perf_counter()
            size = path.stat().st_size / 1e6
            yield path.name, f"{drawn - began:.2f}", f"{ended - drawn:.2f}", f"{size:.3f}"
            began = time.perf_counter()
    yield "all plots", "", f"{time.perf_counter() - started:.2f}", ""


def main() -> None:
    """Print a table for one objective and one for two; the first argument is n (1,000)."""
    n_trials = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    print(f"{picture_line()}\n")
    for objective in NAMES:
        study = made_up_study(n_trials, objective)
        print(f"{n_trials:,} trials, objective {objective}\n")
        print("| file | drawn, s | written, s | MB |\n|---|---|---|---|")
        with tempfile.TemporaryDirectory() as name:
            for row in plot_rows(study, objective, Path(name)):
                print(f"| {' | '.join(row)} |")
        with tempfile.TemporaryDirectory() as name:
            record, began = read_study(study), time.perf_counter()
            write_report(study, record, {}, Path(name))
            print(f"| the report with its tables | | {time.perf_counter() - began:.2f} | |\n")


if __name__ == "__main__":
    main()
