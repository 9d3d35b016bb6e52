"""Mean cosines of the spaces of trainings, measured a few at a time, so that no page waits for all of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from embspace.analyses.isotropy import isotropy
from embspace.errors import EmbspaceError
from embspace.spaces.space import open_space
from inventory import last_change
from trainings import Training


@dataclass(frozen=True)
class Measured:
    """Mean cosines of the steps of some trainings, as `isotropy` of all their spaces gives them.

    Attributes:
        table: `checkpoint layer language measure value low high n`.
        left: spaces that are not measured yet.
        problems: a sentence for each that cannot be read.
    """

    table: pd.DataFrame
    left: int
    problems: tuple[str, ...]


def measure(trainings: Sequence[Training], known: dict[str, pd.DataFrame], seconds: float) -> Measured:
    """What is known of the spaces of some trainings; for some seconds more is measured, one space at least.

    Args:
        trainings: whose spaces count.
        known: mean cosines by folder; what is measured is added.
        seconds: after which the rest is left for the next time.
    """
    began, tried, left = time.monotonic(), 0, 0
    problems: list[str] = []
    found: list[tuple[str, pd.DataFrame]] = []
    for one in trainings:
        for step, folder in one.spaces.items():
            if not _is_known(folder, known):
                if tried and time.monotonic() - began >= seconds:
                    left += 1
                    continue
                tried += 1
                known[str(folder)] = _measured(folder)
            table = known[str(folder)]
            if "problem" in table.attrs:
                problems.append(table.attrs["problem"])
            else:
                found.append((f"{one.name}@{step}", table))
    return Measured(joined(found), left, tuple(problems))


def missing(trainings: Sequence[Training], known: dict[str, pd.DataFrame]) -> int:
    """How many of their spaces are not measured yet."""
    return sum(not _is_known(folder, known) for one in trainings for folder in one.spaces.values())


def _is_known(folder: Path, known: dict[str, pd.DataFrame]) -> bool:
    """Whether a space need not be read; a damaged one is read again once its files have changed."""
    table = known.get(str(folder))
    return table is not None and ("changed" not in table.attrs or table.attrs["changed"] == last_change(folder))


def _measured(folder: Path) -> pd.DataFrame:
    """The mean cosines of a stored space, by layer and language, without intervals; empty where it is damaged."""
    changed = last_change(folder)
    try:
        return isotropy(open_space(folder), bootstrap=0)
    except EmbspaceError as error:
        table = pd.DataFrame()
        table.attrs = {"problem": str(error), "changed": changed}
        return table


def joined(found: Sequence[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    """Tables of single spaces, named by their checkpoints, as the table of all."""
    columns = ["checkpoint", "layer", "language", "measure", "value", "low", "high", "n"]
    if not found:
        return pd.DataFrame(columns=columns)
    table = pd.concat([one.assign(checkpoint=name) for name, one in found], ignore_index=True).loc[:, columns]
    settings: list[dict[str, Any]] = [one.attrs["settings"] | {"checkpoint": name} for name, one in found]
    own = ("space", "checkpoint", "corpus", "n_layers", "transforms")
    shared = {name: value for name, value in settings[0].items() if name not in own}
    table.attrs["settings"] = shared | {"spaces": [{name: one[name] for name in own} for one in settings]}
    return table
