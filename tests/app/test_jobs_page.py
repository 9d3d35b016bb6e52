import json
import time
import tomllib
from dataclasses import replace

import pytest
from app_views import drawn, field, labels, opened, started, text

from embspace.corpora.catalog import add_corpus, catalog
from embspace.corpora.records import Sentence
from embspace.corpora.synthetic_ner import synthetic_ner
from embspace.encoders.trained import open_run
from embspace.jobs.job import Job
from embspace.jobs.state import State
from embspace.jobs.store import Events
from embspace.spaces.extraction import extract
from embspace.storage import write_json
from embspace.training.adjust import Adjust
from embspace.training.batches import Stream
from embspace.training.config import TrainConfig
from embspace.training.material import read_material
from embspace.training.part import Part
from embspace.workflows.settings import from_json, to_json
from job_rows import job_table, score_names, score_table
from model_size import flops_of_piece, pieces_per_word, words_of_sentence
from paces import BESIDE, UPDATE, Pace, expected, pace_of, work_of
from plan import Plan, objections, plan
from recipes import RECIPES
from toml_lines import train_lines
from widgets.change_job import spread
from widgets.show_run import tail
from work import title

TAGGED = Sentence(("Eve", "saw", "Bo"), "en", tags=("B-PER", "O", "B-PER"))
SMALL = TrainConfig(train=(Part(languages=("en", "be"), per_type=7),), test=(Part(split="test", per_type=2),))


def made(workspace, name, *events, workflow="train", config=None, device: str | None = "cpu"):
    """The folder of a job with these events."""
    folder = workspace.jobs / name
    record = {"version": 1, "workflow": workflow, "key": name, "created": time.time(), "workspace": "."}
    launch = {"device": device, "environment": {}, "folder": "."}
    config = to_json(SMALL) if config is None else config
    write_json(folder / "job.json", record | {"config": config, "launch": launch})
    for event, values in events:
        Events(folder / "events.jsonl").append(event, **values)
    return Job.open(folder)


def finished(workspace, name, result, config=None):
    return made(workspace, name, ("state", {"state": State.FINISHED, "result": result}), config=config)


def result(*scores):
    """What a training returns whose runs have these scores, a language with F1 each."""
    found = {"runs": [{"seed": at, "key": "k", "best_step": 1, "scores": one} for at, one in enumerate(scores)]}
    return found | {"probe_share": 0.0}


def page(**parameters):
    return opened("jobs", **parameters)


def form():
    return drawn("widgets.pick_training", "pick_training")


def map_link(test):
    """The address that the link to the Map gives; None: there is none."""
    links = [one.proto for one in test.get("page_link")]
    return next((one.query_string for one in links if one.label == "Open its map"), None)


def entries(workspace):
    return {one.name: one for one in catalog(workspace)}


def test_an_empty_workspace_says_what_to_do(workspace):
    test = page()
    assert "Fine-tune a model" in test.info[0].value
    assert labels(test) == ["Fine-tune a model"]


def test_the_form_starts_as_the_paper_did(workspace):
    test = form()
    shown = text(test, "markdown")
    assert "8,534 sentences to learn from, 17,743 to be scored on" in shown
    assert "534 steps" in shown
    assert "About" in shown
    assert "rough guess" in text(test, "caption").lower()
    config = started(test, TrainConfig)
    assert config == TrainConfig(train=(Part(languages=("en",)),), dev_share=0.0)


