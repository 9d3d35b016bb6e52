import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from embspace.errors import EncoderError
from embspace.spaces.windows import cut_windows, windowed_states


def sentence(word_lengths):
    """Ids 100, 101, ... between two special pieces 1 and 2."""
    words = np.repeat(np.arange(len(word_lengths)), word_lengths)
    return np.concatenate([[1], 100 + np.arange(len(words)), [2]]), np.concatenate([[-1], words, [-1]])


def most_central(ids, words, longest):
    """Of each piece: how far its word is from the edge in the window it is taken from, and in every one with it."""
    windows = cut_windows(ids, words, longest)
    origin = np.concatenate([[0], np.cumsum([len(one) for one in windows.ids])])
    for piece in range(1, len(ids) - 1):
        own = np.flatnonzero(words == words[piece])
        chosen = int(np.searchsorted(origin, windows.source[piece], side="right")) - 1
        room = [
            min(at := int(np.flatnonzero(one == ids[own[0]])[0]) - 1, len(one) - 2 - (at + len(own)))
            for one in windows.ids
            if np.isin(ids[own], one).all()
        ]
        one = windows.ids[chosen]
        here = np.flatnonzero(one == ids[own[0]])
        yield (min(int(here[0]) - 1, len(one) - 2 - (int(here[0]) - 1 + len(own))) if len(here) else None), room


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=40), st.integers(4, 20))
def test_nothing_is_dropped(word_lengths, longest):
    ids, words = sentence(word_lengths)
    windows = cut_windows(ids, words, longest)
    assert all(len(one) <= longest and one[0] == 1 and one[-1] == 2 for one in windows.ids)
    assert np.concatenate(windows.ids)[windows.source].tolist() == ids.tolist()
    if len(ids) <= longest:
        assert len(windows.ids) == 1


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 4), min_size=10, max_size=40), st.integers(12, 20))
def test_a_word_is_taken_whole_where_it_stands_most_central(word_lengths, longest):
    ids, words = sentence(word_lengths)
    for taken, possible in most_central(ids, words, longest):
        assert taken == max(possible)


def test_a_word_longer_than_a_window_is_taken_piece_by_piece():
    ids, words = sentence([30])
    windows = cut_windows(ids, words, 12)
    assert np.concatenate(windows.ids)[windows.source].tolist() == ids.tolist()
    starts = np.cumsum([0] + [len(one) for one in windows.ids])
    chosen = np.searchsorted(starts, windows.source[1:-1], side="right") - 1
    assert chosen.tolist() == sorted(chosen.tolist())
    assert len(set(chosen.tolist())) == len(windows.ids)


def test_states_are_laid_out_as_if_read_at_once():
    ids, words = sentence([2] * 20)
    sizes = []

    def read(batch):
        sizes.append(sum(map(len, batch)))
        return torch.from_numpy(np.concatenate(batch))[None, :, None].float()

    states = windowed_states(read, ids, words, 10, 25)
    assert states[0, :, 0].tolist() == ids.tolist()
    assert max(sizes) <= 25


def test_no_room_beside_special_pieces():
    ids, words = sentence([5])
    with pytest.raises(EncoderError, match="A window of 2 pieces leaves no room beside 2 special pieces"):
        cut_windows(ids, words, 2)
