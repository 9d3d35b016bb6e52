"""The packed pass gives what the model gives, or is not used."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from embspace.encoders import packed
from embspace.encoders.loading import load_encoder
from embspace.encoders.packed import PackedStates, faster_linear, packed_states


def sequences(encoder, lengths, seed=0):
    random = np.random.default_rng(seed)
    return [random.integers(5, encoder._n_pieces, length).astype(np.int64) for length in lengths]


def plain_states(encoder, batch):
    """Each sequence alone through the model itself."""
    found = []
    for ids in batch:
        with torch.inference_mode():
            hidden = encoder.model(torch.from_numpy(ids)[None], output_hidden_states=True).hidden_states
        found.append(torch.stack([one[0] for one in hidden]))
    return torch.cat(found, dim=1)


@pytest.mark.parametrize("name", ["bert", "xlmr", "mini"])
@pytest.mark.parametrize("linear", [functional.linear, packed._onednn], ids=["torch", "oneDNN"])
@pytest.mark.parametrize("lengths", [(7, 7, 4, 4, 4, 1), (2, 9, 2, 30, 3), (1,)])
def test_all_layers_are_those_of_the_model(model_folders, name, linear, lengths):
    encoder = load_encoder(model_folders[name])
    batch = sequences(encoder, lengths)
    wanted = plain_states(encoder, batch)
    with torch.inference_mode():
        assert isinstance(encoder.packed(), PackedStates)
        torch.testing.assert_close(PackedStates(encoder.model, linear)(batch), wanted, rtol=1e-4, atol=2e-5)
        torch.testing.assert_close(encoder.states(batch), wanted, rtol=1e-4, atol=2e-5)


def test_a_padding_piece_inside_a_sequence_is_left_to_the_model(xlmr_folder):
    encoder = load_encoder(xlmr_folder)
    [ids] = sequences(encoder, [6])
    ids[2] = encoder.model.config.pad_token_id
    with torch.inference_mode():
        assert not encoder.packed().takes([ids])
        torch.testing.assert_close(encoder.states([ids]), plain_states(encoder, [ids]), rtol=1e-4, atol=2e-5)


def test_other_models_are_run_as_they_are(gpt2_folder):
    with torch.inference_mode():
        assert load_encoder(gpt2_folder).packed() is None


def test_gradients_are_the_models_own(bert_folder):
    assert load_encoder(bert_folder).packed() is None


def test_weights_that_change_are_seen(bert_folder):
    encoder = load_encoder(bert_folder)
    batch = sequences(encoder, (5, 3))
    with torch.inference_mode():
        before = encoder.states(batch)
    with torch.no_grad():
        encoder.model.encoder.layer[0].attention.self.query.weight.mul_(3)
    with torch.inference_mode():
        after = encoder.states(batch)
        assert isinstance(encoder.packed(), PackedStates)
        assert not torch.allclose(before[-1], after[-1], atol=1e-3)
        torch.testing.assert_close(after, plain_states(encoder, batch), rtol=1e-4, atol=2e-5)


def test_a_model_that_gives_other_numbers_is_run_as_it_is(bert_folder):
    encoder = load_encoder(bert_folder)
    assert packed_states(encoder.model, lambda batch: plain_states(encoder, batch)) is not None
    assert packed_states(encoder.model, lambda batch: plain_states(encoder, batch) + 1e-3) is None


def test_a_model_in_half_precision_or_a_decoder_is_run_as_it_is(bert_folder):
    encoder = load_encoder(bert_folder)
    encoder.model.config.is_decoder = True
    assert packed_states(encoder.model, encoder.states) is None
    encoder.model.config.is_decoder = False
    assert packed_states(encoder.model.bfloat16(), encoder.states) is None


def test_the_product_is_the_faster_one(monkeypatch):
    seconds = {packed._onednn: 1.0, functional.linear: 1.1}
    monkeypatch.setattr(packed, "_least_seconds", lambda linear, *_: seconds[linear])
    faster_linear.cache_clear()
    assert faster_linear(8, 1) is functional.linear  # no clear gain
    seconds[functional.linear] = 2.0
    faster_linear.cache_clear()
    assert faster_linear(8, 1) is packed._onednn
    faster_linear.cache_clear()
