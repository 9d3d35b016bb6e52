"""Lines of plain or gzipped UTF-8 files, numbered; every format reads and writes through here."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import IO

from embspace.errors import CorpusError
from embspace.storage import write_aside

_PACKED = {
    b"PK\x03\x04": "a zip archive",
    b"BZh": "packed by bzip2",
    b"\xfd7zXZ": "packed by xz",
    b"(\xb5/\xfd": "packed by zstd",
}
"""how files begin that are no text"""


def numbered_lines(path: Path | str) -> Generator[tuple[int, str]]:
    """Yield (line number from 1, line without its end); `.gz` files are unpacked on the way.

    Raises:
        CorpusError: the file is missing, empty, damaged, not UTF-8, or not text (the message names the line).
    """
    path = Path(path)
    number, raw = 0, b""
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else open(path, "rb") as stream:
            for number, raw in enumerate(stream, 1):
                if number == 1:
                    _check_start(path, raw)
                if b"\0" in raw:
                    raise CorpusError(
                        f"{path}, line {number}: a NUL byte, which no text has; it may be UTF-16, or no text at all. "
                        "Save the file as UTF-8 and try again."
                    )
                text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
                yield number, text.rstrip("\r\n")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise CorpusError(f"{path}: no such file.") from error
    except UnicodeDecodeError as error:
        raise CorpusError(
            f"{path}, line {number}: not UTF-8 (byte {error.object[error.start]:#04x} at position {error.start}). "
            "Save the file as UTF-8 and try again."
        ) from error
    except (EOFError, zlib.error, OSError) as error:
        raise CorpusError(f"{path}: cannot be read after line {number}: {error}.") from error
    if number == 0:
        raise CorpusError(f"{path}: the file is empty.")


def _check_start(path: Path, first: bytes) -> None:
    """Raises CorpusError where the first line tells that a file is packed, or has other line ends."""
    if path.suffix != ".gz" and first.startswith(b"\x1f\x8b"):
        raise CorpusError(f"{path}, line 1: the file is packed by gzip; give it a name that ends in .gz.")
    for start, what in _PACKED.items():
        if first.startswith(start):
            raise CorpusError(f"{path}, line 1: the file is {what}; unpack it first, or pack it by gzip (.gz).")
    if not first.endswith(b"\n") and b"\r" in first.rstrip(b"\r") and b"\0" not in first:
        raise CorpusError(
            f"{path}, line 1: lines end with carriage returns alone; save the file with line feeds (LF or CRLF) and "
            "try again."
        )


def write_lines(path: Path | str, lines: Iterable[str]) -> int:
    """Write lines as UTF-8, whole or not at all, packed where the name ends in `.gz`; how many they were.

    A first line that begins with U+FEFF gets another one before it, which readers take for the mark of the encoding.

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
            mark = "\ufeff" if number == 1 and line.startswith("\ufeff") else ""
            stream.write(f"{mark}{line}\n".encode())

    def pack(stream: IO[bytes]) -> None:
        with gzip.GzipFile(filename="", fileobj=stream, mode="wb", mtime=0) as packed:
            write(packed)

    write_aside(path, pack if path.suffix == ".gz" else write)
    return number


def file_sum(path: Path) -> str:
    """The SHA-256 of a file."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def rows(path: Path | str, columns: int) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, cells) of a tab-separated file whose rows all have `columns` cells.

    Raises:
        CorpusError: a row has another number of cells (the message names file and line).
    """
    for number, line in numbered_lines(path):
        cells = line.split("\t")
        if len(cells) != columns:
            got = f"{len(cells)}: {line[:40]!r}." if line.strip() else "a blank line; leave it out."
            raise CorpusError(f"{path}, line {number}: expected {columns} tab-separated columns, got {got}")
        yield number, cells
