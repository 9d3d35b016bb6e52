"""A workspace that a call is given is where its checkpoints are looked up, whatever the current one is."""

import pytest

import embspace as es
from embspace.errors import EncoderError
from embspace.training.config import TrainConfig
from embspace.training.part import Part
from embspace.workspace import Workspace, current_workspace
from small_runs import TESTED


@pytest.fixture
def elsewhere(taught, tmp_path, monkeypatch) -> Workspace:
    """The current workspace, in which nothing was trained."""
    monkeypatch.setenv("EMBSPACE_WORKSPACE", str(tmp_path / "elsewhere"))
    return current_workspace()


def test_steps_of_runs_are_found_there(taught, elsewhere):
    name = "job:en-job@best"
    assert len(es.predict(name, ["I am going to New York ."], language="en", workspace=taught)) == 7
    assert es.extract(name, es.synthetic_ner(["en"], per_type=1), workspace=taught).n_words == 3
    assert es.extract(name, es.synthetic_ner(["ru"], per_type=4), workspace=taught, workers=2).n_words == 12
    assert len(es.step_spaces("job:en-job", workspace=taught)) == 3
    more = TrainConfig(
        checkpoint=name, train=(Part(languages=("ru",), per_type=2),), test=(TESTED,), steps=1, probe_every=0
    )
    result = es.train(more, workspace=taught)
    assert (taught.checkpoints / result["runs"][0]["key"]).is_dir()
    assert current_workspace() == elsewhere and not elsewhere.root.exists()


def test_an_error_leaves_the_current_workspace_as_it_was(taught, elsewhere):
    with pytest.raises(EncoderError, match="there is no such run"):
        es.predict("job:nothing@best", ["a"], language="en", workspace=taught)
    assert current_workspace() == elsewhere
    with pytest.raises(EncoderError, match="there are: none"):
        es.predict("job:en-job@best", ["a"], language="en")
