import errno
import json
import math
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForTokenClassification, AutoTokenizer, get_scheduler

from embspace.corpora.catalog import add_corpus
from embspace.corpora.records import Sentence
from embspace.corpora.synthetic_ner import synthetic_ner
from embspace.encoders.checkpoints import find_checkpoint
from embspace.encoders.loading import load_encoder
from embspace.encoders.trained import find_step, runs
from embspace.errors import CorpusError, EncoderError, SettingsError, StoreError, TrainingError
from embspace.progress import Silent
from embspace.spaces.extraction import extract
from embspace.spaces.space import open_space
from embspace.training import checkpoint as checkpoints
from embspace.training import fine_tuning, loop
from embspace.training.batches import Stream, drawn
from embspace.training.config import TrainConfig
from embspace.training.losses import Losses, counts, portions
from embspace.training.material import read_material
from embspace.training.part import Part
from embspace.training.schedule import warm_then_decay
from embspace.training.tasks import TASKS
from embspace.workflows.extract import ExtractConfig
from embspace.workflows.registry import resolve
from embspace.workflows.stored_predictions import find_predictions
from embspace.workflows.stored_space import find_space
from embspace.workflows.train import read_config, run
from embspace.workspace import Workspace

EN = {"languages": ("en",)}


def small(folder: Path | str, **changes) -> TrainConfig:
    """Two epochs on a tiny BERT; no probes."""
    settings = {
        "train": (Part(**EN, per_type=4),),
        "test": (Part(languages=("en", "ru"), split="test", per_type=1),),
        "epochs": 2,
        "batch": 4,
        "rate": 1e-3,
        "probe_every": 0,
        "save_every": 0,
    }
    return TrainConfig(checkpoint=str(folder), threads=1, **(settings | changes))


def do(config: TrainConfig, place: Workspace) -> dict:
    return run(config, place, Silent())


def test_a_run_is_scored_stored_and_found_again(bert_folder, workspace, monkeypatch):
    config = small(bert_folder)
    result = do(config, workspace)
    (one,) = result["runs"]
    (kept,) = runs(workspace)
    assert (one["key"], one["seed"], kept.state) == (kept.key, 0, "finished")
    assert set(one["scores"]) == {"en", "ru", "all"} and set(one["dev"]) == {"en"}
    assert 0 <= one["scores"]["ru"]["f1"] <= 1 and one["scores"]["all"]["sentences"] == 6
    assert json.loads(json.dumps(result)) == result and result["probe_share"] == 0
    table = pd.read_parquet(next(kept.folder.glob("test-*.parquet")))
    assert list(table["language"]) == ["en"] * 3 + ["ru"] * 3
    assert all(len(row.words) == len(row.gold) == len(row.predicted) for row in table.itertuples())
    monkeypatch.setattr(loop.FineTuning, "step", None)
    assert do(config, workspace) == result
    # Other test sentences are scored by the weights that are there.
    other = do(small(bert_folder, test=(Part(languages=("tr",), split="test", per_type=2),)), workspace)
    assert other["runs"][0]["key"] == one["key"] and set(other["runs"][0]["scores"]) == {"tr"}
    assert len(runs(workspace)) == 1


def test_what_is_said_of_scores_is_said_of_their_sentences(bert_folder, workspace):
    first, second = (Part(languages=(code,), split="test", per_type=1) for code in ("en", "tr"))
    key = do(small(bert_folder, test=(first,)), workspace)["runs"][0]["key"]
    (earlier,) = find_predictions(f"run:{key}", workspace)
    do(small(bert_folder, test=(second,)), workspace)
    (now,) = find_predictions(f"run:{key}", workspace)
    assert (earlier.part, now.part) == (first, second) and set(now.table()["language"]) == {"tr"}
    (kept,) = runs(workspace)
    tested = {name: next(iter(scores)) for name, scores in kept.record["tests"].items()}
    asked = {language: name for name, language in tested.items()}
    (again,) = find_predictions(f"run:{key}", workspace, asked["en"])
    assert again.table().equals(earlier.table()) and again.part is None
    with pytest.raises(SettingsError, match="was not scored on the test sentences"):
        find_predictions(f"run:{key}", workspace, "another")


def test_what_a_finished_run_lacks_is_noted(bert_folder, workspace):
    config = small(bert_folder, epochs=1)
    assert do(config, workspace)["runs"][0]["notes"]["run"] == []
    notes = do(replace(config, probe_every=2, test_every_epoch=True), workspace)["runs"][0]["notes"]["run"]
    assert [note.partition(" of run:")[0] for note in notes] == ["no spaces", "no scores of every epoch"]


