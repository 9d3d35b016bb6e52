import copy

import pytest
import torch

from embspace.errors import EncoderError, SettingsError
from embspace.training.freezing import freeze, n_layers
from embspace.training.tasks import TASKS
from embspace.training.tasks.heads import read_headed

KINDS = ["bert", "xlm-roberta-xl", "deberta-v2", "modernbert", "electra", "gpt2"]
LAYERS = 3
BESIDE = {
    "xlm-roberta-xl": ("encoder.LayerNorm", 3),
    "deberta-v2": ("encoder.conv", 1),
    "modernbert": ("final_norm", 3),
    "gpt2": ("ln_f", 3),
}
"""weights beside the blocks, and the layer that they count with"""


def trained(task, model, examples):
    """Three steps of a high rate, dropout on."""
    optimizer = torch.optim.AdamW([one for one in model.parameters() if one.requires_grad], lr=0.01)
    model.train()
    for _ in range(3):
        optimizer.zero_grad()
        task.loss(model, task.collate(examples)).backward()
        optimizer.step()
    return model


def states(model, task, examples):
    batch = task.collate(examples)
    with torch.no_grad():
        return model.base_model(
            input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], output_hidden_states=True
        ).hidden_states


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layers", [-1, 0, 1, LAYERS])
def test_frozen_layers_stay_as_they_are_and_the_others_move(tiny, tagged, kind, layers):
    task = TASKS["ner"](tiny(kind), tagged)
    torch.manual_seed(0)
    model = read_headed(tiny(kind), task.labels)
    examples = task.examples(tagged[:3])
    before, old = states(model.eval(), task, examples), copy.deepcopy(model.state_dict())
    freeze(model, layers)
    trained(task, model, examples)
    after = states(model.train(), task, examples)
    for layer, (one, other) in enumerate(zip(before, after, strict=True)):
        assert torch.equal(one, other) == (layer <= layers), f"layer {layer}"
    moved = {name for name, weight in model.state_dict().items() if not torch.equal(weight, old[name])}
    assert moved <= {name for name, weight in model.named_parameters() if weight.requires_grad}
    assert {name for name, _ in model.named_parameters() if not name.startswith(model.base_model_prefix)} <= moved
    if kind in BESIDE:
        name, of = BESIDE[kind]
        assert any(name in one for one in moved) == (layers < of)
    for layer in range(LAYERS):
        inside = [name for name in moved if name.startswith(model.base_model_prefix) and f".{layer}." in name]
        assert bool(inside) == (layer >= layers), f"block {layer}"


def test_dropout_of_frozen_layers_stays_off_however_training_is_switched_on(tiny):
    model = read_headed(tiny("bert"), ["O"])
    freeze(model, 2)
    model.eval()
    model.train()
    model.bert.encoder.train()
    model.bert.embeddings.train()
    on = {name for name, module in model.named_modules() if isinstance(module, torch.nn.Dropout) and module.training}
    assert on == {
        "dropout",
        "bert.encoder.layer.2.attention.self.dropout",
        "bert.encoder.layer.2.attention.output.dropout",
        "bert.encoder.layer.2.output.dropout",
    }
    again = copy.deepcopy(model)
    again.train()
    assert not again.bert.embeddings.dropout.training
    assert model.bert.encoder.layer[2].training


def test_the_mode_and_the_draws_of_a_model_are_as_they_were(tiny):
    model = read_headed(tiny("bert"), ["O"])
    model.bert.encoder.layer[2].eval()
    was = {name: module.training for name, module in model.named_modules()}
    torch.manual_seed(3)
    state = torch.get_rng_state()
    freeze(model, 0)
    assert torch.equal(torch.get_rng_state(), state)
    changed = {name for name, module in model.named_modules() if module.training != was[name]}
    assert changed == {name for name in was if name.startswith("bert.embeddings")}
    assert n_layers(model) == LAYERS


def test_what_cannot_be_frozen_is_refused(tiny):
    model = read_headed(tiny("bert"), ["O"])
    for layers in (-2, 4):
        with pytest.raises(SettingsError, match=rf"freeze = {layers}, and the model has 3 layers"):
            freeze(model, layers)
    with pytest.raises(EncoderError, match=r"cannot be told where the 3 layers of .*xlm.* are"):
        freeze(read_headed(tiny("xlm"), ["O"]), 0)
    freeze(read_headed(tiny("xlm"), ["O"]), -1)
