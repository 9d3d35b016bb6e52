"""The only colors and fonts: a color per language, a symbol per type, and the look of figures, light and dark."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from zlib import crc32

import plotly.graph_objects as go

from embspace.corpora.languages import LANGUAGES

FONT = "Inter, 'Source Sans 3', 'Segoe UI', 'Helvetica Neue', 'Noto Sans', 'DejaVu Sans', Arial, sans-serif"
MONO = "'JetBrains Mono', 'SF Mono', Menlo, Consolas, 'Noto Sans Mono', 'DejaVu Sans Mono', monospace"

_SPREAD = (0.50, 0.76, 0.63, 0.83, 0.57, 0.70)
# Family -> hue (degrees) and chroma in OKLCH, and the lightness of its languages in the order of LANGUAGES. The six
# families of SyntheticNER were placed by search: their eleven languages stay apart for eyes with all three cones and
# without the red or the green one (tests/figures/test_theme.py says how far), and legible on white and on black.
_FAMILIES: dict[str, tuple[float, float, tuple[float, ...]]] = {
    "East Slavic": (262, 0.19, (0.45, 0.80, 0.60)),
    "West Slavic": (315, 0.13, (0.44, 0.69, 0.82)),
    "South Slavic": (169, 0.11, (0.78, 0.48, 0.63, 0.70)),
    "Romance": (85, 0.15, (0.48, 0.79, 0.62, 0.70, 0.55, 0.84)),
    "Germanic": (30, 0.16, (0.68, 0.50, 0.80, 0.60, 0.42)),
    "Turkic": (352, 0.20, (0.58,)),
    "Hellenic": (220, 0.09, (0.62,)),
    "Uralic": (128, 0.14, _SPREAD),
    "Basque": (108, 0.11, (0.62,)),
    "Indo-Aryan": (50, 0.10, _SPREAD),
    "Semitic": (95, 0.07, (0.62,)),
    "Sino-Tibetan": (10, 0.10, (0.62,)),
    "Austroasiatic": (190, 0.07, (0.62,)),
    "Kra-Dai": (320, 0.08, (0.62,)),
    "Bantu": (145, 0.07, (0.62,)),
}
# The lightness on a dark page, where all are brighter: 3 to 1 against it, and as far apart by the same tests.
_SPREAD_ON_DARK = (0.54, 0.80, 0.67, 0.87, 0.60, 0.74)
_ON_DARK: dict[str, tuple[float, ...]] = {
    "East Slavic": (0.52, 0.87, 0.66),
    "West Slavic": (0.52, 0.78, 0.89),
    "South Slavic": (0.81, 0.54, 0.65, 0.73),
    "Romance": (0.54, 0.85, 0.67, 0.76, 0.60, 0.91),
    "Germanic": (0.74, 0.60, 0.85, 0.67, 0.53),
    "Turkic": (0.67,),
    "Uralic": _SPREAD_ON_DARK,
    "Indo-Aryan": _SPREAD_ON_DARK,
}
_ALONE_ON_DARK = (0.67,)
OTHER = "Other"

_SYMBOLS = {"PER": "circle", "LOC": "diamond", "ORG": "square", "MISC": "cross"}
# All that a figure in space can draw, and what one in the plane can besides.
_SOLID_SYMBOLS = ("circle", "diamond", "square", "cross", "x", "circle-open", "diamond-open", "square-open")
_PLANE_SYMBOLS = (
    *("circle", "diamond", "square", "cross", "x", "triangle-up", "triangle-down", "star", "hexagon"),
    *("triangle-left", "triangle-right", "hourglass", "bowtie", "circle-open", "diamond-open", "square-open"),
)

LINE_MARKERS = ("circle", "diamond", "square", "cross", "triangle-up", "x", "star")
"""markers of lines, by number: what tells them apart in gray"""


@dataclass(frozen=True, slots=True)
class Look:
    """Colors of everything that is not data."""

    page: str
    text: str
    muted: str
    line: str
    surface: str
    edge: str


LIGHT = Look(
    page="#ffffff", text="#1f2430", muted="#6b7280", line="#e2e5ea", surface="#f4f5f7", edge="rgba(31,36,48,0.25)"
)
DARK = Look(
    page="#14161a", text="#e6e8ec", muted="#9aa3af", line="#2b313c", surface="#1f2228", edge="rgba(255,255,255,0.30)"
)


def look(dark: bool) -> Look:
    """The look on a dark or a light page."""
    return DARK if dark else LIGHT


def language_name(code: str) -> str:
    """The English name of a language, or its code where it is not known; of texts in two (`en+ru`) both names."""
    if "+" in str(code):
        return " + ".join(map(language_name, str(code).split("+")))
    known = LANGUAGES.get(str(code).split("-")[0].lower())
    if known is None:
        return str(code)
    return known.name if "-" not in str(code) else f"{known.name} ({str(code).split('-', 1)[1]})"


def family(code: str) -> str:
    """The family of a language; `OTHER` where it is not known."""
    known = LANGUAGES.get(str(code).split("-")[0].lower())
    return known.family if known else OTHER


@cache
def language_color(code: str, dark: bool = False) -> str:
    """The color of a language, `#rrggbb`: the hue of its family at a lightness of its own; the same everywhere.

    On a `dark` page the hues are the same and all languages brighter.
    """
    code = str(code).split("-")[0].lower()
    if code not in LANGUAGES:
        # Muted, at a place that depends on the code alone.
        dimmest = 0.56 if dark else 0.52
        return _hex(dimmest + 0.26 * (crc32(code.encode()) % 97) / 96, 0.045, crc32(code[::-1].encode()) % 360)
    kin = [one for one, language in LANGUAGES.items() if language.family == LANGUAGES[code].family]
    hue, chroma, lightness = _FAMILIES[LANGUAGES[code].family]
    lightness = _ON_DARK.get(LANGUAGES[code].family, _ALONE_ON_DARK) if dark else lightness
    return _hex(lightness[kin.index(code) % len(lightness)], chroma, hue)


def faint(color: str, opacity: float = 0.13) -> str:
    """A hint of a color `#rrggbb`, for bands that lie over each other."""
    return f"rgba({', '.join(str(int(color[at : at + 2], 16)) for at in (1, 3, 5))}, {opacity})"


def by_family(codes: Iterable[str]) -> list[str]:
    """The languages, each once: by family and, inside one, in the order of `LANGUAGES`; those unknown last, by code."""
    families, known = [*_FAMILIES, OTHER], list(LANGUAGES)

    def place(code: str) -> tuple[int, int, str]:
        short = code.split("-")[0].lower()
        return families.index(family(code)), known.index(short) if short in known else len(known), code

    return sorted({str(code) for code in codes}, key=place)


def symbols(types: Iterable[str], solid: bool = False) -> dict[str, str]:
    """A marker for each type: circle PER, diamond LOC, square ORG, cross MISC; others take what is left, in order.

    There are 16 in the plane and 8 in space (`solid`); of more values some share one.
    """
    named = list(dict.fromkeys(types))
    taken = {_SYMBOLS.get(name) for name in named}
    left = [one for one in (_SOLID_SYMBOLS if solid else _PLANE_SYMBOLS) if one not in taken]
    others = [name for name in named if name not in _SYMBOLS]
    chosen = {name: left[number % len(left)] for number, name in enumerate(others)}
    return {name: _SYMBOLS.get(name) or chosen[name] for name in named}


def symbol_count(solid: bool = False) -> int:
    """How many different markers there are: 16 in the plane, 8 in space."""
    return len(_SOLID_SYMBOLS if solid else _PLANE_SYMBOLS)


def category_colors(values: Iterable[str]) -> dict[str, str]:
    """A color for each value of a column that is not the language; types have their own, others go by order."""
    named = list(dict.fromkeys(values))
    others = [name for name in named if name not in _SYMBOLS]
    places = {name: at for at, name in enumerate([*_SYMBOLS, *others])}
    # The golden angle: neighbors in the list are far apart on the wheel.
    return {
        name: _hex((0.60, 0.74, 0.52)[places[name] % 3], 0.14, (256 + places[name] * 137.5) % 360) for name in named
    }


def number_colors(values: Sequence[str], dark: bool = False) -> dict[str, str]:
    """A color for each value of a column of numbers, from light gold to deep violet in order; brighter if dark."""
    last, high, span = max(len(values) - 1, 1), *((0.90, 0.36) if dark else (0.82, 0.38))
    return {one: _hex(high - span * i / last, 0.14, 85 - 145 * i / last) for i, one in enumerate(values)}


def sequential(dark: bool) -> list[tuple[float, str]]:
    """A color scale for magnitudes: from the page's color to a deep (on dark pages: bright) blue."""
    steps = [0.27, 0.38, 0.49, 0.60, 0.71, 0.82] if dark else [0.97, 0.88, 0.78, 0.67, 0.56, 0.44]
    chroma = [0.03, 0.06, 0.09, 0.11, 0.11, 0.09] if dark else [0.01, 0.04, 0.08, 0.11, 0.13, 0.13]
    last = len(steps) - 1
    return [(i / last, _hex(light, chroma[i], 250)) for i, light in enumerate(steps)]


