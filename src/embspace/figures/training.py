"""Curves of training runs: losses over steps, scores over epochs; of several seeds the mean and its deviation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from embspace.errors import SettingsError
from embspace.figures import theme
from embspace.figures.escaping import escaped
from embspace.figures.line_ends import MOST, LineEnd, name_ends
from embspace.figures.panels import panels, place
from embspace.figures.rows import check_rows

_LOSS = "loss/"
_ALL = "all"
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
_RAW = 0.38
"""opacity of what was measured, behind what is smoothed"""
_FIRST = ("f1", "accuracy")
_TITLES = {"f1": "F1", "token_f1": "token F1", "macro_f1": "macro F1", "micro_f1": "micro F1"}


def loss_curves(
    result: pd.DataFrame, names: Sequence[str] | None = None, *, smoothing: float = 0.6, dark: bool = False
) -> go.Figure:
    """A panel per loss over the steps, a color per run: as logged faint, smoothed strong.

    Of several seeds the line is the mean of their smoothed curves, with one standard deviation (of a sample) around
    it, at the steps that all of them have.

    Args:
        result: of `training.history.training_log`.
        names: losses, such as "ner"; other names of the result as they are ("rate"); None: all losses.
        smoothing: the share that the mean so far keeps from one line of the log to the next (exponential, without bias
            at the start; lines count by their steps), from 0 (none), below 1.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no such loss, or no rows; smoothing is out of range.
    """
    check_rows(result)
    if not 0 <= smoothing < 1:
        raise SettingsError(f"smoothing={smoothing} is not possible; it is 0 or more, and below 1.")
    known = list(dict.fromkeys(result["name"]))
    losses = [name for name in known if name.startswith(_LOSS)]
    wanted = losses if names is None else [one if one in known else f"{_LOSS}{one}" for one in names]
    if not wanted or not set(wanted) <= set(known):
        lost = next((one for one in wanted if one not in known), "")
        asked = f"no loss {lost.removeprefix(_LOSS)!r}" if wanted else "no losses"
        raise SettingsError(f"The result has {asked}; it has {', '.join(one.removeprefix(_LOSS) for one in known)}.")
    figure = panels([one.removeprefix(_LOSS) for one in wanted], dark, columns=3)
    runs = [str(one) for one in dict.fromkeys(result["run"])]
    colors = _run_colors(runs, dark)
    for number, name in enumerate(wanted):
        row, column = place(figure, number)
        for run in runs:
            own = result.loc[(result["name"] == name) & (result["run"] == run)]
            seeds = _by_seed(own, "step")
            if seeds.empty:
                continue
            for trace in _losses(seeds, run, colors[run], smoothing):
                shows = number == 0 and trace.showlegend is not False and len(runs) > 1
                figure.add_trace(trace.update(showlegend=shows), row=row, col=column)
    labels = ["mean loss" if one.startswith(_LOSS) else one.replace("_", " ") for one in wanted]
    figure.update_yaxes(title={"text": labels[0] if len(set(labels)) == 1 else ""}, col=1)
    figure.update_xaxes(title={"text": "step"}, nticks=6, ticks="outside", ticklen=4, rangemode="tozero")
    figure.update_yaxes(nticks=6, ticks="outside", ticklen=4, showgrid=True, gridcolor=theme.look(dark).line)
    legend = {"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom", "itemsizing": "trace"}
    figure.update_layout(uirevision="losses", legend=legend, margin={"b": 70 if len(runs) > 1 else 16})
    return figure


def score_curves(result: pd.DataFrame, score: str | None = None, *, part: str = "dev", dark: bool = False) -> go.Figure:
    """A line per language over the epochs; runs differ by their dashes, seeds by the band of their deviation.

    Args:
        result: of `training.history.training_log`.
        score: such as "f1"; None: F1 of entities, else accuracy.
        part: "dev" or "test", what was scored at the end of every epoch.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no such score.
    """
    check_rows(result)
    held = [one.removeprefix(f"{part}/") for one in dict.fromkeys(result["name"]) if one.startswith(f"{part}/")]
    wanted = score or next((one for one in (*_FIRST, *held) if one in held), "")
    if wanted not in held:
        there = ", ".join(held) or "none: no epoch has ended, or there are no such sentences"
        raise SettingsError(f"The result has no score {wanted!r} of {part}; it has {there}.")
    rows = result.loc[result["name"] == f"{part}/{wanted}"]
    runs = [str(one) for one in dict.fromkeys(rows["run"])]
    languages = [str(one) for one in dict.fromkeys(rows["language"])]
    codes = [*theme.by_family(one for one in languages if one != _ALL), *([_ALL] if _ALL in languages else [])]
    figure, lines, ends, drawn = go.Figure(), list[go.Scatter](), list[LineEnd](), list[float]()
    for number, code in enumerate(codes):
        color = theme.look(dark).text if code == _ALL else theme.language_color(code, dark)
        name = "all languages" if code == _ALL else theme.language_name(code)
        for at, run in enumerate(runs):
            seeds = _by_seed(rows.loc[(rows["run"] == run) & (rows["language"] == code)], "epoch")
            if seeds.empty:
                continue
            x, mean, spread = _summary(seeds)
            drawn += [*(mean - np.nan_to_num(spread)), *(mean + np.nan_to_num(spread))]
            if seeds.shape[1] > 1:
                figure.add_trace(band(x, mean, spread, color))
            said = escaped(name if len(runs) == 1 else f"{name}, {run}")
            lines.append(
                go.Scatter(
                    x=x,
                    y=mean,
                    customdata=_spreads(spread, seeds.shape[1]),
                    name=said,
                    mode="lines+markers",
                    line={"color": color, "width": 2.6 if code == _ALL else 2.2, "dash": _DASHES[at % len(_DASHES)]},
                    marker={"size": 7, "color": color, "symbol": theme.LINE_MARKERS[number % len(theme.LINE_MARKERS)]},
                    hovertemplate=f"{said}, epoch %{{x:.4~g}}<br>{escaped(wanted)} <b>%{{y:.4f}}</b>%{{customdata}}"
                    "<extra></extra>",
                    legendgroup=code,
                )
            )
            if at == 0:
                ends.append(LineEnd(name, float(x[-1]), float(mean[-1]), color))
    figure.add_traces(lines)
    low, high = min(drawn), max(drawn)
    room = 0.06 * (high - low) or 0.05
    span = low - room, high + room
    colors = theme.look(dark)
    epochs = sorted(set(rows["epoch"]))
    figure.update_xaxes(
        title={"text": "epoch"}, ticks="outside", ticklen=4, range=[min(epochs) - 0.2, max(epochs) + 0.12]
    )
    if len(epochs) <= 25:
        figure.update_xaxes(tickvals=epochs)
    title = _TITLES.get(wanted, wanted.replace("_", " "))
    figure.update_yaxes(title={"text": f"{title} of {part}"}, nticks=6, ticks="outside", ticklen=4, range=span)
    figure.update_yaxes(showgrid=True, gridcolor=colors.line)
    figure.update_layout(template=theme.template(dark), uirevision="scores", meta={"dark": dark}, margin={"t": 34})
    figure.update_layout(legend={"itemsizing": "trace"})
    if len(ends) <= MOST:
        figure.update_layout(showlegend=False)
        name_ends(figure, ends, span)
        _runs(figure, runs, dark)
    return figure


def _losses(seeds: pd.DataFrame, run: str, color: str, smoothing: float) -> list[go.Scatter]:
    """The curves of a run: of one seed as logged and smoothed, of several the mean smoothed one and its band."""
    steps = seeds.index.to_numpy(dtype=float)
    curves = {seed: _smoothed(seeds[seed].to_numpy(dtype=float), steps, smoothing) for seed in seeds.columns}
    smoothed = pd.DataFrame(curves, index=seeds.index)
    x, mean, spread = _summary(smoothed)
    several, said = seeds.shape[1] > 1, escaped(run)
    told = f" (mean of {seeds.shape[1]} seeds)" if several else ""
    line = go.Scatter(
        x=x,
        y=mean,
        customdata=_spreads(spread, seeds.shape[1]) if several else seeds.iloc[:, 0].map("<br>as logged {:.4g}".format),
        name=said,
        mode="lines",
        line={"color": color, "width": 2.2},
        hovertemplate=f"{said}{told}<br>step %{{x}}<br>smoothed <b>%{{y:.4g}}</b>%{{customdata}}<extra></extra>",
        legendgroup=run,
    )
    if several:
        return [band(x, mean, spread, color), line]
    raw = {"color": theme.faint(color, _RAW), "width": 1.2}
    behind = go.Scatter(x=x, y=seeds.iloc[:, 0], mode="lines", line=raw, hoverinfo="skip", showlegend=False)
    return [behind.update(name=f"{said}, as logged", legendgroup=run), line]


def _by_seed(rows: pd.DataFrame, over: str) -> pd.DataFrame:
    """A column per seed, over what all of them have."""
    return rows.pivot_table(index=over, columns="seed", values="value", aggfunc="last").dropna().sort_index()


def _smoothed(values: NDArray[np.float64], steps: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """The exponential mean: sum of share^(t-i) n_i x_i over sum of share^(t-i) n_i.

    Line i is a mean over n_i steps, those since the line before; time t passes as steps do, a usual line's is 1.
    """
    usual = float(np.median(np.diff(steps))) if len(steps) > 1 else 1.0
    counts = np.diff(steps, prepend=steps[0] - min(usual, steps[0] or usual))
    found, total, weight = np.empty(len(values)), 0.0, 0.0
    for at, (value, count) in enumerate(zip(values, counts, strict=True)):
        kept = share ** (count / usual)
        total, weight = kept * total + count * value, kept * weight + count
        found[at] = total / weight
    return found


def _summary(seeds: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Where, mean and deviation (NaN of one seed)."""
    values = seeds.to_numpy(dtype=float)
    spread = values.std(axis=1, ddof=1) if values.shape[1] > 1 else np.full(len(values), np.nan)
    return seeds.index.to_numpy(dtype=float), values.mean(axis=1), spread


