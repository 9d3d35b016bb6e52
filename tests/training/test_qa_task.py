import json
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from learning import check_predictions, learn
from tiny_models import KNOWN, TOKENIZERS, save_checkpoint
from transformers import AutoConfig, AutoModel, AutoModelForQuestionAnswering
from transformers.modeling_outputs import QuestionAnsweringModelOutput

from embspace.corpora.records import Question
from embspace.encoders.loading import load_encoder
from embspace.errors import CorpusError, EncoderError, SettingsError
from embspace.training.tasks import TASKS, Task
from embspace.training.tasks.nli import read_pairs
from embspace.training.tasks.qa import Answering
from embspace.training.windows import n_labels, n_pieces

KINDS = ["bert", "xlm-roberta", "roberta", "deberta-v2", "gpt2"]
LONG = " ".join(KNOWN)


def question(number, asked, paragraph, *answers, languages=("en", "en")):
    return Question(str(number), asked, paragraph, tuple((one, paragraph.index(one)) for one in answers), languages)


FEW = [
    question(1, "who was", "Washington was the first president .", "Washington", "first"),
    question(2, "where", "I am going to San Francisco .", "San Francisco"),
    question(3, "ilk", "Washington was the first president .", "the first president", languages=("tr", "en")),
    question(4, "першым", "Вашынгтон быў першым прэзідэнтам .", "прэзідэнтам", languages=("be", "be")),
]


def every_word(paragraph, asked="was"):
    """Questions with every word of a paragraph for an answer, and every two that follow each other."""
    words, found = [*re.finditer(r"\S+", paragraph)], []
    for one, other in zip(words, [*words[1:], words[-1]], strict=True):
        for stop in {one.end(), other.end()}:
            found.append(Question("1", asked, paragraph, ((paragraph[one.start() : stop], one.start()),), ("en", "en")))
    return found


def made(task, folder, seed=0):
    torch.manual_seed(seed)
    return task.model(folder)


class Pointing(torch.nn.Module):
    """Gives high logits at the places of windows that it knows, and others that grow with the place, or shrink."""

    def __init__(self, examples, slope=0.01):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.places = {tuple(one.ids.tolist()): one.labels.tolist() for one in examples}
        self.slope = slope

    def forward(self, input_ids, attention_mask, token_type_ids=None):
        logits = torch.arange(input_ids.shape[1]).mul(self.slope).expand(2, *input_ids.shape).clone()
        for row, (ids, mask) in enumerate(zip(input_ids, attention_mask, strict=True)):
            for side, place in enumerate(self.places[tuple(ids[mask > 0].tolist())]):
                logits[side, row, place] += 100
        return QuestionAnsweringModelOutput(start_logits=logits[0], end_logits=logits[1])


def slow_windows(task, one, stride):
    """Windows and labels as the examples of transformers make them, character by character."""
    found = task.tokenizer(
        one.question,
        one.paragraph,
        truncation="only_second",
        max_length=task.length,
        stride=stride,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )
    windows, (text, start) = [], one.answers[0]
    stop = start + len(text)
    for number, ids in enumerate(found["input_ids"]):
        inside = [piece for piece, sequence in enumerate(found.sequence_ids(number)) if sequence == 1]
        covered = {piece: {*range(*found["offset_mapping"][number][piece])} for piece in inside}
        blanks = {place for place, letter in enumerate(one.paragraph) if letter.isspace()}
        wanted = {*range(start, stop)} - blanks
        labels = [0, 0]
        if wanted <= set().union(*covered.values()):
            touched = [piece for piece in inside if covered[piece] & wanted]
            labels = [min(touched), max(touched)]
        windows.append((ids, labels))
    return windows


