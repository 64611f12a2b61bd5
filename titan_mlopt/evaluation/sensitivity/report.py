"""A sensitivity study, presented: lines for the terminal, Markdown for MLflow, CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping

from titan_mlopt.analysis.statistics.intervals import wilson_interval
from titan_mlopt.core.trial import Metrics
from titan_mlopt.evaluation.sensitivity.analysis import (
    DEAD,
    METRICS,
    MOVES,
    UNKNOWN,
    Effect,
    End,
    Sensitivity,
)
from titan_mlopt.report.terminal import aligned

#: The metrics in print, and the digits after their point.
_HEADS = {"accuracy": ("accuracy", 4), "ece": ("ECE", 4), "sharpe": ("Sharpe", 2)}
_NONE = "-"
_LEGEND = "Differences to the base at the low / high end of each range:"
# Runs of each end with which chance seldom makes a dead parameter move.
_GOOD_REPEAT = 3
_HONEST = (
    "One parameter at a time: what two of them do together is not seen, and one that is dead here "
    "may act on other candles or around another config.",
    "The differences are in-sample: they show what acts, not which value is better.",
)


def text_lines(result: Sensitivity) -> list[str]:
    """Return the study for the terminal: base, aligned table, verdicts."""
    table = aligned([_heads(), *(_cells(effect) for effect in result.effects)])
    return [*_base_lines(result), "", _LEGEND, *table, "", *_sentences(result)]


def markdown(result: Sensitivity, candles: Mapping[str, object]) -> str:
    """Return the Markdown description of the study."""
    lines = [_heads(), ("---",) * len(_heads()), *(_cells(effect) for effect in result.effects)]
    table = "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)
    on = (
        f"{len(result.effects)} parameters, each varied alone to both ends of its range on "
        f"{candles.get('count', 0):,} candles of {_cell(candles.get('name', _NONE))}."
    )
    base = "\n".join(f"- {_cell(line)}" for line in _base_lines(result))
    sentences = "\n\n".join(_cell(sentence) for sentence in _sentences(result))
    return f"# Sensitivity\n\n{on}\n\n{base}\n\n{_LEGEND}\n\n{table}\n\n{sentences}\n"


def verdict_sentence(result: Sensitivity) -> str:
    """Return how many parameters are dead, how many move, and how many are unknown."""
    count, dead, unknown = len(result.effects), *map(len, map(result.names, (DEAD, UNKNOWN)))
    if count == 1:
        return f"the one parameter {'is dead' if dead else 'is not dead'} on these candles"
    verb = "are" if dead > 1 else "is"
    uncertain = f"; {unknown} {'is' if unknown == 1 else 'are'} unknown" if unknown else ""
    return f"{dead or 'none'} of {count} parameters {verb} dead on these candles{uncertain}"


def csv_text(result: Sensitivity) -> str:
    """Return a row for each parameter, the largest effect on accuracy first."""
    file = io.StringIO()
    fields = [f"{part}{m}_{end}" for m in METRICS for part in ("", "d_") for end in ("low", "high")]
    heads = ["parameter", "current", "low", "high", *fields, "verdict", "moved", "reason"]
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(heads)
    for effect in result.effects:
        ends = (effect.low, effect.high)
        numbers = [
            values.get(m)
            for m in METRICS
            for values in (*(e.metrics for e in ends), *(e.differences for e in ends))
        ]
        last = [effect.verdict, " ".join(effect.moved), _reasons(effect)]
        name = [effect.parameter, effect.current, *(end.value for end in ends)]
        writer.writerow([*name, *numbers, *last])
    return file.getvalue()


def config_text(result: Sensitivity) -> str:
    """Return the base config as ``pull`` writes configs."""
    return json.dumps(result.config, indent=2, allow_nan=False) + "\n"


def parent_metrics(result: Sensitivity) -> dict[str, float]:
    """Return the counts, and the base's metrics with their noise, as far as they have values."""
    counts = {f"n_{verdict}": len(result.names(verdict)) for verdict in (MOVES, DEAD, UNKNOWN)}
    metrics = {"n_parameters": float(len(result.effects)), "base_runs": float(result.base_runs)}
    metrics |= {name: float(count) for name, count in counts.items()}
    for prefix, values in (("base_", result.base), ("noise_", result.noise)):
        metrics |= {prefix + name: v for name, v in values.items() if v is not None}
    return metrics


