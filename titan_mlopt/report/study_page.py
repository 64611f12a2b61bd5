"""The study's page in Markdown, every number with its uncertainty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from titan_mlopt.analysis.best_config import Tuned, fixed_of, tuned_params
from titan_mlopt.analysis.ranking import best_trial, is_multi, ranked_trials, weighted_front
from titan_mlopt.analysis.significance import StudyStatistics, study_statistics
from titan_mlopt.analysis.summary import metric_of, param_names, trial_seconds
from titan_mlopt.core.study import Baseline, StudyRecord
from titan_mlopt.core.trial import FAIL, TrialRecord
from titan_mlopt.report import format as fmt
from titan_mlopt.report.findings.gate import verdict_text
from titan_mlopt.report.markup import block, code, flat, link, prose, table
from titan_mlopt.report.quality import quality_rows

#: Characters that MLflow keeps of a tag, which is where a run's description stands.
NOTE_LIMIT = 8000


@dataclass(frozen=True, slots=True)
class Sizes:
    """Most rows of the tables that may be long."""

    top: int
    front: int
    params: int


# The first that fits within the limit is taken.
_SIZES = (Sizes(10, 20, 40), Sizes(10, 8, 40), Sizes(10, 3, 30), Sizes(5, 3, 12))
_SHARPE = "Sharpe"
_HEADS = ("trial", "objective", "accuracy", "ECE", _SHARPE, "coverage", "seconds")
# Characters of what a baseline failed of.
_DETAIL_CHARS = 100
_FRONT_HEADS = ("trial", "weighted", "objectives", "accuracy", "ECE", _SHARPE)

Rows = list[tuple[str, ...]]


def markdown_note(
    study: StudyRecord,
    commands: Mapping[str, str],
    *,
    trial_links: Mapping[int, str] = {},
    verdict: str | None = None,
    stopped: str | None = None,
    statistics: StudyStatistics | None = None,
) -> str:
    """Return the Markdown description of the study, at most ``NOTE_LIMIT`` characters.

    What was tuned and on what, the verdict (without one: that the numbers are in-sample, and what
    luck alone would give), best config, top 10, counts, commands; with two objectives the Pareto
    front as well. Tables get shorter where the text would be too long; sections that need a
    COMPLETE trial are left out without one.

    Args:
        study: The study.
        commands: Shell commands by their titles; the section is left out when empty.
        trial_links: Addresses of trials, by number; they may be relative.
        verdict: One sentence; by default the gate's last verdict.
        stopped: One sentence on why the study stopped early, which stands at the top.
        statistics: As ``study_statistics`` returns them, for a caller that has them.
    """
    verdict, statistics = verdict or verdict_text(study), statistics or study_statistics(study)
    for sizes in _SIZES:
        sections = study_sections(study, commands, trial_links, verdict, stopped, statistics, sizes)
        note = "\n\n".join(filter(None, sections.values())) + "\n"
        if len(note) <= NOTE_LIMIT:
            return note
    cut = "\n\n… the rest is in results.json and leaderboard.csv.\n"
    return note[: NOTE_LIMIT - len(cut)].rpartition("\n\n")[0] + cut


def study_sections(
    study: StudyRecord,
    commands: Mapping[str, str],
    links: Mapping[int, str],
    verdict: str | None,
    stopped: str | None,
    statistics: StudyStatistics | None,
    sizes: Sizes,
) -> dict[str, str]:
    """Return the sections of ``markdown_note`` by name, in its order; empty ones are ""."""
    best = best_trial(study)
    luck = "" if best is None else f"**No verdict.** {fmt.luck_text(study)}"
    states = [(state, n, prose(why)) for state, n, why in fmt.state_rows(study)]
    remarks = [row for row in (fmt.violations_text(study), fmt.noise_text(study)) if row]
    sections = {
        "title": f"# {prose(study.name)}",
        "stopped": f"> **{prose(stopped)}**" if stopped else "",
        "lead": _lead(study, best, links),
        "verdict": f"**Verdict:** {prose(verdict)}" if verdict else luck,
        "facts": _facts(study),
        "best": "## Best config\n\nNone yet: no trial has completed.",
        "worth": "",
        "baselines": _baselines_section(study, best) if study.baselines else "",
        "top": "",
        "front": "",
        "states": "## States\n\n" + table(("state", "trials", "reasons"), states),
        "remarks": "\n\n".join(f"{name[:1].upper()}{name[1:]}: {text}." for name, text in remarks),
        "commands": _commands_section(commands) if commands else "",
    }
    if best is not None:
        sections["best"] = _best_section(study, best, links, sizes.params)
        sections["worth"] = _worth_section(study, statistics)
        sections["top"] = _top_section(study, links, sizes.top)
        sections["front"] = _front_section(study, links, sizes.front) if is_multi(study) else ""
    return sections


def _worth_section(study: StudyRecord, statistics: StudyStatistics | None) -> str:
    rows = quality_rows(study, statistics)
    cells = [(name, prose(text)) for name, text in rows]
    return "## What it is worth\n\n" + table(("in-sample", ""), cells)


def _lead(study: StudyRecord, best: TrialRecord | None, links: Mapping[int, str]) -> str:
    """Return the answer in two sentences: MLflow's page folds what comes after a few lines."""
    text = f"{fmt.trials_text(fmt.counted(study))} for {code(study.objective)} on "
    text += f"{prose(fmt.candles_text(study.candles))}. "
    if best is None:
        return text + "No trial has completed."
    return text + f"Best: {_named(best, links, 'trial ')}, accuracy {fmt.accuracy_text(best)}."


