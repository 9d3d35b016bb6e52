"""Entities in the space of a model before and after it was fine-tuned on English ("exploring" 3.1-3.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pandas as pd

from embspace.analyses.errors import organizations
from embspace.analyses.grouping import grouping
from embspace.analyses.projection import project
from embspace.analyses.similarity import similarity
from embspace.analyses.tokenization import splits
from embspace.corpora.records import Corpus
from embspace.corpora.synthetic_ner import contexts, synthetic_ner
from embspace.corpora.synthetic_ner import entities as names_of
from embspace.corpora.templates import FORMS, TYPES
from embspace.figures.grouping import grouping_curves
from embspace.figures.projection import projection_map
from embspace.figures.similarity import similarity_heatmap
from embspace.figures.splits import splits_table
from embspace.spaces.space import Space
from embspace.studies.exploring_data import SHOWN, languages, test_part
from embspace.studies.study import Context, Finding, Output
from embspace.training.material import open_part
from embspace.workflows.stored_predictions import find_predictions

NAME = "Washington"
PERPLEXITY = 70
BEFORE, AFTER = "before", "after fine-tuning on English"
CLUBS, OTHERS = "sports clubs", "other organizations"
OUTPUT = -1


def sizes(context: Context) -> Output:
    """Table 1: how many sentences contexts and names allow, per language."""
    rows = []
    for kind in TYPES:
        pairs = sum(
            len(contexts(kind, split, form)) * sum(contexts(kind, split, form)[0].takes(one) for one in names_of(kind))
            for split in (None,)
            for form in FORMS[kind]
        )
        rows.append((kind, pairs))
    return Output({"sizes": pd.DataFrame(rows, columns=["Type", "Quantity of Possible Sentences"])})


def tokenization(context: Context) -> Output:
    """3.2: the pieces of "Washington" in Belarusian, English, Russian and Turkish."""
    space = _extract(context, context.config.checkpoint, _washington(context))
    found = splits(space, NAME)
    first = found.sort_values("count", ascending=False).groupby("language", sort=False).head(1)
    count = dict(zip(first["language"], first["n_pieces"], strict=True))
    told = ", ".join(f"{one} {count[one]}" for one in count)
    claim = Finding(
        "The name is one piece in the languages with much text (English, Russian) and several in those with little "
        "(Belarusian, Turkish).",
        "3.2",
        max(count["en"], count["ru"]) == 1 < min(count["be"], count["tr"]) if set(SHOWN) <= set(count) else None,
        f"Pieces of the nominative: {told}.",
    )
    table = first.loc[:, ["language", "text", "pieces", "n_pieces"]].reset_index(drop=True)
    note = "The tokenizer is the checkpoint's own; how it cuts depends on what it was trained on."
    return Output({"pieces": table, "forms": found}, {"splits": splits_table(found)}, [note], [claim])


def washington(context: Context) -> Output:
    """Figure 1: one name in person and place contexts, after fine-tuning on English."""
    corpus = _washington(context)
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
    groups = _grouping(before, after)
    cosine = found.set_index(["language_a", "language_b"])["value"].to_dict()
    pairs = (("en", "ru"), ("be", "ru"), ("en", "tr"), ("be", "en"), ("ru", "tr"))
    near = {pair: cosine.get(pair, float("nan")) for pair in pairs}
    told = ", ".join(f"{a}-{b} {value:.4f}" for (a, b), value in near.items())
    claims = [
        Finding(
            "For this name Russian and English lie nearer to each other than to Belarusian and to Turkish.",
            "3.2, Figure 1",
            _told(near["en", "ru"] > max(near[pair] for pair in pairs[1:]), near.values()),
            f"Mean cosine of the name's vectors in parallel sentences, output layer: {told}.",
        ),
        _language_or_type(
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
    shown = _shown(context)
    if len(shown) < 2:
        return Output(missing=f"Two or more of {', '.join(SHOWN)} are compared; choose more of them.")
    before, after = _spaces(context, _tests(context))
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
    before, after = _spaces(context, _tests(context))
    groups = _grouping(before, after)
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
        _language_or_type(
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
            _told(new < old, (new, old)),
            f"Silhouette by language: {old:.3f} before, {new:.3f} after.",
        ),
        _language_or_type(
            groups,
            AFTER,
            "After fine-tuning the type of an entity prevails over its language.",
            "3.3, Figure 2",
            language=False,
        ),
        Finding(
            "The link of entity and language is not entirely lost.",
            "3.3",
            _told(left > by_chance, (left, by_chance)),
            f"Of a word's ten nearest {left:.0%} are of its language (by chance {by_chance:.0%}).",
        ),
    ]
    notes = [*_map_note(maps["output layer"]), "Both checkpoints of a layer are placed in one frame."]
    curves = {"language or type": grouping_curves(_curves([before, after[0]]))}
    return Output({"language or type": groups, **maps}, figures | curves, notes, claims)


def clubs(context: Context) -> Output:
    """3.3: what organizations are taken for, sports clubs (most bear a place's name) beside all others."""
    shown = [one for one in _shown(context) if one != "en"]  # which was trained on
    if not shown:
        return Output(missing=f"Of {', '.join(SHOWN)} another language than English is looked at; choose one.")
    tested = open_part(test_part(context.config, languages(context.config)), context.workspace).fingerprint
    stored = [
        one
        for run in context.trained["en"].result["runs"]
        for one in find_predictions(f"run:{run['key']}", context.workspace, tested)
    ]
    tables = [one.table() for one in stored]
    found = pd.concat([organizations(one.loc[one["language"].isin(shown)]) for one in tables], ignore_index=True)
    found["group"] = np.where(found["kind"] == "club", CLUBS, OTHERS)
    counts = ["n", "ORG", "LOC", "PER", "O", "other"]
    counted = pd.pivot_table(found, values=counts, index="group", aggfunc="sum")[counts]
    table = counted.div(counted["n"], axis=0).drop(columns="n").assign(n=counted["n"]).reset_index()
    share = dict(zip(table["group"], table["LOC"], strict=True))
    club, rest = (share.get(one, float("nan")) for one in (CLUBS, OTHERS))
    claim = Finding(
        "Sports clubs, which bear their cities' names, are taken for places more often than other organizations.",
        "3.3",
        _told(club > rest, (club, rest)),
        f"Taken for a place: {club:.1%} of the clubs' mentions, {rest:.1%} of the other organizations'.",
    )
    one = pd.pivot_table(found, values=counts, index=["entity", "language", "kind"], aggfunc="sum")[counts]
    names = one.reset_index().sort_values(["LOC", "n"], ascending=False)
    note = (
        f"By the tagger's predictions in {', '.join(shown)}, all seeds together; the paper tells of places on a map, "
        "of clubs called as their city. Not every club here is."
    )
    return Output({"shares": table, "names": names}, {}, [note], [claim])


def _shown(context: Context) -> tuple[str, ...]:
    return tuple(one for one in SHOWN if one in languages(context.config))


def _washington(context: Context) -> Corpus:
    return synthetic_ner(languages=_shown(context), entity=NAME, per_type=100)


def _tests(context: Context) -> Corpus:
    return open_part(test_part(context.config, _shown(context)), context.workspace)


def _spaces(context: Context, corpus: Corpus) -> tuple[Space, list[Space]]:
    """The space before, and of each seed after."""
    after = context.trained["en"].checkpoints().values()
    return _extract(context, context.config.checkpoint, corpus), [_extract(context, one, corpus) for one in after]


def _extract(context: Context, checkpoint: str, corpus: Corpus) -> Space:
    from embspace.spaces.extraction import extract  # the pages read what a study is, and load no model library

    return extract(
        checkpoint, corpus, device=context.config.device, workspace=context.workspace, progress=context.progress
    )


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
    shown = list(_shown(context))
    table = found.pivot(index="language_a", columns="language_b", values="value").reindex(index=shown, columns=shown)
    return table.rename_axis(index=None, columns=None).reset_index(names="")


def _grouping(before: Space, after: list[Space]) -> pd.DataFrame:
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


def _curves(spaces: list[Space]) -> pd.DataFrame:
    found = grouping(spaces)
    known = dict(zip(dict.fromkeys(found["checkpoint"]), (BEFORE, AFTER), strict=True))
    found["checkpoint"] = found["checkpoint"].map(known.__getitem__)
    return found


def _language_or_type(
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
        _told((by_language > max(by_type, 0.0)) if language else (by_type > by_language), (by_language, by_type)),
        f"Silhouette by language {by_language:.3f}, by type {by_type:.3f}; {nearer:.0%} of the words are nearer to "
        "their language than to their type.",
    )


def _told(holds: bool, values: Iterable[float]) -> bool | None:
    """A comparison, where all of its numbers are there."""
    return bool(holds) if np.isfinite(list(values)).all() else None


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
