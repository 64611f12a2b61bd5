"""Robustness of the best configs, presented: plateau or peak, in sentences and one picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from titan_mlopt.core.findings import PLATEAU, RobustnessEntry, RobustnessResult, read_finding
from titan_mlopt.core.plain import PlainError
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.report.markup import html_page, html_table
from titan_mlopt.report.svg.chart import Panel, round_ticks, text
from titan_mlopt.report.svg.chart import document as svg_document

NAME = "robustness"
_WIDTH, _LABELS, _MARGIN = 720, 250, 24
_TOP, _ROW, _SMALL_ROW, _GAP = 40, 26, 19, 84
_CONFIG_COLOUR, _FLATTEST, _NEIGHBOUR, _LOSS = "#3b6ea5", "#2f855a", "#8a949e", "#b83a3a"
#: Standard errors to either side of a loss: 95 % for a normal one.
_ERRORS = 1.96

Rows = list[tuple[str, ...]]
CONFIG_HEADS = ("trial", "score", "± standard error", "floor", "neighbours' median", "")
LOSS_HEADS = ("parameter", "loss over its width", "± standard error")


def load(attrs: Mapping[str, Any]) -> RobustnessResult | None:
    """Return the result, None when the study's robustness was not examined."""
    row = attrs.get(PLATEAU)
    if row is None:
        return None
    result = read_finding(RobustnessResult, row, PLATEAU)
    if not {result.best, result.flattest} <= {entry.trial for entry in result.entries}:
        raise PlainError("of the best configs", result.best, (PLATEAU, "entries"))
    return result


def rows(study: StudyRecord) -> list[tuple[str, str]]:
    """Return the result in one sentence or two."""
    return [("plateau", robustness_sentence(study.robustness))] if study.robustness else []


def metrics(study: StudyRecord) -> dict[str, float]:
    """Return no metrics."""
    return {}


def files(study: StudyRecord) -> dict[str, str]:
    """Return the page and its picture."""
    result = study.robustness
    if result is None:
        return {}
    return {
        "verdict/plateau.html": robustness_html(study, result),
        "verdict/plateau.svg": robustness_svg(result),
    }


def document(study: StudyRecord) -> dict[str, Any]:
    """Return every number of the result."""
    return {"plateau": asdict(study.robustness) if study.robustness else None}


def robustness_sentence(result: RobustnessResult) -> str:
    """Return the result in one sentence or two."""
    by = {entry.trial: entry for entry in result.entries}
    best, flattest = by[result.best], by[result.flattest]
    metric = {"weighed": "weighed score", "sharpe": "Sharpe ratio"}.get(
        result.metric, result.metric
    )
    best_text = f"{metric} {best.score:.4g}, the lower quartile of its neighbours {best.floor:.4g}"
    if result.best == result.flattest:
        return f"Trial {result.best} is the best on these segments and the flattest: {best_text}."
    return (
        f"Trial {result.flattest} stands on flatter ground than the best here, {result.best}: "
        f"{flattest.score:.4g} with a lower quartile of {flattest.floor:.4g} around it, against "
        f"{best_text}; the difference of their scores is within one standard error."
    )


def config_rows(result: RobustnessResult) -> Rows:
    """Return a row for each config, the best first."""
    return [
        (
            str(entry.trial),
            f"{entry.score:.4g}",
            "-" if entry.standard_error is None else f"{entry.standard_error:.2g}",
            f"{entry.floor:.4g}",
            f"{entry.score - entry.drop:.4g}",
            _remark(result, entry),
        )
        for entry in result.entries
    ]


def _remark(result: RobustnessResult, entry: RobustnessEntry) -> str:
    remarks = ["best"] if entry.trial == result.best else []
    remarks += ["flattest"] if entry.trial == result.flattest else []
    return ", ".join(remarks) or ("as good as the best" if entry.eligible else "")


def loss_rows(result: RobustnessResult) -> Rows:
    """Return a row for each parameter, the most sensitive first."""
    return [
        (
            effect.parameter,
            f"{effect.loss:+.2g}",
            "-" if effect.standard_error is None else f"{effect.standard_error:.2g}",
        )
        for effect in result.parameters
    ]


