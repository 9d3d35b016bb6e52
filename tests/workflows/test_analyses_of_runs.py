"""`embspace analyze` of what trainings predicted, and of their steps."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

import embspace as es
from embspace import cli
from embspace.workflows.stored_predictions import find_predictions

STEPS = ("job:en-job@4", "job:en-job@0", "job:en-job@2", "--languages", "en,ru", "--per-type", "3")


def analyze(*arguments):
    """Exit code, stdout, stderr."""
    done = CliRunner().invoke(cli.app, ["analyze", *map(str, arguments)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def tables(*arguments):
    """The tables of a result."""
    code, out, error = analyze(*arguments, "--json")
    assert code == 0, error
    found = json.loads(out[out.index("{") :])["tables"]
    return {name: pd.DataFrame(rows) for name, rows in found.items()}


@pytest.fixture
def kept(taught):
    """The test predictions of the three trainings, as tables by their names."""
    names = ("job:en-job", "job:ru-job/1", "job:ru-job/2")
    return {name: find_predictions(name, taught)[0].table() for name in names}


def test_confusion_of_runs_and_of_files_is_the_same(kept, tmp_path):
    found = tables("confusion", "--predictions", "job:en-job", "--predictions", "job:ru-job", "--set", "labels=types")
    wanted = es.confusion(pd.concat(kept.values()), labels="types")
    pd.testing.assert_frame_equal(found["confusion"], wanted, check_dtype=False)
    paths = [tmp_path / "english.parquet", tmp_path / "russian.csv"]
    columns = ["sentence", "position", "word", "language", "gold", "predicted"]
    kept["job:en-job"][columns].to_parquet(paths[0])
    kept["job:ru-job/1"][columns].to_csv(paths[1], index=False)
    figure = tmp_path / "f.html"
    code, _, error = analyze(
        *("confusion", "--predictions", paths[0], "--predictions", paths[1], "--csv", tmp_path / "t.csv"),
        *("--figure", figure),
    )
    assert code == 0, error
    assert figure.exists() and set(pd.read_csv(tmp_path / "t.csv")["system"]) == {"english", "russian"}


def test_errors_of_one_run_where_another_is_right(kept, tmp_path):
    whole = kept["job:ru-job/1"]
    right = whole["predicted"].where(whole["sentence"] % 2 == 0, whole["gold"])
    better = whole.assign(system="better", predicted=right)
    better.to_parquet(tmp_path / "b.parquet")
    both = ("tagging_errors", "--predictions", "job:en-job", "--predictions", tmp_path / "b.parquet")
    found = tables(*both, "--set", "wrong=job:en-job", "--set", "right=better")["tagging_errors"]
    wanted = es.tagging_errors(pd.concat([kept["job:en-job"], better]), "job:en-job", "better")
    assert len(wanted) and found.to_dict("list") == wanted.to_dict("list")
    assert analyze(*both, "--figure", tmp_path / "f.html")[0] == 0
    assert "right: trained on Russian" in (tmp_path / "f.html").read_text()
    organizations = tables("organizations", "--predictions", "job:en-job")["organizations"]
    assert organizations["n"].sum() == 4  # two in each language
    assert (organizations[["ORG", "LOC", "PER", "O", "other"]].sum(axis=1) == organizations["n"]).all()


def test_transfer_knows_what_runs_learned_from(kept, tmp_path):
    runs = ("--predictions", "job:en-job", "--predictions", "job:ru-job")
    asked = ("--languages", "en,ru", "--per-type", "2")
    found = tables("transfer", *runs, *asked)
    rows = [
        {"train": table["train"].iloc[0], "test": language, "seed": table["seed"].iloc[0], "sentences": 6,
         "wrong": sum((own["gold"] != own["predicted"]).any() for _, own in part.groupby("sentence"))}
        for table in kept.values()
        for language, part in table.groupby("language")
    ]  # fmt: skip
    corpus = es.synthetic_ner(["en", "ru"], per_type=2)
    wanted = es.transfer(pd.DataFrame(rows), es.spelling(corpus))
    pd.testing.assert_frame_equal(found["transfer"], wanted, check_dtype=False, rtol=1e-9)
    assert found["transfer"]["n_seeds"].tolist() == [1, 2]
    assert found["transfer_correlation"]["why"].str.contains("needs 3").all()
    counts = tmp_path / "counts.csv"
    pd.DataFrame(rows).to_csv(counts, index=False)
    again = tables("transfer", "--predictions", counts, *asked)
    pd.testing.assert_frame_equal(again["transfer"], found["transfer"])
    figure = tmp_path / "f.html"
    assert analyze("transfer", *runs, *asked, "--figure", figure)[0] == 0 and figure.exists()


def test_steps_are_compared_in_order_and_drawn_over_steps(taught, tmp_path):
    for name in ("similarity", "isotropy", "grouping", "relatedness"):
        code, _, error = analyze(name, *STEPS, "--csv", tmp_path / "t.csv", "--figure", tmp_path / f"{name}.html")
        assert code == 0, error
        table = pd.read_csv(tmp_path / "t.csv")
        assert list(dict.fromkeys(table["checkpoint"])) == ["job:en-job@0", "job:en-job@2", "job:en-job@4"]
        assert '"step"' in (tmp_path / f"{name}.html").read_text()  # the first figure is over steps
    assert len(list(taught.results.iterdir())) == 4
    found = tables("isotropy", "job:en-job@steps")
    assert len(found["isotropy"]) == 3 * 2 * 3 and len(list(taught.results.iterdir())) == 4
    changes = tables("isotropy_change", "job:en-job", "job:ru-job", "--set", "every=2")
    assert set(changes["isotropy_change"]["run"]) == {"job:en-job", "job:ru-job/1", "job:ru-job/2"}
    figure = tmp_path / "change.html"
    assert analyze("isotropy_change", "job:ru-job", "--set", "every=2", "--figure", figure)[0] == 0
    assert "trained on Russian, seed 2" in figure.read_text() and figure.with_stem("change-change_correlation").exists()


def of(kept, tmp_path, name, **changes):
    """A file of the English training's predictions, with other columns."""
    path = tmp_path / name
    kept["job:en-job"].assign(**changes).drop(columns=["system", "train", "seed"]).to_csv(path, index=False)
    return path


