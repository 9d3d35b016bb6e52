import pandas as pd
import pytest
from fake_space import fake_space

from embspace.analyses.tokenization import fertility, shared_pieces, splits, tokenization
from embspace.errors import CorpusError, SettingsError


@pytest.fixture
def space():
    space = fake_space(languages=("be", "en"), per_type=2, lost=(3,))
    space.words["text"] = ["Вашынгтон", "Вашынгтон", "Вашынгтоне", "\u200b", *["Washington"] * 4]
    space.words["pieces"] = ["▁Ва шын гтон", "▁Ва шын гтон", "▁Ва шын гтоне", "", *["▁Washington"] * 4]
    space.words["n_pieces"] = [3, 3, 3, 0, 1, 1, 1, 1]
    return space


def test_a_row_per_written_form_and_type_with_its_count(space):
    result = tokenization(space)
    assert list(result.columns) == ["language", "text", "type", "n_pieces", "pieces", "count"]
    assert result.values.tolist() == [
        ["be", "Вашынгтон", "PER", 3, "▁Ва шын гтон", 2],
        ["be", "Вашынгтоне", "LOC", 3, "▁Ва шын гтоне", 1],
        ["be", "\u200b", "LOC", 0, "", 1],
        ["en", "Washington", "PER", 1, "▁Washington", 2],
        ["en", "Washington", "LOC", 1, "▁Washington", 2],
    ]


def test_counts_add_up_and_missing_types_are_kept(space):
    space.words["type"] = None
    result = tokenization(space)
    assert result["count"].sum() == space.n_words
    assert all(result["type"].isna())


def test_fertility_is_the_mean_over_occurrences(space):
    result = fertility(tokenization(space)).set_index("language")
    assert result.loc["be"].tolist() == [3.0, 1.0, 3.0]
    assert result.loc["en"].tolist() == [1.0, 0.0, 4.0]


def test_fertility_of_each_type(space):
    space.words.loc[[6, 7], ["pieces", "n_pieces"]] = ["▁Wash ington", 2]
    result = fertility(tokenization(space), by_type=True)
    assert list(result.columns) == ["language", "type", "fertility", "split", "n"]
    table = result.set_index(["language", "type"])
    assert table.loc[("en", "PER")].tolist() == [1.0, 0.0, 2.0]
    assert table.loc[("en", "LOC")].tolist() == [2.0, 1.0, 2.0]
    assert table.loc[("be", "LOC")].tolist() == [3.0, 1.0, 1.0]  # the word without pieces is left out
    space.words["type"] = None
    bare = fertility(tokenization(space), by_type=True)
    assert bare["type"].isna().all() and bare["n"].tolist() == [3, 4]


def test_one_word_side_by_side_in_every_language(space):
    space.words["entity"] = ["w", "w", "w", None, "w", "w", "w", "x"]
    space.words.loc[7, "text"] = "York"
    found = splits(space, "washington")
    assert found[["language", "text", "count"]].values.tolist() == [
        *(["be", "Вашынгтон", 2], ["be", "Вашынгтоне", 1], ["en", "Washington", 2], ["en", "Washington", 1])
    ]
    assert found.equals(splits(space, "Вашынгтон")) and found.equals(splits(space, "w"))
    assert splits(space, "\u200b")["n_pieces"].tolist() == [0]  # a word that names no entity: its own form alone
    assert found.attrs["settings"]["word"] == "washington"
    assert fertility(found)["fertility"].tolist() == [3, 1]
    with pytest.raises(SettingsError, match="no word or entity 'Vashington'; near are 'Washington'"):
        splits(space, "Vashington")
    with pytest.raises(SettingsError, match=r"space\.words lists those"):
        splits(space, "qqq")


def test_a_word_that_names_nothing_is_found_by_its_word_alignments():
    space = fake_space(languages=("be", "en", "tr"), per_type=1)
    space.words["text"] = ["стары", "дом", "old", "house", "eski", "ev"]
    space.words["position"] = [0, 1] * 3
    space.words["parallel"], space.words["entity"] = "1", None
    links = pd.DataFrame(
        [("1", "be", 1, "en", 1), ("1", "en", 1, "tr", 1), ("1", "en", 0, "tr", 0)],
        columns=["parallel", "language_a", "word_a", "language_b", "word_b"],
    )
    assert splits(space, "House")["text"].tolist() == ["house"]
    assert splits(space, "House", links=links)["text"].tolist() == ["дом", "house", "ev"]
    assert splits(space, "дом", links=links)["text"].tolist() == ["дом", "house", "ev"]  # by way of English
    assert splits(space, "eski", links=links)["text"].tolist() == ["old", "eski"]  # no link to Belarusian
    with pytest.raises(CorpusError, match="no column 'word_a'"):
        splits(space, "дом", links=links.drop(columns="word_a"))


def test_shared_pieces_of_two_languages(space):
    space.words.loc[7, "pieces"], space.words.loc[7, "n_pieces"] = "▁Wash Ва шын", 3
    table = shared_pieces(tokenization(space)).set_index(["language_a", "language_b"])
    # be: ▁Ва шын гтон гтоне; en: ▁Washington ▁Wash Ва шын
    assert table.loc[("be", "en"), "n"] == table.loc[("en", "be"), "n"] == 1
    assert table.loc[("be", "en"), "value"] == pytest.approx(1 / 7)
    assert table.loc[("en", "en")].tolist() == [1.0, 4.0]


def test_a_word_of_several_checkpoints_beside_what_is_usual(space):
    other = fake_space(languages=("be", "en"), per_type=2)
    other.words["text"] = list(space.words["text"])
    other.words["pieces"], other.words["n_pieces"] = "W ash", 2
    found = splits([space, other], "Washington")
    assert (found.columns[0], found.columns[-1]) == ("checkpoint", "fertility")
    first, second = (own for _, own in found.groupby("checkpoint", sort=False))
    assert set(first.loc[first["language"] == "en", "n_pieces"]) == {1} and set(second["n_pieces"]) == {2}
    assert set(first.loc[first["language"] == "be", "fertility"]) == {3.0} and set(second["fertility"]) == {2.0}
