import errno
import json
import os
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from embspace.errors import SettingsError, StoreError
from embspace.spaces import store
from embspace.spaces.manifest import Plan, manifest_file, read_manifest, vectors_file, words_file, write_manifest
from embspace.spaces.space import open_space

PLANS = [Plan(0, 2, 3), Plan(2, 4, 2), Plan(4, 5, 4)]
LANGUAGES = ["be", "be", "en", "en", "tr"]


def shard_words(plan, first_row):
    rows = range(plan.rows)
    language = LANGUAGES[plan.first]
    columns = {name: [None] * plan.rows for name in store.WORDS.names}
    columns |= {"text": [f"word{first_row + row}" for row in rows], "language": [language] * plan.rows}
    columns |= {"type": ["PER" if row % 2 else "LOC" for row in rows], "sentence": [plan.first] * plan.rows}
    columns |= {"n_pieces": [1] * plan.rows, "pieces": ["x"] * plan.rows, "found": [True] * plan.rows}
    return pa.table(columns, schema=store.WORDS)


def shard_vectors(plan, seed):
    return np.random.default_rng(seed).normal(size=(3, plan.rows, 4)).astype(np.float32)


def begin(folder):
    head = {"fingerprint": "f" * 32, "recipe": {"checkpoint": "x"}, "n_words": 9, "n_layers": 3, "dim": 4}
    texts = [f"sentence {number}" for number in range(5)]
    table = pa.table(
        {"text": texts, "language": LANGUAGES, "parallel": [None] * 5, "source": [""] * 5}, store.SENTENCES
    )
    store.write_space(folder, head, table, PLANS)


def commit(folder, index, vectors=None, dtype="float16"):
    plan = PLANS[index]
    first = sum(one.rows for one in PLANS[:index])
    vectors = shard_vectors(plan, index) if vectors is None else vectors
    store.write_shard(folder, index, plan, shard_words(plan, first), vectors, dtype, 0)


@pytest.fixture
def folder(tmp_path):
    begin(tmp_path / "space")
    for index in range(3):
        commit(tmp_path / "space", index)
    return tmp_path / "space"


@pytest.fixture
def vectors():
    return np.concatenate([shard_vectors(plan, index) for index, plan in enumerate(PLANS)], axis=1)


def test_what_was_written_is_read(folder, vectors):
    space = open_space(folder)
    assert (space.n_words, space.n_layers, space.dim, space.fingerprint) == (9, 3, 4, "f" * 32)
    assert space.path == folder
    for layer in (0, 1, 2, -1, -3):
        assert space.layer(layer).dtype == np.float32
        assert np.array_equal(space.layer(layer), vectors[layer].astype(np.float16).astype(np.float32))
    assert space.words.text.tolist() == [f"word{row}" for row in range(9)]
    assert list(space.words.columns) == store.WORDS.names
    assert space.sentences.loc[4].to_dict()["text"] == "sentence 4"
    assert space.sentences.index.name == "sentence"
    assert store.verify(folder) == []


def test_a_view_is_a_space_of_its_rows(folder, vectors):
    space = open_space(folder)
    view = space.select(language=["be", "tr"]).select(type="LOC")
    rows = [0, 2, 5, 7]
    assert view.n_words == 4
    assert view.words.text.tolist() == [f"word{row}" for row in rows]
    assert view.words.index.tolist() == [0, 1, 2, 3]
    assert np.array_equal(view.layer(1), space.layer(1)[rows])
    assert view.fingerprint not in (space.fingerprint, space.select(language="be").fingerprint)
    assert view.fingerprint == space.select(type=["LOC"], language=("be", "tr")).fingerprint
    assert view.recipe["select"] == [{"language": ["be", "tr"]}, {"type": ["LOC"]}]
    assert "select" not in space.recipe
    assert space.select(type=["LOC", "PER"]).fingerprint == space.fingerprint
    assert space.select(language="xx").layer(0).shape == (0, 4)


def test_a_view_keeps_its_own_order_across_shards(folder):
    space = open_space(folder)
    assert np.array_equal(space.select(found=True, sentence=[4, 0]).layer(2), space.layer(2)[[0, 1, 2, 5, 6, 7, 8]])


def test_settings_that_do_not_exist(folder):
    space = open_space(folder)
    with pytest.raises(SettingsError, match=r"no layer 3; possible are 0 \(embeddings\) to 2, or -1 \(last\) to -3"):
        space.layer(3)
    with pytest.raises(SettingsError, match=r"no column 'lang'; possible are text, language, sentence"):
        space.select(lang="be")


def test_norms_of_stored_halves_do_not_overflow(tmp_path):
    folder = tmp_path / "space"
    begin(folder)
    for index, plan in enumerate(PLANS):
        commit(folder, index, np.full((3, plan.rows, 4), 60000, np.float32))
    layer = open_space(folder).layer(0)
    assert np.isfinite(np.linalg.norm(layer, axis=1)).all()
    assert layer.mean() == np.float32(np.float16(60000))


