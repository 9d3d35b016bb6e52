"""The steps of `transform`: which there are, how they are written, and the partners that a rotation needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from embspace.errors import SettingsError

if TYPE_CHECKING:
    from embspace.spaces.space import Space

STEPS = {
    "center": "each language's mean subtracted",
    "center-all": "the mean of all words subtracted",
    "all-but-the-top": "centered, the widest directions removed (:k; dim / 100 by default)",
    "whiten": "centered, the covariance made the identity",
    "z": "each dimension to mean 0 and deviation 1",
    "rotate": "each language turned onto another (:language) by Procrustes over parallel words",
}
"""what may be done to a space, and what it does"""


class Step(NamedTuple):
    """A step: its name, what stands behind the colon (or ""), and both as they were written."""

    name: str
    argument: str
    text: str


def parse_step(text: str, space: Space) -> Step:
    """A step as a user writes it: a name of `STEPS`, some with an argument behind a colon.

    Raises:
        SettingsError: there is none of that name, or its number or language is not possible.
    """
    name, colon, argument = text.partition(":")
    if name == "csls":
        raise SettingsError('"csls" changes how neighbors are ranked, not vectors: it is a metric of their search.')
    if name not in STEPS:
        known = ", ".join(STEPS).replace("rotate", "rotate:LANGUAGE")
        raise SettingsError(f"There is no transform {text!r}; possible are {known}, in any order, several times.")
    if name == "rotate":
        languages = list(dict.fromkeys(space.words["language"]))
        if argument not in languages:
            raise SettingsError(
                f"{text!r} names no language of this space; rotate:LANGUAGE turns the others onto one of "
                f"{', '.join(map(str, languages))}."
            )
    elif name == "all-but-the-top":
        if colon and not (argument.isdecimal() and int(argument) <= space.dim):
            raise SettingsError(f"{text!r} is not possible; all-but-the-top:k removes k = 0 to {space.dim} directions.")
    elif colon:
        raise SettingsError(f"{text!r} is not possible; {name} takes no argument.")
    return Step(name, argument, text)


def partners_of(space: Space, pairs: pd.DataFrame, onto: str, linked: bool) -> pd.DataFrame:
    """`language_a row_a row_b`: rows of other languages and their partners in the language `onto`.

    Raises:
        SettingsError: a language has none.
    """
    swapped = {"language_a": "language_b", "row_a": "row_b", "language_b": "language_a", "row_b": "row_a"}
    turned = pairs.rename(columns=swapped)
    both = pd.concat([pairs, turned], ignore_index=True)
    chosen = both.loc[(both["language_b"] == onto) & (both["language_a"] != onto), ["language_a", "row_a", "row_b"]]
    absent = [one for one in dict.fromkeys(space.words["language"]) if one not in {onto, *chosen["language_a"]}]
    if absent:
        what = "links" if linked else "parallel entities"
        raise SettingsError(
            f"rotate:{onto} needs words of {absent[0]} that mean the same as words of {onto}, and there are no {what} "
            "of the two: give word alignments (links=...), or leave that language out (space.select)."
        )
    return chosen.reset_index(drop=True)
