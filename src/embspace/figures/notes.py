"""What a figure says quietly about its numbers: which transforms were applied to the vectors."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from embspace.analyses.results import unique_labels
from embspace.figures import theme
from embspace.figures.checkpoint_names import short_names
from embspace.figures.escaping import escaped

_SHOWN = {
    "center": "centered per language",
    "center-all": "centered",
    "all-but-the-top": "all but the top",
    "whiten": "whitened",
    "z": "z-normalized",
    "rotate": "rotated onto",
}
TRANSFORMED = "note of transforms"
"""the name of the line's annotation"""
_ROOM = 36  # pixels above the panels


def note(figure: go.Figure, result: pd.DataFrame) -> go.Figure:
    """Add one muted line at the top right that says which transforms made the vectors; nothing where none did.

    Args:
        figure: of the result; it is changed and returned.
        result: with `.attrs["settings"]`, as every analysis gives it; of several spaces each is said where they differ.
    """
    text = transforms_text(result)
    if not text:
        return figure
    meta = figure.layout["meta"]
    colors = theme.look(bool(meta.get("dark")) if isinstance(meta, dict) else False)
    # Above the panels' titles, left of the legend.
    place = {"xref": "paper", "yref": "paper", "x": 1, "y": 1, "xanchor": "right", "yanchor": "bottom", "yshift": 17}
    figure.add_annotation(
        text=text, name=TRANSFORMED, showarrow=False, font={"size": 11.5, "color": colors.muted}, borderpad=0, **place
    )
    top: Any = figure.layout["margin"]["t"]
    if (top or _ROOM) < _ROOM:
        figure.update_layout(margin={"t": _ROOM})
    return figure


def transforms_text(result: pd.DataFrame) -> str:
    """The transforms of a result in words, safe against HTML; empty where there were none."""
    settings = result.attrs.get("settings", {})
    known = settings["spaces"] if settings.get("spaces") else [settings]
    labels = unique_labels([str(one.get("checkpoint", "")) for one in known])
    said = {label: _words(one.get("transforms") or []) for label, one in zip(labels, known, strict=True)}
    if "checkpoint" in result.columns and set(result["checkpoint"]) & set(labels):
        said = {label: words for label, words in said.items() if label in set(result["checkpoint"])}
    if len(set(said.values())) <= 1:
        return next(iter(said.values()), "")
    return " · ".join(f"{escaped(short_names(said)[label])}: {words or 'as stored'}" for label, words in said.items())


def _words(steps: list[str]) -> str:
    return ", then ".join(_said(str(step)) for step in steps)


def _said(step: str) -> str:
    name, _, argument = step.partition(":")
    if name == "rotate":
        return escaped(f"{_SHOWN[name]} {theme.language_name(argument)}")
    if name == "all-but-the-top" and argument:
        return f"all but the top {escaped(argument)}"
    return _SHOWN.get(name, escaped(step))
