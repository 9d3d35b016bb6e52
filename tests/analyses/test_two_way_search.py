"""Both directions of a search by one product, beside the search of one direction and all pairs written out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embspace.analyses import two_way_search
from embspace.analyses.search import nearest_rows
from embspace.analyses.two_way_search import sides, two_way


def slow(one, other, k, metric):
    """(n, k) nearest rows by number, from the formulas."""
    x, y = one.astype(float), other.astype(float)
    if metric == "l2":
        scores = -np.linalg.norm(x[:, None] - y[None], axis=2)
    else:
        x, y = (side / np.linalg.norm(side, axis=1, keepdims=True) for side in (x, y))
        scores = x @ y.T
        if metric == "csls":
            r_t = np.sort(scores, axis=1)[:, -10:].mean(axis=1)
            r_s = np.sort(scores, axis=0)[-10:].mean(axis=0)
            scores = 2 * scores - r_t[:, None] - r_s
    order = np.lexsort((np.broadcast_to(np.arange(len(y)), scores.shape), -scores.round(10)), axis=1)
    return np.sort(order[:, :k], axis=1)


def made(seed, n, dim, near=1.0, repeated=0):
    """Vectors about a common direction, some of them more than once."""
    rng = np.random.default_rng(seed)
    rows = (rng.normal(size=(n, dim)) * near + rng.normal(size=dim)).astype(np.float32)
    rows[rng.integers(n, size=repeated)] = rows[0]
    return rows


@pytest.mark.parametrize("metric", ["cosine", "l2", "csls"])
@given(
    seed=st.integers(0, 10_000), sizes=st.tuples(st.integers(1, 70), st.integers(1, 70)), cells=st.integers(40, 9000)
)
@settings(deadline=None, max_examples=15)
def test_both_directions_equal_all_pairs(metric, seed, sizes, cells):
    one, other = made(seed, sizes[0], 9), made(seed, sizes[1], 9)[::-1]
    k = min(4, sizes[1]), min(4, sizes[0])
    held = sides({"a": one, "b": other}, metric)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(two_way_search, "_CELLS", cells)  # from one row at a time to all
        there, back = two_way(held["a"], held["b"], k, metric)
    assert (there == slow(one, other, k[0], metric)).all()
    assert (back == slow(other, one, k[1], metric)).all()


@pytest.mark.parametrize("metric", ["cosine", "l2", "csls"])
def test_many_rows_equal_the_search_of_one_direction(metric, monkeypatch):
    """Narrow cones and repeated rows: float32 cannot tell the candidates apart."""
    one, other = made(1, 700, 24, 1e-3), made(1, 900, 24, 1e-3, repeated=300)
    expected = [np.sort(nearest_rows(*pair, 10, metric)[0], axis=1) for pair in ((one, other), (other, one))]
    for cells in (2**24, 900 * 64):
        monkeypatch.setattr(two_way_search, "_CELLS", cells)
        held = sides({"a": one, "b": other}, metric)
        found = two_way(held["a"], held["b"], (10, 10), metric)
        assert (found[0] == expected[0]).all() and (found[1] == expected[1]).all()


def test_equal_vectors_go_by_number_and_few_rows_are_all_found():
    alike = np.ones((300, 5), np.float32)
    held = sides({"a": alike, "b": alike[:200]}, "cosine")
    there, back = two_way(held["a"], held["b"], (3, 3))
    assert (there == [0, 1, 2]).all() and (back == [0, 1, 2]).all()
    held = sides({"a": alike[:1], "b": alike[:2]}, "l2")
    there, back = two_way(held["a"], held["b"], (2, 1), "l2")
    assert there.tolist() == [[0, 1]] and back.tolist() == [[0], [0]]
