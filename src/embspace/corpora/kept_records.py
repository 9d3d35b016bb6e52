"""Pairs of NLI and questions that are kept beside the sentences of an added corpus: with their labels and answers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from embspace.corpora.entries import RECORDS, Entry, chosen_rows
from embspace.corpora.kept import write_head
from embspace.corpora.records import Entailment, Question, Records
from embspace.corpora.squad import Flaw
from embspace.errors import CorpusError, StoreError
from embspace.storage import write_aside

FLAWS = "flaws.tsv"
"""lists the answers that were moved or left out"""
KINDS: dict[type[Entailment] | type[Question], str] = {Entailment: "nli", Question: "squad"}
"""what a record is -> `Entry.records`, which is the format too"""
P = TypeVar("P", Entailment, Question)
_RECORDS = "records.parquet"
_FLAW_COLUMNS = ("file", "question", "text", "offset said", "offset found")
_AT_ONCE = 4096
_TEXT = pa.string()

SCHEMAS = {
    "nli": pa.schema(
        {
            "id": _TEXT,
            "label": _TEXT,
            "premise": _TEXT,
            "hypothesis": _TEXT,
            "language": _TEXT,
            "language2": _TEXT,
            "genre": _TEXT,
        }
    ),
    "squad": pa.schema(
        {
            "id": _TEXT,
            "question": _TEXT,
            "paragraph": _TEXT,
            "answers": pa.list_(_TEXT),
            "starts": pa.list_(pa.int32()),
            "language": _TEXT,
            "language2": _TEXT,
            "title": _TEXT,
        }
    ),
}
"""columns of `records.parquet`; `language2` is that of the hypothesis or the paragraph, `starts` are characters"""


def keep_records(
    entry: Entry, records: Sequence[Entailment | Question], flaws: Mapping[str, Sequence[Flaw]] | None = None
) -> Entry:
    """Keep pairs or questions beside the sentences of an added corpus, instead of those that were there.

    Args:
        entry: of the corpus.
        records: of one kind, at least one.
        flaws: file -> its answers that were moved or left out; listed in `flaws.tsv`.

    Raises:
        CorpusError: records of two kinds, or in a language that the corpus has no sentences in.
        StoreError: the disk refuses.
    """
    folder = _folder(entry)
    kinds = {KINDS[type(one)] for one in records}
    if len(kinds) != 1:
        found = " and ".join(sorted(RECORDS[kind] for kind in kinds)) or "nothing"
        raise CorpusError(f"Records of {entry.name}: expected pairs alone or questions alone, got {found}.")
    [kind] = kinds
    if foreign := sorted({code for one in records for code in one.languages} - set(entry.languages)):
        raise CorpusError(
            f"Records of {entry.name}: there are {RECORDS[kind]} in {', '.join(foreign)}, and sentences only in "
            f"{', '.join(entry.languages)}; add both from the same files."
        )
    write = partial(pq.write_table, record_table(records), compression="zstd", write_page_checksum=True)
    write_aside(folder / _RECORDS, write)
    _list_flaws(folder / FLAWS, flaws or {})
    entry = replace(entry, records=kind, n_records=len(records))
    write_head(entry, folder)
    return entry


def read_records(entry: Entry, languages: Sequence[str]) -> list[Entailment | Question]:
    """The pairs or questions of an added corpus whose two languages are among `languages`, in order.

    Raises:
        StoreError: the file is missing or damaged.
    """
    path = _folder(entry) / _RECORDS
    try:
        table = pq.read_table(path, memory_map=True, page_checksum_verification=True)
        if not table.schema.equals(SCHEMAS[entry.records]):
            raise pa.ArrowInvalid(f"its columns are {', '.join(table.column_names)}")
        first, second = (pc.field(one).isin(pa.array(languages, _TEXT)) for one in ("language", "language2"))
        return list(records_of(table.filter(first & second), entry.records))
    except (OSError, pa.ArrowException) as error:
        raise StoreError(f"{path} is missing or damaged ({error}). Add the files of {entry.name!r} again.") from error


def check_kind(entry: Entry, kind: type[Entailment] | type[Question]) -> None:
    """Look whether a corpus keeps records of a kind.

    Raises:
        CorpusError: it keeps none, or others; says how they are added.
    """
    wanted = KINDS[kind]
    if entry.records == wanted:
        return
    what = RECORDS[wanted]
    if entry.format == wanted:
        raise CorpusError(
            f"{entry.name} was added before {what} were kept with their sentences; add its files again: "
            f"embspace corpora add FILE --name {entry.name} --format {wanted}"
        )
    has = f"{entry.n_records:,} {RECORDS[entry.records]}" if entry.records else "sentences alone"
    raise CorpusError(
        f"{entry.name} keeps no {what}: its format is {entry.format or 'not known'}, and it has {has}. Expected a "
        f"corpus that was read from files of {what}; add it with --format {wanted}: "
        f"embspace corpora add FILE --name NAME --format {wanted}"
    )


def chosen_records(
    entry: Entry, kind: type[P], found: Iterable[Entailment | Question], wanted: Iterable[str], limit: int | None
) -> Records[P]:
    """Records under the name of their corpus: the first `limit` parallel groups, whole ones first; None: all.

    Args:
        entry: of the corpus.
        kind: of the records.
        found: records in the languages that are taken.
        wanted: codes of languages that must be among them.
        limit: as of `entries.chosen_rows`; a group is what shares an id.

    Raises:
        CorpusError: there are none in a language, or the limit is not possible.
    """
    records = [one for one in found if isinstance(one, kind)]
    has = {code for one in records for code in one.languages}
    if absent := [code for code in wanted if code not in has]:
        raise CorpusError(
            f"{entry.name} has no {RECORDS[entry.records]} in {', '.join(absent)} alone; where they are in two "
            f"languages, name both. Its languages are {', '.join(entry.languages)}."
        )
    codes = [one.language for one in records]
    rows = chosen_rows(codes, [one.id for one in records], codes, limit)
    name = entry.name if limit is None else f"{entry.name}, first {limit}"
    return Records(name, (records[row] for row in rows))


def record_table(records: Sequence[Entailment | Question]) -> pa.Table:
    """Records of one kind as they are stored: a row each, in order."""
    schema = SCHEMAS[KINDS[type(records[0])]]
    columns: dict[str, list[Any]] = {"language": [], "language2": [], "answers": [], "starts": []}
    for one in records:
        for column, code in zip(("language", "language2"), one.languages, strict=True):
            columns[column].append(code)
        if isinstance(one, Question):
            columns["answers"].append([text for text, _ in one.answers])
            columns["starts"].append([start for _, start in one.answers])
    for column in schema.names:
        if column not in columns:
            columns[column] = [getattr(one, column) for one in records]
    return pa.table({column: columns[column] for column in schema.names}, schema=schema)


def records_of(table: pa.Table, kind: str) -> Iterator[Entailment | Question]:
    """The records of a table, some thousands unpacked at a time; questions share the text of their paragraph."""
    paragraphs: dict[str, str] = {}
    for batch in table.to_batches(max_chunksize=_AT_ONCE):
        for row in batch.to_pylist():
            row["languages"] = row.pop("language"), row.pop("language2")
            if kind == "squad":
                row["answers"] = tuple(zip(row["answers"], row.pop("starts"), strict=True))
                row["paragraph"] = paragraphs.setdefault(row["paragraph"], row["paragraph"])
                yield Question(**row)
            else:
                yield Entailment(**row)


def _list_flaws(path: Path, flaws: Mapping[str, Sequence[Flaw]]) -> None:
    """A row for each answer that was moved or left out; no file where there is none."""
    if not flaws:
        path.unlink(missing_ok=True)
        return
    text = io.StringIO()
    rows = csv.writer(text, "excel-tab", lineterminator="\n")
    rows.writerow(_FLAW_COLUMNS)
    for file, found in flaws.items():
        rows.writerows((file, one.question, one.text, one.start, one.found) for one in found)
    write_aside(path, lambda stream: stream.write(text.getvalue().encode()))


def _folder(entry: Entry) -> Path:
    assert entry.path is not None
    return entry.path