@pytest.mark.parametrize("kind", KINDS)
def test_windows_and_labels_are_those_of_the_definition(tiny, kind):
    asked = every_word(LONG)[::3]
    task = TASKS["qa"](tiny(kind), asked, length=24, overlap=6)
    assert isinstance(task, Task)
    assert (task.name, task.best, task.sums, task.length, task.overlap) == ("qa", "f1", False, 24, 6)
    examples = task.examples(asked)
    assert [one.sentence for one in examples] == sorted(one.sentence for one in examples)
    assert task.tokenizer.backend_tokenizer.truncation is None
    for number, one in enumerate(asked):
        own = [window for window in examples if window.sentence == number]
        assert [(window.ids.tolist(), window.labels.tolist()) for window in own] == slow_windows(task, one, 6)
        assert len(own) > 3
    batch = task.collate(examples[:5])
    assert n_pieces(batch) == sum(map(len, examples[:5]))
    assert batch["labels"].tolist() == [one.labels.tolist() for one in examples[:5]]
    assert ("token_type_ids" in batch) == (kind == "bert")
    if kind == "bert":
        given = task.tokenizer(asked[0].question, LONG, truncation="only_second", max_length=24)
        assert batch["token_type_ids"][0].tolist() == given["token_type_ids"]


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
def test_answers_of_every_language_come_back_from_where_they_stand(tokenizer, tmp_path):
    folder = str(save_checkpoint(tmp_path, "gpt2", tokenizer))
    asked = every_word("  ".join(KNOWN).replace(" .", ".\n"))
    task = Answering(folder, asked, overlap=12)
    held = 0
    for number, one in enumerate(asked):
        windows = task.examples([one])
        assert len(windows) > 2
        pieces = len(task.tokenizer.tokenize(one.answers[0][0]))
        if not any(window.labels[1] for window in windows) or pieces > 29:
            assert pieces > 12, "shorter ones lie in some window"
            continue
        found = task.predict(Pointing(windows, (0.01, -0.01)[number % 2]), [one], 2)
        assert found == [(one.answers[0][0],)]
        held += 1
    assert held > 0.8 * len(asked)


def test_characters_without_pieces_are_in_the_windows_at_the_ends_of_a_paragraph(tiny):
    paragraph = f"\ufffd {LONG} \ufffd"
    asked = [question(1, "was", paragraph, paragraph[:12]), question(2, "was", paragraph, paragraph[-8:])]
    task = Answering(tiny("bert"), asked)
    assert task.notes(asked) == []
    for one, answer in zip(asked, (paragraph[2:12], paragraph[-8:-2]), strict=True):
        windows = task.examples([one])
        assert [bool(window.labels[1]) for window in windows].count(True) == 1
        assert task.predict(Pointing(windows), [one], 2) == [(answer,)]


def test_the_best_stretch_is_that_of_the_definition(tiny):
    asked = [question(1, "who was", LONG, "Washington"), question(2, "where", LONG, "San"), *FEW]
    task = Answering(tiny("bert"), asked, overlap=4)
    model = made(task, tiny("bert")).eval()
    found = task.predict(model, asked, 4)
    for number, one in enumerate(asked):
        best = (-np.inf, "")
        for window in task.examples([one]):
            output = read_pairs(model, task.collate([window]))
            start, end = output.start_logits[0].tolist(), output.end_logits[0].tolist()
            inside = [piece for piece, (at, _) in enumerate(window.spans) if at >= 0]
            likely = [sorted(inside, key=lambda piece: -of[piece])[:20] for of in (start, end)]
            for first in likely[0]:
                for last in likely[1]:
                    if first <= last <= first + 29 and start[first] + end[last] > best[0]:
                        text = one.paragraph[window.spans[first][0] : window.spans[last][1]]
                        best = (start[first] + end[last], text)
        assert found[number] == (best[1],)
        assert best[1]


def test_an_answer_is_at_most_thirty_pieces_long_and_ends_after_it_begins(tiny):
    one = question(1, "I", "I am " * 16 + "going", "going")
    task = Answering(tiny("bert"), [one])
    (window,) = task.examples([one])
    model, inside = Pointing([window], slope=0), np.flatnonzero(window.spans[:, 0] >= 0)
    places = model.places[tuple(window.ids.tolist())] = [inside[0], inside[30]]
    found = task.predict(model, [one], 1)
    assert len(found[0][0].split()) in range(1, 31), "either end with another"
    places[1] = inside[29]
    assert task.predict(model, [one], 1) == [(" ".join(one.paragraph.split()[:30]),)]
    places[:] = inside[9], inside[3]
    assert len(task.predict(model, [one], 1)[0][0].split()) < 30
    places[:] = 0, 0
    assert task.predict(model, [one], 1)[0][0] in one.paragraph
    nothing = replace(one, paragraph="", answers=())
    assert task.predict(made(task, tiny("bert")), [nothing, one], 2)[0] == ("",)


