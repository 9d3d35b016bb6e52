import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from embspace.errors import SettingsError
from embspace.spaces.pooling import Bags, pool, pool_layer
from embspace.spaces.recipe import POOLINGS

BY_DEFINITION = {
    "mean": lambda some: sum(some) / len(some),
    "sum": sum,
    "max": lambda some: np.maximum.reduce(some),
    "first": lambda some: some[0],
    "last": lambda some: some[-1],
}


def random_states(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def bags_of(rows):
    """Bags from a list of pieces for every row."""
    starts = np.cumsum([0, *map(len, rows)])[:-1]
    return Bags.of(np.concatenate(rows).astype(np.int64), starts.astype(np.int64), torch.device("cpu"))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(-1, 4), max_size=12), st.sampled_from(POOLINGS))
def test_pooling_is_what_its_name_says(rows, how):
    states = random_states(2, len(rows), 3)
    pooled = pool(torch.from_numpy(states), torch.tensor(rows, dtype=torch.long), 5, how).numpy()
    assert pooled.shape == (2, 5, 3)
    for row in range(5):
        own = [states[:, at] for at, owner in enumerate(rows) if owner == row]
        expected = BY_DEFINITION[how](own) if own else np.full((2, 3), np.nan)
        np.testing.assert_allclose(pooled[:, row], expected, rtol=1e-6)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=5), min_size=1, max_size=6), st.sampled_from(POOLINGS))
def test_a_piece_may_belong_to_several_rows(rows, how):
    states = random_states(10, 3)
    pooled = pool_layer(torch.from_numpy(states), bags_of(rows), how).numpy()
    assert pooled.dtype == np.float32
    expected = [BY_DEFINITION[how]([states[at] for at in pieces]) for pieces in rows]
    np.testing.assert_allclose(pooled, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("how", POOLINGS)
@pytest.mark.parametrize("wrong", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_is_no_number_is_never_pooled_away(how, wrong, place):
    """A damaged model must be seen: a maximum that passes over NaN would hide it."""
    states = torch.from_numpy(random_states(4, 2))
    states[place, 1] = wrong
    pooled = pool_layer(states, bags_of([[0, 1, 2], [3]]), how)
    assert torch.isfinite(pooled[1]).all()
    assert torch.isfinite(pooled[:, 0]).all()
    taken = {"first": place == 0, "last": place == 2, "max": wrong != -torch.inf}.get(how, True)
    assert bool(torch.isfinite(pooled[0, 1])) is not taken


@pytest.mark.parametrize("how", POOLINGS)
def test_pooling_is_differentiable(how):
    states = torch.randn(2, 5, 3, dtype=torch.float32, generator=torch.Generator().manual_seed(0), requires_grad=True)
    pool(states, torch.tensor([0, 0, -1, 2, 2]), 3, how)[:, [0, 2]].sum().backward()
    assert states.grad is not None
    assert torch.isfinite(states.grad).all()
    assert states.grad[:, 2].abs().sum() == 0
    assert states.grad[:, 3:].abs().sum() > 0


@pytest.mark.parametrize("how", POOLINGS)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_states_are_pooled_in_float32(how, dtype):
    states = torch.from_numpy(random_states(6, 3)).to(dtype)
    bags = bags_of([[0, 1, 2], [3, 4, 5]])
    assert torch.equal(pool_layer(states, bags, how), pool_layer(states.float(), bags, how))


def test_half_precision_states_are_summed_in_float32():
    states = torch.full((1, 4096, 1), 0.1, dtype=torch.bfloat16)
    pooled = pool(states, torch.zeros(4096, dtype=torch.long), 1)
    assert pooled.dtype == torch.float32
    assert pooled.item() == pytest.approx(float(states[0, 0, 0]), rel=1e-5)


def test_an_unknown_pooling():
    with pytest.raises(SettingsError, match="'median' is unknown; possible are mean, sum, max, first, last"):
        pool(torch.zeros(1, 1, 1), torch.zeros(1, dtype=torch.long), 1, "median")
