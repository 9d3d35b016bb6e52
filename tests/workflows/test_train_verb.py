"""`es.train`: settings as they are written in TOML, found again."""

from pathlib import Path

import pytest

import embspace as es
from embspace.errors import SettingsError
from embspace.training.config import TrainConfig
from embspace.training.part import Part

SMALL = {
    "train": [{"languages": ["en"], "per_type": 4}],
    "test": [{"split": "test", "languages": ["en"], "per_type": 2}],
    "dev_share": 0.0,
    "steps": 2,
    "probe_every": 0,
    "threads": 1,
}


def test_settings_a_file_and_a_config_are_one_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBSPACE_WORKSPACE", str(tmp_path / "workspace"))
    first = es.train(**SMALL)
    assert set(first["runs"][0]["scores"]) == {"en"}
    config = TrainConfig(
        train=(Part(languages=("en",), per_type=4),),
        test=(Part(split="test", languages=("en",), per_type=2),),
        dev_share=0.0,
        probe_every=0,
        threads=1,
    )
    assert es.train(config, steps=2) == first
    file = tmp_path / "config.toml"
    file.write_text(
        'dev_share = 0.0\nprobe_every = 0\nthreads = 1\n[[train]]\nlanguages = ["en"]\nper_type = 4\n'
        '[[test]]\nsplit = "test"\nlanguages = ["en"]\nper_type = 2\n'
    )
    assert es.train(file, steps=2) == first
    assert [path.name for path in (tmp_path / "workspace" / "checkpoints").iterdir()] == [first["runs"][0]["key"]]


def test_what_is_not_possible_is_said_together() -> None:
    with pytest.raises(SettingsError, match=r"(?s)unknown setting 'foo'.*epochs = 0: expected 1 or more"):
        es.train(epochs=0, foo=1)


@pytest.mark.parametrize(
    ("task", "objectives", "freeze"), [("adjustment", {}, 0), ("ner", {"adjustment": 0.01}, 0), ("adjustment", {}, 4)]
)
def test_a_loss_that_reads_frozen_layers_alone_is_refused(
    tmp_path: Path, monkeypatch, task, objectives, freeze
) -> None:
    monkeypatch.setenv("EMBSPACE_WORKSPACE", str(tmp_path / "workspace"))
    aligned = [{"corpus": "parallel-sample", "languages": ["tr"], "sentences": 40}]
    parts = {"train": aligned, "test": []} if task == "adjustment" else {"aligned": aligned, "train": SMALL["train"]}
    layers = {"adjust": {"layers": [0] if freeze == 0 else [-1]}}
    with pytest.raises(SettingsError, match=r"Nothing that is trained changes the loss of adjustment: .*Freeze fewer"):
        es.train(**{**SMALL, **parts}, task=task, objectives=objectives, freeze=freeze, **layers)
