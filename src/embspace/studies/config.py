"""What a study is told: which checkpoint, which sentences, how much of the paper's amounts. Loads no torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from embspace.errors import refuse

STUDY_NAMES = ("exploring", "lingua-franca", "adjustment")
SECONDARY_NAMES = ("CL", "CL+LI", "LI", "PC", "PC+LI")


@dataclass(frozen=True, slots=True)
class StudyConfig:
    """A study of a paper, as far as a machine and the data at hand allow."""

    study: str
    """exploring, lingua-franca or adjustment"""
    checkpoint: str = "mini"
    """a name for `load_encoder`"""
    scale: float = 1.0
    """the share of the paper's training and test sentences; 1: as many as in the paper"""
    sentences: int | None = None
    """training sentences per language, instead of what scale says"""
    test_sentences: int | None = None
    """test sentences per language, instead of what scale says"""
    epochs: int | None = None
    """passes over the training sentences; None: the paper's"""
    rate: float | None = None
    """the highest learning rate; None: the paper's, or 5e-5 where it says none"""
    seeds: tuple[int, ...] = (0, 1, 2)
    """one training each, of every setting"""
    languages: tuple[str, ...] | None = None
    """that are trained on and tested, BCP 47 codes; None: the paper's, as far as the data have them"""
    corpora: Mapping[str, str] = field(default_factory=dict)
    """part of a study -> a name of the catalog; what is not named is SyntheticNER where that serves, else left out"""
    secondary: tuple[str, ...] | None = None
    """secondary tasks in tables 3, 6 and 7 of lingua-franca, which cost most: CL, CL+LI, LI, PC, PC+LI; None: all"""
    pairs: int | None = None
    """of adjustment: aligned pairs that each seed draws; None: the paper's 30,000, scaled, or all that there are"""
    adjust_rate: float | None = None
    """of adjustment: the highest learning rate of the adjustment; None: the paper's"""
    length: int | None = None
    """of adjustment: pieces of a window of questions; None: 384, or what the model reads"""
    only: tuple[str, ...] = ()
    """tables and figures, such as table-2; none: all of them"""
    threads: int | None = None
    """of torch on a CPU, in each training; None: as many as it takes"""
    device: str | None = None
    """a torch device; None: the GPU if there is one"""

    def __post_init__(self) -> None:
        refuse(self._contradictions())

    def amount(self, published: int) -> int:
        """A number of the paper's training sentences, scaled; `sentences` where that is given."""
        return self.sentences or max(1, round(published * self.scale))

    def test_amount(self, published: int) -> int:
        """A number of the paper's test sentences, scaled; `test_sentences` where that is given."""
        return self.test_sentences or max(1, round(published * self.scale))

    def _contradictions(self) -> Iterator[str]:
        if self.study not in STUDY_NAMES:
            yield f"study = {self.study!r}: there is none of this name; there are {', '.join(STUDY_NAMES)}."
        if not self.checkpoint:
            yield "checkpoint is empty: name a model, such as mini, or a folder."
        if not 0 < self.scale <= 1:
            yield f"scale = {self.scale:g}: expected a share of the paper's sentences, above 0, at most 1."
        for name in ("rate", "adjust_rate"):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                yield f"{name} = {value}: expected a number above 0."
        for name in ("sentences", "test_sentences", "epochs", "threads", "pairs", "length"):
            value = getattr(self, name)
            if value is not None and value < 1:
                yield f"{name} = {value}: expected 1 or more."
        for name in self.secondary or ():
            if name not in SECONDARY_NAMES:
                yield f"secondary: there is no {name!r}; there are {', '.join(SECONDARY_NAMES)}."
        if not self.seeds or len(set(self.seeds)) < len(self.seeds) or min(self.seeds) < 0:
            yield f"seeds = {list(self.seeds)}: expected one or more different numbers, 0 or more."
        if self.languages is not None and len(set(self.languages)) < (1 if self.study == "adjustment" else 2):
            yield f"languages = {list(self.languages)}: a study compares languages; give two or more, or none for all."
