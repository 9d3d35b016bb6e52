import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from learning import check_predictions, learn
from transformers import AutoModel, AutoModelForSequenceClassification

from embspace.corpora.records import LABELS, Entailment
from embspace.encoders.loading import load_encoder
from embspace.errors import CorpusError, EncoderError, SettingsError
from embspace.training.tasks import TASKS, Task
from embspace.training.tasks.nli import Entailing, read_pairs
from embspace.training.windows import n_labels, n_pieces

KINDS = ["bert", "roberta", "deberta-v2", "gpt2", "qwen2"]


def pair(premise, hypothesis, label, number, languages=("en", "en")):
    return Entailment(premise, hypothesis, LABELS[label], languages, str(number))


PAIRS = [
    pair("Washington was the first president .", "the president was Washington", 0, 1),
    pair("I am going to San Francisco .", "I am", 0, 2),
    pair("Вашынгтон быў першым прэзідэнтам .", "New York", 1, 3, ("be", "en")),
    pair("Vaşington", "ilk başkanıydı .", 2, 4, ("tr", "tr")),
]


def made(task, folder, seed=0):
    torch.manual_seed(seed)
    return task.model(folder)


@pytest.mark.parametrize("kind", KINDS)
def test_a_window_is_the_tokenizers_own_pair(tiny, kind):
    task = TASKS["nli"](tiny(kind), PAIRS, length=14)
    assert isinstance(task, Task)
    assert (task.name, task.labels, task.best, task.sums, task.length) == ("nli", LABELS, "accuracy", False, 14)
    texts = [one.premise for one in PAIRS], [one.hypothesis for one in PAIRS]
    wanted = [
        task.tokenizer(*both, truncation="longest_first", max_length=14, return_token_type_ids=True)
        for both in zip(*texts, strict=True)
    ]
    examples = task.examples(PAIRS)
    assert [one.ids.tolist() for one in examples] == [one["input_ids"] for one in wanted]
    assert max(map(len, examples)) == 14, "some are cut"
    assert [(one.sentence, one.language) for one in examples] == [(0, "en"), (1, "en"), (2, "be+en"), (3, "tr")]
    batch = task.collate(examples)
    assert n_pieces(batch) == sum(map(len, examples))
    assert batch["labels"].tolist() == [0, 0, 1, 2]
    assert ("token_type_ids" in batch) == (kind == "bert")
    for row, one in enumerate(wanted):
        size = len(one["input_ids"])
        assert batch["input_ids"][row, :size].tolist() == one["input_ids"]
        assert batch["attention_mask"][row].tolist() == [1] * size + [0] * (batch["input_ids"].shape[1] - size)
        if kind == "bert":
            assert batch["token_type_ids"][row, :size].tolist() == one["token_type_ids"]
            assert {0, 1} == {*one["token_type_ids"]}


@pytest.mark.parametrize("kind", KINDS)
def test_the_loss_is_the_mean_over_pairs_however_they_are_batched(tiny, kind):
    task = Entailing(tiny(kind), PAIRS)
    model = made(task, tiny(kind)).eval()
    examples = task.examples(PAIRS)
    batch = task.collate(examples)
    losses = []
    for one, label in zip(PAIRS, batch["labels"].tolist(), strict=True):
        given = task.tokenizer(one.premise, one.hypothesis, truncation=True, max_length=40, return_tensors="pt")
        odds = model(**given).logits[0].exp()
        losses.append(-(odds[label] / odds.sum()).log())
    loss = task.loss(model, batch)
    torch.testing.assert_close(loss, sum(losses) / 4, rtol=1e-4, atol=1e-5)
    parts = [task.collate(examples[:1]), task.collate(examples[1:])]
    whole = sum(task.loss(model, part) * n_labels(part) for part in parts) / n_labels(batch)
    torch.testing.assert_close(loss, whole, rtol=1e-4, atol=1e-5)
    assert loss.shape == ()


