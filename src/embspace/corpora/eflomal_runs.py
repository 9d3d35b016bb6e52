"""Runs of eflomal, the word aligner (extra `align`): sentences -> links of both directions."""

from __future__ import annotations

import math
import signal
import subprocess
from collections.abc import Callable, Sequence
from importlib import import_module, metadata
from pathlib import Path
from tempfile import TemporaryDirectory

from embspace.corpora.symmetrization import Link
from embspace.errors import CorpusError, SettingsError

LONGEST = 0x400
"""sentences of so many words and more are left without links by eflomal"""
_PAUSE = 0.1
"""seconds between two looks whether to stop"""
MISSING = 'eflomal, which aligns words, is not installed; it is built with a C compiler: pip install "embspace[align]"'


def version() -> str:
    """Of the installed eflomal.

    Raises:
        SettingsError: it is not installed; says how to.
    """
    try:
        import_module("eflomal")
        return metadata.version("eflomal")
    except (ImportError, metadata.PackageNotFoundError) as error:
        raise SettingsError(MISSING) from error


def run(
    sources: Sequence[Sequence[str]],
    targets: Sequence[Sequence[str]],
    look: Callable[[], object],
    *,
    length: float = 1.0,
    samplers: int = 3,
    null_prior: float = 0.2,
) -> list[tuple[list[Link], list[Link]]]:
    """The links of each pair of sentences, forward and reverse, both as (source word, target word).

    eflomal compares words in lower case. It draws from the system's randomness and takes no seed.

    Args:
        sources: words of each sentence.
        targets: words of their translations, equally many sentences.
        look: called all the while; what it raises (`Cancelled`) stops eflomal.
        length: iterations relative to eflomal's own number, which falls with the number of sentences.
        samplers: how many chains are run and averaged.
        null_prior: prior probability that a word has no counterpart.

    Raises:
        SettingsError: eflomal is not installed, or not for this processor.
        CorpusError: eflomal failed (the message has its last words).
    """
    version()
    eflomal = import_module("eflomal")
    iterations = max(2, round(length * 5000 / math.sqrt(len(sources))))  # as eflomal's own command has it
    first, second = max(2, iterations // 4), max(1, iterations // 4)
    with TemporaryDirectory(prefix="embspace-align-") as name:
        folder = Path(name)
        texts, links = (folder / "source", folder / "target"), (folder / "forward", folder / "reverse")
        with open(texts[0], "wb") as source, open(texts[1], "wb") as target:
            eflomal.Aligner().prepare_files(map(_line, sources), source, map(_line, targets), target, None, None)
        command = [
            Path(str(eflomal.__file__)).parent / "bin" / "eflomal",
            "-q",
            "-m",
            "3",
            "-n",
            samplers,
            "-N",
            null_prior,
        ]
        command += ["-1", first, "-2", second, "-3", iterations]
        command += ["-s", texts[0], "-t", texts[1], "-f", links[0], "-r", links[1]]
        _wait([str(part) for part in command], folder / "log", look)
        found = [_links(path) for path in links]
    if any(len(direction) != len(sources) for direction in found):
        raise CorpusError(f"eflomal gave links for {len(found[0])} and {len(found[1])} of {len(sources)} sentences.")
    return list(zip(*found, strict=True))


def _wait(command: list[str], log: Path, look: Callable[[], object]) -> None:
    """Run the aligner itself, which, unlike eflomal's function, can be stopped midway."""
    with open(log, "wb") as stream:
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream)
        except OSError as error:
            raise SettingsError(f"{MISSING} ({command[0]}: {error.strerror}).") from error
    try:
        while process.poll() is None:
            look()
            try:
                process.wait(_PAUSE)
            except subprocess.TimeoutExpired:
                continue
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if process.returncode == -signal.SIGILL:
        again = "pip install --force-reinstall --no-deps --no-cache-dir eflomal"
        raise SettingsError(f"This eflomal was built for another processor; build it anew: {again}")
    if process.returncode:
        said = log.read_text("utf-8", errors="replace").strip()[-300:]
        raise CorpusError(f"eflomal ended with {process.returncode}: {said or 'it said nothing'}.")


def _line(words: Sequence[str]) -> str:
    """Words parted by blanks; a blank inside a word would make two of it."""
    return " ".join("_".join(word.split()) or "_" for word in words)


def _links(path: Path) -> list[list[Link]]:
    lines = path.read_text("ascii").split("\n")[:-1]
    return [
        [(int(one), int(other)) for one, _, other in (link.partition("-") for link in line.split())] for line in lines
    ]
