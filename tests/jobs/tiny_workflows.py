"""A workflow of the tests: counts, fails, sleeps or refuses to stop, as it is told."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from embspace.errors import CorpusError


@dataclass(frozen=True)
class Count:
    upto: int = 3
    pause: float = 0.0
    then: str = "return"
    tag: str = ""


def run(config, workspace, progress):
    if config.then == "stubborn":
        return _sleep_through(progress)
    progress.stage("counting", config.upto, "numbers")
    for number in range(config.upto):
        time.sleep(config.pause)
        progress.advance(note=f"at {number}")
    if config.then == "refuse":
        raise CorpusError("No word was found in the corpus.")
    if config.then == "crash":
        raise RuntimeError("a bug with private words")
    if config.then == "full":
        raise OSError(28, "No space left on device", "vectors.npy")
    if config.then == "vanish":
        os._exit(9)
    if config.then == "odd":
        return {"path": Path("x")}
    return {"count": config.upto, "root": str(workspace.root), "stdin": os.read(0, 10).decode()}


def _sleep_through(progress):
    progress.stage("deaf")
    while True:
        try:
            time.sleep(60)
        except BaseException:
            continue