def _facts(study: StudyRecord) -> str:
    """Return what was tuned, how, and on which data."""
    backtest, settings = study.backtest, study.settings
    names, fixed = param_names(study.trials), fixed_of(study)
    fixed_text = ", ".join(f"{code(name)} = {prose(value)}" for name, value in fixed.items())
    version = f", version {prose(backtest['version'])}" if backtest.get("version") else ""
    rows: Rows = [
        ("objective", code(study.objective)),
        ("parameters", f"{len(names)} tuned" + (f", fixed: {fixed_text}" if fixed_text else "")),
        (
            "backtest",
            (code(backtest["path"]) if "path" in backtest else fmt.format_value(None)) + version,
        ),
        (
            "pruner",
            code(settings["pruner_type"]) if "pruner_type" in settings else fmt.format_value(None),
        ),
        ("seed", prose(fmt.format_value(settings.get("seed")))),
        ("trials", f"{fmt.counted(study):,}"),
        ("candles", prose(fmt.candles_text(study.candles))),
        ("SHA-256 of the candles", code(study.candles.get("sha256", "unknown"))),
    ]
    optional_rows = (
        ("hold-out", fmt.holdout_text(study)),
        ("scored on", fmt.segments_text(study)),
        ("unchanged closes", fmt.rule_text(study)),
    )
    rows += [(name, prose(text)) for name, text in optional_rows if text is not None]
    return table(("tuned", ""), rows)


def _best_section(
    study: StudyRecord, best: TrialRecord, links: Mapping[int, str], most: int
) -> str:
    """Return the best trial's worth, and each tuned parameter's default beside its best value."""
    worth = f"{_named(best, links, 'Trial ')}: {fmt.objective_text(study, best)}; accuracy "
    worth += f"{fmt.accuracy_text(best)}, ECE {fmt.ece_text(best)}, Sharpe {fmt.sharpe_text(best)} "
    worth += f"{fmt.sharpe_costs(study)}."
    luck = (
        "The interval holds for one trial looked at alone. The best of many is chosen for being "
        "high, so expect less of it on new candles."
    )
    tuned = tuned_params(study, best)
    ends = sum(1 for param in tuned if param.end)
    parts = ["## Best config", worth, luck]
    if ends:
        ranges = "its range" if ends == 1 else "their ranges"
        clause = "parameter stands" if ends == 1 else "parameters stand"
        parts.append(f"{ends} {clause} at an end of {ranges}: what is better may lie beyond.")
    rows = [_param_row(param) for param in tuned[:most]]
    parts.append(table(("parameter", "default → best", "range", "remark"), rows))
    return "\n\n".join([*parts, *_remainder(len(tuned) - most, "results.json")])


