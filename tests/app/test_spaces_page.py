import json
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from types import ModuleType

import numpy as np
import pyarrow as pa
import pytest
from app_views import ROOT, drawn, errors, field, html, labels, spaces_page, text
from typer.testing import CliRunner

import embspace as es
from embspace import cli
from embspace.corpora.records import Corpus, Sentence
from embspace.corpora.sentences import sentence_table
from embspace.corpora.templates import CODES
from embspace.figures.theme import by_family
from embspace.jobs.job import State
from embspace.jobs.supervisor import all_jobs, submit
from embspace.progress import Silent
from embspace.spaces import shards, store
from embspace.spaces.claims import claim
from embspace.spaces.manifest import Plan
from embspace.spaces.shelf import look_at
from embspace.workflows.extract import ExtractConfig, make_space
from embspace.workflows.stored_space import find_space
from inventory import map_files, read_words, size_text, space_table, stored_spaces
from origin import find_config, find_origin, map_view
from python_lines import command_lines, space_lines
from widgets.show_sizes import size_bar
from widgets.show_space import facts, files, made, word_table


@pytest.fixture
def space(workspace, bert_folder):
    """What the Map makes of ten sentences, in shards of a few."""
    corpus = es.synthetic_ner(["be", "en"], entity="Washington", per_type=5)
    return es.extract(str(bert_folder), corpus, shard_bytes=700)


def flip(path):
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)


def run_until_ended(test, workspace):
    """Run the page, wait for the latest job, and run it again."""
    job = all_jobs(workspace)[0]
    job.wait(120)
    test.run()
    assert not test.exception
    return job


def press(test, label):
    """Press the one button of a label."""
    [button] = [one for one in test.button if one.label == label]
    button.click().run()
    assert not test.exception
    return test


def test_an_empty_workspace_says_what_to_do(workspace):
    test = spaces_page().run()
    assert not test.exception
    assert "Extract a new space" in test.info[0].value
    assert not test.dataframe
    assert labels(test) == ["Extract a new space", "Free space"]
    assert field(test, "button", "Free space").disabled


def test_the_table_says_what_is_stored(space, workspace):
    test = spaces_page().run()
    [row] = test.dataframe[0].value.to_dict("records")
    shown = {name: row[name] for name in ("corpus", "languages", "targets", "words", "layers", "width", "state")}
    assert shown == {
        "corpus": "SyntheticNER test: Washington",
        "languages": 2,
        "targets": "entities",
        "words": 20,
        "layers": 3,
        "width": 16,
        "state": "whole",
    }
    assert row["checkpoint"] == f".../{Path(space.recipe['checkpoint']).name}"
    assert row["stored"] == "float16"
    assert row["size"] == sum(path.stat().st_size for path in space.path.iterdir())
    assert f"<b>1 space · {size_text(row['size'])}</b>" in html(test)
    assert "free on this disk" in html(test)
    assert "Choose a row" in text(test, "caption")
    assert "Verify" not in labels(test)


def test_the_address_chooses_a_space_and_shows_all_of_it(space):
    test = spaces_page(space=space.path.name).run()
    assert not test.exception
    assert labels(test) == ["Verify", "Export", "Remove", "Extract a new space", "Free space"]
    shown = html(test)
    for part in ("the named entity of each sentence", "cut word by word; a word is the mean of them", "torch 2."):
        assert part in shown
    assert f"<td>{len(look_at(space.path).dtypes)} of {len(look_at(space.path).dtypes)}, float16</td>" in shown
    assert str(space.path) in [one.value for one in test.code]
    assert test.query_params["space"] == space.path.name


def test_a_space_that_is_not_there_is_said(space):
    test = spaces_page(space="ab*c").run()
    assert "ab*c" in test.warning[0].value.replace("\\", "")
    assert len(test.dataframe[0].value) == 1


def test_looking_marks_nothing_as_used(space):
    before = look_at(space.path).used
    marks = (space.path / ".used").stat().st_mtime_ns if (space.path / ".used").exists() else None
    spaces_page(space=space.path.name).run()
    assert look_at(space.path).used == before
    assert marks == ((space.path / ".used").stat().st_mtime_ns if marks is not None else None)


