from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from embspace.spaces.batching import fitting_budget, token_budget_batches


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 60), max_size=80), st.integers(1, 100))
def test_batches_hold_every_sequence_once_under_the_budget(lengths, budget):
    lengths = np.array(lengths, np.int64)
    batches = token_budget_batches(lengths, budget)
    assert sorted(np.concatenate([np.empty(0, np.int64), *batches]).tolist()) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * lengths[batch].max() <= budget
    longest = [lengths[batch].max() for batch in batches]
    assert longest == sorted(longest, reverse=True)


def test_sequences_of_like_length_stand_together():
    batches = token_budget_batches(np.array([3, 9, 3, 9, 3]), 18)
    assert [batch.tolist() for batch in batches] == [[1, 3], [0, 2, 4]]


@pytest.mark.parametrize(
    ("way", "dim", "budget"), [("packed, torch", 256, 2048), ("padded, torch", 256, 1024), ("packed, torch", 16, 4096)]
)
def test_a_budget_fits_the_width_and_the_pass(way, dim, budget):
    assert fitting_budget(SimpleNamespace(way=way, dim=dim)) == budget
    assert fitting_budget(SimpleNamespace(way=way, dim=8192)) == 512


def test_a_gpu_takes_more_at_once():
    on_gpu = SimpleNamespace(way="packed, torch", dim=768, model=SimpleNamespace(device=torch.device("cuda")))
    assert fitting_budget(on_gpu) == 16384
