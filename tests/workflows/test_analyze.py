import json

import numpy as np
import pandas as pd
import pytest

import embspace as es
from embspace.analyses.result_store import read_result, write_result
from embspace.corpora.catalog import add_corpus
from embspace.corpora.records import Entity, Sentence
from embspace.errors import SettingsError
from embspace.progress import Silent
from embspace.workflows import analyze, registry
from embspace.workflows.analyze import AnalyzeConfig, find_tables, make_corpora, make_tables
from embspace.workflows.extract import ExtractConfig
from embspace.workflows.settings import from_json, to_json
from embspace.workflows.stored_space import find_space


@pytest.fixture
def extraction(bert_folder):
    return ExtractConfig(str(bert_folder), ("be", "en"), ("Washington",), per_type=4)


def test_a_job_extracts_analyzes_stores_and_finds_again(workspace, extraction, monkeypatch):
    config = AnalyzeConfig("similarity", (extraction,))
    corpora = make_corpora(config.spaces)
    assert find_tables(config, corpora, workspace) == (None, (extraction,))
    done = registry.run("analyze", to_json(config), workspace, Silent())
    assert done["rows"] == {"similarity": 12}
    found, missing = find_tables(config, corpora, workspace)
    assert missing == ()
    space = es.extract(extraction.checkpoint, corpora[0])
    wanted = es.similarity(space)
    pd.testing.assert_frame_equal(found["similarity"], wanted)
    assert found["similarity"].attrs["settings"]["space"] == space.fingerprint
    monkeypatch.setattr(analyze, "make_space", None)
    monkeypatch.setattr(analyze, "_compute", None)
    key, again = make_tables(config, workspace, Silent())
    assert key == done["result"]
    pd.testing.assert_frame_equal(again["similarity"], wanted)
    record = json.loads((workspace.results / key / "settings.json").read_text())
    assert record["config"]["analysis"] == "similarity"
    assert from_json(AnalyzeConfig, record["config"]) == config
    assert not list(workspace.results.glob(".*"))


def test_two_and_several_checkpoints_are_compared(workspace, extraction, xlmr_folder):
    from dataclasses import replace

    other = replace(extraction, checkpoint=str(xlmr_folder))
    _, tables = make_tables(AnalyzeConfig("similarity", (extraction, other)), workspace, Silent())
    assert tables["similarity"]["checkpoint"].nunique() == 2
    _, tables = make_tables(AnalyzeConfig("change", (extraction, extraction)), workspace, Silent())
    assert list(tables) == ["change", "cka", "neighbor_overlap"]
    assert tables["change"]["l2"].max() == 0


def test_a_corpus_alone_needs_no_checkpoint(workspace):
    config = AnalyzeConfig("spelling", (ExtractConfig("./no/such/model", ("be", "en"), ("Washington",), 2),))
    done = registry.run("analyze", to_json(config), workspace, Silent())
    assert done["rows"] == {"spelling": 4, "spelled": 2}
    found, missing = find_tables(config, make_corpora(config.spaces), workspace)
    assert missing == () and found["spelling"]["value"].between(0, 1).all()


def test_several_tables_come_from_the_first(workspace, extraction):
    _, tables = make_tables(AnalyzeConfig("tokenization", (extraction,)), workspace, Silent())
    assert list(tables) == ["tokenization", "fertility", "shared_pieces"]
    again, _ = find_tables(AnalyzeConfig("tokenization", (extraction,)), make_corpora((extraction,)), workspace)
    for name, table in tables.items():
        pd.testing.assert_frame_equal(again[name], table)
        assert again[name].attrs == table.attrs


def test_the_result_depends_on_what_and_how_and_on_nothing_else(workspace, extraction):
    def key(analysis="isotropy", transforms=(), **settings):
        return analyze.result_key(AnalyzeConfig(analysis, (extraction,), transforms, settings), ["a"])

    assert key() == key(layer=None)
    assert key(layer=[0, 1]) == key(layer=(0, 1))
    assert len({key(), key("similarity"), key(transforms=("center",)), key(layer=1), key(layer=[1])}) == 5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"analysis": "magic"}, "There is no analysis 'magic'"),
        ({"analysis": "similarity", "spaces": []}, "takes one checkpoint or more; 0 are given"),
        ({"analysis": "neighbors", "spaces": [{}, {}]}, "takes one checkpoint; 2 are given"),
        ({"analysis": "change", "spaces": [{}]}, "takes two checkpoints; 1 are given"),
        ({"analysis": "spelling", "transforms": ["center"]}, "looks at no vectors"),
        ({"analysis": "similarity", "settings": {"depth": 3}}, "There is no setting 'depth'"),
    ],
)
def test_what_is_impossible_is_said_before_anything_is_read(arguments, message):
    with pytest.raises(SettingsError, match=message):
        from_json(AnalyzeConfig, arguments)


