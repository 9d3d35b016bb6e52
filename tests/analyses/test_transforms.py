import numpy as np
import pytest

from embspace.analyses.transforms import aligned, all_but_the_top, center, rotation, whiten, z_normalize
from embspace.errors import SettingsError

RNG = np.random.default_rng(3)
ROWS = RNG.normal(size=(40, 6)) @ RNG.normal(size=(6, 6)) + 5
GROUPS = np.repeat(["be", "en"], [15, 25])


def orthogonal(dim, seed=0):
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(dim, dim)))[0]


def test_centering_makes_every_group_mean_zero_and_keeps_differences_within():
    out = center(ROWS, GROUPS)
    for group in ("be", "en"):
        assert np.allclose(out[group == GROUPS].mean(axis=0), 0)
    assert np.allclose(out[3] - out[7], ROWS[3] - ROWS[7])
    assert np.allclose(center(ROWS), ROWS - ROWS.mean(axis=0))


def test_rows_that_differ_by_rounding_only_have_no_direction_left():
    same = np.tile(RNG.normal(size=8), (10, 1)) * (1 + RNG.normal(size=(10, 1)) * 2.0**-13)
    assert (center(same) == 0).all()


def test_one_label_per_vector_is_asked_for():
    with pytest.raises(SettingsError, match="40 vectors but 2 group labels"):
        center(ROWS, ["be", "en"])


def test_z_scores():
    rows = np.column_stack([ROWS, np.full(len(ROWS), 2.0)])
    out = z_normalize(rows)
    assert np.allclose(out.mean(axis=0), 0)
    assert np.allclose(out[:, :-1].std(axis=0), 1)
    assert (out[:, -1] == 0).all()


def test_all_but_the_top_removes_the_directions_of_most_variance():
    out = all_but_the_top(ROWS, 2)
    values, vectors = np.linalg.eigh(np.cov(ROWS.T))
    assert np.allclose(out @ vectors[:, -2:], 0, atol=1e-9)
    assert np.isclose(np.trace(np.cov(out.T)), values[:-2].sum())
    assert np.linalg.matrix_rank(all_but_the_top(ROWS)) == 5
    with pytest.raises(SettingsError, match="6 principal directions"):
        all_but_the_top(ROWS, 7)


def test_whitened_rows_have_the_identity_as_covariance_and_stay_in_their_place():
    out = whiten(ROWS)
    assert np.allclose(np.cov(out.T), np.eye(6))
    values, vectors = np.linalg.eigh(np.cov(ROWS.T))
    expected = (ROWS - ROWS.mean(axis=0)) @ (vectors / np.sqrt(values)) @ vectors.T
    assert np.allclose(out, expected)
    flat = np.column_stack([ROWS, ROWS[:, 0]])
    assert np.linalg.matrix_rank(np.cov(whiten(flat).T)) == 6


def test_rotation_finds_the_rotation():
    turn = orthogonal(6)
    found = rotation(ROWS, ROWS @ turn)
    assert np.allclose(found, turn)
    assert np.allclose(found @ found.T, np.eye(6))
    with pytest.raises(SettingsError, match="of one shape"):
        rotation(ROWS, ROWS[:5])


def test_aligned_undoes_rotation_scale_and_shift():
    moved = 3.7 * ROWS @ orthogonal(6, 1) - 11
    assert np.allclose(aligned(moved, ROWS), ROWS)


def test_aligned_keeps_the_shape_and_takes_the_spread():
    moving, fixed = RNG.normal(size=(30, 2)), 5 * RNG.normal(size=(30, 2)) + 2
    out = aligned(moving, fixed)
    assert np.isclose(np.linalg.norm(out - out.mean(axis=0)), np.linalg.norm(fixed - fixed.mean(axis=0)))
    ratio = np.linalg.norm(out[0] - out[1]) / np.linalg.norm(moving[0] - moving[1])
    assert np.isclose(np.linalg.norm(out[5] - out[9]) / np.linalg.norm(moving[5] - moving[9]), ratio)


def test_aligned_takes_maps_without_spread():
    assert np.isfinite(aligned(np.zeros((4, 2)), np.ones((4, 2)))).all()
