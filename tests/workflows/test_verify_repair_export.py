import json
from pathlib import Path

import pytest

import embspace as es
from embspace.errors import SettingsError, StoreError
from embspace.progress import Silent
from embspace.workflows import registry
from embspace.workflows.spaces import ExportConfig, RepairConfig, VerifyConfig, run


@pytest.fixture
def space(workspace, bert_folder):
    return es.extract(
        str(bert_folder), es.synthetic_ner(["be", "en"], entity="Washington", per_type=4), shard_bytes=700
    )


class Stages(Silent):
    def __init__(self):
        self.names = []

    def stage(self, name, total=None, unit=""):
        self.names.append(name)


def do(name, config, workspace, progress=None):
    """As a job does it: settings and result in JSON form."""
    return json.loads(json.dumps(registry.run(name, config, workspace, progress or Silent())))


def test_verify_and_repair(space, workspace):
    name, stages = space.path.name, Stages()
    assert do("verify", {"space": name[:10]}, workspace, stages) == {"space": name, "good": True, "problems": []}
    assert stages.names == ["verifying"]
    vectors = space.path / "vectors-00001.npy"
    whole = vectors.read_bytes()
    vectors.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    found = do("verify", {"space": name}, workspace)
    assert not found["good"]
    assert [str(vectors) in problem for problem in found["problems"]] == [True]
    done = do("repair", {"space": name}, workspace)
    assert (done["space"], done["remade"], len(done["problems"])) == (name, [1], 1)
    assert vectors.read_bytes() == whole
    assert do("verify", {"space": name}, workspace)["good"]


def test_repair_takes_another_checkpoint(space, workspace, bert_folder, xlmr_folder):
    (space.path / "vectors-00000.npy").unlink()
    with pytest.raises(es.EmbspaceError):
        run(RepairConfig(space.path.name, str(xlmr_folder)), workspace, Silent())
    assert run(RepairConfig(space.path.name, str(bert_folder), "cpu"), workspace, Silent())["remade"] == [0]


@pytest.mark.parametrize("kind", ["zarr", "safetensors", "numpy", "projector"])
def test_export(space, workspace, kind):
    target = workspace.root / "exports" / "one"
    config = {"space": space.path.name, "output": str(target), "kind": kind, "layers": [1]}
    done = do("export", config, workspace)
    assert done == {"space": space.path.name, "kind": kind, "path": str(target)}
    assert Path(done["path"]).exists()
    with pytest.raises(StoreError, match="exists already"):
        do("export", config, workspace)
    assert do("export", {**config, "force": True}, workspace) == done


def test_a_whole_name_is_found_beside_a_copy_whose_name_begins_with_it(space, workspace):
    (workspace.spaces / f"{space.path.name}-copy").mkdir()
    assert run(VerifyConfig(space.path.name), workspace, Silent())["good"]
    with pytest.raises(StoreError, match="2 spaces"):
        run(VerifyConfig(space.path.name[:8]), workspace, Silent())


@pytest.mark.parametrize(
    ("name", "config", "said"),
    [
        ("verify", {"space": ""}, "space is empty"),
        ("repair", {"space": ""}, "space is empty"),
        ("export", {"space": "a", "output": " "}, "output is empty"),
        ("export", {"space": "a", "output": "x", "layers": []}, "layers is empty"),
        ("export", {"space": "a", "output": "x", "kind": "excel"}, '"zarr" or "safetensors" or "numpy" or "projector"'),
        ("verify", {}, "the setting 'space' is missing"),
    ],
)
def test_wrong_settings_are_named(workspace, name, config, said):
    with pytest.raises(SettingsError, match=said):
        do(name, config, workspace)


def test_a_layer_that_is_not_stored_and_a_space_that_is_not_there(space, workspace, tmp_path):
    with pytest.raises(SettingsError, match="There is no layer 9"):
        run(ExportConfig(space.path.name, str(tmp_path / "x"), layers=(9,)), workspace, Silent())
    with pytest.raises(StoreError, match="No spaces in"):
        run(VerifyConfig("zzz"), workspace, Silent())
    with pytest.raises(StoreError, match="No spaces in"):
        run(VerifyConfig("../spaces"), workspace, Silent())
