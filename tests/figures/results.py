"""Results as the analyses give them, made by hand."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd

ELEVEN = ("be", "bg", "ca", "cs", "en", "es", "pl", "ru", "sl", "tr", "uk")


def projected(
    languages: tuple[str, ...] = ("be", "en", "tr"),
    types: tuple[str | None, ...] = ("PER", "LOC"),
    per_type: int = 3,
    layers: tuple[int, ...] = (2,),
    dimensions: int = 2,
) -> pd.DataFrame:
    rows = []
    for layer, language, type, index in product(layers, languages, types, range(per_type)):
        text = f"{index} Then Washington left."
        start = text.index("Washington")
        word = (text[start : start + 10], language, type, f"{type}-w", 0, 3, "▁Wash ing ton", f"{type}{index}")
        rows.append((*word, start, start + 10, text, layer))
    columns = ["text", "language", "type", "entity", "sentence", "n_pieces", "pieces", "parallel", "start", "stop"]
    frame = pd.DataFrame(rows, columns=[*columns, "context", "layer"])
    points = np.random.default_rng(0).normal(size=(len(frame), dimensions)).astype(np.float32)
    for axis, values in zip("xyz", points.T, strict=False):
        frame[axis] = values
    frame.attrs["settings"] = {"analysis": "projection", "layers": list(layers), "n_layers": 3}
    return frame


def paired(languages: tuple[str, ...] = ("tr", "be", "en"), layers: tuple[int, ...] = (0, 1, 2)) -> pd.DataFrame:
    rows = [
        (layer, one, other, 1.0 if one == other else 0.1 * layer + 0.01 * (ord(one[0]) + ord(other[0])) / 3, 200)
        for layer, one, other in product(layers, languages, languages)
    ]
    result = pd.DataFrame(rows, columns=["layer", "language_a", "language_b", "value", "n"])
    result.attrs["settings"] = {"analysis": "similarity", "n_layers": 3}
    return result
