"""Lines of plain or gzipped UTF-8 files, numbered; every format reads and writes through here."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import IO

from embspace.errors import CorpusError
from embspace.storage import write_aside


def numbered_lines(path: Path | str) -> Generator[tuple[int, str]]:
    """Yield (line number from 1, line without its end); `.gz` files are unpacked on the way.

    Raises:
        CorpusError: the file is missing, empty, damaged, not UTF-8, or not text (the message names the line).
    """
    path = Path(path)
    number = 0
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else open(path, "rb") as stream:
            for number, raw in enumerate(stream, 1):
                if b"\0" in raw:
                    raise CorpusError(
                        f"{path}, line {number}: a NUL byte, which no text has; it may be UTF-16, or no text at all. "
                        "Save the file as UTF-8 and try again."
                    )
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


def write_lines(path: Path | str, lines: Iterable[str]) -> int:
    """Write lines as UTF-8, whole or not at all, packed where the name ends in `.gz`; how many they were.

    Raises:
        CorpusError: a line holds a line break, or a NUL; it could not be read again as it is.
        StoreError: the disk is full or refuses the write.
    """
    path, number = Path(path), 0

    def write(stream: IO[bytes] | gzip.GzipFile) -> None:
        nonlocal number
        for number, line in enumerate(lines, 1):
            if "\n" in line or "\0" in line or line.endswith("\r"):
                raise CorpusError(f"{path}, line {number}: a line break or NUL in {line[:60]!r}; leave it out.")
            stream.write(f"{line}\n".encode())

    def pack(stream: IO[bytes]) -> None:
        with gzip.GzipFile(filename="", fileobj=stream, mode="wb", mtime=0) as packed:
            write(packed)

    write_aside(path, pack if path.suffix == ".gz" else write)
    return number


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
