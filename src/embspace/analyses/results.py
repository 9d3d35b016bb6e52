"""What every result carries: the settings that made it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from embspace.spaces.space import Space


def result(
    rows: Iterable[Sequence[Any]] | pd.DataFrame,
    columns: Sequence[str],
    analysis: str,
    spaces: Space | Sequence[Space] = (),
    **settings: Any,
) -> pd.DataFrame:
    """A tidy frame of rows under columns, with `.attrs["settings"]`.

    The settings hold `analysis`, of one space `space` (its fingerprint), `checkpoint`, `corpus`, `n_layers` and
    `transforms` (what was done to its vectors before), of several `spaces`, a list of these; and what is given.

    Args:
        rows: in the order of `columns`, or a frame of them.
        columns: the result's.
        analysis: the name of the function that made it.
        spaces: what it was made from.
        settings: JSON values, as the call was given them.
    """
    found = rows.loc[:, list(columns)] if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows, columns=list(columns))
    known = [_origin(one) for one in (spaces if isinstance(spaces, Sequence) else [spaces])]
    origin = known[0] if len(known) == 1 else {"spaces": known} if known else {}
    found.attrs["settings"] = {"analysis": analysis, **origin, **settings}
    return found


def checkpoint_labels(spaces: Sequence[Space]) -> list[str]:
    """What each space is called in a column `checkpoint`: its checkpoint, a second one of the name with ` (2)`."""
    return unique_labels([str(space.recipe["checkpoint"]) for space in spaces])


def unique_labels(names: Sequence[str]) -> list[str]:
    """The names, a second one of the same with ` (2)`."""
    labels: list[str] = []
    for name in names:
        label, number = name, 1
        while label in labels:
            number += 1
            label = f"{name} ({number})"
        labels.append(label)
    return labels


def _origin(space: Space) -> dict[str, Any]:
    recipe = space.recipe
    return {
        "space": space.fingerprint,
        "checkpoint": recipe["checkpoint"],
        "corpus": recipe["corpus"],
        "n_layers": space.n_layers,
        "transforms": list(recipe.get("transforms", ())),
    }