@pytest.mark.parametrize("kind", KINDS)
def test_a_few_pairs_are_learned_and_predicted_alike_in_any_batch(tiny, kind):
    task = Entailing(tiny(kind), PAIRS)
    model = made(task, tiny(kind))
    assert model.training
    losses = learn(task, model, PAIRS, 25)
    assert losses[-1] < losses[0] / 5
    changed = [replace(one, label=LABELS[0]) for one in PAIRS]
    check_predictions(task, model, PAIRS, changed, [(one.label,) for one in PAIRS])


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_model_opens_anywhere_and_goes_on_with_its_own_head(tiny, kind, tmp_path):
    task = Entailing(tiny(kind), PAIRS)
    model = made(task, tiny(kind)).eval()
    batch = task.collate(task.examples(PAIRS))
    model.save_pretrained(tmp_path)
    task.tokenizer.save_pretrained(tmp_path)
    saved = AutoModelForSequenceClassification.from_pretrained(tmp_path)
    assert saved.config.id2label == dict(enumerate(LABELS))
    logits = read_pairs(model, batch).logits
    assert logits.shape == (4, 3)
    assert torch.equal(read_pairs(saved, batch).logits, logits)
    again = made(Entailing(str(tmp_path), PAIRS), str(tmp_path), seed=5).eval()
    assert torch.equal(read_pairs(again, batch).logits, logits)
    assert json.loads((tmp_path / "tokenizer.json").read_text())["truncation"] is None
    assert load_encoder(tmp_path).n_layers == 4


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_a_decoder_reads_the_label_off_its_last_piece(tiny, kind, tmp_path):
    base = AutoModel.from_pretrained(tiny(kind))
    base.config.pad_token_id = None if kind == "gpt2" else 0
    base.save_pretrained(tmp_path)
    Entailing(tiny(kind), PAIRS).tokenizer.save_pretrained(tmp_path)
    task = Entailing(str(tmp_path), PAIRS)
    end = task.tokenizer.eos_token_id
    assert (task.tokenizer.pad_token_id, end) == (None, 0 if kind == "gpt2" else 2)
    model = made(task, str(tmp_path)).eval()
    assert model.config.pad_token_id == end
    examples = task.examples([*PAIRS, pair("", "", 1, 5)])
    assert examples[-1].ids.tolist() == [end], "no text has no piece"
    batch = task.collate(examples)
    assert batch["input_ids"][-1].tolist() == [end] * batch["input_ids"].shape[1]
    logits = read_pairs(model, batch).logits
    for row, one in enumerate(examples):
        state = base(input_ids=torch.from_numpy(one.ids)[None]).last_hidden_state[0, -1]
        torch.testing.assert_close(logits[row], model.score.weight @ state, rtol=1e-4, atol=1e-5)


def test_predictions_are_made_without_dropout_from_pairs_of_like_lengths(tiny):
    some = [replace(one, premise=one.premise * times) for one in PAIRS for times in (1, 2, 0)]
    task = Entailing(tiny("bert"), some)
    model = made(task, tiny("bert"))
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.9
    seen = []
    model.register_forward_pre_hook(lambda *given: seen.append(given[2]["attention_mask"].sum(1)), with_kwargs=True)
    found = task.predict(model, some, 5)
    assert [len(one) for one in seen] == [5, 5, 2]
    assert torch.equal(torch.cat(seen), torch.cat(seen).sort().values)
    assert found == task.predict(model.eval(), some, 1)


def test_scores_and_tables_worked_by_hand(tiny):
    task = Entailing(tiny("bert"), PAIRS)
    predicted = [(LABELS[one],) for one in (0, 1, 1, 0)]
    # entailment: F1 1/2 (1 right of 2 and 2); neutral: 2/3 (1 of 2 and 1); contradiction: 0.
    scores = task.scores(PAIRS, predicted)
    assert scores == pytest.approx({"accuracy": 0.5, "macro_f1": (1 / 2 + 2 / 3 + 0) / 3, "pairs": 4})
    assert all(type(one) is float for one in scores.values())
    assert task.scores(PAIRS, [(one.label,) for one in PAIRS]) == {"accuracy": 1, "macro_f1": 1, "pairs": 4}
    table = task.table(PAIRS, predicted)
    assert [*table] == ["language", "parallel", "premise", "hypothesis", "gold", "predicted", "score"]
    assert table.iloc[2].tolist() == ["be+en", "3", PAIRS[2].premise, "New York", "neutral", "neutral", 1.0]
    assert table["score"].tolist() == [1, 0, 1, 0]
    assert table["predicted"].tolist() == ["entailment", "neutral", "neutral", "entailment"]


