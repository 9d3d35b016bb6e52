"""Objectives that bring the hidden states of languages together, against the formulas as they are written."""

import math
from itertools import combinations

import numpy as np
import pytest
import torch

from embspace.corpora.records import Sentence
from embspace.errors import SettingsError
from embspace.training.objectives import OBJECTIVES
from embspace.training.objectives.alignment_losses import average_linkage, identical_strings, mean_variance
from embspace.training.tasks import TASKS

LANGUAGES = ("en", "ru", "tr")
SENTENCES = [
    Sentence(("Washington", "is", "in", "the", "north", "."), "en"),
    Sentence(("Вашингтон", "ʘ", "на", "севере", "."), "ru"),
    Sentence(("Ankara", "is", "not", "Washington", "."), "en"),
    Sentence(("Washington", "kuzeyde", "ǂ", "."), "tr"),
]


def norm(values):
    return math.sqrt(sum(float(value) ** 2 for value in values))


def slow_mean_variance(one, other):
    """ "mlma" 2.2, L_mv of a layer, weights of 1 and 0.1."""
    found = 0.0
    for moment, weight in ((np.mean, 1.0), (np.var, 0.1)):
        s, t = ([moment(column) for column in np.asarray(states).T] for states in (one, other))
        found += weight * norm(np.subtract(s, t)) / (sum(map(abs, s)) + sum(map(abs, t)))
    return found


def slow_linkage(one, other):
    """ "mlma" 2.2, L_avl of a layer, weight of 1."""

    def avl(x, y):
        return sum(norm(np.subtract(a, b)) for a in x for b in y) / (len(x) * len(y))

    return 2 * avl(one, other) - avl(one, one) - avl(other, other)


@pytest.fixture
def states():
    draw = torch.Generator().manual_seed(4)
    return torch.randn(5, 3, generator=draw).double(), 2 + torch.randn(7, 3, generator=draw).double()


@pytest.mark.parametrize(("fast", "slow"), [(mean_variance, slow_mean_variance), (average_linkage, slow_linkage)])
def test_distances_are_those_of_the_formulas(states, fast, slow):
    one, other = states
    assert float(fast(one, other)) == pytest.approx(slow(one.tolist(), other.tolist()), rel=1e-12)
    assert float(fast(one, other)) == pytest.approx(float(fast(other, one)), rel=1e-12)
    assert float(fast(one[[3, 0, 4, 1, 2]], other)) == pytest.approx(float(fast(one, other)), rel=1e-12)
    assert float(fast(one, one)) == pytest.approx(0.0, abs=1e-12)
    assert float(fast(one, other)) > 0
    inputs = tuple(value.clone().requires_grad_() for value in states)
    assert torch.autograd.gradcheck(fast, inputs)


def test_linkage_knows_no_place_and_mean_variance_no_scale(states):
    one, other = states
    assert float(average_linkage(one + 9, other + 9)) == pytest.approx(float(average_linkage(one, other)), rel=1e-9)
    assert float(average_linkage(3 * one, 3 * other)) == pytest.approx(3 * float(average_linkage(one, other)), rel=1e-9)
    assert float(mean_variance(3 * one, 3 * other)) == pytest.approx(float(mean_variance(one, other)), rel=1e-9)
    assert 0 <= float(mean_variance(one, other)) <= 1.1


def test_identical_strings_are_a_mean_of_distances(states):
    one, other = states[0], states[1][:5]
    expected = sum(norm(a - b) for a, b in zip(one.numpy(), other.numpy(), strict=True)) / 5
    assert float(identical_strings(one, other)) == pytest.approx(expected, rel=1e-12)
    inputs = tuple(value.clone().requires_grad_() for value in (one, other))
    assert torch.autograd.gradcheck(identical_strings, inputs)


