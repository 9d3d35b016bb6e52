"""A space in memory, with what the analyses use of `embspace.spaces.space.Space`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from embspace.storage import fingerprint

COLUMNS = ["text", "language", "sentence", "start", "stop", "position", "tag", "entity", "type", "parallel"]
COLUMNS += ["n_pieces", "pieces", "found"]


class FakeSpace:
    def __init__(self, vectors: np.ndarray, words: pd.DataFrame, sentences: pd.DataFrame) -> None:
        self.vectors, self.words, self.sentences = vectors.astype(np.float32), words, sentences
        self.n_layers, self.n_words, self.dim = vectors.shape
        self.layers = tuple(range(self.n_layers))
        self.stored, self.recipe = "stored", {"checkpoint": "fake", "corpus": "fake"}
        self.fingerprint = fingerprint([self.vectors.tobytes(), words["text"].tolist(), list(map(str, words.index))])
        self.asked: list[int] = []
        self.path, self.corpus = Path("fake"), None

    def layer(self, index: int) -> np.ndarray:
        self.asked.append(index)
        return self.vectors[index]

    def layer_number(self, index: int) -> int:
        return index % self.n_layers

    def layer_rows(self, index: int, first: int, stop: int) -> np.ndarray:
        return self.vectors[index][first:stop]

    def select(self, **columns: Any) -> FakeSpace:
        kept = np.ones(self.n_words, bool)
        for column, value in columns.items():
            kept &= self.words[column].isin(value if isinstance(value, list) else [value]).to_numpy()
        return FakeSpace(self.vectors[:, kept], self.words.loc[kept].reset_index(drop=True), self.sentences)


def fake_space(
    languages: tuple[str, ...] = ("be", "en", "tr"),
    per_type: int = 8,
    n_layers: int = 3,
    dim: int = 12,
    seed: int = 0,
    lost: tuple[int, ...] = (),
) -> Any:
    """Entities in clusters by language and type; `lost` rows were not found."""
    rng = np.random.default_rng(seed)
    middles = rng.normal(size=(len(languages), 2, dim)) * 3
    rows, sentences, vectors = [], [], []
    for number, language in enumerate(languages):
        for kind, type in enumerate(("PER", "LOC")):
            for index in range(per_type):
                text = f"{type.lower()}{index} was here"
                sentences.append((text, language, f"{type}{index}", "fake"))
                word = text.split()[0]
                place = (len(sentences) - 1, 0, len(word), 0)
                split = (2, f"▁{word[:2]} {word[2:]}", True)
                rows.append((word, language, *place, f"B-{type}", f"id-{index}", type, f"{type}{index}", *split))
                vectors.append(middles[number, kind] + rng.normal(size=(n_layers, dim)))
    words = pd.DataFrame(rows, columns=COLUMNS)
    stack = np.stack(vectors, axis=1)
    for row in lost:
        words.loc[row, ["found", "n_pieces", "pieces"]] = [False, 0, ""]
        stack[:, row] = np.nan
    table = pd.DataFrame(sentences, columns=["text", "language", "parallel", "source"]).rename_axis("sentence")
    return FakeSpace(stack, words, table)
