import math
from collections import Counter
from random import Random

import pandas as pd
import pytest
from tagged_words import BLIND, CLUBS, PLACES, predictions, system

from embspace.analyses.confusion import confusion
from embspace.analyses.predictions import read_predictions
from embspace.errors import SettingsError


def slow(table, system, language, gold, predicted, trim):
    """Counted word by word."""
    words = [row for row in table.to_dict("records") if row["language"] == language and trim(row["gold"]) == gold]
    count = sum(trim(row["predicted"]) == predicted for row in words)
    return count, count / len(words) if words else math.nan


def first(tag):
    return {"S": "B", "E": "I"}.get(tag[0], tag[0])


def random_tables(seed):
    random = Random(seed)
    tags = ["O", "B-PER", "I-PER", "S-LOC", "E-ORG", "B-ORG"]
    sentences = []
    for language in random.choices(["be", "en", "tr"], k=20):
        n = random.randint(1, 6)
        sentences.append((language, "w " * n, *(" ".join(random.choices(tags, k=n)) for _ in range(2))))
    return predictions(*sentences)


@pytest.mark.parametrize(("labels", "trim"), [("bio", first), ("types", lambda tag: tag[2:] or "O"), ("tags", str)])
def test_counts_and_shares_are_those_of_a_count_word_by_word(labels, trim):
    one = random_tables(1)
    two = one.assign(predicted=one["predicted"].sample(frac=1, random_state=2).to_numpy())
    tables = {"one": one, "two": two}
    found = confusion(tables, labels=labels)
    assert list(found.columns) == ["system", "language", "gold", "predicted", "count", "share"]
    for row in found.to_dict("records"):
        count, share = slow(tables[row["system"]], *list(row.values())[:4], trim)
        assert row["count"] == count
        assert row["share"] == pytest.approx(share, nan_ok=True)
    assert Counter(found["system"]) == {one: 3 * found["gold"].nunique() ** 2 for one in tables}
    for name, table in tables.items():
        assert found.loc[found["system"] == name, "count"].sum() == len(table)
    assert found.attrs["settings"] == {"analysis": "confusion", "labels": labels, "systems": ["one", "two"]}


def test_trimmed_to_bio_by_hand():
    found = confusion(system(*PLACES)).set_index(["language", "gold", "predicted"])
    assert found.loc[("en", "B", "B"), "count"] == 4 and found.loc[("en", "I", "I"), "share"] == 1
    assert math.isnan(found.loc[("ru", "I", "O"), "share"]) and found.loc[("ru", "O", "O"), "count"] == 4
    types = confusion(system(*PLACES), labels="types").set_index(["language", "gold", "predicted"])
    assert types.loc[("en", "ORG", "LOC"), "share"] == pytest.approx(2 / 3)
    assert types.loc[("ru", "ORG", "LOC"), "share"] == 1
    assert list(types.index.get_level_values("gold").unique()) == ["LOC", "ORG", "PER", "O"]


def test_what_cannot_be_counted_is_refused():
    table = system(*PLACES)
    with pytest.raises(SettingsError, match=r"'NOUN' is no tag of an entity .*; labels=\"tags\" takes tags of any"):
        confusion(table.replace({"O": "NOUN"}))
    with pytest.raises(SettingsError, match='labels=\'iob\' is not possible; it is "bio", "types" or "tags"'):
        confusion(table, labels="iob")  # pyright: ignore[reportArgumentType]
    with pytest.raises(SettingsError, match=r"11 words have no gold tag, the first is 'Empoli' in sentence 0 of 'x'"):
        confusion({"x": table.assign(gold=[None] * 11 + ["O"] * 5)})
    with pytest.raises(SettingsError, match="no column 'gold'; needed are sentence, position"):
        confusion(table.drop(columns="gold"))
    with pytest.raises(SettingsError, match="no rows; give a row per word"):
        confusion(table.iloc[:0])
    with pytest.raises(SettingsError, match="no system is given"):
        confusion({})
    with pytest.raises(SettingsError, match="word 0 of sentence 0 is there twice in 'predicted'"):
        confusion(pd.concat([table, table]))


def test_predictions_are_read_from_files(tmp_path):
    places, blind = tmp_path / "places.csv", tmp_path / "blind.parquet"
    odd, other = system(*PLACES), system(*BLIND)
    odd.loc[0, "word"] = other.loc[0, "word"] = 'NA, "a;b"'
    odd.to_csv(places, index=False)
    other.to_parquet(blind)
    found = read_predictions([places, blind])
    assert list(dict.fromkeys(found["system"])) == ["places", "blind"]
    assert found.loc[0, "word"] == 'NA, "a;b"' and found["position"].dtype == "int64"
    pd.testing.assert_frame_equal(confusion(found), confusion({"places": system(*PLACES), "blind": system(*BLIND)}))
    bad = tmp_path / "bad.csv"
    bad.write_text("sentence,word\n1,a\n")
    with pytest.raises(
        SettingsError, match=r"bad.csv: no column 'position'; predictions have sentence, position, word"
    ):
        read_predictions(bad)
    bad.write_text("sentence,position,word,language,gold,predicted\n1,x,a,en,O,O\n")
    with pytest.raises(SettingsError, match=r"bad.csv, row 1: position is 'x'; expected a whole number"):
        read_predictions(bad)
    with pytest.raises(SettingsError, match=r"none\.csv cannot be read as a table"):
        read_predictions(tmp_path / "none.csv")
    with pytest.raises(SettingsError, match="No file of predictions"):
        read_predictions([])
    assert len(CLUBS) == found["sentence"].nunique()