@pytest.mark.parametrize("kind", KINDS)
def test_the_loss_is_the_mean_over_windows_however_they_are_batched(tiny, kind):
    some = [*FEW, question(5, "where", LONG, "New York")]
    task = Answering(tiny(kind), some)
    model = made(task, tiny(kind)).eval()
    examples = task.examples(some)
    assert len({len(one) for one in examples}) > 2
    losses = []
    for one in examples:
        ids = torch.from_numpy(one.ids)[None]
        given = {"token_type_ids": torch.from_numpy(one.types.astype(int))[None]} if kind == "bert" else {}
        output = model(input_ids=ids, **given)
        for logits, place in zip((output.start_logits, output.end_logits), one.labels, strict=True):
            losses.append(-(logits[0, place].exp() / logits[0].exp().sum()).log())
    batch = task.collate(examples)
    assert n_labels(batch) == 2 * len(examples)
    loss = task.loss(model, batch)
    torch.testing.assert_close(loss, sum(losses) / len(losses), rtol=1e-4, atol=1e-5)
    parts = [task.collate(examples[:3]), task.collate(examples[3:])]
    whole = sum(task.loss(model, part) * n_labels(part) for part in parts) / n_labels(batch)
    torch.testing.assert_close(loss, whole, rtol=1e-4, atol=1e-5)
    bare = {**batch, "labels": torch.full_like(batch["labels"], -100)}
    assert task.loss(model, bare) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_few_questions_are_learned_and_answered_alike_in_any_batch(tiny, kind):
    task = Answering(tiny(kind), FEW)
    model = made(task, tiny(kind))
    assert model.training
    losses = learn(task, model, FEW, 50)
    assert losses[-1] < losses[0] / 5
    answers = [(one.answers[0][0],) for one in FEW]
    check_predictions(task, model, FEW, [replace(one, answers=()) for one in FEW], answers)
    assert task.scores(FEW, answers)["exact"] == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_model_opens_anywhere_and_goes_on_with_its_own_layer(tiny, kind, tmp_path):
    task = Answering(tiny(kind), FEW)
    model = made(task, tiny(kind)).eval()
    batch = task.collate(task.examples(FEW))
    model.save_pretrained(tmp_path)
    task.tokenizer.save_pretrained(tmp_path)
    saved = AutoModelForQuestionAnswering.from_pretrained(tmp_path)
    output = read_pairs(model, batch)
    assert torch.equal(read_pairs(saved, batch).start_logits, output.start_logits)
    assert torch.equal(read_pairs(saved, batch).end_logits, output.end_logits)
    again = made(Answering(str(tmp_path), FEW), str(tmp_path), seed=5).eval()
    assert torch.equal(read_pairs(again, batch).start_logits, output.start_logits)
    assert json.loads((tmp_path / "tokenizer.json").read_text())["truncation"] is None
    assert load_encoder(tmp_path).n_layers == 4


