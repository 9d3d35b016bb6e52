"""Windows that share a row: the same losses and gradients as in rows of their own, on less padding."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from embspace.corpora.records import Sentence
from embspace.training import packing
from embspace.training.packing import packed
from embspace.training.tasks import TASKS
from embspace.training.windows import n_labels

LENGTHS = (1, 9, 2, 3, 7, 1, 4, 2)


def gradients(task, model, batch):
    model.zero_grad()
    loss = task.loss(model, batch)
    loss.backward()
    return loss.item(), {name: one.grad.clone() for name, one in model.named_parameters() if one.grad is not None}


@pytest.mark.parametrize("kind", ["bert", "roberta", "xlm-roberta", "camembert", "xlm-roberta-xl"])
def test_losses_and_gradients_are_those_of_the_padded_batch(tiny, tagged, kind, monkeypatch):
    long = tagged[1]
    some = [Sentence(long.words[:length], "en", tags=long.tags[:length]) for length in LENGTHS]
    task = TASKS["ner"](tiny(kind), some)
    torch.manual_seed(0)
    model = task.model(tiny(kind)).eval()
    batch = task.collate(task.examples(some))
    before = torch.get_rng_state()
    together = packed(model, batch)
    assert torch.equal(torch.get_rng_state(), before), "what is random in a step stays as it is"
    assert together["input_ids"].shape[0] < len(some) and n_labels(together) == n_labels(batch)
    assert together["input_ids"].numel() < 0.8 * batch["input_ids"].numel()
    loss, found = gradients(task, model, batch)
    monkeypatch.setattr(packing, "_SAVES", 0.0)
    assert packed(model, batch) is batch
    plain, wanted = gradients(task, model, batch)
    assert loss == pytest.approx(plain, rel=1e-5)
    assert found.keys() == wanted.keys()
    for name, one in wanted.items():
        assert (found[name] - one).norm() <= 1e-4 * max(one.norm(), 1e-3), name


@pytest.mark.parametrize("kind", ["deberta-v2", "gpt2"])
def test_models_that_would_compute_otherwise_read_padded_batches(tiny, tagged, kind):
    task = TASKS["ner"](tiny(kind), tagged)
    batch = task.collate(
        task.examples([Sentence(one.words[:2], "en", tags=one.tags[:2]) for one in tagged] + tagged[1:2])
    )
    assert packed(task.model(tiny(kind)), batch) is batch


def test_a_model_of_the_family_that_gives_other_numbers_is_left_alone(tiny, tagged):
    task = TASKS["ner"](tiny("bert"), tagged)
    model = task.model(tiny("bert"))
    batch = task.collate(
        task.examples([Sentence(one.words[:2], "en", tags=one.tags[:2]) for one in tagged] + tagged[1:2])
    )
    assert packed(model, batch) is not batch
    other = task.model(tiny("bert"))
    other.bert.embeddings.register_forward_hook(lambda module, given, states: states + states.mean(1, keepdim=True))
    assert packed(other, batch) is batch


@given(st.lists(st.integers(1, 60), min_size=1, max_size=40), st.sampled_from([8, 256, 1024]))
def test_every_window_has_a_place_in_one_row(lengths, dim):
    rows, length = packing._arranged(lengths, dim)
    if rows:
        assert sorted(window for row in rows for window in row) == [*range(len(lengths))]
        assert all(sum(lengths[window] for window in row) <= length for row in rows)
        assert len(rows) * length < len(lengths) * max(lengths)
