"""Change of isotropy while a model is trained: curves over steps, and which languages change alike."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from embspace.errors import SettingsError
from embspace.figures import theme
from embspace.figures.cells import cell_numbers, color_bar, square_cells
from embspace.figures.checkpoint_names import run_names
from embspace.figures.escaping import escaped
from embspace.figures.isotropy import TITLES
from embspace.figures.line_ends import MOST, LineEnd, name_ends
from embspace.figures.notes import note
from embspace.figures.panels import axes_of, panels, place, step_axes
from embspace.figures.rows import check_rows, of_layer


def isotropy_change_curves(
    result: pd.DataFrame, layer: int | None = None, *, measure: str | None = None, dark: bool = False
) -> go.Figure:
    """A line per language over the steps, the difference to h steps later; a panel per run ("exploring" Figure 3).

    Panels are called by the language that a run was trained on, where the result's settings say so in `trained`.

    Args:
        result: of `analyses.isotropy_change.isotropy_change`.
        layer: one of the result's (negative ones count from the output); None: the highest it has.
        measure: one of the result's; None: the first that it has.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no such layer or measure, or no rows.
    """
    rows, name, title = _part(result, layer, measure)
    every = result.attrs.get("settings", {}).get("every", 50)
    runs = list(dict.fromkeys(rows["run"])) if "run" in rows.columns else [""]
    titles = run_names(map(str, runs), result.attrs.get("settings", {}).get("trained"))
    figure = panels([*titles.values()], dark, columns=3 if len(runs) > 4 else 2, shared_yaxes=True)
    codes = theme.by_family(rows["language"])
    values = rows["value"].to_numpy(dtype=float)
    values = np.append(values[np.isfinite(values)], 0.0)
    room = 0.06 * float(np.ptp(values)) or 0.05
    span = float(values.min()) - room, float(values.max()) + room
    for number, run in enumerate(runs):
        own = rows if run == "" else rows.loc[rows["run"] == run]
        row, column = place(figure, number)
        ends: list[LineEnd] = []
        for at, code in enumerate(codes):
            line = own.loc[own["language"] == code].sort_values(by="step")
            symbol = theme.LINE_MARKERS[at % len(theme.LINE_MARKERS)]
            trace = _line(line, code, symbol, title, every, dark)
            figure.add_trace(trace.update(showlegend=number == 0), row=row, col=column)
            if len(line) and np.isfinite(line["value"].iloc[-1]):
                end = float(line["step"].iloc[-1]), float(line["value"].iloc[-1])
                ends.append(LineEnd(theme.language_name(code), *end, theme.language_color(code, dark)))
        if len(runs) == 1 and len(codes) <= MOST:
            figure.update_layout(showlegend=False)
            name_ends(figure, ends, span, axes_of(number))
    colors = theme.look(dark)
    step_axes(figure, rows["step"].to_numpy(dtype=float))
    figure.update_xaxes(zeroline=False)
    figure.update_yaxes(range=span, nticks=6, showgrid=True, gridcolor=colors.line)
    figure.update_yaxes(zeroline=True, zerolinecolor=colors.muted, zerolinewidth=1)
    figure.update_yaxes(title={"text": f"change of {title} in {every} steps"}, ticks="outside", ticklen=4, col=1)
    figure.update_layout(uirevision="isotropy change", legend={"itemsizing": "trace"})
    _name_layer(figure, name, len(runs), dark)
    return note(figure, result)


def change_correlation_heatmap(
    result: pd.DataFrame, layer: int | None = None, *, measure: str | None = None, dark: bool = False
) -> go.Figure:
    """A number in a colored cell per pair of languages, from -1 to 1, ordered by family ("exploring" Figure 4).

    Cells without a number are empty: fewer than three steps, or no change at all.

    Args:
        result: of `analyses.isotropy_change.change_correlation`.
        layer: one of the result's (negative ones count from the output); None: the highest it has.
        measure: one of the result's; None: the first that it has.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no such layer or measure, or no rows.
    """
    rows, name, title = _part(result, layer, measure)
    codes = theme.by_family([*rows["language_a"], *rows["language_b"]])
    tables = {
        column: rows.pivot(index="language_a", columns="language_b", values=column).reindex(index=codes, columns=codes)
        for column in ("value", "p", "n")
    }
    values = tables["value"].to_numpy(dtype=float)
    names = [escaped(theme.language_name(code)) for code in codes]
    scale = theme.diverging(dark)
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=names,
            y=names,
            zmin=-1,
            zmax=1,
            colorscale=scale,
            customdata=_told(tables["p"].to_numpy(dtype=float), tables["n"].to_numpy(dtype=float)),
            hovertemplate="%{y} – %{x}<br>correlation <b>%{z:.4f}</b><br>%{customdata}<extra></extra>",
            xgap=2,
            ygap=2,
            colorbar=color_bar("correlation", dark),
        )
    )
    figure.add_trace(cell_numbers(values, names, names, -1.0, 1.0, dark, scale))
    colors = theme.look(dark)
    dots = [f'<span style="color:{theme.language_color(code, dark)}">●</span>' for code in codes]
    labels = {"tickvals": names, "showline": False, "ticks": "", "tickfont": {"size": 12.5, "color": colors.text}}
    below, beside = ([f"{one} {dot}" for one, dot in zip(names, dots, strict=True)] for _ in range(2))
    figure.update_xaxes(**labels, ticktext=below, side="bottom", tickangle=-40 if len(codes) > 5 else 0)
    figure.update_yaxes(**labels, ticktext=beside, autorange="reversed")
    every = result.attrs.get("settings", {}).get("every")
    said = f"{name}: changes of {title}" + (f" in {every} steps" if every else "")
    figure.update_layout(template=theme.template(dark), uirevision="change correlation", meta={"dark": dark})
    figure.update_layout(title={"text": said, "font": {"size": 14, "color": colors.muted}})
    return note(square_cells(figure), result)


def _part(result: pd.DataFrame, layer: int | None, measure: str | None) -> tuple[pd.DataFrame, str, str]:
    """The rows of a measure and a layer, what the layer is called, and the measure."""
    check_rows(result)
    held = list(dict.fromkeys(result["measure"]))
    wanted = measure or held[0]
    if wanted not in held:
        raise SettingsError(f"The result has no measure {wanted!r}; it has {', '.join(held)}.")
    own = result.loc[result["measure"] == wanted]
    settings = result.attrs.get("settings", {})
    n_layers = settings.get("n_layers") or next((one["n_layers"] for one in settings.get("spaces", ())), None)
    rows, name = of_layer(own, layer, n_layers)
    return rows, name, TITLES.get(wanted, wanted)


def _line(rows: pd.DataFrame, code: str, symbol: str, title: str, every: int, dark: bool) -> go.Scatter:
    name, color = escaped(theme.language_name(code)), theme.language_color(code, dark)
    steps = rows["step"].to_numpy()
    return go.Scatter(
        # A trace of nothing is left out of the legend, which is that of all panels.
        x=steps if len(steps) else [None],
        y=rows["value"].to_numpy(dtype=float) if len(steps) else [None],
        customdata=steps + every,
        name=name,
        mode="lines+markers",
        line={"color": color, "width": 2.2},
        marker={"size": 6, "color": color, "symbol": symbol},
        hovertemplate=f"{name}, step %{{x}} to %{{customdata}}<br>{title} <b>%{{y:+.4f}}</b><extra></extra>",
        legendgroup=code,
    )


def _told(p: np.ndarray, n: np.ndarray) -> list[list[str]]:
    return [
        [f"n {count:.0f}" + (f", p {one:.3g}" if np.isfinite(one) else "") for one, count in zip(*row, strict=True)]
        for row in zip(p, n, strict=True)
    ]


def _name_layer(figure: go.Figure, name: str, runs: int, dark: bool) -> None:
    """The layer, above a single panel."""
    if runs == 1:
        figure.update_layout(title={"text": name, "font": {"size": 14, "color": theme.look(dark).muted}})
