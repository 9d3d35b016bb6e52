import json
import shutil
import sys

import numpy as np
import pytest
import torch
from peft import IA3Config, LoHaConfig, LoraConfig, PeftModel, PrefixTuningConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForSeq2SeqLM,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
    BertConfig,
    BertModel,
    LlamaConfig,
    LlamaForCausalLM,
    T5Config,
    T5ForConditionalGeneration,
)

from embspace.corpora.records import Sentence
from embspace.encoders.checkpoints import find_checkpoint
from embspace.encoders.loading import load_encoder
from embspace.errors import EncoderError

BATCH = [np.array([5, 9, 12, 30, 7]), np.array([8, 3])]


@pytest.fixture
def base(tmp_path, bert_folder):
    return shutil.copytree(bert_folder, tmp_path / "base")


@pytest.fixture
def llama(tmp_path, gpt2_folder):
    """A tiny Llama with GPT-2's tokenizer."""
    tokenizer = AutoTokenizer.from_pretrained(gpt2_folder)
    torch.manual_seed(4)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    config = LlamaConfig(vocab_size=len(tokenizer), initializer_range=0.2, max_position_embeddings=64, **sizes)
    LlamaForCausalLM(config).save_pretrained(tmp_path / "llama")
    tokenizer.save_pretrained(tmp_path / "llama")
    return tmp_path / "llama"


def adapt(base, folder, config, kind=AutoModel, seed=5, **options):
    """Save an adapter with random weights; its model."""
    torch.manual_seed(seed)
    adapted = get_peft_model(kind.from_pretrained(base, **options), config)
    for weight in adapted.parameters():
        if weight.requires_grad:
            weight.data.normal_(0, 0.3)
    adapted.save_pretrained(folder)
    return adapted.eval()


def lora(**options):
    return LoraConfig(r=3, lora_alpha=6, **{"target_modules": ["query", "value"], **options})


def expected(adapted):
    """The states that peft's own pass gives, nothing merged."""
    with torch.inference_mode():
        passes = [adapted(input_ids=torch.from_numpy(ids)[None], output_hidden_states=True) for ids in BATCH]
    return torch.cat([torch.stack(one.hidden_states)[:, 0] for one in passes], dim=1)


def states(name, **options):
    with torch.inference_mode():
        return load_encoder(name, **options).states(BATCH)


def change(file, **settings):
    file.write_text(json.dumps(json.loads(file.read_text()) | settings))


@pytest.mark.parametrize("kind", [AutoModel, AutoModelForMaskedLM, AutoModelForTokenClassification])
def test_merged_into_bert_it_gives_what_peft_gives(base, tmp_path, kind):
    adapted = adapt(base, tmp_path / "lora", lora(), kind)
    found = states(tmp_path / "lora")
    torch.testing.assert_close(found, expected(adapted), rtol=1e-5, atol=1e-5)
    assert (found - states(base)).abs().max() > 0.1


