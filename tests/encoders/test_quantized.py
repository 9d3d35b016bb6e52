import importlib.util
import json

import numpy as np
import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch import nn
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig, LlamaConfig, LlamaForCausalLM

from embspace.corpora.synthetic_ner import synthetic_ner
from embspace.encoders.checkpoints import encoder_fingerprint, find_checkpoint
from embspace.encoders.huggingface import HuggingFaceEncoder
from embspace.encoders.loading import load_encoder
from embspace.encoders.quantization import quantization_error, quantization_method
from embspace.errors import EncoderError, SettingsError

BATCH = [np.array([5, 9, 12, 30, 7]), np.array([8, 3])]


@pytest.fixture(scope="module")
def llama(tmp_path_factory, gpt2_folder):
    """A tiny Llama, wide enough for blocks of quantized weights."""
    folder = tmp_path_factory.mktemp("llama")
    tokenizer = AutoTokenizer.from_pretrained(gpt2_folder)
    torch.manual_seed(7)
    sizes = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 128}
    config = LlamaConfig(vocab_size=len(tokenizer), initializer_range=0.1, max_position_embeddings=64, **sizes)
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module", params=["4bit", "8bit"])
def quantized(request, tmp_path_factory, llama):
    """The same as bitsandbytes quantizes it."""
    folder = tmp_path_factory.mktemp(request.param)
    settings = BitsAndBytesConfig(**{f"load_in_{request.param}": True})
    model = AutoModelForCausalLM.from_pretrained(llama, quantization_config=settings, device_map={"": "cpu"})
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(llama).save_pretrained(folder)
    return folder


def claim(folder, llama, **settings):
    """A folder whose config.json says that it is quantized."""
    for path in llama.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"quantization_config": settings}))
    return folder


def states(encoder):
    with torch.inference_mode():
        return encoder.states(BATCH)


def test_a_quantized_decoder_runs_on_a_cpu(quantized, llama):
    encoder = load_encoder(quantized)
    assert any("bitsandbytes" in type(one).__module__ for one in encoder.model.modules())
    found, exact = states(encoder), states(load_encoder(llama))
    assert found.shape == exact.shape == (3, 7, 64)
    likeness = torch.cosine_similarity(found.flatten(1), exact.flatten(1))
    assert (likeness > 0.9).all(), likeness
    assert not torch.equal(found[-1], exact[-1])


def test_quantized_weights_are_not_moved(quantized, monkeypatch):
    monkeypatch.setattr(nn.Module, "to", lambda *_, **__: pytest.fail("a quantized model was moved"))
    assert load_encoder(quantized, device="cpu").model.device.type == "cpu"


class Odd(nn.Parameter):
    """A weight of a type of its own, as torchao's are: it says float32 whatever it holds."""


def test_weights_of_types_of_their_own_do_not_meet_the_faster_product(llama, monkeypatch):
    monkeypatch.setattr("embspace.encoders.huggingface.faster_product", lambda *_: "oneDNN")
    encoder = load_encoder(llama)
    assert encoder.way == "padded, oneDNN"
    layer = encoder.model.layers[0].mlp.up_proj
    layer.weight = Odd(layer.weight.data)
    assert HuggingFaceEncoder("odd", encoder.model, encoder.tokenizer, "0").way == "padded, torch"


def test_the_fingerprint_knows_precision_and_quantization(quantized, llama):
    checkpoint = find_checkpoint(quantized)
    keys = [encoder_fingerprint(checkpoint, one) for one in (None, "float32", "bfloat16", "float16")]
    assert len({*keys, find_checkpoint(llama).fingerprint}) == 5
    assert load_encoder(quantized).fingerprint == keys[0]
    assert load_encoder(quantized, dtype="float32").fingerprint == keys[1]


def test_exact_float32_has_the_fingerprint_of_the_files(llama):
    checkpoint = find_checkpoint(llama)
    assert encoder_fingerprint(checkpoint) == encoder_fingerprint(checkpoint, "float32") == checkpoint.fingerprint


def test_an_adapter_on_a_quantized_base_is_computed_beside_it(quantized, tmp_path):
    torch.manual_seed(3)
    base = AutoModelForCausalLM.from_pretrained(quantized, device_map={"": "cpu"})
    adapted = get_peft_model(base, LoraConfig(r=2, target_modules=["q_proj"], task_type="CAUSAL_LM"))
    for name, weight in adapted.named_parameters():
        if "lora" in name:
            weight.data.normal_(0, 0.5)
    adapted.eval().save_pretrained(tmp_path / "lora")
    with torch.inference_mode():
        passes = [adapted(torch.from_numpy(ids)[None], output_hidden_states=True).hidden_states for ids in BATCH]
    expected = torch.cat([torch.stack(one)[:, 0] for one in passes], 1).float()
    found = states(load_encoder(tmp_path / "lora"))
    torch.testing.assert_close(found, expected, rtol=1e-2, atol=1e-2)
    assert (found - states(load_encoder(quantized))).abs().max() > 0.1


