import json
import shutil
import sys

import numpy as np
import pytest
import torch

from embspace.encoders.checkpoints import find_checkpoint
from embspace.encoders.loading import load_encoder
from embspace.errors import EncoderError

CODE = """
from pathlib import Path

import torch
from transformers import BertConfig, BertModel

from .scale import SCALE


class OwnConfig(BertConfig):
    model_type = "own-{name}"


class OwnModel(BertModel):
    config_class = OwnConfig

    def __init__(self, config, **options):
        super().__init__(config, **options)
        Path({ran!r}).touch()
        self.embeddings.register_forward_hook(lambda module, args, found: SCALE * found)
"""
BATCH = [np.array([5, 9, 12, 30, 7]), np.array([8, 3])]
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def modules(tmp_path, monkeypatch):
    """Where transformers keeps a copy of the code that it runs."""
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.syspath_prepend(str(tmp_path / "modules"))
    forget()
    yield
    forget()


def forget():
    for name in [one for one in sys.modules if one.split(".")[0] == "transformers_modules"]:
        del sys.modules[name]


@pytest.fixture
def folder(tmp_path, bert_folder):
    """A BERT whose embeddings are doubled by code of its own, which leaves a mark where it ran."""
    target = shutil.copytree(bert_folder, tmp_path / "own")
    write_code(target, tmp_path, target.name)
    claim(target, f"own-{target.name}", "own.OwnConfig", "own.OwnModel")
    return target


def write_code(target, tmp_path, name, scale=2.0):
    (target / "own.py").write_text(CODE.format(ran=str(tmp_path / "ran"), name=name))
    (target / "scale.py").write_text(f"SCALE = {scale}\n")


def claim(folder, kind, config, model):
    settings = json.loads((folder / "config.json").read_text())
    settings |= {"model_type": kind, "auto_map": {"AutoConfig": config, "AutoModel": model}}
    (folder / "config.json").write_text(json.dumps(settings))


def embedded(name, **options):
    """The states of layer 0."""
    with torch.inference_mode():
        return load_encoder(name, **options).states(BATCH)[0]


def test_code_runs_only_when_it_is_trusted_by_name(folder, tmp_path, bert_folder):
    with pytest.raises(EncoderError, match=r"needs Python code that comes with it .* `load_encoder\(\.\.\., trust_rem"):
        load_encoder(folder)
    find_checkpoint(folder, trust_remote_code=True)
    assert not (tmp_path / "ran").exists()
    found = embedded(folder, trust_remote_code=True)
    assert (tmp_path / "ran").exists()
    torch.testing.assert_close(found, 2 * embedded(bert_folder), rtol=1e-5, atol=1e-5)


def test_code_counts_in_the_fingerprint(folder, tmp_path):
    seen = [find_checkpoint(folder, trust_remote_code=True).fingerprint]
    (folder / "scale.py").write_text("SCALE = 3.0\n")
    seen.append(find_checkpoint(folder, trust_remote_code=True).fingerprint)
    (folder / "more").mkdir()
    (folder / "more" / "again.py").write_text("")
    seen.append(find_checkpoint(folder, trust_remote_code=True).fingerprint)
    assert len(set(seen)) == 3


def test_trust_changes_nothing_where_there_is_no_code(bert_folder):
    trusted = find_checkpoint(bert_folder, trust_remote_code=True)
    assert not trusted.code
    assert trusted == find_checkpoint(bert_folder)


def test_an_architecture_that_transformers_has_runs_its_own_code_unless_trusted(folder, tmp_path, bert_folder):
    claim(folder, "bert", "own.OwnConfig", "own.OwnModel")
    torch.testing.assert_close(embedded(folder), embedded(bert_folder), rtol=0, atol=0)
    assert not (tmp_path / "ran").exists()
    trusted = find_checkpoint(folder, trust_remote_code=True)
    assert trusted.fingerprint != find_checkpoint(folder).fingerprint
    torch.testing.assert_close(
        embedded(folder, trust_remote_code=True), 2 * embedded(bert_folder), rtol=1e-5, atol=1e-5
    )


def test_code_kept_in_another_repository(folder, tmp_path, bert_folder, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    claim(folder, "own-elsewhere", "someone/code--own.OwnConfig", "someone/code--own.OwnModel")
    for name in ("own.py", "scale.py"):
        (folder / name).unlink()
    with pytest.raises(EncoderError, match=r"someone/code is no folder here, the Hugging Face hub cannot be reached"):
        find_checkpoint(folder, trust_remote_code=True)
    place = tmp_path / "hub" / "models--someone--code"
    (place / "snapshots" / COMMIT).mkdir(parents=True)
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text(COMMIT)
    write_code(place / "snapshots" / COMMIT, tmp_path, "elsewhere")
    found = find_checkpoint(folder, trust_remote_code=True)
    assert found.code_revision == COMMIT
    torch.testing.assert_close(
        embedded(folder, trust_remote_code=True), 2 * embedded(bert_folder), rtol=1e-5, atol=1e-5
    )
    (place / "snapshots" / COMMIT).rename(place / "snapshots" / COMMIT[::-1])
    (place / "refs" / "main").write_text(COMMIT[::-1])
    assert find_checkpoint(folder, trust_remote_code=True).fingerprint != found.fingerprint
    claim(folder, "own-elsewhere", "someone/code--own.OwnConfig", "other/code--own.OwnModel")
    with pytest.raises(EncoderError, match=r"from several repositories \(other/code, someone/code\)"):
        find_checkpoint(folder, trust_remote_code=True)
