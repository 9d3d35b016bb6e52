import errno
import json
import os
import shutil

import numpy as np
import pytest

from embspace.corpora.records import Corpus
from embspace.errors import EncoderError, StoreError
from embspace.progress import Cancelled, Silent
from embspace.spaces import store
from embspace.spaces.extraction import extract
from embspace.spaces.manifest import manifest_file, read_manifest, vectors_file, words_file, write_sealed
from embspace.spaces.repair import REPAIRS, repair
from embspace.spaces.space import open_space
from embspace.storage import write_json
from embspace.workspace import Workspace
from hash_encoder import HashEncoder, made_up_corpus

CORPUS = made_up_corpus(24, seed=1)
SETTINGS = {"shard_bytes": 8000, "token_budget": 200}


@pytest.fixture
def space(workspace):
    return extract(HashEncoder(), CORPUS, workspace=workspace, **SETTINGS)


def content(folder):
    """The bytes of every file that a space consists of."""
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.name[0] != "." and one.name != REPAIRS}


def identities(folder):
    return {one.name: (one.stat().st_ino, one.stat().st_mtime_ns) for one in folder.glob("*-0*")}


def flip(path, at=-1):
    data = bytearray(path.read_bytes())
    data[at] ^= 4
    path.write_bytes(data)


def truncate(path):
    path.write_bytes(path.read_bytes()[:-7])


def remove(path):
    path.unlink()


def empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("harm", [flip, truncate, remove, empty])
@pytest.mark.parametrize("file", [vectors_file, words_file, manifest_file])
def test_a_damaged_shard_alone_is_made_anew_bit_for_bit(space, file, harm):
    before, untouched = content(space.path), identities(space.path)
    assert len(untouched) > 9
    harm(file(space.path, 1))
    encoder = HashEncoder()
    done = repair(space.path, checkpoint=encoder)
    assert content(space.path) == before
    assert done.remade == [1] and len(done.problems) == 1 and file(space.path, 1).name in done.problems[0]
    assert encoder.sentences == read_manifest(space.path, 1).plan.stop - read_manifest(space.path, 1).plan.first
    after = identities(space.path)
    assert {name for name in after if after[name] != untouched[name]} == {
        "words-00001.parquet",
        "vectors-00001.npy",
        "shard-00001.json",
    }
    (note,) = json.loads((space.path / REPAIRS).read_text())
    assert note["remade"] == [1] and note["made_with"]["torch"]
    assert repair(space.path).problems == []


def test_a_whole_space_is_not_touched(space, monkeypatch):
    before = {one: one.stat().st_mtime_ns for one in space.path.iterdir() if one.name != ".lock"}
    done = repair(space.path)
    assert (done.problems, done.remade, done.swept, done.foreign) == ([], [], [], [])
    assert before == {one: one.stat().st_mtime_ns for one in space.path.iterdir() if one.name != ".lock"}


@pytest.mark.parametrize("harm", [flip, truncate, remove, empty, lambda path: path.write_text('{"format": 2}')])
def test_a_lost_head_is_made_anew_from_the_corpus(space, harm):
    before = content(space.path)
    harm(space.path / "space.json")
    with pytest.raises(StoreError, match=r"space.json .*`embspace spaces repair"):
        open_space(space.path)
    done = repair(space.path)
    assert content(space.path) == before
    assert len(done.problems) == 1 and done.remade == []


def test_a_head_of_a_newer_version_is_left(space):
    head = json.loads((space.path / "space.json").read_text())
    del head["checksum"]
    write_sealed(space.path / "space.json", head | {"format": 3})
    with pytest.raises(StoreError, match=r"newer embspace. Update"):
        repair(space.path)
    assert json.loads((space.path / "space.json").read_text())["format"] == 3


