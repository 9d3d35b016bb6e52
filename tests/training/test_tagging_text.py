import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from transformers import AutoModelForTokenClassification

from embspace.corpora.records import Corpus, Sentence
from embspace.corpora.tags import convert_tags
from embspace.encoders.loading import load_encoder
from embspace.errors import CorpusError, EncoderError, SettingsError
from embspace.progress import Silent
from embspace.training import tagging_text
from embspace.training.tagging_text import predict
from embspace.workflows.predict import PredictConfig, make_table, run, scores

LABELS = ("B-LOC", "I-PER", "O", "B-PER", "I-LOC")
"""in no order that a task would give them"""


@pytest.fixture(scope="module")
def save(tmp_path_factory, tiny):
    """A tagger with its own head, in a folder."""

    def save(labels=LABELS, kind="bert", seed=5):
        folder = tmp_path_factory.mktemp("tagger")
        torch.manual_seed(seed)
        model = AutoModelForTokenClassification.from_pretrained(tiny(kind), num_labels=len(labels))
        torch.nn.init.normal_(model.classifier.weight)
        with torch.no_grad():  # what all pieces have in common would give them all the same label
            usual = model.eval().base_model(torch.arange(5, 25)[None]).last_hidden_state.mean((0, 1))
            model.classifier.bias.copy_(-model.classifier.weight @ usual)
        model.config.id2label = dict(enumerate(labels))
        model.config.label2id = {one: number for number, one in enumerate(labels)}
        model.save_pretrained(folder)
        for file in Path(tiny(kind)).glob("*token*"):
            shutil.copy(file, folder)
        return str(folder)

    return save


def slow(folder, sentence: Sentence):
    """The likeliest label at each word's first piece; a sentence at a time, whole, by transformers alone."""
    model = AutoModelForTokenClassification.from_pretrained(folder).eval()
    pieces = load_encoder(folder).tokenize([sentence])
    with torch.no_grad():
        logits = model(input_ids=torch.from_numpy(pieces.ids)[None]).logits[0]
    found = []
    for word in range(len(sentence.words)):
        where = np.flatnonzero(pieces.words == word)
        found.append(model.config.id2label[int(logits[where[0]].argmax())] if len(where) else "O")
    return found


def test_labels_are_those_of_the_classifier_at_first_pieces(save, tagged):
    folder = save()
    table = predict(
        folder,
        Corpus("tagged", [replace(one, words=one.words[:5], text="", offsets=(), tags=one.tags[:5]) for one in tagged]),
        encoding="IOB2",
    )
    assert list(table.columns) == ["sentence", "position", "word", "language", "gold", "predicted"]
    assert table["predicted"].nunique() > 1
    for number, one in enumerate(tagged):
        rows = table[table["sentence"] == number]
        short = replace(one, words=one.words[:5], text="", offsets=(), tags=one.tags[:5])
        assert rows["predicted"].tolist() == slow(folder, short)
        assert rows["word"].tolist() == list(one.words[:5]) and rows["gold"].tolist() == list(one.tags[:5])
        assert rows["position"].tolist() == [0, 1, 2, 3, 4] and set(rows["language"]) == {one.language}
    settings = table.attrs["settings"]
    assert settings["labels"] == list(LABELS) and settings["encoding"] == "IOB2" and settings["overlap"] == 8


def test_windows_and_batches_change_nothing_but_the_context(save, tagged):
    folder = save()
    some = Corpus("tagged", tagged)
    whole = predict(folder, some, batch=1)
    pd.testing.assert_frame_equal(whole, predict(folder, some, batch=32))
    short = predict(folder, some, length=12, overlap=4)
    assert len(short) == len(whole) and short["predicted"].notna().all()
    assert short.attrs["settings"]["length"] == 12


def test_gold_is_in_the_encoding_of_the_labels(save, tagged):
    some = Corpus("tagged", tagged)
    for labels, scheme in (
        (("O", "I-PER", "I-LOC"), "IOB1"),
        (("O", "B-PER", "I-PER", "E-PER", "S-PER"), "BIOES"),
        (("O", "B-PER", "I-PER"), "IOB2"),
    ):
        table = predict(save(labels), some)
        assert table.attrs["settings"]["encoding"] == scheme
        expected = [tag for one in tagged for tag in convert_tags(one.tags, "iob2", scheme.lower())]
        assert table["gold"].tolist() == expected
    forced = predict(save(("O", "B-PER", "I-PER")), some, encoding="IOB1")
    assert forced["gold"].tolist() == [tag for one in tagged for tag in convert_tags(one.tags, "iob2", "iob1")]
    other = predict(save(("NOUN", "VERB")), some)
    assert other["gold"].isna().all() and other.attrs["settings"]["encoding"] is None
    pos = Corpus("pos", [Sentence(("Washington", "was"), "en", tags=("NOUN", "VERB"))])
    assert predict(save(("NOUN", "VERB")), pos)["gold"].tolist() == ["NOUN", "VERB"]
    assert predict(save(), pos)["gold"].isna().all()


