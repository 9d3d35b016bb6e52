"""Figures and results to files, by the file's ending."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from pandas.api.types import is_bool_dtype, is_integer_dtype, is_numeric_dtype

from embspace.errors import SettingsError
from embspace.figures.escaping import one_line
from embspace.figures.theme import FONT, look
from embspace.storage import write_aside

_PICTURES = (".svg", ".png", ".pdf")
_WIDTH, _HEIGHT = 700, 500
_PANEL = 300, 240


def save(what: go.Figure | pd.DataFrame, path: Path | str) -> Path:
    """Write a figure (.html, .json, .svg, .png, .pdf) or a result (.csv, .tex), whole or not at all; the path written.

    HTML works offline: it holds plotly itself. Pictures need kaleido.

    Raises:
        SettingsError: the ending is not one of these for what is to be saved, or kaleido is not installed.
        StoreError: the file cannot be written.
    """
    path = Path(path)
    ending = path.suffix.lower()
    if isinstance(what, pd.DataFrame):
        if ending not in (".csv", ".tex"):
            raise SettingsError(
                f"{path.name}: a result is saved as .csv or .tex; a figure of it as .html, .json or a picture."
            )
        data = (what.to_csv(index=False) if ending == ".csv" else latex(what)).encode()
    elif ending == ".html":
        data = _page(what).encode()
    elif ending == ".json":
        data = (what.to_json() or "").encode()
    elif ending in _PICTURES:
        if find_spec("kaleido") is None:
            raise SettingsError(
                f'{path.name}: pictures need kaleido, which is not installed: pip install "kaleido>=1". '
                "Or save .html and use the camera in its corner."
            )
        width, height = picture_size(what)
        data = what.to_image(format=ending[1:], scale=2, width=width, height=height)
    else:
        raise SettingsError(
            f"{path.name}: a figure is saved as .html, .json, {', '.join(_PICTURES)}; a result as .csv or .tex."
        )
    write_aside(path, lambda stream: stream.write(data))
    return path


def picture_size(figure: go.Figure) -> tuple[int, int]:
    """(width, height) of a picture in pixels: the figure's own, else enough for its panels."""
    layout: Any = figure.layout
    axes: tuple[list[Any], list[Any]] = list(figure.select_xaxes()), list(figure.select_yaxes())
    across, down = ({(axis.domain or (0, 1))[0] for axis in some} for some in axes)
    width, height = max(_WIDTH, _PANEL[0] * len(across)), max(_HEIGHT, _PANEL[1] * len(down))
    return int(layout["width"] or width), int(layout["height"] or height)


def latex(table: pd.DataFrame) -> str:
    """A result as a LaTeX table (booktabs): text escaped and to the left, numbers to the right, digits that tell."""
    numbers = [name for name in table.columns if is_numeric_dtype(table[name]) and not is_bool_dtype(table[name])]
    forms = {name: digits(pd.Series(table[name])) for name in numbers}
    texts = [name for name in table.columns if name not in numbers]
    shown = table.assign(**{str(name): table[name].map(one_line) for name in texts})
    style: Any = shown.style.format(forms, escape="latex", na_rep="--")
    style = style.format_index(escape="latex", axis="columns").hide(axis="index")
    return style.to_latex(hrules=True, column_format="".join("r" if one in numbers else "l" for one in table.columns))


def digits(values: pd.Series) -> str:
    """A format for the numbers of a column: whole ones as they are, others with 3 to 4 digits that tell them apart."""
    known = values.dropna()
    if is_integer_dtype(values) or (known == known.round()).all():
        return "{:.0f}"
    sizes = known.abs()
    largest, smallest = float(sizes.max()), float(sizes[sizes > 0].min())
    if smallest < 1e-4 and largest <= 1 and not (known < 0).any() and float(sizes.median()) < 1e-3:
        return "{:.2e}"
    return "{:.1f}" if largest >= 1000 else "{:.2f}" if largest >= 100 else "{:.3f}" if largest >= 10 else "{:.4f}"


def _page(figure: go.Figure) -> str:
    """A page of the figure's own brightness: its ground is transparent."""
    meta = figure.layout["meta"]
    colors = look(bool(meta.get("dark")) if isinstance(meta, dict) else False)
    style = f"margin:0;background:{colors.page};color:{colors.text};font-family:{FONT.replace(chr(39), '')}"
    page = figure.to_html(include_plotlyjs=True, full_html=True, config={"displaylogo": False, "responsive": True})
    return page.replace("<body>", f'<body style="{style}">', 1)
