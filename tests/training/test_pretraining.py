"""Pretraining from files to a folder that AutoModel opens, interrupted and resumed, on a toy parallel corpus."""

import math
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModel, AutoTokenizer

from embspace.errors import SettingsError
from embspace.progress import Cancelled, Silent
from embspace.training.pretraining.batches import Pieces, _window
from embspace.training.pretraining.config import PretrainConfig, read_config
from embspace.training.pretraining.contrast import contrast_loss, mean_states
from embspace.training.pretraining.loop import held_out_loss
from embspace.training.pretraining.material import read_material
from embspace.training.pretraining.model import new_model
from embspace.training.pretraining.svd_start import svd_embeddings
from embspace.training.pretraining.tokenizer import SPECIAL, split_marks, train_tokenizer
from embspace.training.schedule import trapezoid
from embspace.workflows.pretrain import PretrainJob, run

NOUNS = {"en": ["house", "river", "garden", "window", "letter"], "es": ["casa", "río", "jardín", "ventana", "carta"]}
VERBS = {"en": ["sees", "loves", "paints", "leaves"], "es": ["ve", "ama", "pinta", "deja"]}

RECIPE = """
languages = ["en", "es"]
name = "toy"
vocabulary = 120
tokenizer_characters = 20000
layers = 2
width = 16
heads = 2
feed_forward = 32
contrast_layers = [0, 1]
text_pieces = 120
group_pieces = 160
warmup = 2
held_out = 5
threads = 1
{budget}

[[text]]
name = "running"
files = {{ en = "en.txt", es = "es.txt" }}

[[parallel]]
name = "aligned"
files = {{ en = "en.txt", es = "es.txt" }}
stop = 90
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for language in ("en", "es"):
        nouns, verbs = NOUNS[language], VERBS[language]
        lines = [
            f"Anna Maria {verbs[n % 4]} {nouns[n % 5]}, {nouns[n // 5 % 5]} y {nouns[n // 25 % 5]} 1 {n} 2 {n}."
            for n in range(100)
        ]
        (tmp_path / f"{language}.txt").write_text("\n".join(lines) + "\n", "utf-8")
    (tmp_path / "recipe.toml").write_text(RECIPE.format(budget="steps = 8"), "utf-8")
    return tmp_path


def job(root: Path, output: str, **changes: float) -> PretrainJob:
    return PretrainJob(str(root / "recipe.toml"), str(root), str(root / output), **changes)


def toy(root: Path) -> tuple[PretrainConfig, Pieces]:
    config = read_config(root / "recipe.toml")
    material = read_material(config, root)
    return config, Pieces(material, train_tokenizer(material, 120, 20_000, 1), config)


def test_the_saved_folder_opens_with_plain_transformers(root: Path) -> None:
    result = run(job(root, "out"), None, Silent())
    model = AutoModel.from_pretrained(root / "out", dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(root / "out")
    states = model(**tokenizer("Anna sees the house.", return_tensors="pt"), output_hidden_states=True).hidden_states
    assert len(states) == 3 and states[0].shape[-1] == 16
    assert result["steps"] == 8 and set(result["held_out"]) == {"en", "es"}
    assert all(math.isfinite(value["loss"]) for value in result["held_out"].values())
    assert tokenizer.decode(tokenizer("Anna ve la casa.").input_ids, skip_special_tokens=True) == "Anna ve la casa."


class StopAt:
    """Progress that asks to stop after some steps."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        self.training = name == "pretraining"

    def advance(self, count: int = 1, note: str = "") -> None:
        if self.training and count:
            self.left -= count
            if self.left <= 0:
                raise Cancelled


@pytest.mark.parametrize("stop", [1, 5])
def test_interrupted_and_resumed_equals_uninterrupted_bit_for_bit(root: Path, stop: int) -> None:
    with pytest.raises(Cancelled):
        run(job(root, "broken"), None, StopAt(stop))
    # The tokenizer's trainer breaks ties at random: both runs read the one that the first left behind.
    for name in ("recipe.json", "start.pt", "tokenizer/tokenizer.json", "tokenizer/tokenizer_config.json"):
        (root / "whole/training/tokenizer").mkdir(parents=True, exist_ok=True)
        shutil.copy(root / "broken/training" / name, root / "whole/training" / name)
    run(job(root, "broken"), None, Silent())
    run(job(root, "whole"), None, Silent())
    whole, broken = (load_file(root / name / "model.safetensors") for name in ("whole", "broken"))
    assert all(torch.equal(whole[key], broken[key]) for key in whole)