def test_one_damaged_space_does_not_hide_the_others_and_is_repaired(space, workspace):
    copy = workspace.spaces / ("0" * 32)
    shutil.copytree(space.path, copy)
    (copy / "space.json").write_text("{")
    vectors = space.path / "vectors-00001.npy"
    vectors.write_bytes(vectors.read_bytes()[:-10])
    test = spaces_page(space=space.path.name).run()
    assert sorted(test.dataframe[0].value["state"]) == ["▲ damaged", "▲ damaged"]
    [message] = errors(test)
    assert str(vectors) in message
    assert "Export" not in labels(test)
    before = (space.path / "vectors-00000.npy").stat().st_mtime_ns
    job = run_until_ended(press(test, "Repair"), workspace)
    assert (job.workflow, job.state) == ("repair", State.FINISHED), job.error
    assert "1 shard made anew" in text(test, "caption")
    assert errors(test) == []
    assert sorted(test.dataframe[0].value["state"]) == ["whole", "▲ damaged"]
    assert (space.path / "vectors-00000.npy").stat().st_mtime_ns == before


def test_verify_finds_what_sizes_do_not_tell_and_forgets_it_once_mended(space, workspace):
    flip(space.path / "vectors-00001.npy")
    test = spaces_page(space=space.path.name).run()
    assert list(test.dataframe[0].value["state"]) == ["whole"]
    job = run_until_ended(press(test, "Verify"), workspace)
    assert job.result["good"] is False
    [message] = errors(test)
    assert "vectors-00001.npy is damaged" in message
    assert list(test.dataframe[0].value["state"]) == ["▲ damaged"]
    assert "Repair" in labels(test)
    assert "vectors-00001.npy is damaged" in errors(spaces_page(space=space.path.name).run())[0]  # to others too
    run_until_ended(press(test, "Repair"), workspace)
    assert errors(test) == []
    run_until_ended(press(test, "Verify"), workspace)
    assert "good, every checksum is right" in text(test, "caption")
    assert list(test.dataframe[0].value["state"]) == ["whole"]


def test_a_verdict_on_files_that_have_changed_is_forgotten(space, workspace):
    submit("verify", {"space": space.path.name}, workspace).wait(60)
    test = spaces_page(space=space.path.name).run()
    assert "Verified" in text(test, "caption")
    flip(space.path / "vectors-00000.npy")
    assert "Verified" not in text(test.run(), "caption")


def test_an_unfinished_space_is_finished(space, workspace):
    (space.path / "shard-00001.json").unlink()
    test = spaces_page(space=space.path.name).run()
    assert list(test.dataframe[0].value["state"]) == ["◔ unfinished"]
    assert errors(test) == []
    job = run_until_ended(press(test, "Finish"), workspace)
    assert job.state is State.FINISHED, job.error
    assert list(test.dataframe[0].value["state"]) == ["whole"]


def test_a_repair_without_its_checkpoint_asks_where_it_lies(workspace, bert_folder, tmp_path):
    moved = shutil.copytree(bert_folder, tmp_path / "before")
    corpus = es.synthetic_ner(["be", "en"], entity="Washington", per_type=5)
    space = es.extract(str(moved), corpus)
    (space.path / "vectors-00000.npy").unlink()
    shutil.move(moved, tmp_path / "after")
    test = spaces_page(space=space.path.name).run()
    run_until_ended(press(test, "Repair"), workspace)
    assert any("does not exist" in message for message in errors(test))
    field(test, "text_input", "Where the checkpoint lies").set_value(str(tmp_path / "after")).run()
    job = run_until_ended(press(test, "Repair"), workspace)
    assert job.state is State.FINISHED, job.error
    assert list(test.dataframe[0].value["state"]) == ["whole"]
    press(test, "Dismiss")
    assert errors(test) == []


def test_an_export_shows_its_path_and_what_stands_there_is_kept(space, workspace):
    for kind, layer in (("zarr", None), ("projector", 1)):
        form = drawn("widgets.export_space", "export_space", look_at(space.path))
        field(form, "button_group", "Format").set_value(kind).run()
        if layer is not None:
            field(form, "selectbox", "Layer").set_value(layer).run()
        target = Path(field(form, "text_input", "To").value)
        assert target.parent == workspace.root / "exports"
        job = run_until_ended(press(form, "Export"), workspace)
        assert job.state is State.FINISHED, job.error
        assert job.config["kind"] == kind
        assert job.config["layers"] == (None if layer is None else [layer])
        assert job.result["path"] == str(target)
        assert str(target) in text(spaces_page(space=space.path.name).run(), "caption")
    before = {path: path.stat().st_mtime_ns for path in target.iterdir()}
    job = run_until_ended(press(form, "Export"), workspace)
    assert job.state is State.FAILED
    assert "exists already" in job.error
    assert {path: path.stat().st_mtime_ns for path in target.iterdir()} == before
    field(form, "checkbox", "Replace an export that is there").check().run()
    assert run_until_ended(press(form, "Export"), workspace).state is State.FINISHED


