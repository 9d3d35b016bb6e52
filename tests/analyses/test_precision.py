import numpy as np
import pandas as pd
import pytest
from fake_space import FakeSpace, fake_space

from embspace.analyses.precision import COLUMNS, precision_at_k
from embspace.errors import SettingsError

WORDS = ["language_a", "word_a", "language_b", "word_b"]


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def slow_ranks(queries, targets, gold):
    """The rank of the nearest right target; of equally near ones all wrong ones count as nearer."""
    ranks = []
    for query, right in zip(queries, gold, strict=True):
        scores = unit(targets) @ unit(query)
        best = max(scores[j] for j in right)
        ranks.append(1 + sum(score >= best - 1e-12 for j, score in enumerate(scores) if j not in right))
    return np.array(ranks)


def values(result, layer, one, other):
    chosen = result[(result.layer == layer) & (result.language_a == one) & (result.language_b == other)]
    return chosen["value"].tolist()


def test_parallel_entities_seek_their_partners_both_ways():
    space = fake_space(lost=(5,))
    result = precision_at_k(space, k=(1, 3))
    assert list(result.columns) == COLUMNS
    assert len(result) == 3 * 6 * 2
    for layer in range(3):
        for one in ("be", "en", "tr"):
            for other in {"be", "en", "tr"} - {one}:
                sides = [space.words[(space.words.language == code) & space.words.found] for code in (one, other)]
                partners = [
                    [list(sides[1].parallel).index(p)] if p in set(sides[1].parallel) else [] for p in sides[0].parallel
                ]
                asking = [i for i, right in enumerate(partners) if right]
                vectors = space.vectors[layer].astype(float)
                queries = vectors[sides[0].index[asking]]
                ranks = slow_ranks(queries, vectors[sides[1].index], [partners[i] for i in asking])
                assert values(result, layer, one, other) == pytest.approx([(ranks <= k).mean() for k in (1, 3)])
    line = result[(result.language_a == "en") & (result.language_b == "be")].iloc[0]
    assert (line["n"], line["candidates"], line["missing"]) == (15, 15, 0)
    assert result.attrs["settings"]["pairs"] == "parallel entities"


