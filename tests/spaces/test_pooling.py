import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from embspace.errors import SettingsError
from embspace.spaces.pooling import POOLINGS, pool

BY_DEFINITION = {
    "mean": lambda some: sum(some) / len(some),
    "sum": sum,
    "max": lambda some: np.maximum.reduce(some),
    "first": lambda some: some[0],
    "last": lambda some: some[-1],
}


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(-1, 4), max_size=12), st.sampled_from(POOLINGS))
def test_pooling_is_what_its_name_says(rows, how):
    states = np.random.default_rng(0).normal(size=(2, len(rows), 3)).astype(np.float32)
    pooled = pool(torch.from_numpy(states), torch.tensor(rows, dtype=torch.long), 5, how).numpy()
    assert pooled.shape == (2, 5, 3)
    for row in range(5):
        own = [states[:, at] for at, owner in enumerate(rows) if owner == row]
        expected = BY_DEFINITION[how](own) if own else np.full((2, 3), np.nan)
        np.testing.assert_allclose(pooled[:, row], expected, rtol=1e-6)


@pytest.mark.parametrize("how", POOLINGS)
def test_pooling_is_differentiable(how):
    states = torch.randn(2, 5, 3, dtype=torch.float32, generator=torch.Generator().manual_seed(0), requires_grad=True)
    pool(states, torch.tensor([0, 0, -1, 2, 2]), 3, how)[:, [0, 2]].sum().backward()
    assert states.grad is not None
    assert torch.isfinite(states.grad).all()
    assert states.grad[:, 2].abs().sum() == 0
    assert states.grad[:, 3:].abs().sum() > 0


def test_half_precision_states_are_summed_in_float32():
    states = torch.full((1, 4096, 1), 0.1, dtype=torch.bfloat16)
    pooled = pool(states, torch.zeros(4096, dtype=torch.long), 1)
    assert pooled.dtype == torch.float32
    assert pooled.item() == pytest.approx(float(states[0, 0, 0]), rel=1e-5)


def test_an_unknown_pooling():
    with pytest.raises(SettingsError, match="'median' is unknown; possible are mean, sum, max, first, last"):
        pool(torch.zeros(1, 1, 1), torch.zeros(1, dtype=torch.long), 1, "median")
