"""The packed pass gives what the model gives, or is not used."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from embspace.encoders import products
from embspace.encoders.loading import load_encoder
from embspace.encoders.packed import PackedStates, packed_states
from embspace.encoders.products import PRODUCTS, OneDNN, faster_product


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
@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("lengths", [(7, 7, 4, 4, 4, 1), (2, 9, 2, 30, 3), (1,)])
def test_all_layers_are_those_of_the_model(model_folders, name, product, lengths):
    encoder = load_encoder(model_folders[name])
    batch = sequences(encoder, lengths)
    wanted = plain_states(encoder, batch)
    with torch.inference_mode():
        assert isinstance(encoder.packed(), PackedStates)
        found = torch.stack([*PackedStates(encoder.model, product)(batch)])
        torch.testing.assert_close(found, wanted, rtol=1e-4, atol=2e-5)
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


def test_a_decoder_is_run_as_it_is(bert_folder):
    encoder = load_encoder(bert_folder)
    encoder.model.config.is_decoder = True
    assert packed_states(encoder.model, encoder.states) is None


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_needs_no_padding_either(bert_folder, dtype):
    exact, half = load_encoder(bert_folder), load_encoder(bert_folder, dtype=dtype)
    batch = sequences(exact, (7, 7, 4, 2))
    with torch.inference_mode():
        assert isinstance(half.packed(), PackedStates)
        cosines = functional.cosine_similarity(half.states(batch), exact.states(batch), dim=2)
    assert cosines.min() > 0.999
    assert half.way.startswith("packed, ")


def test_the_product_is_the_faster_one(monkeypatch):
    seconds = {"torch": 1.0, "oneDNN": 1.1}
    monkeypatch.setattr(products, "_least_seconds", lambda named: {name: seconds[name] for name in named})
    faster_product.cache_clear()
    assert faster_product(8, 1) == "torch"
    seconds["torch"] = 2.0
    faster_product.cache_clear()
    assert faster_product(8, 1) == faster_product(8, 1, torch.bfloat16) == "oneDNN"
    assert faster_product(8, 1, torch.float16) == "torch"
    faster_product.cache_clear()


def test_products_are_measured_in_turn_and_by_the_least():
    ran = []
    seconds = products._least_seconds({"one": lambda: ran.append(1), "two": lambda: ran.append(2)})
    assert ran == [1, 2] * 6
    assert set(seconds) == {"one", "two"} and min(seconds.values()) >= 0


@pytest.mark.parametrize("name", ["bert", "gpt2"])
@pytest.mark.parametrize("product", PRODUCTS)
def test_a_recorded_way_is_taken_again(model_folders, name, product):
    encoder = load_encoder(model_folders[name])
    encoder.way = f"packed, {product}"
    assert encoder.way == f"{'packed' if name == 'bert' else 'padded'}, {product}"
    before = encoder.way
    encoder.way = "by hand, on another machine"
    assert encoder.way == before
    batch = sequences(encoder, (9, 4))
    with torch.inference_mode():
        torch.testing.assert_close(encoder.states(batch), plain_states(encoder, batch), rtol=1e-4, atol=2e-5)


def test_linear_layers_of_any_model_go_through_onednn(monkeypatch):
    calls, kept, real = [], {}, products._onednn
    monkeypatch.setattr(products, "_onednn", lambda *given: calls.append(given[0].shape) or real(*given))
    rows, linear = torch.randn(4, 3), torch.nn.Linear(3, 5)
    weight, bias = torch.nn.Parameter(torch.randn(3, 6)), torch.randn(6)
    double = torch.nn.Linear(3, 5).double()
    given = (lambda: linear(rows), lambda: torch.addmm(bias, rows, weight), lambda: double(rows.double()))
    for change in (0.0, 1.0):
        with torch.no_grad():
            linear.weight.add_(change)
        with torch.inference_mode():
            wanted = [one() for one in given]
            with OneDNN(kept):
                for _ in range(2):
                    for one, other in zip(given, wanted, strict=True):
                        torch.testing.assert_close(one(), other)
    assert len(calls) == 8  # what is float32
    assert sorted(kept) == sorted([linear.weight.data_ptr(), weight.data_ptr()])
    with OneDNN(kept):
        linear(rows).sum().backward()
    assert len(calls) == 8
    assert linear.weight.grad is not None


@pytest.mark.parametrize("name", ["bert", "xlmr", "gpt2"])
@pytest.mark.parametrize("packed", [True, False])
def test_the_model_is_run_no_further_than_the_last_wanted_layer(model_folders, name, packed, monkeypatch):
    encoder = load_encoder(model_folders[name])
    if not packed:
        monkeypatch.setattr(encoder, "packed", lambda: None)
    batch = sequences(encoder, (6, 3))
    ran = []
    blocks = encoder._blocks
    for number, block in enumerate(blocks):
        block.register_forward_hook(lambda *_, number=number: ran.append(number))
    with torch.inference_mode():
        whole = encoder.states(batch)
        ran.clear()
        for upto in range(encoder.n_layers):
            found = [*encoder.layers(batch, upto)]
            assert torch.equal(torch.stack(found).float(), whole[: upto + 1])
    if not packed or name == "gpt2":
        assert ran == [0, 0, 1]  # block l is run for layers above l
