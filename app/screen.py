"""What a page of an analysis has on the screen, as a value: a table of the result, its figure, the rows behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import signature

import pandas as pd

from embspace.figures.projection import layer_name
from embspace.workflows.analysis import Analysis, resolve
from subject import Question

ALL = "all"
"""what a figure shows of languages or systems where it is told none"""
TOGETHER = ("language", "system")
"""arguments of figures that show all of them where they are told none"""
OVER_STEPS = "Over steps"
"""title of figures of steps of trainings"""


@dataclass(frozen=True)
class Screen:
    """What a page shows.

    Attributes:
        asked: the question.
        entry: its analysis.
        tables: of the result, by name.
        name: of the table on the screen.
        figure: the path of the function that draws it; None: it has no figure.
    """

    asked: Question
    entry: Analysis
    tables: Mapping[str, pd.DataFrame]
    name: str
    figure: str | None

    @property
    def table(self) -> pd.DataFrame:
        """The table on the screen."""
        return self.tables[self.name]

    @property
    def options(self) -> set[str]:
        """The arguments of the figure."""
        return set(signature(resolve(self.figure)).parameters) if self.figure else set()

    @property
    def drawn(self) -> dict[str, str]:
        """What the figure is told to show, as far as the table has it."""
        known = choices(self)
        found = {
            name: value for name, value in self.asked.drawn.items() if value in known.get(name, ()) and value != ALL
        }
        if self.figure not in self.entry.tables[self.name].over_steps:
            return found
        # These show something else if they are told nothing.
        return {name: usual(name, values) for name, values in known.items()} | found

    @property
    def by_layer(self) -> bool:
        """Whether the figure, or a table without one, shows one layer of several."""
        told = self.figure is None or "layer" in self.options
        whole = self.figure in self.entry.tables[self.name].over_layers
        return told and not whole and "layer" in self.table.columns

    @property
    def layer(self) -> int | None:
        """The layer of the table that is nearest to the one asked for; None where the figure is of all."""
        return nearest(self.asked.subject.layer, self.table) if self.by_layer else None

    @property
    def rows(self) -> pd.DataFrame:
        """The rows behind the figure."""
        rows, known = self.table, choices(self)
        if self.layer is not None:
            rows = rows.loc[rows["layer"] == self.layer]
        for name, values in known.items():
            value = self.drawn.get(name, values[0])
            if name in rows.columns and value != ALL:
                rows = rows.loc[rows[name].astype(str) == value]
        rows.attrs = self.table.attrs
        return rows


def choices(screen: Screen) -> dict[str, list[str]]:
    """What a figure shows one of: arguments that are also columns of the table with several values.

    `to` is the language that others are compared with; of languages and systems `ALL` comes first.
    """
    found: dict[str, list[str]] = {}
    for name in sorted(screen.options & {*map(str, screen.table.columns), "to"} - {"layer"}):
        column = "language_b" if name == "to" else name
        values = list(dict.fromkeys(screen.table[column].astype(str))) if column in screen.table else []
        if len(values) > 1:
            found[name] = [ALL, *values] if name in TOGETHER else values
    return found


def usual(name: str, values: Sequence[str]) -> str:
    """What a figure shows of several choices where none is made: the first, or English of those compared with."""
    return "en" if name == "to" and "en" in values else values[0]


def screens(entry: Analysis, steps: bool = False) -> list[tuple[str, str, str | None]]:
    """What can be on the screen: title, table, and the path of a figure; tables without figures come last.

    Args:
        entry: of the analysis.
        steps: the checkpoints are steps of trainings, which figures over steps show first.
    """
    found: list[tuple[str, str, str | None]] = []
    for name, table in entry.tables.items():
        found += [(OVER_STEPS, name, path) for path in table.over_steps if steps]
        for path in table.figures:
            short = path.partition(":")[2].removeprefix(f"{name}_").replace("_", " ").capitalize()
            found.append((short if len(table.figures) > 1 else table.title, name, path))
    return found + [(table.title, name, None) for name, table in entry.tables.items() if not table.figures]


def nearest(layer: int, table: pd.DataFrame) -> int:
    """The layer of a table nearest to one that may be counted from the output."""
    known = sorted(int(one) for one in table["layer"].unique()) or [0]
    number = layer if layer >= 0 else n_layers(table) + layer
    return min(known, key=lambda one: abs(one - number))


def n_layers(table: pd.DataFrame) -> int:
    """How many layers the model has, as far as the table says."""
    return int(table.attrs.get("settings", {}).get("n_layers") or max(table["layer"], default=0) + 1)


def file_name(screen: Screen) -> str:
    """Of the files of a screen: the table, the checkpoints, the layer."""
    subject, parts = screen.asked.subject, [screen.entry.tables[screen.name].title]
    if screen.entry.takes == "files":
        parts += [one.rpartition("/")[2].partition(".")[0] for one in screen.asked.files[:2]]
    elif screen.entry.takes != "corpus":
        count = {"space": 1, "pair": 2}.get(screen.entry.takes)
        parts.append(" and ".join(name.rstrip("/").split("/")[-1] for name in subject.checkpoints[:count]))
    if screen.layer is not None:
        parts.append(layer_name(screen.layer, n_layers(screen.table)))
    return " - ".join(parts)[:120]
