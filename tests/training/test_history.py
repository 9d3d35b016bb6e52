import json

import pytest

from embspace.encoders.trained import RECORD, VERSION, open_run
from embspace.errors import EncoderError, SettingsError
from embspace.training.history import training_log

LINES = (
    {"event": "note", "part": "dev", "text": "a note"},
    {
        "event": "step",
        "step": 10,
        "epoch": 0.5,
        "losses": {"ner": 2.0, "cloze": 3.0},
        "rate": 1e-4,
        "gradient_norm": 5.0,
    },
    {"event": "probe", "step": 10, "fingerprint": "x", "space": "y", "seconds": 1.0},
    {
        "event": "step",
        "step": 20,
        "epoch": 1.0,
        "losses": {"ner": 1.5, "cloze": 2.0},
        "rate": 2e-4,
        "gradient_norm": 4.0,
    },
    {
        "event": "step",
        "step": 20,
        "epoch": 1.0,
        "losses": {"ner": 1.0, "cloze": 2.0},
        "rate": 2e-4,
        "gradient_norm": 4.0,
    },
    {"event": "scores", "step": 20, "epoch": 1, "part": "dev", "scores": {"en": {"f1": 0.5}, "all": {"f1": 0.4}}},
    {"event": "test", "step": 20, "sentences": "z", "scores": {"tr": {"f1": 0.25, "wrong_sentences": 3}}},
)


@pytest.fixture
def write(workspace):
    def write(key, seed=0, jobs=(), created=0.0, lines=LINES, **config):
        folder = workspace.checkpoints / key
        folder.mkdir(parents=True)
        config = {"task": "ner", "seeds": [seed], "rate": 1e-4} | config
        record = {"version": VERSION, "created": created, "seed": seed, "jobs": list(jobs), "state": "finished"}
        (folder / RECORD).write_text(json.dumps(record | {"config": config, "data": {}}))
        (folder / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        return open_run(folder)

    return write


def test_every_number_of_the_log_is_a_row(write):
    write("aaaa1")
    table = training_log("run:aaaa")
    assert list(table.columns) == ["run", "seed", "step", "epoch", "name", "language", "value"]
    expected = []
    for line in (LINES[1], LINES[4]):  # of a step done twice the last
        step, epoch = line["step"], line["epoch"]
        expected += [(step, epoch, f"loss/{name}", "", value) for name, value in line["losses"].items()]
        expected += [(step, epoch, name, "", line[name]) for name in ("rate", "gradient_norm")]
    expected += [(20, 1.0, "dev/f1", "en", 0.5), (20, 1.0, "dev/f1", "all", 0.4)]
    expected += [(20, 1.0, "best/f1", "tr", 0.25), (20, 1.0, "best/wrong_sentences", "tr", 3.0)]
    assert sorted(table.drop(columns=["run", "seed"]).itertuples(index=False, name=None)) == sorted(expected)
    assert set(table["run"]) == {"run:aaaa1"} and table.attrs["settings"]["runs"] == ["run:aaaa1"]
    assert table["step"].is_monotonic_increasing


def test_seeds_of_a_config_are_one_run_and_other_configs_others(write):
    runs = [write("a1", 0, created=1.0), write("b2", 1, created=2.0), write("c3", 0, created=3.0, rate=1e-5)]
    found = training_log(runs[::-1])
    assert found.groupby("run", sort=False)["seed"].unique().map(list).to_dict() == {"run:a1": [0, 1], "run:c3": [0]}
    write("d4", 1, created=4.0)
    again = training_log(["run:a1", "run:b2", "run:d4"])
    assert list(dict.fromkeys(again["run"])) == ["run:a1", "run:d4"]


def test_runs_are_named_by_jobs_too(write):
    write("a1", 0, ["20260101-aa"])
    write("b2", 1, ["20260101-aa"])
    both = training_log("job:20260101-aa")
    assert set(both["run"]) == {"job:20260101-aa"} and set(both["seed"]) == {0, 1}
    assert set(training_log("job:aa/1")["seed"]) == {1}
    for name, message in (
        ("job:zz", "job:zz: there is no such run in the workspace; there are: run:"),
        ("a1", "'a1' names no run; expected run:KEY, job:ID or job:ID/SEED, such as"),
        ("job:aa/x", "'job:aa/x' names no run"),
    ):
        with pytest.raises(EncoderError, match=message):
            training_log(name)
    write("e5", 3, lines=LINES[:1])
    with pytest.raises(SettingsError, match="nothing is logged of these runs yet"):
        training_log("run:e5")
