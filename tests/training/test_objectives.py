import copy
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from transformers import AutoModelForMaskedLM, BertConfig

from embspace.corpora.records import Sentence
from embspace.errors import EncoderError, SettingsError
from embspace.training.freezing import freeze
from embspace.training.objectives import OBJECTIVES
from embspace.training.objectives.masking import Masking
from embspace.training.tasks import TASKS
from embspace.training.windows import n_labels

MASKED = ["bert", "roberta", "deberta-v2", "electra", "distilbert", "camembert"]
ALL = [*MASKED, "gpt2", "qwen2"]
LANGUAGES = ("en", "be", "ru", "tr")

UNLABELLED = [name for name in OBJECTIVES if name != "adjustment"]
"""the other one reads aligned pairs: test_adjustment.py"""


@pytest.fixture
def setting(tiny, tagged):
    """(task, model, objective, head) by kind of model and objective; dropout off."""

    def made(kind, name, seed=0, **options):
        folder = kind if kind == "mini" else tiny(kind)
        task = TASKS["ner"](folder, tagged)
        torch.manual_seed(seed)
        model = task.model(folder).eval()
        objective = OBJECTIVES[name](task.tokenizer, LANGUAGES, length=task.length, **options)
        return task, model, objective, objective.head(model).eval()

    return made


def drawn(objective, sentences, seed=0):
    return objective.collate(objective.examples(sentences), torch.Generator().manual_seed(seed))


def short(sentences):
    return [Sentence(one.words[:4], one.language) for one in sentences]


def rows(batch):
    """The ids of each row without padding."""
    return [ids[mask.bool()] for ids, mask in zip(batch["input_ids"], batch["attention_mask"], strict=True)]


def surprise(scores, target):
    """-log softmax(scores)[target], as it is written."""
    odds = (scores.double() - scores.double().max()).exp()
    return -(odds[target] / odds.sum()).log()


def states_of(model, ids):
    return model.base_model(input_ids=ids[None]).last_hidden_state[0]