def test_all_that_is_not_possible_is_said_together(workspace):
    test = form()
    field(test, "text_input", "Seeds").input("0, 0, x")
    field(test, "number_input", "Overlap").set_value(70)
    field(test, "number_input", "Window").set_value(64)
    field(test, "number_input", "Rate").set_value(0.0)
    field(test, "number_input", "Frozen layers").set_value(9)
    test.run()
    assert not test.exception
    [said] = [one.value.replace("\\", "") for one in test.error]
    for part in ("seeds: 'x'", "seeds = [0, 0]", "overlap = 70", "rate = 0.0", "freeze = 9, and mini has 4 layers"):
        assert part in said
    assert field(test, "button", "Start").disabled
    field(test, "text_input", "Checkpoint").input("/no/such/<b>folder</b>")
    field(test, "text_input", "Seeds").input("0, 1")
    for label, value in (("Overlap", 8), ("Rate", 1e-5), ("Frozen layers", 99)):
        field(test, "number_input", label).set_value(value)
    test.run()
    assert "The folder /no/such/<b>folder</b> does not exist" in test.error[0].value.replace("\\", "")
    assert "<b>" not in test.error[0].value


def test_what_the_catalog_knows_is_objected_before_anything_starts(workspace):
    add_corpus([TAGGED], name="names")
    add_corpus([Sentence(("No", "tags"), "en")], name="plain")
    known = entries(workspace)
    names, bare, drawn = Part("names"), Part("plain"), Part(per_type=5)
    assert (
        objections(TrainConfig(train=(names,), test=(drawn,), unlabelled=(bare,), objectives={"cloze": 1.0}), known)
        == []
    )
    wrong = TrainConfig(
        task="pos", train=(names, Part("gone")), test=(bare, Part(split="test", per_type=10**7)), freeze=5, mix="B"
    )
    found = objections(wrong, known)
    for part in (
        "freeze = 5, and mini has 4 layers",
        "train: the tags of names (O, B-PER",
        "train: there is no corpus 'gone'",
        "test: the words of plain have no tags",
        "test: SyntheticNER has named entities alone",
        "test: 10000000 PER sentences were asked for",
    ):
        assert any(one.startswith(part) for one in found) or part.startswith("train: the tags"), (part, found)
    assert any("names" in one and "not parts of speech" in one for one in found)
    assert any(
        "add English" in one for one in objections(replace(SMALL, mix="B", train=(Part(languages=("be",)),)), known)
    )


@pytest.mark.parametrize(
    "config",
    [
        SMALL,
        replace(SMALL, dev_share=0.0, batch=5, epochs=3),
        replace(
            SMALL, train=(Part(languages=("en", "be"), sentences=50), Part(languages=("en",), seed=1, sentences=30))
        ),
        replace(SMALL, mix="A"),
        replace(SMALL, mix="B", batch=4),
        replace(SMALL, dev=(Part(per_type=2, languages=("pl",)),), epochs=2),
    ],
)
def test_the_plan_is_what_training_reads(workspace, config):
    found, material = plan(config, entries(workspace)), read_material(config, workspace)
    assert (found.train, found.dev, found.test) == tuple(map(len, (material.train, material.dev, material.test)))
    assert found.spaces == len({*range(0, found.steps, 50), found.steps})
    assert found.steps == config.epochs * Stream(list(material.train), config.batch, 0).per_epoch  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_is_possible_and_said_as_toml(workspace, name):
    test = form()
    field(test, "selectbox", "Like").set_value(name).run()
    assert not test.exception
    assert not test.error
    config = started(test, TrainConfig)
    for setting, value in RECIPES[name].settings.items():
        assert getattr(config, setting) == value
    assert config.train[0].languages == (RECIPES[name].languages or None)
    lines = next(one.value for one in test.code if "checkpoint" in one.value)
    assert from_json(TrainConfig, tomllib.loads(lines)) == config


def test_toml_says_all_of_a_config(workspace):
    config = TrainConfig(
        checkpoint='a "b" é\\c',
        train=(Part(languages=("en", "be"), per_type=3), Part("other", sentences=4)),
        test=(),
        unlabelled=(Part("other"),),
        objectives={"language-id": 1.0, "cloze": 0.5},
        seeds=(1, 2),
        rate=2e-5,
        bf16=True,
        probe=Part(split="test", languages=("tr",)),
    )
    assert from_json(TrainConfig, tomllib.loads(train_lines(config))) == config
    assert train_lines(TrainConfig()).splitlines()[0] == 'checkpoint = "mini"'