def test_a_shard_that_would_overflow_is_float32(tmp_path, vectors):
    folder = tmp_path / "space"
    begin(folder)
    big = shard_vectors(PLANS[1], 1)
    big[1, 0, 2] = 70000
    big[0, 1] = np.nan
    for index in range(3):
        commit(folder, index, big if index == 1 else None)
    assert [np.load(vectors_file(folder, index)).dtype.name for index in range(3)] == ["float16", "float32", "float16"]
    assert np.array_equal(open_space(folder).layer(1)[3:5], big[1], equal_nan=True)
    assert np.isnan(open_space(folder).layer(0)[4]).all()


def test_a_stored_shard_is_not_written_again(folder):
    before = vectors_file(folder, 1).read_bytes()
    commit(folder, 1, np.zeros((3, 2, 4), np.float32))
    assert vectors_file(folder, 1).read_bytes() == before


def test_an_incomplete_space(folder):
    manifest_file(folder, 1).unlink()
    assert not store.is_complete(folder)
    with pytest.raises(StoreError, match=r"is incomplete: 2 of 3 shards are stored. Extract again; it goes on"):
        open_space(folder)


def test_a_shard_of_other_sentences_does_not_count(folder):
    write_manifest(folder, 1, replace(read_manifest(folder, 1), plan=Plan(2, 3, 2)))
    assert not store.is_complete(folder)
    assert "is of other sentences" in store.verify(folder)[0]


@pytest.mark.parametrize("path", [vectors_file, words_file])
def test_a_file_that_is_cut_off(folder, path):
    file = path(folder, 1)
    file.write_bytes(file.read_bytes()[:-1])
    message = rf"{file.name} has \d+ bytes, expected \d+: it is cut off .* Remove .*shard-00001.json and extract again"
    with pytest.raises(StoreError, match=message):
        open_space(folder)
    assert len(store.verify(folder)) == 1


@pytest.mark.parametrize("path", [vectors_file, words_file])
def test_a_file_that_is_gone(folder, path):
    path(folder, 2).unlink()
    with pytest.raises(StoreError, match=rf"{path(folder, 2).name} is missing. Remove .*shard-00002.json"):
        open_space(folder)


def flip(file, at):
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)


def test_a_flipped_bit_in_vectors_is_found_when_the_layer_is_read(folder):
    flip(vectors_file(folder, 1), -3)
    space = open_space(folder)
    space.layer(0)
    assert space.select(language="be").layer(2).shape == (3, 4)
    with pytest.raises(StoreError, match=r"vectors-00001.npy is damaged: layer 2 has another checksum .* Remove"):
        space.layer(2)
    assert len(store.verify(folder)) == 1


def test_a_layer_is_checked_once(folder, monkeypatch):
    space, checks = open_space(folder), []
    monkeypatch.setattr(store, "check_layer", lambda *args: checks.append(args[-1]))
    space.layer(1)
    space.select(language="be").layer(1)
    assert checks == [1, 1, 1]


def test_every_byte_of_every_file_is_guarded(folder):
    """Wherever a bit flips, verify tells, or nothing that is read has changed."""
    before = open_space(folder)
    words, layers = before.words, [before.layer(layer) for layer in range(3)]
    for file in sorted(path for path in folder.iterdir() if path.name != ".lock"):
        whole = file.read_bytes()
        for at in range(0, len(whole), max(1, len(whole) // 40)):
            flip(file, at)
            if not store.verify(folder):
                space = open_space(folder)
                assert space.words.equals(words)
                assert all(np.array_equal(space.layer(layer), layers[layer]) for layer in range(3))
            file.write_bytes(whole)


def test_damaged_words_and_sentences(folder):
    flip(words_file(folder, 0), 20)
    flip(folder / "sentences.parquet", 20)
    space = open_space(folder)
    with pytest.raises(StoreError, match=r"words-00000.parquet is damaged: it has another checksum"):
        assert space.words is None
    with pytest.raises(StoreError, match=r"sentences.parquet is damaged: .* Remove .* and extract again"):
        assert space.sentences is None
    assert len(store.verify(folder)) == 2


def test_another_version(folder):
    head = json.loads((folder / "space.json").read_text())
    (folder / "space.json").write_text(json.dumps(head | {"format": 99}))
    with pytest.raises(StoreError, match=r"space.json has format 99, this embspace reads 1. Remove .* extract again"):
        open_space(folder)


def test_no_space_at_all(tmp_path):
    with pytest.raises(StoreError, match=r"space.json is missing"):
        open_space(tmp_path)
    assert not store.is_complete(tmp_path)
    assert "space.json is missing" in store.verify(tmp_path)[0]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch, call):
    folder = tmp_path / "space"
    begin(folder)
    commit(folder, 0)

    def refuse(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, refuse)
        with pytest.raises(StoreError, match=r"The disk is full: .*vectors-00001.npy was not written. What was stored"):
            commit(folder, 1)
    assert not list(folder.glob("*.part")) and not list(folder.glob(".*.part"))
    assert not vectors_file(folder, 1).exists()
    commit(folder, 1)
    commit(folder, 2)
    assert store.verify(folder) == []
