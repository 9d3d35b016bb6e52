import json

import pandas as pd
import pytest
from typer.testing import CliRunner

import embspace as es
from embspace import cli
from embspace.corpora.catalog import add_corpus
from embspace.corpora.records import Entity, Sentence
from embspace.errors import SettingsError
from embspace.figures.saving import digits, latex
from embspace.workflows.analyses import ANALYSES


def embspace(*arguments):
    """Exit code, stdout, stderr."""
    done = CliRunner().invoke(cli.app, ["analyze", *map(str, arguments)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def small(bert_folder):
    return str(bert_folder), "--entity", "Washington", "--languages", "be,en", "--per-type", "3"


def test_the_list_names_every_analysis():
    code, out, _ = embspace("list")
    assert code == 0
    found = json.loads(embspace("list", "--json")[1])
    assert [one["name"] for one in found] == list(ANALYSES)
    assert all(name in out for name in ANALYSES)
    assert found[0]["settings"] == {"layer": "None"}


def test_tables_are_shown_stored_and_written(small, workspace, tmp_path):
    csv, tex, page = (tmp_path / f"out/t.{end}" for end in ("csv", "tex", "html"))
    code, out, _ = embspace("similarity", *small)
    assert code == 0 and "language_a" in out and len(list(workspace.results.iterdir())) == 1
    code, out, _ = embspace("similarity", *small, "--csv", csv, "--latex", tex, "--figure", page)
    assert code == 0 and out.splitlines() == [
        f"wrote {path}" for path in (csv, tex, page, page.with_stem("t-similarity_curves"))
    ]
    assert len(list(workspace.results.iterdir())) == 1
    table = es.similarity(es.extract(small[0], es.synthetic_ner(["be", "en"], entity="Washington", per_type=3)))
    pd.testing.assert_frame_equal(pd.read_csv(csv), table)
    assert "language\\_a" in tex.read_text()
    assert "Belarusian" in page.read_text()


def test_several_tables_have_their_names_in_their_files(small, tmp_path):
    assert embspace("tokenization", *small, "--csv", tmp_path / "t.csv", "--figure", tmp_path / "f.html")[0] == 0
    assert {path.name for path in tmp_path.glob("*.*")} == {
        *("t.csv", "t-fertility.csv", "t-shared_pieces.csv", "f.html", "f-fertility.html", "f-shared_pieces.html")
    }


def test_json_holds_numbers_layers_transforms_and_settings(small):
    code, out, _ = embspace("isotropy", *small, "--layer", "0,-1", "--transform", "center", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["settings"]["transforms"] == ["center"]
    assert {row["layer"] for row in found["tables"]["isotropy"]} == {0, 2}
    assert json.loads(embspace("isotropy", *small, "--set", "layer=1", "--json")[1])["settings"]["layers"] == [1]


def test_a_corpus_alone_takes_no_checkpoint(tmp_path):
    code, out, _ = embspace("spelling", "--entity", "Washington", "--languages", "be,en", "--per-type", "1")
    assert code == 0 and "en" in out


def test_a_figure_that_has_nothing_to_draw_is_said_and_the_others_are_written(tmp_path):
    add_corpus(
        [
            Sentence((name,), code, entity=Entity(0, 1, "LOC", name))
            for code, name in (("en", "Minsk"), ("be", "Брэст"))
        ],
        name="apart",
    )
    figure = tmp_path / "f.html"
    code, out, error = embspace("spelling", "--corpus", "apart", "--csv", tmp_path / "t.csv", "--figure", figure)
    assert code == 0 and f"wrote {figure}" in out
    assert error.strip().splitlines()[-1] == (
        "spelled is not drawn: The result has no rows with a value, so there is nothing to draw."
    )
    assert {path.name for path in tmp_path.glob("*.*")} == {"t.csv", "t-spelled.csv", "f.html"}


def test_where_no_figure_can_be_drawn_the_tables_are_written_and_it_is_an_error(small, tmp_path, monkeypatch):
    monkeypatch.setattr("embspace.workflows.analysis.draw", refuse)
    code, out, error = embspace("isotropy", *small, "--csv", tmp_path / "t.csv", "--figure", tmp_path / "f.html")
    assert code == 1 and "nothing to draw" in error and f"wrote {tmp_path / 't.csv'}" in out
    assert not (tmp_path / "f.html").exists()


def refuse(*args, **told):
    raise SettingsError("There is nothing to draw.")


def test_a_job_in_the_background(small, workspace):
    from embspace.jobs.job import State
    from embspace.jobs.supervisor import find_job

    found = json.loads(embspace("spelling", *small[1:], "--background", "--json")[1])
    job = find_job(found["job"], workspace)
    assert job.wait(120) is State.FINISHED, job.error
    assert job.result["rows"] == {"spelling": 4, "spelled": 2}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["magic"], "There is no analysis 'magic'; there are similarity"),
        (["similarity"], "similarity needs a checkpoint: embspace analyze similarity mini"),
        (["neighbors", "a", "b"], "neighbors takes one checkpoint; 2 are given"),
        (["similarity", "mini", "--set", "k"], "--set k: expected key=value"),
        (["similarity", "mini", "--set", "k=3"], "There is no setting 'k'"),
        (["similarity", "mini", "--layer", "last"], "expected"),
        (["similarity", "mini", "--csv", "a.txt"], "--csv a.txt: expected a file that ends in .csv"),
        (["similarity", "mini", "--latex", "a.csv"], "expected a file that ends in .tex"),
        (["similarity", "mini", "--figure", "a.jpg"], "a figure is written as .png, .svg, .pdf, .html"),
        (["similarity", "mini", "--figure", "a.png", "--background"], "exclude each other"),
        (["similarity", "mini", "--transform", "magic", "--per-type", "1"], "There is no transform 'magic'"),
    ],
)
def test_what_is_impossible_is_one_line(arguments, message):
    code, out, error = embspace(*arguments)
    line = error.strip().splitlines()[-1]
    assert code == 1 and not out
    assert line.startswith("embspace: ") and message in line


def test_latex_escapes_text_and_aligns_numbers():
    table = pd.DataFrame({"a_b": ["50 % & more", "{x}_y"], "n": [1, 20], "value": [0.5, float("nan")]})
    lines = latex(table).splitlines()
    assert lines[0] == r"\begin{tabular}{lrr}"
    assert lines[2] == r"a\_b & n & value \\"
    assert lines[4] == r"50 \% \& more & 1 & 0.5000 \\"
    assert lines[5] == r"\{x\}\_y & 20 & -- \\"


@pytest.mark.parametrize(
    ("values", "form"),
    [([1, 2], "{:.0f}"), ([1.0, 2.0], "{:.0f}"), ([0.5], "{:.4f}"), ([12.5], "{:.3f}"), ([1e-9, 1e-5], "{:.2e}")],
)
def test_digits_tell_values_apart(values, form):
    assert digits(pd.Series(values)) == form
