"""Sentences to measure with: SyntheticNER, which ships, or a folder of text files."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path

from embspace.corpora.plain_text import read_plain_text
from embspace.corpora.records import Corpus, Sentence
from embspace.corpora.synthetic_ner import synthetic_ner
from embspace.corpora.words import split_words

LANGUAGES = ("be", "bg", "ca", "cs", "en", "es", "pl", "ru", "sl", "tr", "uk")
_PER_TYPE = 400


@dataclass(frozen=True, slots=True)
class Text:
    """Sentences by language, all as words, and how to speak of them."""

    name: str
    by_language: dict[str, list[tuple[str, ...]]]

    def spread(self, number: int) -> list[tuple[str, ...]]:
        """Sentences of all languages in turn, taken evenly from beginning to end; from the start again when used up."""
        turns = -(-number // len(self.by_language))
        found = []
        for turn in range(turns):
            for shift, sentences in enumerate(self.by_language.values()):
                found.append(sentences[(turn * max(1, len(sentences) // turns) + 7 * shift) % len(sentences)])
        return found[:number]

    def words(self, number: int) -> list[tuple[str, ...]]:
        """Sentences that together have `number` words or a few more."""
        every = [len(words) for sentences in self.by_language.values() for words in sentences]
        wanted = int(number / (sum(every) / len(every)) * 1.02) + 1
        while True:
            found, count = self.spread(wanted), 0
            for at, words in enumerate(found, 1):
                count += len(words)
                if count >= number:
                    return found[:at]
            wanted += wanted // 10 + 1


def shipped(per_type: int = _PER_TYPE) -> Text:
    """SyntheticNER in eleven languages, `per_type` sentences of each entity type, the types in turn."""
    by_language: dict[str, list[tuple[str, ...]]] = {}
    for sentence in synthetic_ner(per_type=per_type):
        by_language.setdefault(sentence.language, []).append(sentence.words)
    mixed = {
        language: [found[at + kind * per_type] for at in range(per_type) for kind in range(len(found) // per_type)]
        for language, found in by_language.items()
    }
    return Text("SyntheticNER", mixed)


def of_folder(folder: Path, languages: tuple[str, ...] = (), name: str = "") -> Text:
    """The lines of `LANGUAGE.txt` or `LANGUAGE.txt.gz` files.

    Args:
        folder: of text files, a sentence a line.
        languages: names of files without their ends; none: those of embspace's languages, or all if there are none.
        name: what the text is called; empty: as the folder.
    """
    files = {path.name.split(".")[0]: path for path in sorted([*folder.glob("*.txt"), *folder.glob("*.txt.gz")])}
    wanted = languages or tuple(one for one in LANGUAGES if one in files) or tuple(files)
    if missing := [one for one in wanted if one not in files]:
        raise SystemExit(f"{folder} has no text files named {' '.join(missing)}.")
    if not wanted:
        raise SystemExit(f"{folder} has no .txt or .txt.gz files.")
    lines = {one: [words for line in read_plain_text(files[one]) if (words := split_words(line)[0])] for one in wanted}
    return Text(f"{name or folder.name} sentences ({' '.join(wanted)}), not shipped", lines)


def add_text_options(parser: ArgumentParser) -> None:
    """`--text`, `--languages` and `--name`, as `text_of` reads them."""
    parser.add_argument("--text", type=Path, help="folder of LANGUAGE.txt or .txt.gz files, in place of SyntheticNER")
    parser.add_argument("--languages", nargs="+", default=[], help="of these files; default: embspace's eleven")
    parser.add_argument("--name", default="", help="what the text is called; default: as its folder")


def text_of(options: Namespace) -> Text:
    """Of a folder, or the shipped sentences."""
    return of_folder(options.text, tuple(options.languages), options.name) if options.text else shipped()


def corpus_of(sentences: list[tuple[str, ...]], name: str = "benchmark") -> Corpus:
    """A corpus of words without labels."""
    return Corpus(name, (Sentence(words, "und", source=str(at)) for at, words in enumerate(sentences)))
