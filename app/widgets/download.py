"""What can be taken away: the figure as it stands on the screen, a page that works offline, and the numbers."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

FIGURES = "map_figures"
"""key of the container whose figures are downloaded as images"""

# Streamlit keeps Plotly's functions to itself; the figure's own download button, told the format, does the work.
_SCRIPT = """
export default function ({ parentElement, data }) {
  parentElement.querySelectorAll("button").forEach((button) => {
    button.onclick = () => {
      document.querySelectorAll(`.st-key-${data.figures} .js-plotly-plot`).forEach((graph, index) => {
        graph._context.toImageButtonOptions = {
          format: button.dataset.format, filename: `${data.names[index]}`, scale: button.dataset.format === "png" ? 3 : 1,
        };
        setTimeout(() => graph.querySelector('.modebar-btn[data-title^="Download plot"]').click(), 600 * index);
      });
    };
  });
}
"""
_STYLE = """
div { display: flex; gap: 0.5rem; }
button {
  font: inherit; color: var(--st-text-color); background: var(--st-background-color); cursor: pointer;
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius); padding: 0.25rem 0.75rem;
  min-height: 2.5rem;
}
button:hover, button:focus-visible { border-color: var(--st-primary-color); color: var(--st-primary-color); outline: none; }
"""
_images = st.components.v2.component(
    "embspace.images",
    html='<div><button data-format="png">PNG</button><button data-format="svg">SVG</button></div>',
    css=_STYLE,
    js=_SCRIPT,
)


def download(names: list[str], page: Callable[[], str], table: Callable[[], pd.DataFrame]) -> None:
    """A row of buttons; `page` and `table` are made when asked for.

    Args:
        names: of the files, one per figure on the screen; the first one's is also that of page and table.
        page: the figure as an HTML page that needs no network.
        table: the numbers behind the figure.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _images(key="map_images", data={"figures": FIGURES, "names": names}, width="content")
        st.download_button("HTML", page, f"{names[0]}.html", "text/html", on_click="ignore", help="Works offline")
        st.download_button("CSV", lambda: table_bytes(table()), f"{names[0]}.csv", "text/csv", on_click="ignore")


def table_bytes(table: pd.DataFrame) -> bytes:
    """A table as CSV that spreadsheets read as UTF-8."""
    return table.to_csv(index=False).encode("utf-8-sig")


def page_of(figures: list[go.Figure], title: str) -> str:
    """Figures as one HTML page with the library inside."""
    parts = [
        figure.to_html(full_html=False, include_plotlyjs=number == 0, config={"displaylogo": False})
        for number, figure in enumerate(figures)
    ]
    return f'<!doctype html><meta charset="utf-8"><title>{title}</title>' + "".join(parts)
