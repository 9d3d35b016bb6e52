import errno
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from embspace.corpora.records import Corpus, Entity, Sentence
from embspace.encoders.base import Pieces
from embspace.encoders.loading import load_encoder
from embspace.errors import CorpusError, EncoderError, SettingsError, StoreError
from embspace.progress import Cancelled
from embspace.spaces.extraction import extract
from embspace.spaces.manifest import manifest_file, vectors_file
from embspace.spaces.store import verify

MODELS = ("bert", "xlmr", "gpt2", "mini")


def sentence(text, language, start=None, stop=None, **more):
    entity = Entity(start, stop, "LOC", "id") if start is not None else None
    return Sentence(tuple(text.split()), language, entity=entity, **more)


CORPUS = Corpus(
    "words",
    [
        sentence("Washington was the first president of the United States .", "en", 0, 1, parallel="1"),
        sentence("Вашынгтон быў першым прэзідэнтам Злучаных Штатаў .", "be", 0, 1, parallel="1"),
        sentence("I am going to San Francisco , and then to New York .", "en", 4, 6),
        Sentence(("中国", "it's", "a\u200bb", "…", "Vaşington'a"), "tr", tags=("LOC", "X", "X", "P", "LOC")),
        sentence("Washington", "en", 0, 1),
        Sentence((), "en"),
    ],
)
ENTITIES = Corpus("entities", [one for one in CORPUS if one.entity])


@pytest.fixture(params=MODELS)
def folder(request, model_folders):
    folder = model_folders[request.param]
    if not (folder / "config.json").exists():
        pytest.skip(f"{request.param} is not here")
    return folder


def naive(folder, corpus, spans_of):
    """One sentence at a time, plain transformers, the mean in Python."""
    tokenizer = AutoTokenizer.from_pretrained(folder, add_prefix_space=True)
    model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    rows = []
    for one in corpus:
        if not one.words:
            continue
        encoding = tokenizer(
            list(one.words), is_split_into_words=True, return_tensors="pt", return_offsets_mapping=True
        )
        words, offsets = encoding.word_ids(), encoding.pop("offset_mapping")[0].tolist()
        with torch.no_grad():
            hidden = model(**encoding, output_hidden_states=True).hidden_states
        for start, stop in spans_of(one):
            own = [
                at
                for at, (word, (a, b)) in enumerate(zip(words, offsets, strict=True))
                if word is not None and start <= word < stop and a != b
            ]
            rows.append([np.mean([layer[0, at].numpy() for at in own], axis=0) for layer in hidden])
    return np.array(rows).swapaxes(0, 1)


def every_word(one):
    return [(at, at + 1) for at in range(len(one.words))]


def the_entity(one):
    return [(one.entity.start, one.entity.stop)]


def all_layers(space):
    return np.stack([space.layer(layer) for layer in range(space.n_layers)])


@pytest.mark.parametrize(("corpus", "spans_of"), [(CORPUS, every_word), (ENTITIES, the_entity)])
def test_vectors_are_those_of_a_naive_loop(folder, corpus, spans_of):
    expected = naive(folder, corpus, spans_of)
    exact = all_layers(extract(str(folder), corpus, stored_dtype="float32"))
    np.testing.assert_allclose(exact, expected, atol=1e-4)
    half = all_layers(extract(str(folder), corpus))
    assert np.array_equal(half, exact.astype(np.float16).astype(np.float32))


def test_vectors_do_not_depend_on_the_batch(folder):
    exact = {"stored_dtype": "float32"}
    small, large = (all_layers(extract(folder, CORPUS, token_budget=size, **exact)) for size in (1, 4096))
    np.testing.assert_allclose(small, large, atol=1e-4)


def test_the_words_say_which_they_are(xlmr_folder):
    words = extract(xlmr_folder, CORPUS).words
    assert words.text.tolist() == [word for one in CORPUS for word in one.words]
    assert words.sentence.tolist() == [number for number, one in enumerate(CORPUS) for _ in one.words]
    for row in words.itertuples():
        text = CORPUS[row.sentence].text
        assert text[row.start : row.stop] == row.text
        assert CORPUS[row.sentence].words[row.position] == row.text
        assert row.language == CORPUS[row.sentence].language
        assert len(row.pieces.split(" ")) == row.n_pieces
    first = words.iloc[0]
    assert (first.entity, first.type, first.parallel, first.pieces.replace(" ", "")) == (
        "id",
        "LOC",
        "1",
        "▁Washington",
    )
    assert words[words.language == "tr"].tag.tolist() == ["LOC", "X", "X", "P", "LOC"]
    assert words.entity.notna().sum() == 5
    assert words.found.all()


