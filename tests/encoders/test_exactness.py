"""The contract of extraction for any model: what is stored is what a plain loop over transformers gives."""

from copy import copy
from itertools import accumulate

import numpy as np
import pytest
from slow_reference import SlowModel
from tiny_models import ARCHITECTURES, TOKENIZERS

from embspace.corpora.records import Corpus, Entity, Sentence
from embspace.encoders.devices import on_threads, threads_each
from embspace.errors import EncoderError, SettingsError
from embspace.spaces.extraction import extract
from embspace.spaces.recipe import POOLINGS
from embspace.workspace import Workspace

OWN = [(name, one.tokenizer) for name, one in ARCHITECTURES.items()]
# Every tokenizer with an encoder and with a decoder: with those of these two that it does not come with.
CROSSED = [(name, tokenizer) for tokenizer in TOKENIZERS for name in ("bert", "llama") if (name, tokenizer) not in OWN]

LONG = ["Washington", "was", "the", "first", "president", "of", "the", "United", "States", ";", "Вашынгтон", "."] * 9
SENTENCES = [
    LONG,
    ["Washington"],
    ["a"],
    ["New", "", "York", "."],
    [],
    ["Вашингтон", "был", "первым", "президентом", "."],
    ["I", "am", "going", "to", "😀", "👩🏽‍🔬", "🇧🇾", "!"],
    ["[SEP]", "</s>", "<pad>", "[PAD]", "<s>", "<|endoftext|>", "<unk>", "[MASK]"],
    ["Washington", "\u200b", "\x00", "\ufeff", "was", "\u00ad"],
    ["\u200b"],
    [""],
    ["東京", "は", "日本", "वॉशिंगटन", "واشنطن", "Ουάσινγκτον", "กรุงเทพ"],
    ["Donaudampfschifffahrtsgesellschaft" * 3, "is", "long"],
    ["a b", " c", "d ", "it's"],
    ["Washington"],
    ["Вашингтон", "был", "первым", "президентом", "."],
]
CORPUS = Corpus("all sorts", [Sentence(tuple(words), "en", source=str(at)) for at, words in enumerate(SENTENCES)])
FIRST_ROWS = [0, *accumulate(map(len, SENTENCES))]


@pytest.fixture(scope="session")
def slow(checkpoint):
    """The slow model of an architecture and a tokenizer, its own unless named."""
    opened = {}

    def of(name, tokenizer=None, **settings):
        tokenizer = tokenizer or ARCHITECTURES[name].tokenizer
        if (name, tokenizer) not in opened:
            opened[name, tokenizer] = SlowModel(checkpoint(name, tokenizer), TOKENIZERS[tokenizer].blank)
        model = copy(opened[name, tokenizer])
        vars(model).update({"limit": ARCHITECTURES[name].limit} | settings)
        return model

    return of


@pytest.fixture(scope="session")
def expected(slow):
    """(layers, words, dim) of the corpus by the slow model, NaN where there is nothing; computed once."""
    known = {}

    def rows(name, tokenizer):
        if (name, tokenizer) not in known:
            known[name, tokenizer] = by_hand(slow(name, tokenizer), CORPUS)
        return known[name, tokenizer]

    return rows


def vectors(space):
    return np.stack([space.layer(layer) for layer in range(space.n_layers)])


def by_hand(model, corpus, how="mean", spans=None):
    """(layers, rows, dim) of a corpus by a slow model: of its words, or of a span of each sentence."""
    found = []
    for number, sentence in enumerate(corpus):
        words = [(at, at + 1) for at in range(len(sentence.words))]
        found += model.vectors(sentence, words if spans is None else [spans[number]], how)
    nothing = np.full_like(next(one for one in found if one is not None), np.nan)
    return np.stack([nothing if one is None else one for one in found], axis=1)


def pieces_of(model, corpus):
    """How many pieces each word of a corpus has, and how they are written."""
    counts, texts = [], []
    for sentence in corpus:
        ids, owners = model.pieces(sentence)
        for word in range(len(sentence.words)):
            own = [one for one, some in zip(ids, owners, strict=True) if word in some]
            counts.append(len(own))
            texts.append(" ".join(model.tokenizer.convert_ids_to_tokens(own)))
    return counts, texts


def assert_same(found, wanted, tolerance=1e-4):
    assert found.shape == wanted.shape
    assert np.array_equal(np.isnan(found).all(axis=(0, 2)), np.isnan(found).any(axis=(0, 2)))
    np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("name", "tokenizer"), OWN + CROSSED)
