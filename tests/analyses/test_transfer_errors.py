import pandas as pd
import pytest
from tagged_words import BLIND, PLACES, system

from embspace.analyses.transfer_errors import read_transfer, transfer_counts
from embspace.errors import SettingsError


def slow(table):
    """Sentences with a wrong word, and all, counted word by word."""
    found = {}
    for row in table.to_dict("records"):
        key = row["language"], row["sentence"]
        found[key] = found.get(key, False) or row["gold"] != row["predicted"]
    codes = [language for language, _ in found]
    return {code: (sum(bad for (one, _), bad in found.items() if one == code), codes.count(code)) for code in codes}


@pytest.fixture
def tables():
    return {"ru": system(*PLACES), "en": system(*BLIND)}


def test_wrong_sentences_are_counted_as_one_by_one(tables):
    found = transfer_counts(pd.concat([one.assign(system=name) for name, one in tables.items()]))
    assert list(found.columns) == ["train", "test", "wrong", "sentences"]
    for row in found.to_dict("records"):
        assert (row["wrong"], row["sentences"]) == slow(tables[row["train"]])[row["test"]]
    assert len(found) == 4


def test_the_language_is_told_by_a_column_or_by_the_name(tables):
    named = tables["ru"].assign(system="mine", train="be", seed=3)
    found = transfer_counts(named)
    assert set(found["train"]) == {"be"} and set(found["seed"]) == {"3"}
    for odd, message in (
        (named.assign(train="be en"), "'mine' was trained on be, en; transfer is of systems that learned from one"),
        (named.assign(train=""), r"'mine' does not say which language it was trained on; name the file .*ru\.csv"),
        (named.drop(columns="gold"), "transfer: the predictions have no column 'gold'"),
        (named.assign(gold=None), "transfer: 16 words have no gold tag"),
    ):
        with pytest.raises(SettingsError, match=message):
            transfer_counts(odd)


def test_files_of_predictions_and_of_counts_are_read_together(tables, tmp_path):
    tables["ru"].to_csv(tmp_path / "ru.csv", index=False)
    tables["en"].to_parquet(tmp_path / "en.parquet")
    counts = tmp_path / "counts.tsv"
    counts.write_text("train\ttest\twrong\tsentences\ntr\tru\t3\t4\n")
    found = read_transfer([tmp_path / "ru.csv", counts, tmp_path / "en.parquet"])
    assert found["train"].tolist() == ["ru", "ru", "tr", "en", "en"] and found["sentences"].tolist() == [2, 2, 4, 2, 2]
    counts.write_text("train\ttest\twrong\tsentences\ntr\tru\tfew\t4\n")
    with pytest.raises(SettingsError, match=r"counts\.tsv, row 1: wrong is 'few'; expected a number"):
        read_transfer(counts)
    counts.write_text("a\tb\n1\t2\n")
    with pytest.raises(SettingsError, match="no column 'sentence'; predictions have"):
        read_transfer(counts)
    with pytest.raises(SettingsError, match="No file of predictions"):
        read_transfer([])
