"""Tables as Parquet files that are whole or refused."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from embspace.errors import StoreError
from embspace.storage import crc32


def read_table(path: Path, checksum: int, schema: pa.Schema, columns: Sequence[str] | None, mend: str) -> pa.Table:
    """The table of a file with the checksum that it was written with.

    Args:
        path: of the file.
        checksum: CRC-32 of its bytes.
        schema: of the table.
        columns: those wanted; None: all.
        mend: what to do where it is missing or damaged, a sentence.

    Raises:
        StoreError: it is missing or damaged.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        gone = isinstance(error, FileNotFoundError)
        raise StoreError(f"{path} {'is missing' if gone else f'cannot be read: {error.strerror}'}. {mend}") from error
    if crc32(data) != checksum:
        raise StoreError(f"{path} is damaged: it has another checksum than it was written with. {mend}")
    names = None if columns is None else list(columns)
    # Of small files most of the time would go to the machinery of data sets, which an equal schema does not need.
    with pq.ParquetFile(pa.BufferReader(data)) as file:
        if file.schema_arrow.equals(schema):
            wanted = schema if names is None else pa.schema([schema.field(one) for one in names])
            return file.read(columns=wanted.names).select(wanted.names).cast(wanted)  # names the items of lists
    return pq.read_table(pa.BufferReader(data), schema=schema, columns=names)


def parquet_bytes(table: pa.Table) -> bytes:
    """A table as a Parquet file."""
    stream = io.BytesIO()
    pq.write_table(table, stream)
    return stream.getvalue()