def test_an_entity_of_several_words_is_one_row(bert_folder):
    space = extract(bert_folder, ENTITIES)
    assert space.recipe["targets"] == "entities"
    assert space.words.text.tolist() == ["Washington", "Вашынгтон", "San Francisco", "Washington"]
    assert space.words.position.tolist() == [0, 0, 4, 0]
    assert space.sentences.text.tolist() == [one.text for one in ENTITIES]


def test_auto_takes_words_unless_every_sentence_has_an_entity(bert_folder):
    assert extract(bert_folder, CORPUS).recipe["targets"] == "words"
    assert extract(bert_folder, CORPUS, targets="entities").n_words == 4


def test_a_word_that_the_tokenizer_drops_is_not_found(bert_folder):
    corpus = Corpus("dropped", [Sentence(("Washington", "\u200b", "\x00", "."), "en"), Sentence(("\u200b",), "en")])
    space = extract(bert_folder, corpus)
    assert space.words.found.tolist() == [True, False, False, True, False]
    assert space.report() == {"words": 5, "not_found": 3, "in_windows": 0, "shards": 1, "in_float32": 0}
    assert space.words.n_pieces.tolist()[1:3] == [0, 0]
    assert space.words.pieces.tolist()[1] == ""
    for layer in range(space.n_layers):
        assert np.isnan(space.layer(layer)).all(axis=1).tolist() == [False, True, True, False, True]


@pytest.mark.parametrize("name", ["bert", "xlmr", "gpt2"])
def test_a_long_sentence_is_read_in_windows(model_folders, name):
    words = tuple(" ".join(one.text for one in CORPUS if one.entity).split()) * 4
    corpus = Corpus("long", [Sentence(words, "en"), Sentence(words[:3], "en")])
    encoder = load_encoder(model_folders[name])
    assert encoder.tokenize(corpus).lengths[0] > 3 * encoder.max_pieces
    space = extract(encoder, corpus, stored_dtype="float32")
    assert space.words.found.all()
    assert space.n_words == len(words) + 3
    assert space.report()["in_windows"] == len(words)
    in_embeddings = space.layer(0)
    assert np.isfinite(all_layers(space)).all()
    np.testing.assert_allclose(in_embeddings[-3:], extract(encoder, Corpus("short", corpus[1:])).layer(0), atol=0.01)
    assert np.allclose(
        all_layers(extract(encoder, corpus, stored_dtype="float32", token_budget=50)), all_layers(space), atol=1e-4
    )


class Watch:
    """Progress that remembers, and calls `act` at every count."""

    def __init__(self, act=lambda seen: None):
        self.stages, self.counts, self.act = [], [], act

    def stage(self, name, total=None, unit=""):
        self.stages.append((name, total, unit))
        self.counts.append(0)

    def advance(self, count=1, note=""):
        self.counts[-1] += count
        self.act(self)


def test_progress_counts_words(bert_folder):
    watch = Watch()
    corpus = Corpus("some", [*CORPUS, Sentence(("\u200b", "x"), "en")])
    space = extract(bert_folder, corpus, progress=watch, shard_bytes=3000)
    assert watch.stages == [("reading", space.n_words, "words"), ("extracting", space.n_words, "words")]
    assert watch.counts == [space.n_words] * 2


class Counting:
    """An encoder that counts what it reads."""

    def __init__(self, encoder):
        self.encoder, self.sentences = encoder, 0
        for name in ("name", "dim", "n_layers", "max_pieces", "fingerprint", "way"):
            setattr(self, name, getattr(encoder, name))

    def tokenize(self, sentences, as_text=False):
        return self.encoder.tokenize(sentences, as_text)

    def piece_texts(self, ids):
        return self.encoder.piece_texts(ids)

    def layers(self, batch, upto=None):
        self.sentences += len(batch)
        yield from self.encoder.layers(batch, upto)

    def states(self, batch):
        return torch.stack([*self.layers(batch)]).float()


