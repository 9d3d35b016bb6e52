import errno
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from small_space import PLANS, begin, commit, shard_vectors

from embspace.errors import StoreError
from embspace.spaces import claims, shards, store
from embspace.spaces.claims import claim
from embspace.spaces.manifest import manifest_file, vectors_file

HOLDER = """
import sys, time
from pathlib import Path
from embspace.spaces.claims import claim
held = claim(Path(sys.argv[1]), 7).held
mine = claim(Path(sys.argv[1]), 8)
print(held, mine.held, flush=True)
time.sleep(60)
"""


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_claim_excludes_others_until_it_is_released(tmp_path):
    with claim(tmp_path, 0) as first:
        assert first.held
        assert not claim(tmp_path, 0).held
        assert claim(tmp_path, 1).held
    assert not first.held
    with claim(tmp_path, 0) as second:
        assert second.held
        second.release()
        assert claim(tmp_path, 0).held


def test_the_claims_of_a_killed_process_are_free(tmp_path):
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with claim(tmp_path, 7) as mine, subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline().split() == ["False", "True"]
        assert mine.held and not claim(tmp_path, 8).held
        child.send_signal(signal.SIGKILL)
    assert claim(tmp_path, 8).held


def test_claims_of_a_finished_space_are_swept(tmp_path):
    begin(tmp_path)
    (tmp_path / ".claim-notes").touch()
    (tmp_path / ".vectors-00001.npy.0123abcd.part").touch()
    with claim(tmp_path, 0), claim(tmp_path, 1) as held:
        for index in range(3):
            commit(tmp_path, index)
        claim(tmp_path, 2).release()
        store.finish(tmp_path)
        assert held.held and not claim(tmp_path, 1).held
        assert (tmp_path / ".claim-00001").exists() and not (tmp_path / ".claim-00002").exists()
    store.finish(tmp_path)
    assert sorted(path.name for path in tmp_path.glob(".*")) == [".claim-notes", ".lock"]


def test_a_claim_on_a_swept_file_is_taken_again(tmp_path, monkeypatch):
    """Between opening and locking the file may lose its name; the lock must be on the file that has it."""
    real, calls = fcntl.flock, []

    def flock(handle, how):
        if not calls:
            (tmp_path / ".claim-00000").unlink()
        calls.append(how)
        real(handle, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    with claim(tmp_path, 0) as mine:
        assert mine.held and len(calls) == 2
        assert not claim(tmp_path, 0).held


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP])
def test_a_file_system_without_locks_grants_every_claim(tmp_path, monkeypatch, number):
    def flock(handle, how):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)
    before = open_files()
    with claim(tmp_path, 0) as first, claim(tmp_path, 0) as second:
        assert first.held and second.held
    begin(tmp_path)
    for index in range(3):
        commit(tmp_path, index)
    store.finish(tmp_path)
    assert store.verify(tmp_path) == []
    assert open_files() == before


def test_without_locks_a_shard_of_two_hands_is_written_again(tmp_path, monkeypatch):
    begin(tmp_path)
    real, once = shards.write_manifest, []

    def flock(handle, how):
        raise OSError(errno.ENOLCK, "No locks available")

    def interfere(folder, index, manifest):
        real(folder, index, manifest)
        if not once:  # another writer, who began earlier, puts its vectors under our manifest
            once.append(1)
            vectors_file(folder, index).write_bytes(os.urandom(vectors_file(folder, index).stat().st_size))

    monkeypatch.setattr(fcntl, "flock", flock)
    monkeypatch.setattr(shards, "write_manifest", interfere)
    commit(tmp_path, 0)
    assert shards.shard_problem(tmp_path, store.read_head(tmp_path), 0, PLANS[0]) is None


def test_locks_that_fail_otherwise_are_an_error(tmp_path, monkeypatch):
    def flock(handle, how):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(StoreError, match=r".claim-00000 was not written: its disk or network folder does not answer"):
        claim(tmp_path, 0)


def test_the_first_commit_wins(tmp_path):
    begin(tmp_path)
    assert commit(tmp_path, 0) == "float16"
    before = manifest_file(tmp_path, 0).stat()
    assert commit(tmp_path, 0, shard_vectors(PLANS[0], 9), "float32") == "float16"
    assert manifest_file(tmp_path, 0).stat().st_ino == before.st_ino
    assert claims.claim(tmp_path, 0).held
