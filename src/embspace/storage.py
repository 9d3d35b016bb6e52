"""Files that are whole or absent: fingerprints, checksums, and writes that survive a crash."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from embspace.errors import StoreError

_AT_ONCE = 20_000
"""pieces of content that are hashed together"""


def fingerprint(value: object) -> str:
    """32 hexadecimal digits that depend on the content of `value` alone (dict order does not matter).

    Takes None, bool, int, float, str, bytes, paths, dataclasses, and lists, tuples and dicts of these.

    Raises:
        TypeError: for anything else, rather than hash an object by its address.
    """
    parts = _Parts()
    _collect(parts, value)
    return parts.digest()


class _Parts(list[bytes]):
    """Bytes on their way into a hash, some thousands at once: a corpus need not lie in memory twice."""

    def __init__(self) -> None:
        super().__init__()
        self._hash = hashlib.blake2b(digest_size=16)

    def pass_on(self) -> None:
        """Hash what has gathered, if it is much."""
        if len(self) > _AT_ONCE:
            self._hash.update(b"".join(self))
            self.clear()

    def digest(self) -> str:
        """The hash of everything."""
        self._hash.update(b"".join(self))
        return self._hash.hexdigest()


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    """The names of a dataclass's fields, sorted; empty for other types."""
    return tuple(sorted(one.name for one in fields(kind))) if is_dataclass(kind) else ()


def _collect(parts: _Parts, value: Any) -> None:
    """The bytes that stand for a value: its type, its length, its content."""
    kind = type(value)
    if kind is str:
        data = value.encode()
        parts += (b"str:%d:" % len(data), data)
    elif kind is int or kind is bool or kind is float or value is None or isinstance(value, str | int | float | Path):
        data = str(value).encode()
        parts += (f"{kind.__name__}:{len(data)}:".encode(), data)
    elif names := _names(kind):
        parts.append(b"map:%d:" % len(names))
        for name in names:
            _collect(parts, name)
            _collect(parts, getattr(value, name))
    elif isinstance(value, bytes):
        parts += (b"bytes:%d:" % len(value), value)
    elif isinstance(value, Mapping):
        parts.append(b"map:%d:" % len(value))
        for key in sorted(value, key=str):
            _collect(parts, key)
            _collect(parts, value[key])
    elif isinstance(value, Sequence):
        parts.append(b"list:%d:" % len(value))
        for item in value:
            _collect(parts, item)
            parts.pass_on()
    else:
        raise TypeError(f"cannot fingerprint a {kind.__name__}")


def file_fingerprint(path: Path) -> str:
    """32 hexadecimal digits of a file's bytes, read in blocks."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def crc32(data: memoryview | bytes) -> int:
    """CRC-32 of a buffer, 0 .. 2**32 - 1."""
    return zlib.crc32(data)


def write_aside(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file whole or not at all: temporary name, fsync, rename, fsync of the folder.

    Raises:
        StoreError: the disk is full or refuses the write; what stood at `path` before is untouched.
    """
    aside = path.with_name(f".{path.name}.{uuid4().hex[:8]}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(aside, "wb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(aside, path)
        sync_folder(path.parent)
    except OSError as error:
        raise refused(path, error) from error
    finally:
        with suppress(OSError):  # it may never have been made, or its folder does not answer
            aside.unlink(missing_ok=True)


_FULL = (errno.ENOSPC, errno.EDQUOT)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
_UNREACHABLE = (errno.ESTALE, errno.EIO, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENOTCONN)


def refused(path: Path, error: OSError) -> StoreError:
    """The error that says why a file was not written, and what to do about it."""
    reason = error.strerror or str(error)
    if error.errno in _FULL:
        what = "The disk is full" if error.errno == errno.ENOSPC else "Your share of the disk is used up"
        return StoreError(
            f"{what}: {path} was not written. What was stored before is kept; "
            "make room and run the same again, it goes on where it stopped."
        )
    if error.errno in _FORBIDDEN:
        why = "is on a disk that is read-only" if error.errno == errno.EROFS else "may not be written by this user"
        return StoreError(
            f"{path} {why} ({reason}). Make its folder writable, or choose another one with "
            "--workspace or $EMBSPACE_WORKSPACE; what is stored can be read as it is."
        )
    if error.errno in _UNREACHABLE:
        return StoreError(
            f"{path} was not written: its disk or network folder does not answer ({reason}). What was stored before "
            "is kept; connect it again and run the same again, it goes on where it stopped."
        )
    if error.errno == errno.EFBIG:
        return StoreError(
            f"{path} was not written: it is larger than a file may be here ({reason}; see `ulimit -f`). Raise the "
            "limit and run the same again, it goes on where it stopped."
        )
    return StoreError(f"{path} cannot be written: {reason}.")


def write_json(path: Path, value: object) -> None:
    """Write a value as readable JSON, whole or not at all."""
    text = json.dumps(value, ensure_ascii=False, indent=2) + "\n"
    write_aside(path, lambda stream: stream.write(text.encode()))


def read_json(path: Path, mend: str = "") -> Any:
    """The value of a JSON file.

    Args:
        path: of the file.
        mend: what to do where it is missing or damaged, a sentence; a damaged one can be removed by default.

    Raises:
        StoreError: the file is missing, cut off or not JSON.
    """
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise StoreError(f"{path} is missing. {mend}".rstrip()) from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise StoreError(f"{path} is damaged: {error}. {mend or 'Remove it to have it made again.'}") from error
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror or error}.") from error


def sync_folder(folder: Path) -> None:
    """Make renames inside a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
