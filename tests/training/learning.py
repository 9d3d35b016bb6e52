"""A few records that a model learns and predicts, for tests of tasks."""

from collections.abc import Sequence

import torch

from embspace.training.tasks import Task
from embspace.training.tasks.base import Labels, Some


def learn(task: Task, model: torch.nn.Module, records: Some, steps: int, rate: float = 3e-3) -> list[float]:
    """The loss of each step on all the records at once."""
    batch = task.collate(task.examples(records))
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate)
    losses = []
    for _ in range(steps):
        loss = task.loss(model, batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def check_predictions(task: Task, model: torch.nn.Module, records: Some, bare: Some, wanted: Sequence[Labels]) -> None:
    """A model in training predicts what is wanted, in any batch and mode, also of the records with other answers."""
    assert model.training, "it is in training"
    found = task.predict(model, records, 3)
    assert model.training, "the mode is as it was"
    assert found == wanted, f"{found} is not {wanted}"
    alone = [task.predict(model.eval(), [one], 1)[0] for one in records]
    assert alone == found, f"alone {alone}, together {found}"
    assert not model.training, "the mode is as it was"
    assert task.predict(model, bare, 2) == found, "answers are not looked at"
    assert task.predict(model, [], 2) == task.examples([]) == task.notes([]) == [], "nothing has nothing"
