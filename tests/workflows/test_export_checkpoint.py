import errno
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForTokenClassification
from typer.testing import CliRunner

import embspace as es
from embspace import cli
from embspace.corpora.records import Sentence
from embspace.encoders.loading import load_encoder
from embspace.encoders.trained import find_step
from embspace.errors import EncoderError, StoreError
from embspace.progress import Silent
from embspace.workflows import export_checkpoint as exporting
from embspace.workflows import registry
from embspace.workflows.export_checkpoint import ExportCheckpointConfig, export_checkpoint

OPENED = """
import json, sys
import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer, pipeline
folder, words = sys.argv[1], json.loads(sys.argv[2])
model, tokenizer = AutoModelForTokenClassification.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
read = tokenizer(words, is_split_into_words=True, return_tensors="pt")
with torch.no_grad():
    logits = model(**read).logits[0]
own = read.word_ids(0)
labels = [model.config.id2label[int(logits[own.index(at)].argmax())] for at in range(len(words))]
found = pipeline("token-classification", model=folder, aggregation_strategy="none")(" ".join(words))
assert "embspace" not in sys.modules
print(json.dumps({"labels": labels, "pieces": [[one["entity"], round(float(one["score"]), 4)] for one in found],
                  "logits": logits.tolist()}))
"""


def opened(folder, words):
    """What transformers alone makes of a folder, in a process that knows no embspace."""
    command = [sys.executable, "-I", "-c", OPENED, str(folder), json.dumps(words)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "HF_HUB_OFFLINE": "1"})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_transformers_alone_opens_it_and_labels_as_embspace_does(taught, tmp_path):
    folder = export_checkpoint("job:en-job@best", tmp_path / "new" / "tagger")
    assert folder == tmp_path / "new" / "tagger"
    names = {path.name for path in folder.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json", "README.md"} <= names
    assert not names & {"state.pt", "complete.json"}
    words = ["I", "am", "going", "to", "San", "Francisco", ",", "and", "then", "to", "New", "York", "."]
    found = opened(folder, words)
    for name in ("job:en-job@best", str(folder)):
        assert es.predict(name, [words], language="en")["predicted"].tolist() == found["labels"]
    model = AutoModelForTokenClassification.from_pretrained(find_step("job:en-job@best").folder)
    pieces = load_encoder(str(folder)).tokenize([Sentence(tuple(words), "en")])
    with torch.no_grad():
        logits = model(input_ids=torch.from_numpy(pieces.ids)[None]).logits[0]
    assert torch.allclose(torch.tensor(found["logits"]), logits, atol=1e-6)
    assert all(0 < score <= 1 for _, score in found["pieces"])


def test_the_card_says_data_settings_scores_and_versions(taught, tmp_path):
    step = find_step("job:ru-job/2@best")
    card = (export_checkpoint("job:ru-job/2@best", tmp_path / "x") / "README.md").read_text("utf-8")
    head, body = card.removeprefix("---\n").split("\n---\n", 1)
    assert head.splitlines() == [
        *("library_name: transformers", "pipeline_tag: token-classification", "language:", '- "ru"'),
        *("tags:", "- ner", "- embspace"),
    ]
    for said in ("| learned from | SyntheticNER | ru | 4 per type and language, the train half |", "Labels: `O`"):
        assert said in body
    assert f"| run | {step.run.key} |" in body and "| seed | 2 |" in body and "| torch | " in body
    settings = json.loads(re.search(r"```json\n(.*?)\n```", body, re.S)[1])
    assert settings["rate"] == 1e-3 and settings["steps"] == 4
    [tested] = step.run.record["tests"].values()
    assert all(f"{one['f1']:.4f}" in body for one in tested.values())


def test_what_stands_there_stays(taught, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    assert export_checkpoint("job:en-job@last", empty) == empty
    before = sorted(path.name for path in empty.iterdir())
    with pytest.raises(StoreError, match="exists and is not empty; name another folder"):
        export_checkpoint("job:en-job@last", empty)
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(StoreError, match="is a file; name a folder"):
        export_checkpoint("job:en-job@last", file)
    assert sorted(path.name for path in empty.iterdir()) == before and file.read_text() == "x"
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_what_cannot_be_exported_is_said(taught, tmp_path):
    for name, message in (
        ("mini", "'mini' is no step of a training run"),
        ("job:zz@best", "there is no such run"),
        ("job:en-job@2", "of step 2 the space of its probe is stored, not its weights"),
        ("job:ru-job@best", "may mean 2 runs"),
    ):
        with pytest.raises(EncoderError, match=message):
            export_checkpoint(name, tmp_path / "x")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("way", ["full", "renamed"])
def test_a_disk_that_refuses_leaves_nothing_behind(taught, tmp_path, monkeypatch, way):
    def fails(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(exporting.os, "fsync" if way == "full" else "replace", fails)
    with pytest.raises(StoreError, match=r"The disk is full: .*x was not written"):
        export_checkpoint("job:en-job@best", tmp_path / "x")
    monkeypatch.undo()
    assert not [path for path in tmp_path.iterdir() if "x" in path.name and path.name != "workspace"]


def test_a_damaged_step_is_not_exported(taught, tmp_path):
    weights = find_step("job:en-job@best").folder / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(StoreError, match=r"model\.safetensors is missing or is not as it was written"):
        export_checkpoint("job:en-job@best", tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_it_is_a_command_and_a_job(taught, tmp_path):
    done = CliRunner().invoke(cli.app, ["export-checkpoint", "job:en-job@best", str(tmp_path / "a")])
    assert done.exit_code == 0 and str(tmp_path / "a") in done.stdout
    again = CliRunner().invoke(cli.app, ["export-checkpoint", "job:en-job@best", str(tmp_path / "a")])
    assert again.exit_code == 1 and again.stderr.startswith("embspace: ") and "is not empty" in again.stderr
    asked = {"checkpoint": "job:en-job@best", "output": str(tmp_path / "b")}
    assert registry.run("export-checkpoint", asked, taught, Silent()) == {
        "checkpoint": "job:en-job@best",
        "path": str(tmp_path / "b"),
    }
    same = [(tmp_path / name / "model.safetensors").read_bytes() for name in "ab"]
    assert same[0] == same[1]


def test_an_export_needs_names():
    for given in (("", "x"), ("job:a@best", " ")):
        with pytest.raises(es.EmbspaceError, match="is empty: name"):
            ExportCheckpointConfig(*given)
    assert Path(exporting.export_path("~/x")).is_absolute()
