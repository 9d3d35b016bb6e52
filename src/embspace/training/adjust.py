"""What an adjustment of words to their translations is told. Loads no torch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from embspace.errors import refuse

Reduction = Literal["mean", "sum"]


@dataclass(frozen=True, slots=True)
class Adjust:
    """How words of translations are brought together ("adjustment" 3, Eq. 1)."""

    source: str = "en"
    """the language whose vectors are to stay where they are"""
    original: str | None = None
    """the frozen model f0, a name for `load_encoder`; None: the checkpoint that is trained"""
    draw: int | None = None
    """sentence pairs of each language that each seed draws at random, the paper's 30,000; None: all"""
    batch: int = 16
    """sentence pairs of a step beside a task; alone a step has those of the training's `batch`"""
    pooling: Literal["mean", "first", "last"] = "mean"
    """the vector of a word: the mean of its pieces, or one of them"""
    layers: tuple[int, ...] = (-1,)
    """whose vectors; 0: the embeddings, negative: from the output"""
    special: bool = True
    """also the pieces around a sentence ([CLS], [SEP]): each is pulled to its like and kept"""
    links: Literal["one-to-one", "all"] = "one-to-one"
    """which links count: of words that have one alone, or every link"""
    identical: bool = False
    """also links of words that are written alike"""
    keep: float = 1.0
    """the weight of the second sum of Eq. 1, which keeps the source where it was"""
    reduction: Reduction = "mean"
    """each of the two sums over the step divided by its number of words and by the dimension, as the authors' scripts
    do (of several processes each over its own part); or as Eq. 1 prints it"""

    def __post_init__(self) -> None:
        refuse(self._contradictions())

    def _contradictions(self) -> Iterator[str]:
        if not self.source:
            yield 'source is empty: name the language that stays, such as "en".'
        if self.draw is not None and self.draw < 1:
            yield f"draw = {self.draw}: expected 1 pair or more, or nothing for all."
        if self.batch < 1:
            yield f"batch = {self.batch}: expected 1 pair or more."
        if not self.layers or len(set(self.layers)) < len(self.layers):
            yield f"layers = {list(self.layers)}: expected one or more different layers, such as -1, the output."
        if not 0 <= self.keep < float("inf"):
            yield f"keep = {self.keep}: expected a weight of 0 or more."
