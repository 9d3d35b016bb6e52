"""Measures of isotropy against the formulas of their papers, step by step, and against spectra that are known."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from embspace.analyses.distances import unit_rows
from embspace.analyses.isotropy_measures import (
    contributions,
    effective_dimension,
    iso_score,
    mean_cosine,
    partition_isotropy,
    top_share,
)


def slow_iso_score(points):
    """Rudman et al. (2022), Algorithm 1, step by step."""
    dim = points.shape[1]
    turned = PCA(n_components=min(points.shape)).fit_transform(points)
    turned = np.hstack([turned, np.zeros((len(points), dim - turned.shape[1]))])
    diagonal = np.diag(np.cov(turned, rowvar=False))
    diagonal = math.sqrt(dim) * diagonal / np.linalg.norm(diagonal)
    defect = np.linalg.norm(diagonal - np.ones(dim)) / math.sqrt(2 * (dim - math.sqrt(dim)))
    utilized = (dim - defect**2 * (dim - math.sqrt(dim))) ** 2 / dim**2
    return (dim * utilized - 1) / (dim - 1)


def slow_partition(points):
    """Mu and Viswanath (2018), section 3: the eigenvectors are the columns that eigh gives."""
    values, vectors = np.linalg.eigh(points.T @ points)
    sums = []
    for k in range(points.shape[1]):
        axis = vectors[:, k]
        assert np.allclose(points.T @ (points @ axis), values[k] * axis, atol=1e-8)
        for sign in (1, -1):
            sums.append(sum(math.exp(sign * float(axis @ row)) for row in points))
    return min(sums) / max(sums)


shapes = {"n": st.integers(3, 20), "dim": st.integers(2, 9), "seed": st.integers(0, 10_000)}


@given(**shapes)
@settings(deadline=None, max_examples=40)
def test_iso_score_equals_its_algorithm(n, dim, seed):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n, dim)) * rng.uniform(0.1, 5, size=dim) + rng.normal(size=dim)
    assert iso_score(points) == pytest.approx(slow_iso_score(points), abs=1e-6)


@given(**shapes)
@settings(deadline=None, max_examples=40)
def test_partition_isotropy_equals_its_formula(n, dim, seed):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n, dim)) * rng.uniform(0.2, 1.5, size=dim) + rng.normal(size=dim)
    assert partition_isotropy(points) == pytest.approx(slow_partition(points), rel=1e-6)


def test_partition_isotropy_is_that_of_eigenvectors_not_of_rows_of_their_matrix():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(300, 6)) @ np.diag([3, 1.5, 1, 0.7, 0.4, 0.2]) + 0.2
    turns = [np.linalg.qr(rng.normal(size=(6, 6)))[0] for _ in range(5)]
    right = [partition_isotropy(points @ turn) for turn in turns]
    assert np.allclose(right, partition_isotropy(points), rtol=1e-9)  # eigenvectors turn with the points
    wrong = []
    for turn in turns:
        axes = np.linalg.eigh((points @ turn).T @ (points @ turn))[1]
        sums = np.exp(points @ turn @ axes.T).sum(axis=0)
        wrong.append(sums.min() / sums.max())
    assert np.ptp(wrong) > 0.01 and not np.isclose(wrong, right, rtol=0.05).any()


def test_partition_isotropy_by_hand():
    # V^T V = diag(2, 0): Z(+-e1) = e + 1/e, Z(+-e2) = 2.
    assert partition_isotropy([[1, 0], [-1, 0]]) == pytest.approx(2 / (math.e + 1 / math.e))
    # One point at distance 3 in three dimensions: exp(3), exp(-3) and exp(0) across.
    assert partition_isotropy([[0, 3, 0]]) == pytest.approx(math.exp(-6))
    assert partition_isotropy(np.vstack([np.eye(4), -np.eye(4)])) == pytest.approx(1)
    assert np.isnan(partition_isotropy(np.empty((0, 3))))


def test_partition_isotropy_of_long_vectors_neither_overflows_nor_divides_by_zero():
    points = np.random.default_rng(0).normal(size=(50, 3)) * 1e4
    assert partition_isotropy(points) == 0
    assert partition_isotropy(points * 1e-9) == pytest.approx(1, abs=1e-4)


def test_blocks_do_not_change_the_partition(monkeypatch):
    points = np.random.default_rng(0).normal(size=(50, 4))
    whole = partition_isotropy(points)
    monkeypatch.setattr("embspace.analyses.isotropy_measures._CELLS", 24)
    assert partition_isotropy(points) == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize("used", [1, 2, 5, 8])
def test_iso_score_of_k_equal_directions(used):
    """Rudman et al.: I_n^(k), the first k of n variances 1 and the others 0, scores (k - 1) / (n - 1)."""
    corners = np.zeros((2 * used, 8))
    corners[:used, :used], corners[used:, :used] = np.eye(used), -np.eye(used)
    assert iso_score(corners) == pytest.approx((used - 1) / 7)
    assert effective_dimension(corners) == pytest.approx(used)


def test_iso_score_of_a_gaussian_is_near_one_and_of_a_line_zero():
    rng = np.random.default_rng(0)
    assert iso_score(rng.normal(size=(50_000, 20))) > 0.995
    assert iso_score(np.outer(rng.normal(size=30), [1, -2, 0.5]) + 4) == pytest.approx(0, abs=1e-9)


def test_iso_score_ignores_shift_scale_and_rotation():
    rng = np.random.default_rng(0)
    points, turn = rng.normal(size=(60, 7)) * np.arange(1, 8), np.linalg.qr(rng.normal(size=(7, 7)))[0]
    assert iso_score(3e5 * points @ turn + 100) == pytest.approx(iso_score(points), rel=1e-9)


def test_a_shifted_ball_is_isotropic_for_iso_score_and_one_direction_for_the_mean_cosine():
    ball = np.random.default_rng(0).normal(size=(20_000, 10))
    far = ball + 100 * np.eye(10)[3]
    assert iso_score(far) > 0.99
    assert mean_cosine(unit_rows(far)) > 0.99
    assert top_share(unit_rows(far), 1) > 0.999  # all of it by the dimension that the ball was shifted along
    # 2500 = |m|^2: of a far ball the mean cosine is |m|^2 / (|m|^2 + d - 1), up to higher orders.
    near = unit_rows(ball + 50 * np.eye(10)[3])
    assert mean_cosine(near) == pytest.approx(2500 / (2500 + 9), abs=1e-4)


def test_a_known_spectrum():
    variances = np.array([9.0, 4.0, 1.0, 0.0])
    corners = np.vstack([np.diag(np.sqrt(variances)), -np.diag(np.sqrt(variances))])[[0, 1, 2, 4, 5, 6]]
    assert effective_dimension(corners) == pytest.approx(14**2 / (81 + 16 + 1))
    assert iso_score(corners) == pytest.approx((2 - 1) / 3)


def test_equal_points_have_no_spectrum_and_one_dimension_no_score():
    assert np.isnan(effective_dimension(np.full((9, 3), 0.1)))
    assert np.isnan(effective_dimension(np.ones((1, 3))))
    assert np.isnan(iso_score(np.arange(5.0)[:, None]))


@given(**shapes)
@settings(deadline=None, max_examples=30)
def test_contributions_are_the_dimensions_mean_over_all_pairs(n, dim, seed):
    units = unit_rows(np.random.default_rng(seed).normal(size=(n, dim)) + 0.3)
    slow = sum(units[i] * units[j] for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    assert np.allclose(contributions(units), slow, atol=1e-12)
    assert contributions(units).sum() == pytest.approx(mean_cosine(units), abs=1e-12)
    assert top_share(units, dim) == pytest.approx(1)
