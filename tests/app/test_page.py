import json
import os
import pickle
import shutil
import subprocess
import sys
import tomllib

import pandas as pd
import pytest
from app_views import ROOT, app, errors, small

import embspace as es
from choice import Choice
from embspace.jobs.job import State
from embspace.jobs.report import Report
from embspace.jobs.supervisor import all_jobs, submit
from embspace.workflows.settings import to_json
from map_lines import map_lines
from widgets.say import plain
from widgets.show_job import describe
from widgets.show_map import frame
from widgets.show_selection import marked, sentence_table


def run_until_stored(test, workspace):
    """Run the page, and again once its job has ended."""
    test.run()
    assert not test.exception
    [job] = all_jobs(workspace)
    assert job.wait(120) is State.FINISHED, job.error
    return test.run()


def test_a_first_visit_starts_one_job_and_shows_progress_and_sentences(workspace, bert_folder):
    test = app(small(bert_folder)).run()
    assert not test.exception
    [job] = all_jobs(workspace)
    assert job.workflow == "project"
    assert job.config == to_json(small(bert_folder).config())
    assert [button.label for button in test.button if button.key == f"cancel_{job.id}"] == ["Cancel"]
    assert any("<mark>Washington</mark>" in element.proto.body for element in test.get("html"))
    test.run()
    assert len(all_jobs(workspace)) == 1
    assert job.wait(120) is State.FINISHED, job.error


def test_a_stored_map_is_shown_without_a_job_and_in_the_address(workspace, bert_folder):
    view = small(bert_folder)
    run_until_stored(app(view), workspace)
    test = app(view).run()
    assert not errors(test)
    assert len(all_jobs(workspace)) == 1
    assert len(test.get("plotly_chart")) == 3
    [slider] = test.select_slider
    assert slider.options == ["embeddings", "layer 1", "output"]
    slider.set_value(0).run()
    assert test.query_params["layers"] == "0"
    assert len(all_jobs(workspace)) == 1


def test_cancel_then_start_again(workspace, bert_folder):
    test = app(small(bert_folder)).run()
    [job] = all_jobs(workspace)
    test.button(key=f"cancel_{job.id}").click().run()
    assert job.wait(60) is State.STOPPED
    test.run()
    assert "Stopped" in test.info[0].value
    test.button(key=f"again_{job.id}").click().run()
    again = all_jobs(workspace)
    assert len(again) == 2
    assert again[0].wait(120) is State.FINISHED


def test_a_view_left_behind_stops_its_job(workspace, bert_folder):
    test = app(small(bert_folder)).run()
    [first] = all_jobs(workspace)
    next(one for one in test.segmented_control if one.key.startswith("map_method")).set_value("pca").run()
    assert first.wait(60) in (State.STOPPED, State.FINISHED)
    assert len(all_jobs(workspace)) == 2
    assert all_jobs(workspace)[0].config["method"] == "pca"
    all_jobs(workspace)[0].wait(120)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"checkpoint": "./no/such/folder"}, "The folder ./no/such/folder does not exist"),
        ({"perplexity": 70.0}, "possible are 1 to 6"),
    ],
)
def test_what_cannot_be_done_is_said(workspace, bert_folder, changes, said):
    test = app(small(bert_folder, **changes)).run()
    for job in all_jobs(workspace):
        job.wait(120)
        test.run()
    [message] = errors(test)
    assert said in message
    assert "Traceback" not in message


def broken(folder, tmp_path, kind):
    """A copy of a checkpoint with a flaw."""
    copy = shutil.copytree(folder, tmp_path / kind)
    weights = copy / "model.safetensors"
    if kind == "cut":
        weights.write_bytes(weights.read_bytes()[:-1000])
    else:
        weights.unlink()
        (copy / "pytorch_model.bin").write_bytes(pickle.dumps(os.getcwd))
    return copy


@pytest.mark.parametrize(("kind", "said"), [("cut", "damaged or cut off"), ("code", "pytorch_model.bin")])
def test_a_flawed_checkpoint_is_said_and_the_map_before_stays(workspace, bert_folder, tmp_path, kind, said):
    test = run_until_stored(app(small(bert_folder)), workspace)
    assert len(test.get("plotly_chart")) == 3
    field = next(one for one in test.text_input if one.label == "Checkpoint")
    field.set_value(str(broken(bert_folder, tmp_path, kind))).run()
    next(button for button in test.button if button.label == "Show map").click().run()
    job = all_jobs(workspace)[0]
    assert job.wait(120) is State.FAILED
    test.run()
    [message] = errors(test)
    assert said in message
    assert "Try again" in [button.label for button in test.button]
    assert len(test.get("plotly_chart")) == 3


def test_a_bad_address_falls_back_with_a_notice(workspace, bert_folder):
    view = small(bert_folder)
    run_until_stored(app(view), workspace)
    test = app(view, color="xx").run()
    assert "xx" in test.warning[0].value
    assert "color" not in test.query_params
    assert test.run().warning  # a rerun of the page alone does not take it away
    assert not next(one for one in test.selectbox if "map_color" in one.key).set_value("n_pieces").run().warning


def test_an_unknown_language_shows_all(workspace, bert_folder):
    test = app(Choice(checkpoint=str(bert_folder), per_type=2, perplexity=3.0), languages=["be", "xx"]).run()
    assert "'xx'" in test.warning[0].value
    assert len(test.pills[0].value if hasattr(test, "pills") else test.button_group[0].value) == 11
    for job in all_jobs(workspace):
        job.cancel()
        job.wait(60)


