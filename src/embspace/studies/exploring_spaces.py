"""Entities in the space of a model before and after it was fine-tuned on English ("exploring" 3.2, 3.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import pandas as pd

from embspace.analyses.projection import project
from embspace.analyses.similarity import similarity
from embspace.corpora.records import Corpus
from embspace.figures.grouping import grouping_curves
from embspace.figures.projection import projection_map
from embspace.figures.similarity import similarity_heatmap
from embspace.spaces.space import Space
from embspace.studies.exploring_data import (
    SHOWN,
    extracted,
    shown_languages,
    tested_sentences,
    washington_sentences,
)
from embspace.studies.exploring_groups import AFTER, BEFORE, OUTPUT, curves_of, groups_of, language_or_type, told_of
from embspace.studies.study import Context, Finding, Output

PERPLEXITY = 70


def washington(context: Context) -> Output:
    """Figure 1: one name in person and place contexts, after fine-tuning on English."""
    corpus = washington_sentences(context)
    before, after = _spaces(context, corpus)
    places = project(
        after[0],
        layer=OUTPUT,
        method="tsne",
        perplexity=_perplexity(after[0]),
        seed=0,
        workspace=context.workspace,
        progress=context.progress,
    )
    found = _over_seeds(similarity([one], OUTPUT) for one in after)
    groups = groups_of(before, after)
    cosine = found.set_index(["language_a", "language_b"])["value"].to_dict()
    pairs = (("en", "ru"), ("be", "ru"), ("en", "tr"), ("be", "en"), ("ru", "tr"))
    near = {pair: cosine.get(pair, float("nan")) for pair in pairs}
    told = ", ".join(f"{a}-{b} {value:.4f}" for (a, b), value in near.items())
    claims = [
        Finding(
            "For this name Russian and English lie nearer to each other than to Belarusian and to Turkish.",
            "3.2, Figure 1",
            told_of(near["en", "ru"] > max(near[pair] for pair in pairs[1:]), near.values()),
            f"Mean cosine of the name's vectors in parallel sentences, output layer: {told}.",
        ),
        language_or_type(
            groups,
            AFTER,
            "Vectors of an ambiguous name differ more by language than by type, also after fine-tuning.",
            "abstract; 3.2",
            language=True,
        ),
    ]
    table = _wide(found, context)
    tables = {"cosines": table, "language or type": groups, "map": places}
    return Output(tables, {"map": projection_map(places, layer=OUTPUT)}, _map_note(places), claims)


def cosines(context: Context) -> Output:
    """Table 2: mean cosine between parallel entities, before and after."""
    shown = shown_languages(context)
    if len(shown) < 2:
        return Output(missing=f"Two or more of {', '.join(SHOWN)} are compared; choose more of them.")
    before, after = _spaces(context, tested_sentences(context))
    first = _over_seeds([similarity([before], OUTPUT)])
    found = _over_seeds(similarity([one], OUTPUT) for one in after)
    value = found.set_index(["language_a", "language_b"])["value"].to_dict()
    nearest = {
        one: max((other for other in shown if other != one), key=lambda other: value[one, other]) for one in shown
    }
    told = ", ".join(f"{one} to {other} ({value[one, other]:.4f})" for one, other in nearest.items())
    wanted = {"be": "ru", "ru": "be", "en": "tr", "tr": "en"}
    claim = Finding(
        "After fine-tuning Belarusian and Russian are most alike, and English and Turkish.",
        "3.2, Table 2",
        all(nearest[one] == wanted[one] for one in wanted) if set(wanted) <= set(nearest) else None,
        f"Each one's nearest: {told}.",
    )
    tables = {"after": _wide(found, context), BEFORE: _wide(first, context), "over seeds": found}
    return Output(tables, {"after": similarity_heatmap(found, OUTPUT)}, (), [claim])


def entities(context: Context) -> Output:
    """Figure 2: entities of the test part in the initial and the output layer, before and after."""
    before, after = _spaces(context, tested_sentences(context))
    groups = groups_of(before, after)
    figures, maps = {}, {}
    for layer, name in ((0, "initial layer"), (OUTPUT, "output layer")):
        maps[name] = project(
            [before, after[0]],
            layer=layer,
            method="tsne",
            perplexity=_perplexity(after[0]),
            seed=0,
            workspace=context.workspace,
            progress=context.progress,
        )
        known = dict(zip(dict.fromkeys(maps[name]["checkpoint"]), (BEFORE, AFTER), strict=True))
        maps[name]["checkpoint"] = maps[name]["checkpoint"].map(known.__getitem__)
        figures[name] = projection_map(maps[name], layer=layer)
    value = groups.set_index(["checkpoint", "place", "measure", "factor"])["value"].to_dict()
    chance = groups.set_index(["checkpoint", "place", "measure", "factor"])["chance"].to_dict()
    old, new = (value[one, "output", "silhouette", "language"] for one in (BEFORE, AFTER))
    left, by_chance = (one[AFTER, "output", "purity", "language"] for one in (value, chance))
    claims = [
        language_or_type(
            groups,
            BEFORE,
            f"Before fine-tuning the {place} layer is divided by languages.",
            "3.3, Figure 2",
            language=True,
            place=place,
        )
        for place in ("initial", "output")
    ]
    claims += [
        Finding(
            "After fine-tuning the languages' clusters are less noticeable in the output layer.",
            "3.3, Figure 2",
            told_of(new < old, (new, old)),
            f"Silhouette by language: {old:.3f} before, {new:.3f} after.",
        ),
        language_or_type(
            groups,
            AFTER,
            "After fine-tuning the type of an entity prevails over its language.",
            "3.3, Figure 2",
            language=False,
        ),
        Finding(
            "The link of entity and language is not entirely lost.",
            "3.3",
            told_of(left > by_chance, (left, by_chance)),
            f"Of a word's ten nearest {left:.0%} are of its language (by chance {by_chance:.0%}).",
        ),
    ]
    notes = [*_map_note(maps["output layer"]), "Both checkpoints of a layer are placed in one frame."]
    curves = {"language or type": grouping_curves(curves_of([before, after[0]]))}
    return Output({"language or type": groups, **maps}, figures | curves, notes, claims)


def _spaces(context: Context, corpus: Corpus) -> tuple[Space, list[Space]]:
    """The space before, and of each seed after."""
    after = context.trained["en"].checkpoints().values()
    return extracted(context, context.config.checkpoint, corpus), [extracted(context, one, corpus) for one in after]


def _over_seeds(found: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Mean and deviation of a similarity over seeds, in its form."""
    tables = list(found)
    keys = ["layer", "language_a", "language_b"]
    every = pd.concat(tables, ignore_index=True).groupby(keys, sort=False)["value"]
    table = every.agg(value="mean", deviation="std", seeds="size").reset_index().assign(n=tables[0]["n"].to_numpy())
    table.attrs = dict(tables[0].attrs)
    return table


def _wide(found: pd.DataFrame, context: Context) -> pd.DataFrame:
    """As the paper prints it: a row and a column per language."""
    shown = list(shown_languages(context))
    table = found.pivot(index="language_a", columns="language_b", values="value").reindex(index=shown, columns=shown)
    return table.rename_axis(index=None, columns=None).reset_index(names="")


def _perplexity(space: Space) -> int:
    """The paper's, or the most that so few words allow."""
    return min(PERPLEXITY, max(1, (space.n_words - 1) // 3))


def _numbers_in(value: object) -> Iterator[float]:
    """The numbers of nested tables: of several checkpoints a map has one by checkpoint and layer."""
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _numbers_in(one)
    elif isinstance(value, int | float):
        yield float(value)


def _map_note(places: pd.DataFrame) -> list[str]:
    values = [*_numbers_in(places.attrs.get("trustworthiness"))]
    told = f" (trustworthiness {min(values):.3f})" if values else ""
    return [f"t-SNE of normalized vectors, perplexity {places.attrs['settings']['perplexity']:g}, seed 0{told}."]
