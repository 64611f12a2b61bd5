"""The tornado plot of a sensitivity study: what each parameter does at either end."""

from __future__ import annotations

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from titan_mlopt.evaluation.sensitivity import analysis
from titan_mlopt.report.plotly_page import plotly_page

_TITLES = {"accuracy": "accuracy", "ece": "ECE", "sharpe": "Sharpe ratio"}
_COLOURS = {analysis.LOW: "#c2553b", analysis.HIGH: "#2b6cb0"}
_ROW_PX, _FRAME_PX = 26, 190


def draw_tornado(result: analysis.Sensitivity) -> go.Figure:
    """Return bars of the differences to the base, one panel a metric, largest effect on top.

    The grey band is what noise explains; ends that were not measured have no bar.
    """
    figure = make_subplots(
        rows=1,
        cols=len(analysis.METRICS),
        shared_yaxes=True,
        horizontal_spacing=0.03,
        subplot_titles=[f"Δ {_TITLES[name]}" for name in analysis.METRICS],
    )
    effects = result.effects[::-1]  # plotly draws from the bottom
    labels = [_label(effect) for effect in effects]
    for column, metric in enumerate(analysis.METRICS, 1):
        for end in (analysis.LOW, analysis.HIGH):
            figure.add_trace(_bars(effects, labels, end, metric, first=column == 1), 1, column)
        if band := analysis.SIGMAS * (result.noise[metric] or 0.0):
            figure.add_vrect(
                x0=-band, x1=band, fillcolor="gray", opacity=0.2, line_width=0, row=1, col=column
            )
    figure.update_layout(
        title="Each parameter alone, from its value in the config to both ends of its range",
        template="plotly_white",
        barmode="overlay",
        height=_FRAME_PX + _ROW_PX * len(effects),
        legend={"orientation": "h", "y": -0.06},
    )
    figure.update_xaxes(zeroline=True, zerolinecolor="#1f2933")
    figure.update_yaxes(automargin=True)
    return figure


def _label(effect: analysis.Effect) -> str:
    mark = {analysis.DEAD: " · dead", analysis.UNKNOWN: " · unknown"}.get(effect.verdict, "")
    return f"{effect.parameter}{mark}"


def _bars(
    effects: tuple[analysis.Effect, ...], labels: list[str], end: str, metric: str, *, first: bool
) -> go.Bar:
    ends = [dict(effect.ends)[end] for effect in effects]
    moves = [f"{effect.current} → {at.value}" for effect, at in zip(effects, ends, strict=True)]
    return go.Bar(
        x=[at.differences.get(metric) for at in ends],
        y=labels,
        customdata=moves,
        orientation="h",
        name=f"at the {end} end",
        legendgroup=end,
        showlegend=first,
        marker_color=_COLOURS[end],
        opacity=0.75,
        hovertemplate="%{y}<br>%{customdata}: %{x:+.4g}<extra></extra>",
    )


def tornado_html(result: analysis.Sensitivity) -> str:
    """Return the plot as a page that needs no network; the same result gives the same bytes."""
    return plotly_page(draw_tornado(result), "tornado")
