"""What holds for every task and every objective."""

from dataclasses import replace

import pytest
import torch

from embspace.training.freezing import freeze
from embspace.training.objectives import OBJECTIVES, Objective
from embspace.training.tasks import TASKS, Task
from embspace.training.windows import n_labels, n_pieces

KINDS = {"wordpiece": "bert", "byte-level": "roberta", "unigram": "deberta-v2"}
LANGUAGES = ("en", "be", "ru", "tr")


def sentences(tagged, name):
    return tagged if name == "ner" else [replace(one, tags=tuple(tag[0] for tag in one.tags)) for one in tagged]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("name", TASKS)
def test_every_task(tiny, tagged, name, kind):
    given = sentences(tagged, name)
    task = TASKS[name](tiny(kind), given, length=16, overlap=4)
    assert isinstance(task, Task)
    assert (task.name, task.length, task.overlap) == (name, 16, 4)
    assert list(task.labels) == sorted(task.labels, key=lambda label: (label != "O", label))
    torch.manual_seed(0)
    model = task.model(tiny(kind))
    examples = task.examples(given)
    assert [one.sentence for one in examples] == sorted(one.sentence for one in examples)
    assert {one.sentence for one in examples} == {*range(len(given))}
    batch = task.collate(examples)
    assert {"input_ids", "attention_mask", "labels"} <= {*batch}
    assert n_pieces(batch) == sum(map(len, examples))
    model.eval()
    losses, weights = zip(
        *((task.loss(model, part), n_labels(part)) for part in map(task.collate, (examples[:2], examples[2:]))),
        strict=True,
    )
    whole = sum(loss * weight for loss, weight in zip(losses, weights, strict=True)) / sum(weights)
    torch.testing.assert_close(task.loss(model, batch), whole, rtol=1e-4, atol=1e-5)
    assert task.loss(model, batch).shape == ()
    found = task.predict(model, given, 3)
    assert not model.training
    assert {label for labels in found for label in labels} <= {*task.labels}
    scores = task.scores(given, found)
    assert task.best in scores
    assert all(type(value) is float for value in scores.values())
    assert task.scores(given, [task.tags(one) for one in given])[task.best] == 1
    assert task.notes(given) == []
    assert task.predict(model, [], 3) == task.examples([]) == []


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_objective(tiny, tagged, name, kind):
    task = TASKS["ner"](tiny(kind), tagged, length=16, overlap=4)
    torch.manual_seed(0)
    model = task.model(tiny(kind))
    freeze(model, 0)
    objective = OBJECTIVES[name](task.tokenizer, LANGUAGES, length=task.length, overlap=task.overlap)
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
    examples = objective.examples(untagged)
    assert [one.ids.tolist() for one in examples] == [one.ids.tolist() for one in task.examples(tagged)]
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
