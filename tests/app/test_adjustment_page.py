"""The page of adjustment: what is stored of five stages, how it is steered and gone on with."""

import json
import subprocess
import sys
import tomllib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from app_views import ROOT, field, html, labels, opened, text
from test_jobs_page import made

import embspace as es
from adjustment_lines import adjustment_lines, stored_lines
from embspace.analyses.result_store import write_result
from embspace.analyses.results import result
from embspace.analyses.stage_scores import stage_significance
from embspace.jobs.state import State
from embspace.storage import fingerprint, write_json
from embspace.training.adjust import Adjust
from embspace.training.part import Part
from embspace.workflows.adjust import VERSION
from embspace.workflows.settings import from_json, to_json
from embspace.workflows.stages import ROTATED, SCORED, STAGES, AdjustConfig
from listed_adjustments import listed_adjustments
from stage_rows import ALONE, MIXED, OTHER, PARAGRAPH, QUESTION, kind_of, score_grids, separation_grids
from toml_lines import adjust_lines

RUSSIAN = Part(corpus="parallel-sample", languages=("ru",))
CONFIG = AdjustConfig(aligned=(RUSSIAN,), seeds=(0, 1))
LAYERS = 3
GAINS = {"fine-tuned": 0.5, "adjusted + fine-tuned": 0.6, "adjusted + continual": 0.6}


def scores(languages=("ru", "en+ru")):
    """The second stage is better everywhere, the third as good as the second."""
    rows = [
        (language, str(number), GAINS[stage] + 0.01 * number, stage, seed)
        for language in languages
        for stage in SCORED
        for seed in (0, 1)
        for number in range(5)
    ]
    table = pd.DataFrame(rows, columns=["language", "example", "score", "system", "seed"])
    table["score"] += np.where((table["system"] != SCORED[0]) & (table["example"] == "4"), 0.01, 0.0)
    found = stage_significance(table, SCORED)
    found.attrs["settings"]["score"] = "accuracy"
    return {"significance": found, "examples": table}


def distances(languages=("ru",)):
    near, far = {"related": (3, 1), "unrelated": (1, 3)}, []
    for at, stage in enumerate(STAGES):
        for layer in range(LAYERS):
            for kind, counts in near.items():
                far += [(stage, layer, "l2", kind, low, low + 1.0, counts[low], 0.75, at + layer) for low in (0, 1)]
    columns = ["checkpoint", "layer", "metric", "kind", "low", "high", "count", "auc", "difference"]
    drawn = result(far, columns, "relatedness_distances", metric=["l2"])
    drawn.attrs["settings"]["spaces"] = [{"checkpoint": stage, "n_layers": LAYERS} for stage in STAGES]
    pairs = [("all", "all"), *(("en", code) for code in languages)]
    rows = [
        (stage, seed, layer, *pair, 0.7 + 0.1 * seed, 0.25, 1.5 + layer, 1.0, 2.5 + layer, 4, 4)
        for stage in STAGES
        for seed in (0, 1)
        for layer in range(LAYERS)
        for pair in pairs
    ]
    rows += [(ROTATED, 0, LAYERS - 1, *pair, 0.9, 0.125, 2.0, 1.0, 3.0, 4, 4) for pair in pairs]
    names = ["stage", "seed", "layer", "language_a", "language_b", "auc", "overlap", "difference"]
    names += ["mean_related", "mean_unrelated", "n_related", "n_unrelated"]
    return {"relatedness": result(rows, names, "stage_relatedness", metric="l2"), "distances": drawn}


def store(workspace, config=CONFIG, name="", stages=None, tables=None):
    """The key of a stored run, another one in each workspace."""
    key = fingerprint([str(workspace.root), name])
    trained = {stage: {str(seed): f"run:{stage[:3]}{seed}@best" for seed in config.seeds} for stage in STAGES}
    made_of = trained | {"original": dict.fromkeys(map(str, config.seeds), "mini")}
    about = {"analysis": "stages", "config": to_json(config), "stages": stages or made_of, "version": VERSION}
    write_result(workspace.results, key, tables or {**scores(), **distances()}, about)
    return key


@pytest.fixture
def key(workspace):
    return store(workspace)


def page(**parameters):
    return opened("adjustment", **parameters)


def figures(test):
    return [json.loads(one.proto.spec) for one in test.get("plotly_chart")]


def test_an_empty_workspace_says_what_it_makes_and_how_to_begin(workspace):
    test = page()
    assert "brought near to their translations" in test.info[0].value and "**Start a run**" in test.info[0].value
    assert labels(test) == ["Start a run"] and not test.selectbox


