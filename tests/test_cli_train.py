import json

import pytest
from typer.testing import CliRunner

from embspace import cli
from embspace.encoders.trained import runs


def embspace(*arguments):
    done = CliRunner().invoke(cli.app, [str(one) for one in arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def recipe(bert_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    path = tmp_path / "small.toml"
    path.write_text(
        f"""
checkpoint = "{bert_folder}"
batch = 4
probe_every = 0
threads = 1
[[train]]
languages = ["en"]
per_type = 2
[[test]]
languages = ["en", "tr"]
split = "test"
per_type = 1
""",
        "utf-8",
    )
    return path


def test_train_shows_scores_by_language_and_finds_them_again(recipe, workspace, tmp_path):
    place = tmp_path / "elsewhere"
    code, out, _ = embspace("train", recipe, "--set", "seeds=[0, 1]", "--set", "weight-decay=0", "--workspace", place)
    assert code == 0
    lines = out.splitlines()
    assert lines[0].split()[:5] == ["seed", "part", "language", "f1", "accuracy"]
    assert [line.split()[:3] for line in lines[1:10]] == [
        [seed, "test", language] for seed in ("0", "1", "mean") for language in ("en", "tr", "all")
    ]
    assert "±" in lines[9] and lines[10].startswith("seed 0: run:") and lines[-1].startswith("probes took 0.0%")
    assert {one.seed for one in runs()} == {0, 1}  # --workspace is the current one from then on
    code, out, _ = embspace("train", recipe, "--set", "seeds=[1]", "--set", "weight_decay=0.0", "--json")
    (one,) = json.loads(out)["runs"]
    assert one["seed"] == 1 and one["key"] in {run.key for run in runs()} and len(runs()) == 2


def test_what_cannot_be_trained_is_one_error(recipe):
    code, _, error = embspace("train", recipe, "--set", "epochs=0", "--set", "rat=3")
    assert code == 1
    assert error.startswith(f"embspace: {recipe}: unknown setting 'rat'; known are") and "epochs = 0: expected" in error
    assert embspace("train", recipe, "--set", "epochs")[2] == (
        "embspace: --set epochs: expected key=value, such as epochs=3.\n"
    )
    assert "No such file" in embspace("train", recipe.with_name("none.toml"))[2]
