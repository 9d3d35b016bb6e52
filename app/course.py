"""What the page of training dynamics shows, as a value; to and from the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mode

from address import Reader, one_of, read, within, write
from choice import MARKS, METHODS, SHAPES
from embspace.analyses.confusion import Trim
from embspace.errors import SettingsError

SHOWN = {
    "isotropy": "Isotropy",
    "correlation": "Correlation",
    "map": "Map",
    "analysis": "Over steps",
    "confusion": "Confusion",
}
ANALYSES = {"similarity": "Similarity", "grouping": "Grouping", "relatedness": "Relatedness", "isotropy": "Mean cosine"}
"""what can be shown over the steps"""
LABELS: dict[Trim, str] = {"bio": "B I O", "types": "types", "tags": "tags"}
PAPER = 50
"""h, the steps between which "exploring" measures change"""
MOST_BESIDE = 11
"""trainings beside the first: a panel for each of twelve languages"""
MOST_STEPS = 24
"""of a map, or of an analysis over steps"""


@dataclass(frozen=True, slots=True)
class Course:
    """A view of one training or several; the defaults are what is left out of the address.

    Attributes:
        job: the training, by `Training.id`; empty: the latest.
        beside: further ones, the same way.
        shown: of `SHOWN`.
        every: h, the steps between which change is measured; 0: 50, or what there is.
        layer: -1 is the output.
        steps: how many of them a map or an analysis takes, the first and the last among them.
        method: of `METHODS`; of the map, as are `color` (of `MARKS`) and `shape` (of `SHAPES`).
        analysis: of `ANALYSES`.
        figure: of the analysis: 0 is over steps, others are those of its own page.
        step: that such a figure shows, where it is of one; -1: the last.
        to: the language that others are compared with.
        labels: of the confusion: of `LABELS`.
        language: of the confusion; empty: all together.
    """

    job: str = ""
    beside: tuple[str, ...] = ()
    shown: str = "isotropy"
    every: int = 0
    layer: int = -1
    steps: int = 6
    method: str = "tsne"
    color: str = "language"
    shape: str = "type"
    analysis: str = "similarity"
    figure: int = 0
    step: int = -1
    to: str = ""
    labels: Trim = "bio"
    language: str = ""

    def to_address(self) -> dict[str, str | list[str]]:
        """Query parameters: what is not at its default."""
        return write(self, Course())


def course_from_address(parameters: Mapping[str, Sequence[str]]) -> tuple[Course, list[str]]:
    """The view that query parameters ask for, and a sentence for each of them that is not possible."""
    return read(Course(), READERS, parameters)


def spread(steps: Sequence[int], most: int, ended: bool = True) -> list[int]:
    """At most so many steps, ascending, the first among them, as evenly as can be.

    Args:
        steps: in any order.
        most: 2 or more.
        ended: take the last one too. While a training runs every 2nd, 4th, 8th, ... is taken instead, so that a step
            that comes is mostly added to those before.
    """
    ordered, stride = sorted(steps), 1
    if len(ordered) <= most:
        return ordered
    if ended:
        return [ordered[round(place * (len(ordered) - 1) / (most - 1))] for place in range(most)]
    while len(ordered[::stride]) > most:
        stride *= 2
    return ordered[::stride]


def intervals(steps: Sequence[int]) -> list[int]:
    """The differences h of two steps that are both there, ascending: multiples of the usual one; the last is nearer."""
    gaps = [after - before for before, after in pairwise(steps)]
    first = mode(gaps) if gaps else 0
    known, last = set(steps), steps[-1] - steps[0] if steps else 0
    return [h for h in range(first, last + 1, first) if any(step + h in known for step in steps)] if first else []


def usual_interval(steps: Sequence[int]) -> int:
    """What h is where none was chosen; 0: there are no two steps.

    As in the paper 50, unless less than half of the steps have one that is 50 later; else at which most have one.
    """
    possible, known = intervals(steps), set(steps)
    pairs = {h: sum(step + h in known for step in steps) for h in possible}
    if 2 * pairs.get(PAPER, 0) >= len(steps) > 0:
        return PAPER
    return max(possible, key=lambda h: (pairs[h], -h), default=0)


def _training(text: str) -> str:
    name = text.strip().removeprefix("job:")
    if not name or len(name) > 200 or not name.isprintable():
        raise SettingsError("That is no name of a training.")
    return name


def _beside(values: Sequence[str]) -> tuple[str, ...]:
    if len(values) > MOST_BESIDE:
        raise SettingsError(f"Possible are up to {MOST_BESIDE}.")
    return tuple(dict.fromkeys(map(_training, values)))


def _language(values: Sequence[str]) -> str:
    code = values[-1].strip()
    if len(code) > 50 or not code.isprintable():
        raise SettingsError("That is no code of a language.")
    return code


READERS: dict[str, Reader] = {
    "job": lambda values: _training(values[-1]),
    "beside": _beside,
    "shown": one_of(SHOWN),
    "every": within(1, 10_000_000, int),
    "layer": within(-1000, 1000, int),
    "steps": within(2, MOST_STEPS, int),
    "method": one_of(METHODS),
    "color": one_of(MARKS),
    "shape": one_of(SHAPES),
    "analysis": one_of(ANALYSES),
    "figure": within(0, 20, int),
    "step": within(-1, 1_000_000_000, int),
    "to": _language,
    "labels": one_of({str(one): said for one, said in LABELS.items()}),
    "language": _language,
}