def test_minutes_are_a_budget(root: Path) -> None:
    (root / "recipe.toml").write_text(RECIPE.format(budget=""), "utf-8")
    result = run(job(root, "out", minutes=0.03), None, Silent())
    assert result["steps"] > 0 and 0.02 < result["minutes"] < 0.5


def test_an_output_folder_belongs_to_one_recipe(root: Path) -> None:
    run(job(root, "out"), None, Silent())
    (root / "recipe.toml").write_text(RECIPE.format(budget="steps = 8\nmask = 0.5"), "utf-8")
    with pytest.raises(SettingsError, match="another recipe; choose another output folder"):
        run(job(root, "out"), None, Silent())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("colour = 1", "unknown key 'colour'; known are"),
        ("mask = 1.5", "expected a share between 0 and 1"),
        ("contrast_layers = [7]", "the model has layers 0 to 2"),
        ("", "give a budget"),
    ],
)
def test_wrong_recipes_say_what_is_possible(root: Path, change: str, message: str) -> None:
    text = RECIPE.format(budget=f"steps = 2\n{change}" if change else "")
    if "contrast" in change:
        text = text.replace("contrast_layers = [0, 1]\n", "")
    (root / "recipe.toml").write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=message):
        read_config(root / "recipe.toml")


def test_held_out_and_excluded_sentences_are_seen_nowhere(root: Path) -> None:
    banned = (root / "en.txt").read_text("utf-8").splitlines()[7]
    (root / "test.txt").write_text(banned + "\n", "utf-8")
    text = RECIPE.format(budget="steps = 2") + '\n[[exclude]]\nfiles = ["test.txt"]\n'
    (root / "recipe.toml").write_text(text, "utf-8")
    material = read_material(read_config(root / "recipe.toml"), root)
    for language in ("en", "es"):
        assert material.held_out[language]
        assert not set(material.held_out[language]) & set(material.sentences(language))
    assert banned not in set(material.sentences("en")) | set(material.held_out["en"])
    assert all(len(group) > 1 for group in material.groups["aligned"])


def test_a_batch_is_a_function_of_its_step(root: Path) -> None:
    _, pieces = toy(root)
    for step in range(6):
        first, second = pieces.batch(step), pieces.batch(step)
        assert torch.equal(first.ids, second.ids) and torch.equal(first.labels, second.labels)
    assert len({pieces.batch(step).ids.sum().item() for step in range(6)}) > 1


def test_masks_hide_what_is_predicted_and_spare_special_pieces(root: Path) -> None:
    _, pieces = toy(root)
    for step in range(20):
        batch = pieces.batch(step)
        where = batch.labels != -100
        assert not (where & (batch.attention == 0)).any()
        assert not torch.isin(batch.labels[where], torch.tensor([SPECIAL.start, SPECIAL.stop, SPECIAL.pad])).any()
        hidden = (batch.ids[where] == SPECIAL.mask).float().mean()
        assert where.sum() < 30 or 0.5 < hidden < 1


def test_tlm_restarts_positions_at_the_second_sentence(root: Path) -> None:
    config, pieces = toy(root)
    pieces.config = replace(config, tlm_share=1.0, text_share=0.0)
    batch = pieces.batch(3)
    assert batch.groups is None
    for ids, positions in zip(batch.ids, batch.positions, strict=True):
        stops = (ids == SPECIAL.stop).nonzero().flatten().tolist()
        assert len(stops) == 2
        assert positions[0] == SPECIAL.pad + 1 and positions[stops[0] + 1] == SPECIAL.pad + 2
        second = positions[stops[0] + 1 : stops[1] + 1].tolist()
        assert all(after - before == 1 for before, after in pairwise(second))


def test_window_fits_the_budget_and_holds_neighbors_in_length() -> None:
    rows = [[np.zeros(length, np.int32)] for length in range(1, 60)]
    for seed in range(30):
        window = _window(rows, 100, np.random.default_rng(seed))
        lengths = [len(row[0]) for row in window]
        assert lengths == list(range(lengths[0], lengths[-1] + 1))
        assert sum(length + 2 for length in lengths) <= 100