def test_test_sentences_that_cannot_be_scored_are_told_before_training(bert_folder, workspace, monkeypatch):
    add_corpus([Sentence(("It", "rains"), "en", tags=("PRON", "VERB"))], name="pos")
    monkeypatch.setattr(loop.FineTuning, "step", None)  # a step would be an error of another kind
    with pytest.raises(CorpusError, match="PRON"):
        do(small(bert_folder, test=(Part("pos"),)), workspace)


def test_the_order_of_objectives_is_no_setting(workspace):
    data = {"unlabelled": (Part(languages=("en", "ru"), per_type=2),), "steps": 2, "epochs": 1, "batch": 2, "test": ()}
    weights = {"cloze": 1.0, "language-id": 0.5}
    first = small("mini", objectives=weights, **data)
    second = small("mini", objectives=dict(reversed(weights.items())), **data)
    do(first, workspace)
    (kept,) = runs(workspace)
    before = load_file(kept.folder / "step-00000002" / "model.safetensors")
    shutil.rmtree(kept.folder)
    do(second, workspace)
    assert [run.key for run in runs(workspace)] == [kept.key]
    after = load_file(kept.folder / "step-00000002" / "model.safetensors")
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_state_is_read_without_the_device_that_it_was_on(tmp_path, monkeypatch):
    where = []
    load = torch.load
    monkeypatch.setattr(torch, "load", lambda *given, **how: where.append(how["map_location"]) or load(*given, **how))
    path = checkpoints.save_checkpoint(tmp_path, 1, {"weights": torch.arange(3)})
    assert checkpoints.load_checkpoint(path)["weights"].tolist() == [0, 1, 2] and where == ["cpu"]


def test_a_checkpoint_is_plain_files_of_transformers(bert_folder, workspace):
    do(small(bert_folder, steps=2, epochs=1), workspace)
    (kept,) = runs(workspace)
    folder = kept.folder / "step-00000002"
    model = AutoModelForTokenClassification.from_pretrained(folder)
    assert len(AutoTokenizer.from_pretrained(folder)) > 0
    labels = kept.record["config"]["train"] and list(model.config.id2label.values())
    assert labels[0] == "O" and "B-PER" in labels
    facts = json.loads((folder / "complete.json").read_text())
    assert facts["step"] == 2 and set(facts["files"]) == {path.name for path in folder.iterdir()} - {"complete.json"}


def test_steps_are_those_of_a_plain_loop(bert_folder, workspace, tmp_path):
    """The same weights as by plain torch: AdamW, linear schedule with warm-up, clipping, decay of matrices alone."""
    folder = without_dropout(bert_folder, tmp_path)
    config = small(folder, steps=5, epochs=1, dev_share=0.0, warmup=0.4, clip=0.5)
    sentences = synthetic_ner(["en"], per_type=4, split="train")
    task = TASKS["ner"](str(folder), sentences)
    torch.manual_seed(drawn(0))
    model = task.model(str(folder))
    groups = [[one for one in model.parameters() if (one.ndim > 1) == decays] for decays in (True, False)]
    plain = torch.optim.AdamW(
        [{"params": groups[0], "weight_decay": 0.01}, {"params": groups[1], "weight_decay": 0.0}], lr=1e-3
    )
    schedule = get_scheduler("linear", plain, num_warmup_steps=2, num_training_steps=5)
    stream = Stream(task.examples(sentences), 4, drawn(0, 0))
    for step in range(5):
        batch = task.collate(stream.at(step))
        model(**batch).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        plain.step()
        schedule.step()
        plain.zero_grad()
    do(config, workspace)
    trained = AutoModelForTokenClassification.from_pretrained(runs(workspace)[0].folder / "step-00000005").state_dict()
    for name, weights in model.state_dict().items():
        if "key.bias" in name:
            continue  # its gradient is rounding alone, which Adam makes as large as any other
        assert torch.allclose(trained[name], weights, atol=2e-6), name


