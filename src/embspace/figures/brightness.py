"""A figure that was drawn for a light page, on a dark one: every color of the theme becomes the one it has there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import cache
from typing import Any

from embspace.corpora.languages import LANGUAGES
from embspace.figures import theme

_COLOR = re.compile(r"#[0-9a-fA-F]{6}\b")
_FAINT = re.compile(r"rgba\((\d+), (\d+), (\d+), ")
_MOST_NUMBERS = 32
"""values of a column of numbers whose colors are known"""


def darkened(figure: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON form of a figure for a dark page; colors that are not of the theme stay.

    Args:
        figure: the JSON form of one that was drawn for a light page; one that is dark already is returned as it is.
    """
    if _is_dark(figure):
        return dict(figure)
    text = json.dumps(figure, ensure_ascii=False)
    colors = dark_colors()
    text = text.replace(theme.LIGHT.edge, theme.DARK.edge)
    text = _COLOR.sub(lambda found: colors.get(found[0].lower(), found[0]), text)
    made = json.loads(_FAINT.sub(_dark_faint, text))
    for path, color in text_colors(made):
        _put(made, path, color)
    made["layout"]["meta"] = {**_meta(figure), "dark": True}
    return made


@cache
def dark_colors() -> dict[str, str]:
    """The colors of the theme on light pages, `#rrggbb` -> what each is on dark ones."""
    light, dark = asdict(theme.LIGHT), asdict(theme.DARK)
    pairs = [(light[name], dark[name]) for name in light if name != "edge"]
    pairs += [(theme.language_color(code), theme.language_color(code, True)) for code in LANGUAGES]
    for scale in (theme.sequential, theme.diverging):
        pairs += [(one, other) for (_, one), (_, other) in zip(scale(False), scale(True), strict=True)]
    pairs += zip(theme.two_colors(False), theme.two_colors(True), strict=True)
    for count in range(1, _MOST_NUMBERS + 1):
        names = [str(number) for number in range(count)]
        pairs += zip(theme.number_colors(names).values(), theme.number_colors(names, True).values(), strict=True)
    found: dict[str, str] = {}
    for one, other in pairs:
        found.setdefault(one.lower(), other)
    return found


def text_colors(figure: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Colors of text that lies on a color, for a figure whose other colors are dark already: where, and which.

    Numbers in the cells of heat maps, text inside bars, and pieces of words on their chips.
    """
    for at, trace in enumerate(figure.get("data", ())):
        inside = trace.get("textfont", {}).get("color")
        if isinstance(inside, list):
            yield ("data", at, "textfont", "color"), ["#ffffff" if one == theme.DARK.text else one for one in inside]
        fill = trace.get("marker", {}).get("color")
        if "color" in trace.get("insidetextfont", {}) and isinstance(fill, str) and _COLOR.fullmatch(fill):
            yield ("data", at, "insidetextfont", "color"), theme.legible_on(fill)
    layout = figure.get("layout", {})
    chips = [one["fillcolor"] for one in layout.get("shapes", ()) if one.get("type") == "path" and "fillcolor" in one]
    pieces = [
        at for at, one in enumerate(layout.get("annotations", ())) if one.get("font", {}).get("family") == theme.MONO
    ]
    if len(chips) == len(pieces):  # each chip is drawn with its piece
        for at, fill in zip(pieces, chips, strict=True):
            yield ("layout", "annotations", at, "font", "color"), theme.legible_on(fill)


def _is_dark(figure: Mapping[str, Any]) -> bool:
    return bool(_meta(figure).get("dark"))


def _meta(figure: Mapping[str, Any]) -> Mapping[str, Any]:
    found = figure.get("layout", {}).get("meta")
    return found if isinstance(found, Mapping) else {}


def _dark_faint(found: re.Match[str]) -> str:
    light = "#" + "".join(f"{int(one):02x}" for one in found.groups())
    dark = dark_colors().get(light, light)
    return f"rgba({', '.join(str(int(dark[at : at + 2], 16)) for at in (1, 3, 5))}, "


def _put(figure: Any, path: tuple[str | int, ...], value: Any) -> None:
    *way, last = path
    for step in way:
        figure = figure[step]
    figure[last] = value
