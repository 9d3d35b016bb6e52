import numpy as np
import pytest
from fake_space import fake_space
from hypothesis import given, settings
from hypothesis import strategies as st

from embspace.analyses.distances import directed, layer_numbers, nearest, unit_rows
from embspace.errors import SettingsError


def test_unit_rows_have_length_one_and_rows_without_direction_are_nan():
    rows = np.array([[3.0, 4.0], [0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0], [1e-200, 0.0], [1e200, 1e200]])
    units = unit_rows(rows)
    assert np.allclose(units[0], [0.6, 0.8])
    assert directed(units).tolist() == [True, False, False, False, True, True]
    assert np.allclose(np.linalg.norm(units[[0, 4, 5]], axis=1), 1)
    assert np.isnan(units[[1, 2, 3]]).all()
    singles = np.array([[3e38, 3e38], [1e-45, 0], [0, 0], [np.nan, 1], [np.inf, 1]], np.float32)
    units = unit_rows(singles)
    assert directed(units).tolist() == [True, True, False, False, False]
    assert np.allclose(np.linalg.norm(units[:2], axis=1), 1)
    assert np.isnan(units[2:]).all() and np.isfinite(singles[0]).all()


@given(st.integers(2, 40), st.integers(1, 5), st.integers(0, 10_000))
@settings(deadline=None, max_examples=25)
def test_nearest_agrees_with_sorting_all_distances(n, dim, seed):
    rows = np.random.default_rng(seed).integers(-2, 3, size=(n, dim)).astype(float)
    k = max(1, (n - 1) // 2)
    indices, distances = nearest(rows, k)
    for i in range(n):
        others = [j for j in range(n) if j != i]
        expected = sorted(float(np.linalg.norm(rows[i] - rows[j])) for j in others)[:k]
        assert np.allclose(distances[i], expected)
        assert len(set(indices[i])) == k and i not in indices[i]
        assert np.allclose(np.linalg.norm(rows[i] - rows[indices[i]], axis=1), distances[i])


def test_nearest_in_blocks_is_nearest_at_once(monkeypatch):
    rows = np.random.default_rng(0).normal(size=(60, 5))
    whole = nearest(rows, 7)
    monkeypatch.setattr("embspace.analyses.distances._BLOCK_CELLS", 60 * 7)
    for one, other in zip(whole, nearest(rows, 7), strict=True):
        assert np.array_equal(one, other)


def test_more_neighbors_than_points_is_refused():
    with pytest.raises(SettingsError, match="possible are 1 to 3"):
        nearest(np.eye(4), 4)


def test_layers_are_named_by_number_from_either_end():
    space = fake_space(n_layers=4)
    assert layer_numbers(space, -1) == [3]
    assert layer_numbers(space, "all") == layer_numbers(space, None) == [0, 1, 2, 3]
    assert layer_numbers(space, [-1, 0, 3]) == [3, 0]
    assert layer_numbers(space, np.int64(2)) == [2]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("layer", [4, -5, [0, 9]])
def test_a_layer_that_is_not_there_is_refused_with_those_that_are(layer):
    with pytest.raises(SettingsError, match=r"does not exist: the space has 4 layers, 0 \(the embeddings\) to 3"):
        layer_numbers(fake_space(n_layers=4), layer)


@pytest.mark.parametrize("layer", ["last", [], 1.5, ["all"]])
def test_what_is_no_layer_is_refused(layer):
    with pytest.raises(SettingsError, match="a number, a list of numbers"):
        layer_numbers(fake_space(), layer)


def test_layers_of_a_space_that_holds_some():
    space = fake_space(n_layers=4)
    space.layers = (1, 3)
    assert layer_numbers(space, "all") == [1, 3]
    assert layer_numbers(space, [-1, 1]) == [3, 1]
    with pytest.raises(SettingsError, match=r"Layer 2 is not stored; the space has 1, 3 of its model's 0 .* to 3"):
        layer_numbers(space, [1, -2])
