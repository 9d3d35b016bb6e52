import json
from pathlib import Path

import pytest
from job_folders import idle_job, wait_in_line

from embspace.errors import SettingsError
from embspace.jobs import devices
from embspace.jobs.devices import default_device, device_name, only
from embspace.jobs.job import State
from embspace.jobs.launch import Launch
from embspace.jobs.store import RECORD


@pytest.mark.parametrize(
    ("device", "visible", "name"),
    [
        ("cpu", None, "cpu"),
        ("cuda", None, "cuda:0"),
        ("cuda:1", None, "cuda:1"),
        ("cuda", "3", "cuda:3"),
        ("cuda:1", "2, 5", "cuda:5"),
        ("cuda:0", "GPU-1a", "cuda:GPU-1a"),
        ("mps", "", "mps"),
    ],
)
def test_a_device_is_called_as_the_machine_calls_it(device, visible, name):
    assert device_name(device, {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}) == name


@pytest.mark.parametrize(
    ("device", "visible", "message"),
    [
        ("gpu", None, "There is no device 'gpu': expected cpu, mps, cuda or cuda:N"),
        ("cuda:1", "7", "There is no device 'cuda:1': CUDA_VISIBLE_DEVICES shows 1"),
        ("cuda", "", "CUDA_VISIBLE_DEVICES shows 0"),
        ("cuda:1", "4,-1,5", "CUDA_VISIBLE_DEVICES shows 1"),
    ],
)
def test_a_device_that_is_not_there_is_refused(device, visible, message):
    with pytest.raises(SettingsError, match=message):
        device_name(device, {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible})


@pytest.mark.parametrize(
    ("files", "environment", "name"),
    [
        ([], {}, "cpu"),
        (["nvidia0", "nvidiactl"], {}, "cuda:0"),
        (["nvidiactl"], {}, "cpu"),
        (["kfd"], {}, "cuda:0"),
        (["nvidia0"], {"CUDA_VISIBLE_DEVICES": "2,3"}, "cuda:2"),
        (["nvidia0"], {"CUDA_VISIBLE_DEVICES": ""}, "cpu"),
        (["nvidia0"], {"ACCELERATE_USE_CPU": "true"}, "cpu"),
        ([], {"CUDA_VISIBLE_DEVICES": "0"}, "cpu"),
    ],
)
def test_without_a_word_it_is_the_first_gpu_that_is_seen(tmp_path, monkeypatch, files, environment, name):
    monkeypatch.setattr(devices, "DEV", tmp_path)
    monkeypatch.setattr(devices.platform, "system", lambda: "Linux")
    for file in files:
        (tmp_path / file).touch()
    assert default_device(environment) == name


def test_a_process_sees_one_device_alone():
    assert only("cuda:3") == {"CUDA_VISIBLE_DEVICES": "3"}
    assert only("cpu") == {"CUDA_VISIBLE_DEVICES": "", "ACCELERATE_USE_CPU": "true"}


def test_a_setting_names_the_queue_and_hides_no_device(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    launch = Launch.here(None, True, {"device": "cuda:1"})
    assert launch.device == "cuda:1" and "CUDA_VISIBLE_DEVICES" not in launch.environment
    assert Launch.here("cuda:2", True, {"device": "cuda:0"}).environment["CUDA_VISIBLE_DEVICES"] == "2"
    assert Launch.here(None, False, {"device": "xpu:7"}).device is None, "only what waits needs a name to wait for"


def test_a_job_that_waits_gets_what_its_submitter_had_and_no_secret_is_kept(workspace, monkeypatch, tmp_path):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setenv("HF_HOME", "/models")
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setenv("EMBSPACE_WORKSPACE", "/elsewhere")
    monkeypatch.chdir(tmp_path)
    job = wait_in_line(workspace, device="cuda:2", then="where")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.chdir("/")
    assert job.wait(20) is State.FINISHED
    assert job.result == {
        "cwd": str(tmp_path),
        "OMP_NUM_THREADS": "7",
        "HF_HOME": "/models",
        "CUDA_VISIBLE_DEVICES": "2",
        "EMBSPACE_JOB": job.id,
    }
    assert "hf_secret" not in (job.folder / RECORD).read_text()


def test_a_job_starts_in_the_workspace_where_its_folder_is_gone(workspace, tmp_path):
    here = str(Path(__file__).parent)
    launch = {"device": None, "cwd": str(tmp_path / "gone"), "environment": {"PYTHONPATH": here}}
    job = idle_job(workspace, launch=launch, config={"then": "where"})
    job.launch.start(job.folder, job.workspace)
    assert job.wait(20) is State.FINISHED and job.result["cwd"] == str(workspace.root)


def test_a_record_of_before_there_was_a_queue_is_read(workspace):
    job = idle_job(workspace)
    record = json.loads((job.folder / RECORD).read_text())
    del record["launch"]
    (job.folder / RECORD).write_text(json.dumps(record))
    assert type(job).open(job.folder).device is None
