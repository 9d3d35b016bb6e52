"""Models and tokenizers that cannot be used are refused by name, before or while they are read, never used in part."""

import json
import shutil

import numpy as np
import pytest
import torch
import transformers as hf
from tiny_models import TOKENIZERS

from embspace.corpora.records import Corpus, Sentence
from embspace.encoders.huggingface import HuggingFaceEncoder
from embspace.encoders.loading import load_encoder
from embspace.errors import EncoderError
from embspace.spaces.extraction import extract

_SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
_TOWER = _SMALL | {"image_size": 8, "patch_size": 4}
_TEXT = _SMALL | {"vocab_size": 400, "max_position_embeddings": 40}


def saved(folder, model, tokenizer="wordpiece"):
    model.save_pretrained(folder)
    TOKENIZERS[tokenizer].make().save_pretrained(folder)
    return folder


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: hf.ViTModel(hf.ViTConfig(**_TOWER)), r"\(ViTModel\) has no table of pieces; expected .* text alone"),
        (
            lambda: hf.CLIPModel(hf.CLIPConfig(text_config=_TEXT, vision_config=_TOWER, projection_dim=8)),
            r"\(CLIPModel\) has no table of pieces; expected a model that reads text alone",
        ),
        (
            lambda: hf.SiglipModel(hf.SiglipConfig(text_config=_TEXT, vision_config=_TOWER)),
            r"\(SiglipModel\) does not turn text alone into states of its layers",
        ),
        (lambda: hf.CanineModel(hf.CanineConfig(**_SMALL)), r"\(CanineModel\) has no table of pieces"),
        (
            lambda: hf.WhisperModel(
                hf.WhisperConfig(
                    d_model=32, encoder_layers=1, decoder_layers=1, vocab_size=400, encoder_attention_heads=2,
                    decoder_attention_heads=2, encoder_ffn_dim=8, decoder_ffn_dim=8, max_target_positions=8,
                    pad_token_id=0, bos_token_id=0, eos_token_id=0, decoder_start_token_id=0,
                )
            ),
            r"has no table of pieces",
        ),
        (
            lambda: hf.FunnelBaseModel(
                hf.FunnelConfig(d_model=32, n_head=2, d_head=16, d_inner=48, vocab_size=400, block_sizes=[1, 1])
            ),
            r"does not turn text alone|does not return a state of every piece",
        ),
    ],
    ids=["pictures", "pictures and text", "paired towers", "characters", "speech", "pieces that are merged"],
)  # fmt: skip
def test_a_model_that_does_not_turn_pieces_into_states(make, said, tmp_path):
    folder = saved(tmp_path, make())
    with pytest.raises(EncoderError, match=said) as refused:
        load_encoder(folder)
    assert str(folder) in str(refused.value)


def test_a_vocabulary_that_is_larger_than_the_models(checkpoint, tmp_path):
    folder = shutil.copytree(checkpoint("llama", "word-ends"), tmp_path / "mixed")
    (folder / "tokenizer.json").unlink()
    TOKENIZERS["llama"].make().save_pretrained(folder)
    with pytest.raises(EncoderError, match=r"[Tt]okenizer and model do not belong together"):
        extract(folder, Corpus("x", [Sentence(("Washington", "中国", "😀", "Злучаных"), "en")]))


def test_a_slow_tokenizer(checkpoint, tmp_path):
    folder = shutil.copytree(checkpoint("xlm"), tmp_path / "slow")
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.json").write_text(json.dumps({"<unk>": 0, "a</w>": 1}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "CTRLTokenizer"}')
    with pytest.raises(EncoderError, match=r"slow"):
        extract(folder, Corpus("x", [Sentence(("a",), "en")]))


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
@pytest.mark.parametrize("how", ["mean", "max", "first"])
def test_states_that_are_no_numbers(checkpoint, tmp_path, wrong, how):
    folder = shutil.copytree(checkpoint("gpt2"), tmp_path / "damaged")
    encoder = load_encoder(folder)
    piece = int(encoder.tokenizer.convert_tokens_to_ids("Ġof"))
    with torch.no_grad():
        encoder.model.wte.weight[piece, 3] = wrong
    corpus = Corpus("x", [Sentence(("a", "the"), "en"), Sentence(("the", "of", "New"), "en")])
    with pytest.raises(EncoderError, match=r"no finite numbers: at layer 0, of 1 words .* such as 'of'"):
        extract(encoder, corpus, pooling=how)


class Random(torch.nn.Module):
    """A part of a block that gives noise, in eval mode too."""

    def forward(self, states):
        return torch.randn_like(states)


def test_a_model_that_is_random(checkpoint):
    encoder = load_encoder(checkpoint("gpt2"))
    encoder.model.h[1].mlp = Random()
    with pytest.raises(EncoderError, match=r"noisy gives other states at every call for the same pieces"):
        HuggingFaceEncoder("noisy", encoder.model, encoder.tokenizer, "0")


class Blurred(torch.nn.Module):
    """A part of a block in which every piece sees the mean of all, padding too."""

    def forward(self, states):
        return states + states.mean(dim=1, keepdim=True)


def test_a_model_that_sees_padding_reads_equal_lengths_together(checkpoint):
    encoder = load_encoder(checkpoint("gpt2"))
    encoder.model.h[1].mlp = Blurred()
    blurred = HuggingFaceEncoder("blurred", encoder.model, encoder.tokenizer, "0")
    random = np.random.default_rng(2)
    batch = [random.integers(5, 300, length) for length in (4, 9, 4, 1, 9, 2)]
    with torch.inference_mode():
        together = blurred.states(batch)
        alone = torch.cat([blurred.states([ids]) for ids in batch], dim=1)
        torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-5)
        upto = torch.stack([*blurred.layers(batch, 1)])
        torch.testing.assert_close(upto, alone[:2], atol=1e-5, rtol=1e-5)


def test_an_encoder_that_transformers_does_not_run_by_itself(tmp_path):
    config = hf.FSMTConfig(
        langs=["en", "de"], src_vocab_size=400, tgt_vocab_size=400, d_model=32, encoder_layers=1, decoder_layers=1,
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=8, decoder_ffn_dim=8,
    )  # fmt: skip
    with pytest.raises(EncoderError, match=r"FSMTEncoder"):
        load_encoder(saved(tmp_path, hf.FSMTModel(config)))
