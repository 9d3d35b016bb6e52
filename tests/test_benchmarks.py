"""The benchmarks run: each script's smallest form, and what its figures are made of."""

import json
import runpy
import sys
from inspect import signature
from pathlib import Path

import numpy as np
import pytest

from embspace.spaces.extraction import extract

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture(autouse=True)
def scripts(monkeypatch):
    """The benchmarks' modules, found as when a script is run, and forgotten afterwards: the names are plain words."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.syspath_prepend(str(BENCHMARKS / "peers" / "adapters"))
    yield
    for name in set(sys.modules) - before:
        if str(BENCHMARKS) in (getattr(sys.modules[name], "__file__", "") or ""):
            del sys.modules[name]


def run(script: str, *arguments: object) -> None:
    runpy.run_path(str(BENCHMARKS / script), run_name="not main")["main"]([str(one) for one in arguments])


@pytest.fixture
def text(tmp_path):
    """Two small files of sentences."""
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "en.txt").write_text("One sentence of words.\n\nAnother, a longer sentence of more words.\nShort.\n")
    (folder / "tr.txt").write_text("Vaşington bir şehirdir.\nBaşka bir cümle daha.\n")
    return folder


def rows(printed: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in printed.splitlines() if line.startswith("| ")]


def number(cell: str) -> float:
    return float(cell.split()[0].replace(",", "").strip("*"))


def test_text_is_spread_over_languages_and_files(text):
    from sentences import of_folder

    found = of_folder(text, name="Two")
    assert found.name == "Two sentences (en tr), not shipped"
    assert found.by_language["en"][0] == ("One", "sentence", "of", "words", ".")
    assert len(found.by_language["en"]) == 3
    assert len(found.spread(5)) == 5
    assert {words[0] for words in found.spread(4)} & {"Vaşington", "Başka"}
    assert 50 <= sum(map(len, found.words(50))) < 60
    with pytest.raises(SystemExit, match="no text files named xx"):
        of_folder(text, ("xx",))


def test_plain_pass_takes_every_sequence_once():
    from plain_pass import ready_batches

    sequences = [[5, 6, 7], [8], [9, 9, 9], [3, 4]]
    batches = ready_batches(sequences, 6, 1)
    assert [batch["input_ids"].tolist() for batch in batches] == [[[5, 6, 7], [9, 9, 9]], [[3, 4], [8, 1]]]
    assert "attention_mask" not in batches[0]
    assert batches[1]["attention_mask"].tolist() == [[1, 1], [1, 0]]


def test_useful_flop_are_those_of_a_counted_model(bert_folder):
    from transformers import AutoModel

    from machine import linear_weights, useful_flop

    weights = linear_weights(AutoModel.from_pretrained(bert_folder))
    assert weights == 2 * (4 * 16 * 16 + 2 * 16 * 32)
    assert useful_flop(weights, 2, 16, [3, 5]) == 2 * weights * 8 + 4 * 2 * 16 * (9 + 25)


def test_pooling_of_the_peers_is_a_mean_by_word():
    from pooled_words import pool

    layers = np.arange(8, dtype=np.float32).reshape(1, 4, 2)
    assert pool(layers, [None, 0, 0, 2], 3).tolist() == [[[3, 4], [0, 0], [6, 7]]]


def test_summary_takes_ratios_within_a_round():
    from peers.rounds import FLOOR, OURS, summarize

    def one(*seconds):
        runs = [{"seconds": one, "cpu": one, "mib_before": 10, "mib_peak": 12} for one in seconds]
        return {"load": {}, "runs": runs, "limit": 0}

    failed = {"load": {"error": "no"}, "runs": [], "limit": 0}
    found = summarize(
        {OURS: one(1, 2, 4), FLOOR: one(2, 2, 2), "other": failed}, [[10, 20]], lambda own: 1e9 * sum(own)
    )
    assert found[OURS]["words_per_second"] == 5
    assert found[OURS]["of_plain_pass"] == 1
    assert found[FLOOR]["ours_is_faster"] == 1
    assert found[OURS]["useful_gflops"] == 10
    assert found[OURS]["mib_above_model"] == 2
    assert found["other"] == {"error": "no"}


def test_extraction_alone(capsys, tmp_path, bert_folder):
    run("extraction.py", bert_folder, 1, "--rounds", 1, "--out", tmp_path / "found.json")
    table = rows(capsys.readouterr().out)
    found = json.loads((tmp_path / "found.json").read_text())
    assert [row[0] for row in table[2:]] == ["plain forward pass", "words to stored vectors", "the same call again"]
    assert number(table[3][1]) == pytest.approx(found["words"] / found["embspace"], abs=1)
    assert found["sentences"] == 33


def test_extraction_beside_peers(capsys, tmp_path, text):
    run("random_models.py", tmp_path, "--text", text, "--only", "xlmr-2x64", "--sentences", 6, "--vocabulary", 90)
    systems = ["one by one (reference)", "embspace"]
    run("extraction.py", "--peers", tmp_path, "--systems", *systems, "--rounds", 1)
    table = rows(capsys.readouterr().out)
    assert [row[0] for row in table[1:]] == systems
    assert [row[11].split(" of ")[0] for row in table[1:]] == ["0", "0"]
    assert [row[9] for row in table[1:]] == ["all", "all"]
    assert 0 < float(table[2][10]) < 0.01  # float16 on disk
    assert not list(tmp_path.glob("embspace-benchmark-*"))


@pytest.mark.parametrize(
    "kinds", [("bert", "xlmr", "distilbert", "roberta", "modernbert"), ("deberta-v2", "xlm", "gpt2", "llama", "qwen3")]
)
def test_architectures_give_what_the_model_gives(capsys, tmp_path, text, kinds):
    options = ["--sentences", 5, "--geometry", "2x64", "--vocabulary", 300, "--rounds", 1]
    run("architectures.py", *kinds, *options, "--text", text, "--out", tmp_path / "found.json")
    found = json.loads((tmp_path / "found.json").read_text())["kinds"]
    assert [row[0] for row in rows(capsys.readouterr().out)[2:]] == list(kinds) == list(found)
    assert max(one["difference"] for one in found.values()) < 1e-4


def test_memory(capsys, tmp_path, text):
    options = ["--words", 600, "--geometry", "2x64", "--vocabulary", 90, "--scratch", tmp_path]
    run("memory.py", *options, "--text", text, "--out", tmp_path / "found.json")
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["extracting"]["words"] >= 600
    assert found["reading"]["layers"] == 3
    assert found["reading"]["array"] == pytest.approx(found["extracting"]["words"] * 64 * 4 / 2**20)
    assert 0 < found["reading"]["touched"] <= found["reading"]["mapped"]
    assert {row[0] for row in rows(capsys.readouterr().out)} >= {"vectors on disk"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["found.json", "texts"]


def test_workers(capsys, tmp_path, bert_folder):
    small = ["--words", 200, "--rounds", 1, "--workers", 1, "--cores", "all"]
    run("workers.py", bert_folder, *small, "--out", tmp_path / "found.json")
    found = json.loads((tmp_path / "found.json").read_text())
    [one] = found["runs"]
    assert one["workers"] == 1
    assert one["runs"][0]["seconds"] > 0
    assert number(rows(capsys.readouterr().out)[2][1]) > 0
    assert "workers" in signature(extract).parameters  # which more than one asks for


def test_gpu_script_on_a_cpu(capsys, tmp_path):
    small = ["--sentences", 33, "--words", 200, "--rows", 24000, "--budgets", 512, "--product", 64, "--mib", 1]
    where = ["--device", "cpu", "--geometry", "1x64", "--scratch", tmp_path, "--rounds", 1]
    run("gpu.py", *where, *small, "--out", tmp_path / "found.json")
    found = json.loads((tmp_path / "found.json").read_text())["geometries"]["1x64"]
    assert found["entities, all layers"]["vectors"] == 33
    assert found["all words, all layers"]["vectors"] == found["all words, all layers"]["words_read"] >= 200
    for one in found.values():
        assert one["limit"] in one["stages"]
        assert one["bytes"] == 2 * one["vectors"] * 2 * 64
        assert one["seconds"] > 0
    assert "the whole" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["found.json"]


def test_analyses_beside_peers(tmp_path):
    from analyses import LANGUAGES, Layer, growth, one, peers, report, write_vectors

    path = tmp_path / "vectors.npy"
    write_vectors(path, 1000, 16)
    names = ("mean cosine", "similarity", "grouping", "relatedness")
    sizes = {name: [one(name, path, words, 500, 1) | {"pairs": words} for words in (800, 1000)] for name in names}
    assert sizes["relatedness"][1]["related"] == sizes["relatedness"][1]["unrelated"] == 500
    space = Layer(path, 1000)
    links = space.in_sentences(500)
    assert len(links) == 500 and not links.duplicated().any() and set(links["language_b"]) < set(LANGUAGES)
    rows = peers(Layer(path, 800), 500, 1)  # refuses values that differ
    assert [row["name"] for row in rows] == list(names)
    assert growth([{"seconds": 2, "read": 1, "n": 10}, {"seconds": 101, "read": 1, "n": 100}], "n") == pytest.approx(2)
    printed = report({"words": 1000, "width": 16, "threads": 1, "sizes": sizes, "peers": rows, "peer_words": 800})
    assert "| relatedness of 500 related and 500 unrelated pairs |" in printed and "800 words" in printed


def test_fine_tuning_stands_beside_the_trainer(capsys):
    run("fine_tuning.py", "--model", "1x64", "--rounds", 1, "--steps", 2, "--batch", 4, "--threads", 1)
    header, _, row = rows(capsys.readouterr().out)
    assert header == ["model", "embspace, pieces/s", "Trainer, pieces/s", "ratio", "ratios"]
    assert row[0] == "1x64" and number(row[3]) == pytest.approx(number(row[1]) / number(row[2]), abs=0.02)
