"""Which code a result is of: one fingerprint of a function's module and of all modules of analyses behind it."""

from __future__ import annotations

import ast
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

from embspace.storage import fingerprint

ROOM = "embspace.analyses"
"""whose modules are followed; what they take from elsewhere is in the fingerprints of spaces and corpora"""


def code_fingerprint(module: str) -> str:
    """The fingerprint of a module's source and of every module of `embspace.analyses` that it imports, near or far.

    Nothing is imported for it: the lines that import are read, also those inside functions. A file that has changed
    is read again, so that processes that live long and short ones agree.
    """
    sources: dict[str, bytes] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in sources:
            path = _file(name)
            stat = path.stat()
            sources[name], found = _read(path, stat.st_mtime_ns, stat.st_size)
            waiting += found
    return fingerprint(sources)


@lru_cache(maxsize=512)
def _read(path: Path, changed: int, size: int) -> tuple[bytes, tuple[str, ...]]:
    """The bytes of a module, and the modules of the room that it imports."""
    source = path.read_bytes()
    found: dict[str, None] = {}
    for line in ast.walk(ast.parse(source)):
        if isinstance(line, ast.Import):
            found |= dict.fromkeys(one.name for one in line.names)
        elif isinstance(line, ast.ImportFrom) and line.module:
            # What is imported from the room itself is a module, or a name of its door.
            found |= dict.fromkeys([line.module, *(f"{line.module}.{one.name}" for one in line.names)])
    return source, tuple(name for name in found if name.startswith(f"{ROOM}.") and _there(name))


def _there(name: str) -> bool:
    """Whether a dotted name of the room is a module, told by its file."""
    return _file(name).is_file()


@cache
def _room() -> Path:
    spec = find_spec(ROOM)
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent


def _file(name: str) -> Path:
    """Where a module lies; one of the room is told without importing it."""
    if name.startswith(f"{ROOM}."):
        return _room().joinpath(*name.removeprefix(f"{ROOM}.").split(".")).with_suffix(".py")
    spec = find_spec(name)
    assert spec is not None and spec.origin is not None
    return Path(spec.origin)
