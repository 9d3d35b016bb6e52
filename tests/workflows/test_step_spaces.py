"""Spaces of steps by the names of trainings, without a model: logs and spaces that say where they are from."""

import shutil
from dataclasses import replace

import pytest

from embspace.corpora.synthetic_ner import synthetic_ner
from embspace.encoders.loading import load_encoder
from embspace.encoders.trained import find_runs
from embspace.errors import EncoderError, SettingsError, StoreError
from embspace.jobs.store import Events
from embspace.progress import Silent
from embspace.spaces.extraction import extract
from embspace.storage import write_json
from embspace.workflows.project import ProjectConfig, make_maps
from embspace.workflows.step_spaces import step_spaces


@pytest.fixture
def probed(workspace, bert_folder):
    """Two seeds of one job: folder of the spaces by (seed, step), the later step logged first."""
    corpus, found = synthetic_ner(["be", "en"], per_type=2), {}
    for seed in (1, 0):
        folder = workspace.checkpoints / f"{seed}abc"
        record = {"version": 1, "seed": seed, "jobs": ["j1", "j2"], "state": "training", "config": {"seeds": [0, 1]}}
        write_json(folder / "run.json", record | {"created": float(seed)})
        for step in (50, 0):
            encoder = load_encoder(str(bert_folder))
            encoder.name, encoder.fingerprint = f"job:j1/{seed}@{step}", f"{seed}-{step}"
            space = extract(encoder, corpus, workspace=workspace, progress=Silent())
            Events(folder / "log.jsonl").append("probe", step=step, space=space.fingerprint, fingerprint="", seconds=1)
            found[seed, step] = space.path
    return found


def test_spaces_of_steps_by_seed_and_step(probed):
    spaces = step_spaces("job:j1")
    assert [one.path for one in spaces] == [probed[0, 0], probed[0, 50], probed[1, 0], probed[1, 50]]
    assert [one.recipe["checkpoint"] for one in step_spaces(["job:j2/1@50", "run:0"])] == [
        *("job:j1/1@50", "job:j1/0@0", "job:j1/0@50"),
    ]
    assert [one.path for one in step_spaces(["job:j1/1", "job:j1/1@0"])] == [probed[1, 0], probed[1, 50]]
    assert [run.seed for run in find_runs("job:j1")] == [0, 1]


def test_what_is_not_there_is_said(probed):
    with pytest.raises(EncoderError, match="there is no such run in the workspace; there are: run:"):
        step_spaces("job:other")
    with pytest.raises(EncoderError, match="'mini' names no run"):
        step_spaces("mini")
    with pytest.raises(SettingsError, match="no space of job:j1/0@7 is stored; train with probe_every"):
        step_spaces("job:j1/0@7")
    shutil.rmtree(probed[0, 0])
    assert [one.path for one in step_spaces("job:j1/0")] == [probed[0, 50]]


def test_a_map_of_stored_spaces_is_made_from_them_alone(probed, workspace):
    names = tuple(probed[0, step].name for step in (0, 50))
    config = ProjectConfig(spaces=names, method="pca")
    space, maps = make_maps(config, workspace, Silent())
    assert space.path == probed[0, 0]
    assert list(dict.fromkeys(maps["checkpoint"])) == ["job:j1/0@0", "job:j1/0@50"] and set(maps["layer"]) == {2}
    with pytest.raises(SettingsError, match="exclude each other"):
        replace(config, beside=("mini",))
    with pytest.raises(StoreError, match="There is no space 0000"):
        make_maps(replace(config, spaces=("0000",)), workspace, Silent())