def many_words(n=120, forms=15, seed=0):
    """Words that occur several times; a form of one language lies near the form of the same number in the other."""
    rng = np.random.default_rng(seed)
    space = fake_space(languages=("be", "en"), per_type=n // 4, dim=6)
    number = rng.integers(0, forms, space.n_words)
    middles = rng.normal(size=(forms, 6))
    space.words["text"] = [f"{code}{i}" for code, i in zip(space.words["language"], number, strict=True)]
    space.vectors[:] = middles[number] + 0.7 * rng.normal(size=space.vectors.shape)
    return space


def dictionary(forms):
    """Each form and its translation, one form with two."""
    pairs = [("be", f"be{i}", "en", f"EN{i}") for i in range(forms)] + [("be", "be0", "en", "en1")]
    return pd.DataFrame([*pairs, ("be", "be0", "en", "nothing")], columns=WORDS)


@pytest.mark.parametrize("metric", ["cosine", "l2", "csls"])
def test_words_of_a_dictionary_are_means_of_their_occurrences(metric):
    space = many_words()
    result = precision_at_k(space, dictionary(15), layer=-1, k=(1, 2, 5), metric=metric)
    forms = {code: sorted(set(space.words.text[space.words.language == code])) for code in ("be", "en")}
    means = {
        code: np.array([space.vectors[2][space.words.text == f].astype(float).mean(axis=0) for f in forms[code]])
        for code in forms
    }
    for one, other in (("be", "en"), ("en", "be")):
        gold = []
        for form in forms[one]:
            number = int(form[2:])
            extra = {("be", 0): [1], ("en", 1): [0]}.get((one, number), [])
            gold.append([forms[other].index(f"{other}{i}") for i in [number, *extra]])
        queries, targets = means[one], means[other]
        if metric == "cosine":
            scores = unit(queries) @ unit(targets).T
        elif metric == "l2":
            scores = -np.linalg.norm(queries[:, None] - targets, axis=2)
        else:
            cosines = unit(queries) @ unit(targets).T
            near = -np.sort(-cosines, axis=1)[:, :10].mean(axis=1), -np.sort(-cosines.T, axis=1)[:, :10].mean(axis=1)
            scores = 2 * cosines - near[0][:, None] - near[1]
        ranks = []
        for line, right in zip(scores, gold, strict=True):
            ranks.append(1 + sum(line[j] >= max(line[right]) for j in range(len(line)) if j not in right))
        expected = [np.mean(np.array(ranks) <= k) for k in (1, 2, 5)]
        assert values(result, 2, one, other) == pytest.approx(expected)
        assert (result["missing"] == 1).all()
        assert (result["n"] == 15).all()


def test_forms_are_compared_as_written_where_that_is_asked_for():
    space = many_words()
    with pytest.raises(SettingsError, match="None of the 1 pairs of this dictionary has both words in the space"):
        precision_at_k(space, {("be", "en"): [("be0", "EN0")]}, lower=False)
    result = precision_at_k(space, {("be", "en"): [("be0", "en0"), ("be2", "EN2")]}, lower=False, layer=0, k=[1])
    assert result["n"].tolist() == [1, 1]
    assert result["missing"].tolist() == [1, 1]


def linked():
    """Two parallel sentences of five words each in two languages, word i beside word i, and two rows more."""
    rng = np.random.default_rng(3)
    rows, n = [], 5
    for sentence, (code, parallel) in enumerate((c, p) for c in ("be", "en") for p in ("a", "b", "c")):
        for position in range(n):
            rows.append((f"{code}{position}", code, sentence, 0, 3, position, None, None, None, parallel, 1, "x", True))
    words = pd.DataFrame(rows, columns=fake_space().words.columns)
    return FakeSpace(rng.normal(size=(2, len(rows), 4)), words, fake_space().sentences)


def test_aligned_occurrences_seek_their_partners():
    space = linked()
    links = [("a", "be", i, "en", (i + 1) % 5) for i in range(5)] + [("a", "be", 0, "en", 4), ("b", "be", 2, "en", 2)]
    links = pd.DataFrame(
        [*links, ("b", "be", 9, "en", 9)], columns=["parallel", "language_a", "word_a", "language_b", "word_b"]
    )
    result = precision_at_k(space, links=links, k=(1, 4))
    vectors = space.vectors[1].astype(float)
    gold = {i: [15 + (i + 1) % 5] for i in range(5)} | {7: [22]}
    gold[0].append(19)
    # Sentence c has no link, so its words take no part.
    targets = list(range(15, 25))
    ranks = slow_ranks(vectors[list(gold)], vectors[targets], [[targets.index(j) for j in js] for js in gold.values()])
    assert values(result, 1, "be", "en") == pytest.approx([(ranks <= k).mean() for k in (1, 4)])
    assert result["candidates"].tolist() == [10] * 8
    one = precision_at_k(space, links=links, sample=1)
    assert set(one["n"]) in ({5, 6}, {1})


def test_equal_vectors_score_by_chance_at_most():
    space = fake_space(languages=("be", "en"))
    space.vectors[:] = 1.5
    assert precision_at_k(space, k=(1, 5, 15, 16))["value"].tolist() == [0, 0, 0, 1] * 6


def test_what_is_not_possible_is_refused():
    space = fake_space()
    with pytest.raises(SettingsError, match=r"k=\(0,\) is not possible"):
        precision_at_k(space, k=(0,))
    with pytest.raises(SettingsError, match="no column 'word_b'"):
        precision_at_k(space, pd.DataFrame(columns=WORDS[:3]))
    space.words["entity"] = None
    with pytest.raises(SettingsError, match="No two entities are in this space as parallel"):
        precision_at_k(space)
