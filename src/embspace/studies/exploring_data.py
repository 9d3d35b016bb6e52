"""Which sentences of SyntheticNER the study "exploring" reads."""

from __future__ import annotations

from collections.abc import Sequence

from embspace.corpora.synthetic_ner import PAPER_TEST
from embspace.corpora.templates import CODES
from embspace.errors import StudyError
from embspace.studies.config import StudyConfig
from embspace.training.config import Part

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