def without_dropout(folder: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "still"
    shutil.copytree(folder, copy)
    config = json.loads((copy / "config.json").read_text())
    still = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (copy / "config.json").write_text(json.dumps(config | still))
    return copy


def test_a_step_in_parts_has_the_gradient_of_the_whole(bert_folder, tmp_path):
    folder = without_dropout(bert_folder, tmp_path)
    sentences = synthetic_ner(["en"], per_type=3, split="train")
    task = TASKS["ner"](str(folder), sentences)
    examples = {"ner": task.examples(sentences)[:7]}

    def gradient(parts: int) -> torch.Tensor:
        torch.manual_seed(0)
        losses = Losses(task, {}, task.model(str(folder)).eval())
        batches = [losses.collate(portions(examples, part, parts), 0) for part in range(parts)]
        weights = torch.stack([counts(batch, examples, part) for part, batch in enumerate(batches)])
        for batch, share in zip(batches, (weights / weights.sum(0)).tolist(), strict=True):
            (losses(batch)["ner"] * share[0]).backward()
        return torch.cat([one.grad.flatten() for one in losses.parameters() if one.grad is not None])

    whole = gradient(1)
    for parts in (2, 3, 7, 9):  # of nine parts two have nothing of their own
        assert torch.allclose(gradient(parts), whole, atol=1e-6), parts


@pytest.mark.parametrize("decay", ["linear", "cosine"])
def test_the_schedule_is_that_of_transformers(decay):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    theirs = get_scheduler(decay, optimizer, num_warmup_steps=3, num_training_steps=20)
    for step in range(21):
        assert warm_then_decay(step, 20, warmup=0.15, decay=decay) == pytest.approx(theirs.get_last_lr()[0], abs=1e-12)
        optimizer.step()
        theirs.step()
    assert warm_then_decay(19, 20, warmup=0.0, decay="constant") == 1.0
    assert warm_then_decay(0, 1, warmup=0.0, decay="linear") == 1.0


def test_every_epoch_takes_every_example_once_in_an_order_of_its_own():
    examples = list(range(23))
    stream = Stream(examples, 5, 3)  # pyright: ignore[reportArgumentType]
    assert stream.per_epoch == 5
    epochs = [[one for step in range(5) for one in stream.at(5 * epoch + step)] for epoch in range(3)]
    assert all(sorted(epoch) == examples for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2]
    again = Stream(examples, 5, 3)  # pyright: ignore[reportArgumentType]
    assert again.at(12) == stream.at(12) and Stream(examples, 5, 4).at(12) != stream.at(12)  # pyright: ignore


def test_the_best_epoch_is_kept_and_tested(bert_folder, workspace, monkeypatch):
    told = iter([0.3, 0.8, 0.5, 0.8])
    real = fine_tuning.scores_by_language
    monkeypatch.setattr(loop, "scores_by_language", lambda *given: {"en": real(*given)["en"] | {"f1": next(told)}})
    result = do(small(bert_folder, epochs=4, save_total_limit=1), workspace)
    (kept,) = runs(workspace)
    epoch = kept.saved()[-1] // 4
    assert kept.best == result["runs"][0]["best_step"] == 2 * epoch
    assert kept.saved() == [2 * epoch, 4 * epoch]
    assert [line["scores"]["en"]["f1"] for line in kept.log("scores")] == [0.3, 0.8, 0.5, 0.8]
    assert result["runs"][0]["dev"]["en"]["f1"] == 0.8
    assert find_step(kept.name()).number == 2 * epoch and find_step(f"{kept.name()}@last").number == 4 * epoch


def test_without_dev_sentences_the_last_epoch_is_the_best(bert_folder, workspace):
    result = do(small(bert_folder, dev_share=0.0, test_every_epoch=True), workspace)
    (kept,) = runs(workspace)
    assert kept.best == kept.saved()[-1] and result["runs"][0]["dev"] == {}
    assert [line["part"] for line in kept.log("scores")] == ["test", "test"]


def test_several_seeds_have_mean_and_deviation(bert_folder, workspace):
    result = do(small(bert_folder, seeds=(3, 4), epochs=1), workspace)
    first, second = (one["scores"]["all"]["accuracy"] for one in result["runs"])
    assert len({one["key"] for one in result["runs"]}) == 2
    weights = [load_file(one.folder / f"step-{one.best:08d}" / "model.safetensors") for one in runs(workspace)]
    assert not torch.equal(weights[0]["classifier.weight"], weights[1]["classifier.weight"])
    assert result["mean"]["all"]["accuracy"] == pytest.approx((first + second) / 2)
    assert result["deviation"]["all"]["accuracy"] == pytest.approx(abs(first - second) / math.sqrt(2))


def test_probes_are_spaces_by_the_name_of_their_step(bert_folder, workspace, monkeypatch):
    monkeypatch.setenv("EMBSPACE_JOB", "20260101-train-abc")
    probe = Part(**EN, split="test", per_type=2)
    config = small(bert_folder, probe_every=4, probe=probe, steps=10, epochs=1, save_every=5, save_total_limit=3)
    result = do(config, workspace)
    (kept,) = runs(workspace)
    assert sorted(kept.probed()) == [0, 4, 8, 10]
    assert kept.saved() == sorted({5, 6, 10} if kept.best == 6 else {5, 10})
    assert kept.jobs == ("20260101-train-abc",) and 0 < result["probe_share"] < 1
    for step, line in kept.probed().items():
        space = open_space(workspace.spaces / line["space"])
        assert space.recipe["checkpoint"] == f"job:20260101-train-abc@{step}"
        wanted = ExtractConfig(checkpoint=f"job:abc@{step}", **EN, per_type=2)
        corpus = synthetic_ner(["en"], per_type=2)
        assert find_space(wanted, corpus, workspace).fingerprint == line["space"]
        assert extract(f"run:{kept.key[:8]}@{step}", corpus).fingerprint == line["space"]
    # What the probe saw is what the saved weights give.
    last = open_space(workspace.spaces / kept.probed()[10]["space"])
    encoder = load_encoder("job:abc@10")
    assert encoder.fingerprint == kept.probed()[10]["fingerprint"]
    encoder.fingerprint = "anew"
    anew = extract(encoder, corpus)
    assert all((anew.layer(layer) == last.layer(layer)).all() for layer in range(last.n_layers))


def test_names_of_steps_that_are_not_there(bert_folder, workspace, monkeypatch):
    with pytest.raises(EncoderError, match="there is no such run in the workspace; there are: none"):
        load_encoder("run:abc@3")
    monkeypatch.setenv("EMBSPACE_JOB", "20260101-train-abc")
    probe = Part(**EN, split="test", per_type=1)
    do(small(bert_folder, seeds=(0, 1), steps=4, epochs=1, probe_every=3, probe=probe), workspace)
    with pytest.raises(EncoderError, match=r"job:abc may mean 2 runs; say which one by its key: run:.*\(seed"):
        load_encoder("job:abc")
    assert find_step("job:abc/1@4").run.seed == 1
    space = open_space(workspace.spaces / find_step("job:abc/1").run.probed()[3]["space"])
    assert space.recipe["checkpoint"] == "job:20260101-train-abc/1@3"
    with pytest.raises(EncoderError, match="of step 3 the space of its probe is stored, not its weights; saved are 4"):
        load_encoder("job:abc/0@3")
    with pytest.raises(EncoderError, match="the run has no step 2; saved are 4 and probed are 0, 3, 4"):
        load_encoder("job:abc/0@2")
    with pytest.raises(EncoderError, match="names no step of a run; expected run:KEY@STEP"):
        load_encoder("job:abc@two")


def test_training_goes_on_from_a_step_of_another_run(bert_folder, workspace):
    do(small(bert_folder, epochs=1), workspace)
    (first,) = runs(workspace)
    result = do(small(first.name(), epochs=1, rate=1e-6), workspace)
    second = next(one for one in runs(workspace) if one.key != first.key)
    assert second.record["checkpoint"]["fingerprint"] == find_step(first.name()).fingerprint
    assert result["runs"][0]["dev"]["en"]["accuracy"] == pytest.approx(
        first.record["result"]["dev"]["en"]["accuracy"], abs=0.1
    )


def test_a_loss_that_is_no_number_names_step_and_last_good_checkpoint(bert_folder, workspace, monkeypatch):
    from embspace.training.tasks.tagging import Tagging

    real, calls = Tagging.loss, []

    def loss(self, model, batch):
        calls.append(1)
        return real(self, model, batch) * (math.nan if len(calls) > 8 else 1)

    monkeypatch.setattr(Tagging, "loss", loss)
    with pytest.raises(
        TrainingError, match=r"^ner is nan at step 9 of run:.*good checkpoint is .*step-00000008\. Lower"
    ):
        do(small(bert_folder, save_every=4), workspace)
    (kept,) = runs(workspace)
    assert kept.saved()[-1] == 8 and kept.state == "failed"
    monkeypatch.setattr(Tagging, "loss", real)
    do(small(bert_folder, save_every=4), workspace)
    assert runs(workspace)[0].state == "finished"


def test_a_disk_without_room_is_told_before_training(bert_folder, workspace, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1_000_000))
    with pytest.raises(StoreError, match=r"has 0\.0 GB free, and a checkpoint takes .* same again: it begins anew"):
        do(small(bert_folder), workspace)


