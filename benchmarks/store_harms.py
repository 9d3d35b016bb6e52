"""A disk that fills, and files that are damaged."""

from __future__ import annotations

import resource
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from embspace.errors import EmbspaceError, StoreError
from embspace.spaces.extraction import extract
from embspace.spaces.repair import repair
from embspace.spaces.space import open_space
from embspace.workspace import Workspace
from hash_encoder import HashEncoder
from store_work import (
    Outcome,
    Work,
    content,
    finished,
    must,
    start,
    undisturbed,
    wait,
)


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Callable[[int], None]]:
    """A tmpfs of `size` bytes; yields what changes its size.

    Raises:
        PermissionError: this user may not mount.
    """
    folder.mkdir(parents=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        raise PermissionError(mounted.stderr.decode())
    try:
        yield lambda more: subprocess.run(["mount", "-o", f"remount,size={more}", str(folder)], check=True) and None
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def full_disk(work: Work, rounds: int, rng: np.random.Generator, root: Path) -> Outcome:
    """A disk that fills while a space is written; made larger step by step, until the space fits."""
    reference, _ = undisturbed(work, root / "reference")
    expected = content(reference)
    whole = sum(-(-len(data) // 4096) * 4096 for data in expected.values())
    told, what = Counter(), ""
    for number in range(rounds):
        size = int(rng.uniform(0.05, 0.5) * whole)
        place = root / f"disk-{number}"
        try:
            with small_disk(place, size) as resize:
                folder = place / "spaces" / reference.name
                before: dict[str, tuple[int, int, int]] = {}
                while (error := _error_of(lambda place=place: work.run(place), root / "error")) is not None:
                    must(error.startswith("StoreError: The disk is full: ") and "make room" in error, error)
                    after = finished(folder) if folder.exists() else {}
                    must(all(after.get(one) == before[one] for one in before), "finished files were lost")
                    before = after
                    told["told"] += 1
                    size += int(rng.uniform(0.1, 0.4) * whole)
                    resize(size)
                must(content(folder) == expected, "a space from a full disk is another one")
            what = "the disk (a tmpfs of random size) full, then enlarged, until the space fits"
        except PermissionError:
            told["told"] += _large_files_refused(work, place, expected, root)
            what = "files limited in size (RLIMIT_FSIZE, for want of the right to mount a small disk), then not limited"
    result = "each time an error that names the file and says to make room; the run went on from there; bit-equal"
    return Outcome(what, f"{rounds} spaces, {told['told']} times refused", result)


def _large_files_refused(work: Work, place: Path, expected: dict[str, bytes], root: Path) -> int:
    limit = max(map(len, expected.values())) - 1

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        work.run(place)

    error = _error_of(limited, root / "error")
    must(error is not None and error.startswith("StoreError") and "larger than a file may be" in error, str(error))
    must(wait(start(lambda: work.run(place))) == 0, "the run did not go on")
    (folder,) = (place / "spaces").iterdir()
    must(content(folder) == expected, "a space whose files were refused is another one")
    return 1


def _error_of(act: Callable[[], object], note: Path) -> str | None:
    """What a process raises that does something; None: nothing."""
    note.unlink(missing_ok=True)

    def act_and_note() -> None:
        try:
            act()
        except EmbspaceError as error:
            note.write_text(f"{type(error).__name__}: {error}")

    must(wait(start(act_and_note)) == 0, "a process failed otherwise than it may")
    return note.read_text() if note.exists() else None


def damaged(work: Work, times: int, rng: np.random.Generator, root: Path) -> list[Outcome]:
    """Damage files of a whole space at random; read it, mend it, and compare."""
    reference = work.run(root / "reference")
    other_corpus = Work(lambda: HashEncoder(seed=3), work.corpus, work.settings, work.share).run(root / "other model")
    expected, strangers = content(reference), [reference, other_corpus]
    right = _read_all(reference)
    counts = {what: Counter() for what in HARMS}
    place = root / "damaged" / "spaces" / reference.name
    for number in range(times):
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(reference, place)
        what = list(HARMS)[number % len(HARMS)]
        for path in rng.choice(sorted(expected), size=rng.choice([1, 1, 1, 2, 3]), replace=False):
            HARMS[what](place / str(path), rng, strangers)
        counts[what]["files changed"] += content(place) != expected
        counts[what][_read_or_told(place, right)] += 1
        counts[what][_mended(work, place, root / "damaged")] += 1
        must(content(place) == expected, f"{place} is not bit-equal after {what}")
    outcomes = []
    for what, count in counts.items():
        again = count["extracted again"]
        by = f"{count['repaired']} by repair" + (f", {again} by extracting again, as the error says" if again else "")
        harmless = f", {count['right']} times the right values" if count["right"] else ""
        result = (
            f"reading: {count['error']} times an error that names file and remedy{harmless}, never a wrong number; "
            f"mended {by}; bit-equal"
        )
        times_read = f"{sum(count[one] for one in ENDS)} times"
        outcomes.append(Outcome(f"one to three random files of a whole space {what}", times_read, result))
    return outcomes


ENDS = ("error", "right")


def _cut(path: Path, rng: np.random.Generator, strangers: list[Path]) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: rng.integers(0, len(data))])


def _flip(path: Path, rng: np.random.Generator, strangers: list[Path]) -> None:
    data = bytearray(path.read_bytes())
    data[rng.integers(0, len(data))] ^= 1 << int(rng.integers(0, 8))
    path.write_bytes(data)


def _delete(path: Path, rng: np.random.Generator, strangers: list[Path]) -> None:
    path.unlink()


def _replace(path: Path, rng: np.random.Generator, strangers: list[Path]) -> None:
    """By a file of another shard, or of another model's space of the same corpus."""
    of = strangers[rng.integers(0, len(strangers))]
    alike = [one for one in sorted(of.glob(f"{path.name.split('-')[0]}*{path.suffix}")) if one.name != path.name]
    path.write_bytes((alike[rng.integers(0, len(alike))] if alike else of / path.name).read_bytes())


def _scramble(path: Path, rng: np.random.Generator, strangers: list[Path]) -> None:
    data = bytearray(path.read_bytes())
    first = int(rng.integers(0, len(data)))
    stop = min(len(data), first + int(rng.integers(1, 513)))
    data[first:stop] = rng.bytes(stop - first)
    path.write_bytes(data)


HARMS: dict[str, Callable[[Path, np.random.Generator, list[Path]], None]] = {
    "cut off at a random byte": _cut,
    "with a random bit flipped": _flip,
    "deleted": _delete,
    "replaced by another shard's or another model's": _replace,
    "with up to 512 bytes overwritten at random": _scramble,
}


def _read_all(folder: Path) -> list[Any]:
    """All that a space gives: words, sentences, corpus, every layer."""
    space = open_space(folder)
    tables = [space.words.to_json(), space.sentences.to_json(), space.corpus.sentences]
    return [*tables, *(space.layer(layer).tobytes() for layer in space.layers)]


def _read_or_told(folder: Path, right: list[Any]) -> str:
    """`error`: a StoreError that names file and remedy; `right`: what is read is what was stored."""
    try:
        found = _read_all(folder)
    except StoreError as error:
        named = str(folder) in str(error)
        remedy = any(one in str(error) for one in ("repair", "xtract", "Update"))
        must(named and remedy, f"an error without file or remedy: {error}")
        return "error"
    must(found == right, f"{folder} gives other values than were stored")
    return "right"


def _mended(work: Work, folder: Path, root: Path) -> str:
    """Mend as a user would: by `repair`; where that says to extract again, so."""
    encoder = work.make()
    try:
        repair(folder, checkpoint=encoder)
        return "repaired"
    except StoreError as error:
        must("xtract" in str(error), f"an error without a remedy: {error}")
        if "Remove" in str(error):
            (folder / "space.json").unlink(missing_ok=True)
    try:
        extract(encoder, work.corpus, workspace=Workspace(root), **work.settings)
    except StoreError as error:  # head and corpus are whole again, but a shard is not
        must("embspace spaces repair" in str(error), f"an error without a remedy: {error}")
    repair(folder, checkpoint=encoder)
    return "extracted again"
