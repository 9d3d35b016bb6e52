"""Names of entities, their pieces, and what clubs are taken for ("exploring" 3.1-3.3)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from embspace.analyses.errors import organizations
from embspace.analyses.tokenization import splits
from embspace.corpora.synthetic_ner import contexts
from embspace.corpora.synthetic_ner import entities as names_of
from embspace.corpora.templates import FORMS, TYPES
from embspace.figures.splits import splits_table
from embspace.studies.exploring_data import (
    NAME,
    SHOWN,
    extracted,
    languages,
    shown_languages,
    test_part,
    washington_sentences,
)
from embspace.studies.exploring_groups import told_of
from embspace.studies.study import Context, Finding, Output
from embspace.training.material import open_part
from embspace.workflows.stored_predictions import find_predictions

CLUBS, OTHERS = "sports clubs", "other organizations"


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
    space = extracted(context, context.config.checkpoint, washington_sentences(context))
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


def clubs(context: Context) -> Output:
    """3.3: what organizations are taken for, sports clubs (most bear a place's name) beside all others."""
    shown = [one for one in shown_languages(context) if one != "en"]  # which was trained on
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
        told_of(club > rest, (club, rest)),
        f"Taken for a place: {club:.1%} of the clubs' mentions, {rest:.1%} of the other organizations'.",
    )
    one = pd.pivot_table(found, values=counts, index=["entity", "language", "kind"], aggfunc="sum")[counts]
    names = one.reset_index().sort_values(["LOC", "n"], ascending=False)
    note = (
        f"By the tagger's predictions in {', '.join(shown)}, all seeds together; the paper tells of places on a map, "
        "of clubs called as their city. Not every club here is."
    )
    return Output({"shares": table, "names": names}, {}, [note], [claim])
