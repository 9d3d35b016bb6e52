"""Running text: one sentence a line, the `# text` of CoNLL-U, or the first column of tagged files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from embspace.corpora.conll import read_columns
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
    """Yield the words of each sentence of a tagged file (`conll.read_columns`, word first), joined by blanks."""
    return (sentence.text for sentence in read_columns(path, "und", tag=None))
