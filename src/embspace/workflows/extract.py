"""From a checkpoint and a corpus to a stored space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from embspace.corpora.entries import SYNTHETIC
from embspace.errors import SettingsError
from embspace.progress import Progress
from embspace.spaces.recipe import check_windows
from embspace.workspace import Workspace, in_its_workspace

if TYPE_CHECKING:
    from embspace.corpora.records import Corpus
    from embspace.spaces.space import Space


@dataclass(frozen=True, slots=True)
class ExtractConfig:
    """Which words of which model: sentences of SyntheticNER, or of another corpus, through a checkpoint."""

    checkpoint: str = "mini"
    """a name for `load_encoder`"""
    languages: tuple[str, ...] | None = None
    """BCP 47 codes; None: all that there are"""
    entities: tuple[str, ...] = ()
    """names in any language, or ids; none: a sample of entities"""
    per_type: int = 100
    """sentences per entity type and language"""
    types: tuple[str, ...] | None = None
    """PER, LOC, ORG; None: all"""
    split: str = "test"
    """the part of contexts and entities that is drawn from"""
    seed: int = 0
    """of what is drawn from SyntheticNER"""
    targets: Literal["auto", "entities", "words"] = "auto"
    """vectors of the entities, of every word, or of the entities where every sentence has one"""
    tokenize_as: Literal["auto", "words", "text"] = "auto"
    """word by word, or the running text"""
    pooling: Literal["mean", "sum", "max", "first", "last"] = "mean"
    """how a word's pieces become one vector"""
    layers: tuple[int, ...] | Literal["all"] = "all"
    """which layers are stored; 0 is the embeddings, -1 the last"""
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    """what the model computes in"""
    stored_dtype: Literal["float16", "float32"] = "float16"
    """how vectors are stored"""
    window: int | None = None
    """the most pieces read at once; None: the model's limit"""
    overlap: int | None = None
    """pieces that windows share; None: half a window"""
    device: str | None = None
    """a torch device; None: the GPU if there is one"""
    workers: int = 1
    """processes that share the work"""
    corpus: str = "synthetic-ner"
    """a name of the catalog; entities, per_type, types, split and seed are SyntheticNER's alone"""
    sentences: int | None = None
    """of another corpus the first n parallel groups, or n per language where nothing is parallel; None: all"""

    def __post_init__(self) -> None:
        if not self.checkpoint:
            raise SettingsError("checkpoint is empty: name a model, such as mini, or a folder.")
        if self.per_type < 1:
            raise SettingsError(f"per_type = {self.per_type}: expected 1 or more sentences per type.")
        self._check_corpus()
        check_windows(self.window, self.overlap)
        if self.workers < 1:
            raise SettingsError(f"workers = {self.workers}: expected 1 or more processes.")

    def _check_corpus(self) -> None:
        if self.corpus == SYNTHETIC:
            if self.sentences is not None:
                raise SettingsError("sentences is for other corpora; of synthetic-ner set per_type.")
            return
        if not self.corpus:
            raise SettingsError("corpus is empty: name one of the catalog, such as synthetic-ner or parallel-sample.")
        if self.sentences is not None and self.sentences < 1:
            raise SettingsError(f"sentences = {self.sentences}: expected 1 or more, or nothing for all.")
        for one in ("entities", "per_type", "types", "split"):
            if getattr(self, one) != ExtractConfig.__dataclass_fields__[one].default:
                raise SettingsError(
                    f"{one} chooses among synthetic-ner, and the corpus is {self.corpus!r}; leave it out, and say with "
                    "sentences how much is taken."
                )


@in_its_workspace
def make_corpus(config: ExtractConfig, workspace: Workspace | None = None) -> Corpus:
    """The sentences that the config names; `workspace` is where added corpora lie (None: the current one).

    Raises:
        CorpusError: a corpus, language, type or entity is unknown.
        StoreError: an added corpus is damaged.
    """
    if config.corpus != SYNTHETIC:
        from embspace.corpora.catalog import open_corpus

        return open_corpus(config.corpus, languages=config.languages, limit=config.sentences, workspace=workspace)
    from embspace.corpora.synthetic_ner import synthetic_ner

    return synthetic_ner(
        config.languages,
        entity=list(config.entities) or None,
        per_type=config.per_type,
        types=config.types,
        split=config.split,
        seed=config.seed,
    )


@in_its_workspace
def make_space(config: ExtractConfig, workspace: Workspace, progress: Progress) -> Space:
    """The space that the config names, found if it is stored, else extracted.

    Raises:
        EmbspaceError: the corpus, the checkpoint or the disk does not allow it.
    """
    from embspace.spaces.extraction import extract

    workers = {"workers": config.workers, "workspace": workspace, "progress": progress}
    return extract(config.checkpoint, make_corpus(config, workspace), **_settings(config), **workers)


def make_part(
    config: ExtractConfig, part: tuple[int, int], workspace: Workspace, progress: Progress
) -> tuple[int, int]:
    """Make the shards of one part of the space; returns how many are stored, and how many there are.

    Raises:
        EmbspaceError: the corpus, the checkpoint or the disk does not allow it, or there is no such part.
    """
    from embspace.spaces.extraction import extract_part

    given = {"workspace": workspace, "progress": progress}
    return extract_part(config.checkpoint, make_corpus(config, workspace), part, **_settings(config), **given)


def _settings(config: ExtractConfig) -> dict[str, Any]:
    names = ("targets", "tokenize_as", "pooling", "layers", "dtype", "stored_dtype", "window", "overlap", "device")
    return {name: getattr(config, name) for name in names}


def describe(space: Space) -> dict[str, Any]:
    """What a space is, small enough for a job's result: fingerprint, path, layers, dim, and `Space.report`."""
    report = space.report()
    return {
        "space": space.fingerprint,
        "path": str(space.path),
        "words": space.n_words,
        "layers": space.n_layers,
        "dim": space.dim,
        **{name: report[name] for name in ("not_found", "in_windows", "in_float32")},
    }


def run(config: ExtractConfig, workspace: Workspace, progress: Progress) -> dict[str, Any]:
    """Extract, and say what was made."""
    return describe(make_space(config, workspace, progress))