def test_an_export_to_nowhere_is_refused(space, workspace):
    form = drawn("widgets.export_space", "export_space", look_at(space.path))
    field(form, "text_input", "To").set_value(" ").run()
    assert "output is empty" in errors(press(form, "Export"))[0]
    assert all_jobs(workspace) == []


def test_a_space_is_removed_with_its_maps_after_asking(space, workspace):
    es.project(space, layer=[1, 2], perplexity=3)
    keys, size = map_files(workspace, space.fingerprint)
    assert len(keys) == 2
    test = press(spaces_page(space=space.path.name).run(), "Remove")
    assert space.path.exists()
    one = look_at(space.path)
    test = drawn("widgets.change_space", "ask_remove", one)
    asked = " ".join(each.value for each in test.markdown)
    assert f"Frees **{size_text(one.bytes + size)}**" in asked
    press(test, "Remove")
    assert not space.path.exists()
    assert map_files(workspace, space.fingerprint) == ([], 0)
    assert "Extract a new space" in spaces_page().run().info[0].value


def test_a_space_that_is_being_made_is_not_removed(space):
    with claim(space.path, 0) as mine:
        assert mine.held
        [message] = errors(press(drawn("widgets.change_space", "ask_remove", look_at(space.path)), "Remove"))
    assert "being made by another process" in message
    assert space.path.exists()


def test_a_budget_shows_what_goes_and_asks(space, workspace, bert_folder):
    other = es.extract(str(bert_folder), es.synthetic_ner(["en"], entity="Paris", per_type=3))
    test = drawn("widgets.change_space", "ask_budget", stored_spaces(workspace))
    field(test, "text_input", "Keep at most").set_value("much").run()
    assert "is no size" in errors(test)[0]
    field(test, "text_input", "Keep at most").set_value("0").run()
    assert sorted(test.dataframe[-1].value["words"]) == sorted([space.n_words, other.n_words])
    assert space.path.exists() and other.path.exists()
    press(test, next(label for label in labels(test) if label.startswith("Remove these 2")))
    assert not space.path.exists() and not other.path.exists()


def fill(folder, layers="all", words=("Washington",), per_type=5):
    """The form of an extraction, filled for a second's work, not sent."""
    form = drawn("form_alone", "form")
    field(form, "text_input", "Checkpoint").set_value(str(folder))
    field(form, "text_input", "Layers").set_value(layers)
    field(form, "multiselect", "Words").set_value(list(words))
    field(form, "number_input", "Sentences per type").set_value(per_type)
    return form


@pytest.fixture(autouse=True)
def _form(monkeypatch):
    """The view's own dialog, without the view around it."""
    source = (ROOT / "app" / "views" / "spaces.py").read_text("utf-8").removesuffix("main()\n")
    module = ModuleType("form_alone")
    exec(compile(source, "spaces.py", "exec"), module.__dict__)
    module.form = module.extract_new
    monkeypatch.setitem(sys.modules, "form_alone", module)


def test_a_new_space_is_extracted(workspace, bert_folder):
    form = press(fill(bert_folder, layers="0, -1"), "Extract")
    assert errors(form) == []
    [job] = all_jobs(workspace)
    expected = ExtractConfig(str(bert_folder), None, ("Washington",), 5, layers=(0, -1))
    assert job.config == json.loads(json.dumps(asdict(expected)))
    running = spaces_page().run()
    assert field(running, "button", "Cancel").key == f"cancel_{job.id}"
    assert job.wait(120) is State.FINISHED, job.error
    test = running.run()
    assert list(test.dataframe[0].value["layers"]) == [2]
    assert "Cancel" not in labels(test)


def test_an_equal_extraction_is_joined(workspace, bert_folder):
    first = submit("extract", ExtractConfig(str(bert_folder), None, ("Washington",), 100), workspace)
    press(fill(bert_folder, per_type=100), "Extract")
    assert [job.id for job in all_jobs(workspace)] == [first.id]
    first.cancel()
    first.wait(60)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"layers": "0, six"}, "'0, six' is not possible"),
        ({"per_type": 10_000_000}, "ask for at most"),
    ],
)
def test_wrong_values_are_said_and_start_nothing(workspace, bert_folder, changes, said):
    [message] = errors(press(fill(bert_folder, **changes), "Extract"))
    assert said in message
    assert all_jobs(workspace) == []