def test_a_stored_run_is_figure_scores_and_distances(key):
    test = page()
    first, second = figures(test)
    axes = [first["layout"][name]["domain"] for name in first["layout"] if name.startswith("xaxis")]
    assert len(axes) == 5 and sorted(axes) == axes and first["layout"]["yaxis5"]["domain"] == [0, 1]
    titles = [one["text"] for one in first["layout"]["annotations"][:5]]
    assert titles == list(STAGES)
    assert "output" in first["layout"]["xaxis3"]["title"]["text"]
    assert [one.split() for one in second["data"][1]["text"]] == [["52.0"], ["62.2", "*"], ["62.2"]]
    shown = html(test)
    assert "62.20*</td>" in shown and "62.20</td>" in shown and "Premise or hypothesis in English" in shown
    assert "0.750 ± 0.071" in shown and "3.500 ± 0.000" in shown and "English – Russian" in shown
    assert "Accuracy in percent, mean of 2 seeds" in text(test, "caption")
    assert "* differs from Original, ** from Adjusted: paired t-test, p < 0.05" in text(test, "caption")
    assert "run" not in test.query_params and "layer" not in test.query_params


def test_the_address_restores_the_run_and_its_layer(workspace, key):
    older = store(workspace, replace(CONFIG, task="ner", checkpoint="/models/<b>other</b>"), "older")
    test = page(run=key, layer="1")
    assert test.select_slider[0].value == 1
    assert "layer 1" in figures(test)[0]["layout"]["xaxis3"]["title"]["text"]
    assert "2.500 ± 0.000" in html(test)
    test.select_slider[0].set_value(0).run()
    assert not test.exception and test.query_params["layer"] in ("0", ["0"])
    other = page(run=older)
    assert "NER Russian" in test.selectbox[0].options[0] + test.selectbox[0].options[1]
    assert "<b>other</b>" in text(other, "caption") and "\\<b\\>" in " ".join(one.value for one in other.caption)
    test.selectbox[0].set_value(older).run()
    assert not test.exception and "named entities" in text(test, "caption")


def test_what_the_address_asks_for_and_is_not_there_is_said(key):
    test = page(run="gone*", layer="x")
    said = " ".join(one.value.replace("\\", "") for one in test.warning)
    assert "gone*" in said and "layer = x" in said
    assert len(figures(test)) == 2
    assert figures(page(layer="77"))[0]["layout"]["xaxis3"]["title"]["text"].endswith("output")


def test_many_languages_have_bars_of_their_own_row_and_a_block_each(workspace):
    codes = ("ru", "es", "tr", "pl")
    languages = [one for code in codes for one in (code, f"{code}+en", f"en+{code}")]
    config = replace(CONFIG, task="qa", aligned=(replace(RUSSIAN, languages=codes),))
    store(workspace, config, tables={**scores(languages), **distances(codes)})
    test = page()
    shown = html(test)
    assert all(f"English – {name}" in shown for name in ("Russian", "Spanish", "Turkish", "Polish"))
    titles = [one["text"] for one in figures(test)[1]["layout"]["annotations"]]
    assert titles[:3] == ["Russian", "Russian, English paragraph", "Russian, English question"]
    assert "Aligned: parallel-sample, English to 4 languages" in text(test, "caption")


def test_stages_link_to_the_jobs_that_trained_them(workspace):
    job = made(workspace, "one-job", ("state", {"state": State.STOPPED}))
    record = {"version": 1, "seed": 0, "jobs": ["gone", job.id], "state": "finished", "config": {"seeds": [0, 1]}}
    for name in ("k0", "k1"):
        write_json(workspace.checkpoints / name / "run.json", record)
    stages = {stage: {"0": "run:k0@best", "1": "run:k1@best"} for stage in STAGES}
    stages |= {"original": {"0": "mini", "1": "mini"}, "adjusted": {"0": "run:k0@best", "1": "run:lost@best"}}
    store(workspace, stages=stages)
    test = page()
    links = [(one.proto.label, one.proto.query_string) for one in test.get("page_link")]
    assert links == [("seed 0", "job=one-job"), *[("seeds 0, 1", "job=one-job")] * 3]
    assert "`mini`" in text(test, "caption") and "`run:lost@best`" in text(test, "caption")


def test_damaged_tables_and_empty_ones_are_said_in_a_line(workspace, key):
    (workspace.results / key / "distances.parquet").write_bytes(b"x")
    assert "are damaged" in page().error[0].value
    bare = {**scores(), **distances()}
    store(workspace, name="bare", tables=bare | {"relatedness": bare["relatedness"].head(0)})
    assert "relatedness of this run are missing" in page().error[0].value


def test_other_results_and_other_versions_are_no_runs(workspace):
    table = pd.DataFrame({"a": [1]})
    write_result(workspace.results, "other", {"a": table}, {"analysis": "similarity"})
    about = {"analysis": "stages", "stages": {}, "version": VERSION}
    write_result(workspace.results, "wrong", {"a": table}, about | {"config": {"task": "parsing"}})
    write_result(workspace.results, "later", {"a": table}, about | {"config": {}, "version": VERSION + 1})
    assert listed_adjustments(workspace, [], {}) == []