def test_the_pace_of_a_run_is_that_of_its_steps(workspace):
    folder = workspace.checkpoints / "k"
    config = to_json(replace(SMALL, batch=8, freeze=2, probe=Part(split="test", languages=("tr",), per_type=5)))
    write_json(folder / "run.json", {"version": 1, "seed": 0, "jobs": [], "state": "finished", "config": config})
    scores = {"en": {"sentences": 30.0}, "be": {"sentences": 10.0}, "all": {"sentences": 40.0}}
    about = {"losses": {"ner": 1.0}, "epoch": 1, "part": "dev", "scores": scores, "space": "s", "seconds": 18.0}
    lines = [
        about | {"event": event, "time": 1000 + seconds, "step": step, "pieces_per_second": 160.0}
        for event, seconds, step in (
            ("step", 5.0, 10),
            ("scores", 25.0, 10),
            ("step", 30.0, 20),
            ("probe", 49.0, 20),
            ("step", 54.0, 30),
            ("test", 64.0, 30),
            ("note", 80.0, 30),
        )
    ]
    (folder / "log.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    pace = pace_of(open_run(folder))
    assert pace == Pace("mini", 8, work_of("ner", None, 2, ()), 0.5, 18 / 15, pieces=10.0, scoring=10 / 40)
    (folder / "log.jsonl").write_text(json.dumps(lines[0]) + "\n")
    assert pace_of(open_run(folder)) is None


def test_the_time_is_that_of_the_run_most_alike(workspace):
    from embspace.workspace import data_folder

    model = data_folder() / "models" / "mini"
    sizes = Plan(1600, 0, 40, 100, 100, scored=40, probed=60, spaces=3)
    other = Pace("mini", 8, work_of("ner", None, -1, ()), 1.0)
    alike = Pace("mini", 16, work_of("ner", 64, -1, ()), 3.0, 0.5, scoring=0.25)
    config = replace(SMALL, length=64, batch=16, seeds=(0, 1), probe_every=50)
    found = expected(config, sizes, [other, alike], None)
    assert found is not None
    assert found.seconds == 2 * (100 * 3.0 + 3 * 60 * 0.5 + 40 * 0.25)
    assert not found.rough
    assert "roughly" not in found.basis
    halved = expected(replace(config, batch=32, seeds=(0,)), replace(sizes, steps=10, spaces=0), [other], None)
    assert halved is not None
    assert halved.seconds == pytest.approx(10 * 4.0 + 40 / 24)  # nothing was scored: a third of learning
    assert "roughly" in halved.basis
    # Of several that are alike the middle one tells.
    several = [replace(alike, step=step) for step in (9.0, 3.0, 2.0)]
    assert expected(config, sizes, [other, *several], None) == found
    # Sentences of half the pieces take half the time.
    words = (20.0 - 2) / pieces_per_word(model, ("en", "es", "ru", "tr"))
    short = expected(
        replace(config, seeds=(0,)), replace(sizes, words=words, spaces=0), [replace(alike, pieces=40.0)], model
    )
    assert short is not None
    assert short.seconds == pytest.approx((100 * 3.0 + 40 * 0.25) / 2)
    assert expected(replace(config, checkpoint="x"), sizes, [alike], None) is None


def test_without_a_run_the_time_is_guessed_by_the_size_of_the_model(workspace, monkeypatch):
    from embspace.workspace import data_folder

    model = data_folder() / "models" / "mini"
    assert flops_of_piece(model) == 6 * 4 * (4 * 256**2 + 2 * 256 * 1024)
    assert flops_of_piece(workspace.root) is None
    monkeypatch.setattr("paces.speed", lambda: 1e11)
    sizes = Plan(1600, 0, 40, 100, 100, scored=40, probed=60, spaces=3)
    guess = expected(replace(SMALL, batch=16, threads=2), sizes, [], model)
    assert guess is not None
    assert guess.rough
    each = 20 * flops_of_piece(model) * BESIDE / 1e11 / 2
    numbers = 4 * (4 * 256**2 + 2 * 256 * 1024) + 24_000 * 256
    assert guess.seconds == pytest.approx(100 * (16 * each + numbers * UPDATE) + (3 * 60 + 40) * each / 3)
    longer = expected(replace(SMALL, batch=16, threads=2), replace(sizes, words=words_of_sentence(("en",))), [], model)
    assert longer is not None
    assert longer.seconds > 1.3 * guess.seconds
    assert expected(SMALL, sizes, [], None) is None
    assert pieces_per_word(workspace.root, ("en",)) is None


def test_the_table_says_where_each_job_is(workspace):
    report = {"stage": "fine-tuning", "done": 3, "total": 12, "unit": "steps", "rate": 1.5, "eta": 6.0}
    jobs = [
        made(workspace, "a"),
        made(workspace, "b", ("progress", report), ("state", {"state": State.FAILED, "error": "no"})),
        finished(workspace, "c", result({"en": {"f1": 0.5}})),
        made(workspace, "d", ("progress", report), ("state", {"state": State.STOPPED})),
    ]
    rows = job_table(jobs, {"a": 2}).to_dict("records")
    assert [row["state"] for row in rows] == ["◔ waits", "▲ failed", "finished", "■ stopped"]
    assert rows[0]["now"] == "waits for cpu, 2 before it"
    assert rows[1]["now"] == rows[3]["now"] == "fine-tuning 3 of 12"
    assert [row["done"] for row in rows][1:] == [25, 100, 25]
    assert rows[3]["rate"] is None
    assert rows[0]["what"] == "NER with mini, SyntheticNER (en, be, 7 per type)"


def test_titles_say_objectives_frozen_layers_and_seeds(workspace):
    config = to_json(replace(SMALL, checkpoint="/a/b/model", unlabelled=(Part(),), objectives={"cloze": 1.0}, freeze=0))
    job = made(workspace, "t", config=config | {"seeds": [0, 1, 2], "epochs": 3})
    assert (
        title(job, ()) == "NER with .../model, SyntheticNER (en, be, 7 per type), cloze, 3 epochs, frozen to 0, 3 seeds"
    )


def test_sentences_are_counted_in_all_or_per_type(workspace):
    test = form()
    assert field(test, "number_input", "Sentences").value is None
    test.session_state["train_exploring_train_counted"] = True
    test.run()
    field(test, "number_input", "Sentences").set_value(1000).run()
    assert not test.error
    assert "1,000 sentences to learn from" in text(test, "markdown")
    config = started(test, TrainConfig)
    assert config.train == (Part(languages=("en",), sentences=1000),)
    assert title(made(workspace, "s", config=to_json(config)), ()).endswith("SyntheticNER (en, 1,000 sentences)")


def test_scores_stand_side_by_side_with_mean_and_deviation(workspace):
    several = result({"en": {"f1": 0.5}, "be": {"f1": 0.2}}, {"en": {"f1": 0.7}, "be": {"f1": 0.4}})
    several |= {
        "mean": {"en": {"f1": 0.6}, "be": {"f1": 0.3}},
        "deviation": {"en": {"f1": 0.1414}, "be": {"f1": 0.1414}},
    }
    one = result({"en": {"f1": 0.25, "wrong_sentences": 3}, "all": {"f1": 0.25}})
    one["runs"][0]["notes"] = {"dev": [], "test": ["never seen in training: B-X 2 words"]}
    first = finished(workspace, "one", one)
    second = finished(workspace, "two", several)
    assert score_names([first, second]) == ["f1"]
    rows = score_table([first, second], "f1").to_dict("records")
    assert [row["language"] for row in rows] == ["Belarusian", "English", "all together"]
    assert rows[1]["one"] == "0.2500"
    assert rows[1]["two"] == "0.6000 ± 0.1414"
    assert rows[0]["one"] is None or rows[0]["one"] != rows[0]["one"]
    test = page(job="one", beside=["two", "gone"])
    assert test.dataframe[1].value.columns.tolist() == ["language", "one", "two"]
    assert "mean ± standard deviation" in text(test, "caption")
    assert "1. test: never seen in training: B-X 2 words" in text(test, "caption")
    assert test.query_params["beside"] == "two"


def test_each_state_has_its_buttons_and_its_sentence(workspace):
    made(workspace, "failed", ("state", {"state": State.FAILED, "error": "The disk <b>is</b> full."}))
    made(workspace, "stopped", ("state", {"state": State.STOPPED}))
    finished(workspace, "done", result({"en": {"f1": 0.5}}))
    assert labels(page(job="failed"))[:3] == ["Resume", "Try again", "Remove"]
    test = page(job="failed")
    assert test.error[0].value.replace("\\", "") == "The disk <b>is</b> full."
    assert "<b>" not in test.error[0].value
    assert labels(page(job="stopped"))[:3] == ["Resume", "Try again", "Remove"]
    assert labels(page(job="done"))[:2] == ["Try again", "Remove"]
    test = page(job="nowhere*")
    assert "nowhere*" in test.warning[0].value.replace("\\", "")
    assert "Choose a row" in text(test, "caption")


def test_a_job_that_waits_is_stopped_and_its_log_is_shown(workspace, monkeypatch):
    monkeypatch.setattr("session.jobs.attend", lambda workspace: False)
    job = made(workspace, "waits")
    job.log.write_text("".join(f"line {number}\n" for number in range(5000)))
    made(workspace, "waits-too")
    test = page(job="waits")
    assert sorted(test.dataframe[0].value["now"]) == ["waits for cpu", "waits for cpu, 1 before it"]
    assert "line 4999" in test.code[0].value
    assert "line 0\n" not in test.code[0].value
    field(test, "button", "Stop and save").click().run()
    assert not test.exception
    assert job.state is State.STOPPED
    assert labels(test)[:3] == ["Resume", "Try again", "Remove"]


def test_other_jobs_have_no_curves(workspace):
    made(workspace, "x", ("state", {"state": State.STOPPED}), workflow="verify", config={"space": "s"}, device=None)
    test = page(job="x")
    assert [one.label for one in test.tabs] == ["Log", "Settings"]


def test_the_end_of_a_log(tmp_path):
    path = tmp_path / "log.txt"
    path.write_text("first\nsecond\nthird\n")
    assert tail(path) == "first\nsecond\nthird\n"
    assert tail(path, 9) == "third\n"
    assert tail(tmp_path / "none") == ""


def test_steps_are_spread_over_the_run():
    assert spread([0, 50], 4) == [0, 50]
    assert spread(range(0, 501, 50), 4) == [0, 150, 350, 500]


def test_curves_of_seeds_that_are_not_equally_far_are_apart(workspace):
    for seed, steps in ((0, (10, 20)), (1, (10,))):
        folder = workspace.checkpoints / f"k{seed}"
        config = to_json(replace(SMALL, seeds=(0, 1)))
        write_json(
            folder / "run.json",
            {"version": 1, "seed": seed, "jobs": ["two"], "state": "training", "config": config, "created": seed},
        )
        for step in steps:
            Events(folder / "log.jsonl").append("step", step=step, epoch=1.0, losses={"ner": 1.0 / step})
    job = made(workspace, "two", ("state", {"state": State.STOPPED}))
    test = page(job="two")
    [chart] = test.get("plotly_chart")
    names = {trace.get("name") for trace in json.loads(chart.proto.spec)["data"]}
    assert {"seed 0", "seed 1"} <= names
    Events(job.folder / "events.jsonl").append("resumed")
    Events(job.folder / "events.jsonl").append("state", state=State.FINISHED, result=result({"en": {"f1": 0.5}}))
    assert "Losses are written every ten steps" not in text(page(job="two"), "caption")


def test_without_spaces_on_the_way_the_best_step_is_linked(workspace):
    folder = workspace.checkpoints / "k"
    record = {"version": 1, "seed": 0, "jobs": ["one"], "state": "finished", "config": to_json(SMALL), "created": 0}
    write_json(folder / "run.json", record)
    finished(workspace, "one", result({"en": {"f1": 0.5}}))
    assert map_link(page(job="one")) is None
    write_json(folder / "best.json", {"step": 7})
    write_json(folder / "step-00000007" / "complete.json", {"fingerprint": "f"})
    assert map_link(page(job="one")) == "checkpoint=job%3Aone%40best"


def test_steps_of_every_seed_are_linked(workspace, bert_folder):
    space = extract(str(bert_folder), synthetic_ner(["en"], per_type=1))
    for seed in (0, 1):
        folder = workspace.checkpoints / f"k{seed}"
        config = to_json(replace(SMALL, seeds=(0, 1)))
        write_json(
            folder / "run.json",
            {"version": 1, "seed": seed, "jobs": ["two"], "state": "finished", "config": config, "created": seed},
        )
        for step in (0, 5 + seed):
            Events(folder / "log.jsonl").append(
                "probe", step=step, fingerprint="f", space=space.fingerprint, seconds=1.0
            )
    finished(workspace, "two", result({"en": {"f1": 0.5}}, {"en": {"f1": 0.5}}))
    test = page(job="two")
    assert "%2F0%405" in map_link(test)
    field(test, "selectbox", "Seed").set_value(1).run()
    assert not test.exception
    assert "%2F1%406" in map_link(test)


def test_parts_of_speech_need_other_sentences_and_no_encoding(workspace):
    test = form()
    field(test, "selectbox", "Like").set_value("lingua-franca").run()
    field(test, "selectbox", "Learns").set_value("pos").run()
    assert not test.exception
    assert "no corpus of parts of speech yet" in text(test, "caption")
    [said] = [one.value.replace("\\", "") for one in test.error]
    assert "named entities alone" in said
    assert "encoding" not in said
    add_corpus([Sentence(("No", "tags"), "en", tags=("DET", "NOUN"))] * 3, name="spoken")
    test.run()
    assert not test.error
    assert field(test, "selectbox", "Learns from").options == ["spoken"]
    config = started(test, TrainConfig)
    assert (config.task, config.encoding, config.train[0].corpus) == ("pos", "IOB2", "spoken")


def test_inference_is_learned_from_pairs_while_words_are_adjusted(workspace):
    test = form()
    field(test, "selectbox", "Like").set_value("lingua-franca").run()
    field(test, "selectbox", "Learns").set_value("nli").run()
    assert not test.error
    assert field(test, "selectbox", "Learns from").options == ["nli-sample", "nli-sample-test"]
    assert field(test, "selectbox", "Is scored on").value == "nli-sample-test"
    assert "pairs to learn from" in text(test, "markdown")
    next(one for one in test.get("button_group") if one.label == "Beside the task").set_value(["adjustment"]).run()
    assert not test.exception and not test.error
    assert field(test, "selectbox", "Adjusts to").value == "parallel-sample"
    config = started(test, TrainConfig)
    assert (config.task, config.objectives) == ("nli", {"adjustment": 0.01})
    assert config.aligned == (Part(corpus="parallel-sample"),) and config.unlabelled == ()
    assert from_json(TrainConfig, tomllib.loads(train_lines(config))) == config
    changed = replace(config, adjust=Adjust(draw=5, pooling="first"))
    assert from_json(TrainConfig, tomllib.loads(train_lines(changed))) == changed
