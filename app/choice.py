"""What a page shows: words of a model, and how they are placed and marked; to and from the address of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from address import Reader, name_of_checkpoint, one_of, read, within, write
from embspace.corpora.languages import check_languages
from embspace.corpora.synthetic_ner import contexts, entity_names, find_entities
from embspace.corpora.templates import CODES
from embspace.errors import SettingsError
from embspace.workflows.extract import ExtractConfig
from embspace.workflows.project import ProjectConfig
from selections import checked_name

METHODS = {"tsne": "t-SNE", "umap": "UMAP", "pca": "PCA"}
PLAYED = {"no": "side by side", "layers": "layers", "checkpoints": "checkpoints"}
MOST_CHECKPOINTS = 4
MARKS = {"language": "language", "type": "type", "n_pieces": "pieces"}
SPLIT = "test"


@dataclass(frozen=True, slots=True)
class Choice:
    """A view of the map; the defaults are the start page.

    Attributes:
        words: English names of SyntheticNER entities.
        languages: BCP 47 codes.
        per_type: sentences per entity type and language.
        checkpoint: a name for `load_encoder`.
        beside: further ones, in the frame of the first.
        layers: one layer, or two side by side; 0 is the embeddings, -1 the last.
        method: of `METHODS`, with `perplexity` (t-SNE), `neighbors` and `min_distance` (UMAP).
        play: of `PLAYED`, what is shown one after another.
        lines: from the place of each word before.
        dimensions: 2 or 3.
        center: subtract the mean of each language first.
        color: of `MARKS`; as is `shape`.
        selection: the name of stored words that are marked on the map; of `selections`.
    """

    words: tuple[str, ...] = ("Washington",)
    languages: tuple[str, ...] = CODES
    per_type: int = 100
    checkpoint: str = "mini"
    beside: tuple[str, ...] = ()
    layers: tuple[int, ...] = (-1,)
    play: str = "no"
    lines: bool = False
    method: str = "tsne"
    perplexity: float = 70
    neighbors: int = 15
    min_distance: float = 0.1
    dimensions: int = 2
    center: bool = False
    color: str = "language"
    shape: str = "type"
    selection: str = ""

    def config(self) -> ProjectConfig:
        """The work behind the view; settings that do not matter to it are left at their defaults."""
        default = ProjectConfig()
        tsne, umap = self.method == "tsne", self.method == "umap"
        return ProjectConfig(
            extract=ExtractConfig(self.checkpoint, self.languages, self.words, per_type=self.per_type, split=SPLIT),
            layers="all",
            method=self.method,  # pyright: ignore[reportArgumentType]
            dimensions=3 if self.dimensions == 3 else 2,
            perplexity=float(self.perplexity) if tsne else default.perplexity,
            neighbors=self.neighbors if umap else default.neighbors,
            min_distance=self.min_distance if umap else default.min_distance,
            center="language" if self.center else None,
            beside=self.beside,
        )

    def to_address(self) -> dict[str, str | list[str]]:
        """Query parameters: what differs from the start page."""
        return write(self, Choice())


def from_address(parameters: Mapping[str, Sequence[str]]) -> tuple[Choice, list[str]]:
    """The view that query parameters ask for, and a sentence for each part of them that is not possible."""
    choice, notices = read(Choice(), READERS, parameters)
    most = most_contexts(choice.words)
    if choice.per_type > most:
        if "per_type" in parameters:
            notices.append(
                f"The address asks for {choice.per_type} contexts per type; {most}, the most there are, is shown."
            )
        choice = replace(choice, per_type=most)
    return choice, notices


@cache
def all_words() -> tuple[str, ...]:
    """The English names of all entities, sorted, each once."""
    return tuple(sorted({entity.names["en"] for entity in entity_names()}))


@cache
def most_contexts(words: tuple[str, ...]) -> int:
    """How many contexts per type every one of the words has."""
    found = [entity for word in words for entity in find_entities(word)]
    return min(len(contexts(one.type, SPLIT, one.kind if one.type == "PER" else None)) for one in found)


def read_words(values: Sequence[str]) -> tuple[str, ...]:
    """The English names of entities that are named in any language."""
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
    "languages": lambda values: check_languages(values, CODES),
    "per_type": within(1, 100_000, int),
    "checkpoint": lambda values: name_of_checkpoint(values[-1]),
    "beside": _beside,
    "layers": _layers,
    "play": one_of(PLAYED),
    "lines": lambda values: one_of({"True": True, "False": False})(values) == "True",
    "method": one_of(METHODS),
    "perplexity": within(1, 1000, float),
    "neighbors": within(2, 1000, int),
    "min_distance": within(0, 0.99, float),
    "dimensions": within(2, 3, int),
    "center": lambda values: one_of({"True": True, "False": False})(values) == "True",
    "color": one_of(MARKS),
    "shape": one_of(MARKS),
    "selection": lambda values: checked_name(values[-1]),
}
