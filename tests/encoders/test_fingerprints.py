import json
import os
import shutil
import time

import pytest
from transformers import AutoTokenizer

from embspace.encoders import fingerprints
from embspace.encoders.checkpoints import find_checkpoint
from embspace.encoders.fingerprints import bytes_fingerprint
from embspace.storage import file_fingerprint


@pytest.fixture
def folder(tmp_path, bert_folder):
    return shutil.copytree(bert_folder, tmp_path / "model")


@pytest.fixture
def reads(monkeypatch):
    """The names of files read for their fingerprint; what is remembered in this process is forgotten."""
    fingerprints._once.cache_clear()
    seen = []

    def read(path):
        seen.append(path.name)
        return file_fingerprint(path)

    monkeypatch.setattr(fingerprints, "file_fingerprint", read)
    return seen


@pytest.fixture
def large(tmp_path, monkeypatch):
    """A file that counts as large, changed long ago."""
    monkeypatch.setattr(fingerprints, "_LARGE", 10)
    monkeypatch.setattr(fingerprints, "_SETTLED", 0.0)
    (tmp_path / "weights").write_bytes(b"0123456789ab")
    return tmp_path / "weights"


def again(path):
    """Its fingerprint in another process."""
    fingerprints._once.cache_clear()
    return bytes_fingerprint(path)


def test_it_stays_when_a_folder_is_moved_copied_or_touched(folder, tmp_path, monkeypatch):
    before = find_checkpoint(folder).fingerprint
    for path in folder.iterdir():
        os.utime(path)
    assert find_checkpoint(folder).fingerprint == before
    copied = shutil.copytree(folder, tmp_path / "elsewhere" / "copy")
    assert find_checkpoint(copied).fingerprint == before
    (tmp_path / "link").symlink_to(copied)
    assert find_checkpoint(tmp_path / "link").fingerprint == before
    folder.rename(tmp_path / "renamed")
    monkeypatch.chdir(tmp_path)
    assert find_checkpoint("./renamed").fingerprint == before


@pytest.mark.parametrize(
    "name",
    ["optimizer.pt", "scheduler.pt", "rng_state.pth", "training_args.bin", "trainer_state.json", "README.md",
     "generation_config.json", "eval_results.json", "tf_model.h5", "events.out.tfevents.1", "own.py"],
)  # fmt: skip
def test_it_stays_when_files_change_that_an_encoder_does_not_read(folder, name):
    before = find_checkpoint(folder).fingerprint
    (folder / name).write_text("1")
    assert find_checkpoint(folder).fingerprint == before


def test_it_changes_with_added_tokens_tokenizer_and_settings(folder):
    seen = [find_checkpoint(folder).fingerprint]
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens(["Вашынгтон"])
    tokenizer.save_pretrained(folder)
    seen.append(find_checkpoint(folder).fingerprint)
    for name, setting in (
        ("config.json", {"layer_norm_eps": 1e-6}),
        ("tokenizer_config.json", {"do_lower_case": True}),
    ):
        (folder / name).write_text(json.dumps(json.loads((folder / name).read_text()) | setting))
        seen.append(find_checkpoint(folder).fingerprint)
    (folder / "special_tokens_map.json").write_text('{"unk_token": "[UNK]"}')
    seen.append(find_checkpoint(folder).fingerprint)
    assert len(set(seen)) == len(seen)


def test_a_large_file_is_read_once_for_all_processes(large, reads):
    first = bytes_fingerprint(large)
    assert again(large) == first == file_fingerprint(large)
    assert reads == ["weights"]


@pytest.mark.parametrize("how", ["bytes", "time", "replaced", "same size, same time"])
def test_a_large_file_is_read_again_when_anything_of_it_changes(large, reads, how):
    first, status = bytes_fingerprint(large), large.stat()
    if how == "bytes":
        large.write_bytes(b"0123456789abc")
    elif how == "time":
        os.utime(large, ns=(1, 1))
    elif how == "replaced":
        shutil.copy2(large, large.with_name("new")).replace(large)
    else:
        large.write_bytes(b"ba9876543210")
        os.utime(large, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert (again(large) == first) is (how in ("time", "replaced"))
    assert again(large) == file_fingerprint(large)
    assert reads == ["weights", "weights"]


def test_a_file_that_was_just_written_is_not_remembered(large, reads, monkeypatch, workspace):
    monkeypatch.setattr(fingerprints, "_SETTLED", 2.0)
    bytes_fingerprint(large)
    assert not (workspace.root / "fingerprints.json").exists()
    later = time.time() + 10
    monkeypatch.setattr(fingerprints.time, "time", lambda: later)
    assert again(large) == again(large)
    assert reads == ["weights", "weights"]


def test_small_files_leave_no_trace(folder, workspace):
    find_checkpoint(folder)
    assert not workspace.root.exists()


@pytest.mark.parametrize("memory", ["{", "[]", '{"x": 1}', "null"])
def test_a_damaged_memory_is_made_anew(large, reads, workspace, memory):
    workspace.root.mkdir()
    (workspace.root / "fingerprints.json").write_text(memory.replace("x", str(large)))
    first = bytes_fingerprint(large)
    assert again(large) == first == file_fingerprint(large)
    assert reads == ["weights"]


def test_a_workspace_that_cannot_be_written_to(large, reads, workspace):
    workspace.root.write_text("a file where the folder should be")
    assert bytes_fingerprint(large) == again(large) == file_fingerprint(large)


def test_the_memory_does_not_grow_without_end(large, monkeypatch, workspace, tmp_path):
    monkeypatch.setattr(fingerprints, "_KEPT", 3)
    for number in range(5):
        bytes_fingerprint(shutil.copy(large, tmp_path / f"copy-{number}"))
    kept = json.loads((workspace.root / "fingerprints.json").read_text())
    assert [path.rpartition("/")[2] for path in kept] == ["copy-2", "copy-3", "copy-4"]