@pytest.mark.parametrize("harm", [flip, truncate, remove, empty])
def test_a_lost_corpus_is_written_again_by_extracting(space, harm, workspace):
    before = content(space.path)
    harm(space.path / "sentences.parquet")
    told = r"sentences.parquet .* cannot be made from vectors: extract 'made up' with 'hash-0' as before"
    with pytest.raises(StoreError, match=told):
        repair(space.path, checkpoint=HashEncoder())
    encoder = HashEncoder()
    extract(encoder, CORPUS, workspace=workspace, **SETTINGS)
    assert content(space.path) == before and encoder.sentences == 0
    harm(space.path / "sentences.parquet")
    assert repair(space.path, corpus=CORPUS).remade == []
    assert content(space.path) == before
    harm(space.path / "sentences.parquet")
    with pytest.raises(StoreError, match=r"holds another corpus, 'made up', with the fingerprint"):
        repair(space.path, corpus=Corpus("other", CORPUS[:3]))


def test_head_and_corpus_both_lost(space, workspace):
    before, untouched = content(space.path), identities(space.path)
    flip(space.path / "sentences.parquet")
    flip(space.path / "space.json", at=40)
    with pytest.raises(StoreError, match=r"are both missing or damaged. Remove .*space.json and extract the same"):
        repair(space.path, checkpoint=HashEncoder())
    (space.path / "space.json").unlink()
    extract(HashEncoder(), CORPUS, workspace=workspace, **SETTINGS)
    assert content(space.path) == before and identities(space.path) == untouched


def test_leftovers_are_swept_and_what_is_not_ours_is_left(space):
    before = content(space.path)
    ours = [".vectors-00001.npy.0123abcd.part", ".claim-00001", "vectors-00077.npy", "shard-00077.json"]
    for name in [*ours, "notes.txt", ".DS_Store"]:
        (space.path / name).write_text("x")
    done = repair(space.path)
    assert done.swept == sorted(ours) and done.problems == []
    assert sorted(done.foreign) == [".DS_Store", "notes.txt"]
    (space.path / "notes.txt").unlink()
    assert content(space.path) == before


def other_space(workspace, **changed):
    """A space of the same corpus and shards by another model."""
    return extract(HashEncoder(seed=5), CORPUS, workspace=workspace, **SETTINGS | changed)


FILES = (vectors_file, words_file, manifest_file)


@pytest.mark.parametrize("files", [[vectors_file], [words_file], [manifest_file], FILES])
@pytest.mark.parametrize("source", ["another shard", "another space"])
def test_files_of_another_shard_or_space_are_never_read_as_ours(space, workspace, files, source):
    before = content(space.path)
    other, index = (space, 2) if source == "another shard" else (other_space(workspace), 1)
    assert store.plans_of(store.read_head(other.path))[1].rows == store.plans_of(store.read_head(space.path))[1].rows
    for file in files:
        shutil.copy(file(other.path, index), file(space.path, 1))
    if content(space.path) == before:
        assert files == [words_file] and source == "another space"  # of the same corpus
        return
    with pytest.raises(StoreError, match=r"embspace spaces repair|Extract again; it goes on"):
        found = open_space(space.path)
        assert len(found.words) == space.n_words
        for layer in found.layers:
            found.layer(layer)
    assert len(store.verify(space.path)) == 1
    assert repair(space.path, checkpoint=HashEncoder()).remade == [1]
    assert content(space.path) == before


def test_the_head_of_another_space_is_replaced_by_its_own(space, workspace):
    before = content(space.path)
    shutil.copy(other_space(workspace).path / "space.json", space.path / "space.json")
    with pytest.raises(StoreError, match=r"space.json is of another space"):
        open_space(space.path)
    repair(space.path)
    assert content(space.path) == before


def test_another_checkpoint_under_the_same_name_is_refused(space):
    flip(vectors_file(space.path, 1))
    before = content(space.path)
    other = HashEncoder(seed=7)
    told = r"was made with hash-0 of fingerprint hash 4 16 0, but hash-7 has fingerprint hash 4 16 7: .* --checkpoint"
    with pytest.raises(EncoderError, match=told):
        repair(space.path, checkpoint=other)
    with pytest.raises(
        EncoderError, match=r"To repair .*, the checkpoint that made it is needed.* --checkpoint FOLDER"
    ):
        repair(space.path, checkpoint="./nowhere")
    assert content(space.path) == before


