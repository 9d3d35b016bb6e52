"""Scores of examples by system and seed, from the predictions of trainings, and how systems differ from each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from embspace.analyses.results import result
from embspace.analyses.significance import COUNTS, significance
from embspace.errors import SettingsError

MARKS = ("*", "**")
"""of a significant difference from the first system, and from the second ("adjustment" Tables 2 to 5)"""
_TAGGED = {"words", "gold", "predicted"}


def example_scores(predictions: pd.DataFrame) -> pd.DataFrame:
    """`language example score` of each record that has one; of tagged sentences `language example tp fp fn` of tags.

    Words count where gold or predicted is not `O` ("adjustment" 4.3, token-level F1). An example goes by its id where
    all of a language have one of their own, else by its number.

    Args:
        predictions: as a training keeps them: a column `score`, or `words gold predicted` with a tag per word.

    Raises:
        SettingsError: the predictions are of another kind.
    """
    names = predictions.groupby("language", sort=False)["parallel"].transform(
        lambda ids: ids.notna().all() and ids.is_unique
    )
    number = predictions.groupby("language", sort=False).cumcount().astype(str)
    example = predictions["parallel"].astype(str).where(names.astype(bool), number)
    found = pd.DataFrame({"language": predictions["language"].astype(str), "example": example})
    if "score" in predictions.columns:
        scored = found.assign(score=predictions["score"].astype(float))
        return scored.loc[scored["score"].notna()].reset_index(drop=True)  # a question without an answer has none
    if not set(predictions.columns) >= _TAGGED:
        raise SettingsError(
            "example_scores: expected predictions with a column score, or with words, gold and predicted; they have "
            f"{', '.join(predictions.columns)}."
        )
    pairs = zip(predictions["gold"], predictions["predicted"], strict=True)
    counts = np.array([_counts(gold, tags) for gold, tags in pairs], float).reshape(-1, 3)
    return found.assign(**dict(zip(COUNTS, counts.T, strict=True)))


def stage_significance(
    scores: pd.DataFrame, systems: Sequence[str], *, alpha: float = 0.05, iterations: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """Each system against the one before it, by language: as of `significance`, with a column `mark`.

    By a paired t-test over examples whose seeds are averaged, or by permutations of counts of all seeds put together
    ("adjustment" 5.1). `mark` is `*` where the second system differs from the first at alpha, `**` where the third
    differs from the second, as the paper's tables have it; `stars` are the same.

    Args:
        scores: `system seed language example` and `score`, or `tp fp fn`.
        systems: in the order of the paper: original, adjusted, adjusted with continual learning.
        alpha: the threshold of p.
        iterations: of permutations.
        seed: of permutations.

    Raises:
        SettingsError: as of `significance`.
    """
    test = "permutation" if set(COUNTS) <= set(scores.columns) else "t"
    parts = []
    for number, (base, system) in enumerate(pairwise(systems)):
        some = scores.loc[scores["system"].isin([base, system])]
        options = {"alpha": alpha, "iterations": iterations, "seed": seed}
        found = significance(some, base, test=test, by=["language"], **options)
        marks = np.where(found["system"] == base, "", np.where(found["p"] < alpha, MARKS[number % len(MARKS)], ""))
        part = found.assign(mark=marks, stars=marks)
        parts.append(part if number == 0 else part.loc[part["system"] != base])
    whole = pd.concat(parts, ignore_index=True)
    order = {name: at for at, name in enumerate(systems)}
    first = dict(zip(dict.fromkeys(whole["language"]), range(len(whole)), strict=False))
    whole = whole.assign(_at=whole["language"].map(first.__getitem__), _of=whole["system"].map(order.__getitem__))
    whole = whole.sort_values(["_at", "_of"], kind="stable").drop(columns=["_at", "_of"]).reset_index(drop=True)
    settings = {"test": test, "alpha": alpha, "systems": list(systems), "baseline": systems[0], "by": ["language"]}
    settings["measure"] = "F1" if test == "permutation" else "score"
    return result(list(whole.itertuples(index=False, name=None)), list(whole.columns), "stage_significance", **settings)


def marked_table(found: pd.DataFrame, names: Mapping[str, str] | None = None, scale: float = 100.0) -> pd.DataFrame:
    """Means with marks, a row per system and a column per language, as the paper prints them.

    Args:
        found: of `stage_significance`.
        names: system -> what its row is called; None: its own name.
        scale: what means are multiplied by: 100 for percent.
    """
    text = [f"{scale * mean:.2f}{mark}" for mean, mark in zip(found["mean"], found["mark"], strict=True)]
    table = found.assign(text=text).pivot(index="system", columns="language", values="text")
    systems, languages = dict.fromkeys(found["system"]), list(dict.fromkeys(found["language"]))
    table = table.reindex(index=list(systems), columns=languages)
    return table.rename(index=dict(names or {})).rename_axis(index=None, columns=None).reset_index(names="")


def separations(relatedness: pd.DataFrame) -> pd.DataFrame:
    """Means over seeds of how far related words are from unrelated ones, and their deviations.

    `stage layer language auc auc_deviation overlap overlap_deviation difference difference_deviation mean_related
    mean_unrelated n_seeds`, languages as of the translations, in the order of the stages.

    Args:
        relatedness: `stage seed layer language_a language_b auc overlap difference mean_related mean_unrelated`.
    """
    own = relatedness.loc[relatedness["language_b"] != "all"]
    own = own.rename(columns={"language_b": "language"})
    groups = own.groupby(["stage", "layer", "language"], sort=False)
    measures = {}
    for name in ("auc", "overlap", "difference"):
        measures |= {name: (name, "mean"), f"{name}_deviation": (name, "std")}
    for name in ("mean_related", "mean_unrelated"):
        measures[name] = (name, "mean")
    return groups.agg(**measures, n_seeds=("seed", "nunique")).reset_index()


def _counts(gold: Sequence[str], predicted: Sequence[str]) -> tuple[int, int, int]:
    right = sum(one == other != "O" for one, other in zip(gold, predicted, strict=True))
    found = sum(other != "O" for other in predicted)
    wanted = sum(one != "O" for one in gold)
    return right, found - right, wanted - right
