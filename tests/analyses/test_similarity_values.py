from itertools import product

import numpy as np
import pandas as pd
import pytest
from fake_space import FakeSpace, fake_space

from embspace.analyses.similarity import similarity
from embspace.errors import CorpusError, SettingsError

LINKS = ["parallel", "language_a", "word_a", "language_b", "word_b"]


def slow_similarity(space, layer, one, other):
    """The definition: the mean over all pairs of rows that share `parallel`."""
    values = []
    for i, a in space.words.iterrows():
        for j, b in space.words.iterrows():
            if a.language == one and b.language == other and a.parallel == b.parallel and a.found and b.found:
                u, v = space.vectors[layer][[i, j]].astype(float)
                values.append(u @ v / np.linalg.norm(u) / np.linalg.norm(v))
    return np.mean(values), len(values)


def value(result, layer, one, other):
    row = result[(result.layer == layer) & (result.language_a == one) & (result.language_b == other)]
    return float(row["value"].iloc[0]), int(row["n"].iloc[0])


def test_equals_the_definition_with_lost_rows():
    space = fake_space(per_type=4, lost=(1, 9))
    result = similarity(space)
    assert list(result.columns) == ["layer", "language_a", "language_b", "value", "n"]
    assert len(result) == 3 * 9
    for layer in range(3):
        for one in ("be", "en", "tr"):
            for other in ("be", "en", "tr"):
                expected, n = slow_similarity(space, layer, one, other)
                assert value(result, layer, one, other) == (pytest.approx(expected), n)


def test_several_rows_of_a_language_may_share_an_id():
    space = fake_space(per_type=3)
    space.words["parallel"] = space.words["type"]
    for one, other in (("be", "tr"), ("en", "en")):
        expected, n = slow_similarity(space, 2, one, other)
        assert value(similarity(space, -1), 2, one, other) == (pytest.approx(expected), n)


@pytest.mark.parametrize("cells", [1, 12 * 7, 12 * 20])
def test_blocks_of_rows_change_nothing(cells, monkeypatch):
    space = fake_space(per_type=4, lost=(1, 9))
    space.words.loc[space.words["type"] == "LOC", "parallel"] = "one"
    whole = similarity(space)
    monkeypatch.setattr("embspace.analyses.mean_cosines._CELLS", cells)
    pd.testing.assert_frame_equal(similarity(space), whole)
    for one, other in (("be", "tr"), ("en", "en")):
        expected, n = slow_similarity(space, 1, one, other)
        assert value(whole, 1, one, other) == (pytest.approx(expected, abs=1e-6), n)


def test_checkpoints_stand_side_by_side_under_their_names():
    one, other = fake_space(seed=1), fake_space(seed=2, n_layers=2)
    result = similarity([one, other], -1)
    assert list(result.columns) == ["checkpoint", "layer", "language_a", "language_b", "value", "n"]
    assert list(dict.fromkeys(zip(result["checkpoint"], result["layer"], strict=True))) == [
        ("fake", 2),
        ("fake (2)", 1),
    ]
    alone = similarity(other, -1)
    assert np.array_equal(result["value"][9:], alone["value"])
    assert alone.attrs["settings"]["layers"] == [1] and alone.attrs["settings"]["transforms"] == []
    assert [space["n_layers"] for space in result.attrs["settings"]["spaces"]] == [3, 2]
    with pytest.raises(SettingsError, match="no space was given"):
        similarity([])


def test_the_diagonal_is_one_and_both_orders_are_equal():
    result = similarity(fake_space(), -1)
    table = result.pivot(index="language_a", columns="language_b", values="value").to_numpy()
    assert np.allclose(np.diag(table), 1)
    assert np.array_equal(table, table.T)


def test_does_not_change_with_rotation_or_length():
    space = fake_space()
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(12, 12)))[0]
    lengths = np.random.default_rng(2).uniform(0.1, 9, size=(space.n_words, 1))
    turned = FakeSpace(space.vectors @ turn * lengths, space.words, space.sentences)
    assert np.allclose(similarity(turned)["value"], similarity(space)["value"], atol=1e-5)  # pyright: ignore[reportArgumentType]


