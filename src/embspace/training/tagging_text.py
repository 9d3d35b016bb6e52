"""Words labelled by any checkpoint that labels pieces: a step of a run, a folder, or a name on the hub."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd
from transformers import AutoConfig

from embspace.corpora.records import Corpus, Sentence
from embspace.corpora.sources import corpus as make_corpus
from embspace.corpora.tags import spans_to_tags, tags_to_spans
from embspace.encoders.checkpoints import Checkpoint, find_checkpoint
from embspace.encoders.loading import open_device, quiet
from embspace.encoders.trained import find_step, is_trained
from embspace.errors import CorpusError, EncoderError, SettingsError
from embspace.progress import Progress, Silent
from embspace.training.tasks.tagging import Tagging
from embspace.workspace import Workspace, in_its_workspace

SCHEMES = ("IOB1", "IOB2", "BIOES")
_COLUMNS = ["sentence", "position", "word", "language", "gold", "predicted"]
_HEAD = "ForTokenClassification"
_AT_ONCE = 512
"""sentences between two looks at the progress"""


@in_its_workspace
def predict(
    checkpoint: str,
    corpus: Any,
    *,
    language: str = "",
    batch: int = 32,
    length: int | None = None,
    overlap: int | None = None,
    encoding: str | None = None,
    device: str | None = None,
    workspace: Workspace | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """The label of every word: `sentence position word language gold predicted`, a row per word.

    `sentence` is its number in the corpus, `gold` the corpus's tag in the encoding of the checkpoint (None: it has
    none, or of another kind), `predicted` the likeliest label at the word's first piece, in the window where it stands
    most central ("lingua-franca": windows of 64 pieces that share 8). A word without pieces is `O`, or None where the
    checkpoint has no such label. `.attrs["settings"]` names checkpoint, corpus, encoding and labels.

    Args:
        checkpoint: a model for token classification: a folder, a name on the hub, `run:KEY@STEP` or `job:ID@STEP`.
        corpus: anything that `embspace.corpus` takes: a name of the catalog, files, a text, a list of texts.
        language: BCP 47 code of texts and files that do not say it.
        batch: windows that are read at once.
        length: pieces of a window, special ones included; None: as the run was trained, else what the model reads.
        overlap: pieces that windows of a long sentence share; None: as the run was trained, else 8.
        encoding: IOB1, IOB2 or BIOES, which the labels are in; None: as the run was trained, else told from the labels
            and from what is predicted.
        device: a torch device; None: the GPU if there is one.
        workspace: where added corpora lie.
        progress: counts sentences; may raise `Cancelled`.

    Raises:
        EncoderError: the checkpoint cannot be opened, or does not label pieces.
        CorpusError: there is no such corpus, or a sentence has tags that are none.
        SettingsError: an impossible value.
    """
    if batch < 1:
        raise SettingsError(f"batch = {batch}: expected 1 window or more.")
    if encoding is not None and encoding not in SCHEMES:
        raise SettingsError(f"encoding = {encoding!r} is not possible; it is {', '.join(SCHEMES)}.")
    progress = progress or Silent()
    progress.stage("reading")
    sentences = read_text(corpus, language, workspace)
    task, scheme, sure = tagger(checkpoint, length=length, overlap=overlap, encoding=encoding)
    gold = _gold(sentences, scheme)
    progress.stage("opening the checkpoint")
    with quiet():
        model = task.model(checkpoint)
    if type(model).__name__ not in (getattr(model.config, "architectures", None) or ()):
        raise EncoderError(_no_tagger(checkpoint, model.config))
    where = open_device(device)
    model = model.to(where).eval()  # pyright: ignore[reportArgumentType] - a device is one
    progress.stage("labelling", len(sentences), "sentences")
    predicted: list[tuple[str, ...]] = []
    for at in range(0, len(sentences), _AT_ONCE):
        some = sentences[at : at + _AT_ONCE]
        predicted += task.predict(model, some, batch)
        progress.advance(len(some))
    if not sure and scheme == "IOB2" and _iob(predicted) != scheme:
        scheme = "IOB1"
        gold = _gold(sentences, scheme)
    rows = [
        (number, position, word, one.language, right, label or None)
        for number, (one, tags, labels) in enumerate(zip(sentences, gold, predicted, strict=True))
        for position, (word, right, label) in enumerate(zip(one.words, tags, labels, strict=True))
    ]
    table = pd.DataFrame(rows, columns=_COLUMNS)
    for at, name in ((4, "gold"), (5, "predicted")):
        table[name] = pd.Series([row[at] for row in rows], dtype="object")  # None stays what it is
    about = {"checkpoint": checkpoint, "corpus": sentences.name, "fingerprint": sentences.fingerprint}
    read = {"length": task.length, "overlap": task.overlap}
    table.attrs["settings"] = {"analysis": "predict", **about, "encoding": scheme, "labels": list(task.labels), **read}
    return table


def read_text(given: Any, language: str = "", workspace: Workspace | None = None) -> Corpus:
    """A corpus of what `predict` is given; a text with blanks that is no file and no corpus is a sentence.

    Raises:
        CorpusError: it is none; texts without a language.
    """
    if isinstance(given, str) and " " in given.strip() and not _is_file(given):
        if not language:
            raise CorpusError('A text needs a language, a BCP 47 code: language="en".')
        given = [given]
    return make_corpus(given, language=language, workspace=workspace)


def _is_file(text: str) -> bool:
    """Whether a text is the path of a file; a long text may be none."""
    with suppress(OSError):
        return Path(text).exists()
    return False


def tagger(
    checkpoint: str, *, length: int | None = None, overlap: int | None = None, encoding: str | None = None
) -> tuple[Tagging, str | None, bool]:
    """A task that predicts with a checkpoint's own labels, their encoding (None: of no entities), whether it is said.

    Labels alone do not tell IOB2 from IOB1, which begins an entity by `B-` where it touches another one.

    Raises:
        EncoderError: the checkpoint cannot be opened, or does not label pieces.
        SettingsError: windows are impossible.
    """
    found = find_checkpoint(checkpoint)
    if found.gone:
        raise EncoderError(found.gone)
    config: Any = AutoConfig.from_pretrained(found.folder, local_files_only=True)
    labels = _labels(found, config)
    trained = find_step(checkpoint).run.record["config"] if is_trained(checkpoint) else {}
    length = trained.get("length") if length is None else length
    overlap = trained.get("overlap", 8) if overlap is None else overlap
    pseudo = Sentence(labels, "en", tags=labels)
    task = Tagging("pos", checkpoint, [pseudo], length=length, overlap=overlap)
    task.labels = labels  # in the order of the classifier
    task.default = "O" if "O" in labels else ""
    if not _of_entities(labels):
        return task, None, True
    told = encoding or (trained.get("encoding") if trained.get("task") == "ner" else None) or _told(config)
    return task, told or _scheme(labels), told is not None


def _labels(checkpoint: Checkpoint, config: Any) -> tuple[str, ...]:
    """The classes of a checkpoint, in the order of its classifier."""
    if checkpoint.adapters:
        raise EncoderError(
            f"{checkpoint.name}: labels are read from whole checkpoints; merge the adapter into its base first "
            "(peft: merge_and_unload), and save that with its tokenizer."
        )
    if not any(str(one).endswith(_HEAD) for one in getattr(config, "architectures", None) or ()):
        raise EncoderError(_no_tagger(checkpoint.name, config))
    return tuple(str(config.id2label[number]) for number in range(len(config.id2label)))


def _told(config: Any) -> str | None:
    """The encoding that a checkpoint of embspace says it was trained with."""
    told = getattr(config, "tag_encoding", None)
    return told if told in SCHEMES else None


def _iob(predicted: Sequence[Sequence[str]]) -> str:
    """IOB1 where most entities that were found do not begin by `B-`, else IOB2."""
    begun: Counter[bool] = Counter()
    for tags in predicted:
        for tag, before in zip(tags, ("O", *tags), strict=False):
            if tag and tag != "O" and (tag[0] == "B" or (before or "O")[2:] != tag[2:]):
                begun[tag[0] == "B"] += 1
    return "IOB1" if begun[False] > begun[True] else "IOB2"


def _no_tagger(name: str, config: Any) -> str:
    kinds = ", ".join(map(str, getattr(config, "architectures", None) or ())) or config.model_type
    return (
        f"{name} ({kinds}) labels no words; expected a model that transformers knows as ...{_HEAD}. Fine-tune it first "
        "with embspace train, and name a step of the run, such as job:4f2@best."
    )


def _of_entities(labels: Sequence[str]) -> bool:
    """Whether tags are those of named entities: `O`, or a prefix, a hyphen and a type."""
    return all(one == "O" or (one[:2] in {"B-", "I-", "E-", "S-"} and one[2:]) for one in labels)


def _scheme(labels: Sequence[str]) -> str:
    prefixes = {one[0] for one in labels}
    return "BIOES" if prefixes & {"E", "S"} else "IOB2" if "B" in prefixes else "IOB1"


def _gold(sentences: Sequence[Sentence], scheme: str | None) -> list[Sequence[str | None]]:
    """The tags of each word in an encoding; None where they are of another kind than the checkpoint's labels."""
    known = {tag for one in sentences for tag in one.tags or ()}
    bare = _of_entities(sorted(known)) != (scheme is not None)
    gold: list[Sequence[str | None]] = []
    for one in sentences:
        if one.tags is None or bare:
            gold.append([None] * len(one.words))
        elif scheme is None:
            gold.append(one.tags)
        else:
            spans = tags_to_spans(one.tags, repaired=Counter())
            gold.append(spans_to_tags(spans, len(one.words), scheme.lower()))
    return gold
