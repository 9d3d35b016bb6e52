import json
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
    BertConfig,
    BertForMaskedLM,
    LlamaConfig,
    LlamaForCausalLM,
    T5Config,
    T5ForConditionalGeneration,
    Trainer,
    TrainingArguments,
)

from embspace.encoders.checkpoints import find_checkpoint
from embspace.encoders.loading import load_encoder
from embspace.errors import EncoderError

BATCH = [np.array([5, 9, 12, 30, 7]), np.array([8, 3])]


@pytest.fixture
def folder(tmp_path, bert_folder):
    return shutil.copytree(bert_folder, tmp_path / "model")


def states(name, **options):
    with torch.inference_mode():
        return load_encoder(name, **options).states(BATCH)


def saved(model, folder, tokenizer_of, **options):
    model.save_pretrained(folder, **options)
    AutoTokenizer.from_pretrained(tokenizer_of).save_pretrained(folder)
    return folder


@pytest.mark.parametrize(
    ("kind", "of"),
    [
        (AutoModel, "bert"),
        (AutoModelForMaskedLM, "bert"),
        (AutoModelForTokenClassification, "bert"),
        (AutoModelForSequenceClassification, "bert"),
        (AutoModelForTokenClassification, "xlmr"),
        (AutoModelForCausalLM, "gpt2"),
        (AutoModelForSequenceClassification, "gpt2"),
    ],
)
def test_a_head_does_not_matter(tmp_path, model_folders, kind, of):
    torch.manual_seed(0)
    model = kind.from_pretrained(model_folders[of], **({"pad_token_id": 0} if of == "gpt2" else {}))
    torch.testing.assert_close(
        states(saved(model, tmp_path, model_folders[of])), states(model_folders[of]), rtol=0, atol=0
    )


@pytest.mark.parametrize("tied", [True, False])
def test_tied_and_untied_embeddings(tmp_path, gpt2_folder, tied):
    torch.manual_seed(1)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    model = LlamaForCausalLM(LlamaConfig(vocab_size=405, tie_word_embeddings=tied, **sizes))
    found = load_encoder(saved(model, tmp_path, gpt2_folder)).model
    assert torch.equal(found.get_input_embeddings().weight, model.model.embed_tokens.weight)
    assert ("lm_head.weight" in load_file(tmp_path / "model.safetensors")) is not tied


def test_an_encoder_decoder_with_shared_embeddings(tmp_path, xlmr_folder):
    torch.manual_seed(2)
    config = T5Config(vocab_size=150, d_model=16, d_kv=8, d_ff=32, num_layers=2, num_heads=2, pad_token_id=1)
    model = T5ForConditionalGeneration(config)
    found = load_encoder(saved(model, tmp_path, xlmr_folder)).model
    assert torch.equal(found.get_input_embeddings().weight, model.shared.weight)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_files_are_computed_in_float32(tmp_path, bert_folder, dtype):
    model = AutoModelForMaskedLM.from_pretrained(bert_folder, dtype=dtype)
    encoder = load_encoder(saved(model, tmp_path, bert_folder))
    assert json.loads((tmp_path / "config.json").read_text())["dtype"] == str(dtype).removeprefix("torch.")
    assert {weight.dtype for weight in encoder.model.parameters()} == {torch.float32}
    exact = AutoModel.from_pretrained(bert_folder).state_dict()
    for key, weight in encoder.model.state_dict().items():
        assert torch.equal(weight, exact[key].to(dtype).float()), key


def shards(folder, size="20KB"):
    """The folder's weights in parts of at most `size`."""
    model = AutoModelForMaskedLM.from_pretrained(folder)
    (folder / "model.safetensors").unlink()
    model.save_pretrained(folder, max_shard_size=size)
    return sorted(path.name for path in folder.glob("model-*.safetensors"))


def test_weights_in_parts(folder):
    expected = states(folder)
    whole = find_checkpoint(folder).fingerprint
    parts = shards(folder)
    assert len(parts) > 1
    torch.testing.assert_close(states(folder), expected, rtol=0, atol=0)
    assert find_checkpoint(folder).fingerprint != whole


def test_a_part_that_is_missing(folder):
    parts = shards(folder)
    (folder / parts[1]).unlink()
    with pytest.raises(EncoderError, match=rf"is incomplete: .* lacks 1 of the parts .*, {parts[1]} among them\. Copy"):
        load_encoder(folder)
    (folder / "model.safetensors.index.json").write_text("{}")
    with pytest.raises(EncoderError, match=r"index.json has no weight_map, so it names no weights"):
        load_encoder(folder)


def test_safetensors_go_before_pickles(folder):
    expected = states(folder)
    wrong = {name: torch.zeros_like(weight) for name, weight in load_file(folder / "model.safetensors").items()}
    before = find_checkpoint(folder).fingerprint
    torch.save(wrong, folder / "pytorch_model.bin")
    torch.testing.assert_close(states(folder), expected, rtol=0, atol=0)
    assert find_checkpoint(folder).fingerprint == before


def test_weights_of_another_library_alone(folder):
    (folder / "model.safetensors").rename(folder / "tf_model.h5")
    with pytest.raises(EncoderError, match=r"has no weights; .* It has weights of TensorFlow only; save them with"):
        load_encoder(folder)


