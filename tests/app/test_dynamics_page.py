"""The page of training dynamics, without a browser."""

import base64
import json
import shutil
import time

import numpy as np
import plotly.graph_objects as go
import pytest
from app_views import errors, field, opened, text
from two_trainings import BELARUSIAN, ENGLISH, STEPS, config

import state
from course import Course, course_from_address, intervals, spread, usual_interval
from embspace.jobs.job import State
from embspace.jobs.supervisor import all_jobs
from embspace.storage import write_json
from embspace.workflows.settings import to_json
from embspace.workspace import Workspace
from trainings import find_training, labels_of, read_trainings
from work import title


@pytest.fixture
def room(trained, monkeypatch):
    """The workspace of the trainings, the current one; tests only add maps, results and jobs to it."""
    monkeypatch.setenv("EMBSPACE_WORKSPACE", str(trained.root))
    return trained


def page(**parameters):
    return opened("dynamics", **parameters)


def shown(test):
    """The figure on the page."""
    [chart] = test.get("plotly_chart")
    return go.Figure(json.loads(chart.proto.spec))


def by_lines(test, index=0):
    """The figure that the lines of Python on the page make."""
    lines = test.code[index].value.splitlines()
    names: dict = {}
    exec("\n".join([*lines[:-1], f"figure = {lines[-1]}"]), names)
    return names["figure"]


def same(one, other):
    """Two figures draw the same numbers under the same title."""
    assert len(one.data) == len(other.data) > 0
    for left, right in zip(one.data, other.data, strict=True):
        for part in ("x", "y", "z"):
            first, second = column(left, part), column(right, part)
            if first.dtype.kind in "fiu" and second.dtype.kind in "fiu":
                np.testing.assert_allclose(first.astype(float), second.astype(float), atol=1e-5)
            else:
                assert [str(value) for value in first.ravel()] == [str(value) for value in second.ravel()]
    assert (one.layout.title.text or "") == (other.layout.title.text or "")


def column(trace, part):
    """Numbers of a trace, as they are sent to a browser or as they are."""
    values = trace[part] if part in trace else None  # noqa: SIM401 - a trace has no get
    if isinstance(values, dict):
        shape = values.get("shape")
        found = np.frombuffer(base64.b64decode(values["bdata"]), np.dtype(values["dtype"]))
        return found.reshape([int(one) for one in shape.split(",")]) if shape else found
    return np.array(["nothing"]) if values is None else np.asarray(values)


def test_an_empty_workspace_says_what_to_do(workspace):
    test = page()
    assert "Fine-tune a model" in test.info[0].value
    assert not test.get("plotly_chart")


def test_views_go_to_the_address_and_back():
    view = Course("a/1", ("b", "c"), "map", 10, 3, 12, "pca", "type", "none", "grouping", 2, 50, "be", "types", "en")
    address = {name: value if isinstance(value, list) else [value] for name, value in view.to_address().items()}
    assert course_from_address(address) == (view, [])
    assert Course().to_address() == {}
    found, said = course_from_address({"shown": ["x"], "every": ["0"], "job": ["job:a"], "beside": ["a"] * 12})
    assert found == Course("a") and len(said) == 3
    assert "Possible are isotropy, correlation" in said[0]


def test_steps_and_intervals():
    assert spread([0, 50], 4) == [0, 50]
    assert spread(range(0, 501, 50), 4) == [0, 150, 350, 500]
    assert spread(range(0, 501, 50), 4, ended=False) == [0, 200, 400]
    assert spread(range(0, 601, 50), 4, ended=False) == [0, 200, 400, 600]
    assert intervals([0, 10, 20, 35]) == [10, 20]
    ended = [*range(0, 534, 50), 534]  # the last step comes sooner
    assert intervals(ended) == [*range(50, 501, 50)] and usual_interval(ended) == 50
    assert intervals([0]) == intervals([]) == []
    assert usual_interval(range(0, 101, 10)) == 50
    assert usual_interval(range(0, 81, 10)) == usual_interval([0, 10, 25, 35]) == 10
    assert usual_interval([7, 57]) == 50
    assert usual_interval([]) == usual_interval([3]) == 0


