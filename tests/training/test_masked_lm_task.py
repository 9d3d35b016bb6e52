"""Masked language modeling as a task, also with languages brought together beside it."""

from dataclasses import replace

import pytest
import torch
from learning import learn

from embspace.errors import CorpusError, EncoderError
from embspace.progress import Silent
from embspace.training.config import TrainConfig
from embspace.training.history import training_log
from embspace.training.part import Part
from embspace.training.tasks.masked_lm import MaskedLanguage
from embspace.training.windows import IGNORED
from embspace.workflows.step_spaces import step_spaces
from embspace.workflows.train import run
from embspace.workspace import Workspace


@pytest.fixture
def untagged(tagged):
    return [replace(one, tags=None) for one in tagged]


def test_the_loss_is_that_of_transformers_at_the_chosen_pieces(tiny, untagged):
    task = MaskedLanguage(tiny("bert"), untagged)
    model = task.model(tiny("bert")).eval()
    batch = task.collate(task.examples(untagged), torch.Generator().manual_seed(3))
    assert (batch["labels"] != IGNORED).sum() > 3
    expected = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], labels=batch["labels"]).loss
    torch.testing.assert_close(task.loss(model, batch), expected, rtol=1e-4, atol=1e-5)


def test_masks_are_drawn_in_a_step_and_fixed_where_it_is_scored(tiny, untagged):
    task = MaskedLanguage(tiny("bert"), untagged)
    examples = task.examples(untagged)
    drawn = [task.collate(examples, torch.Generator().manual_seed(seed))["labels"] for seed in (0, 0, 1)]
    assert torch.equal(drawn[0], drawn[1]) and not torch.equal(drawn[0], drawn[2])
    alone = [task.collate([one])["labels"][0] for one in examples]
    together = task.collate(examples)["labels"]
    assert all(torch.equal(row[: len(own)], own) for row, own in zip(together, alone, strict=True))
    model = task.model(tiny("bert"))
    assert task.predict(model, untagged, 2) == [task.predict(model, [one], 1)[0] for one in untagged]


def test_training_learns_the_masked_pieces(tiny, untagged):
    task = MaskedLanguage(tiny("bert"), untagged)
    model = task.model(tiny("bert"))
    before = task.scores(untagged, task.predict(model, untagged, 8))
    learn(task, model, untagged, 60, rate=5e-3)
    after = task.scores(untagged, task.predict(model, untagged, 8))
    assert after["accuracy"] > 0.9 > before["accuracy"] and after["pieces"] == before["pieces"] > 3
    assert task.table(untagged, task.predict(model, untagged, 8))["score"].dropna().mean() > 0.9


def test_languages_are_brought_together_beside_it_and_the_space_is_looked_at(tiny, tmp_path):
    part = Part(corpus="parallel-sample", languages=("en", "ru"), sentences=6)
    config = TrainConfig(
        checkpoint=tiny("bert"),
        task="mlm",
        train=(part,),
        unlabelled=(part,),
        objectives={"mean-variance": 1.0, "average-linkage": 1.0},
        layers=(1, 2),
        steps=4,
        batch=4,
        probe_every=2,
        probe=Part(languages=("en", "ru"), split="test", per_type=1),
        threads=1,
        dev_share=0.2,
    )
    found = run(config, Workspace(tmp_path / "place"), Silent())
    (one,) = found["runs"]
    assert set(one["dev"]) == {"en", "ru", "all"} and "accuracy" in one["dev"]["all"]
    log = training_log(f"run:{one['key']}", Workspace(tmp_path / "place"))
    assert {"loss/mlm", "loss/mean-variance", "loss/average-linkage"} <= set(log["name"])
    assert [space.recipe["checkpoint"] for space in step_spaces(f"run:{one['key']}", Workspace(tmp_path / "place"))]


def test_what_cannot_be_masked_is_refused(tiny, tagged, untagged):
    with pytest.raises(CorpusError, match="no words to learn from"):
        MaskedLanguage(tiny("bert"), [])
    with pytest.raises(EncoderError, match="cannot be trained to predict masked pieces"):
        MaskedLanguage(tiny("gpt2"), untagged)