def band(x: NDArray[np.float64], mean: NDArray[np.float64], spread: NDArray[np.float64], color: str) -> go.Scatter:
    """What lies within a deviation of a mean, as an area behind its line."""
    edge = np.concatenate([mean - spread, (mean + spread)[::-1]])
    look = {"fill": "toself", "fillcolor": theme.faint(color, 0.16), "line": {"width": 0}, "mode": "lines"}
    return go.Scatter(x=[*x, *x[::-1]], y=edge, hoverinfo="skip", showlegend=False, name="deviation", **look)


def _spreads(spread: NDArray[np.float64], n: int) -> list[str]:
    return ["" if np.isnan(one) else f" ± {one:.2g} of {n} seeds" for one in spread]


def _run_colors(runs: Sequence[str], dark: bool) -> dict[str, str]:
    """Two runs as far apart as can be, more by the wheel."""
    return dict(zip(runs, theme.two_colors(dark), strict=False)) if len(runs) < 3 else theme.category_colors(runs)


def _runs(figure: go.Figure, runs: Sequence[str], dark: bool) -> None:
    """Which dash is which run, where there are several."""
    if len(runs) < 2:
        return
    figure.update_traces(showlegend=False)
    for at, run in enumerate(runs):
        line = {"color": theme.look(dark).muted, "width": 2.2, "dash": _DASHES[at % len(_DASHES)]}
        figure.add_trace(go.Scatter(x=[None], y=[None], mode="lines", line=line, name=escaped(run)))
    legend = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "itemsizing": "trace", "itemwidth": 40}
    figure.update_layout(showlegend=True, legend=legend)