def test_words_are_those_of_a_plain_loop(name, tokenizer, checkpoint, expected, slow):
    space = extract(checkpoint(name, tokenizer), CORPUS, targets="words", stored_dtype="float32")
    wanted = expected(name, tokenizer)
    assert_same(vectors(space), wanted)
    counts, texts = pieces_of(slow(name, tokenizer), CORPUS)
    assert space.words.n_pieces.tolist() == counts
    assert space.words.pieces.tolist() == texts
    assert space.words.found.tolist() == [count > 0 for count in counts]
    missing = ~space.words.found.to_numpy()
    assert np.isnan(vectors(space)[:, missing]).all()
    assert missing[[FIRST_ROWS[3] + 1, FIRST_ROWS[10]]].all()  # the empty words, in any model
    assert not np.isnan(vectors(space)[:, ~missing]).any()


@pytest.mark.parametrize(("name", "tokenizer"), OWN)
@pytest.mark.parametrize(
    "settings",
    [{"token_budget": 45, "shard_bytes": 12_000}, {"token_budget": 1, "shard_bytes": 1}],
    ids=["small", "one by one"],
)
def test_nothing_depends_on_batches_and_shards(name, tokenizer, settings, opened, expected):
    space = extract(opened(name), CORPUS, targets="words", stored_dtype="float32", **settings)
    assert_same(vectors(space), expected(name, tokenizer))


@pytest.mark.parametrize(("name", "tokenizer"), OWN)
def test_nothing_depends_on_the_order_and_the_company_of_sentences(name, tokenizer, opened, expected):
    wanted = expected(name, tokenizer)
    order = np.random.default_rng(3).permutation(len(CORPUS))
    mixed = Corpus("mixed", [CORPUS[at] for at in order])
    rows = np.concatenate([np.arange(FIRST_ROWS[at], FIRST_ROWS[at + 1]) for at in order])
    assert_same(vectors(extract(opened(name), mixed, targets="words", stored_dtype="float32")), wanted[:, rows])
    some = Corpus("some", CORPUS[5:9])
    found = vectors(extract(opened(name), some, targets="words", stored_dtype="float32"))
    assert_same(found, wanted[:, FIRST_ROWS[5] : FIRST_ROWS[9]])


def test_repeated_sentences_have_equal_vectors(opened, expected):
    for name, tokenizer in OWN:
        wanted = expected(name, tokenizer)
        assert np.array_equal(wanted[:, FIRST_ROWS[1]], wanted[:, FIRST_ROWS[14]], equal_nan=True)
    space = extract(opened("bert"), CORPUS, targets="words", stored_dtype="float32")
    np.testing.assert_allclose(
        vectors(space)[:, FIRST_ROWS[5] : FIRST_ROWS[6]], vectors(space)[:, FIRST_ROWS[15] :], atol=1e-6
    )


@pytest.mark.parametrize("name", ["bert"])
def test_nothing_depends_on_the_number_of_workers(name, checkpoint, expected, tmp_path):
    settings = {"targets": "words", "stored_dtype": "float32", "shard_bytes": 8000}
    spaces = []
    for workers in (1, 2):
        with on_threads(threads_each(2)):  # as each of two has them
            workspace = Workspace(tmp_path / str(workers))
            spaces.append(extract(checkpoint(name), CORPUS, workers=workers, workspace=workspace, **settings))
    assert_same(vectors(spaces[1]), expected(name, ARCHITECTURES[name].tokenizer))
    assert spaces[0].fingerprint == spaces[1].fingerprint
    assert spaces[0].words.equals(spaces[1].words)
    assert np.array_equal(vectors(spaces[0]), vectors(spaces[1]), equal_nan=True)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize(("name", "tokenizer"), OWN)
def test_half_precision_points_the_same_way(name, tokenizer, dtype, checkpoint, expected):
    space = extract(checkpoint(name), CORPUS, targets="words", dtype=dtype, stored_dtype="float32")
    wanted = expected(name, tokenizer)
    there = np.linalg.norm(wanted, axis=-1).min(axis=0) > 0  # not NaN, nor the padding piece's embedding
    assert there.sum() > 100
    found, wanted = vectors(space)[:, there], wanted[:, there]
    lengths = np.linalg.norm(found, axis=-1) * np.linalg.norm(wanted, axis=-1)
    cosines = (found * wanted).sum(axis=-1) / lengths
    assert cosines.min() >= 0.999, cosines.min(axis=1)


