from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import AutoModelForTokenClassification

from embspace.corpora.records import Sentence
from embspace.corpora.tags import convert_tags
from embspace.encoders.base import Pieces
from embspace.encoders.loading import load_encoder
from embspace.errors import CorpusError, EncoderError, SettingsError
from embspace.training.tasks import TASKS, Tagging
from embspace.training.windows import n_labels

KINDS = ["bert", "xlm-roberta-xl", "roberta", "deberta-v2", "gpt2", "qwen2"]


def made(task, folder, seed=0):
    torch.manual_seed(seed)
    return task.model(folder)


def slow_loss(task, model, sentences):
    """Mean over all words of -log p(label) at the word's first piece; a sentence at a time, whole."""
    encoder = load_encoder(task.checkpoint)
    losses = []
    for one in sentences:
        pieces: Pieces = encoder.tokenize([one])
        logits = model(input_ids=torch.from_numpy(pieces.ids)[None]).logits[0]
        for word, tag in enumerate(task.tags(one)):
            piece = pieces.words.tolist().index(word)
            odds = logits[piece].exp()
            losses.append(-(odds[task.labels.index(tag)] / odds.sum()).log())
    return sum(losses) / len(losses)


@pytest.mark.parametrize("kind", KINDS)
def test_the_loss_is_the_mean_over_first_pieces(tiny, tagged, kind):
    task = TASKS["ner"](tiny(kind), tagged)
    model = made(task, tiny(kind)).eval()
    some = [replace(one, words=one.words[:4], text="", offsets=(), tags=one.tags[:4]) for one in tagged]
    batch = task.collate(task.examples(some))
    loss = task.loss(model, batch)
    torch.testing.assert_close(loss, slow_loss(task, model, some), rtol=1e-4, atol=1e-5)
    parts = [task.collate(task.examples(part)) for part in (some[:1], some[1:])]
    whole = sum(task.loss(model, part) * n_labels(part) for part in parts) / n_labels(batch)
    torch.testing.assert_close(loss, whole, rtol=1e-4, atol=1e-5)
    loss.backward()
    assert all(one.grad is not None and one.grad.abs().sum() > 0 for one in list(model.parameters())[-2:])