def test_a_stored_space_is_found_without_reading_the_weights(xlmr_folder, monkeypatch):
    first = extract(xlmr_folder, CORPUS)
    monkeypatch.setattr("transformers.AutoModel.from_pretrained", None)
    monkeypatch.setattr("transformers.AutoTokenizer.from_pretrained", None)
    again = extract(xlmr_folder, Corpus("another name", CORPUS))
    assert again.path == first.path
    assert np.array_equal(again.layer(1), first.layer(1))


def test_every_setting_is_part_of_the_key(xlmr_folder, bert_folder):
    small = Corpus("small", CORPUS[:1])
    calls = [
        extract(xlmr_folder, small),
        extract(bert_folder, small),
        extract(xlmr_folder, Corpus("small", CORPUS[1:2])),
        extract(xlmr_folder, small, targets="words"),
        extract(xlmr_folder, small, pooling="first"),
        extract(xlmr_folder, small, stored_dtype="float32"),
        extract(xlmr_folder, small, token_budget=100),
    ]
    assert len({space.fingerprint for space in calls}) == len(calls)
    assert all(space.path.name == space.fingerprint for space in calls)


def stop_after_first_shard(error):
    def act(watch):
        if len(watch.counts) == 2 and list(current_spaces().glob("*/shard-*.json")):
            raise error

    return act


def current_spaces():
    from embspace.workspace import current_workspace

    return current_workspace().spaces


@pytest.mark.parametrize("error", [Cancelled(), KeyboardInterrupt()])
def test_a_stopped_run_keeps_its_shards_and_goes_on(gpt2_folder, workspace, tmp_path, error):
    from embspace.workspace import Workspace

    encoder = load_encoder(gpt2_folder)
    whole = extract(Counting(encoder), CORPUS, workspace=Workspace(tmp_path / "whole"), shard_bytes=1500)
    assert len(list(whole.path.glob("shard-*.json"))) > 3
    counting = Counting(encoder)
    with pytest.raises(type(error)):
        extract(counting, CORPUS, shard_bytes=1500, progress=Watch(stop_after_first_shard(error)))
    folder = workspace.spaces / whole.fingerprint
    kept = {path: path.stat().st_mtime_ns for path in folder.glob("shard-*.json")}
    assert 1 <= len(kept) < 5
    watch, again = Watch(), Counting(encoder)
    resumed = extract(again, CORPUS, progress=watch)
    assert watch.counts[1] == resumed.n_words
    assert again.sentences == 5 - len(kept)
    assert all(path.stat().st_mtime_ns == written for path, written in kept.items())
    for file in sorted(path.name for path in whole.path.iterdir()):
        assert (folder / file).read_bytes() == (whole.path / file).read_bytes(), file
    assert verify(folder) == []


def test_a_damaged_shard_alone_is_made_again(bert_folder):
    space = extract(bert_folder, CORPUS, shard_bytes=1500)
    expected = all_layers(space)
    vectors_file(space.path, 1).write_bytes(b"")
    with pytest.raises(StoreError, match=r"Remove .*shard-00001.json and extract again; only that shard"):
        extract(bert_folder, CORPUS)
    manifest_file(space.path, 1).unlink()
    counting = Counting(load_encoder(bert_folder))
    assert np.array_equal(all_layers(extract(counting, CORPUS)), expected)
    assert counting.sentences == 1


def test_a_full_disk_keeps_finished_shards(bert_folder, workspace, monkeypatch):
    real, calls = os.fsync, []

    def fsync(handle):
        calls.append(handle)
        if len(calls) > 12:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        with pytest.raises(StoreError, match=r"The disk is full: .* make room and run the same again"):
            extract(bert_folder, CORPUS, shard_bytes=1500)
    (folder,) = workspace.spaces.iterdir()
    kept = len(list(folder.glob("shard-*.json")))
    assert 1 <= kept < 5
    assert not [path for path in folder.iterdir() if path.suffix == ".part"]
    counting = Counting(load_encoder(bert_folder))
    assert verify(extract(counting, CORPUS).path) == []
    assert counting.sentences == 5 - kept


