"""Stored predictions as a menu calls them."""

from __future__ import annotations

import time
from collections.abc import Sequence

from embspace.corpora.entries import SYNTHETIC
from embspace.figures.theme import language_name
from embspace.workflows.stored_predictions import StoredPredictions

FEW = 3
"""languages that are named; more are counted"""


def title(one: StoredPredictions) -> str:
    """What a system was trained on, or its name."""
    seed = f", seed {one.seed}" if one.seed is not None and "/" in one.name else ""
    return f"trained on {_languages(one.train)}{seed}" if one.train else one.system


def label(one: StoredPredictions) -> str:
    """What a system was trained on, the sentences that it labelled, when, and its name."""
    when = time.strftime("%d %b %H:%M", time.localtime(one.made))
    return " · ".join([title(one), _sentences(one), when, *([one.system] if one.train else [])])


def _sentences(one: StoredPredictions) -> str:
    if one.part is None:
        return "own sentences"
    name = "SyntheticNER" if one.part.corpus == SYNTHETIC else one.part.corpus
    return f"{name}, {_languages(one.part.languages)}" if one.part.languages else name


def _languages(codes: Sequence[str]) -> str:
    """Few by name, many by their number."""
    return ", ".join(map(language_name, codes)) if len(codes) <= FEW else f"{len(codes)} languages"
