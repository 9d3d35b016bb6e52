"""embspace: words to stored vectors of all layers in a new workspace, float16 on disk, each file synced.

Variants: what the model computes in (float32, bfloat16).
"""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from embspace import extract as extract_space
from embspace.corpora.records import Corpus, Sentence
from embspace.encoders.base import Encoder
from embspace.encoders.loading import load_encoder
from embspace.spaces.space import Space
from embspace.workspace import Workspace

TOLERANCE = (1e-4, 2.0**-10)  # of float16: half a step of rounding, and as much again where float32 differs at its edge


@cache
def encoder(model: str, compute: str) -> Encoder:
    """The model, loaded once as by the others."""
    return load_encoder(model, device="cpu", dtype=compute)


def extract(model: str, sentences: list[list[str]], variant: str = "float32") -> Space:
    """The stored space."""
    corpus = Corpus("benchmark", (Sentence(tuple(words), "und", source=str(at)) for at, words in enumerate(sentences)))
    workspace = Workspace(Path(tempfile.mkdtemp(prefix="embspace-benchmark-")))
    return extract_space(encoder(model, variant), corpus, targets="words", tokenize_as="words", workspace=workspace)


def vectors(space: Space) -> Any:
    """All layers as they are stored."""
    return np.stack([space.layer(layer) for layer in range(space.n_layers)])


def discard(space: Space | None) -> None:
    """Remove the workspace."""
    if space is not None:
        shutil.rmtree(space.path.parents[1])
