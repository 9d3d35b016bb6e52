"""The store under any order of writing, dying, damage, repair and reading, against a model in memory."""

import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from small_space import CORPUS, PLANS, begin, commit, shard_vectors

from embspace.errors import SettingsError, StoreError
from embspace.spaces import shards, store
from embspace.spaces.claims import claim
from embspace.spaces.manifest import manifest_file, stored_shard, vectors_file, words_file
from embspace.spaces.shelf import look_at, remove_space
from embspace.spaces.space import open_space

SHARDS = st.integers(0, len(PLANS) - 1)
SHARD_FILES = st.sampled_from([vectors_file, words_file, manifest_file])
VECTORS = [shard_vectors(plan, index) for index, plan in enumerate(PLANS)]
EXPECTED = np.concatenate(VECTORS, axis=1).astype(np.float16).astype(np.float32)


class Dies(BaseException):
    """A process that ends at this point: nothing after it runs."""


class StoreStates(RuleBasedStateMachine):
    """In the model a shard is `absent`, `whole` or `damaged`; head and corpus are whole or damaged."""

    def __init__(self):
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(os, "fsync", lambda handle: None)  # no power fails here, and disks are slow
        self.root = Path(tempfile.mkdtemp())
        self.folder = self.root / "space"
        self.forget()

    def forget(self):
        self.begun = False
        self.shards = ["absent"] * len(PLANS)
        self.head = self.corpus = "whole"
        self.readers, self.claims = [], {}

    def teardown(self):
        for one in self.claims.values():
            one.release()
        self.patch.undo()
        shutil.rmtree(self.root)

    def indices(self, state):
        return [index for index, one in enumerate(self.shards) if one == state]

    @initialize(indices=st.sets(SHARDS))
    def begin_with_some(self, indices):
        self.begin()
        for index in indices:
            self.write(index)

    @precondition(lambda self: self.head == "whole")
    @rule()
    def begin(self):
        begin(self.folder)
        self.begun = True

    @precondition(lambda self: self.begun)
    @rule(index=SHARDS)
    def write(self, index):
        if self.shards[index] == "damaged":
            return
        before = manifest_file(self.folder, index).stat().st_ino if self.shards[index] == "whole" else None
        commit(self.folder, index)
        if before is not None:
            assert manifest_file(self.folder, index).stat().st_ino == before
        self.shards[index] = "whole"

    @precondition(lambda self: self.begun and "absent" in self.shards)
    @rule(steps=st.integers(0, 2), data=st.data())
    def die_while_writing(self, steps, data):
        """Cut off after some renames and in the midst of a file."""
        index = data.draw(st.sampled_from(self.indices("absent")))
        real, done = os.replace, []

        def replace(source, target):
            if len(done) == steps:
                size = Path(source).stat().st_size
                left = Path(source).read_bytes()[: data.draw(st.integers(0, size))]
                (self.folder / f".{Path(target).name}.dead.part").write_bytes(left)
                raise Dies
            done.append(target)
            real(source, target)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "replace", replace)
            with pytest.raises(Dies):
                commit(self.folder, index)

    @precondition(lambda self: "whole" in self.shards)
    @rule(file=SHARD_FILES, data=st.data())
    def damage_shard(self, file, data):
        index = data.draw(st.sampled_from(self.indices("whole")))
        if self.harm(file(self.folder, index), data):
            self.shards[index] = "absent" if not manifest_file(self.folder, index).exists() else "damaged"

    @precondition(lambda self: self.begun)
    @rule(file=st.sampled_from(["space.json", "sentences.parquet"]), data=st.data())
    def damage_head_or_corpus(self, file, data):
        if "damaged" not in (self.head, self.corpus) and self.harm(self.folder / file, data):
            setattr(self, "head" if file == "space.json" else "corpus", "damaged")

    def harm(self, path, data):
        """Change a file in some way; whether its bytes changed."""
        before = path.read_bytes()
        how = data.draw(st.sampled_from(["flip", "cut", "remove", "another's"]))
        path.unlink()  # readers keep what they have mapped
        if how == "flip":
            at = data.draw(st.integers(0, len(before) - 1))
            changed = bytearray(before)
            changed[at] ^= 1 << data.draw(st.integers(0, 7))
            path.write_bytes(changed)
        elif how == "cut":
            path.write_bytes(before[: data.draw(st.integers(0, len(before) - 1))])
        elif how == "another's":
            others = sorted(one for one in self.folder.glob(f"{path.name[:5]}*{path.suffix}") if one != path)
            path.write_bytes(data.draw(st.sampled_from(others)).read_bytes() if others else b"other")
        return not path.exists() or path.read_bytes() != before

    @precondition(lambda self: self.begun)
    @rule()
    def remake(self):
        """What `repair` and extraction do: restore the head, write the corpus, remove what is broken, make it again."""
        if self.head == "damaged":
            store.restore_head(self.folder)
        if self.corpus == "damaged":
            assert store.keep_corpus(self.folder, CORPUS)
        self.head = self.corpus = "whole"
        head = store.read_head(self.folder)
        before = {path: path.stat().st_ino for path in self.folder.iterdir()}
        for index, plan in enumerate(store.plans_of(head)):
            if shards.shard_problem(self.folder, head, index, plan):
                assert self.shards[index] != "whole"
                manifest_file(self.folder, index).unlink(missing_ok=True)
                commit(self.folder, index)
            else:
                assert self.shards[index] == "whole"
                assert before[vectors_file(self.folder, index)] == vectors_file(self.folder, index).stat().st_ino
            self.shards[index] = "whole"
        store.finish(self.folder)
        assert not list(self.folder.glob(".*.part"))

    @precondition(lambda self: self.begun)
    @rule()
    def open_reader(self):
        """A reader may go on with what it opened while the files are replaced under it."""
        whole = self.head == "whole" and self.shards == ["whole"] * len(PLANS)
        try:
            space = open_space(self.folder)
        except StoreError as error:
            assert not whole
            assert any(word in str(error) for word in ("repair", "Extract again", "extract"))
            return
        assert self.head == "whole" and "absent" not in self.shards
        self.readers.append(space)

    @precondition(lambda self: self.readers)
    @rule(layer=st.integers(-3, 3))
    def read(self, layer):
        for space in self.readers:
            try:
                assert np.array_equal(space.layer(layer), EXPECTED[layer])
            except StoreError as error:
                assert "vectors-0" in str(error)
            except SettingsError:
                assert layer == 3
            try:
                assert space.words.text.tolist() == [f"word{row}" for row in range(9)]
            except StoreError as error:
                assert "words-0" in str(error)

    @precondition(lambda self: self.begun)
    @rule(index=SHARDS)
    def claim_and_release(self, index):
        if mine := self.claims.pop(index, None):
            mine.release()
            return
        self.claims[index] = claim(self.folder, index)
        assert self.claims[index].held
        assert not claim(self.folder, index).held

    @precondition(lambda self: self.begun)
    @rule()
    def remove(self):
        if self.claims:
            with pytest.raises(StoreError, match="is being made by another process"):
                remove_space(self.folder)
            return
        remove_space(self.folder)
        assert list(self.root.iterdir()) == []
        self.forget()

    @invariant()
    def verify_tells_what_is_wrong(self):
        if not self.begun:
            return
        problems = store.verify(self.folder)
        if self.head == "damaged":
            assert len(problems) == 1 and "space.json" in problems[0]
            return
        broken = [index for index, state in enumerate(self.shards) if state != "whole"]
        assert len(problems) == len(broken) + (self.corpus == "damaged")
        for index, problem in zip(broken, problems[len(problems) - len(broken) :], strict=True):
            assert f"-{index:05d}." in problem

    @invariant()
    def what_is_stored_is_told(self):
        if self.begun and self.head == "whole":
            plans = store.plans_of(store.read_head(self.folder))
            for index, plan in enumerate(plans):
                if self.shards[index] == "whole":
                    assert stored_shard(self.folder, index, plan)
            if self.shards == ["whole"] * len(PLANS) and self.corpus == "whole":
                assert store.is_complete(self.folder) and look_at(self.folder).state == "whole"
            if "absent" in self.shards and "damaged" not in self.shards:
                assert not store.is_complete(self.folder)


TestStoreStates = StoreStates.TestCase
TestStoreStates.settings = settings(
    max_examples=60,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
