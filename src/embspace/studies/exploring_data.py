"""Which sentences of SyntheticNER the study "exploring" reads, and their spaces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from embspace.corpora.records import Corpus
from embspace.corpora.synthetic_ner import PAPER_TEST, synthetic_ner
from embspace.corpora.templates import CODES
from embspace.errors import StudyError
from embspace.studies.config import StudyConfig
from embspace.studies.study import Context
from embspace.training.material import open_part
from embspace.training.part import Part

if TYPE_CHECKING:
    from embspace.spaces.space import Space

NAME = "Washington"
SHOWN = ("be", "en", "ru", "tr")
"""the languages of Tables 2 and Figures 1 and 2"""
WATCHED = ("en", "es", "pl", "ru", "tr", "uk")
"""the languages of 4.1, Figures 3 and 4"""
EVERY = 50
"""h, the steps between two looks"""
PROBED = 100
"""sentences per type and language that are looked at"""


def languages(config: StudyConfig) -> tuple[str, ...]:
    """All languages of the study.

    Raises:
        StudyError: SyntheticNER does not have one, or English is missing.
    """
    chosen = config.languages or CODES
    if unknown := [one for one in chosen if one not in CODES]:
        raise StudyError(f"exploring: SyntheticNER has no {', '.join(unknown)}; it has {', '.join(CODES)}.")
    if "en" not in chosen:
        raise StudyError("exploring: tables 2 and figures 1 and 2 are of a model trained on English; add en.")
    return tuple(chosen)


def watched(config: StudyConfig) -> tuple[str, ...]:
    """The languages whose isotropy is followed."""
    return tuple(one for one in WATCHED if one in languages(config))


def test_part(config: StudyConfig, chosen: Sequence[str]) -> Part:
    """The test sentences in some languages."""
    return Part(languages=tuple(chosen), split="test", sentences=config.test_amount(sum(PAPER_TEST.values())))


def shown_languages(context: Context) -> tuple[str, ...]:
    """The study's languages of Table 2 and Figures 1 and 2."""
    return tuple(one for one in SHOWN if one in languages(context.config))


def washington_sentences(context: Context) -> Corpus:
    """One name as person and as place, 100 sentences of each in each shown language."""
    return synthetic_ner(languages=shown_languages(context), entity=NAME, per_type=100)


def tested_sentences(context: Context) -> Corpus:
    """The test sentences of the shown languages."""
    return open_part(test_part(context.config, shown_languages(context)), context.workspace)


def extracted(context: Context, checkpoint: str, corpus: Corpus) -> Space:
    """A checkpoint's space over a corpus, on the study's device."""
    from embspace.spaces.extraction import extract  # the pages read what a study is, and load no model library

    return extract(
        checkpoint, corpus, device=context.config.device, workspace=context.workspace, progress=context.progress
    )
