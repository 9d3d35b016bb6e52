"""Measure a small multilingual model for its card: retrieval by layer and language, anisotropy, Washington.

    python benchmarks/model_card.py mini --data FOLDER

FOLDER holds parallel/ntrex/XX.txt.gz (one sentence a line; the last 500 are used) and parallel/tatoeba/XX-en.tsv.gz.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import silhouette_score

import embspace as es
from embspace.analyses.retrieval import Retrieval, retrieval
from embspace.corpora.parallel import read_lines, read_pairs
from embspace.corpora.records import Corpus, Sentence
from embspace.encoders.base import Encoder

LANGUAGES = ("be", "bg", "ca", "cs", "pl", "ru", "sl", "es", "tr", "uk")
Vectors = NDArray[np.float32]


def sentence_vectors(encoder: Encoder, texts: list[str]) -> Vectors:
    """Mean of a sentence's own pieces, (n_layers, n_sentences, dim); to the tokenizer a text is one word."""
    pieces = encoder.tokenize([Sentence((text,), "und") for text in texts])
    order = np.argsort(pieces.lengths, kind="stable")
    vectors = np.empty((encoder.n_layers, len(texts), encoder.dim), np.float32)
    for at in range(0, len(order), 64):
        rows = order[at : at + 64]
        spans = [slice(pieces.starts[row], pieces.starts[row] + pieces.lengths[row]) for row in rows]
        spans = [slice(span.start, min(span.stop, span.start + encoder.max_pieces)) for span in spans]
        with torch.inference_mode():
            states = encoder.states([pieces.ids[span] for span in spans]).numpy()
        begin = 0
        for row, span in zip(rows, spans, strict=True):
            stop = begin + span.stop - span.start
            vectors[:, row] = states[:, begin:stop][:, pieces.words[span] == 0].mean(axis=1)
            begin = stop
    return vectors


def read_sets(folder: Path) -> dict[str, dict[str, tuple[list[str], list[str]]]]:
    """For both test sets: language -> (its sentences, the English ones)."""
    files = {one: folder / f"parallel/ntrex/{one}.txt.gz" for one in (*LANGUAGES, "en")}
    ntrex = [one.texts for one in read_lines(files)][-500:]
    sets = {"NTREX": {one: ([row[one] for row in ntrex], [row["en"] for row in ntrex]) for one in LANGUAGES}}
    sets["Tatoeba"] = {}
    for one in LANGUAGES:
        pairs = [pair.texts for pair in read_pairs(folder / f"parallel/tatoeba/{one}-en.tsv.gz", (one, "en"))]
        sets["Tatoeba"][one] = ([pair[one] for pair in pairs], [pair["en"] for pair in pairs])
    return sets


def scores(encoder: Encoder, folder: Path) -> dict[tuple[str, bool], list[dict[str, Retrieval]]]:
    """(test set, centered) -> for every layer, language -> retrieval of its English translation."""
    result: dict[tuple[str, bool], list[dict[str, Retrieval]]] = {}
    for name, pairs in read_sets(folder).items():
        english: dict[str, Vectors] = {}
        for language, (ours, theirs) in pairs.items():
            key = theirs[0] + theirs[-1] + str(len(theirs))
            if key not in english:
                english[key] = sentence_vectors(encoder, theirs)
            queries = sentence_vectors(encoder, ours)
            for center in (False, True):
                layers = result.setdefault((name, center), [{} for _ in range(encoder.n_layers)])
                for layer, found in enumerate(layers):
                    found[language] = retrieval(queries[layer], english[key][layer], center=center)
    return result


def mean_accuracy(found: dict[str, Retrieval]) -> float:
    """Mean of accuracy@1 over languages."""
    return float(np.mean([one.accuracy for one in found.values()]))


def washington(checkpoint: str) -> list[str]:
    """Rows: silhouettes by language and type, and a linear probe for type trained on English, by layer."""
    space = es.extract(checkpoint, es.synthetic_ner(entity="Washington", per_type=100))
    rows = []
    for layer in range(space.n_layers):
        vectors = space.layer(layer)
        vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        language, kind = space.words["language"].to_numpy(str), space.words["type"].to_numpy(str)
        centered = vectors.copy()
        for one in np.unique(language):
            centered[language == one] -= vectors[language == one].mean(axis=0)
        english = language == "en"
        probe = LogisticRegression(max_iter=2000).fit(centered[english], kind[english])
        rows.append(
            f"| {layer} | {silhouette_score(vectors, language):.2f} | {silhouette_score(vectors, kind):.2f} "
            f"| {silhouette_score(centered, kind):.2f} | {probe.score(centered[~english], kind[~english]):.2f} |"
        )
    return rows


def anisotropy(checkpoint: str, folder: Path) -> list[str]:
    """Rows: mean cosine of a language's words by layer."""
    sentences = [
        Sentence(tuple(text.split()), language)
        for language, (ours, _) in read_sets(folder)["NTREX"].items()
        for text in ours[:200]
    ]
    table = es.isotropy(es.extract(checkpoint, Corpus("ntrex", sentences), targets="words"))
    wide = table.pivot(index="layer", columns="language", values="value")
    return [
        f"| {layer} | " + " | ".join(f"{row[one]:.2f}" for one in LANGUAGES) + " |" for layer, row in wide.iterrows()
    ]


def main() -> None:
    """Print the tables as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint")
    parser.add_argument("--data", type=Path, required=True)
    arguments = parser.parse_args()
    encoder = es.load_encoder(arguments.checkpoint)
    found = scores(encoder, arguments.data)
    print("| layer | NTREX-500 | NTREX-500, centered | Tatoeba | Tatoeba, centered |\n|---|---|---|---|---|")
    for layer in range(encoder.n_layers):
        cells = [mean_accuracy(found[name, center][layer]) for name in ("NTREX", "Tatoeba") for center in (False, True)]
        print(f"| {layer} | " + " | ".join(f"{cell:.3f}" for cell in cells) + " |")
    both = [
        mean_accuracy(found["NTREX", True][n]) + mean_accuracy(found["Tatoeba", True][n])
        for n in range(encoder.n_layers)
    ]
    best = int(np.argmax(both))
    print(f"\nLayer {best}, centered:\n\n| | " + " | ".join(LANGUAGES) + " |\n|---|" + "---|" * len(LANGUAGES))
    for name in ("NTREX", "Tatoeba"):
        row = found[name, True][best]
        print(f"| {name} accuracy@1 | " + " | ".join(f"{row[one].accuracy:.2f}" for one in LANGUAGES) + " |")
        print(f"| {name} MRR | " + " | ".join(f"{row[one].mean_reciprocal_rank:.2f}" for one in LANGUAGES) + " |")
    print("\n| layer | " + " | ".join(LANGUAGES) + " |\n|---|" + "---|" * len(LANGUAGES))
    print("\n".join(anisotropy(arguments.checkpoint, arguments.data)))
    print("\n| layer | by language | by type | by type, centered | probe en -> others |\n|---|---|---|---|---|")
    print("\n".join(washington(arguments.checkpoint)))


if __name__ == "__main__":
    main()
