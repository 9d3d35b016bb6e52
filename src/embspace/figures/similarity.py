"""Heat maps of a number per pair of languages: similarity, spelling distance, shared pieces."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from embspace.analyses.results import unique_labels
from embspace.errors import SettingsError
from embspace.figures import theme
from embspace.figures.cells import cell_numbers, color_bar, square_cells
from embspace.figures.checkpoint_names import short_names
from embspace.figures.escaping import escaped
from embspace.figures.line_ends import MOST, LineEnd, name_ends
from embspace.figures.notes import note
from embspace.figures.panels import axes_of, panels, place
from embspace.figures.projection import layer_name
from embspace.figures.rows import check_rows, of_layer

_MEASURES = {
    "similarity": "mean cosine",
    "spelling": "mean TNLD",
    "shared_pieces": "share of pieces",
    "hub_skewness": "skewness of N_k",
    "precision_at_k": "precision",
}


def similarity_heatmap(
    result: pd.DataFrame, layer: int | None = None, dark: bool = False, *, checkpoint: str | None = None
) -> go.Figure:
    """A number in a colored cell per pair of languages, ordered by family.

    The colors span what lies off the diagonal: there the languages differ, while the diagonal is a constant.

    Args:
        result: with `language_a language_b value n`, and `layer` where it has layers: of `similarity`, `spelling` or
            `shared_pieces`.
        layer: one of the result's (negative ones count from the output); None: the highest it has.
        dark: for a dark page.
        checkpoint: one of the result's; None: the first.

    Raises:
        SettingsError: the result has no such layer or checkpoint, or no rows.
    """
    settings = result.attrs.get("settings", {})
    title, prefix = "", ""
    if "checkpoint" in result.columns and len(result):
        held = list(dict.fromkeys(result["checkpoint"]))
        checkpoint = str(held[0]) if checkpoint is None else checkpoint
        if checkpoint not in held:
            raise SettingsError(f"The result has no checkpoint {checkpoint!r}; it has {', '.join(held)}.")
        result = result.loc[result["checkpoint"] == checkpoint]
        settings = {**settings, **settings.get("spaces", [{}] * len(held))[held.index(checkpoint)]}
        prefix = f"{escaped(short_names(held)[checkpoint])}, " if len(held) > 1 else ""
    if "layer" in result.columns and len(result):
        result, name = of_layer(result, layer, settings.get("n_layers"))
        title = prefix + name
    check_rows(result)
    codes = theme.by_family([*result["language_a"], *result["language_b"]])
    table = result.pivot(index="language_a", columns="language_b", values="value").reindex(index=codes, columns=codes)
    counts = result.pivot(index="language_a", columns="language_b", values="n").reindex(index=codes, columns=codes)
    values = table.to_numpy(dtype=float)
    apart = values[~np.eye(len(codes), dtype=bool)]
    apart = apart[np.isfinite(apart)]
    low, high = (float(apart.min()), float(apart.max())) if len(apart) else (0.0, 1.0)
    if high - low < 1e-6:  # one number, as of two languages
        low, high = low - 0.05, high + 0.05
    names = [escaped(theme.language_name(code)) for code in codes]
    colors = theme.look(dark)
    measure = _MEASURES.get(settings.get("analysis", ""), "value")
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=names,
            y=names,
            zmin=low,
            zmax=high,
            colorscale=theme.sequential(dark),
            customdata=counts.to_numpy(dtype=float),
            hovertemplate="%{y} – %{x}<br>" + measure + " <b>%{z:.4f}</b><br>%{customdata:,.0f} pairs<extra></extra>",
            xgap=2,
            ygap=2,
            colorbar=color_bar(measure, dark),
        )
    )
    figure.add_trace(cell_numbers(values, names, names, low, high, dark))
    dots = [f'<span style="color:{theme.language_color(code, dark)}">●</span>' for code in codes]
    labels = {"tickvals": names, "showline": False, "ticks": "", "tickfont": {"size": 12.5, "color": colors.text}}
    figure.update_xaxes(
        **labels,
        ticktext=[f"{one} {dot}" for one, dot in zip(names, dots, strict=True)],
        side="bottom",
        tickangle=-40 if len(codes) > 5 else 0,
    )
    figure.update_yaxes(
        **labels,
        ticktext=[f"{dot} {one}" for one, dot in zip(names, dots, strict=True)],
        autorange="reversed",
    )
    square_cells(figure)
    figure.update_layout(template=theme.template(dark), uirevision="similarity", meta={"dark": dark})
    if title:
        figure.update_layout(title={"text": title, "font": {"size": 14, "color": colors.muted}})
    return note(figure, result)


def similarity_curves(result: pd.DataFrame, to: str = "en", *, dark: bool = False) -> go.Figure:
    """A line per language over the layers: its similarity to one language; a panel per checkpoint.

    Args:
        result: of `analyses.similarity.similarity`.
        to: the language that the others are compared with.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no such language beside another, or no rows.
    """
    check_rows(result)
    shown = result.loc[(result["language_b"] == to) & (result["language_a"] != to)]
    if not len(shown):
        languages = ", ".join(theme.by_family(result["language_b"]))
        raise SettingsError(f"The result has no other language beside {to!r}; it has {languages}.")
    settings = result.attrs.get("settings", {})
    checkpoints = list(dict.fromkeys(shown["checkpoint"])) if "checkpoint" in shown.columns else [""]
    spaces = settings.get("spaces") or [settings]
    known = dict(zip(unique_labels([str(one.get("checkpoint", "")) for one in spaces]), spaces, strict=True))
    figure = panels([*short_names(map(str, checkpoints)).values()], dark, columns=3, shared_yaxes=True)
    values = shown["value"].to_numpy(dtype=float)
    low, high = (float(np.nanmin(values)), float(np.nanmax(values))) if np.isfinite(values).any() else (0.0, 1.0)
    span = low - 0.05 * (high - low), high + 0.05 * (high - low)
    codes = theme.by_family(shown["language_a"])
    for number, checkpoint in enumerate(checkpoints):
        own = shown if checkpoint == "" else shown.loc[shown["checkpoint"] == checkpoint]
        at = place(figure, number)
        layers = sorted(int(one) for one in own["layer"].unique())
        n_layers = known.get(str(checkpoint), spaces[0]).get("n_layers", layers[-1] + 1)
        names = {one: layer_name(one, n_layers) for one in layers}
        ends: list[LineEnd] = []
        for place_in_list, code in enumerate(codes):
            rows = own.loc[own["language_a"] == code].sort_values(by="layer")
            line = _curve(rows, code, names, theme.LINE_MARKERS[place_in_list % len(theme.LINE_MARKERS)], dark)
            figure.add_trace(line.update(showlegend=number == 0), row=at[0], col=at[1])
            if len(rows) and np.isfinite(rows["value"].iloc[-1]):
                end = float(rows["layer"].iloc[-1]), float(rows["value"].iloc[-1])
                ends.append(LineEnd(theme.language_name(code), *end, theme.language_color(code, dark)))
        short = [names[one].removeprefix("layer ") if len(checkpoints) == 1 else str(one) for one in layers]
        figure.update_xaxes(tickvals=layers, ticktext=short, row=at[0], col=at[1])
        figure.update_xaxes(range=[layers[0] - 0.2, layers[-1] + 0.12], row=at[0], col=at[1])
        if len(codes) <= MOST and number == len(checkpoints) - 1:
            figure.update_layout(showlegend=False)
            name_ends(figure, ends, span, axes_of(number))
    figure.update_xaxes(title={"text": "layer"})
    figure.update_yaxes(range=span, nticks=6, showgrid=True, gridcolor=theme.look(dark).line)
    figure.update_yaxes(title={"text": f"mean cosine with {escaped(theme.language_name(to))}"}, ticks="outside", col=1)
    figure.update_layout(uirevision="similarity curves", legend={"itemsizing": "trace"})
    return note(figure, result)


def _curve(rows: pd.DataFrame, code: str, names: dict[int, str], symbol: str, dark: bool) -> go.Scatter:
    name, color = theme.language_name(code), theme.language_color(code, dark)
    return go.Scatter(
        x=rows["layer"].to_numpy(),
        y=rows["value"].to_numpy(dtype=float),
        customdata=[[names[int(at)], n] for at, n in zip(rows["layer"], rows["n"], strict=True)],
        name=escaped(name),
        mode="lines+markers",
        line={"color": color, "width": 2.2},
        marker={"size": 6, "color": color, "symbol": symbol},
        hovertemplate=f"{escaped(name)}, %{{customdata[0]}}<br>mean cosine <b>%{{y:.4f}}</b>"
        "<br>%{customdata[1]:,} pairs<extra></extra>",
        legendgroup=code,
    )