def test_a_job_of_this_session_that_fails_is_said_until_dismissed(workspace, bert_folder, tmp_path):
    moved = shutil.copytree(bert_folder, tmp_path / "before")
    space = es.extract(str(moved), es.synthetic_ner(["en"], entity="Washington", per_type=2))
    (space.path / "vectors-00000.npy").unlink()
    shutil.rmtree(moved)
    test = spaces_page(space=space.path.name).run()
    job = run_until_ended(press(test, "Repair"), workspace)
    assert job.state is State.FAILED
    assert job.error in " ".join(errors(test))
    assert "Traceback" not in " ".join(errors(test))
    before = len(errors(test))
    assert len(errors(press(test, "Dismiss"))) == before - 1


def test_the_page_loads_no_model_library(space):
    code = (
        "import sys, json; sys.path[:0] = json.loads(sys.argv[1])\n"
        "from app_views import spaces_page\n"
        "test = spaces_page(space=sys.argv[2]).run()\n"
        "assert not test.exception and len(test.tabs) == 4, test\n"
        "print(json.dumps([name for name in ('torch', 'transformers', 'umap', 'zarr') if name in sys.modules]))"
    )
    paths = json.dumps([str(ROOT / "app"), str(ROOT / "tests" / "app")])
    command = [sys.executable, "-c", code, paths, space.path.name]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []


CORPORA = [
    {"entities": ("Washington",), "per_type": 4},
    {"entities": ("Washington",), "per_type": 4, "types": ("LOC",), "languages": ("tr", "be")},
    {"entities": ("Washington", "Paris"), "per_type": 3, "languages": ("en",)},
    {"per_type": 4, "languages": ("en", "ru"), "split": "train"},
    {"per_type": 4, "languages": ("en",), "types": ("ORG",)},
]
SETTINGS = [
    {},
    {"targets": "words", "tokenize_as": "text", "window": 32, "overlap": 8},
    {"layers": (-1, 0), "pooling": "max", "stored_dtype": "float32"},
    {},
    {"dtype": "bfloat16"},
]


