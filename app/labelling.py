"""What the pages of taggers look at, as a value: taggers, words to label, and which of the sentences are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from address import Reader, name_of_checkpoint, name_of_corpus, one_of, read, some_names, within, write
from choice import ALL, SPLIT, Choice, known_languages, most_contexts
from embspace.corpora.entries import SYNTHETIC
from embspace.corpora.languages import language_code
from embspace.errors import SettingsError
from embspace.training.part import Part
from embspace.workflows.extract import ExtractConfig
from embspace.workflows.predict import PredictConfig

SOURCES = {"text": "Text", "corpus": "Corpus"}
SHOWN = {"all": "All sentences", "entities": "With entities", "wrong": "With errors"}
CASES = {"any": "Any error", "first": "Only A errs", "second": "Only B errs", "both": "Both err"}
LONGEST = 5000
"""characters of a text, so that an address can say it"""


@dataclass(frozen=True, slots=True)
class Labelling:
    """A view of words and their labels; the defaults are what is left out of the address.

    Attributes:
        checkpoint: a tagger, A; empty: the best step of the latest training.
        beside: a second one, B; empty: none. The page of errors alone looks at it.
        source: of `SOURCES`; the page of errors looks at a corpus whatever it is.
        text: a sentence per line, in `language`, a BCP 47 code.
        corpus: a name of the catalog.
        per_type: of SyntheticNER sentences per entity type and language.
        sentences: of another corpus the first n; None: all.
        languages: BCP 47 codes; none means all that the corpus has.
        shown: of `SHOWN`, on the page of the tagger.
        case: of `CASES`, on the page of errors.
        only: the language whose sentences are shown; empty: all.
        type: of entities, or tag, that the errors are about; empty: any.
        clubs: of errors, organizations that are taken for places alone; of SyntheticNER clubs alone.
    """

    checkpoint: str = ""
    beside: str = ""
    source: str = "text"
    text: str = ""
    language: str = "en"
    corpus: str = SYNTHETIC
    per_type: int = 100
    sentences: int | None = None
    languages: tuple[str, ...] = ()
    shown: str = "all"
    case: str = "any"
    only: str = ""
    type: str = ""
    clubs: bool = False

    def to_address(self) -> dict[str, str | list[str]]:
        """Query parameters: what is not at its default."""
        return write(self, Labelling())

    @property
    def texts(self) -> tuple[str, ...]:
        """The sentences of the text, one per line."""
        return tuple(line.strip() for line in self.text.splitlines() if line.strip())

    def config(self, checkpoint: str, *, corpus: bool = False) -> PredictConfig:
        """The work of one tagger on a text, or on a corpus.

        Raises:
            SettingsError: the text is empty, or a setting is not possible.
        """
        if corpus or self.source == "corpus":
            return PredictConfig(checkpoint, self.part())
        if not self.texts:
            raise SettingsError("The text is empty; write a sentence, or choose a corpus.")
        return PredictConfig(checkpoint, texts=self.texts, language=self.language)

    def part(self) -> Part:
        """Its sentences of a corpus."""
        languages = self.languages or None
        if self.corpus == SYNTHETIC:
            return Part(languages=languages, split=SPLIT, per_type=self.per_type)
        return Part(self.corpus, languages, sentences=self.sentences)

    def extraction(self) -> ExtractConfig:
        """The same sentences through the first tagger as an encoder: what the Map shows."""
        first, languages = self.checkpoint or "mini", self.languages or None
        if self.corpus == SYNTHETIC:
            return ExtractConfig(first, languages, per_type=self.per_type, split=SPLIT)
        return ExtractConfig(first, languages, corpus=self.corpus, sentences=self.sentences)

    def map_view(self, selection: str, points: int) -> Choice:
        """The Map of these sentences in the first tagger, with words marked.

        Args:
            selection: the name of the words.
            points: that the map has, which bound the perplexity.
        """
        most = (points - 1) // 3
        usual = Choice()
        return Choice(
            words=(),
            languages=self.languages,
            per_type=self.per_type,
            checkpoint=self.checkpoint,
            corpus=self.corpus,
            sentences=self.sentences,
            method=usual.method if most >= 1 else "pca",
            perplexity=min(usual.perplexity, float(most)) if most >= 1 else usual.perplexity,
            selection=selection,
        )


def map_address(view: Choice) -> dict[str, str | list[str]]:
    """The address of a view of the Map of all words."""
    return {**view.to_address(), "words": ALL}


def labelling_from_address(parameters: Mapping[str, Sequence[str]]) -> tuple[Labelling, list[str]]:
    """The view that query parameters ask for, and a sentence for each of them that is not possible."""
    view, notices = read(Labelling(), READERS, parameters)
    view = replace(view, languages=known_languages(view.corpus, view.languages, notices))
    if view.corpus == SYNTHETIC and view.per_type > (most := most_contexts(())):
        notices.append(f"The address asks for {view.per_type:,} sentences per type; {most:,}, the most, are taken.")
        view = replace(view, per_type=most)
    return view, notices


def _text(values: Sequence[str]) -> str:
    if len(values[-1]) > LONGEST:
        raise SettingsError(f"A text has {LONGEST:,} letters at most; a longer one can be added as a corpus.")
    return values[-1].replace("\r\n", "\n")


def _tag(values: Sequence[str]) -> str:
    names = some_names(values[-1:])
    return names[0] if names else ""


READERS: dict[str, Reader] = {
    "checkpoint": lambda values: name_of_checkpoint(values[-1]),
    "beside": lambda values: name_of_checkpoint(values[-1]),
    "source": one_of(SOURCES),
    "text": _text,
    "language": lambda values: language_code(values[-1], "The text"),
    "corpus": lambda values: name_of_corpus(values[-1]),
    "per_type": within(1, 100_000, int),
    "sentences": within(1, 10_000_000, int),
    "languages": some_names,
    "shown": one_of(SHOWN),
    "case": one_of(CASES),
    "only": _tag,
    "type": _tag,
    "clubs": lambda values: one_of({"True": True, "False": False})(values) == "True",
}
