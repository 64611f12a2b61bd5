"""Where the best trials lie, as a table for the terminal."""

from __future__ import annotations

from titan_mlopt.analysis.bounds import BY_HAND, LEAVE, LEVEL, TOO_FEW, Bounds, ParameterBounds
from titan_mlopt.core.parameters import Range
from titan_mlopt.report.terminal import aligned

_HEADS = ("parameter", "searched", "best quarter", "importance", "p", "proposed")
_RIGHT = (3, 4)


def bounds_lines(bounds: Bounds) -> list[str]:
    """Return the table, and how it is to be read."""
    rows = [_row(parameter) for parameter in bounds.parameters]
    left_out = f"; {bounds.left_out} without a value are left out" if bounds.left_out else ""
    return [
        *aligned([_HEADS, *rows], _RIGHT),
        f"best quarter: the middle 80 % of the {bounds.n_best} best of {bounds.n_trials} complete "
        f"trials by {bounds.metric}{left_out}",
        f"p: how often chance alone ties {bounds.metric} to a parameter as closely, corrected for",
        f"{len(bounds.parameters)} parameters; a range is changed when it is {LEVEL:g} or less",
    ]


def _row(parameter: ParameterBounds) -> tuple[str, ...]:
    low, _, high = parameter.best
    return (
        parameter.name,
        range_text(parameter.searched),
        f"{low:.12g} to {high:.12g}",
        f"{parameter.importance:.0%}",
        f"{parameter.p_value:.3f}",
        _proposal_text(parameter),
    )


def _proposal_text(parameter: ParameterBounds) -> str:
    if parameter.proposal != LEAVE:
        low, high, _ = parameter.proposed
        return f"{parameter.proposal} to {low:.12g} to {high:.12g}"
    if parameter.p_value > LEVEL:
        return LEAVE
    if BY_HAND in parameter.reason:
        low, _, high = parameter.best
        return f"{LEAVE}: the best lie from {low:.12g} to {high:.12g}; {BY_HAND}"
    return f"{LEAVE}: {TOO_FEW if TOO_FEW in parameter.reason else 'spread'}"


def range_text(bounds: Range) -> str:
    """Return ``low to high``, and whether it is searched on a logarithmic scale."""
    low, high, kind = bounds
    return f"{low:.12g} to {high:.12g}{', log' if kind == 'log' else ''}"
