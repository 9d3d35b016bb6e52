"""Lines of plain or gzipped UTF-8 files, numbered; every format reads through here."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from embspace.errors import CorpusError


def numbered_lines(path: Path | str) -> Iterator[tuple[int, str]]:
    """Yield (line number from 1, line without its end); `.gz` files are unpacked on the way.

    Raises:
        CorpusError: the file is missing, empty, damaged, or not UTF-8 (the message names the line).
    """
    path = Path(path)
    number = 0
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else open(path, "rb") as stream:
            for number, raw in enumerate(stream, 1):
                text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
                yield number, text.rstrip("\r\n")
    except FileNotFoundError as error:
        raise CorpusError(f"{path}: no such file.") from error
    except UnicodeDecodeError as error:
        raise CorpusError(
            f"{path}, line {number}: not UTF-8 (byte {error.object[error.start]:#04x} at position {error.start}). "
            "Save the file as UTF-8 and try again."
        ) from error
    except (EOFError, gzip.BadGzipFile, zlib.error, IsADirectoryError, PermissionError) as error:
        raise CorpusError(f"{path}: cannot be read after line {number}: {error}.") from error
    if number == 0:
        raise CorpusError(f"{path}: the file is empty.")


def rows(path: Path | str, columns: int) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, cells) of a tab-separated file whose rows all have `columns` cells.

    Raises:
        CorpusError: a row has another number of cells (the message names file and line).
    """
    for number, line in numbered_lines(path):
        cells = line.split("\t")
        if len(cells) != columns:
            raise CorpusError(f"{path}, line {number}: expected {columns} tab-separated columns, got {len(cells)}.")
        yield number, cells