def diverging(dark: bool) -> list[tuple[float, str]]:
    """A color scale for numbers on both sides of zero: amber below, the page's color at zero, blue above."""
    steps = [0.27, 0.42, 0.57, 0.70, 0.82] if dark else [0.97, 0.86, 0.73, 0.60, 0.46]
    chroma = [0.01, 0.06, 0.10, 0.11, 0.09] if dark else [0.005, 0.05, 0.10, 0.13, 0.13]
    colors = [_hex(steps[i], chroma[i], 60) for i in (4, 3, 2, 1)]
    colors += [_hex(steps[i], chroma[i], 250) for i in range(5)]
    return [(i / 8, color) for i, color in enumerate(colors)]


def two_colors(dark: bool) -> tuple[str, str]:
    """Colors of two things that are set against each other: far apart in gray and for color-blind eyes."""
    return (_hex(0.84, 0.09, 235), _hex(0.62, 0.16, 48)) if dark else (_hex(0.42, 0.14, 258), _hex(0.76, 0.14, 65))


def legible_on(color: str) -> str:
    """The text color, dark or light, with more contrast on a color."""
    return max((LIGHT.text, "#ffffff"), key=lambda text: contrast(text, color))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colors, 1 .. 21 (WCAG 2)."""
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@cache
def template(dark: bool = False) -> go.layout.Template:
    """The plotly template of all figures: transparent ground, quiet axes without a grid, room for the data."""
    colors = look(dark)
    axis = {
        "showgrid": False,
        "zeroline": False,
        "linecolor": colors.line,
        "tickcolor": colors.line,
        "tickfont": {"color": colors.muted, "size": 12},
        "title": {"font": {"color": colors.muted, "size": 13}},
        "automargin": True,
    }
    legend = {"font": {"size": 12.5, "color": colors.text}, "bgcolor": "rgba(0,0,0,0)", "itemsizing": "constant"}
    layout = go.Layout(
        font={"family": FONT, "size": 13, "color": colors.text},
        title={"font": {"size": 17}, "x": 0.01, "xanchor": "left"},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        xaxis=axis,
        yaxis=axis,
        legend={**legend, "grouptitlefont": {"size": 11.5, "color": colors.muted}, "tracegroupgap": 4},
        hoverlabel={
            "bgcolor": colors.surface,
            "bordercolor": colors.line,
            "font": {"family": FONT, "size": 13, "color": colors.text},
            "align": "left",
            "namelength": -1,
        },
        margin={"l": 16, "r": 16, "t": 44, "b": 16},
        colorway=[language_color(code, dark) for code in ("ru", "en", "bg", "es", "cs", "tr")],
        hovermode="closest",
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": colors.muted, "activecolor": colors.text},
    )
    return go.layout.Template(layout=layout)


def _hex(lightness: float, chroma: float, hue: float) -> str:
    """OKLCH (Ottosson 2020) -> sRGB; chroma is lowered until the color can be shown."""
    while True:
        a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
        long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
        middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
        short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
        linear = (
            4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
        )
        if all(-1e-4 <= value <= 1.0001 for value in linear) or chroma <= 0:
            break
        chroma = max(0.0, chroma - 0.004)
    shown = (min(1.0, max(0.0, value)) for value in linear)
    gamma = (12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055 for value in shown)
    return "#" + "".join(f"{round(255 * value):02x}" for value in gamma)


def _luminance(color: str) -> float:
    channels = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