def test_windows_overlap_by_a_third_of_what_the_question_leaves(tiny):
    one = question(1, "who was", LONG, "Washington")
    task = Answering(tiny("bert"), [one])
    assert (task.length, task.overlap) == (40, None)
    first, second, *_ = task.examples([one])
    own = [window.ids[window.types == 1][:-1].tolist() for window in (first, second)]
    room = 40 - 3 - len(task.tokenizer.tokenize("who was"))
    assert [len(ids) for ids in own] == [room, room]
    assert own[0][-(room // 3) :] == own[1][: room // 3]
    assert task.tokenizer(LONG, add_special_tokens=False)["input_ids"][room : room + 5] == own[1][room // 3 :][:5]


def test_windows_are_at_most_384_pieces_long_and_overlap_by_128(tiny, tmp_path):
    config = AutoConfig.from_pretrained(tiny("bert"), max_position_embeddings=700)
    AutoModel.from_config(config).save_pretrained(tmp_path)
    one = question(1, "who", LONG * 9, "Washington")
    Answering(tiny("bert"), [one]).tokenizer.save_pretrained(tmp_path)
    task = Answering(str(tmp_path), [one])
    assert task.length == 384
    first, second, *_ = task.examples([one])
    assert [len(first), len(second)] == [384, 384]
    room = 384 - 3 - 3
    assert first.spans[-1 - room // 3 - 1, 0] < second.spans[5, 0] == first.spans[-1 - room // 3, 0]
    assert Answering(str(tmp_path), [one], length=700).length == 700


def test_a_long_question_is_cut_and_told(tiny):
    one = question(1, LONG, LONG, "Washington")
    task = Answering(tiny("bert"), [one], length=20, overlap=5)
    assert task.notes([one, *FEW])[0] == "longer than 8 pieces, so cut: 1 of 5 questions"
    whole = task.tokenizer(LONG, add_special_tokens=False)["input_ids"]
    for window in task.examples([one])[:-1]:
        assert len(window) == 20
        assert window.ids[window.types == 0][1:-1].tolist() == whole[:8]


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
def test_any_long_question_is_cut_to_half_of_the_room(tokenizer, tmp_path):
    folder = str(save_checkpoint(tmp_path, "gpt2", tokenizer))
    asked = [question(1, text, LONG, "Washington") for text in (*KNOWN, "𝔘𝔫 " * 20, "  \n " * 30, "ﷺ" * 9, LONG)]
    task = Answering(folder, asked, length=18, overlap=2)
    most = (18 - task.tokenizer.num_special_tokens_to_add(pair=True)) // 2
    for one in asked:
        texts = task._asked([one])[0][0]
        assert one.question.startswith(texts)
        assert len(task.tokenizer(texts, add_special_tokens=False)["input_ids"]) <= most
    assert len({window.sentence for window in task.examples(asked)}) == len(asked)


def test_what_cannot_be_learned_is_told(tiny):
    bare = replace(FEW[0], answers=(), languages=("ru", "ru"))
    long = question(6, "who was", LONG, LONG[:200], "Washington")
    task = Answering(tiny("bert"), [bare, *FEW, long])
    assert task.notes([bare, *FEW, long]) == [
        "without an answer, so neither learned nor scored: ru 1 questions",
        "whole in no window of 40 pieces, so not learned: 1 of 5 answers",
    ]
    assert task.notes(FEW) == []
    many = question(7, "I", "I am " * 16 + "going", ("I am " * 16).strip())
    assert task.notes([many]) == ["longer than 30 pieces, so never predicted whole: 1 of 1 answers"]
    assert [one.sentence for one in task.examples([bare, *FEW])] == [1, 2, 3, 4]
    assert all(one.labels.tolist() == [0, 0] for one in task.examples([long]))


def test_scores_and_tables_worked_by_hand(tiny):
    task = Answering(tiny("bert"), FEW)
    bare = replace(FEW[0], answers=(), id="9")
    gold = [FEW[0], FEW[2], replace(FEW[3], languages=("en", "es"), question="?"), bare]
    predicted = [("the first",), ("first president of",), ("la прэзідэнтам",), ("was",)]
    scores = task.scores(gold, predicted)
    expected = {"f1": (1 + 4 / 5 + 1) / 3, "exact": 2 / 3, "squad_f1": (1 + 4 / 5 + 2 / 3) / 3, "squad_exact": 1 / 3}
    assert scores == pytest.approx({**expected, "questions": 3})
    assert all(type(one) is float for one in scores.values())
    right = [(one.answers[-1][0],) for one in FEW]
    assert task.scores(FEW, right) == {**dict.fromkeys(expected, 1.0), "questions": 4.0}
    assert task.scores([bare], [("was",)]) == {**dict.fromkeys(expected, 0.0), "questions": 0.0}
    table = task.table(gold, predicted)
    assert " ".join(table) == "language parallel question gold predicted f1 exact squad_f1 squad_exact score"
    assert table.iloc[0].tolist() == ["en", "1", "who was", ["Washington", "first"], "the first", 1, 1, 1, 1, 1]
    assert table["language"].tolist() == ["en", "tr+en", "en+es", "en"]
    assert table["score"].tolist()[:3] == pytest.approx([1, 4 / 5, 1])
    assert table["squad_exact"].tolist()[:3] == [1, 0, 0]
    assert table.iloc[3]["gold"] == [] and np.isnan(table.iloc[3]["score"])


def test_what_cannot_be_trained_is_refused(tiny, tagged):
    bare = [replace(one, answers=()) for one in FEW]
    with pytest.raises(CorpusError, match="no questions to train on"):
        Answering(tiny("bert"), [])
    with pytest.raises(CorpusError, match="Question 1 has no answer, and none of the 4 has one"):
        Answering(tiny("bert"), bare)
    with pytest.raises(
        CorpusError, match=r"task qa learns and scores questions .*\(Question\), and Sentence was given"
    ):
        Answering(tiny("bert"), tagged)
    task = Answering(tiny("bert"), FEW)
    for ask in (task.examples, task.notes, lambda some: task.predict(made(task, tiny("bert")), some, 2)):
        with pytest.raises(CorpusError, match="Sentence was given"):
            ask([*FEW, *tagged])
    for ask in (task.examples, task.notes):
        with pytest.raises(CorpusError, match="Question 1 has no answer"):
            ask(bare)
    with pytest.raises(SettingsError, match=r"length = 41, .* up to 40 pieces"):
        Answering(tiny("bert"), FEW, length=41)
    with pytest.raises(SettingsError, match=r"length = 4 has no room for two texts"):
        Answering(tiny("bert"), FEW, length=4)
    for overlap in (-1, 7):
        with pytest.raises(SettingsError, match=rf"overlap = {overlap}, .* 16 pieces .* room for 7 .* give 0 to 6, or"):
            Answering(tiny("bert"), FEW, length=16, overlap=overlap)
    with pytest.raises(EncoderError, match=r"\(t5\) cannot be trained to answer questions"):
        Answering(tiny("t5"), FEW)
    decoder = Answering(tiny("qwen2"), FEW)
    with pytest.raises(EncoderError, match=r"\(qwen2\): the weights that transformers saves"):
        decoder.model(tiny("qwen2"))
