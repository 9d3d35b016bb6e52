"""Retrieval of sentences over the layers."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from embspace.figures.isotropy import isotropy_curves


def retrieval_curves(result: pd.DataFrame, measure: str | None = None, *, dark: bool = False) -> go.Figure:
    """A line per language over the layers, from the embeddings to the output; checkpoints differ by their dashes.

    Args:
        result: of `analyses.sentence_retrieval.sentence_retrieval`.
        measure: mrr or accuracy; None: the first that it has.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no such measure, or no rows.
    """
    figure = isotropy_curves(result, measure, dark=dark)
    for trace in figure.data:
        if trace.hovertemplate:
            trace.hovertemplate = trace.hovertemplate.replace(" words<", " queries<")
    return figure.update_layout(uirevision="retrieval")