def test_a_repair_that_is_stopped_goes_on(space):
    before = content(space.path)
    for index in (0, 2, 3):
        flip(vectors_file(space.path, index))

    class Stop(Silent):
        stages = ()

        def stage(self, name, total=None, unit=""):
            self.stages += (name,)

        def advance(self, count=1, note=""):
            if "extracting" in self.stages and not manifest_file(space.path, 3).exists():
                raise Cancelled

    with pytest.raises(Cancelled):
        repair(space.path, checkpoint=HashEncoder(), progress=Stop())
    repair(space.path, checkpoint=HashEncoder())
    assert content(space.path) == before


def test_a_corpus_that_changed_between_two_runs_makes_another_space(workspace):
    """Neither takes shards of the other."""

    class Stop(Silent):
        counted = 0

        def advance(self, count=1, note=""):
            self.counted += 1
            if list(workspace.spaces.glob("*/shard-00002.json")):
                raise Cancelled

    with pytest.raises(Cancelled):
        extract(HashEncoder(), CORPUS, workspace=workspace, progress=Stop(), **SETTINGS)
    changed = Corpus(CORPUS.name, [*CORPUS[:-1], made_up_corpus(1, seed=99)[0]])
    both = [extract(HashEncoder(), one, workspace=workspace, **SETTINGS) for one in (changed, CORPUS)]
    alone = [
        extract(HashEncoder(), one, workspace=Workspace(workspace.root / "alone"), **SETTINGS)
        for one in (changed, CORPUS)
    ]
    assert both[0].path != both[1].path
    for one, expected in zip(both, alone, strict=True):
        assert content(one.path) == content(expected.path)
        assert np.array_equal(one.layer(-1), expected.layer(-1), equal_nan=True)


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (
            errno.EACCES,
            r"may not be written by this user .* Make its folder writable, or choose another .* --workspace",
        ),
        (errno.EROFS, r"is on a disk that is read-only .* what is stored can be read as it is"),
        (errno.ESTALE, r"its disk or network folder does not answer .* connect it again and run the same again"),
        (errno.ENOSPC, r"The disk is full: .* make room and run the same again"),
        (errno.EDQUOT, r"Your share of the disk is used up: .* make room and run the same again"),
        (errno.EFBIG, r"it is larger than a file may be here .*ulimit -f.* run the same again"),
        (errno.ENAMETOOLONG, r"cannot be written: File name too long"),
    ],
)
def test_what_the_disk_refuses_is_told_with_its_remedy(workspace, monkeypatch, number, told):
    def refuse(*args, **settings):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refuse)
        with pytest.raises(StoreError, match=told):
            extract(HashEncoder(), CORPUS, workspace=workspace, **SETTINGS)
    assert not list(workspace.spaces.glob("*/.*.part"))
    assert store.verify(extract(HashEncoder(), CORPUS, workspace=workspace, **SETTINGS).path) == []


def test_a_folder_that_cannot_be_made_is_told(workspace, monkeypatch):
    workspace.root.mkdir(exist_ok=True)
    workspace.spaces.write_text("a file where the folder should be")
    with pytest.raises(StoreError, match=r"spaces/.* cannot be written: .*(directory|exists)"):
        extract(HashEncoder(), CORPUS, workspace=workspace, **SETTINGS)


def test_a_damaged_list_of_repairs_does_not_matter(space):
    write_json(space.path / REPAIRS, 7)
    flip(vectors_file(space.path, 0))
    repair(space.path, checkpoint=HashEncoder())
    assert len(json.loads((space.path / REPAIRS).read_text())) == 1


def test_claims_of_a_process_that_died_after_the_last_shard_are_swept_by_the_next_run(space, workspace):
    for name in (".claim-00001", ".vectors-00001.npy.0123abcd.part"):
        (space.path / name).touch()
    extract(HashEncoder(), CORPUS, workspace=workspace, **SETTINGS)
    assert sorted(one.name for one in space.path.glob(".*")) == [".lock", ".used"]


def test_a_whole_space_that_cannot_be_written_is_opened(space, workspace, monkeypatch):
    (space.path / ".claim-00001").touch()
    real = os.open

    def refuse(path, flags, *args, **settings):
        if flags & os.O_CREAT:
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path, flags, *args, **settings)

    monkeypatch.setattr(os, "open", refuse)
    again = extract(HashEncoder(), CORPUS, workspace=workspace, **SETTINGS)
    assert np.array_equal(again.layer(0), space.layer(0), equal_nan=True)
