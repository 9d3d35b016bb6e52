"""The study "lingua-franca": one tagger for all languages, also for those that it was not trained on."""

from __future__ import annotations

from collections.abc import Sequence

from embspace.corpora.synthetic_ner import PAPER_TEST, PAPER_TRAIN
from embspace.studies import zero_shot_tables
from embspace.studies.config import StudyConfig
from embspace.studies.study import Item, Study, sizes_of
from embspace.studies.zero_shot_settings import (
    curves,
    english_only,
    frozen_dev,
    frozen_test,
    one_and_all,
    ontonotes,
    round_robins,
    secondary,
    seen_and_unseen,
    trainings,
    tried,
)
from embspace.studies.zero_shot_trainings import (
    BATCH,
    EPOCHS,
    OBJECTIVES,
    ONTONOTES,
    PAPER_LAYERS,
    PARTS,
    RATE,
    conll,
    frozen_layers,
    n_layers,
)

_ROLES = {
    "train": "tagged sentences that are learned from, in all languages",
    "dev": "tagged sentences that choose the epoch",
    "test": "tagged sentences that are scored",
}


def _sizes(config: StudyConfig) -> dict[str, str]:
    of = conll(config)
    told = sizes_of(config)
    names = "Training sentences", "Test sentences"
    if of.entries:
        rest = "all" if config.scale == 1 else f"{config.scale:.3g} of the corpus"
        given = zip(names, (config.sentences, config.test_sentences), strict=True)
        told |= {name: rest for name, number in given if number is None}
    else:
        amounts = config.amount(sum(PAPER_TRAIN.values())), config.test_amount(sum(PAPER_TEST.values()))
        told |= {name: f"{number:,} per language" for name, number in zip(names, amounts, strict=True)}
    return told | {"Languages": " ".join(of.languages)}


def _differences(config: StudyConfig) -> Sequence[str]:
    of, layers = conll(config), n_layers(config.checkpoint)
    named = ", ".join(dict.fromkeys(entry.name for entry in of.entries.values()))
    mapped = "; ".join(
        f"{one} for {', '.join(map(str, theirs))}" for one, theirs in frozen_layers(range(1, 13), layers).items()
    )
    return [
        f"Model: {config.checkpoint} with {layers} layers; the paper's is cased multilingual BERT with {PAPER_LAYERS}.",
        f"Data: {named or 'SyntheticNER'}, {', '.join(of.languages)}; the paper's are CoNLL 2002 and 2003 "
        "(en, de, es, nl) and OntoNotes 5 (en, ar, zh).",
        *_amounts(config, bool(of.entries)),
        f"Training: {config.epochs or EPOCHS} epochs (paper: {EPOCHS}), batches of {BATCH} (paper: 32 or 100), rate "
        f"{config.rate or RATE:g} (paper: 5e-5), {len(config.seeds)} seeds (paper: 3, or 5 where layers are frozen or "
        "objectives are added).",
        *_left_out(config),
        *([] if layers == PAPER_LAYERS else [f"Frozen layers, by depth, here for the paper's of 12: {mapped}."]),
        "Language identification (LI) also reads the languages that are trained on where there is one target alone: "
        "of one language there is nothing to tell. CL and PC beside LI read them too.",
        "A language chooses its own epoch. Of the joint model one epoch is chosen by all languages together.",
    ]


def _left_out(config: StudyConfig) -> list[str]:
    lost = [one for one in OBJECTIVES if one not in tried(config)]
    return [f"Secondary tasks that are left out of Tables 3, 6 and 7: {', '.join(lost)}."] if lost else []


def _amounts(config: StudyConfig, given: bool) -> list[str]:
    if given:
        share = "all" if config.scale == 1 else f"{config.scale:.0%}"
        train = f"the first {config.sentences:,}" if config.sentences else share
        test = f"the first {config.test_sentences:,}" if config.test_sentences else share
        return [
            f"Sizes: of each language {train} of the training sentences, {test} of the others; the paper takes all."
        ]
    counts = config.amount(sum(PAPER_TRAIN.values())), config.test_amount(sum(PAPER_TEST.values()))
    return [
        f"Sizes: {counts[0]:,} training sentences per language, {counts[1]:,} that choose the epoch and "
        f"{counts[1]:,} that are scored.",
        "SyntheticNER has no development part: the epoch is chosen by other draws from the contexts and names that are "
        "trained on, in the target language. They are not learned from, but may choose too late an epoch.",
    ]


LINGUA_FRANCA = Study(
    "lingua-franca",
    "Towards Lingua Franca Named Entity Recognition with BERT",
    {
        "table-1": Item("one language alone, and all together", zero_shot_tables.one_and_all, trainings(one_and_all)),
        "table-2": Item("OntoNotes, and pieces per word", zero_shot_tables.ontonotes, trainings(ontonotes)),
        "table-3": Item("languages that were not trained on", zero_shot_tables.round_robins, trainings(round_robins)),
        "figure-2": Item("F1 over epochs", zero_shot_tables.seen_and_unseen, trainings(seen_and_unseen)),
        "table-4": Item("frozen layers, dev", zero_shot_tables.frozen_dev, trainings(frozen_dev)),
        "table-5": Item("frozen layers, test", zero_shot_tables.frozen_test, trainings(frozen_test)),
        "figure-3": Item("F1 over epochs by frozen layers", zero_shot_tables.curves, trainings(curves)),
        "table-6": Item("secondary tasks and frozen layers", zero_shot_tables.secondary, trainings(secondary)),
        "table-7": Item("trained on English alone", zero_shot_tables.english_only, trainings(english_only)),
    },
    _differences,
    {
        **_ROLES,
        **{f"{ONTONOTES}{part}": f"the same of OntoNotes ({part})" for part in PARTS},
    },
    _sizes,
)