def test_what_cannot_be_compared_is_said_by_file_system_and_sentence(kept, tmp_path):
    whole = of(kept, tmp_path, "whole.csv")
    bare = of(kept, tmp_path, "bare.csv", gold="")
    other = of(kept, tmp_path, "other.csv", word=lambda table: table["word"].where(table["sentence"] != 3, "x"))
    odd = tmp_path / "odd.csv"
    odd.write_text("token,label\na,O\n")
    counts = tmp_path / "counts.csv"
    counts.write_text("train,test,wrong\nen,ru,3\n")
    for name, given, options, message in (
        ("confusion", [], [], "confusion needs predictions: embspace analyze confusion --predictions job:4f2"),
        ("confusion", [bare], [], "words have no gold tag, the first is"),
        ("confusion", [whole, other], [], "'whole' and 'other' have other words: word 0 of sentence 3 is"),
        ("tagging_errors", [whole, other], [], "have other words in sentence 3"),
        ("confusion", [odd], [], "no column 'sentence'; predictions have sentence, position"),
        ("confusion", [tmp_path / "no.csv"], [], "no.csv: no such file"),
        ("confusion", ["job:none"], [], "job:none: there is no such run in the workspace"),
        ("transfer", [whole], [], "'whole' does not say which language it was trained on; name the file by its code"),
        ("transfer", [counts], [], "no column 'sentences'; errors of pairs of languages have train, test"),
        ("transfer", ["job:en-job"], ["--languages", "en,be"], "has no sentences in ru, whose names are to be"),
        ("similarity", [whole], ["mini"], "--predictions is not for similarity"),
        ("isotropy_change", [], [], "isotropy_change needs a checkpoint: embspace analyze isotropy_change job:4f2"),
    ):
        files = [part for one in given for part in ("--predictions", one)]
        code, _, error = analyze(name, *files, *options)
        assert code == 1 and message in error.strip().splitlines()[-1], (name, given, error)