def test_a_trainers_folder_and_its_steps(tmp_path, bert_folder):
    model = AutoModelForTokenClassification.from_pretrained(bert_folder)
    rows = [{"input_ids": torch.tensor([2, 9, 12, 3]), "labels": torch.tensor([0, 1, 0, 0])}] * 4
    arguments = TrainingArguments(
        tmp_path / "run", max_steps=2, save_steps=1, per_device_train_batch_size=2, report_to=[], use_cpu=True, seed=1,
        disable_tqdm=True, learning_rate=0.01,
    )  # fmt: skip
    tokenizer = AutoTokenizer.from_pretrained(bert_folder)
    Trainer(model, arguments, train_dataset=rows, processing_class=tokenizer).train()
    one, two = (tmp_path / "run" / f"checkpoint-{step}" for step in (1, 2))
    assert {"optimizer.pt", "trainer_state.json", "training_args.bin"} <= {path.name for path in two.iterdir()}
    assert (states(two) - states(bert_folder)).abs().max() > 1e-3
    assert len({find_checkpoint(path).fingerprint for path in (one, two, bert_folder)}) == 3
    before = find_checkpoint(two).fingerprint
    (two / "optimizer.pt").unlink()
    (two / "trainer_state.json").write_text("{}")
    assert find_checkpoint(two).fingerprint == before
    with pytest.raises(
        EncoderError, match=r"has no config.json.*Inside it are checkpoints: checkpoint-1, checkpoint-2\."
    ):
        load_encoder(tmp_path / "run")


def sentence_transformers(folder, inside, kind="sentence_transformers.models.Transformer"):
    modules = [
        {"idx": 0, "name": "0", "path": inside, "type": kind},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_mean_tokens": true}')
    return folder


@pytest.mark.parametrize("inside", ["", "0_Transformer"])
def test_a_folder_of_sentence_transformers(tmp_path, bert_folder, inside):
    (tmp_path / "st").mkdir()
    shutil.copytree(bert_folder, tmp_path / "st" / inside, dirs_exist_ok=True)
    if inside:
        (tmp_path / "st" / "config.json").write_text('{"__version__": "0.2.5"}')
    name = sentence_transformers(tmp_path / "st", inside)
    torch.testing.assert_close(states(name), states(bert_folder), rtol=0, atol=0)
    assert find_checkpoint(name).fingerprint == find_checkpoint(bert_folder).fingerprint


def test_a_sentence_transformers_folder_with_its_tokenizer_at_the_root(tmp_path, bert_folder):
    inside = shutil.copytree(bert_folder, tmp_path / "st" / "0_Transformer")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (inside / name).rename(tmp_path / "st" / name)
    name = sentence_transformers(tmp_path / "st", "0_Transformer")
    torch.testing.assert_close(states(name), states(bert_folder), rtol=0, atol=0)
    before = find_checkpoint(name).fingerprint
    (tmp_path / "st" / "tokenizer.json").write_bytes((tmp_path / "st" / "tokenizer.json").read_bytes() + b" ")
    assert find_checkpoint(name).fingerprint != before


def test_sentence_transformers_without_a_transformer(tmp_path):
    (tmp_path / "st").mkdir()
    name = sentence_transformers(tmp_path / "st", "0_WordEmbeddings", "sentence_transformers.models.WordEmbeddings")
    with pytest.raises(EncoderError, match=r"names no Transformer among its modules, so there are no layers to read"):
        load_encoder(name)
    (tmp_path / "st" / "1_Pooling" / "config.json").unlink()
    (tmp_path / "st" / "1_Pooling").rmdir()
    name = sentence_transformers(tmp_path / "st", "../other")
    with pytest.raises(EncoderError, match=r"places the transformer in .*other, which is not in this folder"):
        load_encoder(name)


def test_no_tokenizer_names_the_base_where_it_is_told(folder):
    (folder / "tokenizer.json").unlink()
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"_name_or_path": "xlm-roberta-base"}))
    with pytest.raises(
        EncoderError,
        match=r"has no tokenizer; .* the model was made from xlm-roberta-base, so "
        r"`AutoTokenizer.from_pretrained\('xlm-roberta-base'\).save_pretrained\(folder\)`",
    ):
        load_encoder(folder)
    (folder / "config.json").write_text(json.dumps(config | {"_name_or_path": str(folder)}))
    with pytest.raises(EncoderError, match=r"`tokenizer.save_pretrained\(folder\)`, with the tokenizer of the model"):
        load_encoder(folder)


def test_weights_of_another_shape(folder):
    weights = load_file(folder / "model.safetensors")
    name = next(one for one in weights if one.endswith("layer.1.output.dense.weight"))
    save_file(weights | {name: torch.zeros(16, 30)}, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(
        EncoderError, match=r"1 of the weights have another shape .*dense.weight is \(16, 30\), expected"
    ):
        load_encoder(folder)


def test_old_names_of_weights_are_understood(tmp_path, bert_folder):
    """Checkpoints converted from TensorFlow call a norm's weight gamma and its bias beta."""
    torch.manual_seed(3)
    model = BertForMaskedLM(BertConfig.from_pretrained(bert_folder))
    saved(model, tmp_path, bert_folder)
    old = {
        name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): weight.clone()
        for name, weight in model.state_dict().items()
    }
    expected = states(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    torch.save(old, tmp_path / "pytorch_model.bin")
    torch.testing.assert_close(states(tmp_path), expected, rtol=0, atol=0)