def test_two_runs_on_one_space(bert_folder):
    """A second run that meets the first one's shards uses them."""
    encoder = load_encoder(bert_folder)
    counting = [Counting(encoder), Counting(encoder)]
    with ThreadPoolExecutor(2) as both:
        runs = [both.submit(extract, one, CORPUS, shard_bytes=1500) for one in counting]
        first, second = [run.result() for run in runs]
    assert first.path == second.path
    assert verify(first.path) == []
    assert sum(one.sentences for one in counting) == 5


class Strange(Counting):
    """An encoder whose states are multiplied, or that runs out of memory with more than `fits` sentences."""

    def __init__(self, encoder, factor=1.0, fits=99):
        super().__init__(encoder)
        self.factor, self.fits = factor, fits
        self.fingerprint = f"strange {factor}"

    def layers(self, batch, upto=None):
        if len(batch) > self.fits:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        for states in super().layers(batch, upto):
            yield states * self.factor


def test_a_batch_that_does_not_fit_in_memory_is_halved(bert_folder):
    encoder = load_encoder(bert_folder)
    expected = extract(encoder, CORPUS, stored_dtype="float32")
    found = extract(Strange(encoder, fits=1), CORPUS, stored_dtype="float32")
    np.testing.assert_allclose(all_layers(found), all_layers(expected), atol=1e-5)
    with pytest.raises(EncoderError, match=r"A sentence of \d+ pieces does not fit in the memory"):
        extract(Strange(encoder, factor=2.0, fits=0), CORPUS)


def test_large_states_are_stored_in_float32(bert_folder):
    encoder = load_encoder(bert_folder)
    space = extract(Strange(encoder, factor=1e6), CORPUS)
    np.testing.assert_allclose(space.layer(1), 1e6 * extract(encoder, CORPUS, stored_dtype="float32").layer(1), atol=1)


def test_states_that_are_no_numbers(bert_folder):
    with pytest.raises(EncoderError, match=r"gives states that are no finite numbers"):
        extract(Strange(load_encoder(bert_folder), factor=float("nan")), CORPUS)


def test_only_sentences_with_targets_are_read(bert_folder):
    counting = Counting(load_encoder(bert_folder))
    extract(counting, CORPUS, targets="entities")
    assert counting.sentences == 4


def test_pieces_of_any_encoder_are_pooled_as_asked(bert_folder):
    encoder = load_encoder(bert_folder)
    words, last = (extract(encoder, CORPUS, stored_dtype="float32", pooling=how) for how in ("sum", "mean"))
    counts = words.words.n_pieces.to_numpy()[:, None]
    np.testing.assert_allclose(words.layer(2) / counts, last.layer(2), atol=1e-5)
    assert isinstance(encoder.tokenize(CORPUS), Pieces)


def test_settings_out_of_range(bert_folder):
    with pytest.raises(SettingsError, match=r"targets = 'names' is unknown; possible are auto, entities, words"):
        extract(bert_folder, CORPUS, targets="names")
    with pytest.raises(SettingsError, match=r"pooling = 'median' is unknown"):
        extract(bert_folder, CORPUS, pooling="median")
    with pytest.raises(SettingsError, match=r"stored_dtype = 'int8' is unknown; possible are float16, float32"):
        extract(bert_folder, CORPUS, stored_dtype="int8")
    with pytest.raises(SettingsError, match=r"A model cannot compute in 'int8'"):
        extract(bert_folder, CORPUS, dtype="int8")
    with pytest.raises(SettingsError, match=r"token_budget = 0: expected 1 or more"):
        extract(bert_folder, CORPUS, token_budget=0)
    with pytest.raises(SettingsError, match=r"must be 1 or more"):
        extract(bert_folder, CORPUS, workers=0)
    with pytest.raises(SettingsError, match=r"device = 'cpu' is for checkpoints given by name"):
        extract(load_encoder(bert_folder), CORPUS, device="cpu")


def test_nothing_to_extract(bert_folder):
    with pytest.raises(CorpusError, match=r"'empty' \(0 sentences\) has no"):
        extract(bert_folder, Corpus("empty", []))
    with pytest.raises(CorpusError, match=r"has no marked entities; extract its words: targets='words'"):
        extract(bert_folder, Corpus("plain", [Sentence(("x",), "en")]), targets="entities")
