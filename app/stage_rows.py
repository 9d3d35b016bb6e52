"""Scores and distances of the five stages as a person reads them: the paper's names, a block per kind of text."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from embspace.analyses.stage_scores import marked_table, separations
from embspace.corpora.mixed_languages import ENGLISH
from embspace.figures.theme import language_name
from embspace.studies.cells import NONE, Grid
from embspace.workflows.stages import PAPER_NAMES

ALONE, MIXED = "In one language", "Premise or hypothesis in English"
QUESTION, PARAGRAPH = "Question in English", "Paragraph in English"
SHORT = {ALONE: "", MIXED: ", mixed", QUESTION: ", English question", PARAGRAPH: ", English paragraph"}
"""kind of text -> what is said of it behind the language"""
OTHER = "In two languages"
SCORES = {"accuracy": "Accuracy", "f1": "F1 of answers", "token_f1": "F1 of words"}
TESTS = {"t": "paired t-test", "permutation": "permutation test"}
SEPARATION = ("auc", "overlap", "difference")


def kind_of(language: str, task: str) -> tuple[str, str]:
    """The kind of text that a language of a score stands for, `en+ru` or `ru`, and the language that is not English."""
    first, _, second = language.partition("+")
    if not second:
        return ALONE, first
    if ENGLISH not in (first, second):
        return OTHER, language
    other = second if first == ENGLISH else first
    return MIXED if task == "nli" else QUESTION if first == ENGLISH else PARAGRAPH, other


def score_grids(found: pd.DataFrame, task: str) -> dict[str, Grid]:
    """Kind of text -> means in percent with marks, a row per stage and a column per language, as Tables 2 to 5.

    Args:
        found: `significance` of the stages.
        task: nli, qa, ner or pos.
    """
    kinds = {code: kind_of(code, task) for code in dict.fromkeys(found["language"])}
    grids = {}
    for kind in dict.fromkeys(kind for kind, _ in kinds.values()):
        own = found.loc[found["language"].map(kinds.__getitem__).map(lambda one, kind=kind: one[0] == kind)]
        table = marked_table(own, PAPER_NAMES)
        codes = [str(name) for name in table.columns[1:]]
        rows = tuple(tuple(NONE if pd.isna(cell) else str(cell) for cell in row) for row in table.to_numpy())
        names = ("", *(language_name(kinds[code][1]) for code in codes))
        grids[kind] = Grid(names, (False, *(True for _ in codes)), rows)
    return grids


def bar_rows(found: pd.DataFrame, task: str) -> pd.DataFrame:
    """`significance` as `significance_bars` is to draw it: names and percent of the tables, their marks as stars."""
    kinds = {code: kind_of(code, task) for code in dict.fromkeys(found["language"])}
    said = {code: language_name(other) + SHORT.get(kind, "") for code, (kind, other) in kinds.items()}
    rows = found.replace(PAPER_NAMES).assign(
        language=found["language"].map(said.__getitem__),
        stars=found["mark"],
        mean=100 * found["mean"],
        deviation=100 * found["deviation"],
    )
    settings = found.attrs.get("settings", {})
    score = SCORES.get(str(settings.get("score", "")), "Score")
    rows.attrs = {
        "settings": {**settings, "measure": f"{score[:1].lower()}{score[1:]}" if score == "Accuracy" else score}
    }
    return rows


def legend(found: pd.DataFrame) -> str:
    """What the marks mean."""
    settings: Mapping[str, object] = found.attrs.get("settings", {})
    test = TESTS.get(str(settings.get("test")), "test")
    return f"* differs from Original, ** from Adjusted: {test}, p < {settings.get('alpha', 0.05)}"


def measure(found: pd.DataFrame) -> str:
    """What the scores are."""
    score = str(found.attrs.get("settings", {}).get("score", ""))
    seeds = max(found["n_seeds"].tolist())
    return f"{SCORES.get(score, 'Score')} in percent" + (f", mean of {seeds} seeds" if seeds > 1 else "")


def separation_grids(relatedness: pd.DataFrame, layer: int) -> dict[str, Grid]:
    """Language -> AUC, overlap and difference, a row per stage: means over seeds ± the deviation of a sample.

    Args:
        relatedness: of the stages.
        layer: one of its own.
    """
    found = separations(relatedness)
    found = found.loc[found["layer"] == layer]
    grids = {}
    for code, rows in found.groupby("language", sort=False):
        texts = tuple(
            (str(row["stage"]), *(_spread(row[name], row[f"{name}_deviation"]) for name in SEPARATION))
            for row in rows.to_dict("records")
        )
        grids[str(code)] = Grid(("", "AUC", "overlap", "difference"), (False, True, True, True), texts)
    return grids


def _spread(mean: float, deviation: float) -> str:
    if pd.isna(mean):
        return NONE
    form = "{:.3f}" if abs(mean) < 10 else "{:.2f}"
    return form.format(mean) + ("" if pd.isna(deviation) else f" ± {form.format(deviation)}")
