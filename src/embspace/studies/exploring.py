"""The study "exploring": what fine-tuning on one language's named entities does to the spaces of the others."""

from __future__ import annotations

from embspace.corpora.synthetic_ner import PAPER_TEST, PAPER_TRAIN
from embspace.studies import exploring_names, exploring_spaces, exploring_transfer
from embspace.studies.config import StudyConfig
from embspace.studies.exploring_data import EVERY, PROBED, languages, test_part, watched
from embspace.studies.study import Item, Study
from embspace.training.config import TrainConfig
from embspace.training.part import Part


def training(config: StudyConfig, language: str) -> TrainConfig:
    """The fine-tuning on one language, tested on all; of the six languages of 4.1 with its spaces on the way."""
    looked = language in watched(config)
    return TrainConfig(
        checkpoint=config.checkpoint,
        train=(Part(languages=(language,), sentences=config.amount(sum(PAPER_TRAIN.values()))),),
        test=(test_part(config, languages(config)),),
        dev_share=0.0,
        epochs=config.epochs or 1,
        rate=config.rate or 5e-5,
        seeds=config.seeds,
        threads=config.threads,
        device=config.device,
        probe_every=EVERY if looked else 0,
        probe=Part(languages=watched(config), split="test", per_type=PROBED) if looked else None,
        save_every=0,
        save_total_limit=1,
    )


def _english(config: StudyConfig) -> dict[str, TrainConfig]:
    return {"en": training(config, "en")}


def _watched(config: StudyConfig) -> dict[str, TrainConfig]:
    return {one: training(config, one) for one in watched(config)}


def _all(config: StudyConfig) -> dict[str, TrainConfig]:
    return {one: training(config, one) for one in languages(config)}


def _differences(config: StudyConfig) -> list[str]:
    counts = config.amount(sum(PAPER_TRAIN.values())), config.test_amount(sum(PAPER_TEST.values()))
    return [
        f"Model: {config.checkpoint}; the paper's is XLM-RoBERTa.",
        "Data: the SyntheticNER that ships with embspace, made anew on the paper's plan with fewer contexts and names; "
        "the paper's own is not published.",
        f"Sizes: {counts[0]:,} training and {counts[1]:,} test sentences per language in the paper's shares of PER, "
        "LOC and ORG; the paper has 8,534 and 1,613.",
        f"Training: {config.epochs or 1} epoch{'s' if (config.epochs or 1) > 1 else ''} (paper: one), batches of 16, "
        f"rate {config.rate or 5e-5:g} (the paper says neither).",
        f"Seeds: {len(config.seeds)}, means of them in tables; maps are of the first (the paper does not say).",
    ]


EXPLORING = Study(
    "exploring",
    "Exploring Contextual Embedding Spaces in Multilingual Models",
    {
        "table-1": Item("sizes of SyntheticNER", exploring_names.sizes),
        "tokenization": Item("one name's pieces in four languages", exploring_names.tokenization),
        "figure-1": Item("Washington after fine-tuning on English", exploring_spaces.washington, _english),
        "table-2": Item("cosines between parallel entities", exploring_spaces.cosines, _english),
        "figure-2": Item("entities before and after fine-tuning", exploring_spaces.entities, _english),
        "clubs": Item("organizations named after cities", exploring_names.clubs, _english),
        "figure-3": Item("change of isotropy in 50 steps", exploring_transfer.changes, _watched),
        "figure-4": Item("languages that change alike", exploring_transfer.alike, _watched),
        "figure-5": Item("errors against spelling", exploring_transfer.errors, _all),
    },
    _differences,
)
