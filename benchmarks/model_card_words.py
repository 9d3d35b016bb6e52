"""Measure how well a model's word vectors tell related words from others, for its card.

    python benchmarks/model_card_words.py mini --data FOLDER [--layer 3]

The last 500 lines of NTREX, English beside each other language; a pair of words is taken where each stands once in its
line. Related are words of one lower-cased spelling, and words of a MUSE dictionary (lexicon/muse/en-XX.txt.gz). Of an
English word's control there is one of the same translated line, and one of another line. AUC is the share of
(related, control) pairs in which the related words are nearer, by L2 of the vectors and of their directions.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import mannwhitneyu

import embspace as es
from embspace.corpora.parallel import read_lines
from embspace.corpora.records import Corpus, Sentence
from embspace.corpora.text_files import numbered_lines
from embspace.corpora.words import split_words

LANGUAGES = ("be", "bg", "ca", "cs", "pl", "ru", "sl", "es", "tr", "uk")


def word_space(checkpoint: str, folder: Path) -> es.Space:
    """The words of the held-out lines in all languages."""
    files = {one: folder / f"parallel/ntrex/{one}.txt.gz" for one in (*LANGUAGES, "en")}
    sentences = [
        Sentence(split_words(text)[0], language, parallel=line.id)
        for line in list(read_lines(files))[-500:]
        for language, text in line.texts.items()
    ]
    return es.extract(checkpoint, Corpus("NTREX, last 500", sentences), targets="words")


def dictionary(folder: Path, language: str) -> set[tuple[str, str]]:
    """(English, translation) pairs, lower-cased; empty where MUSE has none."""
    file = folder / f"lexicon/muse/en-{language}.txt.gz"
    if not file.exists():
        return set()
    return {(cells[0], cells[1]) for _, line in numbered_lines(file) if len(cells := line.lower().split()) == 2}


def once(words: list[str]) -> dict[str, int]:
    """Word -> place, of the words of three letters or more that stand once."""
    counted = Counter(words)
    return {word: at for at, word in enumerate(words) if counted[word] == 1 and len(word) > 2 and word.isalpha()}


def aucs(
    vectors: NDArray[np.float32], related: list[tuple[int, int]], lines: dict[int, list[int]]
) -> tuple[float, ...]:
    """AUC against a word of the same line and of another line; rows are numbers of vectors."""
    random = np.random.default_rng(0)
    line_of = {row: line for line, rows in lines.items() for row in rows}
    every = np.array(sorted(line_of))
    same, other = [], []
    for _, row in related:
        same.append(random.choice([one for one in lines[line_of[row]] if one != row]))
        other.append(random.choice(every))
    ours = np.array([one for one, _ in related])

    def distance(rows: NDArray[np.int64]) -> NDArray[np.float32]:
        return np.linalg.norm(vectors[ours] - vectors[rows], axis=1)

    near = distance(np.array([row for _, row in related]))
    return tuple(
        float(mannwhitneyu(distance(np.array(control)), near).statistic / len(near) ** 2) for control in (same, other)
    )


def main() -> None:
    """Print a table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--layer", type=int, default=3)
    arguments = parser.parse_args()
    space = word_space(arguments.checkpoint, arguments.data)
    lengths = space.layer(arguments.layer)
    directions = lengths / np.linalg.norm(lengths, axis=1, keepdims=True)
    words = space.words.assign(row=range(space.n_words), lower=space.words["text"].str.lower())
    words["line"] = words["parallel"].astype(int)
    words = words[words["found"]]
    lines = {
        one: {line: rows["row"].tolist() for line, rows in table.groupby("line")}
        for one, table in words.groupby("language")
    }
    lower = dict(zip(words["row"], words["lower"], strict=True))
    print(
        "| related words | metric | control | " + " | ".join(LANGUAGES) + " |\n|---|---|---|" + "---|" * len(LANGUAGES)
    )
    for name, metric, vectors in (
        (name, metric, vectors)
        for name in ("one spelling", "dictionary")
        for metric, vectors in (("L2", lengths), ("L2 of directions", directions))
    ):
        cells: dict[str, list[str]] = {"same sentence": [], "another sentence": [], "pairs": []}
        for language in LANGUAGES:
            known = dictionary(arguments.data, language)
            related = []
            for line, rows in lines[language].items():
                ours = once([lower[row] for row in lines["en"].get(line, [])])
                theirs = once([lower[row] for row in rows])
                wanted = (
                    [(word, word) for word in ours if word in theirs]
                    if name == "one spelling"
                    else [(a, b) for a in ours for b in theirs if (a, b) in known and a != b]
                )
                related += [(lines["en"][line][ours[a]], rows[theirs[b]]) for a, b in wanted]
            few = len(related) < 30
            found = (float("nan"), float("nan")) if few else aucs(vectors, related, lines[language])
            for control, value in zip(("same sentence", "another sentence"), found, strict=True):
                cells[control].append("-" if few else f"{value:.3f}")
            cells["pairs"].append(f"{len(related):,}")
        for control, row in cells.items():
            print(f"| {name} | {metric if control != 'pairs' else ''} | {control} | " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