@pytest.mark.parametrize(
    "config",
    [
        lora(use_dora=True, bias="all", target_modules=["query", "dense"], task_type="TOKEN_CLS"),
        lora(target_modules="all-linear", use_rslora=True, modules_to_save=["word_embeddings"]),
        lora(target_modules=["word_embeddings", "query"]),
        lora(target_modules=r"bert\.encoder\.layer\.1\..*\.query"),
        lora(layers_to_transform=[1], layers_pattern="layer"),
        LoHaConfig(r=2, target_modules=["query"]),
        IA3Config(target_modules=["key", "intermediate.dense"], feedforward_modules=["intermediate.dense"]),
    ],
    ids=["dora", "all-linear", "embeddings", "pattern", "one-layer", "loha", "ia3"],
)
def test_adapters_of_many_kinds(base, tmp_path, config):
    adapted = adapt(base, tmp_path / "adapter", config, AutoModelForTokenClassification, num_labels=5)
    torch.testing.assert_close(states(tmp_path / "adapter"), expected(adapted), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_merged_into_a_decoder_it_gives_what_peft_gives(tmp_path, gpt2_folder, llama, name):
    base = {"gpt2": gpt2_folder, "llama": llama}[name]
    modules = {"gpt2": ["c_attn", "c_fc"], "llama": ["q_proj", "down_proj", "lm_head"]}[name]
    config = lora(target_modules=modules, fan_in_fan_out=name == "gpt2", task_type="CAUSAL_LM")
    adapted = adapt(base, tmp_path / "lora", config, AutoModelForCausalLM)
    torch.testing.assert_close(states(tmp_path / "lora"), expected(adapted), rtol=1e-5, atol=1e-5)


def test_merged_into_xlmr_and_into_the_encoder_of_t5(tmp_path, xlmr_folder):
    adapted = adapt(xlmr_folder, tmp_path / "xlmr", lora(task_type="TOKEN_CLS"), AutoModelForTokenClassification)
    torch.testing.assert_close(states(tmp_path / "xlmr"), expected(adapted), rtol=1e-5, atol=1e-5)
    torch.manual_seed(8)
    config = T5Config(vocab_size=150, d_model=16, d_kv=8, d_ff=32, num_layers=2, num_heads=2, pad_token_id=1)
    T5ForConditionalGeneration(config).save_pretrained(tmp_path / "t5")
    AutoTokenizer.from_pretrained(xlmr_folder).save_pretrained(tmp_path / "t5")
    settings = lora(target_modules=["q", "wo"], task_type="SEQ_2_SEQ_LM")
    adapted = adapt(tmp_path / "t5", tmp_path / "lora", settings, AutoModelForSeq2SeqLM)
    found = states(tmp_path / "lora")
    torch.testing.assert_close(found, expected(adapted.get_base_model().get_encoder()), rtol=1e-5, atol=1e-5)
    assert (found - states(tmp_path / "t5")).abs().max() > 0.01


def test_it_is_merged_so_the_fast_pass_runs(base, tmp_path):
    adapt(base, tmp_path / "lora", lora())
    encoder = load_encoder(tmp_path / "lora")
    assert not [name for name, _ in encoder.model.named_parameters() if "lora" in name]
    with torch.inference_mode():
        assert encoder.packed() is not None


def test_a_relative_base_counts_from_the_adapter(base, tmp_path, monkeypatch):
    adapted = adapt(base, tmp_path / "runs" / "lora", lora())
    change(tmp_path / "runs" / "lora" / "adapter_config.json", base_model_name_or_path="../../base")
    monkeypatch.chdir("/")
    torch.testing.assert_close(states(tmp_path / "runs" / "lora"), expected(adapted), rtol=1e-5, atol=1e-5)
    change(tmp_path / "runs" / "lora" / "adapter_config.json", base_model_name_or_path="base")
    monkeypatch.chdir(tmp_path)
    torch.testing.assert_close(states("runs/lora"), expected(adapted), rtol=1e-5, atol=1e-5)


def test_a_base_given_beside_the_adapter(base, tmp_path, monkeypatch):
    adapted = adapt(base, tmp_path / "lora+x", lora())
    said = find_checkpoint(tmp_path / "lora+x").fingerprint
    change(tmp_path / "lora+x" / "adapter_config.json", base_model_name_or_path="/nowhere/base")
    with pytest.raises(
        EncoderError, match=r"is an adapter on /nowhere/base, which cannot be opened: The folder .* give"
    ):
        load_encoder(tmp_path / "lora+x")
    monkeypatch.chdir(tmp_path)
    name = "base+./lora+x"
    torch.testing.assert_close(states(name), expected(adapted), rtol=1e-5, atol=1e-5)
    assert load_encoder(name).name == name
    assert find_checkpoint(name).fingerprint != said
    with pytest.raises(EncoderError, match=r"base is no adapter: .* lacks adapter_config.json"):
        load_encoder("lora+x+base")
    with pytest.raises(EncoderError, match=r"lacks a name beside the \+; expected BASE\+ADAPTER"):
        load_encoder("base+")


def test_adapters_on_adapters(base, tmp_path):
    adapt(base, tmp_path / "one", lora())
    adapt(base, tmp_path / "two", lora(target_modules=["key"]), seed=6)
    model = AutoModel.from_pretrained(base)
    for one in ("one", "two"):
        model = PeftModel.from_pretrained(model, tmp_path / one).merge_and_unload()
    name = f"{base}+{tmp_path / 'one'}+{tmp_path / 'two'}"
    torch.testing.assert_close(states(name), expected(model.eval()), rtol=1e-5, atol=1e-5)
    change(tmp_path / "two" / "adapter_config.json", base_model_name_or_path=str(tmp_path / "one"))
    assert find_checkpoint(tmp_path / "two").fingerprint == find_checkpoint(name).fingerprint


def test_adapters_in_a_circle(base, tmp_path):
    adapt(base, tmp_path / "one", lora())
    change(tmp_path / "one" / "adapter_config.json", base_model_name_or_path=".")
    with pytest.raises(EncoderError, match=r"names itself as its base; give the base: BASE\+"):
        load_encoder(tmp_path / "one")
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    change(tmp_path / "one" / "adapter_config.json", base_model_name_or_path="../two")
    change(tmp_path / "two" / "adapter_config.json", base_model_name_or_path="../one")
    with pytest.raises(EncoderError, match=r"on more than 8 adapters; do they name each other"):
        load_encoder(tmp_path / "one")


def test_an_adapter_inside_its_base(base):
    adapted = adapt(base, base, lora())
    torch.testing.assert_close(states(base), expected(adapted), rtol=1e-5, atol=1e-5)
    (base / "adapter_model.safetensors").unlink()
    plain = AutoModel.from_pretrained(base, adapter_kwargs={"subfolder": "-"})
    torch.testing.assert_close(states(base), expected(plain.eval()), rtol=1e-5, atol=1e-5)


def test_the_fingerprint_is_of_base_adapter_and_settings(base, tmp_path):
    adapt(base, tmp_path / "lora", lora())
    seen = [find_checkpoint(tmp_path / "lora").fingerprint, find_checkpoint(base).fingerprint]
    (tmp_path / "lora" / "README.md").write_text("Mine.")
    (tmp_path / "lora" / "optimizer.pt").write_bytes(b"1")
    assert find_checkpoint(tmp_path / "lora").fingerprint == seen[0]
    change(tmp_path / "lora" / "adapter_config.json", lora_alpha=7)
    seen.append(find_checkpoint(tmp_path / "lora").fingerprint)
    weights = load_file(tmp_path / "lora" / "adapter_model.safetensors")
    save_file({name: weight + 1 for name, weight in weights.items()}, tmp_path / "lora" / "adapter_model.safetensors")
    seen.append(find_checkpoint(tmp_path / "lora").fingerprint)
    weights = load_file(base / "model.safetensors")
    save_file({name: weight + 1 for name, weight in weights.items()}, base / "model.safetensors")
    seen.append(find_checkpoint(tmp_path / "lora").fingerprint)
    (tmp_path / "lora" / "vocab.txt").write_text("[UNK]\n")
    seen.append(find_checkpoint(tmp_path / "lora").fingerprint)
    assert len(set(seen)) == len(seen)


def test_the_adapters_tokenizer_and_its_larger_embeddings(llama, tmp_path):
    tokenizer = AutoTokenizer.from_pretrained(llama)
    tokenizer.add_tokens(["Washington", "Вашынгтон"])
    model = AutoModelForCausalLM.from_pretrained(llama)
    torch.manual_seed(0)
    model.resize_token_embeddings(len(tokenizer))
    model.config._name_or_path = str(llama)
    adapted = get_peft_model(model, lora(target_modules=["q_proj"], modules_to_save=["embed_tokens", "lm_head"]))
    adapted.save_pretrained(tmp_path / "lora")
    tokenizer.save_pretrained(tmp_path / "lora")
    (tmp_path / "lora" / "config.json").unlink(missing_ok=True)
    encoder = load_encoder(tmp_path / "lora")
    pieces = encoder.tokenize([Sentence(("Вашынгтон",), "be")])
    assert len(tokenizer) - 1 in pieces.ids
    torch.testing.assert_close(states(tmp_path / "lora"), expected(adapted.eval()), rtol=1e-5, atol=1e-5)


def test_weights_in_a_pickle(base, tmp_path):
    adapted = adapt(base, tmp_path / "lora", lora())
    whole = tmp_path / "lora" / "adapter_model.safetensors"
    torch.save(load_file(whole), tmp_path / "lora" / "adapter_model.bin")
    whole.unlink()
    torch.testing.assert_close(states(tmp_path / "lora"), expected(adapted), rtol=1e-5, atol=1e-5)
    (tmp_path / "lora" / "adapter_model.bin").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(EncoderError, match=r"adapter_model.bin was refused because it contains code"):
        load_encoder(tmp_path / "lora")


def test_half_precision(base, tmp_path):
    adapt(base, tmp_path / "lora", lora())
    half = load_encoder(tmp_path / "lora", dtype="bfloat16")
    assert {weight.dtype for weight in half.model.parameters()} == {torch.bfloat16}
    assert half.fingerprint != find_checkpoint(tmp_path / "lora").fingerprint


def test_peft_is_not_installed(base, tmp_path, monkeypatch):
    adapt(base, tmp_path / "lora", lora())
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(EncoderError, match=r'is a peft adapter; to open it: `pip install "embspace\[peft\]"`'):
        load_encoder(tmp_path / "lora")


def test_an_adapter_for_another_base(base, tmp_path, gpt2_folder):
    adapt(base, tmp_path / "lora", lora())
    torch.manual_seed(0)
    wider = BertConfig.from_pretrained(base)
    wider.hidden_size = 24
    BertModel(wider).save_pretrained(tmp_path / "wider")
    shutil.copy(base / "tokenizer.json", tmp_path / "wider")
    shutil.copy(base / "tokenizer_config.json", tmp_path / "wider")
    with pytest.raises(EncoderError, match=r"was not made for the base of .*\(BertModel\): size mismatch for .*lora_A"):
        load_encoder(f"{tmp_path / 'wider'}+{tmp_path / 'lora'}")
    with pytest.raises(EncoderError, match=r"was not made for the base of .*\(GPT2Model\).* it holds encoder.layer.0"):
        load_encoder(f"{gpt2_folder}+{tmp_path / 'lora'}")


def test_an_adapter_of_fewer_or_more_layers(base, tmp_path):
    adapt(base, tmp_path / "lora", lora())
    path = tmp_path / "lora" / "adapter_model.safetensors"
    whole = load_file(path)
    save_file({name: weight for name, weight in whole.items() if "layer.1" not in name}, path)
    with pytest.raises(EncoderError, match=r"was not made for the base of .*: it lacks .*layer\.1\..*lora_A"):
        load_encoder(tmp_path / "lora")
    save_file(whole | {name.replace("layer.1", "layer.2"): weight.clone() for name, weight in whole.items()}, path)
    with pytest.raises(EncoderError, match=r"was not made for the base of .*: it has .*layer\.2\..*lora_A"):
        load_encoder(tmp_path / "lora")


def test_a_head_alone(base, tmp_path):
    adapt(base, tmp_path / "lora", lora(task_type="TOKEN_CLS"), AutoModelForTokenClassification)
    path = tmp_path / "lora" / "adapter_model.safetensors"
    save_file({name: weight for name, weight in load_file(path).items() if "classifier" in name}, path)
    with pytest.raises(EncoderError, match=r"or is for its head alone: it holds classifier"):
        load_encoder(tmp_path / "lora")


def test_a_damaged_adapter(base, tmp_path):
    adapt(base, tmp_path / "lora", lora())
    path = tmp_path / "lora" / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(EncoderError, match=r"adapter_model.safetensors is damaged or cut off \(.*\). Copy or download"):
        load_encoder(tmp_path / "lora")
    path.unlink()
    with pytest.raises(
        EncoderError, match=r"has adapter_config.json but no weights of the adapter; expected adapter_mod"
    ):
        load_encoder(tmp_path / "lora")


def test_damaged_settings(base, tmp_path):
    adapt(base, tmp_path / "lora", lora())
    path = tmp_path / "lora" / "adapter_config.json"
    change(path, peft_type="NOBODY")
    with pytest.raises(EncoderError, match=r"peft cannot read the settings of the adapter .*: .*NOBODY"):
        load_encoder(tmp_path / "lora")
    change(path, base_model_name_or_path=None)
    with pytest.raises(EncoderError, match=r"does not say on which model it was made .* give it: BASE\+"):
        load_encoder(tmp_path / "lora")
    path.write_text('{"peft_type": ')
    with pytest.raises(EncoderError, match=r"adapter_config.json is not JSON: .* Copy the checkpoint again"):
        load_encoder(tmp_path / "lora")


def test_an_adapter_that_changes_no_weights(base, tmp_path):
    config = PrefixTuningConfig(task_type="SEQ_CLS", num_virtual_tokens=3)
    get_peft_model(AutoModelForSequenceClassification.from_pretrained(base), config).save_pretrained(
        tmp_path / "prefix"
    )
    with pytest.raises(EncoderError, match=r"\(PREFIX_TUNING\) changes what a model reads, not its weights"):
        load_encoder(tmp_path / "prefix")


def test_an_adapter_made_on_code(base, tmp_path):
    adapt(base, tmp_path / "lora", lora())
    path = tmp_path / "lora" / "adapter_config.json"
    change(path, auto_mapping={"base_model_class": "Own", "parent_library": "transformers_modules.own.modeling"})
    with pytest.raises(EncoderError, match=r"needs Python code of its own \(auto_mapping .*trust_remote_code=True"):
        load_encoder(tmp_path / "lora")


def test_loading_is_silent(base, tmp_path, capfd):
    adapt(base, tmp_path / "lora", lora(), AutoModelForTokenClassification)
    capfd.readouterr()
    load_encoder(tmp_path / "lora")
    assert capfd.readouterr() == ("", "")
