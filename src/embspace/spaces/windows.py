"""Sentences longer than a model reads at once: overlapping windows, each word where it stands most central."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from embspace.errors import EncoderError, SettingsError

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


def cut_windows(ids: Ids, words: Ids, longest: int, overlap: int | None = None) -> Windows:
    """Cut a sentence into windows of `longest` pieces; the last one ends with the sentence, so it may overlap by more.

    A word is taken from the window in which its distance to the nearer edge is greatest, the first of equals. A word
    that no window holds whole is taken piece by piece in the same way. Nothing is dropped.

    Args:
        ids: (n_pieces,) of one sentence, special pieces at its ends.
        words: (n_pieces,) the word of each piece, -1 for special pieces.
        longest: pieces of a window, special ones included.
        overlap: pieces that neighbors share at least, none of them special; None: half of a window's own pieces.

    Raises:
        EncoderError: no room is left beside the special pieces.
        SettingsError: the overlap is negative, or windows would not advance.
    """
    owned = np.flatnonzero(words >= 0)
    head, tail = (int(owned[0]), len(ids) - 1 - int(owned[-1])) if len(owned) else (0, 0)
    body, room = len(ids) - head - tail, longest - head - tail
    if room < 1:
        raise EncoderError(f"A window of {longest} pieces leaves no room beside {head + tail} special pieces.")
    starts = _starts(body, room, overlap, f"a window of {longest} pieces, {head + tail} of them special")
    first, last = _units(words[head : head + body])
    centrality = np.minimum(first[None] - starts[:, None], starts[:, None] + room - 1 - last[None])
    best = centrality.argmax(axis=0)
    if (alone := centrality.max(axis=0) < 0).any():
        here = np.arange(body)
        each = np.minimum(here[None] - starts[:, None], starts[:, None] + room - 1 - here[None]).argmax(axis=0)
        best = np.where(alone, each, best)
    own = min(room, body)
    size = own + head + tail
    source = np.empty(len(ids), np.int64)
    source[head : head + body] = best * size + head + np.arange(body) - starts[best]
    source[:head] = np.arange(head)
    source[len(ids) - tail :] = len(starts) * size - tail + np.arange(tail)
    return Windows(
        [np.concatenate([ids[:head], ids[head + at : head + at + own], ids[len(ids) - tail :]]) for at in starts],
        source,
    )


def _starts(body: int, room: int, overlap: int | None, where: str) -> Ids:
    """Where windows of `room` pieces begin in `body` pieces."""
    if overlap is not None and not 0 <= overlap < room:
        raise SettingsError(f"Windows cannot overlap by {overlap} pieces: {where}; give 0 to {room - 1}, or None.")
    step = max(1, room // 2) if overlap is None else room - overlap
    end = max(body - room, 0)
    return np.append(np.arange(0, end, step), end)


def _units(words: Ids) -> tuple[Ids, Ids]:
    """For every piece the first and the last piece of the run it belongs to; pieces of no word stand alone."""
    fresh = np.append(True, (words[1:] != words[:-1]) | (words[1:] < 0))
    run = np.cumsum(fresh) - 1
    starts = np.flatnonzero(fresh)
    stops = np.append(starts[1:], len(words))
    return starts[run], stops[run] - 1


def windowed_states(
    read: Callable[[Sequence[Ids]], torch.Tensor],
    ids: Ids,
    words: Ids,
    longest: int,
    budget: int,
    overlap: int | None = None,
) -> torch.Tensor:
    """The states of a long sentence, each piece's from the window that `cut_windows` takes it from.

    Args:
        read: an encoder's `states`.
        ids: (n_pieces,) of one sentence.
        words: (n_pieces,) the word of each piece, -1 for special pieces.
        longest: pieces of a window, special ones included.
        budget: pieces of one call of `read`.
        overlap: pieces that neighbors share at least; None: half of a window's own pieces.

    Returns:
        (n_layers, n_pieces, dim).

    Raises:
        EncoderError: no room is left beside the special pieces.
        SettingsError: the overlap is negative, or windows would not advance.
    """
    windows = cut_windows(ids, words, longest, overlap)
    size = max(1, budget // len(windows.ids[0]))
    parts = [read(windows.ids[at : at + size]) for at in range(0, len(windows.ids), size)]
    return torch.cat(parts, dim=1)[:, torch.from_numpy(windows.source).to(parts[0].device)]
