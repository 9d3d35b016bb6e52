"""A field of seeds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any


def pick_seeds(place: Any, start: Sequence[int], key: str, about: str) -> tuple[list[int], list[str]]:
    """The numbers of a field, and what of it cannot be read.

    Args:
        place: the column that it is in.
        start: that it begins with.
        key: of the widget.
        about: its help.
    """
    text: str = place.text_input("Seeds", ", ".join(map(str, start)), key=key, help=about)
    parts = [part for part in re.split(r"[\s,;]+", text.strip()) if part]
    wrong = [part for part in parts if not part.isdecimal()]
    found = [int(part) for part in parts if part not in wrong]
    return found, [f"seeds: {part!r} is no whole number of 0 or more." for part in wrong]