@pytest.mark.parametrize("kind", ALL)
def test_language_id_is_the_mean_over_windows(setting, tagged, kind):
    _, model, objective, head = setting(kind, "language-id")
    some = short(tagged)
    batch = drawn(objective, some)
    place = -1 if kind in ("gpt2", "qwen2") else 0
    slow = [
        surprise(head(states_of(model, ids)[place]), LANGUAGES.index(one.language))
        for ids, one in zip(rows(batch), some, strict=True)
    ]
    torch.testing.assert_close(objective.loss(model, head, batch).double(), sum(slow) / len(slow), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", MASKED)
def test_cloze_is_the_mean_over_masked_pieces(setting, tagged, kind):
    _, model, objective, head = setting(kind, "cloze", probability=0.4)
    batch = drawn(objective, short(tagged))
    slow = []
    for ids, labels in zip(rows(batch), batch["labels"], strict=True):
        states = states_of(model, ids)
        slow += [surprise(head(states[[at]])[0], labels[at]) for at in (labels >= 0).nonzero().flatten().tolist()]
    assert len(slow) == n_labels(batch) > 3
    torch.testing.assert_close(objective.loss(model, head, batch).double(), sum(slow) / len(slow), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", [*MASKED, "mini"])
def test_predictive_cloze_masks_the_words_that_the_tagger_takes_for_entities(setting, tagged, kind):
    task, model, objective, head = setting(kind, "predictive-cloze")
    some = short(tagged)
    with torch.no_grad():  # about every second word is to be an entity
        logits = model(**{name: one for name, one in drawn(objective, some).items() if name != "owners"}).logits
        model.classifier.bias[0] += (logits[..., 1:].max(-1).values - logits[..., 0]).median()
    slow, entities = [], 0
    for one in some:
        [labels] = task.predict(model, [one], 1)
        entities += sum(label != "O" for label in labels)
        [example] = objective.examples([one])
        ids = torch.from_numpy(example.ids)
        chosen = [at for at, word in enumerate(example.words) if word >= 0 and labels[word] != "O"]
        masked = ids.clone()
        masked[chosen] = task.tokenizer.mask_token_id
        states = states_of(model, masked)
        slow += [surprise(head(states[[at]])[0], ids[at]) for at in chosen]
    assert 0 < entities < sum(len(one.words) for one in some)
    loss = objective.loss(model, head, drawn(objective, some))
    torch.testing.assert_close(loss.double(), sum(slow) / len(slow), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", [*MASKED, "mini"])
def test_the_head_is_the_checkpoints_own_and_tied_to_the_model(setting, tiny, tagged, kind, tmp_path):
    if kind != "mini":  # the tiny checkpoints have no head: one is given to them
        torch.manual_seed(9)
        whole = AutoModelForMaskedLM.from_pretrained(tiny(kind))
        with torch.no_grad():
            for weight in whole.parameters():
                weight.add_(torch.randn_like(weight) * 0.05)
        task, *_ = setting(kind, "cloze")
        whole.save_pretrained(tmp_path)
        task.tokenizer.save_pretrained(tmp_path)
    folder = "mini" if kind == "mini" else str(tmp_path)
    task = TASKS["ner"](folder, tagged)
    torch.manual_seed(0)
    model = task.model(folder).eval()
    objective = OBJECTIVES["cloze"](task.tokenizer, LANGUAGES, length=task.length)
    head = objective.head(model).eval()
    whole = AutoModelForMaskedLM.from_pretrained(model.name_or_path, dtype=torch.float32).eval()
    ids = rows(drawn(objective, short(tagged)))[0]
    torch.testing.assert_close(head(states_of(model, ids)), whole(input_ids=ids[None]).logits[0], rtol=1e-3, atol=1e-3)
    own, table = {*head.parameters()}, model.get_input_embeddings().weight
    assert own
    assert not own & {*model.parameters()}
    assert not any(one.shape == table.shape for one in own)
    before = head(states_of(model, ids))
    with torch.no_grad():
        table.mul_(2)
    assert not torch.allclose(head(states_of(model, ids)), before), "it reads the model's table"
    model.double()
    head.double()
    assert head(states_of(model, ids)).dtype == torch.float64, "the table moves with the model"
    both = copy.deepcopy(nn.ModuleList([model, head]))
    with torch.no_grad():
        both[0].get_input_embeddings().weight.zero_()
        ids = ids[:2]
        assert torch.equal(both[1](states_of(model, ids))[0], both[1](states_of(model, ids))[1]), "so do copies"


@pytest.mark.parametrize("name", UNLABELLED)
def test_a_head_of_a_saved_step_takes_the_saved_parameters(setting, tmp_path, name):
    task, model, objective, head = setting("bert", name)
    with torch.no_grad():
        for one in head.parameters():
            one.add_(1)
    model.save_pretrained(tmp_path)
    task.tokenizer.save_pretrained(tmp_path)
    again = objective.head(task.model(str(tmp_path)))
    again.load_state_dict(head.state_dict())
    assert all(torch.equal(one, other) for one, other in zip(again.parameters(), head.parameters(), strict=True))


@pytest.mark.parametrize("name", UNLABELLED)
def test_an_objective_can_be_learned_beside_frozen_layers(setting, tagged, name):
    _, model, objective, head = setting("bert", name)
    freeze(model, 1)
    model.train()
    head.train()
    modes = {one: module.training for one, module in model.named_modules()}
    weights = [*(one for one in model.parameters() if one.requires_grad), *head.parameters()]
    frozen = copy.deepcopy(model.bert.embeddings.state_dict())
    optimizer = torch.optim.AdamW(weights, lr=1e-2)
    torch.manual_seed(0)
    losses = []
    for _ in range(20):
        optimizer.zero_grad()
        loss = objective.loss(model, head, drawn(objective, tagged))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert sum(losses[-3:]) < 0.85 * sum(losses[:3])
    assert {one: module.training for one, module in model.named_modules()} == modes
    assert all(torch.equal(one, frozen[place]) for place, one in model.bert.embeddings.state_dict().items())


def test_predictive_cloze_labels_without_dropout_and_gradients(setting, tagged):
    _, model, objective, head = setting("bert", "predictive-cloze")
    seen = []
    model.classifier.register_forward_hook(lambda one, _, out: seen.append((one.training, out.requires_grad)))
    objective.loss(model.train(), head, drawn(objective, tagged))
    assert seen == [(False, False)]
    assert model.classifier.training


def test_masks_are_drawn_as_in_bert(tiny, tagged):
    tokenizer = TASKS["ner"](tiny("bert"), tagged).tokenizer
    masking = Masking(tokenizer, "cloze")
    ids = torch.randint(5, 200, (200, 500), generator=torch.Generator().manual_seed(1))
    ids[:, ::7] = tokenizer.cls_token_id
    allowed = torch.ones_like(ids, dtype=torch.bool)
    allowed[:, 400:] = False
    masked, labels = masking.draw(ids, allowed, 0.15, torch.Generator().manual_seed(0))
    chosen = labels >= 0
    assert torch.equal(labels[chosen], ids[chosen])
    assert not chosen[:, ::7].any()
    assert not chosen[:, 400:].any()
    assert torch.equal(masked[~chosen], ids[~chosen])
    count = chosen.sum().item()
    assert count / (allowed & (ids != tokenizer.cls_token_id)).sum().item() == pytest.approx(0.15, abs=0.005)
    assert (masked[chosen] == masking.mask).sum().item() / count == pytest.approx(0.8, abs=0.02)
    swapped = masked[chosen & (masked != masking.mask) & (masked != ids)]
    assert len(swapped) / count == pytest.approx(0.1, abs=0.02)
    assert not {*swapped.tolist()} & {*tokenizer.all_special_ids}
    assert len({*swapped.tolist()}) > 200, "from the whole vocabulary"


@pytest.mark.parametrize("name", UNLABELLED)
def test_a_batch_is_drawn_from_its_generator_alone(setting, tagged, name):
    *_, objective, _ = setting("bert", name)
    torch.manual_seed(5)
    state = torch.get_rng_state()
    one, same, other = (drawn(objective, tagged, seed) for seed in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(one[part], same[part]) for part in one)
    assert torch.equal(one["input_ids"], other["input_ids"]) == (name != "cloze")
    assert {len(tensor) for tensor in one.values()} == {len(objective.examples(tagged))}


@pytest.mark.parametrize("name", ["cloze", "predictive-cloze"])
def test_where_nothing_is_masked_the_loss_is_zero_and_so_are_gradients(setting, tagged, name):
    _, model, objective, head = setting("roberta", name, probability=1e-9)
    model.config.id2label = dict.fromkeys(range(4), "O") | {0: "O", 1: "B-X"}
    with torch.no_grad():
        model.classifier.bias[0] = 1e4  # no entity is found
    loss = objective.loss(model, head, drawn(objective, tagged))
    assert loss.item() == 0
    loss.backward()
    weights = [*model.parameters(), *head.parameters()]
    assert all(one.grad is None or not one.grad.any() for one in weights)


@pytest.mark.parametrize("name", UNLABELLED)
def test_gradients_are_those_of_the_loss(setting, tagged, name):
    task, _, objective, _ = setting("bert", name, probability=0.5)
    batch = drawn(objective, short(tagged)[:2])
    shape = (*batch["input_ids"].shape, 3)
    head = nn.Linear(3, len(LANGUAGES) if name == "language-id" else len(task.tokenizer)).double()

    class Model(nn.Module):
        """A model whose last states are given; it takes every second piece for an entity."""

        def __init__(self, states):
            super().__init__()
            self.states, self.config = states, BertConfig()
            self.config.id2label = {0: "O", 1: "B-PER"}

        @property
        def base_model(self):
            return lambda **_: SimpleNamespace(last_hidden_state=self.states, hidden_states=(self.states,))

        def forward(self, input_ids, **_):
            return SimpleNamespace(
                logits=torch.eye(2)[torch.arange(input_ids.shape[1]) % 2].expand(len(input_ids), -1, -1)
            )

    states = torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    # losses are computed in float32, so steps and tolerance are coarse
    assert torch.autograd.gradcheck(
        lambda given: objective.loss(Model(given), head, batch), (states,), eps=1e-2, atol=1e-3, rtol=1e-2
    )


def test_what_an_objective_cannot_do_is_refused(tiny, tagged):
    gpt2, bert = (TASKS["ner"](tiny(kind), tagged) for kind in ("gpt2", "bert"))
    for name in ("cloze", "predictive-cloze"):
        with pytest.raises(SettingsError, match=rf"{name} masks pieces, and the tokenizer of .* has no mask piece"):
            OBJECTIVES[name](gpt2.tokenizer, LANGUAGES, length=20)
        gpt2.tokenizer.mask_token = "A"
        with pytest.raises(EncoderError, match=r"\(gpt2\) is no masked language model"):
            OBJECTIVES[name](gpt2.tokenizer, LANGUAGES, length=20).head(gpt2.model(tiny("gpt2")))
        gpt2.tokenizer.mask_token = None
    with pytest.raises(SettingsError, match="the unlabelled sentences are in en alone"):
        OBJECTIVES["language-id"](bert.tokenizer, ["en", "en"], length=20)
    with pytest.raises(SettingsError, match="probability = 0"):
        OBJECTIVES["cloze"](bert.tokenizer, LANGUAGES, length=20, probability=0)
    with pytest.raises(SettingsError, match="cannot overlap by 8"):
        OBJECTIVES["cloze"](bert.tokenizer, LANGUAGES, length=10)
    strange = OBJECTIVES["language-id"](bert.tokenizer, ["en", "be"], length=20)
    with pytest.raises(SettingsError, match="A sentence is in ru; language-id was told of en, be"):
        drawn(strange, tagged)
    pos = TASKS["pos"](tiny("bert"), [Sentence(("I",), "en", tags=("PRON",))])
    with pytest.raises(SettingsError, match="this one knows no label 'O'; it goes with the task ner"):
        OBJECTIVES["predictive-cloze"](pos.tokenizer, LANGUAGES, length=20).head(pos.model(tiny("bert")))
    bert.tokenizer.add_special_tokens({"mask_token": "<new>"})
    with pytest.raises(EncoderError, match="has the mask piece 362, its model only 362 pieces"):
        OBJECTIVES["cloze"](bert.tokenizer, LANGUAGES, length=20).head(bert.model(tiny("bert")))
