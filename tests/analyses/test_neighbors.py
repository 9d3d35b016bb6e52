import numpy as np
import pytest
from fake_space import fake_space

from embspace.analyses import sampling
from embspace.analyses.neighbors import COLUMNS, neighbors, query_rows
from embspace.errors import SettingsError


def slow_nearest(space, layer, row, language, k):
    vectors = space.vectors[layer].astype(float)
    there = space.words.found & (space.words.language == language)
    rows = [i for i in range(space.n_words) if there[i] and i != row]
    scores = {i: vectors[row] @ vectors[i] / np.linalg.norm(vectors[row]) / np.linalg.norm(vectors[i]) for i in rows}
    near = sorted(rows, key=lambda i: -scores[i])[:k]
    return near, [scores[i] for i in near]


def test_the_nearest_of_each_other_language_with_their_sentences():
    space = fake_space(lost=(20,))
    result = neighbors(space, 3, layer=[0, 2], k=4)
    assert list(result.columns) == COLUMNS
    assert len(result) == 2 * 2 * 4
    for (layer, language), lines in result.groupby(["layer", "language"]):
        rows, values = slow_nearest(space, layer, 3, language, 4)
        assert lines["row"].tolist() == rows
        assert lines["value"].to_numpy() == pytest.approx(values, abs=1e-9)
        assert lines["rank"].tolist() == [1, 2, 3, 4]
    for line in result.itertuples():
        word = space.words.iloc[line.row]
        assert (line.text, line.language, line.start, line.stop) == (word.text, word.language, word.start, word.stop)
        assert line.context[line.start : line.stop] == line.text
        assert line.query_context[line.query_start : line.query_stop] == line.query == "per3"
        assert line.translation == (word.parallel == "PER3")
    settings = result.attrs["settings"]
    assert (settings["analysis"], settings["sample"], settings["seed"], settings["k"]) == ("neighbors", 1000, 0, 4)


def test_the_own_language_counts_when_it_is_asked_for_without_the_word_itself():
    space = fake_space()
    for metric in ("cosine", "l2", "csls"):
        result = neighbors(space, 3, languages=["be"], k=15, metric=metric)
        assert sorted(result["row"]) == [i for i in range(16) if i != 3]
    rows, values = slow_nearest(space, 2, 3, "be", 5)
    result = neighbors(space, 3, languages=["be"])
    assert result["row"].tolist() == rows
    assert result["value"].to_numpy() == pytest.approx(values)


def test_a_word_in_a_sample_of_sentences_has_the_same_value_as_among_all():
    space = fake_space(per_type=30)
    sample = neighbors(space, 3, sample=12, k=12)
    every = neighbors(space, 3, sample=None, k=60).set_index("row")["value"]
    assert sample.groupby("language")["row"].nunique().tolist() == [12, 12]
    assert sample["value"].to_numpy() == pytest.approx(every[sample["row"]].to_numpy())
    again = neighbors(space, 3, sample=12, k=12, languages=["tr"])
    assert again["row"].tolist() == sample.loc[sample["language"] == "tr", "row"].tolist()
    assert set(neighbors(space, 3, sample=12, k=12, seed=1)["row"]) != set(sample["row"])


def test_csls_takes_the_words_of_the_two_languages():
    space = fake_space(languages=("be", "en"))
    result = neighbors(space, 5, metric="csls", k=16)
    units = space.vectors[2].astype(float)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    be, en = units[:16], units[16:]
    near = -np.sort(-(be @ en.T), axis=1)[:, :10].mean(axis=1), -np.sort(-(en @ be.T), axis=1)[:, :10].mean(axis=1)
    expected = 2 * en @ be[5] - near[0][5] - near[1]
    assert result["row"].tolist() == (16 + np.argsort(-expected)).tolist()
    assert result["value"].to_numpy() == pytest.approx(np.sort(expected)[::-1])


def test_each_written_form_once():
    space = fake_space(per_type=30)
    space.words["text"] = [f"w{i % 7}" for i in range(space.n_words)]
    every = neighbors(space, 3, k=60)
    once = neighbors(space, 3, k=5, distinct=True)
    for language, lines in once.groupby("language"):
        first = every[every["language"] == language].drop_duplicates("text").head(5)
        assert lines["row"].tolist() == first["row"].tolist()
    assert len(neighbors(space, 3, k=20, distinct=True)) == 14


def test_a_written_word_means_its_occurrences():
    space = fake_space(lost=(0,))
    assert query_rows(space, "per0").tolist() == [16, 32]
    assert query_rows(space, "PER3").tolist() == [3, 19, 35]
    assert query_rows(space, "per3", most=2).tolist() == [3, 35]
    assert query_rows(space, np.int64(4)).tolist() == [4]
    assert query_rows(space, None, most=3).tolist() == query_rows(space, None, most=3).tolist()
    with pytest.raises(SettingsError, match=r"No word of the space is written 'pper3'\. Similar are per"):
        query_rows(space, "pper3")
    with pytest.raises(SettingsError, match="rows 0 to 47; asked was for 48"):
        query_rows(space, [3, 48])
    with pytest.raises(SettingsError, match="left nothing of 0"):
        query_rows(space, 0)
    with pytest.raises(SettingsError, match=r"query=1\.5 is not possible"):
        query_rows(space, 1.5)  # pyright: ignore


def test_a_written_word_of_one_language():
    space = fake_space(languages=("be", "en", "de"))
    space.words["text"] = ["Gift", "x"] + ["y"] * (len(space.words) - 4) + ["gift", "Gift"]
    first, *_, last = space.words["language"]
    end = len(space.words) - 1
    assert query_rows(space, "Gift").tolist() == [0, end]
    assert query_rows(space, "Gift", language=first).tolist() == [0]
    assert query_rows(space, "GIFT", language=last).tolist() == [end - 1, end]
    drawn = query_rows(space, None, 4, language="en")
    assert set(space.words["language"].iloc[drawn]) == {"en"}
    found = neighbors(space, "Gift", query_language=last, k=1)
    assert set(found["query_language"]) == {last} and last not in set(found["language"])
    assert found.attrs["settings"]["query_language"] == last
    with pytest.raises(
        SettingsError, match=rf"No word of language 'en' is written 'Gift'; it stands in {first}, {last}"
    ):
        query_rows(space, "Gift", language="en")
    with pytest.raises(SettingsError, match="no words of language 'fr'"):
        query_rows(space, "Gift", language="fr")
    with pytest.raises(SettingsError, match="query_language is for a written word"):
        query_rows(space, 3, language="en")


def test_what_is_not_there_is_refused():
    space = fake_space(languages=("be", "en"))
    with pytest.raises(SettingsError, match="no words of language 'de'; it has be, en"):
        neighbors(space, 3, languages=["de"])
    with pytest.raises(SettingsError, match="no word to compare with"):
        neighbors(space.select(language="be"), 3)
    with pytest.raises(SettingsError, match="sample=0 is not possible"):
        neighbors(space, 3, sample=0)
    with pytest.raises(SettingsError, match="k=0 and most=10 are not possible"):
        neighbors(space, 3, k=0)


def test_scattered_rows_are_read_in_blocks(monkeypatch):
    space = fake_space()
    monkeypatch.setattr(sampling, "_CELLS", 5 * space.dim)
    for rows in (np.array([0, 4, 5, 11, 12, 47]), np.arange(48), np.array([], dtype=np.int64)):
        assert np.array_equal(sampling.rows_of_layer(space, 1, rows), space.vectors[1][rows])
