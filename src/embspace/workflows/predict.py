"""Labels of words as a job: a tagger reads a corpus or texts, and the table is stored."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from embspace.errors import SettingsError
from embspace.progress import Progress
from embspace.storage import fingerprint
from embspace.training.config import Part
from embspace.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

    from embspace.corpora.records import Corpus

VERSION = 1
"""of what is stored; a change makes every result anew"""
TABLE = "predictions"


@dataclass(frozen=True, slots=True)
class PredictConfig:
    """Which words are labelled by which checkpoint."""

    checkpoint: str
    """a model for token classification: a folder, a name on the hub, run:KEY@STEP or job:ID@STEP"""
    corpus: Part = field(default_factory=lambda: Part(split="test"))
    """sentences of the catalog; not looked at where there are texts"""
    texts: tuple[str, ...] = ()
    """a sentence each"""
    language: str = ""
    """BCP 47 code of the texts"""
    batch: int = 32
    """windows that are read at once"""
    length: int | None = None
    """pieces of a window, special ones included; None: as the run was trained, else what the model reads"""
    overlap: int | None = None
    """pieces that windows share; None: as the run was trained, else 8"""
    encoding: str | None = None
    """IOB1, IOB2 or BIOES; None: as the run was trained, else told from the labels"""
    device: str | None = None
    """a torch device; None: the GPU if there is one"""

    def __post_init__(self) -> None:
        if not self.checkpoint:
            raise SettingsError("checkpoint is empty: name a tagger, such as job:4f2@best, or a folder.")
        if self.batch < 1:
            raise SettingsError(f"batch = {self.batch}: expected 1 window or more.")
        if self.texts and not self.language:
            raise SettingsError('language is empty: texts need a BCP 47 code, such as "en".')
        if self.language and not self.texts:
            raise SettingsError("language is of texts, and there are none; name a corpus's with corpus.languages.")


def make_table(config: PredictConfig, workspace: Workspace, progress: Progress) -> tuple[str, pd.DataFrame]:
    """The key of the predictions and their table, as of `embspace.predict`; what is stored is found.

    Raises:
        EmbspaceError: the checkpoint, the corpus or the disk does not allow it.
    """
    from embspace.analyses.result_store import read_result, write_result
    from embspace.encoders.checkpoints import find_checkpoint
    from embspace.training.tagging_text import predict

    corpus = _sentences(config, workspace)
    weights = find_checkpoint(config.checkpoint).fingerprint
    how = [config.length, config.overlap, config.encoding, VERSION, version("embspace")]
    key = fingerprint([TABLE, weights, corpus.fingerprint, how])
    if (found := read_result(workspace.results, key)) is not None:
        return key, found[TABLE]
    table = predict(
        config.checkpoint,
        corpus,
        batch=config.batch,
        length=config.length,
        overlap=config.overlap,
        encoding=config.encoding,
        device=config.device,
        workspace=workspace,
        progress=progress,
    )
    record = {"version": VERSION, "embspace": version("embspace"), "config": asdict(config)}
    write_result(workspace.results, key, {TABLE: table}, record | {"of": [weights, corpus.fingerprint]})
    return key, table


def run(config: PredictConfig, workspace: Workspace, progress: Progress) -> dict[str, Any]:
    """Label, and say what was stored where, and how many words and sentences are right where there are gold tags.

    Returns:
        `result path words sentences scores`: key and folder of the table; language -> `sentences wrong_sentences
        accuracy`, of words with gold tags; empty where there are none.
    """
    key, table = make_table(config, workspace, progress)
    about = {"result": key, "path": str(workspace.results / key)}
    return about | {"words": len(table), "sentences": len(set(table["sentence"])), "scores": scores(table)}


def scores(table: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Language -> `sentences`, `wrong_sentences` (any word wrong) and `accuracy` (share of words), of gold tags."""
    tagged = table.loc[table["gold"].notna()]
    found = {}
    for language, own in tagged.groupby("language", sort=False):
        wrong = (own["gold"] != own["predicted"]).to_numpy()
        found[str(language)] = {
            "sentences": own["sentence"].nunique(),
            "wrong_sentences": len(set(own["sentence"].to_numpy()[wrong])),
            "accuracy": 1 - float(wrong.mean()),
        }
    return found


def _sentences(config: PredictConfig, workspace: Workspace) -> Corpus:
    from embspace.training.material import open_part
    from embspace.training.tagging_text import read_text

    return read_text(list(config.texts), config.language) if config.texts else open_part(config.corpus, workspace)
