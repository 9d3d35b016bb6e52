import pandas as pd
import pytest

import embspace as es
from embspace.corpora.tags import spans_to_tags, tags_to_spans
from embspace.encoders.trained import find_runs
from embspace.errors import EncoderError, SettingsError, StoreError
from embspace.progress import Silent
from embspace.training.material import open_part
from embspace.workflows.analyzed_runs import trained_on
from embspace.workflows.given_files import kept_file
from embspace.workflows.predict import PredictConfig, make_table
from embspace.workflows.stored_predictions import find_predictions, keep_predictions, stored_predictions
from small_runs import TESTED


def test_what_runs_keep_is_what_their_best_step_predicts(taught):
    found = stored_predictions(taught)
    assert {one.name for one in found} == {"job:en-job", "job:ru-job/1", "job:ru-job/2"}
    [one] = find_predictions("job:en", taught)
    assert (one.train, one.seed, one.part) == (("en",), 1, TESTED)
    table = one.table()
    wanted = es.predict(f"job:en-job@{one.step}", open_part(TESTED, taught))
    pd.testing.assert_frame_equal(table[list(wanted.columns)], wanted, check_dtype=False)
    assert set(table["system"]) == {"job:en-job"} and set(table["train"]) == {"en"} and set(table["seed"]) == {1}


def test_gold_tags_are_told_in_the_encoding_of_the_labels(taught):
    [one] = find_predictions("job:en", taught)
    raw = pd.read_parquet(one.path)
    tags = [spans_to_tags(tags_to_spans(list(tags)), len(tags), "bioes") for tags in raw["gold"]]
    raw.assign(gold=tags).to_parquet(one.path)
    wanted = es.predict("job:en@best", open_part(TESTED, taught))
    assert one.table()["gold"].tolist() == wanted["gold"].tolist()
    raw.assign(gold=[None] * len(raw)).to_parquet(one.path)
    assert one.table()["gold"].isna().all()
    one.path.write_bytes(b"PAR1")
    with pytest.raises(StoreError, match=r"test-\w+\.parquet is no table of predictions any more"):
        one.table()


def test_what_was_predicted_by_a_job_is_found_by_its_key(taught):
    config = PredictConfig("job:en-job@best", corpus=TESTED)
    key, table = make_table(config, taught, Silent())
    [one] = find_predictions(key[:10], taught)
    assert (one.name, one.system, one.train, one.part) == (key, "job:en-job@best", ("en",), TESTED)
    pd.testing.assert_frame_equal(one.table()[list(table.columns)], table, check_dtype=False)
    [reference] = keep_predictions([key[:10]], taught)
    assert kept_file(reference, taught).name == f"{key}.parquet"
    (taught.results / key / "settings.json").write_text("{")
    with pytest.raises(SettingsError, match=f"predictions '{key}': no such file, and no result of embspace predict"):
        find_predictions(key, taught)


def test_predictions_are_kept_as_files_each_once(taught, tmp_path):
    path = tmp_path / "mine.csv"
    find_predictions("job:en", taught)[0].table().drop(columns="system").to_csv(path, index=False)
    names = ["job:ru-job", path, "job:en@best", "job:en-job"]
    kept = keep_predictions(names, taught)
    assert [one.rpartition("/")[2] for one in kept] == [
        *("job_ru-job_1.parquet", "job_ru-job_2.parquet", "mine.csv", "job_en-job.parquet")
    ]
    found = es.read_predictions([kept_file(one, taught) for one in kept])
    assert list(dict.fromkeys(found["system"])) == ["job:ru-job/1", "job:ru-job/2", "mine", "job:en-job"]
    assert keep_predictions(names, taught) == kept


def test_what_is_not_stored_is_said_with_what_to_do(taught):
    [run] = find_runs("job:en", taught)
    for name, error, message in (
        ("job:en@0", SettingsError, r"keeps the predictions of its best step, \d.*embspace predict job:en@0 --csv"),
        ("job:nowhere", EncoderError, "there is no such run in the workspace"),
        ("0123456789", SettingsError, "'0123456789': no such file, and no result of embspace predict. Give a file"),
        ("none.csv", SettingsError, "none.csv: no such file"),
    ):
        with pytest.raises(error, match=message):
            keep_predictions([name], taught)
    for path in run.folder.glob("test-*.parquet"):
        path.unlink()
    with pytest.raises(
        SettingsError, match="of job:en-job no predictions are stored; it has not ended, or has no test"
    ):
        keep_predictions(["job:en"], taught)


def test_the_languages_that_a_run_learned_from(workspace):
    assert trained_on([{"corpus": "synthetic-ner", "languages": ["ru"]}], workspace) == ("ru",)
    assert len(trained_on([{"corpus": "synthetic-ner"}], workspace)) == 11
    assert set(trained_on([{"corpus": "parallel-sample", "languages": None}], workspace)) >= {"be", "en"}
    assert trained_on([{"corpus": "gone"}], workspace) == ()
