"""Ways to fine-tune that are offered: those of the studies that embspace repeats, each with a plain word on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from embspace.training.config import TrainConfig

DEFAULT = TrainConfig()


@dataclass(frozen=True, slots=True)
class Recipe:
    """A start for the form.

    Attributes:
        title: in the menu.
        word: what is done and why, in plain words.
        settings: of `TrainConfig`, those that differ from its defaults.
        languages: that are learned from; none: all that the corpus has.
        per_type: of SyntheticNER sentences per entity type and language; None: the paper's counts.
    """

    title: str
    word: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    languages: tuple[str, ...] = ("en",)
    per_type: int | None = None

    def value(self, name: str) -> Any:
        """A setting of `TrainConfig`: the recipe's, else the usual one."""
        return self.settings.get(name, getattr(DEFAULT, name))


RECIPES = {
    "exploring": Recipe(
        "Exploring: how one language moves the others",
        "One epoch of English SyntheticNER with the paper's counts (8,534 sentences to learn from, 1,613 to score in "
        "each language), and a space every 50 steps: how languages that were not learned from change on the way.",
        {"dev_share": 0.0},
    ),
    "try": Recipe(
        "A short try",
        "Twenty sentences of each type, four epochs: to see that all goes well.",
        {"epochs": 4, "batch": 8, "probe_every": 10},
        per_type=20,
    ),
    "lingua-franca": Recipe(
        "Lingua franca: one language for all, frozen layers",
        "Learned from one language and scored in all: 20 epochs at 5e-5 in batches of 32, IOB1 tags, windows of 64 "
        "pieces that share 8; the epoch with the best F1 of sentences held out counts. Embeddings and the lowest 3 "
        "layers stay as they are; compare with others from -1 on. Objectives read sentences without tags.",
        {"epochs": 20, "batch": 32, "encoding": "IOB1", "length": 64, "overlap": 8, "freeze": 3, "probe_every": 0},
    ),
    "adjustment": Recipe(
        "Adjustment: three epochs, five seeds",
        "3 epochs at 2e-5 in batches of 32, five seeds: the fine-tuning that follows, or does without, a cross-lingual "
        "adjustment. Give the adjusted checkpoint, or the original one.",
        {"epochs": 3, "batch": 32, "rate": 2e-5, "seeds": (0, 1, 2, 3, 4), "probe_every": 0},
    ),
    "architectures": Recipe(
        "Architectures: all languages together",
        "4 epochs at 5e-5 in batches of 16, on a quarter of every language (mix A), or all of English and a quarter of "
        "each other (mix B).",
        {"epochs": 4, "mix": "A", "probe_every": 0},
        (),
    ),
}
