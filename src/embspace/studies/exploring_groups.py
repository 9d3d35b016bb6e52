"""Whether words are sorted by language or by type, before and after fine-tuning ("exploring" 3.2, 3.3)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from embspace.analyses.grouping import grouping
from embspace.spaces.space import Space
from embspace.studies.study import Finding

BEFORE, AFTER = "before", "after fine-tuning on English"
OUTPUT = -1


def groups_of(before: Space, after: list[Space]) -> pd.DataFrame:
    """Silhouettes, purity and more in the initial and output layers, before and as the mean over seeds after."""
    tables = []
    for name, spaces in ((BEFORE, [before]), (AFTER, after)):
        for place, layer in (("initial", 0), ("output", OUTPUT)):
            every = pd.concat([grouping(one, layer=layer) for one in spaces], ignore_index=True)
            means = every.groupby(["measure", "factor"], sort=False).agg(
                value=("value", "mean"), chance=("chance", "mean")
            )
            tables.append(pd.DataFrame(means).reset_index().assign(checkpoint=name, place=place))
    columns = ["checkpoint", "place", "measure", "factor", "value", "chance"]
    return pd.concat(tables, ignore_index=True).loc[:, columns]


def curves_of(spaces: list[Space]) -> pd.DataFrame:
    """The same measures in every layer, of the space before and one after."""
    found = grouping(spaces)
    known = dict(zip(dict.fromkeys(found["checkpoint"]), (BEFORE, AFTER), strict=True))
    found["checkpoint"] = found["checkpoint"].map(known.__getitem__)
    return found


def language_or_type(
    groups: pd.DataFrame, checkpoint: str, claim: str, where: str, *, language: bool, place: str = "output"
) -> Finding:
    """Whether words are sorted by language rather than by type, or the other way round."""
    own = groups.loc[(groups["checkpoint"] == checkpoint) & (groups["place"] == place)]
    value = own.set_index(["measure", "factor"])["value"].to_dict()
    by_language, by_type = value["silhouette", "language"], value["silhouette", "type"]
    nearer = value["nearer", "language"]
    return Finding(
        claim,
        where,
        told_of((by_language > max(by_type, 0.0)) if language else (by_type > by_language), (by_language, by_type)),
        f"Silhouette by language {by_language:.3f}, by type {by_type:.3f}; {nearer:.0%} of the words are nearer to "
        "their language than to their type.",
    )


def told_of(holds: bool, values: Iterable[float]) -> bool | None:
    """A comparison, where all of its numbers are there."""
    return bool(holds) if np.isfinite(list(values)).all() else None
