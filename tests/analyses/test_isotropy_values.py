from itertools import combinations

import numpy as np
import pytest
from fake_space import fake_space
from hypothesis import given, settings
from hypothesis import strategies as st

from embspace.analyses.distances import unit_rows
from embspace.analyses.isotropy import isotropy, mean_cosine


def slow_mean_cosine(rows):
    values = [a @ b / np.linalg.norm(a) / np.linalg.norm(b) for a, b in combinations(rows, 2)]
    return sum(values) / len(values)


@given(st.integers(2, 12), st.integers(1, 6), st.integers(0, 10_000))
@settings(deadline=None, max_examples=30)
def test_equals_the_mean_over_all_pairs(n, dim, seed):
    rows = np.random.default_rng(seed).normal(size=(n, dim)) + 0.3
    assert np.isclose(mean_cosine(unit_rows(rows)), slow_mean_cosine(rows), atol=1e-12)


def test_does_not_change_with_rotation():
    rng = np.random.default_rng(0)
    rows, turn = rng.normal(size=(50, 7)) + 1, np.linalg.qr(rng.normal(size=(7, 7)))[0]
    assert np.isclose(mean_cosine(unit_rows(rows)), mean_cosine(unit_rows(rows @ turn)))


def test_an_isotropic_gaussian_is_near_zero_and_one_direction_is_one():
    rows = np.random.default_rng(0).normal(size=(4000, 16))
    assert abs(mean_cosine(unit_rows(rows))) < 0.002
    assert np.isclose(mean_cosine(unit_rows(np.outer(np.arange(1, 9), [1, 2, 3]))), 1)
    assert np.isnan(mean_cosine(np.eye(3)[:1]))


def test_result_per_layer_and_language_over_the_rows_found():
    space = fake_space(lost=(0, 3))
    result = isotropy(space)
    assert list(result.columns) == ["layer", "language", "value", "n"]
    assert result.attrs["settings"]["layers"] == [0, 1, 2]
    assert len(result) == 9
    row = result[(result.layer == 1) & (result.language == "be")].iloc[0]
    members = space.vectors[1][:16][[i for i in range(16) if i not in (0, 3)]].astype(float)
    assert row.n == 14
    assert row.value == pytest.approx(slow_mean_cosine(members))


def test_only_the_layers_asked_for_are_read():
    space = fake_space()
    assert isotropy(space, -1)["layer"].unique().tolist() == [2]
    assert space.asked == [2]
