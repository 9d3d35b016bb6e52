from itertools import pairwise

import numpy as np
import pytest
import torch

from embspace.corpora.records import Sentence
from embspace.encoders.tokenizing import Cut
from embspace.errors import EncoderError, SettingsError
from embspace.training.tasks.heads import outline
from embspace.training.windows import check_windows, n_labels, n_pieces, pad_piece, pad_windows, windows_of

KINDS = ["bert", "xlm-roberta", "roberta", "deberta-v2", "gpt2"]
TEXT = "Washington was the first president of the United States and then São Tomé , it's New York ."
LONG = tuple(TEXT.split())


def cut_of(folder):
    known = outline(folder)
    return Cut(folder, known.tokenizer, known.n_pieces)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("length", "overlap"), [(12, 4), (9, 0), (30, None), (40, 8)])
def test_nothing_is_discarded_and_each_piece_is_taken_once(tiny, kind, length, overlap):
    cut = cut_of(tiny(kind))
    sentences = [Sentence(LONG, "en"), Sentence(("Washington",), "en"), Sentence(LONG[::-1], "en")]
    examples = windows_of(sentences, cut, length, overlap, [range(len(one.words)) for one in sentences])
    whole = cut.tokenize(sentences)
    assert max(map(len, examples)) <= length
    for number, (start, size) in enumerate(zip(whole.starts, whole.lengths, strict=True)):
        mine = [one for one in examples if one.sentence == number]
        words = whole.words[start : start + size]
        assert sum(int(one.taken.sum()) for one in mine) == size
        assert {*np.concatenate([one.words for one in mine])} == {*words}
        taken = np.sort(np.concatenate([one.words[one.taken] for one in mine]))
        np.testing.assert_array_equal(taken, np.sort(words), "each piece once")
        firsts = np.sort(np.concatenate([one.words[one.first & one.taken] for one in mine]))
        np.testing.assert_array_equal(firsts, np.arange(len(sentences[number].words)), "each word once")
        for one in mine:
            assert all(one.labels[one.first] == one.words[one.first])
            assert all(one.labels[~one.first] == -100)
            assert one.language == "en"


def test_neighbors_share_as_many_pieces_as_asked(tiny):
    cut = cut_of(tiny("bert"))
    ids = cut.tokenize([Sentence(LONG, "en")]).ids[1:-1]
    windows = [one.ids[1:-1] for one in windows_of([Sentence(LONG, "en")], cut, 14, 4)]
    assert len(windows) > 2
    starts = [next(at for at in range(len(ids)) if np.array_equal(ids[at : at + 12], one)) for one in windows]
    assert {two - one for one, two in pairwise(starts[:-1])} == {12 - 4}
    assert starts[-1] + 12 == len(ids)


def test_batches_are_padded_on_the_right(tiny):
    cut = cut_of(tiny("roberta"))
    sentences = [Sentence(LONG[:2], "en"), Sentence(LONG[:5], "en")]
    short, long = windows_of(sentences, cut, 40, 8, [[7, 8], [1, 2, 3, 4, 5]])
    batch = pad_windows([short, long], pad=1)
    assert {name: tuple(one.shape) for name, one in batch.items()} == dict.fromkeys(batch, (2, len(long)))
    assert batch["input_ids"][0].tolist() == [*short.ids.tolist(), *[1] * (len(long) - len(short))]
    assert batch["attention_mask"].sum(dim=1).tolist() == [len(short), len(long)]
    assert set(batch["labels"][0].tolist()) == {7, 8, -100}
    assert (n_pieces(batch), n_labels(batch)) == (len(short) + len(long), 7)
    assert all(one.dtype == torch.int64 for one in batch.values())


def test_rows_are_filled_with_a_piece_that_the_model_has(tiny):
    assert pad_piece(outline(tiny("roberta")).tokenizer) == 1
    gpt2 = outline(tiny("gpt2")).tokenizer
    assert gpt2.pad_token_id is None
    assert pad_piece(gpt2) == 0
    gpt2.add_special_tokens({"pad_token": "<|more|>"})
    assert gpt2.pad_token_id == outline(tiny("gpt2")).n_pieces, "the model has no such piece"
    assert pad_piece(gpt2) == 0


def test_windows_that_do_not_work_are_refused_before_any_text_is_seen(tiny):
    cut = cut_of(tiny("bert"))
    check_windows(cut, 3, 0)
    with pytest.raises(EncoderError, match="no room"):
        check_windows(cut, 2, 0)
    with pytest.raises(SettingsError, match="cannot overlap by 8 pieces"):
        check_windows(cut, 10, 8)
