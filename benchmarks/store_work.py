"""A space that is made again and again: the work, its processes, and what its folder is seen to hold."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from embspace.corpora.records import Corpus
from embspace.encoders.base import Encoder
from embspace.spaces.extraction import extract
from embspace.workspace import Workspace
from hash_encoder import HashEncoder, made_up_corpus

LONGEST = 120.0
"""seconds after which a process that does not end is an error"""


class BrokenPromiseError(Exception):
    """The store did what it must not."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A row of the report: what was done, how often, and what came out."""

    what: str
    times: str
    result: str


@dataclass(slots=True)
class Work:
    """An extraction that is done again and again.

    Attributes:
        make: gives the encoder or the checkpoint's name, in the process that uses it.
        corpus: what is read.
        settings: of `extract`.
        share: of the time that an undisturbed run takes, after which a process is killed at the latest.
    """

    make: Callable[[], Encoder | str]
    corpus: Corpus
    settings: dict[str, Any]
    share: float

    def run(self, root: Path) -> Path:
        """Extract in this process."""
        return extract(self.make(), self.corpus, workspace=Workspace(root), **self.settings).path


def quick_work(seed: int, pause: float = 0.001) -> Work:
    """About 45 shards of an encoder without weights."""
    settings = {"shard_bytes": 6000, "token_budget": 200}
    return Work(lambda: HashEncoder(pause=pause), made_up_corpus(70, seed), settings, 0.3)


def model_work(seed: int) -> Work:
    """About 100 shards of the shipped model."""
    return Work(lambda: "mini", made_up_corpus(500, seed), {"shard_bytes": 400_000, "token_budget": 512}, 1.0)


def start(act: Callable[[], object]) -> int:
    """Do something in a process of its own; exit code 1 and the traceback where it raises."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    try:
        act()
        os._exit(0)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(1)


def wait(child: int) -> int:
    """The status of a process that ends by itself; 0: well, negative: by that signal."""
    if (status := ended(child, LONGEST)) is None:
        kill(child)
        raise BrokenPromiseError(f"process {child} did not end within {LONGEST:.0f} s")
    return status


def ended(child: int, seconds: float) -> int | None:
    """The status of a process that ends within so many seconds; None: it goes on."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.001)
    return None


def kill(child: int) -> int:
    """The status of a process after SIGKILL."""
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def must(promise: bool, what: str) -> None:
    """Raise BrokenPromiseError where a promise is not kept."""
    if not promise:
        raise BrokenPromiseError(what)


def content(folder: Path) -> dict[str, bytes]:
    """The bytes of every file that a space consists of."""
    own = (one for one in folder.iterdir() if one.suffix in (".json", ".parquet", ".npy") and one.name[0] != ".")
    return {one.name: one.read_bytes() for one in own if one.name != "repairs.json"}


def finished(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Inode, time and CRC-32 of the files of shards that are finished, each compared with its manifest by hand."""
    found = {}
    for path in folder.glob("shard-*.json"):
        manifest = json.loads(path.read_text())
        number = path.stem.removeprefix("shard-")
        words, vectors = folder / f"words-{number}.parquet", folder / f"vectors-{number}.npy"
        must(zlib.crc32(words.read_bytes()) == manifest["words_crc32"], f"{words} is not what its manifest says")
        layers = np.load(vectors, allow_pickle=False)
        sums = [zlib.crc32(np.ascontiguousarray(layer).tobytes()) for layer in layers]
        must(sums == manifest["crc32"], f"{vectors} is not what its manifest says")
        for one in (path, words, vectors):
            status = one.stat()
            found[one.name] = (status.st_ino, status.st_mtime_ns, zlib.crc32(one.read_bytes()))
    return found


def undisturbed(work: Work, root: Path) -> tuple[Path, float]:
    """The space as it is made by one process in one go, and the seconds until a process is killed at the latest."""
    began = time.monotonic()
    must(wait(start(lambda: work.run(root))) == 0, "the undisturbed run failed")
    took = time.monotonic() - began
    (folder,) = (root / "spaces").iterdir()
    return folder, work.share * took
