"""What the page of adjustment shows, as a value; to and from the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from address import read, within, write
from embspace.errors import SettingsError


@dataclass(frozen=True, slots=True)
class AdjustmentView:
    """A view of a run of the recipe; the defaults are what is left out of the address.

    Attributes:
        run: the key of its tables, or the id of its job; empty: the latest.
        layer: whose distances are shown; -1: the output.
    """

    run: str = ""
    layer: int = -1

    def to_address(self) -> dict[str, str | list[str]]:
        """Query parameters: what is not at its default."""
        return write(self, AdjustmentView())


def adjustment_from_address(parameters: Mapping[str, Sequence[str]]) -> tuple[AdjustmentView, list[str]]:
    """The view that query parameters ask for, and a sentence for each of them that is not possible."""
    return read(AdjustmentView(), {"run": _name, "layer": within(-1, 10_000, int)}, parameters)


def _name(values: Sequence[str]) -> str:
    if len(values[-1]) > 200 or not values[-1].isprintable():
        raise SettingsError("That is no name.")
    return values[-1]