def _baselines_section(study: StudyRecord, best: TrialRecord | None) -> str:
    """Return what had to be beaten on the same bars, below the best trial."""
    rows = [] if best is None else [(f"**trial {best.number}**", *_scores(best))]
    for baseline in study.baselines:
        if baseline.state == FAIL:
            cut = baseline.detail[:_DETAIL_CHARS]
            rows.append((fmt.baseline_text(baseline), f"failed: {prose(cut)}", "", "", ""))
        else:
            rows.append((prose(fmt.baseline_text(baseline)), *_scores(baseline)))
    text = (
        "On the bars that the trials are scored on; the rules know no more than what came before."
    )
    heads = ("baseline", "objective", "accuracy", "ECE", _SHARPE)
    return "\n\n".join(["## Baselines", text, table(_with_costs(heads, study), rows)])


def _with_costs(heads: tuple[str, ...], study: StudyRecord) -> tuple[str, ...]:
    sharpe = f"{_SHARPE}, {fmt.sharpe_costs(study)}"
    return tuple(sharpe if head == _SHARPE else head for head in heads)


def _scores(scored: TrialRecord | Baseline) -> tuple[str, str, str, str]:
    return (
        fmt.values_text(scored),
        fmt.accuracy_text(scored),
        fmt.ece_text(scored),
        fmt.sharpe_text(scored),
    )


def _param_row(param: Tuned) -> tuple[str, ...]:
    value = prose(fmt.format_value(param.value))
    return (
        code(param.name),
        f"{prose(fmt.format_value(param.default))} → {f'**{value}**' if param.changed else value}",
        f"{param.bounds[0]:g} to {param.bounds[1]:g}" if param.bounds else "",
        f"**at the {param.end} end**" if param.end else "" if param.changed else "unchanged",
    )


def _top_section(study: StudyRecord, links: Mapping[int, str], top: int) -> str:
    rows = [
        (
            _named(trial, links),
            *_scores(trial),
            fmt.format_value(metric_of(trial, "coverage"), ".2f"),
            fmt.format_value(trial_seconds(trial), ".1f"),
        )
        for trial in ranked_trials(study)[:top]
    ]
    return f"## Top {len(rows)}\n\n" + table(_with_costs(_HEADS, study), rows)


def _front_section(study: StudyRecord, links: Mapping[int, str], most: int) -> str:
    """Return the Pareto front as a table, the heaviest trial first."""
    front = weighted_front(study)
    rows = [
        (_named(trial, links), f"{weighted:.2f}", *_scores(trial))
        for trial, weighted in front[:most]
    ]
    parts = [
        "## Pareto front",
        f"{fmt.trials_text(len(front))} that no other one dominates, by "
        f"{fmt.weights_text(study)}. The best config above is the most accurate of them.",
        table(_with_costs(_FRONT_HEADS, study), rows),
    ]
    return "\n\n".join([*parts, *_remainder(len(front) - most, "the leaderboard")])


def _commands_section(commands: Mapping[str, str]) -> str:
    text = "\n\n".join(f"# {flat(title)}\n{command}" for title, command in commands.items())
    return f"## Commands\n\n{block(text, 'sh')}"


def _named(trial: TrialRecord, links: Mapping[int, str], prefix: str = "") -> str:
    """Return the trial's number, as a link where it has one."""
    name = f"{prefix}{trial.number}"
    return link(name, links[trial.number]) if trial.number in links else name


def _remainder(count: int, where: str) -> list[str]:
    return [f"… and {count} more, in {where}."] if count > 0 else []
