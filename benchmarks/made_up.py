"""One layer of made-up vectors on disk, with what analyses use of a space, for the benchmarks of analyses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

LANGUAGES = ("be", "bg", "ca", "cs", "en", "es", "pl", "ru", "sl", "tr")
TYPES = ("PER", "LOC", "ORG")
IN_SENTENCE = 20  # words of a sentence that links join


class Layer:
    """One layer in a file, with what analyses use of a space."""

    def __init__(self, path: Path, words: int) -> None:
        self.path, self.n_words, self.n_layers, self.layers = path, words, 1, (0,)
        self._vectors = np.load(path, mmap_mode="r")[:words]
        self.dim = self._vectors.shape[1]
        self.fingerprint = self.stored = f"made up, {words} x {self.dim}"
        self.recipe = {"checkpoint": "made up", "corpus": "made up"}
        # Every language has each entity; the rows of an entity stand together, so that any first n are parallel.
        number, meaning = np.arange(words) % len(LANGUAGES), np.arange(words) // len(LANGUAGES)
        self.words = pd.DataFrame(
            {
                "text": "word",
                "language": np.array(LANGUAGES)[number],
                "sentence": meaning,
                "position": 0,
                "entity": [f"e{one}" for one in meaning],
                "parallel": [f"p{one}" for one in meaning],
                "type": np.array(TYPES)[meaning % len(TYPES)],
                "found": True,
            }
        )

    def layer(self, index: int) -> np.ndarray:
        """The vectors in float32."""
        return self._vectors.astype(np.float32)

    def layer_number(self, index: int) -> int:
        """0."""
        return 0

    def layer_rows(self, index: int, first: int, stop: int) -> np.ndarray:
        """Some of them."""
        return self._vectors[first:stop].astype(np.float32)

    def in_sentences(self, pairs: int, seed: int = 0) -> pd.DataFrame:
        """20 words to a sentence, no entities; so many different links of English with others, if there are so many."""
        sentence, place = (
            self.words["sentence"].to_numpy() // IN_SENTENCE,
            self.words["sentence"].to_numpy() % IN_SENTENCE,
        )
        self.words = self.words.assign(parallel=[f"s{one}" for one in sentence], position=place, entity=None)
        whole = self.n_words // len(LANGUAGES) // IN_SENTENCE
        other = [one for one in LANGUAGES if one != "en"]
        possible = whole * IN_SENTENCE**2 * len(other)
        drawn = np.random.default_rng(seed).choice(possible, min(pairs, possible), replace=False)
        at, word = np.divmod(drawn, IN_SENTENCE**2)
        return pd.DataFrame(
            {
                "parallel": [f"s{one}" for one in at // len(other)],
                "language_a": "en",
                "word_a": word // IN_SENTENCE,
                "language_b": np.array(other)[at % len(other)],
                "word_b": word % IN_SENTENCE,
            }
        )


def write_vectors(path: Path, words: int, width: int, seed: int = 0) -> None:
    """Vectors with a common direction, one of the language and one of the entity, and noise; float16."""
    rng = np.random.default_rng(seed)
    shared, own = rng.normal(size=width), rng.normal(size=(len(LANGUAGES), width)).astype(np.float32)
    vectors = np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=(words, width))
    step = 500 * len(LANGUAGES)
    for first in range(0, words, step):
        rows = np.arange(first, min(first + step, words))
        meaning = rng.standard_normal((len(np.unique(rows // len(LANGUAGES))), width), dtype=np.float32)
        noise = rng.standard_normal((len(rows), width), dtype=np.float32)
        entity = meaning[rows // len(LANGUAGES) - rows[0] // len(LANGUAGES)]
        vectors[rows] = shared + 0.7 * own[rows % len(LANGUAGES)] + entity + 0.8 * noise
    vectors.flush()


class Turned(Layer):
    """The same words as another checkpoint would have them: every vector with its numbers in the opposite order."""

    def __init__(self, layer: Layer) -> None:
        super().__init__(layer.path, layer.n_words)
        self.fingerprint = self.stored = f"{layer.fingerprint}, turned"
        self.recipe = {**layer.recipe, "checkpoint": "turned"}

    def layer(self, index: int) -> np.ndarray:
        """The vectors in float32."""
        return super().layer(index)[:, ::-1]

    def layer_rows(self, index: int, first: int, stop: int) -> np.ndarray:
        """Some of them."""
        return super().layer_rows(index, first, stop)[:, ::-1]
