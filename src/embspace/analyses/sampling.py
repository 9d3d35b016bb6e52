"""Which rows of a space take part: all words of some sentences of each language, drawn at random; and their vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from embspace.errors import SettingsError

if TYPE_CHECKING:
    from embspace.spaces.space import Space

_CELLS = 2**23  # of a block that is read: 32 MB of float32


def sampled_rows(space: Space, language: str, sentences: int | None, seed: int) -> NDArray[np.int64]:
    """The rows with `found` of one language's words in `sentences` of its sentences (None: all), in their order.

    What is drawn of a language depends on the seed and the language alone, not on the others.
    """
    words = space.words
    member = (words["language"] == language).to_numpy() & words["found"].to_numpy(dtype=bool)
    numbers = words["sentence"].to_numpy(dtype=np.int64)
    there = np.unique(numbers[member])
    if sentences is not None and len(there) > sentences:
        rng = np.random.default_rng([seed, crc32(language.encode())])
        member &= np.isin(numbers, rng.choice(there, sentences, replace=False))
    return np.flatnonzero(member)


def chosen_languages(space: Space, languages: Sequence[str] | None) -> list[str]:
    """The languages asked for, each once; all of the space where None are.

    Raises:
        SettingsError: the space has no words of one of them.
    """
    there = [str(one) for one in dict.fromkeys(space.words["language"])]
    if languages is None:
        return there
    asked = list(dict.fromkeys([languages] if isinstance(languages, str) else languages))
    if absent := [one for one in asked if one not in there]:
        raise SettingsError(f"The space has no words of language {absent[0]!r}; it has {', '.join(there)}.")
    return asked


def check_sample(sentences: int | None) -> None:
    """Refuse a number of sentences below 1.

    Raises:
        SettingsError: says what is possible.
    """
    if sentences is not None and sentences < 1:
        raise SettingsError(f"sample={sentences} is not possible; it is a number of sentences from 1, or None for all.")


def rows_of_layer(space: Space, number: int, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """(len(rows), dim) vectors of ascending rows of a layer; what lies between them is read in blocks and dropped."""
    found = np.empty((len(rows), space.dim), np.float32)
    step = max(1, _CELLS // space.dim)
    at = 0
    while at < len(rows):
        first = int(rows[at])
        stop = int(np.searchsorted(rows, first + step))
        found[at:stop] = space.layer_rows(number, first, int(rows[stop - 1]) + 1)[rows[at:stop] - first]
        at = stop
    return found
