"""The nouns of a study: its items (tables and figures of the paper), what they are made of, and what they come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from embspace.errors import StudyError
from embspace.progress import Progress
from embspace.studies.config import StudyConfig
from embspace.workflows.training_batch import Plan, Trained
from embspace.workspace import Workspace

if TYPE_CHECKING:
    import plotly.graph_objects as go


@dataclass(frozen=True, slots=True)
class Finding:
    """A claim of the paper, and whether it holds here.

    Attributes:
        claim: in our words.
        where: in the paper, such as "4.2, Figure 5".
        holds: None: this run cannot tell.
        evidence: the numbers that say so, or why it cannot be told.
    """

    claim: str
    where: str
    holds: bool | None
    evidence: str


@dataclass(frozen=True, slots=True)
class Output:
    """What was measured for an item.

    Attributes:
        tables: name -> rows; the first one stands beside the published table, in its layout.
        figures: name -> figure.
        notes: what differs from the paper in this item alone, and what is to be known of its numbers.
        findings: claims of the paper that it tells of.
        missing: why there is nothing, such as data that are not at hand; empty: there is.
    """

    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    figures: Mapping[str, go.Figure] = field(default_factory=dict)
    notes: Sequence[str] = ()
    findings: Sequence[Finding] = ()
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What an item is made with.

    Attributes:
        config: of the study.
        workspace: where all of it lies.
        progress: may raise `Cancelled`.
        trained: the fine-tunings that the item asked for, by name.
    """

    config: StudyConfig
    workspace: Workspace
    progress: Progress
    trained: Mapping[str, Trained]


@dataclass(frozen=True, slots=True)
class Item:
    """A table or figure of the paper.

    Attributes:
        title: a few words.
        make: measures and draws it.
        trainings: which fine-tunings it needs, by name; equal ones of several items have one name, and are done once.
    """

    title: str
    make: Callable[[Context], Output]
    trainings: Callable[[StudyConfig], Mapping[str, Plan]] = field(default=lambda _: {})


def sizes_of(config: StudyConfig) -> dict[str, str]:
    """What a study reads whose sentences and languages are the paper's unless settings say otherwise."""
    return {
        "Training sentences": amount(config.sentences, config.scale),
        "Test sentences": amount(config.test_sentences, config.scale),
        "Languages": " ".join(config.languages) if config.languages else "as in the paper",
    }


def amount(given: int | None, scale: float) -> str:
    """Sentences per language, as a number or as a share of the paper's."""
    if given:
        return f"{given:,} per language"
    return "as many as in the paper" if scale == 1 else f"{scale:.3g} of the paper's"


@dataclass(frozen=True, slots=True)
class Study:
    """A paper made again.

    Attributes:
        name: that it goes by here.
        title: of the paper.
        items: "table-2" -> how it is made, in the paper's order; the names are those of published.toml.
        differences: what differs from the paper in a run with these settings: model, data, amounts.
        roles: parts of `StudyConfig.corpora` that it reads -> what they are.
        sizes: what a run with these settings reads: `Training sentences`, `Test sentences`, `Languages` -> few words.
    """

    name: str
    title: str
    items: Mapping[str, Item]
    differences: Callable[[StudyConfig], Sequence[str]]
    roles: Mapping[str, str] = field(default_factory=dict)
    sizes: Callable[[StudyConfig], Mapping[str, str]] = sizes_of

    def chosen(self, config: StudyConfig) -> dict[str, Item]:
        """The items that a config asks for, in the paper's order.

        Raises:
            StudyError: there is no such item, or no such part of the data.
        """
        if unknown := [one for one in config.only if one not in self.items]:
            raise StudyError(f"only: {self.name} has no {', '.join(unknown)}; there are {', '.join(self.items)}.")
        if unknown := [one for one in config.corpora if one not in self.roles]:
            told = ", ".join(f"{name} ({what})" for name, what in self.roles.items()) or "none"
            raise StudyError(f"corpora: {self.name} reads no {', '.join(unknown)}; what can be named: {told}.")
        return {name: item for name, item in self.items.items() if not config.only or name in config.only}

    def trainings(self, config: StudyConfig) -> dict[str, Plan]:
        """All fine-tunings of the chosen items, each once."""
        found: dict[str, Plan] = {}
        for item in self.chosen(config).values():
            for name, one in item.trainings(config).items():
                if found.setdefault(name, one) != one:
                    raise StudyError(f"{self.name}: two fine-tunings are called {name!r}.")
        return found
