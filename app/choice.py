"""What a page shows: words of a model, and how they are placed and marked; to and from the address of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from address import Reader, name_of_checkpoint, name_of_corpus, notice, one_of, read, some_names, within, write
from embspace.corpora.entries import SYNTHETIC, Entry
from embspace.corpora.languages import check_languages
from embspace.corpora.synthetic_ner import contexts, entity_names, find_entities
from embspace.corpora.templates import CODES
from embspace.errors import EmbspaceError, SettingsError
from embspace.workflows.extract import ExtractConfig
from embspace.workflows.project import ProjectConfig
from selections import checked_name

METHODS = {"tsne": "t-SNE", "umap": "UMAP", "pca": "PCA"}
PLAYED = {"no": "side by side", "layers": "layers", "checkpoints": "checkpoints"}
MOST_CHECKPOINTS = 4
MARKS = {"language": "language", "type": "type", "tag": "tag", "n_pieces": "pieces"}
"""columns that color and shape may show"""
SHAPES = {**MARKS, "none": "none"}
TARGETS = {"auto": "as the corpus says", "entities": "entities", "words": "every word"}
FRAMES = {"chained": "one after another", "joint": "all in one run"}
SPLIT = "test"
ALL = "all"
"""in the address: no word is named"""
MOST_DRAWN = 1000
"""sentences per type where no word is named"""


@dataclass(frozen=True, slots=True)
class Choice:
    """A view of the map; the defaults are the start page.

    Attributes:
        words: of SyntheticNER the English names of entities; none means a draw from all.
        languages: BCP 47 codes; none means all that the corpus has.
        per_type: of SyntheticNER sentences per entity type and language.
        checkpoint: a name for `load_encoder`.
        corpus: a name of the catalog.
        sentences: of another corpus the first n; None: all.
        targets: of `TARGETS`, what gets a point.
        beside: further checkpoints, in the frame of the first.
        layers: one layer, or two side by side; 0 is the embeddings, -1 the last.
        method: of `METHODS`, with `perplexity` (t-SNE), `neighbors` and `min_distance` (UMAP).
        play: of `PLAYED`, what is shown one after another.
        lines: from the place of each word before.
        dimensions: 2 or 3.
        transforms: done to the vectors first, in this order.
        frame: of `FRAMES`, how layers come to one frame.
        color: of `MARKS`, and `shape` of `SHAPES`.
        selection: the name of stored words that are marked on the map; of `selections`.
    """

    words: tuple[str, ...] = ("Washington",)
    languages: tuple[str, ...] = ()
    per_type: int = 100
    checkpoint: str = "mini"
    corpus: str = SYNTHETIC
    sentences: int | None = None
    targets: str = "auto"
    beside: tuple[str, ...] = ()
    layers: tuple[int, ...] = (-1,)
    play: str = "no"
    lines: bool = False
    method: str = "tsne"
    perplexity: float = 70
    neighbors: int = 15
    min_distance: float = 0.1
    dimensions: int = 2
    transforms: tuple[str, ...] = ()
    frame: str = "chained"
    color: str = "language"
    shape: str = "type"
    selection: str = ""

    @property
    def title(self) -> str:
        """What is on the map, in a few words."""
        if self.corpus != SYNTHETIC:
            return self.corpus
        return ", ".join(self.words) or "All entities"

    def config(self) -> ProjectConfig:
        """The work behind the view; settings that do not matter to it are left at their defaults.

        Raises:
            SettingsError: a setting is not possible.
        """
        default = ProjectConfig()
        tsne, umap = self.method == "tsne", self.method == "umap"
        return ProjectConfig(
            extract=self.extraction(),
            layers="all",
            method=self.method,  # pyright: ignore[reportArgumentType]
            dimensions=3 if self.dimensions == 3 else 2,
            perplexity=float(self.perplexity) if tsne else default.perplexity,
            neighbors=self.neighbors if umap else default.neighbors,
            min_distance=self.min_distance if umap else default.min_distance,
            beside=self.beside,
            frame="joint" if self.frame == "joint" else "chained",
            transforms=self.transforms,
        )

    def extraction(self) -> ExtractConfig:
        """The sentences through the first checkpoint.

        Raises:
            SettingsError: a setting is not possible.
        """
        first, targets = (self.checkpoint, self.languages or None), {"targets": self.targets}
        if self.corpus != SYNTHETIC:
            return ExtractConfig(*first, corpus=self.corpus, sentences=self.sentences, **targets)  # pyright: ignore[reportArgumentType]
        return ExtractConfig(*first, self.words, per_type=self.per_type, split=SPLIT, **targets)  # pyright: ignore[reportArgumentType]

    def to_address(self) -> dict[str, str | list[str]]:
        """Query parameters: what differs from the start page."""
        return write(self, Choice()) | ({} if self.words else {"words": ALL})


def from_address(parameters: Mapping[str, Sequence[str]]) -> tuple[Choice, list[str]]:
    """The view that query parameters ask for, and a sentence for each part of them that is not possible."""
    choice, notices = read(Choice(), READERS, parameters)
    choice = replace(choice, languages=known_languages(choice.corpus, choice.languages, notices))
    if parameters.get("center"):  # an address from before there were transforms
        if (given := parameters["center"][-1]) not in ("True", "False"):
            notices.append(notice("center", [given], SettingsError("Possible are True, False.")))
        elif given == "True" and "center" not in choice.transforms:
            choice = replace(choice, transforms=("center", *choice.transforms))
    most = most_contexts(choice.words)
    if choice.per_type > most:
        if "per_type" in parameters:
            notices.append(
                f"The address asks for {choice.per_type} contexts per type; {most}, the most there are, is shown."
            )
        choice = replace(choice, per_type=most)
    return choice, notices


def known_languages(corpus: str, languages: tuple[str, ...], notices: list[str]) -> tuple[str, ...]:
    """The languages of an address; all (none named) where SyntheticNER lacks one, and a notice says so."""
    if corpus != SYNTHETIC or not languages:
        return languages
    try:
        return tuple(check_languages(languages, CODES))
    except EmbspaceError as error:
        notices.append(notice("languages", languages, error))
        return ()


def marks(view: Choice, entry: Entry | None) -> tuple[str, str]:
    """The color and shape of a view, columns that its words lack replaced by what they have."""
    known = possible_marks(view, entry)
    color = view.color if view.color in known else "language"
    shape = next(one for one in (view.shape, "type", "tag", "none") if one in known)
    return color, shape


def possible_marks(view: Choice, entry: Entry | None) -> list[str]:
    """Those of `SHAPES` that the words of a view have, as far as the catalog knows the corpus."""
    types = view.corpus == SYNTHETIC or entry is None or entry.entities > 0
    tags = view.corpus != SYNTHETIC and (entry is None or bool(entry.tags))
    return [one for one in SHAPES if {"type": types, "tag": tags}.get(one, True)]


@cache
def all_words() -> tuple[str, ...]:
    """The English names of all entities, sorted, each once."""
    return tuple(sorted({entity.names["en"] for entity in entity_names()}))


@cache
def most_contexts(words: tuple[str, ...]) -> int:
    """How many contexts per type every one of the words has; of no words, `MOST_DRAWN`."""
    if not words:
        return MOST_DRAWN
    found = [entity for word in words for entity in find_entities(word)]
    return min(len(contexts(one.type, SPLIT, one.kind if one.type == "PER" else None)) for one in found)


def read_words(values: Sequence[str]) -> tuple[str, ...]:
    """The English names of entities that are named in any language; `ALL` names none."""
    if list(values) == [ALL]:
        return ()
    return tuple(dict.fromkeys(entity.names["en"] for value in values for entity in find_entities(value)))


def _layers(values: Sequence[str]) -> tuple[int, ...]:
    if len(values) > 2:
        raise SettingsError("One or two layers can be shown.")
    return tuple(int(value) for value in values)


def _beside(values: Sequence[str]) -> tuple[str, ...]:
    if len(values) >= MOST_CHECKPOINTS:
        raise SettingsError(f"Possible are 1 to {MOST_CHECKPOINTS} checkpoints.")
    return tuple(dict.fromkeys(name_of_checkpoint(value) for value in values))


READERS: dict[str, Reader] = {
    "words": read_words,
    "languages": some_names,
    "per_type": within(1, 100_000, int),
    "checkpoint": lambda values: name_of_checkpoint(values[-1]),
    "corpus": lambda values: name_of_corpus(values[-1]),
    "sentences": within(1, 10_000_000, int),
    "targets": one_of(TARGETS),
    "beside": _beside,
    "layers": _layers,
    "play": one_of(PLAYED),
    "lines": lambda values: one_of({"True": True, "False": False})(values) == "True",
    "method": one_of(METHODS),
    "perplexity": within(1, 1000, float),
    "neighbors": within(2, 1000, int),
    "min_distance": within(0, 0.99, float),
    "dimensions": within(2, 3, int),
    "transforms": some_names,
    "frame": one_of(FRAMES),
    "color": one_of(MARKS),
    "shape": one_of(SHAPES),
    "selection": lambda values: checked_name(values[-1]),
}
