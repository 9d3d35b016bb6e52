"""How a stored space survives: processes killed, several writers, a disk that fills, files that are damaged.

    python benchmarks/reliability.py --kills 200 --model-kills 20 --damages 300 --seed 0 --write docs/reliability.md

Every expectation is checked here by other means than the store's own: bytes of files, inodes, CRC-32 by zlib.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from store_harms import damaged, full_disk
from store_kills import killed, several_writers
from store_work import (
    Outcome,
    model_work,
    quick_work,
)


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
