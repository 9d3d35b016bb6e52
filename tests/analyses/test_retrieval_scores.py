import numpy as np
import pytest

from embspace.analyses.retrieval import retrieval
from embspace.errors import SettingsError


def slow_ranks(queries, corpus, gold):
    ranks = []
    for query, partner in zip(queries, gold, strict=True):
        cosines = [query @ row / np.linalg.norm(query) / np.linalg.norm(row) for row in corpus]
        ranks.append(sum(one >= cosines[partner] - 1e-12 for one in cosines))
    return ranks


def test_equals_the_definition():
    rng = np.random.default_rng(0)
    queries, corpus = rng.normal(size=(20, 4)), rng.normal(size=(35, 4))
    gold = rng.integers(0, 35, 20)
    ranks = slow_ranks(queries, corpus, gold)
    score = retrieval(queries, corpus, gold)
    assert score.accuracy == pytest.approx(np.mean([rank == 1 for rank in ranks]))
    assert score.mean_reciprocal_rank == pytest.approx(np.mean([1 / rank for rank in ranks]))
    assert score.n == 20


def test_a_space_is_its_own_translation_in_any_rotation():
    rng = np.random.default_rng(0)
    rows, turn = rng.normal(size=(30, 6)), np.linalg.qr(rng.normal(size=(6, 6)))[0]
    assert retrieval(rows, 3 * rows).accuracy == 1
    plain, turned = retrieval(rows, rows[::-1]), retrieval(rows @ turn, rows[::-1] @ turn)
    assert turned.mean_reciprocal_rank == pytest.approx(plain.mean_reciprocal_rank)


def test_a_collapsed_space_finds_nothing():
    score = retrieval(np.ones((10, 3)), np.ones((10, 3)))
    assert (score.accuracy, score.mean_reciprocal_rank) == (0, pytest.approx(0.1))


def test_centering_removes_what_sets_the_sides_apart():
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(200, 8))
    # Lengths of the shared part differ, so the offset drowns the directions.
    queries, corpus = rows + 40 * np.eye(8)[0], rows - 40 * np.eye(8)[1]
    assert retrieval(queries, corpus, center=True).accuracy == 1
    assert retrieval(queries, corpus).accuracy < 0.5


def test_a_query_or_partner_without_direction_is_not_found():
    rows = np.eye(3)
    broken = rows.copy()
    broken[1] = np.nan
    assert retrieval(broken, rows).mean_reciprocal_rank == pytest.approx(2 / 3)
    assert retrieval(rows, broken).accuracy == pytest.approx(2 / 3)


def test_wrong_shapes_are_refused():
    with pytest.raises(SettingsError, match=r"queries are \(2, 3\) and the corpus \(2, 4\)"):
        retrieval(np.ones((2, 3)), np.ones((2, 4)))
    with pytest.raises(SettingsError, match="one of the 2 corpus rows"):
        retrieval(np.ones((3, 2)), np.ones((2, 2)))
