"""What holds for every task and every objective."""

from dataclasses import replace

import pytest
import torch

from embspace.corpora.records import LABELS, AlignedPair, Entailment, Question, Sentence
from embspace.errors import CorpusError
from embspace.training.adjust import Adjust
from embspace.training.config import ADJUSTMENT, MASKED, TAGGED
from embspace.training.freezing import freeze
from embspace.training.objectives import OBJECTIVES, Objective
from embspace.training.tasks import TASKS, Task
from embspace.training.windows import n_labels, n_pieces

KINDS = {"wordpiece": "bert", "byte-level": "roberta", "unigram": "deberta-v2"}
LANGUAGES = ("en", "be", "ru", "tr")
LENGTH = 40
"""pieces of a window: tiny tokenizers cut most words into letters"""


def pairs_of(tagged):
    """Sentences and themselves, a few words long, aligned word by word."""
    short = [replace(one, words=one.words[:3], text="", offsets=(), tags=None) for one in tagged]
    links = tuple((word, word) for word in range(3))
    other = {"en": "be"}
    return [
        AlignedPair(one, Sentence(one.words[::-1], other.get(one.language, one.language), parallel="x"), links)
        for one in short
    ]


def entailments(tagged):
    return [
        Entailment(" ".join(one.words[:3]), one.words[2], LABELS[number % 3], (one.language,) * 2, str(number))
        for number, one in enumerate(tagged)
    ]


def questions(tagged):
    return [
        Question(str(number), "? ?", one.text, ((one.words[0], one.offsets[0][0]),), (one.language,) * 2)
        for number, one in enumerate(tagged)
    ]


def records(tagged, name):
    """What each task learns from, of the same sentences."""
    made = {ADJUSTMENT: pairs_of, "nli": entailments, "qa": questions, "ner": list}
    if name == MASKED:
        return [replace(one, tags=None) for one in tagged]
    if name == "pos":
        return [replace(one, tags=tuple(tag[0] for tag in one.tags)) for one in tagged]
    return made[name](tagged)


def right(task, given):
    """Predictions without a fault."""
    if task.name == MASKED:
        return task.gold(given)
    if isinstance(given[0], Sentence):
        return [task.tags(one) for one in given]
    if isinstance(given[0], AlignedPair):
        return [tuple(str(other) for _, other in one.links) for one in given]
    return [(one.label if isinstance(one, Entailment) else one.answers[0][0],) for one in given]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("name", TASKS)
def test_every_task(tiny, tagged, name, kind):
    given = records(tagged, name)
    task = TASKS[name](tiny(kind), given, length=LENGTH, overlap=4, adjust=Adjust(identical=True, reduction="sum"))
    assert isinstance(task, Task)
    assert (task.name, task.length, task.overlap) == (name, LENGTH, 4)
    if name in TAGGED:
        assert list(task.labels) == sorted(task.labels, key=lambda label: (label != "O", label))
    torch.manual_seed(0)
    model = task.model(tiny(kind))
    assert model.training
    examples = task.examples(given)
    assert [one.sentence for one in examples] == sorted(one.sentence for one in examples)
    assert {one.sentence for one in examples} == {*range(len(given))}
    assert all(len(one) == len(one.ids) for one in examples)
    batch = task.collate(examples)
    assert {"input_ids", "attention_mask"} <= {*batch}
    assert n_pieces(batch) == sum(map(len, examples))
    model.eval()
    losses, weights = zip(
        *((task.loss(model, part), n_labels(part)) for part in map(task.collate, (examples[:2], examples[2:]))),
        strict=True,
    )
    whole = sum(loss * weight for loss, weight in zip(losses, weights, strict=True)) / sum(weights)
    whole = sum(losses) if task.sums else whole
    torch.testing.assert_close(task.loss(model, batch), whole, rtol=1e-4, atol=1e-5)
    assert task.loss(model, batch).shape == ()
    found = task.predict(model, given, 3)
    assert not model.training
    assert len(found) == len(given)
    if name in (*TAGGED, "nli"):
        assert {label for labels in found for label in labels} <= {*task.labels}
    scores = task.scores(given, found)
    assert task.best in scores
    assert all(type(value) is float for value in scores.values())
    assert task.scores(given, right(task, given))[task.best] == 1
    table = task.table(given, found)
    assert len(table) == len(given) and {"language", "parallel", "gold", "predicted"} <= {*table.columns}
    assert table["language"].tolist() == [one.language for one in given]
    assert task.notes(given) == []
    assert task.predict(model, [], 3) == task.examples([]) == []
    with pytest.raises(CorpusError):
        TASKS[name](tiny(kind), records(tagged, "nli" if name != "nli" else "qa"), length=LENGTH, overlap=4)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_objective(tiny, tagged, name, kind):
    task = TASKS["ner"](tiny(kind), tagged, length=16, overlap=4)
    torch.manual_seed(0)
    model = task.model(tiny(kind))
    freeze(model, 0)
    adjust = Adjust(identical=True)
    options = {"length": task.length, "overlap": task.overlap, "adjust": adjust, "checkpoint": tiny(kind)}
    objective = OBJECTIVES[name](task.tokenizer, LANGUAGES, **options)
    assert isinstance(objective, Objective)
    assert objective.name == name
    torch.manual_seed(0)
    head = objective.head(model)
    torch.manual_seed(0)
    again = objective.head(model)
    assert [*head.state_dict()] == [*again.state_dict()]
    assert all(torch.equal(one, other) for one, other in zip(head.parameters(), again.parameters(), strict=True))
    assert not {*head.parameters()} & {*model.parameters()}
    untagged = [replace(one, tags=None) for one in tagged]
    examples = objective.examples(pairs_of(tagged) if objective.reads == "aligned" else untagged)
    if objective.reads == "unlabelled":
        assert [one.ids.tolist() for one in examples] == [one.ids.tolist() for one in task.examples(tagged)]
    assert objective.notes([]) == []
    batch = objective.collate(examples, torch.Generator().manual_seed(0))
    assert {"input_ids", "attention_mask"} <= {*batch}
    assert n_pieces(batch) == sum(map(len, examples))
    assert n_labels(batch) > 0
    modes = [module.training for module in model.modules()]
    loss = objective.loss(model, head, batch)
    assert [module.training for module in model.modules()] == modes
    assert loss.shape == ()
    assert torch.isfinite(loss)
    assert loss > 0
    loss.backward()
    assert all(one.grad is not None for one in head.parameters())
    layers = [weight.grad for place, weight in model.named_parameters() if ".layer." in place and weight.requires_grad]
    assert sum(one is not None and bool(one.any()) for one in layers) > len(layers) / 2
    assert model.get_input_embeddings().weight.grad is None, "frozen"