def test_links_that_are_replaced_make_another_result(workspace, bert_folder):
    sentences = [
        Sentence(tuple(text.split()), code, parallel=f"p{number}")
        for number, text in enumerate(["a red house", "one old town", "my new book", "two big dogs"])
        for code in ("en", "de")
    ]
    links = [(f"p{n}", "en", word, "de", word) for n in range(4) for word in range(3)]
    turned = [(f"p{n}", "en", word, "de", 2 - word) for n in range(4) for word in range(3)]
    columns = ["parallel", "language_a", "word_a", "language_b", "word_b"]
    add_corpus(sentences, name="four", links=pd.DataFrame(links, columns=columns), workspace=workspace)
    spaces = (ExtractConfig(str(bert_folder), corpus="four"),)
    configs = [
        AnalyzeConfig("relatedness", spaces, settings={"bootstrap": 0}),
        AnalyzeConfig("similarity", spaces, ("rotate:en",)),
        AnalyzeConfig("isotropy", spaces, settings={"bootstrap": 0}),
    ]
    before = [analyze.links_key(one, workspace) for one in configs]
    key, tables = make_tables(configs[0], workspace, Silent())
    add_corpus(sentences, name="four", links=pd.DataFrame(turned, columns=columns), workspace=workspace)
    assert [analyze.links_key(one, workspace) == was for one, was in zip(configs, before, strict=True)] == [0, 0, 1]
    assert find_tables(configs[0], make_corpora(spaces, workspace), workspace) == (None, ())
    other, replaced = make_tables(configs[0], workspace, Silent())
    assert other != key
    assert not np.allclose(replaced["relatedness"]["mean_related"], tables["relatedness"]["mean_related"])


def test_similarity_is_of_aligned_words_or_where_the_space_is_of_entities_of_them(workspace, bert_folder):
    texts = [("en", "a red house"), ("de", "rotes haus da"), ("en", "one old town"), ("de", "eine alte stadt")]
    sentences = [
        Sentence(tuple(text.split()), code, entity=Entity(2, 3, "LOC", str(at // 2)), parallel=str(at // 2))
        for at, (code, text) in enumerate(texts)
    ]
    columns = ["parallel", "language_a", "word_a", "language_b", "word_b"]
    links = pd.DataFrame([("0", "en", 1, "de", 0), ("0", "en", 2, "de", 1), ("1", "en", 2, "de", 2)], columns=columns)
    add_corpus(sentences, name="places", links=links, workspace=workspace)
    for targets, way, n in (("auto", "parallel entities", 2), ("words", "links", 3)):
        config = AnalyzeConfig("similarity", (ExtractConfig(str(bert_folder), corpus="places", targets=targets),))
        _, tables = make_tables(config, workspace, Silent())
        result = tables["similarity"]
        assert result.attrs["settings"]["pairs"] == way
        assert set(result["n"]) == {n} and result["value"].between(-1, 1).all()


def test_a_damaged_result_is_made_again(workspace, extraction):
    config = AnalyzeConfig("isotropy", (extraction,))
    key, before = make_tables(config, workspace, Silent())
    path = workspace.results / key / "result.parquet"
    path.write_bytes(path.read_bytes()[:40])
    assert read_result(workspace.results, key) is None
    _, after = make_tables(config, workspace, Silent())
    pd.testing.assert_frame_equal(after["isotropy"], before["isotropy"])
    assert read_result(workspace.results, key) is not None


def test_the_first_result_stays(workspace):
    one, other = pd.DataFrame({"value": [1.0]}), pd.DataFrame({"value": [2.0]})
    write_result(workspace.results, "k", {"t": one}, {})
    write_result(workspace.results, "k", {"t": other}, {})
    assert read_result(workspace.results, "k")["t"]["value"].tolist() == [1.0]


def test_a_space_is_found_by_its_settings_alone(workspace, extraction):
    [corpus] = make_corpora((extraction,))
    space = es.extract(extraction.checkpoint, corpus)
    assert find_space(extraction, corpus, workspace).path == space.path
    from dataclasses import replace

    for change in ({"pooling": "max"}, {"layers": (1,)}, {"dtype": "bfloat16"}, {"targets": "words"}, {"window": 8}):
        assert find_space(replace(extraction, **change), corpus, workspace) is None
        other = es.extract(extraction.checkpoint, corpus, **change)
        assert find_space(replace(extraction, **change), corpus, workspace).path == other.path


def test_sentences_that_differ_only_in_how_they_are_read_are_made_once(extraction):
    from dataclasses import replace

    first, second, third = make_corpora((extraction, replace(extraction, checkpoint="x"), replace(extraction, seed=1)))
    assert first is second and third is not first