def test_trainings_are_found_by_their_jobs_and_told_apart(room):
    found = state.trainings()
    assert [one.label for one in found] == ["Belarusian", "English"]
    assert found[1].steps == STEPS and found[1].n_layers == 3
    assert found[0].tests == found[1].tests and len(found[0].tests) == 1
    assert find_training(ENGLISH, found) == found[1] == find_training(f"{ENGLISH}/0", found)
    assert find_training(f"{ENGLISH}/1", found) is None
    assert labels_of([found[1], found[1]])[found[1].name] == "English"
    twin = state.trainings()[0]
    assert set(labels_of([found[0], twin]).values()) == {"Belarusian"}


def test_a_space_that_is_removed_is_passed_over(room, tmp_path):
    copy = Workspace(tmp_path / "copy")
    shutil.copytree(room.root / "checkpoints", copy.root / "checkpoints", symlinks=True)
    shutil.copytree(room.root / "spaces", copy.root / "spaces")
    known: dict = {}
    [one] = [one for one in read_trainings(copy, known) if ENGLISH in one.jobs]
    shutil.rmtree(one.spaces[4])
    [again] = [one for one in read_trainings(copy, known) if ENGLISH in one.jobs]
    assert again.steps == [0, 2, 6, 8]
    shutil.rmtree(copy.root / "spaces")
    [bare] = [one for one in read_trainings(copy, known) if ENGLISH in one.jobs]
    assert bare.steps == [] and bare.n_layers == 0


def test_the_change_of_isotropy_is_that_of_its_lines(room):
    test = page(job=ENGLISH)
    assert not errors(test)
    assert test.query_params["job"] in (ENGLISH, [ENGLISH])
    figure = shown(test)
    assert {trace.name for trace in figure.data} == {"Belarusian", "Russian", "English"}
    assert column(figure.data[0], "x").tolist() == [0, 2, 4, 6]
    same(figure, by_lines(test))
    field(test, "selectbox", "h").set_value(4).run()
    field(test, "select_slider", "Layer").set_value(1).run()
    assert not errors(test)
    figure = shown(test)
    assert column(figure.data[0], "x").tolist() == [0, 2, 4] and figure.layout.title.text == "layer 1"
    same(figure, by_lines(test))
    parameters = {name: test.query_params[name] for name in ("job", "every", "layer")}
    again = page(**{name: value if isinstance(value, str) else value[-1] for name, value in parameters.items()})
    same(shown(again), figure)
    assert len(test.dataframe[0].value) == 9


def test_trainings_side_by_side_have_a_panel_each(room):
    test = page(job=ENGLISH, beside=[BELARUSIAN])
    figure = shown(test)
    assert [one.text for one in figure.layout.annotations][:2] == ["trained on English", "trained on Belarusian"]
    same(figure, by_lines(test))
    field(test, "segmented_control", "Show").set_value("correlation").run()
    assert not errors(test)
    same(shown(test), by_lines(test))
    assert "shown" in test.query_params


def test_a_map_of_steps_plays_and_is_that_of_its_lines(room):
    test = page(job=ENGLISH, shown="map", steps="3", method="tsne")
    [job] = [one for one in all_jobs(room) if one.workflow == "project"]
    assert job.wait(120) is State.FINISHED, job.error
    assert title(job, ()) == "Map of 3 stored spaces"
    before = sorted(room.maps.iterdir())
    test.run()
    assert not errors(test)
    figure = shown(test)
    [slider] = figure.layout.sliders
    assert [one.label for one in slider.steps] == ["step 0", "step 4", "step 8"]
    assert len({tuple(axis.range) for axis in figure.select_xaxes()}) == 1
    made = by_lines(test)
    assert sorted(room.maps.iterdir()) == before
    assert [one.label for one in made.layout.sliders[0].steps] == ["step 0", "step 4", "step 8"]
    same(figure, made)
    assert any("trustworthiness" in one.value for one in test.caption)


