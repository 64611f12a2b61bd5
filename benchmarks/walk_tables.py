"""The rows of benchmarks/walk.py, and the tables that they make."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from markets import mean_and_error, shown

from titan_mlopt.evaluation.walk.records import ALWAYS, ALWAYS_UP, DEFAULT, GATED, NEVER, POLICIES

#: Days that are traded, a step each.
TRADED = 14
#: One way, in basis points.
COST_BPS = 1.0
#: What a row says of the return.
EARNED = ("gross", "net")
_POINTS = 100.0


@dataclass(frozen=True)
class Row:
    """One policy, or what it is compared with, on the traded days of a stretch.

    Attributes:
        stretch: Name of the stretch.
        days: Of the window.
        trials: Of a re-tuning.
        seed: Of the walk.
        name: Of the policy.
        accuracy: Over all predictions of the traded bars.
        gross: Return of the traded bars before costs.
        net: The same after ``COST_BPS``.
        changes: How often another config came into force after the first step.
        in_sample: Mean over the steps of the accuracy where the config in force was tuned; None
            where nothing was.
    """

    stretch: str
    days: int
    trials: int
    seed: int
    name: str
    accuracy: float
    gross: float
    net: float
    changes: int
    in_sample: float | None


def over_stretches(
    rows: Sequence[Row], windows: Sequence[int], name: str, value: Callable[[Row], float | None]
) -> list[float]:
    """Return a value of a policy for each stretch, the mean of its walks; None is left out."""
    by_stretch: dict[str, list[float]] = {}
    for row in rows:
        if row.days in windows and row.name == name and (number := value(row)) is not None:
            by_stretch.setdefault(row.stretch, []).append(number)
    return [fmean(by_stretch[stretch]) for stretch in sorted(by_stretch)]


def tables(rows: Sequence[Row]) -> list[str]:
    """Return the policies side by side, and the differences between them, as Markdown."""
    windows = sorted({row.days for row in rows})
    n_stretches, n_seeds = len({row.stretch for row in rows}), len({row.seed for row in rows})
    lines = [
        f"{n_stretches} stretches, {TRADED} steps of one day, {rows[0].trials} trials a re-tuning, "
        f"{n_seeds} {'seed' if n_seeds == 1 else 'seeds'}; ± is the standard error over the "
        "stretches, each the mean of its walks. Accuracy is in points (of .01) above a coin, "
        "in-sample where the configs were tuned and later on the traded bars; efficiency is the "
        "mean of one over the mean of the other, its ± by the jackknife.",
        "",
        "| window | policy | in-sample | later | efficiency | return, % | "
        f"after {COST_BPS:g} bp, % | configs changed |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for days in windows:
        lines += [policy_row(rows, [days], name) for name in POLICIES]
    lines += [policy_row(rows, windows, name) for name in (DEFAULT, ALWAYS_UP)]
    lines += ["", "| window | difference | accuracy | stretches above 0 | after costs, % |"]
    lines += ["|---|---|--:|--:|--:|"]
    pairs = ((GATED, NEVER), (ALWAYS, NEVER), (GATED, ALWAYS), (GATED, DEFAULT))
    chosen = [*([days] for days in windows), windows]
    lines += [difference_row(rows, some, *pair) for some in chosen for pair in pairs]
    lines += ["", f"| stretch, all windows | {' | '.join(POLICIES)} | gated − never |"]
    lines += ["|---|--:|--:|--:|--:|"]
    names = sorted({row.stretch for row in rows})
    return lines + [stretch_row([row for row in rows if row.stretch == name]) for name in names]


def window_text(windows: Sequence[int]) -> str:
    """Return what a row is about."""
    return f"{windows[0]} days" if len(windows) == 1 else "all"


def policy_row(rows: Sequence[Row], windows: Sequence[int], name: str) -> str:
    """Return a row of the first table."""

    def values(value: Callable[[Row], float | None]) -> list[float]:
        return over_stretches(rows, windows, name, value)

    later = values(lambda row: _POINTS * (row.accuracy - 0.5))
    returns = [shown(values(lambda row, of=of: _POINTS * getattr(row, of))) for of in EARNED]
    cells = ["-", shown(later), "-", *returns, "-"]
    if name in POLICIES:
        in_sample = values(lambda row: row.in_sample and _POINTS * (row.in_sample - 0.5))
        changes, error = mean_and_error(values(lambda row: row.changes))
        cells[0], cells[2] = shown(in_sample), efficiency(later, in_sample)
        cells[-1] = f"{changes:.1f} ± {error:.1f}"
    return f"| {' | '.join([window_text(windows), name.replace('_', '-'), *cells])} |"


def efficiency(later: Sequence[float], in_sample: Sequence[float]) -> str:
    """Return the walk-forward efficiency over stretches, with its jackknife standard error.

    Args:
        later: Accuracy above a coin on the traded bars, one number a stretch.
        in_sample: The same where the configs were tuned.

    Returns:
        The ratio of the means, and its error; ``-`` where nothing was gained in-sample.
    """
    n, total = len(later), sum(in_sample)
    if n < 2 or min(total - one for one in in_sample) <= 0:
        return "-"
    pairs = zip(later, in_sample, strict=True)
    without = [(sum(later) - ours) / (total - theirs) for ours, theirs in pairs]
    error = (n - 1) / n**0.5 * stdev(without)
    return f"{sum(later) / total:+.2f} ± {error:.2f}"


def difference_row(rows: Sequence[Row], windows: Sequence[int], name: str, other: str) -> str:
    """Return a row of the second table: one policy less another."""

    def apart(value: Callable[[Row], float]) -> list[float]:
        sides = (over_stretches(rows, windows, policy, value) for policy in (name, other))
        return [ours - theirs for ours, theirs in zip(*sides, strict=True)]

    points = apart(lambda row: _POINTS * row.accuracy)
    above = f"{sum(point > 0 for point in points)} of {len(points)}"
    net = shown(apart(lambda row: _POINTS * row.net))
    return f"| {window_text(windows)} | {name} − {other} | {shown(points)} | {above} | {net} |"


def stretch_row(rows: Sequence[Row]) -> str:
    """Return a row of the third table: the accuracies of a stretch, in points above a coin."""
    accuracies = {
        name: fmean(_POINTS * (row.accuracy - 0.5) for row in rows if row.name == name)
        for name in POLICIES
    }
    points = [*accuracies.values(), accuracies[GATED] - accuracies[NEVER]]
    return f"| {rows[0].stretch} | {' | '.join(f'{point:+.2f}' for point in points)} |"
