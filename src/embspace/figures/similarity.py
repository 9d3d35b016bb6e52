"""Heat maps of a number per pair of languages: similarity, spelling distance, shared pieces."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from embspace.errors import SettingsError
from embspace.figures import theme
from embspace.figures.notes import note
from embspace.figures.projection import layer_name

_MEASURES = {
    "similarity": "mean cosine",
    "spelling": "mean TNLD",
    "shared_pieces": "share of pieces",
}


def similarity_heatmap(result: pd.DataFrame, layer: int | None = None, dark: bool = False) -> go.Figure:
    """A number in a colored cell per pair of languages, ordered by family.

    The colors span what lies off the diagonal: there the languages differ, while the diagonal is a constant.

    Args:
        result: with `language_a language_b value n`, and `layer` where it has layers: of `similarity`, `spelling` or
            `shared_pieces`.
        layer: one of the result's (negative ones count from the output); None: the highest it has.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no such layer, or no rows.
    """
    settings = result.attrs.get("settings", {})
    title = ""
    if "layer" in result.columns and len(result):
        layers = sorted(int(one) for one in result["layer"].unique())
        n_layers = settings.get("n_layers", layers[-1] + 1)
        wanted = layers[-1] if layer is None else layer % n_layers if -n_layers <= layer < 0 else layer
        if wanted not in layers:
            raise SettingsError(f"The result has no layer {layer}; it has {', '.join(map(str, layers))}.")
        result = result.loc[result["layer"] == wanted]
        title = layer_name(wanted, n_layers)
    if not len(result):
        raise SettingsError("The result has no rows, so there is nothing to draw.")
    codes = theme.by_family([*result["language_a"], *result["language_b"]])
    table = result.pivot(index="language_a", columns="language_b", values="value").reindex(index=codes, columns=codes)
    counts = result.pivot(index="language_a", columns="language_b", values="n").reindex(index=codes, columns=codes)
    values = table.to_numpy(dtype=float)
    apart = values[~np.eye(len(codes), dtype=bool)]
    apart = apart[np.isfinite(apart)]
    low, high = (float(apart.min()), float(apart.max())) if len(apart) else (0.0, 1.0)
    names = [theme.language_name(code) for code in codes]
    colors = theme.look(dark)
    measure = _MEASURES.get(settings.get("analysis", ""), "value")
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=names,
            y=names,
            zmin=low,
            zmax=high if high > low else low + 1e-9,
            colorscale=theme.sequential(dark),
            customdata=counts.to_numpy(dtype=float),
            hovertemplate="%{y} – %{x}<br>" + measure + " <b>%{z:.4f}</b><br>%{customdata:,.0f} pairs<extra></extra>",
            xgap=2,
            ygap=2,
            colorbar={
                "title": {"text": measure, "side": "right", "font": {"size": 12, "color": colors.muted}},
                "thickness": 10,
                "outlinewidth": 0,
                "tickfont": {"size": 11, "color": colors.muted},
                "len": 0.6,
            },
        )
    )
    figure.add_trace(_numbers(values, names, low, high, dark))
    dots = [f'<span style="color:{theme.language_color(code)}">●</span>' for code in codes]
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
        scaleanchor="x",
        constrain="domain",
    )
    figure.update_xaxes(constrain="domain")
    figure.update_layout(template=theme.template(dark), uirevision="similarity", meta={"dark": dark})
    if title:
        figure.update_layout(title={"text": title, "font": {"size": 14, "color": colors.muted}})
    return note(figure, result)


def _numbers(values: NDArray[np.float64], names: list[str], low: float, high: float, dark: bool) -> go.Scatter:
    """Two decimals in each cell, as a paper prints them, dark or light as the cell asks; nothing for no number."""
    scale = [color for _, color in theme.sequential(dark)]
    rows, columns = np.nonzero(np.isfinite(values))
    found = values[rows, columns]
    steps = np.clip((found - low) / max(high - low, 1e-9), 0, 1) * (len(scale) - 1)
    return go.Scatter(
        x=[names[column] for column in columns],
        y=[names[row] for row in rows],
        mode="text",
        text=[f"{value:.2f}".replace("-0.00", "0.00") for value in found],
        textfont={
            "size": 13 if len(names) <= 8 else 12 if len(names) <= 14 else 9,
            "color": [theme.legible_on(scale[int(step)]) for step in steps.round()],
        },
        hoverinfo="skip",
        showlegend=False,
    )