@pytest.mark.parametrize("where", ["state", "model"])
def test_a_disk_that_fills_up_leaves_the_checkpoint_before(bert_folder, workspace, monkeypatch, where):
    config = small(bert_folder, save_every=4)
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    real_torch, real_model = torch.save, loop.FineTuning.write_model

    def save(state, stream):
        if where == "state" and state["position"]["step"] == 8:
            raise full
        real_torch(state, stream)

    def write(self, folder):
        real_model(self, folder)
        if where == "model" and self.at.step == 8:
            raise checkpoints.SafetensorError("Error while serializing: IoError(Os { code: 28, kind: StorageFull })")

    monkeypatch.setattr(torch, "save", save)
    monkeypatch.setattr(loop.FineTuning, "write_model", write)
    with pytest.raises(StoreError, match=r"The disk is full: .*step-00000008.* goes on where it stopped"):
        do(config, workspace)
    (kept,) = runs(workspace)
    assert kept.saved()[-1] < 8 and not [*kept.folder.glob(".step-*")]
    where = "nowhere"
    do(config, workspace)
    assert runs(workspace)[0].state == "finished"


def test_a_damaged_checkpoint_is_named_and_the_one_before_goes_on(bert_folder, workspace, monkeypatch):
    config = small(bert_folder, save_every=4)
    monkeypatch.setattr(loop.FineTuning, "score", lambda self: (_ for _ in ()).throw(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        do(config, workspace)
    monkeypatch.undo()
    monkeypatch.setenv("EMBSPACE_WORKSPACE", str(workspace.root))
    (kept,) = runs(workspace)
    last = kept.folder / f"step-{kept.saved()[-1]:08d}"
    data = bytearray((last / "model.safetensors").read_bytes())
    data[-3] ^= 1
    (last / "model.safetensors").write_bytes(data)
    with pytest.raises(StoreError, match=rf"{last}/model.safetensors is missing or damaged. Remove the folder"):
        do(config, workspace)
    shutil.rmtree(last)
    assert do(config, workspace)["runs"][0]["key"] == kept.key


def test_sentences_that_are_not_there_are_all_told_before_anything_is_read(bert_folder, workspace):
    add_corpus([Sentence(("no", "tags"), "en", source="plain:1")], name="plain", workspace=workspace)
    config = small(
        bert_folder, train=(Part(corpus="absent"),), dev=(Part(languages=("xx",)),), test=(Part(corpus="plain"),)
    )
    with pytest.raises(CorpusError) as caught:
        do(config, workspace)
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("train: There is no corpus 'absent'")
    assert lines[1].startswith("dev: ") and "xx" in lines[1]
    assert lines[2] == "test: 'plain:1' has no tags, which ner is learned from."


def test_what_is_held_out_is_in_no_language_trained_on(workspace):
    config = TrainConfig(train=(Part(languages=("en", "ru", "tr"), per_type=20),), test=(), dev_share=0.25)
    found = read_material(config, workspace)
    assert {one.language for one in found.dev} == {"en", "ru", "tr"} and len(found.dev) == 45
    assert len(found.train) == 135
    assert not {one.entity.id for one in found.dev} & {one.entity.id for one in found.train}
    sides = [{one.parallel.partition(":")[0].rpartition("+")[2] for one in part} for part in (found.dev, found.train)]
    assert not sides[0] & sides[1]
    assert found.probe.languages == ("en", "es", "ru", "tr") and len(found.probe) == 4 * 300
    mixed = read_material(TrainConfig(train=config.train, test=(), mix="B", dev_share=0.25, probe_every=0), workspace)
    numbers = [sum(one.language == code for one in mixed.train) for code in ("en", "ru", "tr")]
    assert numbers == [45, 11, 11] and mixed.probe is None


def test_other_corpora_are_held_out_by_groups_beside_syntheticner(workspace):
    given = [
        Sentence(("a", str(n)), code, tags=("O", "O"), parallel=str(n)) for n in range(10) for code in ("en", "be")
    ]
    add_corpus(given, name="pairs", workspace=workspace)
    config = TrainConfig(
        train=(Part("pairs"), Part(languages=("en",), sentences=20)), test=(), dev_share=0.2, probe_every=0
    )
    found = read_material(config, workspace)
    assert len(found.dev) == 4 + 4 and len(found.train) == 16 + 16
    assert not {one.parallel for one in found.dev} & {one.parallel for one in found.train}
    kept = TrainConfig(train=config.train, dev=(Part(split="test", per_type=1),), test=(), probe_every=0)
    assert len(read_material(kept, workspace).train) == 40


def test_a_probe_of_languages_of_ones_own_choice_is_read_from_toml(bert_folder, workspace, tmp_path):
    (tmp_path / "a.toml").write_text('[probe]\nlanguages = ["tr", "be", "sl"]\nsplit = "test"\nsentences = 9\n')
    probe = read_config(tmp_path / "a.toml").probe
    do(small(bert_folder, seeds=(0, 1), steps=2, epochs=1, probe_every=2, probe=probe), workspace)
    for one in runs(workspace):
        space = open_space(workspace.spaces / one.probed()[2]["space"])
        assert tuple(space.words["language"].unique()) == ("tr", "be", "sl") and space.n_words == 27


def test_stages_say_which_seed_they_are_of(bert_folder, workspace):
    class Stages(Silent):
        def __init__(self):
            self.seen = []

        def stage(self, name, total=None, unit=""):
            self.seen.append(name)

    stages = Stages()
    run(small(bert_folder, seeds=(7, 3), steps=1, epochs=1), workspace, stages)
    of = ("preparing", "training", "scoring the best epoch")
    assert stages.seen == [
        "reading", *(f"seed 7 (1 of 2): {one}" for one in of), *(f"seed 3 (2 of 2): {one}" for one in of)
    ]  # fmt: skip
    one = Stages()
    run(small(bert_folder, seeds=(5,), steps=1, epochs=1), workspace, one)
    assert one.seen == ["reading", *of]


def test_a_tracker_that_is_not_installed_is_named(bert_folder, workspace):
    with pytest.raises(SettingsError, match=r"report_to = 'mlflow' needs a library: `pip install mlflow`"):
        do(small(bert_folder, report_to="mlflow"), workspace)


def test_a_run_is_trained_by_one_process_at_a_time(bert_folder, workspace):
    from accelerate import Accelerator

    from embspace.training.run import RunFolder

    do(small(bert_folder, steps=1, epochs=1), workspace)
    (kept,) = runs(workspace)
    with (
        RunFolder(kept.folder, {}, Accelerator(cpu=True)),
        pytest.raises(StoreError, match="is being trained by another process; wait for it, or cancel it"),
        RunFolder(kept.folder, {}, Accelerator(cpu=True)),
    ):
        pass


def test_objectives_train_beside_the_task_in_bfloat16(workspace, monkeypatch):
    """On `mini`: every loss is logged, heads are saved, and what is frozen stays as it was."""
    monkeypatch.setattr("embspace.training.run.forget_states", lambda folder: None)
    config = small(
        "mini",
        train=(Part(**EN, per_type=2),),
        test=(),
        unlabelled=(Part(languages=("ru", "tr"), per_type=2),),
        objectives={"language-id": 0.5, "cloze": 1.0, "predictive-cloze": 1.0},
        freeze=2,
        accumulate=2,
        bf16=True,
        steps=3,
        epochs=1,
        batch=2,
    )
    do(config, workspace)
    (kept,) = runs(workspace)
    (line,) = kept.log("step")
    assert list(line["losses"]) == ["ner", "cloze", "language-id", "predictive-cloze"]
    assert all(math.isfinite(value) for value in line["losses"].values())
    state = torch.load(kept.folder / "step-00000003" / "state.pt", weights_only=True)
    assert {name.split(".")[0] for name in state["heads"]} >= {"language-id"}
    model = AutoModelForTokenClassification.from_pretrained(kept.folder / "step-00000003")
    start = AutoModelForTokenClassification.from_pretrained(
        find_checkpoint("mini").folder, dtype=torch.float32, num_labels=model.num_labels
    )
    same = [
        name
        for name, weights in start.state_dict().items()
        if "classifier" not in name and torch.equal(weights, model.state_dict()[name])
    ]
    assert any("layer.1." in name for name in same) and any("embeddings" in name for name in same)
    assert not any("layer.3." in name and "weight" in name and "key" not in name for name in same)


def test_train_is_a_workflow():
    kind, work = resolve("train")
    assert kind is TrainConfig and work is run
