"""Which sentences, pairs or questions of a corpus a training reads. Loads no torch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields
from typing import Any, Literal

from embspace.corpora.entries import SYNTHETIC
from embspace.errors import refuse

_TYPES = 3
"""of the entities of SyntheticNER"""


@dataclass(frozen=True, slots=True)
class Part:
    """Some records of a corpus: sentences, or pairs or questions of a task that reads those."""

    corpus: str = SYNTHETIC
    """a name of the catalog"""
    languages: tuple[str, ...] | None = None
    """BCP 47 codes; None: all that it has"""
    split: Literal["train", "test"] = "train"
    """of SyntheticNER: the part of contexts and entities that is drawn from"""
    per_type: int | None = None
    """of SyntheticNER: sentences per entity type and language; None: as many as in the paper"""
    sentences: int | None = None
    """of SyntheticNER sentences per language, of each type as large a part as in the paper; of another corpus the first
    n parallel groups, or n per language where nothing is parallel; None: all"""
    seed: int = 0
    """of what is drawn from SyntheticNER, and of `english`"""
    english: Literal["none", "either", "question", "paragraph"] = "none"
    """which text is put in its English original: of nli either premise or hypothesis, drawn at random for each pair
    ("adjustment" 4.2); of qa the question or the paragraph (4.4)"""

    def __post_init__(self) -> None:
        refuse(self._contradictions())

    def numbers(self) -> dict[str, int]:
        """Of SyntheticNER: sentences of a language by entity type."""
        from embspace.corpora.synthetic_ner import PAPER_TEST, PAPER_TRAIN, in_proportion

        paper = PAPER_TRAIN if self.split == "train" else PAPER_TEST
        if self.per_type is not None:
            return dict.fromkeys(paper, self.per_type)
        return dict(paper) if self.sentences is None else in_proportion(self.sentences, self.split)

    def _contradictions(self) -> Iterator[str]:
        if not self.corpus:
            yield "corpus is empty: name one of the catalog, such as synthetic-ner."
        if self.languages is not None and not self.languages:
            yield "languages is an empty list; name at least one, or leave it out for all."
        if self.corpus == SYNTHETIC:
            if self.sentences is not None and self.per_type is not None:
                yield (
                    f"per_type = {self.per_type} and sentences = {self.sentences} both say how much is drawn; give one "
                    "of them."
                )
            if self.per_type is not None and self.per_type < 1:
                yield f"per_type = {self.per_type}: expected 1 or more sentences per type."
            if self.sentences is not None and self.sentences < _TYPES:
                yield f"sentences = {self.sentences}: expected {_TYPES} or more of synthetic-ner, one of each type."
            return
        if self.sentences is not None and self.sentences < 1:
            yield f"sentences = {self.sentences}: expected 1 or more, or nothing for all."
        drawn = () if self.english == "either" else ("seed",)
        if given := [one for one in ("split", "per_type", *drawn) if getattr(self, one) != default_of(Part, one)]:
            yield (
                f"{', '.join(given)}: chosen among synthetic-ner, and the corpus is {self.corpus!r}; leave it out, and "
                "say with sentences how much is taken."
            )


def default_of(kind: type, name: str) -> Any:
    """The default of a field of a dataclass."""
    one = next(one for one in fields(kind) if one.name == name)
    return one.default if one.default_factory is MISSING else one.default_factory()