def test_what_is_cut_and_what_was_never_seen_is_told(tiny):
    seen = PAIRS[:3]
    task = Entailing(tiny("bert"), seen, length=12)
    whole = [len(task.tokenizer(one.premise, one.hypothesis)["input_ids"]) for one in PAIRS]
    assert [size > 12 for size in whole] == [True, True, True, False]
    assert task.notes(PAIRS) == [
        "never seen in training, so hardly ever predicted: contradiction 1 pairs",
        "longer than 12 pieces, so cut: 3 of 4 pairs",
    ]
    assert Entailing(tiny("bert"), PAIRS, length=max(whole)).notes(PAIRS) == []
    before = [one.ids.tolist() for one in task.examples(PAIRS)]
    task.tokenizer("I am going", truncation=True, max_length=4, padding="max_length")
    assert [one.ids.tolist() for one in task.examples(PAIRS)] == before
    task.tokenizer("I am going", truncation=True, max_length=4, padding="max_length")
    assert "cut: 3 of 4 pairs" in task.notes(PAIRS)[1]
    batch = task.collate(task.examples(PAIRS))
    assert batch["labels"].tolist() == [0, 0, 1, -100]
    assert n_labels(batch) == 3
    model = made(task, tiny("bert")).eval()
    torch.testing.assert_close(task.loss(model, batch), task.loss(model, task.collate(task.examples(seen))))
    alone = task.loss(model, task.collate(task.examples(PAIRS[3:])))
    alone.backward()
    assert alone == 0
    assert not any(one.grad is not None and one.grad.any() for one in model.parameters())


def test_a_long_premise_is_cut_before_a_short_hypothesis(tiny):
    one = pair("Washington was the first president of the United States .", "I am", 0, 1)
    task = Entailing(tiny("bert"), [one], length=10)
    (window,) = task.examples([one])
    whole = task.tokenizer(one.premise, one.hypothesis, return_token_type_ids=True)
    assert Counter(np.diff(window.types).tolist())[1] == 1
    assert (
        window.ids[window.types == 1].tolist()
        == np.array(whole["input_ids"])[np.array(whole["token_type_ids"]) == 1].tolist()
    )
    assert len(window) == 10


def test_what_cannot_be_trained_is_refused(tiny, tagged, tmp_path):
    with pytest.raises(CorpusError, match="no pairs to train on"):
        Entailing(tiny("bert"), [])
    with pytest.raises(CorpusError, match=r"task nli learns and scores pairs .*\(Entailment\), and Sentence was given"):
        Entailing(tiny("bert"), tagged)
    task = Entailing(tiny("bert"), PAIRS)
    for ask in (task.examples, task.notes, lambda some: task.predict(made(task, tiny("bert")), some, 2)):
        with pytest.raises(CorpusError, match="Sentence was given"):
            ask([*PAIRS, *tagged])
    with pytest.raises(SettingsError, match=r"length = 41, .* up to 40 pieces"):
        Entailing(tiny("bert"), PAIRS, length=41)
    with pytest.raises(SettingsError, match=r"length = 4 has no room for two texts: .* 3 special pieces .* give 5"):
        Entailing(tiny("bert"), PAIRS, length=4)
    with pytest.raises(EncoderError, match=r"\(t5\) cannot be trained to compare texts"):
        Entailing(tiny("t5"), PAIRS)
    last = AutoModel.from_pretrained(tiny("xlm"))
    last.config.summary_type = "last"
    last.save_pretrained(tmp_path)
    Entailing(tiny("xlm"), PAIRS).tokenizer.save_pretrained(tmp_path)
    task = Entailing(str(tmp_path), PAIRS)
    with pytest.raises(EncoderError, match=r"\(xlm\) reads the class of a text off its last place"):
        task.model(str(tmp_path))


def test_a_piece_that_the_model_has_not_is_refused(tiny, tmp_path):
    task = Entailing(tiny("bert"), PAIRS)
    task.tokenizer.add_tokens(["Eurovision"])
    AutoModel.from_pretrained(tiny("bert")).save_pretrained(tmp_path)
    task.tokenizer.save_pretrained(tmp_path)
    odd = Entailing(str(tmp_path), PAIRS)
    with pytest.raises(EncoderError, match="the tokenizer has piece 362, the model only 362 pieces"):
        odd.examples([pair("Eurovision", "I am", 0, 9)])