def test_pages_load_no_model_library(workspace, bert_folder):
    view = small(bert_folder)
    submit("project", view.config(), workspace).wait(120)
    code = (
        "import sys, json; sys.path[:0] = json.loads(sys.argv[1])\n"
        "from app_views import app, small\n"
        "test = app(small(sys.argv[2])).run()\n"
        "assert not test.exception and len(test.get('plotly_chart')) == 3, test\n"
        "print(json.dumps([name for name in ('torch', 'transformers', 'umap', 'openTSNE') if name in sys.modules]))"
    )
    paths = json.dumps([str(ROOT / "app"), str(ROOT / "tests" / "app")])
    done = subprocess.run(
        [sys.executable, "-c", code, paths, str(bert_folder)], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"languages": ("be", "en", "ru"), "words": ("Washington", "Paris"), "method": "umap", "neighbors": 5},
        {"method": "pca", "dimensions": 3, "transforms": ("center", "z"), "color": "n_pieces", "shape": "language"},
        {"method": "pca", "frame": "joint", "words": (), "targets": "words", "shape": "none"},
        {"layers": (0, -1)},
        {"lines": True, "play": "layers"},
    ],
)
def test_the_lines_of_python_make_the_figure(workspace, bert_folder, changes):
    view = small(bert_folder, **changes)
    lines = map_lines(view)
    made = {}
    exec(compile(lines, "lines", "exec"), made)
    assert set(made["places"]["language"]) == set(view.languages)
    assert made["places"].attrs["settings"]["method"] == view.method
    assert made["places"].attrs["settings"]["space"] == made["space"].fingerprint
    shown = [0, 1, 2] if view.play == "layers" or view.frame == "joint" else [layer % 3 for layer in view.layers]
    assert sorted(made["places"]["layer"].unique()) == shown
    assert made["places"].attrs["settings"]["transforms"] == list(view.transforms)
    figure, pieces, cosines = (eval(line, {"es": es, **made}) for line in lines.splitlines()[-3:])
    assert len(pieces.data)
    assert len(cosines.data)
    drawn = sum(len(trace.x) for trace in figure.data if trace.customdata is not None)
    assert drawn == made["space"].n_words * len(view.layers)


def test_the_lines_find_what_the_page_stored(workspace, bert_folder):
    view = small(bert_folder)
    job = submit("project", view.config(), workspace)
    assert job.wait(120) is State.FINISHED
    made = {}
    before = {path: path.stat().st_mtime_ns for path in workspace.maps.iterdir()}
    exec(map_lines(view), made)
    assert made["space"].fingerprint == job.result["space"]
    assert {path: path.stat().st_mtime_ns for path in workspace.maps.iterdir()} == before


def test_the_server_listens_here_alone_and_reports_to_nobody():
    settings = tomllib.loads((ROOT / "app" / ".streamlit" / "config.toml").read_text("utf-8"))
    assert settings["server"]["address"] == "127.0.0.1"
    assert settings["browser"]["gatherUsageStats"] is False


def test_texts_are_escaped():
    text = 'a <b onclick="x">&Paris</b>'
    assert marked(text, 18, 23) == "a &lt;b onclick=&quot;x&quot;&gt;&amp;<mark>Paris</mark>&lt;/b&gt;"
    rows = pd.DataFrame({"language": ['x"><i>'], "type": ["<u>"], "context": [text], "start": [18], "stop": [23]})
    table = sentence_table(rows)
    assert "<i>" not in table
    assert "<u>" not in table
    assert "<b " not in table


def test_progress_is_one_line():
    assert describe(None, 3.2) == "Starting · 3 s"
    report = Report("layer 3: t-SNE", 1350, 7500, "iterations", 47.2, 130.0)
    assert (
        describe(report, 0) == "Layer 3: t-SNE · 1,350 of 7,500 iterations · 47 iterations per second · 2 min 10 s left"
    )
    assert describe(Report("reading"), 0) == "Reading"


def test_messages_are_shown_as_they_are_with_code_kept():
    assert plain("give `a_b` or [x](http://y) <i>") == r"give `a_b` or \[x\](http\://y) \<i\>"
    assert plain("one ` and *two*") == r"one ' and \*two\*"


def test_the_frame_holds_all_points_and_has_the_aspect_of_the_place():
    places = pd.DataFrame({"layer": [0, 0], "x": [-10.0, 10.0], "y": [0.0, 4.0]})
    spans = frame(places, places, 1.5)
    width, height = (spans[axis][1] - spans[axis][0] for axis in "xy")
    assert width / height == pytest.approx(1.5)
    assert spans["x"][0] < -10 < 10 < spans["x"][1]
    assert spans["y"][0] < 0 < 4 < spans["y"][1]
    assert set(frame(places.assign(z=1.0), places.assign(z=1.0), 1.5)) == {"x", "y", "z"}


def test_a_layer_much_wider_than_the_others_does_not_shrink_them():
    near = [pd.DataFrame({"layer": number, "x": [-10.0, 10.0], "y": [-8.0, 8.0]}) for number in (1, 2, 3)]
    far = pd.DataFrame({"layer": 0, "x": [-10.0, 100.0], "y": [-8.0, 8.0]})
    every = pd.concat([far, *near])
    assert frame(near[0], every, 1.5) == frame(near[2], every, 1.5) == frame(near[0], pd.concat(near), 1.5)
    assert frame(far, every, 1.5)["x"][1] > 100