def slow_contrast(vectors: np.ndarray, groups: list[int], temperature: float) -> float:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    losses = []
    for i, group in enumerate(groups):
        negatives = sum(math.exp(unit[i] @ unit[j] / temperature) for j, other in enumerate(groups) if other != group)
        terms = []
        for p, other in enumerate(groups):
            if p != i and other == group:
                score = math.exp(unit[i] @ unit[p] / temperature)
                terms.append(-math.log(score / (score + negatives)))
        if terms:
            losses.append(np.mean(terms))
    return float(np.mean(losses))


def test_contrast_equals_its_formula_and_ignores_order() -> None:
    draw = np.random.default_rng(0)
    vectors, groups = draw.normal(size=(7, 5)), [0, 0, 1, 1, 1, 2, 3]
    fast = contrast_loss(torch.from_numpy(vectors), torch.tensor(groups), 0.3)
    assert fast.item() == pytest.approx(slow_contrast(vectors, groups, 0.3), rel=1e-9)
    order = draw.permutation(7)
    again = contrast_loss(torch.from_numpy(vectors[order]), torch.tensor(groups)[order], 0.3)
    assert again.item() == pytest.approx(fast.item(), rel=1e-9)


def test_contrast_gradient() -> None:
    vectors = torch.randn(5, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1), requires_grad=True)
    groups = torch.tensor([0, 0, 1, 1, 2])
    assert torch.autograd.gradcheck(lambda v: contrast_loss(v, groups, 0.5), (vectors,))


def test_contrast_without_translations_is_zero() -> None:
    vectors = torch.randn(3, 4, requires_grad=True)
    assert contrast_loss(vectors, torch.tensor([0, 1, 2]), 0.1).item() == 0


def test_mean_states_leaves_out_special_pieces_and_padding() -> None:
    states = torch.arange(24, dtype=torch.float32).reshape(2, 4, 3)
    attention = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])
    expected = torch.stack([states[0, 1:3].mean(0), states[1, 1]])
    assert torch.equal(mean_states(states, attention), expected)


def test_translations_start_near_each_other() -> None:
    draw = np.random.default_rng(3)
    meanings = [draw.choice(20, size=4, replace=False) for _ in range(300)]
    groups = [[(10 + m).tolist(), (40 + m).tolist()] for m in meanings]
    vectors = svd_embeddings(groups, 70, 12, seed=1)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = unit[10:30] @ unit[40:60].T
    assert (scores.argmax(1) == np.arange(20)).all()
    assert np.isfinite(vectors).all() and vectors.shape == (70, 12)


def test_rarer_pieces_start_longer() -> None:
    groups = [[[5, 6 + n % 10], [30, 40 + n % 10]] for n in range(100)]
    lengths = np.linalg.norm(svd_embeddings(groups, 60, 8, seed=1), axis=1)
    assert lengths[5] < lengths[6] and lengths[30] < lengths[41]


def test_untrained_model_is_as_good_as_its_start_frequencies(root: Path) -> None:
    config, pieces = toy(root)
    losses = held_out_loss(
        new_model(config, np.zeros((len(pieces.counts), 16), np.float32), pieces.counts), pieces, config
    )
    frequency = pieces.counts / pieces.counts.sum()
    for language, found in losses.items():
        expected = [
            -math.log(frequency[label])
            for batch in pieces.held_out_batches(language)
            for label in batch.labels[batch.labels != -100]
        ]
        assert found["loss"] == pytest.approx(np.mean(expected), abs=1e-4)


def test_split_marks() -> None:
    assert split_marks("Hello, (big) world!") == "Hello , ( big ) world !"
    assert split_marks("l'Havana") == "l'Havana"


def test_trapezoid_rises_stays_and_falls_to_nothing() -> None:
    rates = [trapezoid(step, warmup=4, decay_start=10, decay_steps=9) for step in range(20)]
    assert rates[:4] == [0.25, 0.5, 0.75, 1.0] and rates[4:10] == [1.0] * 6
    assert all(after < before for before, after in pairwise(rates[9:])) and rates[-1] == 0
    assert trapezoid(1000, warmup=4, decay_start=None, decay_steps=0) == 1
