"""Shards made by several hands, and what is said when a model's numbers cannot be stored."""

import multiprocessing
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest
import torch

from embspace.corpora.records import Corpus, Sentence
from embspace.encoders.loading import load_encoder
from embspace.errors import EmbspaceError, EncoderError, SettingsError, StoreError
from embspace.progress import Silent
from embspace.spaces import store, workers
from embspace.spaces.claims import claim
from embspace.spaces.extraction import extract, extract_part
from embspace.spaces.landing import Landing, NotFiniteError
from embspace.spaces.making import make_shards
from embspace.spaces.model import Model
from embspace.spaces.recipe import Settings

WORDS = ("Washington", "was", "the", "first", "president", ".")
CORPUS = Corpus("ten", [Sentence((*WORDS[: 1 + number % 6], str(number)), "en") for number in range(10)])
SMALL = {"targets": "words", "shard_bytes": 800}


def all_layers(space):
    return np.stack([space.layer(layer) for layer in space.layers])


class Notes(Silent):
    """Progress that keeps what is said, and how much was counted."""

    def __init__(self, act=lambda: None):
        self.said, self.done, self.act = [], 0, act

    def stage(self, name, total=None, unit=""):
        self.done = 0

    def advance(self, count=1, note=""):
        self.said.append(note)
        self.done += count
        self.act()


class Changed:
    """An encoder whose states are changed, layer by layer."""

    def __init__(self, encoder, change):
        self.encoder, self.change = encoder, change
        self.name, self.dim, self.n_layers = encoder.name, encoder.dim, encoder.n_layers
        self.max_pieces, self.fingerprint, self.way = encoder.max_pieces, f"changed {id(change)}", encoder.way
        self.tokenize, self.piece_texts = encoder.tokenize, encoder.piece_texts

    def layers(self, batch, upto=None):
        for layer, states in enumerate(self.encoder.layers(batch, upto)):
            yield self.change(layer, states)


def begin(folder, **settings):
    """A space that is begun: its first part of a hundred, which is one shard."""
    extract_part(folder, CORPUS, (1, 100), **SMALL, **settings)


def test_parts_together_are_the_whole(bert_folder, workspace, tmp_path):
    from embspace.workspace import Workspace

    whole = extract(bert_folder, CORPUS, workspace=Workspace(tmp_path / "whole"), **SMALL)
    shards = len(list(whole.path.glob("shard-*.json")))
    assert shards > 5
    told = [extract_part(bert_folder, CORPUS, (part, 3), **SMALL) for part in (3, 1, 1, 2)]
    assert [one[1] for one in told] == [shards] * 4
    assert told[1] == told[2] and told[3] == (shards, shards)
    space = extract(bert_folder, CORPUS, **SMALL)
    assert space.path.name == whole.path.name
    assert np.array_equal(all_layers(space), all_layers(whole))
    assert not [path for path in space.path.iterdir() if path.name.startswith(".claim")]


@pytest.mark.parametrize("part", [(0, 2), (3, 2), (1, 0)])
def test_there_is_no_such_part(bert_folder, part):
    with pytest.raises(SettingsError, match=rf"There is no part {part[0]} of {part[1]}"):
        extract_part(bert_folder, CORPUS, part)


def test_processes_share_the_work(bert_folder, tmp_path):
    from embspace.workspace import Workspace

    alone = extract(bert_folder, CORPUS, workspace=Workspace(tmp_path / "alone"), **SMALL)
    notes = Notes()
    together = extract(bert_folder, CORPUS, workers=2, progress=notes, **SMALL)
    np.testing.assert_allclose(all_layers(together), all_layers(alone), atol=2e-3)
    assert notes.done == together.n_words
    assert store.verify(together.path) == []


def test_an_open_encoder_stays_in_its_process(bert_folder):
    with pytest.raises(SettingsError, match=r"Workers open the checkpoint themselves"):
        extract(load_encoder(bert_folder), CORPUS, workers=2, **SMALL)


def test_what_a_process_cannot_do_is_said(bert_folder, tmp_path):
    begin(bert_folder)
    (folder,) = (tmp_path / "workspace" / "spaces").iterdir()
    with pytest.raises(EncoderError, match=r"gone does not exist"):
        workers.make_in_processes(folder, Model(tmp_path / "gone"), 1, Silent())


def test_processes_that_are_killed_leave_their_shards(bert_folder, tmp_path, monkeypatch):
    begin(bert_folder)
    (folder,) = (tmp_path / "workspace" / "spaces").iterdir()
    held = [claim(folder, index) for index in range(1, 9)]  # so that the processes wait

    def kill():
        for one in multiprocessing.active_children():
            os.kill(one.pid, signal.SIGKILL)

    with pytest.raises(StoreError, match=r"ended before it was complete \(exit codes -9, -9; .* is kept"):
        workers.make_in_processes(folder, Model(str(bert_folder)), 2, Notes(kill))
    for one in held:
        one.release()
    assert store.verify(extract(bert_folder, CORPUS, **SMALL).path) == []


def test_a_shard_that_another_makes_is_waited_for_or_taken_over(bert_folder, tmp_path):
    begin(bert_folder)
    (folder,) = (tmp_path / "workspace" / "spaces").iterdir()
    other, waiting = claim(folder, 3), Event()
    notes = Notes(lambda: waiting.set() if "waiting for another process" in notes.said else None)
    with ThreadPoolExecutor(1) as thread:
        run = thread.submit(make_shards, folder, load_encoder(bert_folder), notes)
        assert waiting.wait(60)
        assert not run.done() and not (folder / "shard-00003.json").exists()
        other.release()
        run.result(60)
    assert (folder / "shard-00003.json").exists()
    assert notes.done == extract(bert_folder, CORPUS, **SMALL).n_words