def test_labels_that_begin_without_b_are_iob1(save, tagged):
    begun = [("I-PER", "I-PER", "O", "I-LOC", "B-LOC"), ("O", "I-PER")]
    assert tagging_text._iob(begun) == "IOB1"
    assert tagging_text._iob([convert_tags(one, "iob1", "iob2") for one in begun]) == "IOB2"
    assert tagging_text._iob([("O", "O")]) == tagging_text._iob([]) == "IOB2"
    folder = save(("O", "B-PER", "I-PER"))
    config = json.loads((Path(folder) / "config.json").read_text())
    for told in ("IOB1", "IOB2"):
        (Path(folder) / "config.json").write_text(json.dumps(config | {"tag_encoding": told}))
        assert predict(folder, Corpus("tagged", tagged[:3])).attrs["settings"]["encoding"] == told


def test_texts_are_read_and_words_without_pieces_are_said(save):
    folder = save()
    one = predict(folder, "Washington was here .", language="en")
    assert one["word"].tolist() == ["Washington", "was", "here", "."] and one["gold"].isna().all()
    two = predict(folder, ["Washington was", ["I", "am"]], language="en")
    assert two["sentence"].tolist() == [0, 0, 1, 1]
    odd = Corpus("odd", [Sentence(("Washington", "\u200b"), "en")])
    assert predict(folder, odd)["predicted"].tolist()[1] == "O"
    assert predict(save(("NOUN", "VERB")), odd)["predicted"].tolist()[1] is None
    with pytest.raises(CorpusError, match="A text needs a language"):
        predict(folder, "Washington was here")


def test_what_labels_nothing_is_refused(save, tiny, tmp_path):
    with pytest.raises(EncoderError, match=r"labels no words; expected a model that transformers knows as"):
        predict(tiny("bert"), ["a"], language="en")
    with pytest.raises(EncoderError, match="there is no such run"):
        predict("run:zz", ["a"], language="en")
    for wrong, message in (
        ({"batch": 0}, "batch = 0: expected 1"),
        ({"encoding": "BIO"}, "encoding = 'BIO' is not possible; it is IOB1, IOB2, BIOES"),
        ({"device": "warp"}, "The device 'warp' cannot be used"),
        ({"length": 999}, "reads windows of up to"),
    ):
        with pytest.raises(SettingsError, match=message):
            predict(save(), ["a b"], language="en", **wrong)


def test_the_job_stores_its_table_and_finds_it(save, workspace):
    folder = save()
    config = PredictConfig(folder, texts=("Washington was here",), language="en")
    result = run(config, workspace, Silent())
    assert result["words"] == 3 and result["sentences"] == 1 and result["scores"] == {}
    stored = pd.read_parquet(Path(result["path"]) / "result.parquet")
    pd.testing.assert_frame_equal(
        stored, predict(folder, ["Washington was here"], language="en"), check_dtype=False, check_exact=True
    )
    key, again = make_table(config, workspace, Silent())
    assert key == result["result"] and again.attrs == stored.attrs
    assert run(PredictConfig(save(seed=6), texts=config.texts, language="en"), workspace, Silent())["result"] != key
    for wrong, message in (
        ({"checkpoint": ""}, "checkpoint is empty"),
        ({"checkpoint": folder, "texts": ("a",)}, "language is empty: texts need"),
        ({"checkpoint": folder, "language": "en"}, "language is of texts, and there are none"),
    ):
        with pytest.raises(SettingsError, match=message):
            PredictConfig(**wrong)


def test_scores_count_words_and_sentences():
    rows = [
        (0, "en", "O", "O"),
        (0, "en", "B-PER", "O"),
        (1, "en", "O", "O"),
        (2, "tr", "O", "O"),
        (3, "be", None, "O"),
    ]
    table = pd.DataFrame(rows, columns=["sentence", "language", "gold", "predicted"])
    assert scores(table) == {
        "en": {"sentences": 2, "wrong_sentences": 1, "accuracy": pytest.approx(2 / 3)},
        "tr": {"sentences": 1, "wrong_sentences": 0, "accuracy": 1.0},
    }
