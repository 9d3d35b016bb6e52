"""What an analysis is to the command line and the pages: what makes its tables, what draws them, what it takes."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Table:
    """A table of an analysis.

    Attributes:
        run: "module:function" that makes it: of what the analysis takes, or of its first table (`derived`).
        title: a few words.
        figures: "module:function" each, drawn of it.
        derived: made from the analysis's first table, not from spaces.
        over_layers: those of its figures that show all layers on a page, though they could show one.
        over_steps: "module:function" each, drawn beside `figures` where the checkpoints are steps of trainings.
    """

    run: str
    title: str
    figures: tuple[str, ...] = ()
    derived: bool = False
    over_layers: tuple[str, ...] = ()
    over_steps: tuple[str, ...] = ()

    def drawings(self, steps: bool) -> tuple[str, ...]:
        """What draws it, of `steps` of trainings or of other checkpoints."""
        return (*self.over_steps, *self.figures) if steps else self.figures


@dataclass(frozen=True, slots=True)
class Given:
    """Files that an analysis takes.

    Attributes:
        argument: of its first tables' functions, and the option of the command.
        reader: "module:function", from a list of paths to what the argument takes.
        example: what the option may be told.
        keep: "module:function", from what the option is told, and a workspace, to what a config calls it.
        needed: nothing can be done without, even where the analysis takes something else too.
    """

    argument: str
    reader: str
    example: str
    keep: str = "embspace.workflows.given_files:keep_files"
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Analysis:
    """An analysis as the command line and the pages know it.

    Attributes:
        tables: by name; the first has the analysis's own.
        title: a few words.
        about: two plain sentences on what it shows.
        formula: KaTeX; empty where there is none.
        paper: where it is from.
        takes: "space" (one), "pair" (two, as two arguments), "spaces" (one, or a list of several), "corpus", or "files"
            alone (`given`).
        links: the first tables are also given `links`, the word alignments of the corpus, where no files are given and
            the spaces are of words.
        given: files that it can be given.
        targets: what of the corpus gets a vector, if not what the corpus says.
        vectors: it looks at vectors, which may be transformed first.
        whole: of SyntheticNER it takes all entities, not those that are named.
        steps: a run without a step means all of its steps whose spaces are stored.
        start: settings that its page begins with, such as all layers, for the slider.
        quick: takes seconds at most, so that a page starts it by itself where its space is stored.
    """

    tables: Mapping[str, Table]
    title: str
    about: str
    formula: str
    paper: str
    takes: Literal["space", "pair", "spaces", "corpus", "files"] = "space"
    links: bool = False
    given: Given | None = None
    targets: Literal["auto", "entities", "words"] = "auto"
    vectors: bool = True
    whole: bool = False
    steps: bool = False
    start: Mapping[str, Any] = field(default_factory=dict)
    quick: bool = True


def resolve(path: str) -> Callable[..., Any]:
    """The function that "module:function" names; its module is imported."""
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


def draw(figure: Callable[..., Any], table: Any, **told: Any) -> Any:
    """A figure of a table, told of what is given only what it has an argument for; what is None is left to it."""
    known = inspect.signature(figure).parameters
    return figure(table, **{name: value for name, value in told.items() if name in known and value is not None})
