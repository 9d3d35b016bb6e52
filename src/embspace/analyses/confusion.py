"""Confusion: which tags are taken for which, in counts and shares, per system and language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

import pandas as pd

from embspace.analyses.predictions import Predictions, check_same, joined, trained
from embspace.analyses.results import result
from embspace.errors import SettingsError

Trim = Literal["bio", "types", "tags"]

_BIO = {"B": "B", "S": "B", "I": "I", "E": "I", "O": "O"}
"""first letters of tags; an entity's last word (BIOES) is inside it, a single one begins it"""


def confusion(predictions: Predictions, *, labels: Trim = "bio") -> pd.DataFrame:
    """How often each label is predicted for each: `system language gold predicted count share`, all pairs.

    `share` is of the words with that gold label in the system and language: a row of the matrix sums to 1, or is NaN
    where there are none. Trimmed to B, I and O the matrix tells whether an entity is seen at all ("architectures",
    error analysis and Figure 5).

    Args:
        predictions: of one system or several, for the same sentences, with gold tags in the encoding that they are in.
        labels: "bio": tags by their first letter (of BIOES, S is B and E is I); "types": by their type, PER, LOC, ...
            and O; "tags": as they are, of any kind.

    Raises:
        SettingsError: there are no words, tags are none of entities, or the systems have other words.
    """
    if labels not in ("bio", "types", "tags"):
        raise SettingsError(f'labels={labels!r} is not possible; it is "bio", "types" or "tags".')
    table = joined(predictions)
    check_same(table, "confusion")
    for name in ("gold", "predicted"):
        known = {tag: trimmed(str(tag), labels) for tag in table[name].unique()}
        table[name] = table[name].map(lambda tag, known=known: known[tag])
    names = ("B", "I", "O") if labels == "bio" else _ordered([*table["gold"], *table["predicted"]])
    counts = Counter(table[["system", "language", "gold", "predicted"]].itertuples(index=False, name=None))
    rows = []
    for system, language in dict.fromkeys(zip(table["system"], table["language"], strict=True)):
        for gold in names:
            found = [counts[system, language, gold, one] for one in names]
            total = sum(found)
            rows += [
                (system, language, gold, one, count, count / total if total else float("nan"))
                for one, count in zip(names, found, strict=True)
            ]
    columns = ["system", "language", "gold", "predicted", "count", "share"]
    systems = list(dict.fromkeys(table["system"]))
    told: dict[str, Any] = {"trained": found} if (found := trained(predictions)) else {}
    return result(rows, columns, "confusion", labels=labels, systems=systems, **told)


def trimmed(tag: str, labels: Trim) -> str:
    """A tag as `confusion` counts it.

    Raises:
        SettingsError: it is no tag of an entity, and should be.
    """
    if labels == "tags":
        return tag
    prefix, hyphen, kind = tag.partition("-")
    if prefix not in _BIO or (tag != "O") != bool(hyphen and kind):
        raise SettingsError(
            f'confusion: {tag!r} is no tag of an entity (O, or B-, I-, E- or S- and a type); labels="tags" takes tags '
            "of any kind."
        )
    return _BIO[prefix] if labels == "bio" else kind or "O"


def _ordered(labels: Sequence[str]) -> list[str]:
    """The labels, each once, by name; `O` last."""
    return sorted(set(labels), key=lambda one: (one == "O", one))
