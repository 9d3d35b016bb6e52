"""Processes that make a space killed, or several at once."""

from __future__ import annotations

import shutil
import signal
import time
from collections import Counter
from pathlib import Path

import numpy as np

from embspace.spaces.extraction import extract
from embspace.workspace import Workspace
from hash_encoder import HashEncoder
from store_work import (
    LONGEST,
    Outcome,
    Work,
    content,
    ended,
    finished,
    kill,
    must,
    start,
    undisturbed,
    wait,
)


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
    """The status of a process that is killed after so many seconds, unless it has ended by itself."""
    status = ended(child, seconds)
    return kill(child) if status is None else status


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
