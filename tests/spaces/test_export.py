import json
import sys
import tracemalloc

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file
from small_space import KEY, PLANS, begin, shard_vectors, shard_words

from embspace.errors import SettingsError, StoreError
from embspace.progress import Cancelled, Silent
from embspace.spaces import export as exporting
from embspace.spaces import shards, store
from embspace.spaces.export import KINDS, export
from embspace.spaces.manifest import Plan
from embspace.spaces.space import open_space


@pytest.fixture(params=["float16", "float32 in one shard"])
def space(tmp_path, request):
    folder = tmp_path / "space"
    begin(folder, layers=(0, 6, 12), model_layers=13)
    for index, plan in enumerate(PLANS):
        vectors, words = shard_vectors(plan, index), shard_words(plan, 10 * index).to_pydict()
        if index == 2:
            vectors[:, 1], words["found"][1] = np.nan, False
        if index == 1 and request.param != "float16":
            vectors[1, 0, 0] = 1e5
        shards.write_shard(folder, index, plan, pa.table(words, shards.WORDS), vectors, "float16", 0)
    return open_space(folder)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Blocks of two rows, so that every export crosses blocks and shards."""
    monkeypatch.setattr(exporting, "_BLOCK_BYTES", 2 * 4 * 4)


def same(found, space, layer):
    assert found.dtype == space.stored_dtype
    return np.array_equal(found.astype(np.float32), space.layer(layer), equal_nan=True)


def test_numpy_reads_what_was_exported(space, tmp_path):
    folder = export(space, tmp_path / "out" / "arrays", "numpy")
    for layer in space.layers:
        assert same(np.load(folder / f"layer_{layer:02d}.npy"), space, layer)
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "words.parquet"), space.words)
    about = json.loads((folder / "recipe.json").read_text())
    assert (about["fingerprint"], about["layers"], about["model_layers"]) == (KEY, [0, 6, 12], 13)
    assert about["recipe"] == space.recipe
    assert sorted(one.name for one in folder.parent.iterdir()) == ["arrays"]


def test_safetensors_reads_what_was_exported(space, tmp_path):
    path = export(space, tmp_path / "space.safetensors", "safetensors", layers=[-1, 0])
    tensors = load_file(path)
    assert sorted(tensors) == ["layer_00", "layer_12"]
    assert all(same(tensors[f"layer_{layer:02d}"], space, layer) for layer in (0, 12))
    with safe_open(path, "np") as file:
        assert json.loads(file.metadata()["embspace"])["recipe"] == space.recipe
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "space.safetensors.words.parquet"), space.words)


def test_zarr_reads_what_was_exported(space, tmp_path):
    import zarr

    group = zarr.open_group(export(space, tmp_path / "space.zarr", "zarr"), mode="r")
    assert group.metadata.zarr_format == 3
    assert group["vectors"].shape == (3, 9, 4)
    assert group["vectors"].metadata.dimension_names == ("layer", "word", "dim")
    assert group["vectors"].attrs["layers"] == [0, 6, 12]
    assert all(same(group["vectors"][place], space, layer) for place, layer in enumerate(space.layers))
    assert group.attrs["recipe"] == space.recipe
    for name in space.words.columns:
        column, array = space.words[name], group[f"words/{name}"]
        nulls = np.zeros(9, bool)
        nulls[array.attrs["nulls"]] = True
        assert np.array_equal(nulls, column.isna())
        assert array[:][~nulls].tolist() == column[~nulls].tolist()


def test_the_projector_reads_what_was_exported(space, tmp_path):
    folder = export(space, tmp_path / "projector", "projector", layers=[6])
    found = space.words.found.to_numpy()
    vectors = np.loadtxt(folder / "vectors.tsv", delimiter="\t", ndmin=2)
    assert np.array_equal(vectors.astype(space.stored_dtype).astype(np.float32), space.layer(6)[found])
    lines = (folder / "metadata.tsv").read_text().split("\n")
    assert lines[0].split("\t") == list(space.words.columns)
    assert [line.split("\t")[0] for line in lines[1:-1]] == space.words.text[found].tolist()
    assert len(lines) == 1 + found.sum() + 1
    config = (folder / "projector_config.pbtxt").read_text()
    assert 'tensor_path: "vectors.tsv"' in config and 'metadata_path: "metadata.tsv"' in config
    last = export(space, tmp_path / "last", "projector")
    assert np.allclose(np.loadtxt(last / "vectors.tsv"), space.layer(12)[found], rtol=1e-3)
    with pytest.raises(SettingsError, match="one layer at a time; 2 were given"):
        export(space, tmp_path / "two", "projector", layers=[0, 6])


def test_texts_with_tabs_and_line_ends_stay_in_their_cell(tmp_path):
    folder = tmp_path / "space"
    begin(folder)
    for index, plan in enumerate(PLANS):
        words = shard_words(plan, 0).to_pydict()
        words["text"] = ["a\tb\\", "c\r\nd\u2028e", "\x85\0"][: plan.rows] + ["plain"] * (plan.rows - 3)
        words["parallel"] = [None] * plan.rows
        table = pa.table(words, schema=shards.WORDS)
        shards.write_shard(folder, index, plan, table, shard_vectors(plan, 0), "float16", 0)
    text = (export(open_space(folder), tmp_path / "out", "projector") / "metadata.tsv").read_bytes().decode()
    lines = text.splitlines()
    assert len(lines) == 1 + 9
    assert {len(line.split("\t")) for line in lines} == {len(shards.WORDS.names)}
    assert [line.split("\t")[0] for line in lines[1:4]] == [r"a\tb\\", r"c\r\nd\u2028e", r"\x85\x00"]
    assert lines[1].split("\t")[shards.WORDS.names.index("parallel")] == ""


@pytest.mark.parametrize("kind", KINDS)
def test_a_view_is_exported_as_it_is_read(space, tmp_path, kind):
    view = space.select(language=["be", "tr"]).select(type="LOC", found=True)
    path = export(view, tmp_path / "out", kind, layers=[6])
    if kind == "zarr":
        import zarr

        found = zarr.open_group(path, mode="r")["vectors"][0]
    elif kind == "safetensors":
        found = load_file(path)["layer_06"]
    elif kind == "numpy":
        found = np.load(path / "layer_06.npy")
    else:
        found = np.loadtxt(path / "vectors.tsv")
    assert np.array_equal(np.asarray(found, space.stored_dtype).astype(np.float32), view.layer(6))


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_overwritten_without_force(space, tmp_path, kind):
    path = tmp_path / "out"
    export(space, path, kind, layers=[0])
    before = {one: one.read_bytes() for one in path.rglob("*") if one.is_file()}
    with pytest.raises(StoreError, match=r"out exists already; choose another path, or replace it with --force"):
        export(space, path, kind)
    assert before == {one: one.read_bytes() for one in path.rglob("*") if one.is_file()}
    export(space, path, kind, layers=[12], force=True)
    assert not list(tmp_path.glob(".*"))


def test_a_folder_of_other_things_is_never_replaced(space, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").touch()
    with pytest.raises(StoreError, match=r"mine is a folder that holds no export; choose another path"):
        export(space, tmp_path / "mine", "numpy", force=True)
    assert (tmp_path / "mine" / "thesis.tex").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_cut_off_leaves_nothing(space, tmp_path, kind):
    class Stop(Silent):
        def advance(self, count=1, note=""):
            raise Cancelled

    with pytest.raises(Cancelled):
        export(space, tmp_path / "out", kind, progress=Stop())
    assert sorted(one.name for one in tmp_path.iterdir()) == ["space"]


@pytest.mark.parametrize("kind", KINDS)
def test_damage_is_not_exported(space, tmp_path, kind):
    file = space.path / "vectors-00001.npy"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    with pytest.raises(StoreError, match=r"vectors-00001.npy is damaged: layer 2 "):
        export(open_space(space.path), tmp_path / "out", kind)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["space"]


def test_what_cannot_be_exported(space, tmp_path, monkeypatch):
    with pytest.raises(SettingsError, match=r"kind = 'hdf5' is unknown; possible are zarr, safetensors, numpy, proj"):
        export(space, tmp_path / "out", "hdf5")
    with pytest.raises(SettingsError, match=r"Layer 3 is not stored in .*; stored are 0, 6, 12"):
        export(space, tmp_path / "out", "numpy", layers=[3])
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(SettingsError, match=r'Zarr is not installed; install it with: pip install "embspace\[zarr\]"'):
        export(space, tmp_path / "out", "zarr")


@pytest.mark.parametrize("kind", KINDS)
def test_memory_does_not_grow_with_the_layer(tmp_path, monkeypatch, kind):
    """A layer of 32 MB is exported in blocks of 1 MB."""
    monkeypatch.setattr(exporting, "_BLOCK_BYTES", 2**20)
    rows, dim = 8192, 1024
    folder = tmp_path / "space"
    plan = Plan(0, 5, rows, KEY)
    head = {"fingerprint": KEY, "recipe": {}, "n_words": rows, "dim": dim, "layers": [0], "model_layers": 1}
    store.write_space(folder, head, pa.table({"text": ["x"] * 5}), [plan])
    words = shard_words(plan, 0)
    shards.write_shard(folder, 0, plan, words, np.ones((1, rows, dim), np.float32), "float32", 0)
    space = open_space(folder)
    assert len(space.words) == rows
    tracemalloc.start()
    export(space, tmp_path / "out", kind)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16e6