def test_a_run_under_way_is_followed_and_stopped(workspace):
    progress = {"stage": "fine-tuning", "done": 3, "total": 8, "unit": "trainings", "note": "adjusted, seed 1: step 4"}
    job = made(workspace, "later", workflow="adjust", config=to_json(CONFIG), device="cpu")
    with open(job.folder / "events.jsonl", "a") as stream:
        stream.write(json.dumps({"event": "progress", "time": 0.0, **progress}) + "\n")
    test = page()
    assert "NLI Russian, under way" in test.selectbox[0].options[0]
    field(test, "button", "Stop").click().run()
    assert not test.exception and job.state is State.STOPPED
    assert "Go on" in labels(test) and "What was trained is kept" in test.info[0].value
    assert test.query_params["run"] in ("later", ["later"])


def test_what_failed_says_why_and_is_gone_on_with(workspace, monkeypatch):
    error = "2 of 8 fine-tunings did not finish:\nadjusted, seed 0: the disk <b>is</b> full"
    made(workspace, "f", ("state", {"state": State.FAILED, "error": error}), workflow="adjust", config=to_json(CONFIG))
    gone_on = []
    monkeypatch.setattr("widgets.show_adjustment.resume", gone_on.append)
    test = page()
    assert "did not finish" in test.error[0].value and "<b>" not in test.error[0].value
    field(test, "button", "Go on").click().run()
    assert not test.exception and [one.id for one in gone_on] == ["f"]


def test_a_job_that_has_come_to_tables_is_their_run(workspace, key, monkeypatch):
    done = {"state": State.FINISHED, "result": {"result": key}}
    job = made(workspace, "d", ("state", done), workflow="adjust", config=to_json(CONFIG))
    [one] = listed_adjustments(workspace, [job], {})
    assert (one.name, one.job, one.stored) == (key, job, True)
    assert len(figures(page(run="d"))) == 2
    lost = {"state": State.FINISHED, "result": {"result": "nowhere"}}
    made(workspace, "e", ("state", lost), workflow="adjust", config=to_json(replace(CONFIG, seeds=(7,))))
    test = page(run="e")
    assert "its tables are gone" in test.info[0].value
    begun = []
    monkeypatch.setattr("session.adjustment.submit", lambda *given: begun.append(given))
    field(test, "button", "Go on").click().run()
    assert [(name, config.seeds) for name, config, _ in begun] == [("adjust", (7,))]


def test_the_kinds_of_text_that_scores_are_of():
    assert kind_of("ru", "nli") == (ALONE, "ru") and kind_of("be+en", "nli") == (MIXED, "be")
    assert kind_of("ru+en", "qa") == (PARAGRAPH, "ru") and kind_of("en+ru", "qa") == (QUESTION, "ru")
    assert kind_of("be+ru", "qa") == (OTHER, "be+ru")


def test_grids_by_hand():
    grids = score_grids(scores(("ru", "es", "en+ru"))["significance"], "nli")
    assert grids[ALONE].columns == ("", "Russian", "Spanish") and grids[MIXED].columns == ("", "Russian")
    assert grids[ALONE].rows[0] == ("Original", "52.00", "52.00")
    table = distances()["relatedness"]
    one = separation_grids(table.loc[table["seed"] == 0], 2)
    assert one["ru"].rows[0] == ("original", "0.700", "0.250", "3.500")  # one seed has no deviation
    assert [row[0] for row in one["ru"].rows] == [*STAGES, ROTATED] and one["ru"].rows[-1][1] == "0.900"
    assert [row[0] for row in separation_grids(table, 1)["ru"].rows] == list(STAGES)


CONFIGS = [
    CONFIG,
    AdjustConfig(),
    AdjustConfig(
        checkpoint='a "b"',
        task="ner",
        train=(Part(languages=("en",), sentences=30),),
        look=RUSSIAN,
        adjust=Adjust(draw=5, layers=(-1, 2)),
        rate=1e-4,
    ),
]


@pytest.mark.parametrize("config", CONFIGS)
def test_the_lines_make_the_run_and_its_figures(workspace, monkeypatch, config):
    assert from_json(AdjustConfig, tomllib.loads(adjust_lines(config))) == config
    asked = []
    monkeypatch.setattr(es, "adjust", lambda **settings: asked.append(settings) or {**scores(), **distances()})
    exec(adjustment_lines(config, 1), {})
    assert from_json(AdjustConfig, asked[0]) == config


def test_the_stored_tables_are_opened_by_the_lines(key):
    scope: dict = {}
    exec(stored_lines(key), scope)
    assert set(scope["made"]) == {"significance", "examples", "relatedness", "distances"}


def test_the_page_loads_no_model_library(key):
    code = (
        "import sys, json; sys.path[:0] = json.loads(sys.argv[1])\n"
        "from app_views import app\n"
        "test = app().switch_page('views/adjustment.py').run()\n"
        "assert not test.exception and len(test.get('plotly_chart')) == 2, test\n"
        "print(json.dumps([name for name in ('torch', 'transformers', 'umap', 'openTSNE') if name in sys.modules]))"
    )
    paths = json.dumps([str(ROOT / "app"), str(ROOT / "tests" / "app")])
    done = subprocess.run([sys.executable, "-c", code, paths], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []
