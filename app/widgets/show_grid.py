"""A table of a study as text: measured or published, numbers to the right with the digits of the paper."""

from __future__ import annotations

from html import escape

import streamlit as st

from embspace.studies.cells import Grid


def show_grid(grid: Grid, title: str, below: str = "") -> None:
    """The table under a title, and what its numbers are; a wide one scrolls inside itself."""
    st.html(grid_html(grid, title, below))


def grid_html(grid: Grid, title: str, below: str = "") -> str:
    """The table as HTML."""
    names = "".join(_cell("th", name, number) for name, number in zip(grid.columns, grid.numbers, strict=True))
    rows = "".join(
        "<tr>" + "".join(_cell("td", cell, number) for cell, number in zip(row, grid.numbers, strict=True)) + "</tr>"
        for row in grid.rows
    )
    said = f'<p class="said">{escape(below)}</p>' if below else ""
    return (
        f'<div class="grid"><p class="title">{escape(title)}</p><div class="scroll">'
        f"<table><thead><tr>{names}</tr></thead><tbody>{rows}</tbody></table></div>{said}</div>"
    )


def _cell(tag: str, text: str, number: bool) -> str:
    kind = ' class="number"' if number else ""
    return f"<{tag}{kind}>{escape(text)}</{tag}>"
