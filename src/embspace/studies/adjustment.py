"""The study "adjustment": words brought to their translations before a task is learned, and while it is."""

from __future__ import annotations

from collections.abc import Sequence

from embspace.studies import adjustment_tables
from embspace.studies.adjustment_trainings import (
    DEFAULTS,
    PAPER_LANGUAGES,
    PAPER_PAIRS,
    corpus_of,
    languages,
    stage_config,
    trainings,
)
from embspace.studies.config import StudyConfig
from embspace.studies.study import Item, Study, sizes_of
from embspace.workflows.stages import FINE

_ROLES = {
    "aligned": "parallel sentences with word alignments that are adjusted to; {language} in a name stands for a code",
    "look": "aligned sentences whose words are measured (Figure 1)",
    "nli": "pairs of premise and hypothesis in English to learn from",
    "nli-test": "pairs that are scored, in English too, under the same ids",
    "ner": "tagged English sentences to learn from",
    "ner-test": "tagged sentences that are scored",
    "qa": "English questions to learn from",
    "qa-test": "questions that are scored, in English too, under the same ids",
    "retrieval": "parallel sentences that are found (Table 5)",
}


def _sizes(config: StudyConfig) -> dict[str, str]:
    told = sizes_of(config)
    given = {"Training sentences": config.sentences, "Test sentences": config.test_sentences}
    told |= {name: "all of the corpora" for name, number in given.items() if not number}
    pairs = stage_config(config, "nli", [languages(config)[0]]).adjust.draw
    return told | {
        "Aligned pairs": f"{pairs:,} per language" if pairs else "all",
        "Languages": " ".join(languages(config)),
    }


def _seen(config: StudyConfig) -> list[str]:
    """Which sentences are measured that were also adjusted to."""
    first = languages(config)[0]
    told = {"look": "words of Figure 1", "retrieval": "sentences of Table 5"}
    aligned = corpus_of(config, "aligned", first)
    return [
        f"The {what} are among those that were adjusted to; name others with --corpus {role}=."
        for role, what in told.items()
        if corpus_of(config, role, first) == aligned
    ]


def _differences(config: StudyConfig) -> Sequence[str]:
    chosen = languages(config)
    named = ", ".join(f"{role} {corpus_of(config, role, '{language}')}" for role in DEFAULTS)
    pairs = stage_config(config, "nli", [chosen[0]]).adjust.draw
    fine = FINE["nli"]
    return [
        f"Model: {config.checkpoint}; the paper's is cased multilingual BERT.",
        f"Languages: {', '.join(chosen)}; the paper's are {', '.join(PAPER_LANGUAGES)}.",
        f"Data: {named}. The paper's are WikiMatrix aligned by fast_align, MultiNLI and XNLI, WikiANN, SQuAD with "
        "XQuAD, MLQA and TyDi QA, and Tatoeba.",
        f"Sizes: {f'{pairs:,}' if pairs else 'all'} aligned pairs per seed (paper: {PAPER_PAIRS:,}), "
        f"{f'{config.sentences:,}' if config.sentences else 'all'} records to learn from, "
        f"{f'{config.test_sentences:,}' if config.test_sentences else 'all (of SyntheticNER 200)'} per language and "
        "kind to score. The scale is of aligned pairs alone.",
        f"Training: {config.epochs or fine.epochs} epochs of NLI and QA"
        f"{'' if config.epochs else ', 3 of NER'}, batches of 32, rate "
        f"{config.rate or 'of the authors scripts: 5e-5, 3e-5, 2e-5'}; adjustment at "
        f"{config.adjust_rate or 5e-5:g} (paper: 5e-5), {len(config.seeds)} seeds (paper: 5).",
        "Loss: means over words and dimensions of the two sums of Eq. 1, as in the authors' scripts; as there links "
        "are one to one, between words that differ, and [CLS] and [SEP] count as words. alpha = 0.01 weighs both sums, "
        "as Eq. 2 prints it; the scripts weigh the first one by it and keep the second whole.",
        *_seen(config),
        "QA: F1 by MLQA's rules of each language; the paper does not say which.",
    ]


ADJUSTMENT_STUDY = Study(
    "adjustment",
    "The Impact of Cross-Lingual Adjustment of Contextual Word Representations on Zero-Shot Transfer",
    {
        "figure-1": Item("distances of words in five stages", adjustment_tables.distances_of_words, trainings("nli")),
        "table-2": Item("inference, also in two languages", adjustment_tables.inference, trainings("nli")),
        "table-3": Item("named entities", adjustment_tables.entities, trainings("ner")),
        "table-4": Item("questions, also in two languages", adjustment_tables.questions, trainings("qa")),
        "table-5": Item("retrieval of sentences after learning QA", adjustment_tables.retrieval, trainings("qa")),
    },
    _differences,
    _ROLES,
    _sizes,
)