@pytest.mark.parametrize(("corpus", "settings"), list(zip(CORPORA, SETTINGS, strict=True)))
def test_where_a_space_is_from_is_found_and_makes_it_again(workspace, bert_folder, corpus, settings):
    job_config = ExtractConfig(str(bert_folder), **corpus, **settings)
    space = es.extract(
        str(bert_folder),
        es.synthetic_ner(
            job_config.languages,
            entity=list(job_config.entities) or None,
            per_type=job_config.per_type,
            types=job_config.types,
            split=job_config.split,
        ),
        **settings,
    )
    one = look_at(space.path)
    config = find_config(one)
    assert config is not None
    made_anew = {}
    exec(space_lines(one, config), made_anew)
    assert made_anew["space"].path == space.path
    lines = command_lines(one, config).splitlines()
    [extract] = [line for line in lines if line.startswith("embspace extract")]
    done = CliRunner().invoke(cli.app, [*shlex.split(extract)[1:], "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout[done.stdout.index("{") :])["space"] == space.path.name
    shown = CliRunner().invoke(cli.app, shlex.split(next(line for line in lines if " verify " in line))[1:])
    assert shown.exit_code == 0, shown.output


def test_a_space_of_another_corpus_is_opened_from_its_folder(workspace, bert_folder):
    corpus = Corpus("SyntheticNER test: Washington", [Sentence(("Washington", "was", "here"), "en")])
    space = es.extract(str(bert_folder), corpus)
    one = look_at(space.path)
    assert find_origin(one).config is None
    opened = {}
    exec(space_lines(one, None), opened)
    assert opened["space"].path == space.path
    assert "embspace extract" not in command_lines(one, None)


def test_another_seed_is_not_taken_for_the_usual_one(workspace, bert_folder):
    space = es.extract(str(bert_folder), es.synthetic_ner(["en"], entity="Washington", per_type=5, seed=3))
    assert find_config(look_at(space.path)) is None


def test_the_map_shows_the_space_that_it_is_asked_for(space, workspace):
    one = look_at(space.path)
    view = map_view(one, find_config(one))
    assert view is not None
    assert (view.words, view.languages, view.per_type) == (("Washington",), ("be", "en"), 5)
    assert view.perplexity == (space.n_words - 1) // 3
    job = submit("project", view.config(), workspace)
    assert job.wait(120) is State.FINISHED, job.error
    assert job.result["space"] == space.path.name


@pytest.mark.parametrize(
    ("corpus", "targets"), [("parallel-sample", "auto"), ("synthetic-ner", "words"), ("synthetic-ner", "auto")]
)
def test_the_map_shows_spaces_of_any_corpus(workspace, bert_folder, corpus, targets):
    some = {"per_type": 2} if corpus == "synthetic-ner" else {"corpus": corpus, "sentences": 3}
    made = make_space(ExtractConfig(str(bert_folder), ("be", "en"), **some, targets=targets), workspace, Silent())
    view = find_origin(look_at(made.path)).view
    assert view is not None
    assert (view.corpus, set(view.languages), view.targets) == (corpus, {"be", "en"}, targets)
    assert find_space(view.extraction(), made.corpus, workspace).fingerprint == made.fingerprint


@pytest.mark.parametrize(
    "changes", [{"pooling": "max"}, {"layers": -1}, {"tokenize_as": "text"}, {"dtype": "bfloat16"}]
)
def test_the_map_is_not_offered_for_what_it_would_not_find(workspace, bert_folder, changes):
    space = es.extract(str(bert_folder), es.synthetic_ner(["en"], entity="Washington", per_type=5), **changes)
    assert find_origin(look_at(space.path)).view is None


def test_texts_are_escaped(workspace, bert_folder):
    evil = "<img src=x onerror=alert(1)>"
    space = es.extract(str(bert_folder), Corpus(f"{evil}*b*", [Sentence((evil, "a</td>"), 'x"><i>')]))
    one = look_at(space.path)
    words = read_words(one)
    tables = [facts(made(one)), facts(files(one, words)), word_table(words), size_bar(1, {evil: 5}, 7)]
    assert all("<img" not in table for table in tables)
    assert "&lt;img src=x onerror=alert(1)&gt;" in tables[0]
    assert 'x"><i>' not in tables[2]
    test = spaces_page(space=space.path.name).run()
    assert not test.exception
    assert not any(re.search(r"(?<!\\)<img", one.value) for one in [*test.markdown, *test.caption])


def test_words_that_were_not_found_and_shards_in_float32_are_named(workspace):
    folder = workspace.spaces / ("d" * 32)
    plans = [Plan(0, 1, 2, folder.name), Plan(1, 2, 2, folder.name)]
    corpus = Corpus("two", [Sentence(("a", "b"), "en"), Sentence(("c", "d"), "be")])
    recipe = {"checkpoint": "x", "corpus": "two", "corpus_fingerprint": corpus.fingerprint, "languages": ["en", "be"]}
    head = {"fingerprint": folder.name, "recipe": recipe | {"stored_dtype": "float16"}, "n_words": 4, "dim": 2}
    head |= {"layers": [3], "model_layers": 5, "made_with": {"way": "padded", "threads": 2}}
    store.write_space(folder, head, sentence_table(corpus), plans)
    for index, (plan, language, size) in enumerate(zip(plans, ("en", "be"), (1.0, 1e6), strict=True)):
        columns = {name: [None] * 2 for name in shards.WORDS.names}
        columns |= {"text": corpus[index].words, "language": [language] * 2, "sentence": [index] * 2}
        columns |= {"pieces": ["p q", ""], "n_pieces": [2, 0], "found": [True, False]}
        vectors = np.full((1, 2, 2), size, np.float32)
        shards.write_shard(folder, index, plan, pa.table(columns, schema=shards.WORDS), vectors, "float16", index)
    one = look_at(folder)
    shown = files(one, read_words(one))
    assert shown["Shards"] == "2 of 2, float16 and float32; 1 in float32, for values beyond float16"
    assert shown["Found"] == "2; 2 have no pieces: b, d"
    assert shown["In windows"] == "1 word was read in windows"
    assert shown["Made with"] == "padded pass · threads: 2"
    assert made(one)["Layers"] == "3 of 0 (embeddings) to 4 (output)"
    assert space_table([one])["stored"].tolist() == ["float16 + float32"]
    table = word_table(read_words(one))
    assert table.index("Belarusian") < table.index("English") == table.index("<td>English") + 4
    assert "<i>p</i><i>q</i>" in table
    assert by_family(CODES)[0] == "be"


def test_sizes_of_many_checkpoints_are_gathered():
    bar = size_bar(9, {f"m{number}": 10 - number for number in range(9)}, 10**9)
    widths = [float(width) for width in re.findall(r"width:([\d.]+)%", bar)]
    assert sum(widths) == pytest.approx(100, abs=0.1)
    assert "others" in bar and "m6" not in bar
    assert "1.0 GB free" in bar


def test_a_folder_that_is_removed_meanwhile_is_passed_over(space, workspace, monkeypatch):
    monkeypatch.setattr("inventory.space_folders", lambda workspace: [space.path, workspace.spaces / "gone"])
    assert [one.path for one in stored_spaces(workspace)] == [space.path]


def test_the_link_says_the_words_even_where_they_are_the_usual(space):
    test = spaces_page(space=space.path.name).run()
    [link] = test.get("page_link")
    assert not link.proto.disabled
    assert "words=Washington" in link.proto.query_string
