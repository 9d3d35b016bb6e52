"""What can be taken away: the figure as it stands on the screen, a page that works offline, and the numbers."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from streamlit.components.v2 import component

from embspace.figures.saving import latex, save

# Streamlit keeps Plotly's functions to itself; the figure's own download button, told the format, does the work.
_SCRIPT = """
export default function ({ parentElement, data }) {
  parentElement.querySelectorAll("button").forEach((button) => {
    button.onclick = () => {
      const graph = document.querySelector(`.st-key-${data.figures} .js-plotly-plot`);
      const format = button.dataset.format;
      graph._context.toImageButtonOptions = { format, filename: data.name, scale: format === "png" ? 3 : 1 };
      graph.querySelector('.modebar-btn[data-title^="Download plot"]').click();
    };
  });
}
"""
_STYLE = """
div { display: flex; gap: 0.5rem; }
button {
  font: inherit; color: var(--st-text-color); background: var(--st-background-color); cursor: pointer;
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius); padding: 0.25rem 0.75rem;
  min-height: 2.5rem; font-size: 0.875rem;
}
button:hover, button:focus-visible {
  border-color: var(--st-primary-color); color: var(--st-primary-color); outline: none;
}
"""
_images = component(
    "embspace.images",
    html='<div><button data-format="png">PNG</button><button data-format="svg">SVG</button></div>',
    css=_STYLE,
    js=_SCRIPT,
)


def download(name: str, figure: go.Figure | None, table: pd.DataFrame, place: str) -> None:
    """A row of buttons for a figure and the numbers behind it; files are made when asked for.

    Args:
        name: of the files.
        figure: as it is drawn; None: there is a table alone.
        table: the numbers.
        place: the key of the container that the figure stands in.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if figure is not None:
            _images(key=f"{place}_images", data={"figures": place, "name": name}, width="content")
            if find_spec("kaleido") is not None:
                _button("PDF", lambda: figure_bytes(figure, "pdf"), f"{name}.pdf", "application/pdf", place)
            _button("HTML", lambda: figure_bytes(figure, "html"), f"{name}.html", "text/html", place, "Works offline")
        _button("CSV", lambda: table_bytes(table), f"{name}.csv", "text/csv", place)
        _button("LaTeX", lambda: latex(table).encode(), f"{name}.tex", "text/x-tex", place)


def _button(label: str, data: Callable[[], bytes], file: str, mime: str, place: str, told: str | None = None) -> None:
    key = f"{place}_{label.lower()}"
    st.download_button(label, data, file, mime, key=key, on_click="ignore", help=told)


def table_bytes(table: pd.DataFrame) -> bytes:
    """A table as CSV that spreadsheets read as UTF-8."""
    return table.to_csv(index=False).encode("utf-8-sig")


def figure_bytes(figure: go.Figure, ending: str) -> bytes:
    """A figure as a file: an HTML page with plotly inside, or a picture."""
    with TemporaryDirectory() as folder:
        return save(figure, Path(folder) / f"figure.{ending}").read_bytes()
