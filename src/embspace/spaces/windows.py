"""Sentences longer than a model reads at once: overlapping windows, each word where it stands most central."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from embspace.errors import EncoderError

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Windows:
    """How a long sentence is read.

    Attributes:
        ids: the windows' piece ids, each with the sentence's leading and trailing special pieces.
        source: (n_pieces,) where in the windows, laid end to end, the state of each piece is taken.
    """

    ids: list[Ids]
    source: Ids


def cut_windows(ids: Ids, words: Ids, longest: int) -> Windows:
    """Cut a sentence into windows that overlap by half.

    A word is taken from the window in which its distance to the nearer edge is greatest. A word that no window holds
    whole is taken piece by piece in the same way. Nothing is dropped.

    Args:
        ids: (n_pieces,) of one sentence, special pieces at its ends.
        words: (n_pieces,) the word of each piece, -1 for special pieces.
        longest: pieces that the model reads at once.

    Raises:
        EncoderError: no room is left beside the special pieces.
    """
    owned = np.flatnonzero(words >= 0)
    head, tail = int(owned[0]), len(ids) - 1 - int(owned[-1])
    body, room = len(ids) - head - tail, longest - head - tail
    if room < 1:
        raise EncoderError(f"A window of {longest} pieces leaves no room beside {head + tail} special pieces.")
    step = max(1, room // 2)
    starts = np.append(np.arange(0, max(body - room, 0), step), max(body - room, 0))
    first, last = _units(words[head : head + body])
    centrality = np.minimum(first[None] - starts[:, None], starts[:, None] + room - 1 - last[None])
    best = centrality.argmax(axis=0)
    if (alone := centrality.max(axis=0) < 0).any():
        here = np.arange(body)
        each = np.minimum(here[None] - starts[:, None], starts[:, None] + room - 1 - here[None]).argmax(axis=0)
        best = np.where(alone, each, best)
    size = min(room, body) + head + tail
    source = np.empty(len(ids), np.int64)
    source[head : head + body] = best * size + head + np.arange(body) - starts[best]
    source[:head] = np.arange(head)
    source[len(ids) - tail :] = len(starts) * size - tail + np.arange(tail)
    return Windows(
        [np.concatenate([ids[:head], ids[head + at : head + at + room], ids[len(ids) - tail :]]) for at in starts],
        source,
    )


def _units(words: Ids) -> tuple[Ids, Ids]:
    """For every piece the first and the last piece of the run it belongs to; pieces of no word stand alone."""
    fresh = np.append(True, (words[1:] != words[:-1]) | (words[1:] < 0))
    run = np.cumsum(fresh) - 1
    starts = np.flatnonzero(fresh)
    stops = np.append(starts[1:], len(words))
    return starts[run], stops[run] - 1


def windowed_states(
    read: Callable[[Sequence[Ids]], torch.Tensor], ids: Ids, words: Ids, longest: int, budget: int
) -> torch.Tensor:
    """The states of a long sentence as if it had been read at once.

    Args:
        read: an encoder's `states`.
        ids: (n_pieces,) of one sentence.
        words: (n_pieces,) the word of each piece, -1 for special pieces.
        longest: pieces that the model reads at once.
        budget: pieces of one call of `read`.

    Returns:
        (n_layers, n_pieces, dim).
    """
    windows = cut_windows(ids, words, longest)
    size = max(1, budget // len(windows.ids[0]))
    parts = [read(windows.ids[at : at + size]) for at in range(0, len(windows.ids), size)]
    return torch.cat(parts, dim=1)[:, torch.from_numpy(windows.source).to(parts[0].device)]
