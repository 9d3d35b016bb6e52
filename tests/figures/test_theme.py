from itertools import combinations
from typing import Any

import numpy as np
import pytest
from results import ELEVEN

from embspace.corpora.languages import LANGUAGES
from embspace.figures import theme

# OKLab (Ottosson 2020) and the dichromacy matrices of Machado et al. (2009), severity 1.
LMS = [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566]]
LMS = np.array([*LMS, [0.0883024619, 0.2817188376, 0.6299787005]])
LAB = [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099]]
LAB = np.array([*LAB, [0.0259040371, 0.7827717662, -0.8086757660]])
DEUTAN = np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]])
PROTAN = np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]])


def seen(color, eyes):
    channels = np.array([int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return LAB @ np.cbrt(LMS @ np.clip(eyes @ linear, 0, 1))


def hue_and_lightness(color):
    lightness, a, b = seen(color, np.eye(3))
    return np.degrees(np.arctan2(b, a)) % 360, lightness


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("eyes", "least"), [(np.eye(3), 0.12), (DEUTAN, 0.08), (PROTAN, 0.08)])
def test_the_eleven_languages_stay_apart_also_without_red_or_green(eyes, least, dark):
    colors = {code: seen(theme.language_color(code, dark), eyes) for code in ELEVEN}
    distance, pair = min((np.linalg.norm(colors[a] - colors[b]), (a, b)) for a, b in combinations(ELEVEN, 2))
    assert distance > least, pair


@pytest.mark.parametrize("code", ELEVEN)
def test_the_eleven_languages_are_legible_on_a_light_page(code):
    assert theme.contrast(theme.language_color(code), theme.LIGHT.page) > 1.8


def test_all_that_has_a_color_is_legible_on_a_dark_page():
    values = [str(number) for number in range(40)]
    colors = [theme.language_color(code, True) for code in [*LANGUAGES, *values]]
    colors += [*theme.number_colors(values, True).values(), *theme.category_colors(values).values()]
    assert min(theme.contrast(color, theme.DARK.page) for color in colors) > 3


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_language_keeps_its_hue_on_a_dark_page(code):
    hue, other = (hue_and_lightness(theme.language_color(code, dark))[0] for dark in (False, True))
    assert min(abs(hue - other), 360 - abs(hue - other)) < 12


@pytest.mark.parametrize("dark", [False, True])
def test_languages_of_a_family_share_a_hue_and_differ_in_lightness(dark):
    families = {}
    for code, language in LANGUAGES.items():
        families.setdefault(language.family, []).append(hue_and_lightness(theme.language_color(code, dark)))
    for members in families.values():
        for (hue, lightness), (other_hue, other_lightness) in combinations(members, 2):
            assert min(abs(hue - other_hue), 360 - abs(hue - other_hue)) < 12
            assert abs(lightness - other_lightness) > 0.04
    first = [families[name][0][0] for name in ("East Slavic", "West Slavic", "South Slavic", "Romance", "Germanic")]
    for one, other in combinations(first, 2):
        assert min(abs(one - other), 360 - abs(one - other)) > 40


@pytest.mark.parametrize("dark", [False, True])
def test_all_known_languages_have_colors_of_their_own(dark):
    assert len({theme.language_color(code, dark) for code in LANGUAGES}) == len(LANGUAGES)


def test_an_unknown_language_has_a_settled_muted_color_and_its_code_as_name():
    assert theme.language_color("xx") == theme.language_color("xx") != theme.language_color("yy")
    assert theme.language_name("xx") == "xx"
    assert theme.family("xx") == theme.OTHER


def test_script_and_region_do_not_change_the_color():
    assert theme.language_color("sr-Cyrl") == theme.language_color("sr")
    assert theme.language_name("sr-Cyrl") == "Serbian (Cyrl)"


def test_languages_are_ordered_by_family():
    expected = ["be", "ru", "uk", "cs", "pl", "bg", "sl", "ca", "es", "en", "tr", "xx", "yy"]
    assert theme.by_family(["yy", "tr", *ELEVEN, "xx"]) == expected


def test_types_have_their_symbols_and_colors_whatever_else_is_there():
    assert theme.symbols(["LOC", "PER", "ORG"]) == {"LOC": "diamond", "PER": "circle", "ORG": "square"}
    assert theme.symbols(["EVENT", "PER"]) == {"EVENT": "diamond", "PER": "circle"}
    assert theme.symbols(["1", "2", "3"]) == {"1": "circle", "2": "diamond", "3": "square"}
    assert theme.category_colors(["LOC"])["LOC"] == theme.category_colors(["PER", "LOC", "X"])["LOC"]
    assert len(set(theme.category_colors([*"abcdefgh", "PER"]).values())) == 9


def test_contrast_of_black_and_white():
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert theme.legible_on("#ffffff") == theme.LIGHT.text
    assert theme.legible_on("#101030") == "#ffffff"


@pytest.mark.parametrize("dark", [False, True])
def test_text_is_legible_on_its_page_and_the_ground_is_transparent(dark):
    look = theme.look(dark)
    assert theme.contrast(look.text, look.page) > 7
    assert theme.contrast(look.muted, look.page) > 4.5
    layout: Any = theme.template(dark).layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert layout.xaxis.showgrid is False


@pytest.mark.parametrize("dark", [False, True])
def test_numbers_are_legible_on_the_whole_scale(dark):
    for _, color in theme.sequential(dark):
        assert theme.contrast(theme.legible_on(color), color) > 3.8
