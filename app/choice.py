"""What a page shows: words of a model, and how they are placed and marked; to and from the address of the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache

from embspace.corpora.languages import check_languages
from embspace.corpora.synthetic_ner import contexts, entity_names, find_entities
from embspace.corpora.templates import CODES
from embspace.errors import CorpusError, EmbspaceError, SettingsError
from embspace.workflows.extract import ExtractConfig
from embspace.workflows.project import ProjectConfig

METHODS = {"tsne": "t-SNE", "umap": "UMAP", "pca": "PCA"}
MARKS = {"language": "language", "type": "type", "n_pieces": "number of pieces"}
SPLIT = "test"


@dataclass(frozen=True, slots=True)
class Choice:
    """A view of the map; the defaults are the start page.

    Attributes:
        words: English names of SyntheticNER entities.
        languages: BCP 47 codes.
        per_type: sentences per entity type and language.
        checkpoint: a name for `load_encoder`.
        layers: one layer, or two side by side; 0 is the embeddings, -1 the last.
        method: of `METHODS`, with `perplexity` (t-SNE), `neighbors` and `min_distance` (UMAP).
        dimensions: 2 or 3.
        center: subtract the mean of each language first.
        color: of `MARKS`; as is `shape`.
    """

    words: tuple[str, ...] = ("Washington",)
    languages: tuple[str, ...] = CODES
    per_type: int = 100
    checkpoint: str = "mini"
    layers: tuple[int, ...] = (-1,)
    method: str = "tsne"
    perplexity: float = 70
    neighbors: int = 15
    min_distance: float = 0.1
    dimensions: int = 2
    center: bool = False
    color: str = "language"
    shape: str = "type"

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
        )

    def to_address(self) -> dict[str, str | list[str]]:
        """Query parameters: what differs from the start page."""
        start = Choice()
        found: dict[str, str | list[str]] = {}
        for one in fields(self):
            value = getattr(self, one.name)
            if value != getattr(start, one.name):
                found[one.name] = [str(item) for item in value] if isinstance(value, tuple) else _shown(value)
        return found


def from_address(parameters: Mapping[str, Sequence[str]]) -> tuple[Choice, list[str]]:
    """The view that query parameters ask for, and a sentence for each part of them that is not possible."""
    choice, notices = Choice(), []
    for name, values in parameters.items():
        if name not in READERS or not values:
            continue
        try:
            choice = replace(choice, **{name: READERS[name](values)})
        except (EmbspaceError, ValueError) as error:
            reason = str(error) if isinstance(error, EmbspaceError) else "That is not a number."
            notices.append(f"The address asks for {name} = {', '.join(values)[:80]}. {reason} The usual is shown.")
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


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _words(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(entity.names["en"] for value in values for entity in find_entities(value)))


def _layers(values: Sequence[str]) -> tuple[int, ...]:
    if len(values) > 2:
        raise SettingsError("One or two layers can be shown.")
    return tuple(int(value) for value in values)


def _one_of(options: Mapping[str, object]) -> Callable[[Sequence[str]], str]:
    def read(values: Sequence[str]) -> str:
        if values[-1] not in options:
            raise SettingsError(f"Possible are {', '.join(options)}.")
        return values[-1]

    return read


def _within(least: float, most: float, kind: type[int] | type[float]) -> Callable[[Sequence[str]], float]:
    def read(values: Sequence[str]) -> float:
        value = kind(values[-1])
        if not least <= value <= most:
            raise SettingsError(f"Possible is {least:g} to {most:g}.")
        return value

    return read


def _checkpoint(values: Sequence[str]) -> str:
    name = values[-1].strip()
    if not name or len(name) > 500 or not name.isprintable():
        raise CorpusError("That is no name of a checkpoint.")
    return name


READERS: dict[str, Callable[[Sequence[str]], object]] = {
    "words": _words,
    "languages": lambda values: check_languages(values, CODES),
    "per_type": _within(1, 100_000, int),
    "checkpoint": _checkpoint,
    "layers": _layers,
    "method": _one_of(METHODS),
    "perplexity": _within(1, 1000, float),
    "neighbors": _within(2, 1000, int),
    "min_distance": _within(0, 0.99, float),
    "dimensions": _within(2, 3, int),
    "center": lambda values: _one_of({"True": True, "False": False})(values) == "True",
    "color": _one_of(MARKS),
    "shape": _one_of(MARKS),
}
