"""Windows against a slow reference: words are told by eye, one after the other."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from embspace.errors import EncoderError, SettingsError
from embspace.spaces.recipe import check_windows
from embspace.spaces.windows import cut_windows, windowed_states

WORDS = st.lists(st.integers(1, 9), min_size=1, max_size=40)
HEAD_AND_TAIL = st.tuples(st.integers(0, 2), st.integers(0, 2))
SIZES = st.integers(1, 20).flatmap(lambda room: st.tuples(st.just(room), st.none() | st.integers(0, room - 1)))


def sentence(word_lengths, head=1, tail=1, loose=()):
    """Ids 100, 101, ... between special pieces 1 and 2; words numbered in order, those of `loose` are of no word."""
    words = np.repeat(np.arange(len(word_lengths)), word_lengths)
    owners = np.where(np.isin(words, list(loose)), -1, words)
    ids = np.concatenate([[1] * head, 100 + np.arange(len(words)), [2] * tail]).astype(np.int64)
    return ids, np.concatenate([[-1] * head, owners, [-1] * tail]).astype(np.int64)


def window_starts(body, room, overlap):
    """Windows go on from the first piece until one reaches the end, which it is moved back to."""
    shared = room - room // 2 if overlap is None else overlap
    shared = min(shared, room - 1)
    starts = [0]
    while starts[-1] + room < body:
        starts.append(min(starts[-1] + room - shared, body - room))
    return starts


def slow_source(words, head, tail, room, overlap):
    """For every piece (window, place in it), by looking at every window for every word."""
    body = len(words) - head - tail
    starts = window_starts(body, room, overlap)
    size = min(room, body)
    owners = list(words[head : len(words) - tail])
    chosen = {}
    for place, owner in enumerate(owners):
        unit = [place]
        if owner >= 0:
            unit = [other for other in range(body) if owners[other] == owner]
        if unit[-1] - unit[0] + 1 > size or not any(
            at <= unit[0] and unit[-1] < at + size for at in starts
        ):  # in no window whole
            unit = [place]
        distances = [min(unit[0] - at, at + size - 1 - unit[-1]) for at in starts]
        chosen[place] = max(range(len(starts)), key=lambda one: (distances[one], -one))
    return [(window, head + place - starts[window]) for place, window in chosen.items()]


@settings(deadline=None, max_examples=150)
@given(WORDS, SIZES, HEAD_AND_TAIL)
def test_every_piece_is_taken_where_the_slow_reference_takes_it(word_lengths, sizes, around):
    (room, overlap), (head, tail) = sizes, around
    ids, words = sentence(word_lengths, head, tail)
    windows = cut_windows(ids, words, room + head + tail, overlap)
    edges = np.cumsum([0, *map(len, windows.ids)])
    window = np.searchsorted(edges, windows.source, side="right") - 1
    found = list(zip(window.tolist(), (windows.source - edges[window]).tolist(), strict=True))
    assert found[head : len(ids) - tail] == slow_source(words, head, tail, room, overlap)
    assert len(windows.ids) == len(window_starts(len(ids) - head - tail, room, overlap))


@settings(deadline=None, max_examples=100)
@given(WORDS, SIZES, HEAD_AND_TAIL)
def test_each_piece_is_taken_once_from_windows_that_fit(word_lengths, sizes, around):
    (room, overlap), (head, tail) = sizes, around
    ids, words = sentence(word_lengths, head, tail)
    windows = cut_windows(ids, words, room + head + tail, overlap)
    assert np.concatenate(windows.ids)[windows.source].tolist() == ids.tolist()
    for one in windows.ids:
        assert len(one) <= room + head + tail
        assert one[:head].tolist() == [1] * head
        assert one[len(one) - tail :].tolist() == [2] * tail
    if len(ids) <= room + head + tail:
        assert [one.tolist() for one in windows.ids] == [ids.tolist()]


@settings(deadline=None, max_examples=100)
@given(WORDS, SIZES, HEAD_AND_TAIL)
def test_neighbors_overlap_as_asked_and_the_last_by_no_less(word_lengths, sizes, around):
    (room, overlap), (head, tail) = sizes, around
    ids, words = sentence(word_lengths, head, tail)
    windows = cut_windows(ids, words, room + head + tail, overlap)
    bodies = [set(one[head : len(one) - tail].tolist()) for one in windows.ids]
    shared = [len(one & other) for one, other in pairwise(bodies)]
    wanted = min(room - room // 2, room - 1) if overlap is None else overlap
    assert all(count == wanted for count in shared[:-1])
    assert all(count >= wanted for count in shared[-1:])
    assert all(len(one) == min(room, len(ids) - head - tail) for one in bodies)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 4), min_size=10, max_size=40), st.integers(8, 20), st.data())
def test_a_word_is_never_split_where_a_window_holds_it_whole(word_lengths, room, data):
    overlap = data.draw(st.integers(0, room - 1))
    ids, words = sentence(word_lengths)
    windows = cut_windows(ids, words, room + 2, overlap)
    edges = np.cumsum([0, *map(len, windows.ids)])
    window = np.searchsorted(edges, windows.source, side="right") - 1
    for word in range(len(word_lengths)):
        own = ids[words == word]
        if any(np.isin(own, one).all() for one in windows.ids):
            assert len(set(window[words == word].tolist())) == 1
    if overlap >= 3:  # no word is longer than four pieces
        assert all(len(set(window[words == word].tolist())) == 1 for word in range(len(word_lengths)))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 3), min_size=3, max_size=30), st.integers(3, 12), st.data())
def test_pieces_of_no_word_inside_a_sentence_stand_alone(word_lengths, room, data):
    inner = list(range(1, len(word_lengths) - 1))
    loose = data.draw(st.lists(st.sampled_from(inner), unique=True) if inner else st.just([]))
    ids, words = sentence(word_lengths, loose=loose)
    windows = cut_windows(ids, words, room + 2, 1)
    assert np.concatenate(windows.ids)[windows.source].tolist() == ids.tolist()
    edges = np.cumsum([0, *map(len, windows.ids)])
    window = np.searchsorted(edges, windows.source, side="right") - 1
    taken = list(zip(window.tolist(), (windows.source - edges[window]).tolist(), strict=True))
    assert taken[1:-1] == slow_source(words, 1, 1, room, 1)


def test_windows_of_64_that_overlap_by_8():
    ids, words = sentence([1] * 200)
    windows = cut_windows(ids, words, 64, 8)
    firsts = [int(one[1]) - 100 for one in windows.ids]
    assert firsts == [0, 54, 108, 138]  # 62 pieces of its own each; the last ends with the sentence
    assert {len(one) for one in windows.ids} == {64}


def test_a_word_longer_than_a_window_is_taken_piece_by_piece():
    ids, words = sentence([30])
    windows = cut_windows(ids, words, 12)
    assert np.concatenate(windows.ids)[windows.source].tolist() == ids.tolist()
    starts = np.cumsum([0] + [len(one) for one in windows.ids])
    chosen = np.searchsorted(starts, windows.source[1:-1], side="right") - 1
    assert chosen.tolist() == sorted(chosen.tolist())
    assert len(set(chosen.tolist())) == len(windows.ids)


@pytest.mark.parametrize("overlap", [None, 0, 3])
def test_states_are_laid_out_as_if_read_at_once(overlap):
    ids, words = sentence([2] * 20)
    sizes = []

    def read(batch):
        sizes.append(sum(map(len, batch)))
        return torch.from_numpy(np.concatenate(batch))[None, :, None].float()

    states = windowed_states(read, ids, words, 10, 25, overlap)
    assert states[0, :, 0].tolist() == ids.tolist()
    assert max(sizes) <= 25


def test_a_sentence_without_words_is_read_too():
    ids = np.arange(10)
    windows = cut_windows(ids, np.full(10, -1), 4)
    assert np.concatenate(windows.ids)[windows.source].tolist() == ids.tolist()


def test_no_room_beside_special_pieces():
    ids, words = sentence([5])
    with pytest.raises(EncoderError, match="A window of 2 pieces leaves no room beside 2 special pieces"):
        cut_windows(ids, words, 2)


@pytest.mark.parametrize("overlap", [-1, 8, 9])
def test_windows_that_would_not_advance(overlap):
    ids, words = sentence([5])
    with pytest.raises(SettingsError, match=rf"cannot overlap by {overlap} pieces: a window of 10 .* give 0 to 7"):
        cut_windows(ids, words, 10, overlap)
    with pytest.raises(SettingsError, match=r"give 0 to 7"):
        windowed_states(lambda batch: torch.zeros(1, 1, 1), ids, words, 10, 100, overlap)


def test_settings_are_checked_before_there_is_a_sentence():
    check_windows(None, None)
    check_windows(64, 8)
    check_windows(None, 8)
    for window, overlap, said in [
        (0, None, "A window of 0 pieces holds nothing"),
        (64, -1, "cannot overlap by -1 pieces"),
        (64, 64, "Windows of 64 pieces cannot overlap by 64; give at most 63"),
    ]:
        with pytest.raises(SettingsError, match=said):
            check_windows(window, overlap)