def test_a_map_that_is_not_wanted_any_more_is_stopped(room):
    test = page(job=BELARUSIAN, shown="map", method="umap")
    [job] = [one for one in all_jobs(room) if one.config["method"] == "umap"]
    field(test, "segmented_control", "Method").set_value("pca").run()
    assert job.wait(60) in (State.STOPPED, State.FINISHED)
    [other] = [one for one in all_jobs(room) if one.workflow == "project" and one.config["method"] == "pca"]
    assert other.wait(60) is State.FINISHED, other.error
    assert not errors(test.run()) and len(test.get("plotly_chart")) == 1


def test_similarity_over_steps_is_made_by_a_job_and_is_that_of_its_lines(room):
    test = page(job=ENGLISH, shown="analysis", steps="3")
    [job] = [one for one in all_jobs(room) if one.workflow == "analyze"]
    assert job.wait(120) is State.FINISHED, job.error
    test.run()
    assert not errors(test)
    figure = shown(test)
    assert {trace.name for trace in figure.data} == {"Belarusian", "Russian"}
    assert all(column(trace, "x").tolist() == [0, 4, 8] for trace in figure.data)
    same(figure, by_lines(test))
    field(test, "selectbox", "To").set_value("be").run()
    assert {trace.name for trace in shown(test).data} == {"English", "Russian"}
    field(test, "selectbox", "Figure").set_value(1).run()
    field(test, "select_slider", "Step").set_value(4).run()
    assert not errors(test)
    same(shown(test), by_lines(test))
    assert test.query_params["step"] in ("4", ["4"])
    field(test, "selectbox", "Analysis").set_value("isotropy").run()
    assert not errors(test)


def test_the_mean_cosine_over_steps_needs_no_job(room):
    page(job=ENGLISH)
    before = len(all_jobs(room))
    test = page(job=ENGLISH, shown="analysis", analysis="isotropy")
    assert not errors(test) and len(all_jobs(room)) == before
    same(shown(test), by_lines(test))


def test_confusion_of_two_trainings_is_that_of_its_lines(room):
    test = page(job=ENGLISH, beside=[BELARUSIAN], shown="confusion")
    assert not errors(test)
    figure = shown(test)
    assert {one.text for one in figure.layout.annotations} >= {"trained on English", "trained on Belarusian"}
    same(figure, by_lines(test))
    assert len(test.dataframe[0].value) == 18
    field(test, "selectbox", "Language").set_value("be").run()
    field(test, "segmented_control", "Labels").set_value("types").run()
    assert not errors(test)
    same(shown(test), by_lines(test))
    assert test.query_params["language"] in ("be", ["be"])


def test_one_training_alone_is_shown_with_what_to_do(room):
    test = page(job=ENGLISH, shown="confusion")
    assert not errors(test) and "Beside it" in text(test, "caption")
    assert len(test.get("plotly_chart")) == 1


def test_a_training_under_way_is_followed(room, monkeypatch):
    """A job that waits for its device counts as under way."""
    monkeypatch.setattr("session.jobs.attend", lambda workspace: False)
    folder = room.jobs / ENGLISH
    record = {"version": 1, "workflow": "train", "key": "k", "created": time.time(), "workspace": str(room.root)}
    launch = {"device": "cpu", "environment": {}, "folder": "."}
    write_json(folder / "job.json", record | {"config": to_json(config("mini", "en")), "launch": launch})
    try:
        test = page(job=ENGLISH)
        assert "▶ English: waits for cpu" in text(test, "caption")
        assert field(test, "selectbox", "Training").options[1].startswith("▶ English · ")
        assert len(test.get("plotly_chart")) == 1
    finally:
        shutil.rmtree(folder)
    test = page(job=ENGLISH)
    assert "▶" not in text(test, "caption")


def test_an_address_of_a_training_that_is_not_here_says_so(room):
    test = page(job="gone*", shown="nothing", beside=[BELARUSIAN, "other*", ENGLISH])
    said = text(test, "warning")
    assert "the training gone*" in said and "shown = nothing" in said
    assert f"asks for other*, {BELARUSIAN} beside it" in said or f"asks for {BELARUSIAN}, other* beside it" in said
    assert test.query_params["beside"] in (ENGLISH, [ENGLISH])
    assert text(test.run(), "warning") == said  # until something else is chosen
    field(test, "segmented_control", "Show").set_value("correlation").run()
    assert not test.warning
    assert len(test.get("plotly_chart")) == 1