def test_equal_vectors_are_one_apart_languages_without_a_pair_nan():
    space = fake_space(languages=("be", "en"))
    space.vectors[:] = 2.5
    assert np.allclose(similarity(space)["value"], 1)
    space.words.loc[space.words.language == "en", "parallel"] += "x"
    assert np.isnan(value(similarity(space), 0, "be", "en")[0])
    assert value(similarity(space), 0, "be", "en")[1] == 0


def test_a_space_without_parallel_entities_is_refused():
    space = fake_space()
    space.words["entity"] = None
    with pytest.raises(SettingsError, match="compares parallel entities, and this space has none"):
        similarity(space)


def worded_space(n_layers=3, lost=()):
    """Four sentences of five words in three languages; no entities."""
    space = fake_space(per_type=10, n_layers=n_layers, lost=lost)
    place = np.tile(np.arange(20), 3)
    parallel = [f"s{one}" for one in place // 5]
    space.words = space.words.assign(position=place % 5, parallel=parallel, entity=None, type=None)
    return space


def some_links(space):
    """Links at random, of every pair of languages in either order, some twice, some of words that are not there."""
    rng = np.random.default_rng(4)
    rows = [
        (f"s{rng.integers(5)}", *pair[0], int(rng.integers(6)), *pair[1], int(rng.integers(6)))
        for pair in product([("be",), ("en",), ("tr",)], repeat=2)
        if pair[0] != pair[1]
        for _ in range(25)
    ]
    return pd.DataFrame(rows, columns=LINKS)


def slow_aligned(space, links, layer, one, other):
    """The definition: the mean over the set of pairs of rows that a link joins."""
    at = {(w.parallel, w.language, w.position): i for i, w in space.words.iterrows() if w.found}
    pairs = set()
    for link in links.itertuples():
        a = at.get((link.parallel, link.language_a, link.word_a))
        b = at.get((link.parallel, link.language_b, link.word_b))
        if a is not None and b is not None:
            pairs |= {(a, b), (b, a)} if one != other else {(a, a), (b, b)}
    language = space.words["language"]
    values = []
    for i, j in pairs:
        u, v = space.vectors[layer][[i, j]].astype(float)
        if (language[i], language[j]) == (one, other) and u.any() and v.any():
            values.append(u @ v / np.linalg.norm(u) / np.linalg.norm(v))
    return np.mean(values) if values else np.nan, len(values)


@pytest.mark.parametrize("cells", [1, 12 * 7, 2**21])
def test_aligned_words_equal_the_definition(cells, monkeypatch):
    monkeypatch.setattr("embspace.analyses.mean_cosines._CELLS", cells)
    space = worded_space(lost=(3, 41))
    space.vectors[1, [7, 30]] = 0
    links = some_links(space)
    result = similarity(space, links=links)
    assert list(result.columns) == ["layer", "language_a", "language_b", "value", "n"]
    assert len(result) == 3 * 9 and result.attrs["settings"]["pairs"] == "links"
    for layer, one, other in product(range(3), ("be", "en", "tr"), ("be", "en", "tr")):
        expected, n = slow_aligned(space, links, layer, one, other)
        assert n > 12
        assert value(result, layer, one, other) == (pytest.approx(expected), n)


def test_languages_without_a_link_have_no_similarity():
    space = worded_space()
    links = some_links(space)
    kept = links.loc[(links["language_a"] != "tr") & (links["language_b"] != "tr")]
    result = similarity([space, space], -1, links=kept)
    assert result.columns[0] == "checkpoint" and len(result) == 18
    absent = result.loc[(result["language_a"] == "tr") | (result["language_b"] == "tr")]
    assert len(absent) == 10 and absent["value"].isna().all() and (absent["n"] == 0).all()
    assert result["value"].notna().sum() == 8


def test_links_that_join_nothing_are_refused():
    space = worded_space()
    links = some_links(space)
    with pytest.raises(SettingsError, match="none of these links joins two words"):
        similarity(space, links=links.assign(parallel="elsewhere"))
    with pytest.raises(SettingsError, match="none of these links joins two words"):
        similarity(space, links=links.assign(language_b=links["language_a"]))
    with pytest.raises(CorpusError, match="have no column 'word_b'"):
        similarity(space, links=links.drop(columns="word_b"))
    with pytest.raises(SettingsError, match="give word alignments"):
        similarity(space)
