"""Sentences as a table: every record whole, as spaces and the catalog keep them on disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

from embspace.corpora.records import Corpus, Entity, Sentence

_TEXT, _INT = pa.string(), pa.int32()
SHOWN = ("text", "language", "parallel", "source")
"""the columns of `space.sentences`"""

SENTENCES = pa.schema(
    [
        pa.field("text", _TEXT),
        pa.field("language", _TEXT),
        pa.field("parallel", _TEXT),
        pa.field("source", _TEXT),
        pa.field("words", pa.list_(_TEXT)),
        pa.field("starts", pa.list_(_INT)),
        pa.field("stops", pa.list_(_INT)),
        pa.field("tags", pa.list_(_TEXT)),
        pa.field("entity_start", _INT),
        pa.field("entity_stop", _INT),
        pa.field("entity_type", _TEXT),
        pa.field("entity_id", _TEXT),
    ]
)


def sentence_table(sentences: Iterable[Sentence]) -> pa.Table:
    """Sentences as they are stored: a row each, in order."""
    corpus = sentences if isinstance(sentences, Corpus | tuple | list) else list(sentences)
    columns: dict[str, list] = {name: [getattr(one, name) for one in corpus] for name in (*SHOWN, "words", "tags")}
    columns["starts"] = [[start for start, _ in one.offsets] for one in corpus]
    columns["stops"] = [[stop for _, stop in one.offsets] for one in corpus]
    for name in ("start", "stop", "type", "id"):
        columns[f"entity_{name}"] = [one.entity and getattr(one.entity, name) for one in corpus]
    return pa.table(columns, schema=SENTENCES)


def corpus_of(table: pa.Table, name: str) -> Corpus:
    """The corpus that `sentence_table` was given; its fingerprint is the same."""
    return Corpus(name, sentences_of(table))


def sentences_of(table: pa.Table) -> Iterator[Sentence]:
    """The sentences of a table, some thousands unpacked at a time."""
    return (_sentence(row) for batch in table.to_batches(max_chunksize=4096) for row in batch.to_pylist())


def _sentence(row: dict) -> Sentence:
    entity = None
    if row["entity_start"] is not None:
        entity = Entity(row["entity_start"], row["entity_stop"], row["entity_type"], row["entity_id"])
    return Sentence(
        words=tuple(row["words"]),
        language=row["language"],
        text=row["text"],
        offsets=tuple(zip(row["starts"], row["stops"], strict=True)),
        tags=None if row["tags"] is None else tuple(row["tags"]),
        entity=entity,
        parallel=row["parallel"],
        source=row["source"],
    )
