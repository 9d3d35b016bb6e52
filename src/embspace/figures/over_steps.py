"""What an analysis says of the steps of a training, as curves over the steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from embspace.errors import SettingsError
from embspace.figures import theme
from embspace.figures.checkpoint_names import step_of
from embspace.figures.escaping import escaped
from embspace.figures.isotropy import TITLES
from embspace.figures.line_ends import MOST, LineEnd, name_ends
from embspace.figures.notes import note
from embspace.figures.panels import axes_of, panels, place, step_axes
from embspace.figures.rows import check_rows, of_layer

_METRICS = {"l2": "L2 distance", "cosine": "cosine distance"}
_MEASURES = {
    "nearer": "share of words nearer to their own (chance: 0.5)",
    "silhouette": "mean silhouette (cosine)",
    "purity": "purity of neighbors",
    "variance": "share of variance",
}


@dataclass(frozen=True, slots=True)
class _Lines:
    """What is drawn of a result: rows with `line` and `number`, what the axis says, and a name and color of each."""

    rows: pd.DataFrame
    title: str
    named: Callable[[str], str]
    colors: dict[str, str]


def step_curves(
    result: pd.DataFrame,
    layer: int | None = None,
    *,
    to: str | None = None,
    measure: str | None = None,
    dark: bool = False,
) -> go.Figure:
    """A line over the steps of a training for each language, metric or factor; a panel per run.

    Of `similarity` a line per language, its mean cosine with another one; of `isotropy` a line per language; of
    `relatedness` the AUC over all pairs of languages, a line per metric; of `grouping` a line per factor.

    Args:
        result: of one of these, of spaces of steps, whose names say so (`job:4f2@50`).
        layer: one of the result's (negative ones count from the output); None: the highest it has.
        to: of `similarity` the language that others are compared with; None: English, else the first.
        measure: of `isotropy` and `grouping`; None: the first that it has, of `grouping` "nearer".
        dark: for a dark page.

    Raises:
        SettingsError: the result is of no steps, or of none of these analyses, or has no such layer, language or
            measure, or no rows.
    """
    check_rows(result)
    settings = result.attrs.get("settings", {})
    names = map(str, dict.fromkeys(result["checkpoint"] if "checkpoint" in result.columns else ()))
    told = {name: step_of(name) for name in names}
    known = {name: found for name, found in told.items() if found is not None}
    if not known:
        raise SettingsError(
            "step_curves draws results of several steps of a run, whose checkpoints are called job:ID@STEP; none of "
            "these is."
        )
    n_layers = settings.get("n_layers") or next((one["n_layers"] for one in settings.get("spaces", ())), None)
    own, name = of_layer(result.loc[result["checkpoint"].isin(list(known))], layer, n_layers)
    lines = _lines(own, str(settings.get("analysis", "")), to, measure, dark)
    rows = lines.rows.assign(
        run=[known[str(one)][0] for one in lines.rows["checkpoint"]],
        step=[known[str(one)][1] for one in lines.rows["checkpoint"]],
    )
    runs = list(dict.fromkeys(rows["run"]))
    figure = panels(runs, dark, columns=2, shared_yaxes=True)
    span = _span(rows["number"].to_numpy(dtype=float))
    for number, run in enumerate(runs):
        at, ends = place(figure, number), list[LineEnd]()
        for order, (line, color) in enumerate(lines.colors.items()):
            part = rows.loc[(rows["run"] == run) & (rows["line"] == line)].sort_values(by="step")
            trace = _line(part, lines.named(line), color, order, lines.title)
            figure.add_trace(trace.update(showlegend=number == 0, legendgroup=line), row=at[0], col=at[1])
            if len(part) and np.isfinite(part["number"].iloc[-1]):
                end = float(part["step"].iloc[-1]), float(part["number"].iloc[-1])
                ends.append(LineEnd(lines.named(line), *end, color))
        if len(runs) == 1 and len(lines.colors) <= MOST:
            figure.update_layout(showlegend=False)
            name_ends(figure, ends, span, axes_of(number))
    colors = theme.look(dark)
    step_axes(figure, rows["step"].to_numpy(dtype=float))
    figure.update_yaxes(range=span, nticks=6, showgrid=True, gridcolor=colors.line)
    figure.update_yaxes(title={"text": lines.title}, ticks="outside", ticklen=4, col=1)
    figure.update_layout(uirevision="step curves", legend={"itemsizing": "trace"})
    if len(runs) == 1:
        figure.update_layout(title={"text": name, "font": {"size": 14, "color": colors.muted}})
    return note(figure, result)


def _lines(rows: pd.DataFrame, analysis: str, to: str | None, measure: str | None, dark: bool) -> _Lines:
    if analysis == "similarity":
        return _similarity(rows, to, dark)
    if analysis == "isotropy":
        own, measure = _of_measure(rows, measure, "mean_cosine")
        codes = theme.by_family(own["language"])
        colors = {code: theme.language_color(code, dark) for code in codes}
        own = own.assign(line=own["language"], number=own["value"])
        return _Lines(own, TITLES.get(measure, measure), theme.language_name, colors)
    if analysis == "relatedness":
        own = rows.loc[(rows["language_a"] == "all") & (rows["language_b"] == "all")]
        own = own.assign(line=own["metric"], number=own["auc"])
        colors = dict(zip(dict.fromkeys(own["line"]), theme.two_colors(dark), strict=False))
        return _Lines(own, "AUC (0.5: translations are not nearer)", lambda one: _METRICS.get(one, one), colors)
    if analysis == "grouping":
        own, measure = _of_measure(rows, measure, "nearer")
        factors = [one for one in dict.fromkeys(own["factor"]) if one not in ("interaction", "rest")]
        own = own.loc[own["factor"].isin(factors)]
        own = own.assign(line=own["factor"], number=own["value"])
        return _Lines(own, _MEASURES.get(measure, measure), str, theme.category_colors(factors))
    raise SettingsError(
        f"step_curves draws results of similarity, isotropy, relatedness and grouping; this one is of {analysis!r}."
    )


def _similarity(rows: pd.DataFrame, to: str | None, dark: bool) -> _Lines:
    known = theme.by_family(rows["language_b"])
    to = to if to is not None else "en" if "en" in known else known[0]
    own = rows.loc[(rows["language_b"] == to) & (rows["language_a"] != to)]
    if not len(own):
        raise SettingsError(f"The result has no other language beside {to!r}; it has {', '.join(known)}.")
    colors = {code: theme.language_color(code, dark) for code in theme.by_family(own["language_a"])}
    title = f"mean cosine with {escaped(theme.language_name(to))}"
    return _Lines(own.assign(line=own["language_a"], number=own["value"]), title, theme.language_name, colors)


def _of_measure(rows: pd.DataFrame, measure: str | None, usual: str) -> tuple[pd.DataFrame, str]:
    held = [str(one) for one in dict.fromkeys(rows["measure"])]
    wanted = measure or (usual if usual in held else held[0])
    if wanted not in held:
        raise SettingsError(f"The result has no measure {wanted!r}; it has {', '.join(held)}.")
    return rows.loc[rows["measure"] == wanted], wanted


def _line(rows: pd.DataFrame, name: str, color: str, order: int, title: str) -> go.Scatter:
    said = escaped(name)
    return go.Scatter(
        # A trace of nothing is left out of the legend, which is that of all panels.
        x=rows["step"].to_numpy() if len(rows) else [None],
        y=rows["number"].to_numpy(dtype=float) if len(rows) else [None],
        name=said,
        mode="lines+markers",
        line={"width": 2.2, "color": color},
        marker={"size": 6, "color": color, "symbol": theme.LINE_MARKERS[order % len(theme.LINE_MARKERS)]},
        hovertemplate=f"{said}, step %{{x}}<br>{title.partition(' (')[0]} <b>%{{y:.4f}}</b><extra></extra>",
    )


def _span(values: np.ndarray) -> tuple[float, float]:
    held = values[np.isfinite(values)]
    low, high = (float(held.min()), float(held.max())) if len(held) else (0.0, 1.0)
    room = 0.06 * (high - low) or 0.05
    return low - room, high + room
