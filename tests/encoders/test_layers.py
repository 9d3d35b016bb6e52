"""What layer l is, of every architecture: told by hooks on its blocks, not by the model's own list of states."""

import json
import shutil

import numpy as np
import pytest
import torch
from tiny_models import ARCHITECTURES, POSITIONS
from transformers import AutoModel

from embspace.encoders.loading import load_encoder


def the_model(folder):
    """The model as transformers opens it; of an encoder-decoder, the encoder."""
    model = AutoModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    return model.get_encoder() if model.config.is_encoder_decoder else model


def witnessed(model, architecture, ids):
    """(layers, pieces, dim): what every block reads, then what the last one gives, through the final norm."""
    blocks = model.get_submodule(architecture.blocks)
    readers = model.attentions if architecture.blocks == "layer_norm2" else blocks
    seen, handles = [], []

    def reads(_, args, kwargs):
        seen.append((args[0] if args else kwargs["hidden_states"]).clone())

    def gives(_, __, output):
        seen.append((output[0] if isinstance(output, tuple) else output).clone())

    handles = [reader.register_forward_pre_hook(reads, with_kwargs=True) for reader in readers]
    handles.append(blocks[-1].register_forward_hook(gives))
    with torch.inference_mode():
        model(torch.from_numpy(ids)[None], attention_mask=torch.ones(1, len(ids), dtype=torch.long))
        if architecture.norm:
            seen[-1] = model.get_submodule(architecture.norm)(seen[-1])
    for handle in handles:
        handle.remove()
    return torch.stack([one.reshape(len(ids), -1) for one in seen])


def some_pieces(encoder, *lengths):
    random = np.random.default_rng(5)
    return [random.integers(8, encoder._n_pieces, length).astype(np.int64) for length in lengths]


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_layers_are_what_blocks_read_and_the_last_one_gives(name, checkpoint, opened):
    encoder, model = opened(name), the_model(checkpoint(name))
    batch = some_pieces(encoder, 3, 17, 1, 9)
    wanted = torch.cat([witnessed(model, ARCHITECTURES[name], ids) for ids in batch], dim=1)
    with torch.inference_mode():
        states = encoder.states(batch)
    assert states.shape == (4, 30, 32)
    for layer in range(4):
        torch.testing.assert_close(states[layer], wanted[layer], atol=1e-4, rtol=1e-4, msg=f"layer {layer}")


@pytest.mark.parametrize("name", [name for name, one in ARCHITECTURES.items() if one.norm])
def test_the_final_norm_is_in_the_last_layer_alone(name, checkpoint):
    """The norm is told from no norm: the random models' norms do not leave states as they are."""
    model, architecture = the_model(checkpoint(name)), ARCHITECTURES[name]
    [ids] = some_pieces(load_encoder(checkpoint(name)), 6)
    states = witnessed(model, architecture, ids)
    plain = witnessed(model, type(architecture)(architecture.config, architecture.tokenizer, architecture.blocks), ids)
    assert torch.equal(states[:-1], plain[:-1])
    assert (states[-1] - plain[-1]).abs().max() > 0.05


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_limit_is_what_the_model_reads_at_once(name, opened):
    encoder = opened(name)
    assert encoder.max_pieces == ARCHITECTURES[name].limit
    if encoder.max_pieces == POSITIONS:
        with torch.inference_mode():
            assert torch.isfinite(encoder.states(some_pieces(encoder, POSITIONS))).all()


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_padding_piece_inside_a_sentence_is_a_piece_like_others(name, checkpoint, opened):
    """XLM counts its padding pieces for lengths if it is given no mask; they may stand in a text."""
    encoder, model = opened(name), the_model(checkpoint(name))
    batch = some_pieces(encoder, 9, 9, 6)
    pad = model.config.pad_token_id
    for ids in batch:
        ids[2] = pad
    wanted = torch.cat([witnessed(model, ARCHITECTURES[name], ids) for ids in batch], dim=1)
    with torch.inference_mode():
        torch.testing.assert_close(encoder.states(batch), wanted, atol=1e-4, rtol=1e-4)
        alone = torch.cat([encoder.states([ids]) for ids in batch], dim=1)
    torch.testing.assert_close(alone, wanted, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_pass_that_ends_early_gives_the_same_layers(name, opened):
    encoder = opened(name)
    batch = some_pieces(encoder, 7, 3, 12)
    with torch.inference_mode():
        whole = encoder.states(batch)
        for upto in range(4):
            layers = torch.stack([*encoder.layers(batch, upto)])
            assert layers.shape == (upto + 1, 22, 32)
            torch.testing.assert_close(layers, whole[: upto + 1], atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("name", ["gpt2", "llama", "t5", "mbart"])
def test_the_last_layer_is_the_last_hidden_state_whatever_a_config_says(name, tied, checkpoint, opened, tmp_path):
    """A config may ask for the last of its states before the final norm."""
    folder = shutil.copytree(checkpoint(name), tmp_path / "told")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"tie_last_hidden_states": tied}))
    told = load_encoder(folder)
    assert told.model.config.tie_last_hidden_states is tied
    batch = some_pieces(told, 5, 2)
    with torch.inference_mode():
        torch.testing.assert_close(told.states(batch), opened(name).states(batch), atol=1e-6, rtol=1e-6)
