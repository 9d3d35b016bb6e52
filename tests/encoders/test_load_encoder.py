import json
import os
import pickle
import shutil

import pytest
import torch
from transformers import BertConfig, BertModel

from embspace.encoders.checkpoints import find_checkpoint
from embspace.encoders.loading import load_encoder
from embspace.errors import EncoderError, SettingsError


@pytest.fixture
def folder(tmp_path, bert_folder):
    return shutil.copytree(bert_folder, tmp_path / "model")


def pickled(folder):
    """The folder's weights as a pickle instead of safetensors."""
    from safetensors.torch import load_file

    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    return folder / "pytorch_model.bin"


def test_a_folder_by_text_and_by_path(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    assert load_encoder("./model").fingerprint == load_encoder(folder).fingerprint == load_encoder("model").fingerprint


def test_the_fingerprint_is_of_weights_tokenizer_and_config_alone(folder):
    before = find_checkpoint(folder).fingerprint
    (folder / "README.md").write_text("A model.")
    assert find_checkpoint(folder).fingerprint == before
    seen = {before}
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        (folder / name).write_bytes((folder / name).read_bytes() + b" ")
        seen.add(find_checkpoint(folder).fingerprint)
    assert len(seen) == 4


def test_the_fingerprint_reads_a_file_once(folder, monkeypatch):
    reads = []
    monkeypatch.setattr("embspace.encoders.fingerprints.file_fingerprint", lambda path: reads.append(path.name) or "0")
    find_checkpoint(folder)
    find_checkpoint(folder)
    assert sorted(reads) == sorted(set(reads))
    assert "model.safetensors" in reads
    os.utime(folder / "config.json", ns=(1, 1))
    find_checkpoint(folder)
    assert reads.count("config.json") == 2


def test_half_precision_has_a_fingerprint_of_its_own(folder):
    half = load_encoder(folder, dtype="bfloat16")
    assert half.fingerprint != load_encoder(folder).fingerprint
    assert half.model.dtype == torch.bfloat16


def test_pickled_weights_are_the_same_weights(folder):
    expected = load_encoder(folder).model.state_dict()
    pickled(folder)
    found = load_encoder(folder).model.state_dict()
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_loading_is_silent(folder, capfd):
    load_encoder(folder)
    assert capfd.readouterr() == ("", "")


def test_no_such_folder(tmp_path):
    with pytest.raises(EncoderError, match=r"The folder .*nowhere does not exist; give the folder of a checkpoint"):
        load_encoder(str(tmp_path / "nowhere"))
    with pytest.raises(EncoderError, match=r"\./nowhere does not exist"):
        load_encoder("./nowhere")


def test_a_file_instead_of_a_folder(folder):
    with pytest.raises(EncoderError, match=r"is a file; give the folder that holds config.json"):
        load_encoder(folder / "model.safetensors")


def test_no_config(folder):
    (folder / "config.json").unlink()
    with pytest.raises(EncoderError, match=r"has no config.json, so it is no checkpoint"):
        load_encoder(folder)


def test_a_damaged_config(folder):
    (folder / "config.json").write_text('{"model_type": ')
    with pytest.raises(EncoderError, match=r"config.json is not JSON: .* Copy the checkpoint again"):
        load_encoder(folder)


def test_an_unknown_architecture(folder):
    (folder / "config.json").write_text('{"model_type": "nobody-knows"}')
    with pytest.raises(EncoderError, match=r"cannot open|cannot be opened"):
        load_encoder(folder)


def test_no_tokenizer(folder):
    (folder / "tokenizer.json").unlink()
    with pytest.raises(EncoderError, match=r"has no tokenizer; expected tokenizer.json"):
        load_encoder(folder)


def test_a_slow_tokenizer(folder):
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.json").write_text(json.dumps({"<unk>": 0, "a</w>": 1}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "CTRLTokenizer"}')
    with pytest.raises(EncoderError, match=r"\(CTRLTokenizer\) is a slow one, .* expected a fast tokenizer"):
        load_encoder(folder)


def test_no_weights(folder):
    (folder / "model.safetensors").unlink()
    with pytest.raises(EncoderError, match=r"has no weights; expected model.safetensors or pytorch_model.bin"):
        load_encoder(folder)


def test_weights_that_are_cut_off(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(EncoderError, match=r"model.safetensors in .* is damaged or cut off .* Copy or download"):
        load_encoder(folder)


def test_pickled_weights_that_are_cut_off(folder):
    path = pickled(folder)
    whole = path.read_bytes()
    for left in (whole[: len(whole) // 2], whole[:-10], b""):
        path.write_bytes(left)
        with pytest.raises(EncoderError, match=r"pytorch_model.bin in .* is damaged or cut off"):
            load_encoder(folder)


class Evil:
    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return os.mkdir, (self.target,)


def test_pickled_code_is_refused_and_does_not_run(folder, tmp_path):
    path = pickled(folder)
    torch.save({"x": Evil(str(tmp_path / "ran"))}, path)
    with pytest.raises(EncoderError, match=r"pytorch_model.bin in .* was refused because it contains code"):
        load_encoder(folder)
    path.write_bytes(pickle.dumps(Evil(str(tmp_path / "ran")), protocol=2))
    with pytest.raises(EncoderError, match=r"was refused because it contains code"):
        load_encoder(folder)
    assert not (tmp_path / "ran").exists()


def test_a_checkpoint_with_code_of_its_own(folder, tmp_path):
    (folder / "own.py").write_text(f"import os\nos.mkdir({str(tmp_path / 'ran')!r})\n")
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Config", "AutoModel": "own.Model"}}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(EncoderError, match=r"needs Python code that comes with it \(auto_map in config.json\)"):
        load_encoder(folder)
    assert not (tmp_path / "ran").exists()


def test_weights_that_lack_a_part_of_the_model(folder):
    config = BertConfig.from_pretrained(folder)
    config.num_hidden_layers = 1
    BertModel(config).save_pretrained(folder)
    config.num_hidden_layers = 2
    config.save_pretrained(folder)
    with pytest.raises(EncoderError, match=r"the weights lack \d+ parts of the model .* random numbers"):
        load_encoder(folder)


def test_settings_that_do_not_exist(folder):
    with pytest.raises(SettingsError, match=r"cannot compute in 'int8'; possible are float32, bfloat16, float16"):
        load_encoder(folder, dtype="int8")
    with pytest.raises(SettingsError, match=r"The device 'toaster' cannot be used here"):
        load_encoder(folder, device="toaster")
