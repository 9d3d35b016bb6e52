"""Curves over layers: what a linear probe reads, what its control learns by heart, and the difference."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from embspace.figures import theme
from embspace.figures.checkpoint_names import short_names
from embspace.figures.escaping import escaped
from embspace.figures.line_ends import MOST, LineEnd, name_ends
from embspace.figures.notes import note
from embspace.figures.projection import layer_name
from embspace.figures.rows import check_rows

_LOOKS = {
    "probe": ("solid", "circle", 2.6),
    "control": ("dash", "square", 2.0),
    "selectivity": ("dot", "diamond", 2.0),
    "majority": ("longdashdot", "line-ew", 1.2),
}


def probe_curves(result: pd.DataFrame, *, dark: bool = False) -> go.Figure:
    """Accuracy of probe, control and majority over the layers, and selectivity; checkpoints differ by color.

    Args:
        result: of `analyses.probes.probe`.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no rows.
    """
    check_rows(result)
    settings = result.attrs.get("settings", {})
    layers = sorted(int(one) for one in result["layer"].unique())
    n_layers = settings.get("n_layers") or next((one["n_layers"] for one in settings.get("spaces", ())), layers[-1] + 1)
    names = {one: layer_name(one, n_layers) for one in layers}
    kinds = list(dict.fromkeys(result["checkpoint"])) if "checkpoint" in result.columns else [""]
    colors = dict(zip(kinds, theme.category_colors(kinds).values(), strict=True))
    muted = theme.look(dark).muted
    figure = go.Figure()
    ends: list[LineEnd] = []
    for kind in kinds:
        of_kind = result.loc[result["checkpoint"] == kind] if kind else result
        for measure, (dash, symbol, width) in _LOOKS.items():
            rows = of_kind.loc[of_kind["measure"] == measure].sort_values(by="layer")
            values = rows["value"].to_numpy(dtype=float)
            color = muted if measure == "majority" else colors[kind]
            said = measure if len(kinds) == 1 else f"{measure}, {short_names(kinds)[kind]}"
            figure.add_trace(
                go.Scatter(
                    x=rows["layer"].to_numpy(),
                    y=values,
                    name=escaped(said),
                    mode="lines" if measure == "majority" else "lines+markers",
                    line={"color": color, "width": width, "dash": dash},
                    marker={"size": 6.5, "color": color, "symbol": symbol},
                    customdata=[
                        [names[at], n, m] for at, n, m in rows[["layer", "n_train", "n_test"]].to_numpy().tolist()
                    ],
                    hovertemplate=f"{escaped(said)}, %{{customdata[0]}}<br><b>%{{y:.4f}}</b><br>learned from "
                    "%{customdata[1]:,} words, tested on %{customdata[2]:,}<extra></extra>",
                )
            )
            if len(values) and np.isfinite(values[-1]):
                ends.append(LineEnd(said, float(rows["layer"].iloc[-1]), float(values[-1]), color))
    drawn = result["value"].to_numpy(dtype=float)
    span = (min(-0.03, 1.05 * float(np.min(drawn[np.isfinite(drawn)], initial=0.0))), 1.03)
    grid = theme.look(dark).line
    figure.update_xaxes(tickvals=layers, ticktext=[one.removeprefix("layer ") for one in names.values()])
    figure.update_xaxes(title={"text": "layer"}, range=[layers[0] - 0.2, layers[-1] + 0.12])
    figure.update_yaxes(title={"text": _titled(settings)}, range=span, nticks=6, ticks="outside", ticklen=4)
    figure.update_yaxes(showgrid=True, gridcolor=grid, gridwidth=1, zeroline=span[0] < -0.03, zerolinecolor=muted)
    figure.update_layout(template=theme.template(dark), meta={"dark": dark}, uirevision="probes", margin={"t": 34})
    figure.update_layout(legend={"itemsizing": "trace", "itemwidth": 40})
    if len(ends) <= MOST:
        figure.update_layout(showlegend=False)
        name_ends(figure, ends, span)
    return note(figure, result)


def _titled(settings: dict[str, object]) -> str:
    target, split = settings.get("target"), settings.get("split")
    return f"accuracy: {target}, of new {split}" if target and split else "accuracy"
