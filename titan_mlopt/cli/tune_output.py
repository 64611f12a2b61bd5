"""What ``titan-mlopt tune`` says before its first trial and at its end: for people and scripts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from titan_mlopt.analysis.ranking import best_trial
from titan_mlopt.analysis.statistics.look_levels import level_of_look
from titan_mlopt.analysis.statistics.sample_size import bars_needed, smallest_visible
from titan_mlopt.analysis.summary import summarise
from titan_mlopt.cli.output import registered_text
from titan_mlopt.core.search_space import Space
from titan_mlopt.core.settings import AUTO_CANDLES, AUTO_SEGMENTS, NONE
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.evaluation.gate.thresholds import GateThresholds, load_thresholds
from titan_mlopt.production.release import TITANS_BACKTEST
from titan_mlopt.report import commands
from titan_mlopt.report.commands import Shell, repair_command, secret_hint, this_shell
from titan_mlopt.report.terminal import summary_lines
from titan_mlopt.study.dataset import TuningData
from titan_mlopt.study.pruners import first_step
from titan_mlopt.tracking.mirror.messages import Registered
from titan_mlopt.tuning import TuneReport


def split_remarks(
    data: TuningData, chosen: Mapping[str, Any], n_candles: int, *, new: bool
) -> Iterator[str]:
    """Yield what a person should know of hold-out and segments.

    n_candles: of tuning part and hold-out together. new: the study has no trial yet.
    """
    small = new and n_candles < AUTO_CANDLES
    if data.holdout:
        yield sealed_text(data)
        yield f"hold-out: {_visible_text(data.holdout['count'], limits_of(chosen.get('gate')))}"
    elif chosen["holdout"] is None and small:
        yield (
            f"hold-out: none, as {n_candles:,} candles are fewer than {AUTO_CANDLES:,}; what is "
            "found can then be judged on other candles alone (--holdout 20% seals some all the "
            "same)"
        )
    if data.segments:
        yield (
            f"segments: each trial runs afresh on {len(data.segments)}, of about "
            f"{data.segments[0].bars:,} bars, after {data.warm_up:,} unscored ones"
        )
    elif chosen["segments"] is None and small:
        yield (
            f"segments: one, as {n_candles:,} candles are fewer than {AUTO_CANDLES:,}; --segments "
            f"{AUTO_SEGMENTS} scores each trial on several all the same"
        )


def sealed_text(data: TuningData) -> str:
    """Return which candles no trial sees, and how many are left."""
    return (
        f"hold-out: the last {data.holdout['count']:,} candles are sealed, from "
        f"{data.holdout['first']} on; trials see the {len(data.candles):,} before"
    )


def _visible_text(n_bars: int, limits: GateThresholds) -> str:
    """Return what a hold-out can show at best: a prediction on each bar, and one candidate."""
    # Of two configs that have nothing in common exactly one is right on half of the bars.
    error = math.sqrt(0.5 / n_bars)
    level = level_of_look(limits.alpha, 1)
    visible = smallest_visible(error, level, limits.power)
    text = (
        f"large enough, if each bar is predicted, to show a lead of {100 * visible:.1f} points of "
        "accuracy over an unrelated champion, and a smaller one over a similar one"
    )
    least = limits.min_improvement
    if not 0 < least < visible:
        return text
    needed = bars_needed(n_bars, least, error, level, limits.power)
    return f"{text}; a lead of {100 * least:.2g} points takes {needed:,} sealed candles"


def study_remarks(config: TunerConfig, data: TuningData, n_ended: int, total: int) -> Iterator[str]:
    """Yield what a person should know of trials that ended before, pruner and order of trials."""
    if n_ended:
        remaining = max(0, total - n_ended)
        yield f"study {config.study_name} has {n_ended} trials of {total}, " + (
            f"{remaining} more follow"
            if remaining
            else "nothing is left to run; --more N runs more"
        )
    elif config.backtest not in (None, TITANS_BACKTEST) and config.space == Space():
        yield (
            "space: the 21 parameters of Titan, as no --space is named; a backtest that reads "
            "others needs a file of them (docs/spaces.md)"
        )
    if config.pruner_type != "none":
        step = first_step(config, data.most_predictions)
        unit = "scored bars, after a whole segment" if data.segments else "predictions"
        yield f"pruner {config.pruner_type}: no trial is stopped before {step:,} {unit}"
    if config.n_jobs > 1 and not config.deterministic:
        yield (
            f"--n-jobs {config.n_jobs}: trials end in any order, so the same seed need not give "
            "the same study; --deterministic does"
        )


def tune_text(report: TuneReport, *, promotes: bool = False, gate: str | None = None) -> str:
    """Return the summary, where to look at it, and what to do next, unless the gate is next.

    gate: the file of the gate's limits, None for the plain ones.
    """
    lines = ["", *summary_lines(report.study)]
    parts = ", ".join(f"{part} {seconds:.1f} s" for part, seconds in report.seconds.items())
    lines.append(f"time: {report.trials_run} trials run now; {parts}")
    registered = report.registered
    if registered is not None:
        lines.append(registered_text(registered))
    if report.stopped:
        plots = "" if "plots" in report.seconds else "no plots were drawn; "
        nothing = "nothing was registered; " if registered is None else ""
        lines.append(f"stopped: {plots}{nothing}the same command goes on from here")
    elif best_trial(report.study) is None:
        lines.append(
            "no trial completed; those that failed count toward n_trials: mend the cause, then run "
            "more with --more N"
        )
    if report.links and not report.stopped and "plots" not in report.seconds:
        lines.append(
            "stopped after the last trial: no plots were drawn; `titan-mlopt report` draws them"
        )
    if report.mirror_failure is not None:
        again = repair_command(this_shell(), report.db_path, report.study.name)
        lines += ["", f"MLflow has not all of it: {report.mirror_failure}"]
        lines += [*_command("when it answers again", again)]
    if report.links:
        lines += ["", "look at it:", *_link_lines(report.links)]
    if registered is not None and not promotes:
        lines += _next(this_shell(), report, registered, gate)
    return "\n".join(lines)


def _link_lines(links: Mapping[str, str]) -> list[str]:
    """Return a line for each address, and for the command that makes them answer."""
    notes = {"ui": "", "study": "", "trials": "  (the trials)", "charts": "  (their charts)"}
    notes["report"] = "  (all on one page)"
    return [f"  {links[name]}{note}" for name, note in notes.items() if name in links]


def _next(
    shell: Shell, report: TuneReport, registered: Registered, gate: str | None
) -> Iterator[str]:
    """Yield what to do with the version: ask the gate where it can answer, else what can."""
    study, storage = report.study, report.db_path
    least = limits_of(gate).min_predictions
    if commands.can_be_judged(study, least):
        line = commands.promote_command(
            *(shell, storage, study, registered.version, registered.name, gate)
        )
        elsewhere = commands.backtest_is_elsewhere(study)
        yield from _command(f"next{', where the backtest is installed' if elsewhere else ''}", line)
        return
    why = (
        f"its hold-out has {study.holdout['count']:,} candles, too few for the {least:,} "
        "predictions that the gate asks for"
        if study.holdout
        else "the study has no hold-out, so the gate could only say CANNOT TELL"
    )
    yield f"version {registered.version} cannot be judged: {why}"
    judged = commands.judged_study_command(shell, storage, study)
    if judged is not None:
        yield from _command("a new study that can be judged", judged)
    else:
        yield f"a hold-out is of use from about {AUTO_CANDLES:,} candles on, where it is automatic"
    yield from _command("next", commands.of_study(shell, "report", storage, study.name))


def limits_of(gate: str | None) -> GateThresholds:
    """Return the gate's limits: of a file, or the plain ones for None and "none"."""
    return GateThresholds() if gate in (None, NONE) else load_thresholds(gate)


def _command(title: str, line: str) -> Iterator[str]:
    yield f"{title}{secret_hint(line)}:"
    yield f"  {line}"


def _not_due(report: TuneReport) -> str | None:
    """Return why no trial was run, None where some were or a Ctrl-C came first."""
    if report.trials_run or report.stopped:
        return None
    return f"study {report.study.name} has all of its trials"


def tune_document(report: TuneReport) -> dict[str, Any]:
    """Return the same for scripts."""
    registered = report.registered
    return {
        "summary": summarise(report.study),
        "trials_run": report.trials_run,
        "stopped": report.stopped,
        "not_due": _not_due(report),
        "registered": registered and {"name": registered.name, "version": registered.version},
        "mirror_failure": report.mirror_failure,
        "links": report.links,
        "seconds": report.seconds,
    }
