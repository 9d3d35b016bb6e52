import json

import pandas as pd
import pytest

from embspace.encoders.trained import runs
from embspace.training.tagging_text import predict
from test_cli_train import embspace, recipe  # noqa: F401 - a fixture


@pytest.fixture
def trained(recipe, workspace):  # noqa: F811
    assert embspace("train", recipe, "--set", "length=20", "--set", "overlap=4")[0] == 0
    (run,) = runs()
    return f"run:{run.key[:8]}@{run.best}"


def test_predict_labels_a_corpus_or_a_text(trained, tmp_path):
    file = tmp_path / "labels.csv"
    asked = ("predict", trained, "--languages", "en,tr", "--per-type", "1")
    code, out, _ = embspace(*asked, "--csv", file)
    assert code == 0 and out.startswith(f"wrote {file}")
    assert [line.split()[0] for line in out.splitlines()[1:]] == ["language", "en", "tr"]
    table = pd.read_csv(file)
    assert list(table.columns) == ["sentence", "position", "word", "language", "gold", "predicted"]
    assert table["sentence"].nunique() == 6 and set(table["language"]) == {"en", "tr"}
    code, out, _ = embspace(*asked, "--json")
    found = json.loads(out)
    assert found["scores"]["en"]["sentences"] == 3 and len(found["rows"]) == len(table)
    assert [row["predicted"] for row in found["rows"]] == table["predicted"].tolist()
    code, out, _ = embspace("predict", trained, "--text", "Washington was here .", "--language", "en")
    assert code == 0 and len(out.splitlines()) == 2 and "stored in" in out
    settings = predict(trained, "Washington was here .", language="en").attrs["settings"]
    assert (settings["length"], settings["overlap"], settings["encoding"]) == (20, 4, "IOB2")  # as it was trained


def test_what_cannot_be_labelled_is_one_error(bert_folder, tmp_path):
    for asked, message in (
        ((bert_folder, "--text", "a b", "--language", "en"), "labels no words; expected a model"),
        ((bert_folder, "--text", "a b"), "language is empty"),
        ((bert_folder, "--text", "a b", "--language", "en", "--per-type", "3"), "--text stands instead of a corpus"),
        ((bert_folder, "--csv", tmp_path / "x.txt"), "expected a file that ends in .csv"),
        ((bert_folder, "--csv", tmp_path / "x.csv", "--background"), "exclude each other"),
        ((bert_folder, "--corpus", "nowhere"), "nowhere"),
    ):
        code, _, error = embspace("predict", *asked)
        assert code == 1 and error.splitlines()[-1].startswith("embspace: ") and message in error