def _base_lines(result: Sensitivity) -> list[str]:
    accuracy, n = result.base.get("accuracy"), result.base.get("n_predictions")
    doubt = ""
    if accuracy is not None and n is not None:
        low, high = wilson_interval(min(accuracy * n, n), n)
        doubt = f" (n={n:,.0f}, 95 % {low:.3f} to {high:.3f})"
    base = ", ".join(
        f"{_HEADS[name][0]} {_number(result.base[name], name)}{doubt if name == 'accuracy' else ''}"
        for name in METRICS
    )
    runs = f"{result.base_runs} {'run' if result.base_runs == 1 else 'runs'}"
    return [f"base   {base}; {runs}", f"noise  {_noise_text(result.noise, result.noisy)}"]


def _noise_text(noise: Metrics, noisy: bool) -> str:
    if None in noise.values():
        return "unknown: it takes two runs of the config itself with every metric"
    if not noisy:
        return "none: the runs of the config itself are equal, so any difference counts"
    sds = ", ".join(f"{_HEADS[name][0]} {_number(noise[name], name)}" for name in METRICS)
    return f"{sds} (standard deviations of one run); a parameter that moves no more than 3 is dead"


def _sentences(result: Sensitivity) -> list[str]:
    lines = [f"{verdict_sentence(result)}."]
    for effect in result.effects:
        for name, end in effect.ends:
            if end.message:
                where = f"{effect.parameter} = {end.value} ({name})"
                lines.append(f"{where}: {end.reason}: {' '.join(end.message.split())}")
    if result.base.get("n_predictions") == 0:
        lines.append("The config itself makes no prediction: there is little that could move.")
    if result.noisy and result.repeat < _GOOD_REPEAT:
        lines.append(
            "Runs of the same config differ, so a dead parameter may seem to move by chance: "
            f"--repeat {_GOOD_REPEAT} makes that rare."
        )
    return [*lines, *_HONEST]


def _heads() -> tuple[str, ...]:
    deltas = (f"Δ{head}" for head, _ in _HEADS.values())
    return ("parameter", "now", "low → high", *deltas, "verdict")


def _cells(effect: Effect) -> tuple[str, ...]:
    deltas = (
        " / ".join(_difference(end, name) for end in (effect.low, effect.high)) for name in METRICS
    )
    span = f"{_value(effect.low.value)} → {_value(effect.high.value)}"
    return (effect.parameter, _value(effect.current), span, *deltas, _verdict(effect))


def _verdict(effect: Effect) -> str:
    if effect.verdict == UNKNOWN:
        return f"unknown: {_reasons(effect) or 'noise'}"
    if effect.verdict == MOVES and not set(METRICS) & set(effect.moved):
        return "moves (number of predictions only)"
    return effect.verdict


def _reasons(effect: Effect) -> str:
    return ", ".join(f"{end.reason} at {name}" for name, end in effect.ends if end.reason)


def _value(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _number(value: float | None, name: str) -> str:
    return _NONE if value is None else f"{value:.{_HEADS[name][1]}f}"


def _difference(end: End, name: str) -> str:
    """Return a difference with its sign; exactly none is 0, a tiny one shows its size."""
    value, digits = end.differences.get(name), _HEADS[name][1]
    if value is None:
        return _NONE
    if value == 0:
        return "0"
    return f"{value:+.0e}" if abs(value) < 0.5 * 10**-digits else f"{value:+.{digits}f}"


def _cell(text: object) -> str:
    """Return the text fit for a Markdown table cell: one line, no pipe, no tag."""
    flat = " ".join(str(text).split())
    return flat.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