def test_two_who_read_ahead_do_not_wait_for_each_other(bert_folder, tmp_path):
    """Each holds a shard that it has read and not made while it looks for the next one."""
    begin(bert_folder)
    (folder,) = (tmp_path / "workspace" / "spaces").iterdir()
    encoder, start = load_encoder(bert_folder), time.monotonic()
    with ThreadPoolExecutor(4) as threads:
        for run in [threads.submit(make_shards, folder, encoder, Silent()) for _ in range(4)]:
            run.result(60)
    assert time.monotonic() - start < 60
    assert store.verify(folder) == []


def test_reading_in_processes_gives_the_same(xlmr_folder, tmp_path):
    from embspace.workspace import Workspace

    expected = extract(xlmr_folder, CORPUS, workspace=Workspace(tmp_path / "thread"), **SMALL)
    begin(xlmr_folder)
    (folder,) = (tmp_path / "workspace" / "spaces").iterdir()
    make_shards(folder, load_encoder(xlmr_folder), Silent(), readers=2)
    found = extract(xlmr_folder, CORPUS, **SMALL)
    assert np.array_equal(all_layers(found), all_layers(expected))
    assert found.words.equals(expected.words)


@pytest.mark.parametrize(("layers", "kept"), [((2, 0), (0, 2)), (-1, (2,)), ([1, -2], (1,)), ("all", (0, 1, 2))])
def test_only_the_wanted_layers_are_stored(bert_folder, layers, kept):
    whole, some = extract(bert_folder, CORPUS), extract(bert_folder, CORPUS, layers=layers)
    assert some.layers == kept
    assert np.array_equal(all_layers(some), np.stack([whole.layer(one) for one in kept]))


def test_a_run_that_goes_on_computes_as_it_was_begun(bert_folder, tmp_path, monkeypatch):
    begin(bert_folder)
    (folder,) = (tmp_path / "workspace" / "spaces").iterdir()
    made_with = store.read_head(folder)["made_with"]
    encoder = load_encoder(bert_folder)
    encoder.way = "packed, torch" if "oneDNN" in made_with["way"] else "packed, oneDNN"
    budgets = []
    real = store.read_head

    def noted(place):
        budgets.append(real(place)["made_with"]["token_budget"])
        return real(place)

    monkeypatch.setattr(store, "read_head", noted)
    make_shards(folder, encoder, Silent())
    assert encoder.way == made_with["way"]
    assert set(budgets) == {made_with["token_budget"]}


def test_values_beyond_float16_are_kept_and_said(bert_folder):
    encoder = load_encoder(bert_folder)
    exact = extract(encoder, CORPUS, stored_dtype="float32", **SMALL)
    rows = exact.words[exact.words.text == "president"].index[:1]
    limit = 66000 / np.abs(exact.layer(1)[rows]).max()
    notes = Notes()
    large = extract(Changed(encoder, lambda layer, states: states * limit), CORPUS, progress=notes, **SMALL)
    np.testing.assert_allclose(large.layer(1), exact.layer(1) * limit, rtol=2e-3, atol=60)
    assert np.isfinite(all_layers(large)).all()
    said = [one for one in notes.said if "is stored in float32, for values beyond float16" in one]
    assert said and notes.done == large.n_words
    assert large.report()["in_float32"] == len(said) > 0


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_states_that_are_no_numbers_are_named(bert_folder, value):
    def change(layer, states):
        states = states.clone()
        if layer == 1 and len(states) > 8:
            states[3] = value
        return states

    encoder = Changed(load_encoder(bert_folder), change)
    with pytest.raises(EncoderError, match=r"no finite numbers: at layer 1, of \d+ words .* such as '\w+'.*float32"):
        extract(encoder, CORPUS)


def test_an_unwritable_folder(bert_folder, workspace):
    workspace.root.mkdir()
    workspace.spaces.write_text("a file where a folder should be")
    with pytest.raises(EmbspaceError, match=str(workspace.spaces)):
        extract(bert_folder, CORPUS)


def test_a_changed_corpus_is_another_space(bert_folder):
    begin(bert_folder)
    changed = Corpus(CORPUS.name, [*CORPUS[:-1], Sentence(("other",), "en")])
    space = extract(bert_folder, changed, **SMALL)
    assert [one.words for one in space.corpus] == [one.words for one in changed]
    assert extract(bert_folder, CORPUS, **SMALL).path != space.path


def test_a_block_is_laid_down_where_it_belongs():
    vectors = np.zeros((2, 5, 3), np.float16)
    landing = Landing(vectors)
    block = torch.arange(12, dtype=torch.float16).view(2, 2, 3)
    landing.put(block, np.array([4, 1]))
    landing.flush()
    assert np.array_equal(vectors[:, [4, 1]], block.numpy())
    assert not vectors[:, [0, 2, 3]].any()
    with pytest.raises(NotFiniteError):
        landing.put(torch.full((2, 1, 3), torch.nan, dtype=torch.float16), np.array([0]))


def test_settings_are_stored_and_read_again():
    settings = Settings.of([3, 0, -1], 512, pooling="max", window=64, overlap=8, targets="words")
    assert Settings.from_recipe(settings.to_recipe()) == settings
    assert settings.wanted_layers(5) == [0, 3, 4]
    assert Settings.of("all", None).token_budget == "auto"
    for layers in ("some", [], [5], [-6]):
        with pytest.raises(SettingsError, match=r"layers = "):
            Settings.of(layers, None).wanted_layers(5)
