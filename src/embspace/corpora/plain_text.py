"""Running text: one sentence a line, the `# text` of CoNLL-U, or the first column of tagged files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from embspace.corpora.text_files import numbered_lines


def read_plain_text(path: Path | str) -> Iterator[str]:
    """Yield the lines of a text file that are not blank."""
    for _, line in numbered_lines(path):
        if line.strip():
            yield line.strip()


def read_conllu_text(path: Path | str) -> Iterator[str]:
    """Yield the raw sentences (`# text = ...`) of a CoNLL-U file."""
    for _, line in numbered_lines(path):
        if line.startswith("# text = "):
            yield line.removeprefix("# text = ").strip()


def read_column_text(path: Path | str) -> Iterator[str]:
    """Yield the words of each sentence of a tagged file (word first, blank line between), joined by blanks."""
    words: list[str] = []
    for _, line in numbered_lines(path):
        if line.strip() and not line.startswith("# "):
            words.append(line.split("\t")[0].split(" ")[0])
        elif words:
            yield " ".join(words)
            words = []
    if words:
        yield " ".join(words)
