"""How a stored space survives: processes killed, several writers, a disk that fills, files that are damaged.

    python benchmarks/reliability.py --kills 200 --model-kills 20 --damages 300 --seed 0 --write docs/reliability.md

Every expectation is checked here by other means than the store's own: bytes of files, inodes, CRC-32 by zlib.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from embspace.corpora.records import Corpus
from embspace.encoders.base import Encoder
from embspace.errors import EmbspaceError, StoreError
from embspace.spaces.extraction import extract
from embspace.spaces.repair import repair
from embspace.spaces.space import open_space
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
    end = time.monotonic() + LONGEST
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    raise BrokenPromiseError(f"process {child} did not end within {LONGEST:.0f} s")


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


def killed(work: Work, kills: int, rng: np.random.Generator, root: Path, name: str) -> Outcome:
    """Kill an extracting process at random moments, start it again, and compare with an undisturbed run."""
    reference, longest = undisturbed(work, root / "reference")
    expected = content(reference)
    done, spaces, met, shards = 0, 0, Counter(), len(list(reference.glob("shard-*.json")))
    while done < kills:
        place = root / f"killed-{spaces}"
        folder = place / "spaces" / reference.name
        before: dict[str, tuple[int, int, int]] = {}
        while True:
            limit = rng.uniform(0, longest) if done < kills else LONGEST
            status = _killed_after(start(lambda place=place: work.run(place)), limit)
            after = finished(folder) if folder.exists() else {}
            lost = [one for one in before if after.get(one) != before[one]]
            must(not lost, f"finished files were lost or written again: {lost}")
            before = after
            must(status in (0, -signal.SIGKILL), f"a process that went on ended with {status}")
            if status == 0:
                break
            done += 1
            met["no shard yet" if not after else "between shards"] += 1
            met["a file half-written"] += bool(folder.exists() and list(folder.glob(".*.part")))
        must(content(folder) == expected, f"{folder} is not bit-equal to the undisturbed run")
        must(not list(folder.glob(".*.part")) and not list(folder.glob(".claim-*")), f"{folder} was not swept")
        shutil.rmtree(place)
        spaces += 1
    met["between shards"] = 0
    moments = ", ".join(f"{count} with {what}" for what, count in met.most_common() if count)
    return Outcome(
        f"{name}: the extracting process killed (SIGKILL) at a random moment, then started again",
        f"{done} kills, {spaces} spaces of {shards} shards",
        f"every space bit-equal to an undisturbed one; no finished shard lost or written again (killed: {moments})",
    )


def _killed_after(child: int, seconds: float) -> int:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def several_writers(work: Work, rounds: int, rng: np.random.Generator, root: Path) -> list[Outcome]:
    """Two to four processes on one space: by themselves, then with some of them killed."""
    reference, longest = undisturbed(work, root / "reference")
    expected, once = content(reference), _sentences_read(work, root / "once")
    writers = kills = 0
    for number in range(rounds):
        place, count = root / f"together-{number}", int(rng.integers(2, 5))
        children = [start(lambda place=place, one=one: _count_sentences(work, place, one)) for one in range(count)]
        must([wait(child) for child in children] == [0] * count, "one of several writers failed")
        must(content(place / "spaces" / reference.name) == expected, "several writers made another space")
        read = sum(int((place / f"sentences-{one}").read_text()) for one in range(count))
        must(read == once, f"{count} writers read {read} sentences, one reads {once}: shards were made twice")
        writers += count
        shutil.rmtree(place)
    for number in range(rounds):
        place, count = root / f"dying-{number}", int(rng.integers(2, 5))
        children = [start(lambda place=place: work.run(place)) for _ in range(count)]
        doomed = int(rng.integers(1, count))
        for child in children[:doomed]:
            time.sleep(rng.uniform(0, longest / count))
            kills += _killed_after(child, 0) == -signal.SIGKILL
        must([wait(child) for child in children[doomed:]] == [0] * (count - doomed), "a surviving writer failed")
        must(content(place / "spaces" / reference.name) == expected, "writers that were killed left another space")
        shutil.rmtree(place)
    return [
        Outcome(
            "two to four processes write one space at once",
            f"{rounds} spaces, {writers} processes",
            "bit-equal to one process; every sentence read once, by all together",
        ),
        Outcome(
            "the same, one to three of them killed at random moments",
            f"{rounds} spaces, {kills} kills",
            "the others took over their shards without a restart; bit-equal",
        ),
    ]


def _count_sentences(work: Work, root: Path, number: int) -> None:
    encoder = work.make()
    assert isinstance(encoder, HashEncoder)
    extract(encoder, work.corpus, workspace=Workspace(root), **work.settings)
    (root / f"sentences-{number}").write_text(str(encoder.sentences))


def _sentences_read(work: Work, root: Path) -> int:
    must(wait(start(lambda: _count_sentences(work, root, 0))) == 0, "counting failed")
    return int((root / "sentences-0").read_text())


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


def measure(seed: int, kills: int, model_kills: int, rounds: int, damages: int, root: Path) -> list[Outcome]:
    """All rows of the report.

    Raises:
        BrokenPromiseError: the store did what it must not.
    """
    rng = np.random.default_rng(seed)
    outcomes = [killed(quick_work(seed), kills, rng, root / "a", "an encoder without weights, for speed")]
    if model_kills:
        outcomes.append(killed(model_work(seed), model_kills, rng, root / "b", "the shipped model `mini`"))
    outcomes += several_writers(quick_work(seed + 1), rounds, rng, root / "c")
    outcomes.append(full_disk(quick_work(seed + 2, pause=0), rounds, rng, root / "d"))
    # Last, for it reads tables in this process, whose threads a later fork would not have.
    return outcomes + damaged(quick_work(seed + 3, pause=0), damages, rng, root / "e")


def report(outcomes: list[Outcome], command: str, machine: str) -> str:
    """The page of the documentation."""
    rows = "\n".join(f"| {one.what} | {one.times} | {one.result} |" for one in outcomes)
    return f"""# What a stored space survives

