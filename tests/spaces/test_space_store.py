import errno
import json
import os
from dataclasses import replace

import numpy as np
import pytest
from small_space import CORPUS, KEY, PLANS, begin, commit, shard_vectors

from embspace.errors import SettingsError, StoreError
from embspace.spaces import shards, store
from embspace.spaces.manifest import (
    Plan,
    manifest_file,
    read_manifest,
    vectors_file,
    words_file,
    write_manifest,
    write_sealed,
)
from embspace.spaces.space import open_space
from embspace.storage import write_json


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
    assert list(space.words.columns) == shards.WORDS.names
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
    written = [commit(folder, index, big if index == 1 else None) for index in range(3)]
    assert written == ["float16", "float32", "float16"]
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
    write_manifest(folder, 1, replace(read_manifest(folder, 1), plan=Plan(2, 3, 2, KEY)))
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
    monkeypatch.setattr(shards, "check_layer", lambda *args: checks.append(args[-1]))
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
    with pytest.raises(StoreError, match=r"sentences.parquet is damaged: .* Extract the corpus 'five' with 'x' again"):
        assert space.sentences is None
    assert len(store.verify(folder)) == 2


@pytest.mark.parametrize(
    ("version", "sealed", "told"),
    [
        (99, True, r"has format 99, this embspace reads 2: it was written by a newer embspace. Update embspace: pip"),
        (99, False, r"written by a newer embspace, or is damaged. Update embspace.* `embspace spaces repair"),
        (1, True, r"has format 1, .* written by an older embspace. Extract again, .*embspace spaces remove"),
        ("2", True, r"is damaged: it does not say its format. `embspace spaces repair space`"),
    ],
)
def test_another_version(folder, version, sealed, told):
    head = json.loads((folder / "space.json").read_text())
    del head["checksum"]
    head |= {"format": version}
    write_sealed(folder / "space.json", head) if sealed else write_json(folder / "space.json", head | {"checksum": ""})
    with pytest.raises(StoreError, match=told) as caught:
        open_space(folder)
    assert "Remove" not in str(caught.value)


def test_a_head_that_lacks_something_is_damaged(folder):
    head = {name: value for name, value in store.read_head(folder).items() if name != "layers"}
    write_sealed(folder / "space.json", head)
    with pytest.raises(StoreError, match=r"space.json is damaged: it lacks layers"):
        open_space(folder)
    write_sealed(folder / "space.json", head | {"layers": [1, 5]})
    with pytest.raises(StoreError, match=r"space.json is damaged: layers \[1, 5\] of 3 are not ascending numbers"):
        open_space(folder)


def test_some_layers_of_a_model(tmp_path, vectors):
    folder = tmp_path / "space"
    begin(folder, layers=(0, 6, 12), model_layers=13)
    for index in range(3):
        commit(folder, index)
    space = open_space(folder)
    assert (space.layers, space.n_layers) == ((0, 6, 12), 13)
    halves = vectors.astype(np.float16).astype(np.float32)
    for asked, place in ((0, 0), (6, 1), (-7, 1), (-1, 2), (12, 2), (-13, 0)):
        assert np.array_equal(space.layer(asked), halves[place])
    assert space.select(language="be").layers == (0, 6, 12)
    told = r"Layer 7 is not stored in .*space; stored are 0, 6, 12 of the model's 0 \(embeddings\) to 12. Extract"
    with pytest.raises(SettingsError, match=told):
        space.layer(-6)
    with pytest.raises(SettingsError, match=r"There is no layer 13"):
        space.layer(13)
    assert "layers [0, 6, 12]" in repr(space)


def test_halves_are_stored_as_they_come(tmp_path):
    folder = tmp_path / "space"
    begin(folder)
    halves = shard_vectors(PLANS[0], 0).astype(np.float16)
    halves[1, 1] = np.nan
    assert commit(folder, 0, halves) == "float16"
    assert commit(folder, 1, shard_vectors(PLANS[1], 1).astype(np.float16), "float32") == "float32"
    turned = np.asfortranarray(shard_vectors(PLANS[2], 2))
    assert commit(folder, 2, turned) == "float16"
    space = open_space(folder)
    assert np.array_equal(np.load(vectors_file(folder, 0)), halves, equal_nan=True)
    assert np.array_equal(space.layer(1)[5:], turned[1].astype(np.float16))
    assert store.verify(folder) == []
    halves[0, 0, 0] = np.inf
    with pytest.raises(ValueError, match="have overflowed"):
        commit(tmp_path / "other", 0, halves)
    with pytest.raises(ValueError, match=r"vectors \(3, 2, 4\) and 3 words for a shard of 3 rows"):
        commit(tmp_path / "other", 0, halves[:, :2])


def test_the_corpus_is_stored_whole(folder):
    space = open_space(folder)
    assert space.corpus.sentences == CORPUS.sentences
    assert space.corpus.fingerprint == CORPUS.fingerprint
    assert list(space.sentences.columns) == ["text", "language", "parallel", "source"]


def test_another_corpus_than_the_recipe_says(folder):
    head = store.read_head(folder)
    head["recipe"]["corpus_fingerprint"] = "0" * 32
    write_sealed(folder / "space.json", head)
    told = rf"holds a corpus with the fingerprint {CORPUS.fingerprint}, the recipe says 0000"
    with pytest.raises(StoreError, match=told):
        assert open_space(folder).corpus


def test_a_space_that_is_begun_twice_keeps_its_first_plan(folder):
    before = (folder / "space.json").read_bytes()
    begin(folder, layers=(1, 2, 3), model_layers=9)
    assert (folder / "space.json").read_bytes() == before


def test_no_space_at_all(tmp_path):
    with pytest.raises(StoreError, match=r"space.json is missing"):
        open_space(tmp_path)
    assert not store.is_complete(tmp_path)
    assert not list(tmp_path.glob(".lock"))
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
