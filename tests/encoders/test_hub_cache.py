import os
import shutil
import socket
import subprocess
import sys

import huggingface_hub
import pytest
from huggingface_hub import constants

from embspace.encoders.checkpoints import find_checkpoint
from embspace.encoders.hub_cache import cached_revisions
from embspace.encoders.loading import load_encoder
from embspace.errors import EncoderError

MAIN = "0123456789abcdef0123456789abcdef01234567"
OLD = "89abcdef0123456789abcdef0123456789abcdef"
BARE = "fedcba9876543210fedcba9876543210fedcba98"


@pytest.fixture
def asked(monkeypatch):
    """The attempts to reach the hub: questions, and sockets."""
    attempts = []

    def refuse(what):
        attempts.append(what)
        raise ConnectionError("no network in this test")

    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", lambda *_, **__: refuse("the hub"))
    monkeypatch.setattr(socket, "socket", lambda *_, **__: refuse("a socket"))
    return attempts


@pytest.fixture
def cache(tmp_path, monkeypatch, bert_folder, asked):
    """A cache with three revisions of someone/tiny, made by hand; nothing may be asked while the hub is offline."""
    place = tmp_path / "hub" / "models--someone--tiny"
    for reference, commit in {"main": MAIN, "refs/pr/1": OLD, "v1.0": OLD}.items():
        (place / "refs" / reference).parent.mkdir(parents=True, exist_ok=True)
        (place / "refs" / reference).write_text(commit)
    for commit in (MAIN, OLD, BARE):
        snapshot(place, commit, bert_folder)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    yield place
    if constants.HF_HUB_OFFLINE:
        assert not asked


def snapshot(place, commit, folder):
    """Files as links into blobs, as the hub's client lays them."""
    target = place / "snapshots" / commit
    target.mkdir(parents=True)
    (place / "blobs").mkdir(exist_ok=True)
    for path in folder.iterdir():
        blob = shutil.copy(path, place / "blobs" / f"{commit[:6]}-{path.name}")
        (target / path.name).symlink_to(os.path.relpath(blob, target))


def test_branches_tags_and_commits(cache):
    by = {name: find_checkpoint(f"someone/tiny{name}") for name in ("", "@main", "@v1.0", "@refs/pr/1", f"@{BARE}")}
    assert [by[name].folder.name for name in by] == [MAIN, MAIN, OLD, OLD, BARE]
    assert by[""].fingerprint == by["@main"].fingerprint == find_checkpoint(f"someone/tiny@{MAIN}").fingerprint
    assert len({one.fingerprint for one in by.values()}) == 3
    assert load_encoder("someone/tiny@v1.0").n_layers == 3


def test_a_revision_that_is_not_cached_is_told_with_those_that_are(cache):
    with pytest.raises(
        EncoderError,
        match=r"someone/tiny@v2 is no folder here, the Hugging Face hub cannot be reached \(HF_HUB_OFFLINE is set\), "
        r"and of someone/tiny the local cache has only main \(01234567\), refs/pr/1 .*, v1.0 \(89abcdef\), "
        rf"{BARE}\. Take one",
    ):
        load_encoder("someone/tiny@v2")
    assert cached_revisions("someone/other") == []


def test_a_revision_cannot_leave_the_cache(cache, bert_folder):
    shutil.copytree(bert_folder, cache / "outside")
    for revision in ("../outside", "../../../etc", "."):
        with pytest.raises(EncoderError, match=r"the local cache has only main"):
            load_encoder(f"someone/tiny@{revision}")


@pytest.mark.parametrize(
    ("gone", "told"),
    [
        ("model.safetensors", "its weights are missing"),
        ("config.json", "config.json is missing"),
        ("tokenizer.json", "its tokenizer is missing"),
    ],
)
def test_a_snapshot_cached_in_part(cache, gone, told):
    (cache / "blobs" / f"{MAIN[:6]}-{gone}").unlink()  # a link without its target
    with pytest.raises(EncoderError, match=rf"The local cache has only a part of someone/tiny: {told} .* Go online"):
        load_encoder("someone/tiny")


def test_a_cached_adapter_needs_no_config(cache, tmp_path):
    place = tmp_path / "hub" / "models--someone--lora" / "snapshots" / MAIN
    place.mkdir(parents=True)
    (place.parents[1] / "refs").mkdir()
    (place.parents[1] / "refs" / "main").write_text(MAIN)
    (place / "adapter_config.json").write_text(
        '{"peft_type": "LORA", "base_model_name_or_path": "someone/tiny", "revision": "v1.0"}'
    )
    (place / "adapter_model.safetensors").write_bytes(b"")
    found = find_checkpoint("someone/lora")
    assert found.folder.name == OLD
    assert found.adapters == (place,)
    assert find_checkpoint("someone/tiny+someone/lora").folder.name == MAIN


def test_a_commit_is_not_asked_for_again(cache, monkeypatch, asked):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    assert find_checkpoint(f"someone/tiny@{OLD}").folder.name == OLD
    assert asked == []
    assert find_checkpoint("someone/tiny@v1.0").folder.name == OLD
    assert asked == ["the hub"]


@pytest.mark.parametrize("variable", ["HF_HOME", "HF_HUB_CACHE"])
def test_the_environment_says_where_the_cache_is(cache, tmp_path, variable):
    monkeyed = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGINGFACE_"))}
    where = {"HF_HOME": str(tmp_path), "HF_HUB_CACHE": str(tmp_path / "hub")}[variable]
    line = "from embspace.encoders.checkpoints import find_checkpoint as f; print(f('someone/tiny@v1.0').folder.name)"
    told = subprocess.check_output(
        [sys.executable, "-c", line], env=monkeyed | {variable: where, "HF_HUB_OFFLINE": "1"}, text=True
    )
    assert told.strip() == OLD
