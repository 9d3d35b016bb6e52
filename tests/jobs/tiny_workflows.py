"""A workflow of the tests: counts, fails, sleeps or refuses to stop, as it is told."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from embspace.errors import CorpusError
from embspace.progress import Cancelled


@dataclass(frozen=True)
class Count:
    upto: int = 3
    pause: float = 0.0
    then: str = "return"
    tag: str = ""
    ledger: str = ""


def run(config, workspace, progress):
    if config.then == "stubborn":
        return _sleep_through(progress)
    if config.then == "child":
        return _leave_a_child(progress)
    if config.then == "corpus":
        from embspace.corpora.catalog import open_corpus

        return {"sentences": len(open_corpus(config.tag, workspace=workspace))}
    if config.then == "where":
        names = ("OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "EMBSPACE_JOB", "HF_HOME")
        return {"cwd": str(Path.cwd())} | {name: os.environ.get(name) for name in names}
    progress.stage("counting", config.upto, "numbers")
    for number in _numbers(config):
        torn = True
        try:
            time.sleep(config.pause)
            torn = False
            _note(config, f"{number} {os.getpid()}")
            progress.advance(note=f"at {number}")
        except Cancelled:
            _save(config, torn)
            raise
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


def _numbers(config):
    """Goes on where the ledger ends."""
    done = Path(config.ledger).read_text().splitlines() if config.ledger and Path(config.ledger).exists() else []
    return range(sum(line[0].isdigit() for line in done), config.upto)


def _note(config, line):
    if config.ledger:
        with open(config.ledger, "a") as stream:
            stream.write(line + "\n")


def _save(config, torn):
    if config.then == "save slowly":
        time.sleep(0.6)
        _note(config, "saved torn" if torn else "saved whole")


def _leave_a_child(progress):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    progress.stage(f"child {child.pid}")
    time.sleep(60)


def _sleep_through(progress):
    progress.stage("deaf")
    while True:
        try:
            time.sleep(60)
        except BaseException:
            continue