def test_equal_states_have_gradients_that_are_numbers():
    for loss in (mean_variance, average_linkage, identical_strings):
        one, other = (torch.ones(4, 3, requires_grad=True) for _ in range(2))
        loss(one, other).backward()
        assert torch.isfinite(one.grad).all() and torch.isfinite(other.grad).all()
        zero = torch.zeros(4, 3, requires_grad=True)
        assert torch.isfinite(loss(zero, zero.detach()))


@pytest.fixture
def made(tiny):
    """(model, objective, head) of a tiny BERT without dropout."""

    def made(name, languages=LANGUAGES, **options):
        folder = tiny("bert")
        task = TASKS["ner"](folder, [Sentence(("a",), "en", tags=("O",))])
        torch.manual_seed(0)
        model = task.model(folder).eval()
        objective = OBJECTIVES[name](task.tokenizer, languages, length=task.length, **options)
        return model, objective, objective.head(model)

    return made


def layers_of(model, objective, sentences):
    """language -> layer -> the states of its words' pieces; and (language, word) -> layer -> states."""
    pieces: dict = {}
    strings: dict = {}
    for one in objective.examples(sentences):
        hidden = model.base_model(torch.tensor(one.ids)[None], output_hidden_states=True).hidden_states
        for at, layer in enumerate(hidden):
            rows = layer[0].detach().double().numpy()
            pieces.setdefault(one.language, {}).setdefault(at, []).extend(rows[one.words >= 0])
            for word in sorted({*one.words.tolist()} - {-1}):
                places = np.flatnonzero(one.words == word)
                key = one.language, sentences[one.sentence].words[word]
                strings.setdefault(key, {}).setdefault(at, []).extend(rows[places])
    return pieces, strings


@pytest.mark.parametrize("layers", [None, (0, -1)])
@pytest.mark.parametrize(("name", "slow"), [("mean-variance", slow_mean_variance), ("average-linkage", slow_linkage)])
def test_all_layers_and_pairs_are_summed(made, name, slow, layers):
    model, objective, head = made(name, layers=layers)
    batch = objective.collate(objective.examples(SENTENCES), torch.Generator())
    pieces, _ = layers_of(model, objective, SENTENCES)
    chosen = sorted(pieces["en"]) if layers is None else [0, max(pieces["en"])]
    expected = sum(slow(pieces[a][at], pieces[b][at]) for a, b in combinations(LANGUAGES, 2) for at in chosen)
    assert float(objective.loss(model, head, batch)) == pytest.approx(expected, rel=1e-4)


def test_words_that_are_written_alike_are_brought_together(made):
    model, objective, head = made("identical-strings")
    batch = objective.collate(objective.examples(SENTENCES), torch.Generator())
    _, strings = layers_of(model, objective, SENTENCES)
    expected, shared = 0.0, []
    for a, b in combinations(LANGUAGES, 2):
        both = [text for code, text in strings if code == a and (b, text) in strings]
        shared.append(len(both))
        for at in strings[a, both[0]]:
            distances = [norm(np.mean(strings[a, text][at], 0) - np.mean(strings[b, text][at], 0)) for text in both]
            expected += sum(distances) / len(both)
    assert shared == [1, 2, 1]  # "." everywhere, and Washington in English and Turkish
    assert float(objective.loss(model, head, batch)) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("name", ["mean-variance", "average-linkage", "identical-strings"])
def test_a_batch_of_one_language_is_worth_nothing(made, name):
    model, objective, head = made(name)
    batch = objective.collate(objective.examples(SENTENCES[:1]), torch.Generator())
    loss = objective.loss(model, head, batch)
    loss.backward()
    assert float(loss) == 0.0
    assert not any(one.grad is not None and one.grad.any() for one in model.parameters())


def test_what_is_not_possible_is_said(made):
    with pytest.raises(SettingsError, match=r"average-linkage brings languages together, and .* in en alone"):
        made("average-linkage", languages=("en",))
    with pytest.raises(SettingsError, match="there is no layer 9; mean-variance aligns layers 0"):
        made("mean-variance", layers=(9,))