def test_a_library_that_is_not_installed(tmp_path, llama, monkeypatch):
    folder = claim(tmp_path, llama, quant_method="hqq", quant_config={"weight_quant_params": {"nbits": 4}})
    assert importlib.util.find_spec("hqq") is None
    with pytest.raises(EncoderError, match=r"is quantized with hqq, and a library that it needs .*: `pip install hqq"):
        load_encoder(folder)


@pytest.mark.parametrize(
    ("settings", "install"),
    [
        ({"quant_method": "gptq", "bits": 4}, "pip install optimum"),
        ({"quant_method": "awq", "bits": 4}, "pip install gptqmodel"),
        ({"quant_method": "quanto", "weights": "int8"}, "pip install optimum-quanto"),
        ({"quant_method": "compressed-tensors", "config_groups": {}}, "pip install compressed-tensors"),
        ({"quant_method": "torchao", "quant_type": {"default": {}}, "version": 2}, "pip install torchao"),
    ],
    ids=lambda one: one["quant_method"] if isinstance(one, dict) else "",
)
def test_each_method_names_its_library(tmp_path, llama, settings, install):
    library = install.removeprefix("pip install ").replace("optimum-quanto", "optimum").replace("-", "_")
    assert importlib.util.find_spec(library) is None, f"{library} is installed, so it cannot be missing"
    with pytest.raises(EncoderError, match=rf"is quantized with {settings['quant_method']}, and .*`{install}"):
        load_encoder(claim(tmp_path, llama, **settings))


def test_what_does_not_run_on_a_cpu_says_so(tmp_path, llama):
    folder = claim(tmp_path, llama, quant_method="higgs", bits=4)
    if torch.cuda.is_available():
        pytest.skip("the message is for machines without a GPU; this one has one")
    with pytest.raises(
        EncoderError, match=r"is quantized with higgs, which does not run on a CPU: .* Open it on a mach"
    ):
        load_encoder(folder)


def test_another_error_of_a_quantized_checkpoint(tmp_path):
    told = quantization_error(ValueError("odd blocks\nand more"), "x", "awq", "cuda")
    assert str(told) == "x is quantized with awq and cannot be opened: odd blocks"
    assert "`pip install eetq`" in str(quantization_error(ImportError("no eetq"), "x", "eetq", "cuda"))


def test_the_method_of_a_checkpoint(tmp_path, llama):
    assert quantization_method(llama) is None
    assert quantization_method(claim(tmp_path, llama, load_in_4bit=True)) == "bitsandbytes"
    config = json.loads((llama / "config.json").read_text())
    inside = {"text_config": {"quantization_config": {"quant_method": "fp8"}}}
    (tmp_path / "config.json").write_text(json.dumps(config | inside))
    assert quantization_method(tmp_path) == "fp8"


@pytest.mark.parametrize("device_map", ["auto", {"": "cpu"}, {"encoder": "cpu"}])
def test_a_device_map(bert_folder, device_map):
    encoder = load_encoder(bert_folder, device_map=device_map)
    torch.testing.assert_close(states(encoder), states(load_encoder(bert_folder)), rtol=1e-5, atol=1e-5)
    assert encoder.fingerprint == find_checkpoint(bert_folder).fingerprint


def test_a_model_that_lies_partly_on_disk(bert_folder):
    places = {"embeddings": "cpu", "encoder.layer.0": "cpu", "encoder.layer.1": "disk"}
    encoder = load_encoder(bert_folder, device_map=places)
    assert {one.device.type for one in encoder.model.encoder.layer[1].parameters()} == {"meta"}
    torch.testing.assert_close(states(encoder), states(load_encoder(bert_folder)), rtol=1e-5, atol=1e-5)


def test_a_space_of_a_model_with_a_device_map(bert_folder):
    from embspace.spaces.extraction import extract

    corpus = synthetic_ner(["en", "be"], per_type=3)
    one = extract(load_encoder(bert_folder, device_map="auto"), corpus)
    two = extract(load_encoder(bert_folder), corpus)
    assert one.path == two.path


def test_device_maps_that_do_not_exist(bert_folder):
    with pytest.raises(SettingsError, match=r"device_map = 'spread'; possible are auto, balanced, .*module -> device"):
        load_encoder(bert_folder, device_map="spread")
    with pytest.raises(SettingsError, match=r"device = 'cpu' and device_map both say where a model runs; give one"):
        load_encoder(bert_folder, device="cpu", device_map="auto")
    with pytest.raises(EncoderError, match=r"cannot open the model of .* with device_map = \{'': 'toaster'\}: "):
        load_encoder(bert_folder, device_map={"": "toaster"})


def test_accelerate_is_not_installed(bert_folder, monkeypatch):
    monkeypatch.setattr("transformers.integrations.accelerate.is_accelerate_available", lambda *_: False)
    with pytest.raises(EncoderError, match=r"a device_map needs a library that is not installed: `pip install accel"):
        load_encoder(bert_folder, device_map="auto")