def robustness_svg(result: RobustnessResult) -> str:
    """Return the picture: each config among its neighbours; below, what each parameter costs."""
    first_height = _ROW * len(result.entries)
    second_top = _TOP + first_height + _GAP
    second_height = _SMALL_ROW * len(result.parameters)
    parts = [
        text(_LABELS, _TOP - 14, "each config (dot) among its neighbours", font_size=12),
        *_configs(result, first_height),
        text(
            _LABELS, second_top - 14, "score lost when jittered by its width (95 %)", font_size=12
        ),
        *_losses(result, second_top, second_height),
    ]
    return svg_document(_WIDTH, second_top + second_height + 30, "Plateau or peak", parts)


def _configs(result: RobustnessResult, height: int) -> list[str]:
    entries = result.entries
    values = [v for entry in entries for v in (entry.score, *entry.neighbours)]
    panel = _panel(_TOP, height, values, len(entries))
    names = [f"trial {entry.trial} {_remark(result, entry)}".rstrip() for entry in entries]
    rows = [(float(len(entries) - 1 - i), entry) for i, entry in enumerate(entries)]
    labels = [(y, name) for (y, _), name in zip(rows, names, strict=True)]
    parts = [panel.grid(round_ticks(*panel.x), labels)]
    for y, entry in rows:
        colour = _FLATTEST if entry.trial == result.flattest else _CONFIG_COLOUR
        around = [(value, y, 2.5) for value in entry.neighbours]
        parts += [
            panel.dots(around, fill=_NEIGHBOUR, fill_opacity=0.7),
            panel.uprights([(entry.floor, y - 0.3, y + 0.3)], stroke=colour, stroke_width=2),
            panel.dots([(entry.score, y, 5)], fill=colour),
        ]
    return parts


def _losses(result: RobustnessResult, top: int, height: int) -> list[str]:
    losses = result.parameters
    margins = [_ERRORS * (effect.standard_error or 0.0) for effect in losses]
    ends = [
        (effect.loss - margin, effect.loss + margin)
        for effect, margin in zip(losses, margins, strict=True)
    ]
    panel = _panel(top, height, [0.0, *(value for pair in ends for value in pair)], len(losses))
    labels = [(float(len(losses) - 1 - i), loss.parameter) for i, loss in enumerate(losses)]
    parts = [
        panel.grid(round_ticks(*panel.x), labels),
        panel.uprights([(0.0, *panel.y)], stroke=_NEIGHBOUR),
    ]
    for (y, _), effect, (low, high) in zip(labels, losses, ends, strict=True):
        colour = _LOSS if low > 0 and effect.standard_error is not None else _CONFIG_COLOUR
        parts += [
            panel.line([(low, y), (high, y)], stroke=colour, stroke_width=2),
            panel.dots([(effect.loss, y, 3.5)], fill=colour),
        ]
    return parts


def _panel(top: int, height: int, values: Sequence[float], n_rows: int) -> Panel:
    low, high = min(values), max(values)
    room = 0.05 * (high - low) or max(1e-6, abs(high) * 1e-3)
    wide = _WIDTH - _LABELS - _MARGIN
    return Panel(_LABELS, top, wide, height, (low - room, high + room), (-0.6, n_rows - 0.4))


def robustness_html(study: StudyRecord, result: RobustnessResult) -> str:
    """Return the same as one HTML page that needs nothing else."""
    how = (
        f"{len(result.entries)} configs, {len(result.entries[0].neighbours)} neighbours each, "
        f"every parameter moved within ±{result.width:.0%} of its range, scored on "
        f"{result.segments} segment{'s' if result.segments != 1 else ''} of the candles that the "
        "study was tuned on. The flattest is the one with the highest lower quartile of its "
        "neighbours among those within one standard error of the best."
    )
    parts = [
        robustness_svg(result),
        html_table(config_rows(result), CONFIG_HEADS),
        html_table(loss_rows(result), LOSS_HEADS),
    ]
    return html_page(f"Plateau of {study.name}", robustness_sentence(result), parts, how)
