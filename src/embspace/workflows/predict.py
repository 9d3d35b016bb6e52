"""Labels of words as a job: a tagger reads a corpus or texts, and the table is stored."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from embspace.errors import CorpusError, SettingsError
from embspace.progress import Progress
from embspace.storage import fingerprint
from embspace.training.part import Part
from embspace.workspace import Workspace, in_its_workspace

if TYPE_CHECKING:
    import pandas as pd

    from embspace.corpora.records import Corpus

VERSION = 1
"""of what is stored; a change makes every result anew"""
TABLE = "predictions"
_TAGS = ("gold", "predicted")


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


def sentences_of(config: PredictConfig, workspace: Workspace) -> Corpus:
    """The sentences that are labelled.

    Raises:
        CorpusError: there is no such corpus, or a text is empty.
        StoreError: an added corpus is damaged.
    """
    if not config.texts:
        from embspace.training.material import open_part

        return open_part(config.corpus, workspace)
    from embspace.corpora.languages import language_code
    from embspace.corpora.records import Corpus, Sentence
    from embspace.corpora.words import split_words

    if bare := [number for number, text in enumerate(config.texts) if not text.strip()]:
        raise CorpusError(f"Text {bare[0] + 1} is empty; leave it out.")
    code = language_code(config.language, "The texts")
    split = [(text, *split_words(text)) for text in config.texts]
    return Corpus("texts", (Sentence(words, code, text, offsets) for text, words, offsets in split))


def predictions_key(config: PredictConfig, corpus: Corpus) -> str:
    """What the predictions of sentences are stored under; loads no model library.

    Raises:
        EncoderError: there is no such checkpoint.
    """
    how = [config.length, config.overlap, config.encoding, VERSION, version("embspace")]
    return fingerprint([TABLE, _weights(config), corpus.fingerprint, how])


def _weights(config: PredictConfig) -> str:
    from embspace.encoders.checkpoints import find_checkpoint

    return find_checkpoint(config.checkpoint).fingerprint


@in_its_workspace
def make_table(config: PredictConfig, workspace: Workspace, progress: Progress) -> tuple[str, pd.DataFrame]:
    """The key of the predictions and their table, as of `embspace.predict`; what is stored is found.

    Raises:
        EmbspaceError: the checkpoint, the corpus or the disk does not allow it.
    """
    from embspace.analyses.result_store import read_result, write_result

    progress.stage("reading the sentences")
    corpus = sentences_of(config, workspace)
    key = predictions_key(config, corpus)
    if (found := read_result(workspace.results, key)) is not None:
        return key, found[TABLE]
    progress.stage("loading the model library")
    from embspace.training.tagging_text import predict

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
    write_result(workspace.results, key, {TABLE: table}, record | {"of": [_weights(config), corpus.fingerprint]})
    return key, table


@in_its_workspace
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
    """Language -> `sentences`, `wrong_sentences` (any word wrong) and `accuracy` (share of words), of gold tags.

    Of labels of named entities also `f1`: of whole entities, both ends and the type right; strict as the run is scored
    (of BIOES tags that break it are read as CoNLL's scorer does).
    """
    tagged = table.loc[table["gold"].notna()]
    encoding = table.attrs.get("settings", {}).get("encoding")
    found = {}
    for language, own in tagged.groupby("language", sort=False):
        wrong = (own["gold"] != own["predicted"]).to_numpy()
        found[str(language)] = {
            "sentences": own["sentence"].nunique(),
            "wrong_sentences": len(set(own["sentence"].to_numpy()[wrong])),
            "accuracy": 1 - float(wrong.mean()),
        }
        if encoding:
            found[str(language)]["f1"] = _entity_f1(own, encoding)
    return found


def _entity_f1(words: pd.DataFrame, encoding: str) -> float:
    from embspace.training.metrics import ENCODINGS, entity_scores

    ends = np.flatnonzero(np.diff(words["sentence"].to_numpy())) + 1
    gold, predicted = (_cut(words[name].fillna("O").astype(str).tolist(), ends.tolist()) for name in _TAGS)
    if encoding in ENCODINGS:
        return entity_scores(gold, predicted, encoding)["f1"]
    from embspace.corpora.tags import spans_to_tags, tags_to_spans

    gold, predicted = (
        [list(spans_to_tags(tags_to_spans(one, repaired=Counter()), len(one))) for one in of]
        for of in (gold, predicted)
    )
    return entity_scores(gold, predicted)["f1"]


def _cut(tags: list[str], ends: list[int]) -> list[list[str]]:
    return [tags[start:stop] for start, stop in pairwise([0, *ends, len(tags)])]
