"""How one word is cut in every language, by one tokenizer or by several side by side."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from embspace.errors import SettingsError
from embspace.figures import theme
from embspace.figures.checkpoint_names import short_names
from embspace.figures.drawing import LETTER, Drawing, shortened, shown_length
from embspace.figures.escaping import escaped

_FORM, _PIECE, _COUNT, _BETWEEN = 150.0, 17.0, 150.0, 24.0
"""pixels: where the form begins, what a chip takes beside its letters, a count, and what lies between columns"""


def splits_table(result: pd.DataFrame, *, dark: bool = False, per_language: int = 4) -> go.Figure:
    """A row per written form with its pieces as chips, and how many pieces words of its language usually take.

    Checkpoints stand side by side. A form that is cut in several ways is shown as it is cut most often.

    Args:
        result: of `analyses.tokenization.splits`.
        dark: for a dark page.
        per_language: the most frequent forms of each language are shown; the last line says how many are not.

    Raises:
        SettingsError: the result has no rows, or `per_language` is below 1.
    """
    if per_language < 1:
        raise SettingsError(f"per_language={per_language} is not possible; it is 1 or more.")
    if not len(result):
        raise SettingsError("The result has no rows, so there is nothing to draw.")
    rows = result.assign(checkpoint=result.get("checkpoint", ""))
    ways = ["checkpoint", "language", "text", "pieces", "n_pieces", "fertility"]
    cut = rows.groupby(ways, sort=False, as_index=False, dropna=False).agg(count=("count", "sum"))
    cut = cut.sort_values("count", ascending=False, kind="stable")
    totals = list(dict.fromkeys(zip(cut["language"].astype(str), cut["text"].astype(str), strict=True)))
    first = {
        (str(row["checkpoint"]), str(row["language"]), str(row["text"])): row
        for row in cut.drop_duplicates(["checkpoint", "language", "text"]).to_dict("records")
    }
    checkpoints = list(dict.fromkeys(map(str, rows["checkpoint"])))
    draw = Drawing(dark)
    places = _places(cut, checkpoints)
    names = short_names(checkpoints)
    for header, x in (("language", 0.0), ("written", _FORM), *zip(map(names.get, checkpoints), places, strict=True)):
        draw.text(escaped(shortened(header or "pieces")), x, 0, muted=True)
    row, hidden = 1, 0
    for code in theme.by_family(result["language"]):
        forms = [str(text) for language, text in totals if language == code]
        hidden += max(0, len(forms) - per_language)
        color = theme.language_color(code, dark)
        draw.rule(row)
        draw.text(f'<span style="color:{color}">●</span>  {escaped(theme.language_name(code))}', 0, row)
        for text in forms[:per_language]:
            draw.text(escaped(shortened(str(text))), _FORM, row)
            for checkpoint, x in zip(checkpoints, places, strict=True):
                if (found := first.get((checkpoint, code, text))) is not None:
                    for piece in str(found["pieces"]).split():
                        x = draw.chip(piece, x, row, color)
                    draw.text(_said(int(found["n_pieces"]), float(found["fertility"])), x + 4, row, muted=True)
                    draw.widen(x + _COUNT)
            row += 1
    if hidden:
        draw.text(f"and {hidden:,} less frequent form{'s' if hidden > 1 else ''}", _FORM, row, muted=True)
        row += 1
    return draw.figure(row)


def _places(cut: pd.DataFrame, checkpoints: list[str]) -> list[float]:
    """Where the pieces of each checkpoint begin."""
    at = _FORM + max(90.0, 8.2 * max(shown_length(str(text)) for text in cut["text"]) + 28)
    found = []
    for checkpoint in checkpoints:
        found.append(at)
        pieces = cut.loc[cut["checkpoint"] == checkpoint, "pieces"].astype(str)
        at += max(len(one.replace(" ", "")) * LETTER + len(one.split()) * _PIECE for one in pieces) + _COUNT + _BETWEEN
    return found


def _said(n_pieces: int, fertility: float) -> str:
    return f"{n_pieces or 'no pieces'}" + ("" if pd.isna(fertility) else f", usually {fertility:.2f}")
