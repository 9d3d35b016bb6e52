"""What can be taken away: the figure as it stands on the screen, a page that works offline, and the numbers."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from streamlit.components.v2 import component

from embspace.figures.saving import save

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


def download(name: str, figure: go.Figure, table: pd.DataFrame, place: str) -> None:
    """A row of buttons for a figure and the numbers behind it; files are made when asked for.

    Args:
        name: of the files.
        figure: as it is drawn.
        table: the numbers.
        place: the key of the container that the figure stands in.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _images(key=f"{place}_images", data={"figures": place, "name": name}, width="content")
        st.download_button(
            "HTML",
            lambda: page_bytes(figure),
            f"{name}.html",
            "text/html",
            key=f"{place}_html",
            on_click="ignore",
            help="Works offline",
        )
        st.download_button(
            "CSV", lambda: table_bytes(table), f"{name}.csv", "text/csv", key=f"{place}_csv", on_click="ignore"
        )


def table_bytes(table: pd.DataFrame) -> bytes:
    """A table as CSV that spreadsheets read as UTF-8."""
    return table.to_csv(index=False).encode("utf-8-sig")


def page_bytes(figure: go.Figure) -> bytes:
    """A figure as an HTML page with plotly inside."""
    with TemporaryDirectory() as folder:
        return save(figure, Path(folder) / "figure.html").read_bytes()
