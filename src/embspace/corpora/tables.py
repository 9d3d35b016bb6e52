"""Tables with named columns -> sentences: CSV, TSV, JSON lines, Parquet, data frames, Hugging Face datasets."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from embspace.corpora.records import Sentence
from embspace.corpora.table_rows import Columns, Row, sentences_of_rows
from embspace.corpora.text_files import numbered_lines
from embspace.errors import CorpusError, SettingsError

if TYPE_CHECKING:
    import pandas as pd

DELIMITERS = ",;\t|"


def read_csv(
    path: Path | str,
    *,
    language: str = "",
    columns: Columns | None = None,
    delimiter: str | None = None,
    ids: str = "",
) -> Iterator[Sentence]:
    """Yield the sentences of a table in CSV or TSV; cells between tabs are taken as they are, quotes and all.

    Args:
        path: of the file, `.gz` alike; its first line names the columns, unless `columns` gives numbers.
        language: BCP 47 code of rows that do not say one.
        columns: what is in which column, as of `sentences_of_rows`; by name, or by number from 0.
        delimiter: between cells; None: a tab in .tsv and .tab, else what the first line has most of.
        ids: what stands before the numbers of rows that are ids, as of `sentences_of_rows`.

    Raises:
        CorpusError: a row has another number of cells, or cannot be read (file and line); a column is not there.
    """
    if delimiter is not None and not (isinstance(delimiter, str) and len(delimiter) == 1 and delimiter not in '"\r\n'):
        raise SettingsError(f"delimiter={delimiter!r} is not possible; it is one character, such as a comma or a tab.")
    rows = read_cells(Path(path), delimiter or find_delimiter(path))
    yield from sentences_of_rows(_named(rows, columns, Path(path)), language, columns, Path(path).name, ids)


def find_delimiter(path: Path | str) -> str:
    """What stands between the cells of a table: a tab in .tsv and .tab, else what its first line has most of."""
    if {".tsv", ".tab"} & set(Path(path).suffixes):
        return "\t"
    with closing(numbered_lines(path)) as lines:
        first = next(lines)[1]
    return max(DELIMITERS, key=first.count)


def read_jsonl(
    path: Path | str, *, language: str = "", columns: Columns | None = None, ids: str = ""
) -> Iterator[Sentence]:
    """Yield the sentences of a file with JSON on each line: an object with named values, a text, or a list of words.

    Raises:
        CorpusError: a line is no JSON or none of these (file and line), or a column is not there.
    """

    def rows() -> Iterator[Row]:
        for number, line in numbered_lines(path):
            if line.strip():
                yield f"{path}, line {number}", _json_row(line, f"{path}, line {number}")

    yield from sentences_of_rows(rows(), language, columns, Path(path).name, ids)


def read_parquet(
    path: Path | str, *, language: str = "", columns: Columns | None = None, ids: str = ""
) -> Iterator[Sentence]:
    """Yield the sentences of a Parquet file, some thousands of rows in memory at once.

    Raises:
        CorpusError: the file cannot be read, or a column is not there.
    """

    def rows() -> Iterator[Row]:
        try:
            with pq.ParquetFile(path) as file:
                number = 0
                for batch in file.iter_batches(4096):
                    for row in batch.to_pylist():
                        number += 1
                        yield f"{path}, row {number}", row
        except (OSError, pa.ArrowException) as error:
            raise CorpusError(f"{path} cannot be read as Parquet: {str(error).rstrip('.')}.") from error

    yield from sentences_of_rows(rows(), language, columns, Path(path).name, ids)


def read_frame(
    frame: pd.DataFrame, *, language: str = "", columns: Columns | None = None, source: str = "DataFrame"
) -> Iterator[Sentence]:
    """Yield the sentences of a data frame, a row each.

    Raises:
        CorpusError: a row cannot be used (its label is named), or a column is not there.
    """
    names = [str(name) for name in frame.columns]
    if twice := [name for name in names if names.count(name) > 1]:
        raise CorpusError(f"{source}: two columns are named {twice[0]!r}; names are given once.")
    stream = zip(frame.index, frame.itertuples(index=False, name=None), strict=True)
    rows = ((f"{source}, row {label!r}", dict(zip(names, cells, strict=True))) for label, cells in stream)
    yield from sentences_of_rows(rows, language, columns, source)


def read_dataset(
    dataset: Any, *, language: str = "", columns: Columns | None = None, source: str = "dataset"
) -> Iterator[Sentence]:
    """Yield the sentences of a Hugging Face `Dataset` or `IterableDataset`; class labels become their names.

    Raises:
        CorpusError: a row cannot be used (its number from 0 is named), or a column is not there.
    """
    labels = {}
    for name, feature in (getattr(dataset, "features", None) or {}).items():
        if names := getattr(getattr(feature, "feature", feature), "names", None):
            labels[name] = names

    def rows() -> Iterator[Row]:
        for number, row in enumerate(dataset):
            place = f"{source}, row {number}"
            yield place, {name: _labelled(value, labels.get(name), place) for name, value in row.items()}

    yield from sentences_of_rows(rows(), language, columns, source)


def column_names(path: Path, format: str, delimiter: str | None = None) -> list[str]:
    """The names of a table's columns: `table`, `jsonl` (of the first object) or `parquet`.

    Raises:
        CorpusError: the file cannot be read.
    """
    if format == "parquet":
        try:
            return list(pq.read_schema(path).names)
        except (OSError, pa.ArrowException) as error:
            raise CorpusError(f"{path} cannot be read as Parquet: {str(error).rstrip('.')}.") from error
    if format == "jsonl":
        with closing(numbered_lines(path)) as lines:
            first = next(((number, line) for number, line in lines if line.strip()), (0, "{}"))
        return list(_json_row(first[1], f"{path}, line {first[0]}"))
    with closing(read_cells(path, delimiter or find_delimiter(path))) as cells:
        return [cell.strip() for cell in next(cells, (0, []))[1]]


def load_dataset(name: str, config: str | None = None, *, split: str = "train", streaming: bool = False) -> Any:
    """A dataset of the hub by its name.

    Raises:
        CorpusError: the library is not installed, or the hub has no such dataset, configuration or split.
    """
    try:
        import datasets
    except ImportError as error:
        raise CorpusError(f"{name} is read with the library datasets: pip install datasets") from error
    try:
        return datasets.load_dataset(name, config, split=split, streaming=streaming)
    except Exception as error:  # what the library raises is of many kinds, and says what is missing
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise CorpusError(
            f"The dataset {name!r} (configuration {config or 'default'}, split {split}) could not be opened: {lines[0]}"
        ) from error


def read_cells(path: Path, delimiter: str) -> Generator[tuple[int, list[str]]]:
    """Yield (line number, cells) of each row of a CSV or TSV; blank lines are none.

    Raises:
        CorpusError: a row has another number of cells than the first, or cannot be read (file and line).
    """
    lines = (f"{line}\n" for _, line in numbered_lines(path))
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    quoting = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
    reader = csv.reader(lines, delimiter=delimiter, quoting=quoting, strict=True)
    width = first = 0
    while True:
        begin = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise CorpusError(
                f"{path}, line {begin}: a quoted cell of the row that begins here is damaged ({error}, in line "
                f"{reader.line_num}). A quote inside a quoted cell is written twice."
            ) from error
        if cells is None:
            return
        if not cells or not any(cell.strip() for cell in cells):
            continue
        if not width:
            width, first = len(cells), reader.line_num
        if len(cells) != width:
            raise CorpusError(
                f"{path}, line {reader.line_num}: expected {width} cells between {delimiter!r} as in line {first}, got "
                f"{len(cells)}. Put cells that hold the separator between quotes, or name another separator."
            )
        yield reader.line_num, cells


def _named(rows: Iterable[tuple[int, list[str]]], columns: Columns | None, path: Path) -> Iterator[Row]:
    names: list[str] = []
    by_number = any(isinstance(column, int) for column in (columns or {}).values())
    for number, cells in rows:
        if not names and by_number:
            names = [str(at) for at in range(len(cells))]
        elif not names:
            names = [cell.strip() for cell in cells]
            if twice := [name for name in names if names.count(name) > 1]:
                raise CorpusError(f"{path}, line {number}: two columns are named {twice[0]!r}; names are given once.")
            continue
        yield f"{path}, line {number}", dict(zip(names, cells, strict=True))


def _json_row(line: str, place: str) -> Mapping[str, Any]:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise CorpusError(f"{place}: this is no JSON: {error}.") from error
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, list):
        return {"words": value}
    if not isinstance(value, dict):
        raise CorpusError(f"{place}: expected an object with named values, a text, or a list of words, got {value!r}.")
    return value


def _labelled(value: Any, names: list[str] | None, place: str) -> Any:
    if names is None or value is None:
        return value
    if isinstance(value, list | tuple):
        return [_labelled(one, names, place) for one in value]
    if not isinstance(value, int):
        return value
    if not 0 <= value < len(names):
        raise CorpusError(f"{place}: the label {value} has no name; there are {len(names)}.")
    return names[value]
