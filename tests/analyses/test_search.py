import numpy as np
import pytest

from embspace.analyses import search
from embspace.analyses.search import best, nearest_rows
from embspace.errors import SettingsError


def cosine(x, y):
    return x @ y / np.linalg.norm(x) / np.linalg.norm(y)


def slow_mean(x, others, k=10):
    return np.mean(sorted((cosine(x, y) for y in others), reverse=True)[:k])


def slow_csls(x, y, sources, targets):
    """Conneau et al. 2018: 2 cos(x, y) - r_T(x) - r_S(y)."""
    return 2 * cosine(x, y) - slow_mean(x, targets) - slow_mean(y, sources)


def slow(queries, rows, k, value, less=False, own=None):
    indices, values = [], []
    for i, x in enumerate(queries):
        scores = [(value(x, y), j) for j, y in enumerate(rows) if own is None or own[i] != j]
        scores.sort(key=lambda one: (one[0] if less else -one[0], one[1]))
        indices.append([j for _, j in scores[:k]])
        values.append([score for score, _ in scores[:k]])
    return np.array(indices), np.array(values)


@pytest.fixture(params=[search._SMALL, 0], ids=["product", "faiss"])
def way(request, monkeypatch):
    monkeypatch.setattr(search, "_SMALL", request.param)


@pytest.fixture
def sides():
    rng = np.random.default_rng(0)
    return rng.normal(size=(40, 9)) + 1, rng.normal(size=(60, 9)) + 1


def test_equals_brute_force_by_every_metric(way, sides):
    x, y = sides
    values = {
        "cosine": (cosine, False),
        "l2": (lambda a, b: np.linalg.norm(a - b), True),
        "csls": (lambda a, b: slow_csls(a, b, x, y), False),
    }
    for metric, (value, less) in values.items():
        indices, found = nearest_rows(x, y, 4, metric)
        expected, scores = slow(x, y, 4, value, less)
        assert np.array_equal(indices, expected)
        assert np.allclose(found, scores, atol=1e-10)


def test_a_row_is_no_neighbor_of_itself(way, sides):
    x, _ = sides
    own = np.arange(len(x))
    indices, found = nearest_rows(x, x, 3, own=own)
    expected, scores = slow(x, x, 3, cosine, own=own)
    assert np.array_equal(indices, expected)
    assert np.allclose(found, scores)
    indices, found = nearest_rows(x, x, 3, "csls", own=own)
    spread = [slow_mean(one, np.delete(x, i, axis=0)) for i, one in enumerate(x)]
    for i in range(len(x)):
        scores = [2 * cosine(x[i], x[j]) - spread[i] - spread[j] if i != j else -9 for j in range(len(x))]
        assert indices[i].tolist() == np.argsort(scores)[::-1][:3].tolist()
        assert np.allclose(found[i], np.sort(scores)[::-1][:3])


def test_sources_of_csls_are_those_given(sides):
    x, y = sides
    indices, found = nearest_rows(x[:3], y, 4, "csls", sources=x)
    expected, scores = slow(x[:3], y, 4, lambda a, b: slow_csls(a, b, x, y))
    assert np.array_equal(indices, expected)
    assert np.allclose(found, scores)


def test_what_float32_cannot_tell_apart_is_ranked_in_double(monkeypatch):
    monkeypatch.setattr(search, "_SMALL", 0)
    rng = np.random.default_rng(1)
    base = rng.normal(size=32)
    rows = base + 1e-7 * rng.normal(size=(300, 32))
    queries = base + 1e-7 * rng.normal(size=(20, 32))
    exact = np.linalg.norm(queries[:, None] - rows, axis=2)
    indices, found = nearest_rows(queries, rows, 5, "l2")
    assert np.array_equal(indices, np.argsort(exact, axis=1)[:, :5])
    assert np.allclose(found, np.sort(exact, axis=1)[:, :5], rtol=1e-6, atol=0)
    near = base + 1e-4 * (rows - base) * 1e7, base + 1e-4 * (queries - base) * 1e7
    indices, found = nearest_rows(near[1], near[0], 5)
    expected, scores = slow(near[1], near[0], 5, cosine)
    assert np.array_equal(indices, expected)
    assert np.allclose(found, scores, atol=1e-13)


def test_equal_rows_are_ordered_by_number(way):
    rng = np.random.default_rng(2)
    rows = np.repeat(rng.normal(size=(4, 6)), 25, axis=0)[rng.permutation(100)]
    indices, found = nearest_rows(rows[:30], rows, 7)
    for query, line in zip(rows[:30], indices, strict=True):
        assert line.tolist() == np.flatnonzero((rows == query).all(axis=1))[:7].tolist()
    assert np.allclose(found, 1)


def test_no_dependence_on_length_by_cosine_and_on_scale_by_distance(way, sides):
    x, y = sides
    lengths = np.random.default_rng(4).uniform(1e-3, 1e3, size=(60, 1))
    for one, other in ((nearest_rows(x, y, 5), nearest_rows(x, y * lengths, 5)),):
        assert np.array_equal(one[0], other[0])
    small, large = nearest_rows(x * 1e-6, y * 1e-6, 5, "l2"), nearest_rows(x * 1e6, y * 1e6, 5, "l2")
    assert np.array_equal(small[0], large[0])
    assert np.allclose(small[1] * 1e12, large[1])


def test_the_highest_score_with_a_bias(way, sides):
    x, y = sides
    bias = np.random.default_rng(5).normal(size=60)
    indices, scores = best(x, y, 6, bias)
    full = x @ y.T + bias
    assert np.array_equal(indices, np.argsort(-full, axis=1)[:, :6])
    assert np.allclose(scores, -np.sort(-full, axis=1)[:, :6])


def test_more_neighbors_than_rows_are_refused(sides):
    with pytest.raises(SettingsError, match="61 neighbors were asked for among 60 words; possible are 1 to 60"):
        nearest_rows(*sides, 61)
    with pytest.raises(SettingsError, match="metric='dot' is not possible; it is one of cosine, l2, csls"):
        nearest_rows(*sides, 3, "dot")  # pyright: ignore
