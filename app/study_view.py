"""What the page of studies shows, as a value; to and from the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from address import read, write
from embspace.errors import StudyError

FINDINGS = "findings"


@dataclass(frozen=True, slots=True)
class StudyView:
    """A view of a study; the defaults are what is left out of the address.

    Attributes:
        study: the name of its folder; empty: the one begun last.
        item: of it, such as table-2.
        figure: of the item, by name; empty: the first.
        table: of the item, by name; empty: the one that stands beside the published table.
    """

    study: str = ""
    item: str = FINDINGS
    figure: str = ""
    table: str = ""

    def to_address(self) -> dict[str, str | list[str]]:
        """Query parameters: what is not at its default."""
        return write(self, StudyView())


def study_from_address(parameters: Mapping[str, Sequence[str]]) -> tuple[StudyView, list[str]]:
    """The view that query parameters ask for, and a sentence for each of them that is not possible."""
    return read(StudyView(), dict.fromkeys(("study", "item", "figure", "table"), _name), parameters)


def _name(values: Sequence[str]) -> str:
    if len(values[-1]) > 200 or not values[-1].isprintable():
        raise StudyError("That is no name.")
    return values[-1]
