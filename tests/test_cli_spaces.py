import errno
import json
import os
import re
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from embspace import cli
from embspace.analyses.map_store import maps_of
from embspace.analyses.projection import project
from embspace.corpora.records import Corpus, Sentence
from embspace.errors import SettingsError, StoreError
from embspace.spaces import shelf
from embspace.spaces.extraction import extract
from embspace.spaces.manifest import manifest_file, vectors_file, words_file
from embspace.spaces.shelf import find_space, look_at, mark_used, over_budget, parse_size, space_folders, stored_spaces
from embspace.spaces.space import open_space
from hash_encoder import HashEncoder, made_up_corpus

CORPUS = made_up_corpus(12, seed=2, name="twelve")


@pytest.fixture
def space(workspace, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    return make(workspace)


def make(workspace, seed=0, corpus=CORPUS, **settings):
    settings = {"shard_bytes": 8000, "token_budget": 200} | settings
    return extract(HashEncoder(seed=seed), corpus, workspace=workspace, **settings)


def run(*arguments, answer=None):
    """Exit code, stdout, stderr of `embspace spaces ...`."""
    done = CliRunner().invoke(cli.app, ["spaces", *map(str, arguments)], input=answer)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def flip(path):
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def aged(space, seconds):
    """As if it was last used a while ago."""
    then = time.time() - seconds
    os.utime(space.path / ".used", (then, then))


def test_list_tells_what_is_stored_in_whatever_state(workspace, space):
    whole, cut = space, make(workspace, seed=1)
    unfinished, older = make(workspace, seed=2), make(workspace, seed=3)
    manifest_file(unfinished.path, 0).unlink()
    (cut.path / "space.json").write_text("{")
    head = json.loads((older.path / "space.json").read_text())
    (older.path / "space.json").write_text(json.dumps(head | {"format": 1}))
    for age, one in enumerate((whole, cut, unfinished, older)):
        aged(one, 100 * age)
    code, out, err = run("list")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == [one.path.name[:12] for one in (whole, cut, unfinished, older)]
    for line, state in zip(lines[1:], ("whole", "damaged", "unfinished", "other version"), strict=True):
        assert state in line
    for part in ("hash-0", "twelve", "words", "x 4 x 16", "float16", "kB"):
        assert part in lines[1]
    code, out, _ = run("list", "--json")
    listed = json.loads(out)
    assert code == 0
    assert [one["state"] for one in listed] == ["whole", "damaged", "unfinished", "other version"]
    first = listed[0]
    assert (first["fingerprint"], first["checkpoint"], first["corpus"]) == (whole.fingerprint, "hash-0", "twelve")
    assert (first["layers"], first["model_layers"], first["dim"]) == ([0, 1, 2, 3], 4, 16)
    assert (first["n_words"], first["dtypes"]) == (whole.n_words, ["float16"])
    assert first["bytes"] == sum(path.stat().st_size for path in whole.path.iterdir())
    assert first["stored"] == first["shards"] == len(list(whole.path.glob("*.npy")))
    assert "space.json" in listed[1]["problem"]


def test_show_tells_words_that_were_lost_and_shards_that_did_not_fit(workspace, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    corpus = Corpus("odd", [*CORPUS, Sentence(("\x07", "good", "\x07"), "en"), *CORPUS[:3]])

    class Large(HashEncoder):
        def layers(self, batch, upto=None):
            factor = 1e6 if any((ids == LONG).any() for ids in batch) else 1.0
            for states in super().layers(batch, upto):
                yield states * factor

    LONG = HashEncoder().tokenize([Sentence(("good",), "en")]).ids[1]
    space = extract(Large(), corpus, workspace=workspace, shard_bytes=8000, token_budget=200, layers=[0, 2])
    lost = int((~space.words.found).sum())
    (wide,) = (index for index, dtype in look_at(space.path).dtypes.items() if dtype == "float32")
    code, out, _ = run("show", space.fingerprint[:8])
    told = dict(re.split(r"\s{2,}", line, maxsplit=1) for line in out.splitlines() if re.search(r"\s{2,}", line))
    assert code == 0 and lost >= 2
    assert told["words"] == f"{space.n_words:,}, {lost} of them not found by the tokenizer"
    assert told["in float32"] == f"shards {wide}: values beyond float16"
    assert told["stored layers"] == "0, 2 of 4"
    assert told["path"] == str(space.path) and told["state"] == "whole"
    in_windows = int(told["in windows"].split()[0])
    lengths = HashEncoder().tokenize(corpus).lengths
    assert in_windows > 0 and (lengths > HashEncoder.max_pieces).any()
    _, out, _ = run("show", space.fingerprint[:8], "--json")
    shown = json.loads(out)
    assert (shown["not_found"], shown["in_windows"]) == (lost, in_windows)
    assert shown["recipe"] == space.recipe and sorted(set(shown["shard_dtypes"])) == ["float16", "float32"]


def test_verify_in_a_script(workspace, space):
    other = make(workspace, seed=1)
    code, out, _ = run("verify", "--json")
    assert code == 0 and [one["good"] for one in json.loads(out)] == [True, True]
    flip(vectors_file(other.path, 0))
    code, out, _ = run("verify", "--json")
    found = {one["space"]: one for one in json.loads(out)}
    assert code == 1 and found[space.fingerprint]["good"] and not found[other.fingerprint]["good"]
    assert "vectors-00000.npy" in found[other.fingerprint]["problems"][0]
    assert run("verify", space.fingerprint)[:2] == (0, f"{space.fingerprint[:12]} good\n")


def test_repair_by_the_name_of_the_checkpoint(workspace, bert_folder):
    space = extract(bert_folder, Corpus("few", CORPUS[:4]), workspace=workspace, shard_bytes=8000)
    before = {one.name: one.read_bytes() for one in space.path.glob("*-0*")}
    flip(vectors_file(space.path, 1))
    words_file(space.path, 0).unlink()
    code, out, _ = run("repair", space.fingerprint[:10], "--device", "cpu")
    assert code == 0 and f"{space.fingerprint[:12]} is whole: 2 shards made anew" in out
    assert "was    " in out and "vectors-00001.npy is damaged" in out
    assert {one.name: one.read_bytes() for one in space.path.glob("*-0*")} == before
    code, out, _ = run("repair", space.fingerprint[:10], "--json")
    assert code == 0 and json.loads(out)["problems"] == [] and json.loads(out)["remade"] == []


def test_repair_that_cannot_be_says_what_to_do(workspace, space):
    flip(vectors_file(space.path, 0))
    code, out, err = run("repair", space.fingerprint, "--json")
    assert code == 1 and out == "" and "--checkpoint FOLDER" in err


def test_export_and_its_refusal(workspace, space, tmp_path):
    code, out, _ = run("export", space.fingerprint, tmp_path / "out", "--kind", "numpy", "--layer", "-1")
    assert (code, out) == (0, f"wrote {tmp_path / 'out'}\n")
    assert np.array_equal(np.load(tmp_path / "out" / "layer_03.npy"), space.layer(3).astype(np.float16), equal_nan=True)
    code, _, err = run("export", space.fingerprint, tmp_path / "out", "--kind", "numpy")
    assert code == 1 and "exists already" in err
    code, out, _ = run("export", space.fingerprint, tmp_path / "out", "--kind", "numpy", "--force", "--json")
    assert code == 0 and json.loads(out)["path"] == str(tmp_path / "out")
    assert len(list((tmp_path / "out").glob("*.npy"))) == 4


def test_opening_marks_a_space_as_used_once_a_minute(workspace, space):
    mark = space.path / ".used"
    aged(space, 30)
    before = mark.stat().st_mtime
    open_space(space.path)
    assert mark.stat().st_mtime == before
    aged(space, 90)
    open_space(space.path)
    assert time.time() - mark.stat().st_mtime < 30
    assert look_at(space.path).used == mark.stat().st_mtime


def test_a_space_that_cannot_be_marked_is_opened(workspace, space, monkeypatch):
    aged(space, 90)

    def refuse(*args, **settings):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.touch", refuse)
    mark_used(space.path)
    assert open_space(space.path).n_words == space.n_words


def test_removing_a_space_removes_its_maps_and_no_others(workspace, space):
    other = make(workspace, seed=1)
    settings = {"method": "pca", "workspace": workspace}
    for one in (space, other, space.select(language="en", found=True)):
        project(one, **settings)
    assert len(maps_of(workspace.maps, space.fingerprint)) == 2
    kept = maps_of(workspace.maps, other.fingerprint)
    code, out, _ = run("remove", space.fingerprint[:9])
    assert (code, out) == (0, f"removed {space.fingerprint} and 2 maps\n")
    assert [one.path for one in stored_spaces(workspace)] == [other.path]
    assert sorted(path.stem for path in workspace.maps.glob("*.json")) == kept
    assert len(list(workspace.maps.iterdir())) == 2 * len(kept)


def test_a_budget_removes_the_least_recently_used_whole_spaces(workspace, space):
    spaces = [space, *(make(workspace, seed=seed) for seed in (1, 2, 3))]
    for age, one in enumerate(spaces):
        aged(one, 100 * (4 - age))
    manifest_file(spaces[0].path, 0).unlink()  # the oldest is unfinished, and stays
    sizes = [look_at(one.path).bytes for one in spaces]
    budget = sizes[0] + sizes[3] + 10
    code, out, _ = run("remove", "--budget", budget, answer="n\n")
    assert code == 1 and len(stored_spaces(workspace)) == 4
    assert spaces[1].fingerprint[:12] in out and "Remove these 2 spaces" in out
    assert run("remove", "--budget", budget, "--json")[0] == 1
    code, out, _ = run("remove", "--budget", budget, "--yes", "--json")
    done = json.loads(out)
    assert code == 0
    assert done["removed"] == [spaces[1].fingerprint, spaces[2].fingerprint]
    assert done["bytes"] == sizes[1] + sizes[2]
    assert {one.path for one in stored_spaces(workspace)} == {spaces[0].path, spaces[3].path}
    assert "Nothing to remove" in run("remove", "--budget", "1GB")[1]
    code, _, err = run("remove", "--budget", "1kB", "--yes")
    assert code == 1 and "1 spaces are unfinished or damaged" in err
    assert [one.path for one in stored_spaces(workspace)] == [spaces[0].path]


def test_nothing_over_the_budget_is_kept_and_nothing_under_it_is_removed(workspace, space):
    one = look_at(space.path)
    assert over_budget([one], one.bytes) == []
    assert over_budget([one], one.bytes - 1) == [one]


@pytest.mark.parametrize(
    ("text", "size"),
    [("20GB", 20 * 10**9), ("1.5 TiB", 3 * 2**39), ("500mb", 5 * 10**8), ("1000", 1000), (" 7 kB ", 7000), ("0", 0)],
)
def test_sizes_as_people_write_them(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "GB", "20 Gb it", "-1GB", "infGB", "1XB", "nan"])
def test_what_is_no_size(text):
    with pytest.raises(SettingsError, match="is no size; write it as 20GB"):
        parse_size(text)


@pytest.mark.parametrize("arguments", [[], ["abc", "--budget", "1GB"]])
def test_what_to_remove_must_be_said(workspace, arguments):
    code, _, err = run("remove", *arguments)
    assert code == 1 and "Say which spaces to remove, or a --budget" in err


def test_a_whole_name_is_found_beside_a_longer_one(workspace, space):
    shutil.copytree(space.path, space.path.with_name(f"{space.path.name}-copy"))
    assert find_space(space.path.name, workspace) == space.path
    with pytest.raises(StoreError, match=r"2 spaces in .* begin with"):
        find_space(space.path.name[:8], workspace)


def test_a_folder_that_cannot_be_read_hides_no_other(workspace, space, monkeypatch):
    other = workspace.spaces / "locked"
    other.mkdir()
    real = Path.iterdir

    def iterdir(path):
        if path == other:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    by_name = {one.path.name: one for one in stored_spaces(workspace)}
    assert by_name[space.path.name].state == "whole"
    assert by_name["locked"].state == "damaged" and "Permission denied" in by_name["locked"].problem
    gone = space_folders(workspace)
    monkeypatch.setattr(shelf, "space_folders", lambda place: [*gone, workspace.spaces / "removed"])
    assert len(stored_spaces(workspace)) == 2