A space is hours of work on a large model. This page says what was done to spaces to break them, how often, and what
came out. What is promised:

- A process may die at any moment. What it finished is kept, and the next run makes only what is missing.
- Several processes may make one space at once. They share the work.
- What is read is what was stored, or an error that names the file and the remedy. A damaged file never gives numbers.
- `embspace spaces repair` makes only what is broken; the result has the same bits.

| what was done | how often | what came out |
|---|---|---|
{rows}

Measured on {time.strftime("%Y-%m-%d", time.gmtime())}, on {machine}, with

    {command}

The script checks by other means than the store's own: bytes of files against an undisturbed run, inodes and times of
files against those before, CRC-32 by zlib. It stops at the first promise that is not kept. The test suite runs the
same functions with fewer kills, and a state machine in
[tests/spaces/test_store_states.py](../tests/spaces/test_store_states.py) that tries writing, dying, damage, repair and
reading in random order against a model.

What is not promised: that a disk keeps what it said it has written. Every file is flushed (`fsync`) before it is given
its name, but power was not cut for this page. Nor was a network folder at hand: that one without locks is survived is
shown by the tests, in which locks are refused. There two processes may make the same shard; what they write is compared
with its manifest and written again until it agrees. The corpus of a space (`sentences.parquet`) is the one file that
cannot be made from the others: if it is lost, extracting the same corpus again writes it anew, and no vector is
computed for it.
"""


def machine_words() -> str:
    """The processor in words."""
    facts = dict(line.split(":", 1) for line in Path("/proc/cpuinfo").read_text().splitlines() if ":" in line)
    name = next((value.strip() for key, value in facts.items() if key.strip() == "model name"), "an unknown processor")
    article = "an" if name[0] in "AEIOU" else "a"
    return f"{len(os.sched_getaffinity(0))} cores of {article} {name}"


def main() -> None:
    """Measure, print, and write the page if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--model-kills", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--damages", type=int, default=300)
    parser.add_argument("--write", type=Path, help="the page of the documentation")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as root:
        outcomes = measure(asked.seed, asked.kills, asked.model_kills, asked.rounds, asked.damages, Path(root))
    for one in outcomes:
        print(f"{one.what}\n    {one.times}\n    {one.result}")
    if asked.write:
        named = ("seed", "kills", "model_kills", "rounds", "damages")
        options = " ".join(f"--{name.replace('_', '-')} {getattr(asked, name)}" for name in named)
        command = f"python benchmarks/reliability.py {options}"
        asked.write.write_text(report(outcomes, command, machine_words()), "utf-8")


if __name__ == "__main__":
    main()