@pytest.mark.parametrize(("window", "overlap"), [(64, 8), (20, 5), (20, None), (20, 0), (7, 4)])
@pytest.mark.parametrize("name", ["bert", "t5", "llama"])
def test_windows_are_as_long_and_overlap_as_asked(name, window, overlap, opened, slow):
    """T5 has no limit of its own, BERT and Llama read 40 pieces: a longer window is cut to what the model reads."""
    model = slow(name, limit=min(window, ARCHITECTURES[name].limit), overlap=overlap)
    corpus = Corpus("long and short", [CORPUS[0], CORPUS[3], CORPUS[12]])
    space = extract(opened(name), corpus, targets="words", stored_dtype="float32", window=window, overlap=overlap)
    assert_same(vectors(space), by_hand(model, corpus))


def test_windows_that_cannot_be(opened):
    for settings, said in [
        ({"window": 0}, "0"),
        ({"window": 10, "overlap": 10}, "10"),
        ({"overlap": -1}, "-1"),
        ({"window": 10, "overlap": 9}, "overlap by 9"),  # two of the ten pieces are special
    ]:
        with pytest.raises(SettingsError, match=said):
            extract(opened("bert"), CORPUS, targets="words", **settings)
    with pytest.raises(EncoderError, match="A window of 2 pieces leaves no room beside 2 special pieces"):
        extract(opened("bert"), CORPUS, targets="words", window=2)


NAMED = Corpus(
    "named",
    [
        Sentence(tuple(words.split()), "en", entity=Entity(start, stop, "LOC", "Q1"))
        for words, start, stop in [
            ("I am going to San Francisco , and then to New York .", 4, 6),
            ("the United States of America", 1, 5),
            ("Washington", 0, 1),
            ("Вашынгтон быў першым прэзідэнтам Злучаных Штатаў .", 4, 6),
            ("Washington and \u200b New York", 2, 3),
            (" ".join(LONG), 78, 81),
        ]
    ],
)


@pytest.mark.parametrize("how", POOLINGS)
@pytest.mark.parametrize("name", ["bert", "gpt2"])
def test_words_and_spans_are_pooled_as_by_hand(name, how, opened, slow):
    model = slow(name)
    spans = [(one.entity.start, one.entity.stop) for one in NAMED]
    for targets, wanted in (("words", by_hand(model, NAMED, how)), ("entities", by_hand(model, NAMED, how, spans))):
        space = extract(opened(name), NAMED, targets=targets, pooling=how, stored_dtype="float32")
        assert_same(vectors(space), wanted)
        assert space.words.found.tolist() == (~np.isnan(wanted[0, :, 0])).tolist()


def written(text, *words):
    """A sentence of running text; its words are given, and are found in it one after the other."""
    offsets, at = [], 0
    for word in words or text.split():
        start = text.index(word, at)
        at = start + len(word)
        offsets.append((start, at))
    return Sentence(tuple(words or text.split()), "en", text=text, offsets=tuple(offsets))


TEXTS = Corpus(
    "running texts",
    [
        written("Washington was the first president."),
        written("I am going to San Francisco, and then to New York.", "San", "Francisco", ",", "York"),
        written("東京は日本の首都です。", "東京", "は", "日本", "の", "首都", "です", "。"),
        written("was Washington", "was", "Wa", "shing", "ton"),
        written(
            "e\u0301 a\u200b b \u200b 👩🏽‍🔬😀 it's", "e", "\u0301", "a\u200b", "\u200b", "👩🏽‍🔬", "😀", "it", "'", "s"
        ),
        written("[SEP] and </s> and <pad>"),
        written("a" * 90 + " then", "a" * 30, "a" * 60, "then"),
        written(" ".join(LONG)),
        Sentence((), "en"),
    ],
)


@pytest.mark.parametrize(("name", "tokenizer"), OWN)
def test_running_text_is_read_as_it_is_written(name, tokenizer, opened, slow):
    model = slow(name, tokenizer, as_text=True)
    wanted = by_hand(model, TEXTS)
    counts, texts = pieces_of(model, TEXTS)
    for settings in ({}, {"token_budget": 45, "shard_bytes": 4000}):
        space = extract(opened(name), TEXTS, targets="words", tokenize_as="text", stored_dtype="float32", **settings)
        assert_same(vectors(space), wanted)
        assert space.words.n_pieces.tolist() == counts
        assert space.words.pieces.tolist() == texts


def test_a_piece_of_running_text_counts_for_each_of_its_words(opened):
    space = extract(opened("llama"), TEXTS, targets="words", tokenize_as="text", stored_dtype="float32")
    rows = space.words.index[space.words.sentence == 3]
    assert space.words.pieces[rows].tolist() == ["▁was", "▁Washingt", "▁Washingt", "▁Washingt o n"]
    found = vectors(space)[:, rows]
    assert np.array_equal(found[:, 1], found[:, 2])
    assert not np.allclose(found[:, 2], found[:, 3], atol=0.01)
