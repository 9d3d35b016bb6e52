"""Scores of settings over seeds set against each other; what lies within one deviation is not told apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from embspace.figures.theme import language_name

Setting = tuple[str, int]
"""model and frozen layers"""
LEAST = 20.0
"""F1, in percent, below which a share of it tells nothing"""
_NO_SEEDS = "Nothing was trained of it"


def side(ones: Sequence[float], others: Sequence[float]) -> int:
    """1: the first are higher on the mean, -1: lower, 0: by no more than the larger of their deviations.

    Of single seeds, which have no deviation, any difference counts.
    """
    difference = float(np.mean(ones) - np.mean(others))
    spread = max((float(np.std(one, ddof=1)) for one in (ones, others) if len(one) > 1), default=0.0)
    return 0 if abs(difference) <= spread else int(np.sign(difference))


def every(sides: Iterable[int]) -> bool | None:
    """Whether all are above; None: some are too near to tell."""
    found = list(sides)
    return None if not found or (-1 not in found and 0 in found) else -1 not in found


def some(sides: Iterable[int]) -> bool | None:
    """Whether any is above; None: some are too near to tell."""
    found = list(sides)
    return True if 1 in found else None if not found or 0 in found else False


def one_fails(sides: Iterable[int]) -> bool | None:
    """Whether any is below; None: none is, but some are too near to tell."""
    found = list(sides)
    return True if -1 in found else None if not found or 0 in found else False


def most(sides: Iterable[int]) -> bool | None:
    """Whether more than half are above; None: some are too near to tell."""
    found = list(sides)
    if not found or 2 * found.count(1) <= len(found) < 2 * (found.count(1) + found.count(0)):
        return None
    return 2 * found.count(1) > len(found)


class Cells:
    """F1 by setting and language, in the form that findings ask.

    Args:
        scores: `model frozen language seed` and the part's column, in percent.
        part: dev or test.
    """

    def __init__(self, scores: pd.DataFrame, part: str = "test") -> None:
        groups = scores.groupby(["model", "frozen", "language"], sort=False)[part]
        self._values: dict[tuple[str, int, str], list[float]] = {}
        for (model, frozen, language), values in groups:  # pyright: ignore[reportGeneralTypeIssues] - a list gives tuples
            self._values[str(model), int(frozen), str(language)] = [float(one) for one in values]
        self.settings: list[Setting] = list(dict.fromkeys((one[0], one[1]) for one in self._values))
        self.languages = list(dict.fromkeys(str(one) for one in scores["language"]))

    def of(self, setting: Setting, language: str) -> list[float]:
        """The seeds' scores; empty: there are none."""
        return self._values.get((*setting, language), [])

    def mean(self, setting: Setting, language: str) -> float:
        """NaN where there are none."""
        values = self.of(setting, language)
        return float(np.mean(values)) if values else float("nan")

    def in_all(self, *settings: Setting) -> list[str]:
        """The languages that have scores of all these settings."""
        return [one for one in self.languages if all(self.of(setting, one) for setting in settings)]

    def best(self, settings: Iterable[Setting], language: str) -> Setting | None:
        """The setting with the highest mean; None: there is none."""
        there = [one for one in settings if self.of(one, language)]
        return max(there, key=lambda one: self.mean(one, language)) if there else None

    def sides(self, one: Setting, other: Setting) -> dict[str, int]:
        """Language -> whether one setting is above another."""
        return {name: side(self.of(one, name), self.of(other, name)) for name in self.in_all(one, other)}

    def shares(self, setting: Setting, of: Setting) -> dict[str, float]:
        """Language -> what share one setting's mean has of another's, where that is above `LEAST`."""
        there = [one for one in self.in_all(setting, of) if self.mean(of, one) >= LEAST]
        return {one: self.mean(setting, one) / self.mean(of, one) for one in there}

    def told(self, setting: Setting, language: str) -> str:
        """Mean and deviation as text."""
        return amount(self.of(setting, language))

    def against(self, one: Setting, other: Setting) -> str:
        """Both settings in every language, and which differences are within one deviation."""
        parts = [
            f"{language_name(name)} {self.told(one, name)} against {self.told(other, name)}{near(verdict)}"
            for name, verdict in self.sides(one, other).items()
        ]
        return ended("; ".join(parts))


def amount(values: Sequence[float]) -> str:
    """Mean and deviation as text."""
    if not values:
        return "no score"
    spread = f" ± {np.std(values, ddof=1):.1f}" if len(values) > 1 else ""
    return f"{np.mean(values):.1f}{spread}"


def ended(text: str) -> str:
    """A sentence, or that there is nothing."""
    return f"{text or _NO_SEEDS}."


def near(verdict: int) -> str:
    """What is added to numbers that `side` does not tell apart."""
    return "" if verdict else " (within one deviation)"
