"""The contract of extraction for any model: what is stored is what a plain loop over transformers gives."""

from itertools import accumulate

import numpy as np
import pytest
from slow_reference import SlowModel
from tiny_models import ARCHITECTURES, TOKENIZERS

from embspace.corpora.records import Corpus, Entity, Sentence
from embspace.spaces.extraction import extract
from embspace.spaces.pooling import POOLINGS
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


def slow(checkpoint, name, tokenizer):
    blank = TOKENIZERS[tokenizer].blank
    return SlowModel(checkpoint(name, tokenizer), ARCHITECTURES[name].limit, blank)


@pytest.fixture(scope="session")
def expected(checkpoint):
    """(layers, words, dim) of the corpus by the slow model, NaN where there is nothing; computed once."""
    known = {}

    def rows(name, tokenizer):
        if (name, tokenizer) not in known:
            model = slow(checkpoint, name, tokenizer)
            found = []
            for sentence in CORPUS:
                found += model.vectors(sentence, [(at, at + 1) for at in range(len(sentence.words))])
            nothing = np.full_like(found[0], np.nan)
            known[name, tokenizer] = np.stack([nothing if one is None else one for one in found], axis=1)
        return known[name, tokenizer]

    return rows


def vectors(space):
    return np.stack([space.layer(layer) for layer in range(space.n_layers)])


def pieces_of(model):
    """How many pieces each word of the corpus has, and how they are written."""
    counts, texts = [], []
    for sentence in CORPUS:
        ids, owners = model.pieces(sentence)
        for word in range(len(sentence.words)):
            own = [one for one, owner in zip(ids, owners, strict=True) if owner == word]
            counts.append(len(own))
            texts.append(" ".join(model.tokenizer.convert_ids_to_tokens(own)))
    return counts, texts


def assert_same(found, wanted, tolerance=1e-4):
    assert found.shape == wanted.shape
    assert np.array_equal(np.isnan(found).all(axis=(0, 2)), np.isnan(found).any(axis=(0, 2)))
    np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("name", "tokenizer"), OWN + CROSSED)
def test_words_are_those_of_a_plain_loop(name, tokenizer, checkpoint, expected):
    space = extract(checkpoint(name, tokenizer), CORPUS, targets="words", stored_dtype="float32")
    wanted = expected(name, tokenizer)
    assert_same(vectors(space), wanted)
    counts, texts = pieces_of(slow(checkpoint, name, tokenizer))
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
    [{"token_budget": 45}, {"token_budget": 100_000}, {"shard_bytes": 4000}, {"shard_bytes": 1, "token_budget": 1}],
    ids=["small batches", "one batch", "small shards", "one by one"],
)
def test_nothing_depends_on_batches_and_shards(name, tokenizer, settings, opened, expected, checkpoint):
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


@pytest.mark.parametrize("name", ["bert", "gpt2"])
def test_nothing_depends_on_the_number_of_workers(name, checkpoint, expected, tmp_path):
    settings = {"targets": "words", "stored_dtype": "float32", "shard_bytes": 8000}
    spaces = [
        extract(checkpoint(name), CORPUS, workers=workers, workspace=Workspace(tmp_path / str(workers)), **settings)
        for workers in (1, 3)
    ]
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
    assert (cosines.mean(axis=1) >= 0.999).all(), cosines.mean(axis=1)
    assert cosines.min() >= 0.99
    assert space.fingerprint != extract(checkpoint(name), CORPUS, targets="words", stored_dtype="float32").fingerprint


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
def test_words_and_spans_are_pooled_as_by_hand(name, how, opened, checkpoint):
    model = slow(checkpoint, name, ARCHITECTURES[name].tokenizer)
    for targets in ("words", "entities"):
        space = extract(opened(name), NAMED, targets=targets, pooling=how, stored_dtype="float32")
        found = []
        for sentence in NAMED:
            words = [(at, at + 1) for at in range(len(sentence.words))]
            entity = [(sentence.entity.start, sentence.entity.stop)]
            found += model.vectors(sentence, words if targets == "words" else entity, how)
        nothing = np.full_like(found[0], np.nan)
        wanted = np.stack([nothing if one is None else one for one in found], axis=1)
        assert_same(vectors(space), wanted)
        assert space.words.found.tolist() == [one is not None for one in found]