@pytest.mark.parametrize("kind", KINDS)
def test_words_are_predicted_where_they_stand_most_central(tiny, tagged, kind):
    task = TASKS["ner"](tiny(kind), tagged, length=14, overlap=4)
    model = made(task, tiny(kind))
    found = task.predict(model, tagged, 4)
    assert model.training, "the mode is as it was"
    assert found == task.predict(model, tagged, 1)
    assert found == [task.predict(model, [one], 32)[0] for one in tagged]
    assert [len(one) for one in found] == [len(one.words) for one in tagged]
    model.eval()
    for one, labels in zip(tagged, found, strict=True):
        windows = task.examples([one])
        sizes = Counter(word for window in windows for word in window.words[window.taken].tolist())
        for word, label in enumerate(labels):
            best = (-1, "")
            whole = any((window.words == word).sum() == sizes[word] for window in windows)
            for window in windows:
                own, pieces = np.flatnonzero(window.words >= 0), np.flatnonzero(window.words == word)
                if (whole and len(pieces) < sizes[word]) or not window.first[pieces].any():
                    continue
                last = pieces[-1] if whole else pieces[0]
                edge = min(pieces[0] - own[0], own[-1] - last)
                logits = model(input_ids=torch.from_numpy(window.ids)[None]).logits[0, pieces[0]]
                if edge > best[0]:
                    best = (edge, task.labels[int(logits.argmax())])
            assert label == best[1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_is_the_checkpoint_with_a_new_layer(tiny, tagged, kind):
    task = TASKS["ner"](tiny(kind), tagged)
    model = made(task, tiny(kind))
    assert model.config.id2label == dict(enumerate(task.labels))
    assert model.training
    encoder = load_encoder(tiny(kind))
    body = dict(model.named_parameters())
    for name, weight in encoder.model.named_parameters():
        mine = [one for place, one in body.items() if place.endswith(name) and one.shape == weight.shape]
        assert any(torch.equal(one, weight) for one in mine), name
    again, other = made(task, tiny(kind)), made(task, tiny(kind), seed=1)
    head = [name for name, _ in model.named_parameters() if not name.startswith(model.base_model_prefix)]
    assert head
    for name in head:
        assert torch.isfinite(model.get_parameter(name)).all()
        assert torch.equal(model.get_parameter(name), again.get_parameter(name))
    assert any(not torch.equal(model.get_parameter(name), other.get_parameter(name)) for name in head)


@pytest.mark.parametrize("kind", ["bert", "xlm-roberta-xl", "gpt2"])
def test_a_saved_model_opens_anywhere_and_goes_on_with_its_own_layer(tiny, tagged, kind, tmp_path):
    task = TASKS["ner"](tiny(kind), tagged)
    model = made(task, tiny(kind))
    model.save_pretrained(tmp_path)
    task.tokenizer.save_pretrained(tmp_path)
    saved = AutoModelForTokenClassification.from_pretrained(tmp_path)
    assert saved.config.id2label == dict(enumerate(task.labels))
    again = made(task, str(tmp_path), seed=5)
    for name, weight in model.named_parameters():
        assert torch.equal(saved.get_parameter(name), weight), name
        assert torch.equal(again.get_parameter(name), weight), name
    fewer = TASKS["ner"](str(tmp_path), [replace(one, tags=("O",) * len(one.words)) for one in tagged])
    assert made(fewer, str(tmp_path)).num_labels == 1
    renamed = [replace(one, tags=tuple(tag.replace("PER", "ORG") for tag in one.tags)) for one in tagged]
    others = TASKS["ner"](str(tmp_path), renamed)
    assert len(others.labels) == len(task.labels)
    head = [name for name, _ in model.named_parameters() if name.endswith("classifier.weight")]
    assert head
    assert not torch.equal(made(others, str(tmp_path), seed=5).get_parameter(head[0]), model.get_parameter(head[0]))
    assert load_encoder(tmp_path).n_layers == 4


@pytest.mark.parametrize("scheme", ["iob1", "bioes"])
@pytest.mark.parametrize("encoding", ["IOB1", "IOB2"])
def test_tags_of_any_scheme_are_learned_in_the_encoding(tiny, tagged, scheme, encoding):
    others = [replace(one, tags=convert_tags(one.tags, "iob2", scheme)) for one in tagged]
    task = Tagging("ner", tiny("bert"), others, encoding=encoding)
    assert [task.tags(one) for one in others] == [convert_tags(one.tags, "iob2", encoding.lower()) for one in tagged]
    expected = ("O", "I-LOC", "I-PER") if encoding == "IOB1" else ("O", "B-LOC", "B-PER", "I-LOC")
    assert task.labels == expected
    assert task.notes(others) == []
    perfect = task.scores(tagged, [task.tags(one) for one in others])
    assert perfect == {
        **dict.fromkeys(["precision", "recall", "f1", "token_f1", "accuracy"], 1.0),
        "wrong_sentences": 0.0,
        "sentences": 5.0,
    }


def test_tags_never_seen_count_as_errors_and_are_told(tiny, tagged):
    task = TASKS["ner"](tiny("bert"), tagged)
    odd = replace(tagged[0], tags=("B-MISC", "I-MISC", *tagged[0].tags[2:]))
    assert task.notes([odd, *tagged]) == ["never seen in training, so never predicted: B-MISC 1, I-MISC 1 words"]
    scores = task.scores([odd], [tagged[0].tags])
    assert scores["f1"] == pytest.approx(1 / 2)
    assert scores["wrong_sentences"] == 1
    labels = task.examples([odd])[0].labels
    assert sorted(labels[labels >= 0]) == sorted(task.labels.index(tag) for tag in tagged[0].tags[2:])


def test_tags_that_break_their_encoding_are_mended_and_told(tiny, tagged):
    task = TASKS["ner"](tiny("bert"), tagged)
    broken = replace(tagged[0], tags=("I-PER", *["O"] * 8, "B-LOC"))
    assert task.tags(broken) == ("B-PER", *["O"] * 8, "B-LOC")
    assert "I-PER -> B-PER 1" in task.notes([broken])[0]


def test_a_word_without_pieces_is_predicted_and_told(tiny, tagged):
    odd = Sentence(("Washington", "\ufffd", "was"), "en", tags=("NOUN", "NOUN", "VERB"))
    ner, pos = TASKS["ner"](tiny("bert"), tagged), TASKS["pos"](tiny("bert"), [odd])
    assert ner.predict(made(ner, tiny("bert")), [odd], 2)[0][1] == "O"
    assert pos.predict(made(pos, tiny("bert")), [odd], 2)[0][1] == "NOUN"
    assert "words that the tokenizer gives no piece, taken for NOUN: '\ufffd' 1" in pos.notes([odd])
    assert n_labels(pos.collate(pos.examples([odd]))) == 2


def test_parts_of_speech(tiny):
    words = [Sentence(("I", "am", "going", "."), "en", tags=("PRON", "AUX", "VERB", "PUNCT"))]
    task = TASKS["pos"](tiny("xlm-roberta"), words, encoding="IOB1")
    assert task.labels == ("AUX", "PRON", "PUNCT", "VERB")
    assert task.best == "accuracy"
    scores = task.scores(words, [("PRON", "AUX", "AUX", "PUNCT")])
    assert scores == pytest.approx(
        {
            "macro_f1": (2 / 3 + 1 + 0 + 1) / 4,
            "micro_f1": 3 / 4,
            "accuracy": 3 / 4,
            "wrong_sentences": 1,
            "sentences": 1,
        }
    )


def test_a_batch_without_labels_has_a_loss_of_zero(tiny, tagged):
    task = TASKS["ner"](tiny("bert"), tagged)
    model = made(task, tiny("bert"))
    batch = task.collate(task.examples([replace(tagged[0], tags=("B-MISC",) * 10)]))
    loss = task.loss(model, batch)
    loss.backward()
    assert loss == 0
    assert all(one.grad is None or not one.grad.any() for one in model.parameters())


def test_what_cannot_be_trained_is_refused(tiny, tagged):
    bare = replace(tagged[0], tags=None)
    with pytest.raises(CorpusError, match=r"tagged.txt:1' has no tags; the task ner"):
        TASKS["ner"](tiny("bert"), [bare])
    with pytest.raises(CorpusError, match="no words to train on"):
        TASKS["pos"](tiny("bert"), [])
    with pytest.raises(CorpusError, match=r"tagged.txt:1: 'Washington': 'NOUN' is no tag of an entity"):
        TASKS["ner"](tiny("bert"), [replace(tagged[0], tags=("NOUN",) * 10)])
    with pytest.raises(SettingsError, match=r"length = 41, .* up to 40 pieces"):
        TASKS["ner"](tiny("bert"), tagged, length=41)
    with pytest.raises(SettingsError, match="cannot overlap by 8"):
        TASKS["ner"](tiny("bert"), tagged, length=10)
    with pytest.raises(SettingsError, match="possible are IOB1, IOB2"):
        TASKS["ner"](tiny("bert"), tagged, encoding="BIOES")
    for kind in ("opt", "t5"):
        with pytest.raises(EncoderError, match=rf"\({kind}\) cannot be trained to label words"):
            TASKS["ner"](tiny(kind), tagged)
