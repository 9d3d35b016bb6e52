import pytest
from tagged_words import BLIND, CLUBS, PLACES, predictions, system

from embspace.analyses.errors import organizations, tagging_errors
from embspace.errors import SettingsError

TWO = {"places": system(*PLACES), "blind": system(*BLIND)}


def slow(wrong, right):
    """Numbers of the sentences where one errs and the other does not."""
    gold = [one[2] for one in CLUBS]
    triples = zip(gold, wrong, right, strict=True)
    return [number for number, (tags, a, b) in enumerate(triples) if a != tags and b == tags]


@pytest.mark.parametrize(("wrong", "right"), [("places", "blind"), ("blind", "places")])
def test_sentences_where_one_errs_and_the_other_does_not(wrong, right):
    tables = {"places": PLACES, "blind": BLIND}
    found = tagging_errors(TWO, wrong, right)
    assert found["sentence"].tolist() == slow(tables[wrong], tables[right]) != []
    for row in found.to_dict("records"):
        language, words, gold = CLUBS[row["sentence"]]
        assert (row["language"], row["words"], row["gold"]) == (language, words, gold)
        assert row["predicted_wrong"] == tables[wrong][row["sentence"]] and row["predicted_right"] == gold
        pairs = list(zip(gold.split(), row["predicted_wrong"].split(), strict=True))
        assert row["n_wrong"] == sum(a != b for a, b in pairs) and row["n_words"] == len(pairs)
    assert found.attrs["settings"]["wrong"] == wrong


def test_wrong_words_are_marked():
    found = tagging_errors(TWO)
    assert (found["wrong"].iloc[0], found["right"].iloc[0]) == ("places", "blind")
    assert found["marked"].tolist() == [
        "[Empoli: B-ORG → B-LOC] beat Swansea [City: I-ORG → I-LOC] .",
        "[Эмполи: B-ORG → B-LOC] в Москве",
    ]
    assert found["types"].tolist() == ["LOC, ORG"] * 2


def test_errors_by_language_and_type():
    assert tagging_errors(TWO, "blind", type="PER")["sentence"].tolist() == [1, 3]
    assert tagging_errors(TWO, "blind", gold="PER", predicted="O")["sentence"].tolist() == [1]
    assert tagging_errors(TWO, "blind", gold="O")["sentence"].tolist() == [3]
    assert tagging_errors(TWO, gold="ORG", predicted="LOC", language="ru")["sentence"].tolist() == [2]
    assert tagging_errors(TWO, type="PER").empty
    alone = tagging_errors(TWO["places"])
    assert alone["sentence"].tolist() == [0, 2] and set(alone["right"]) == {""} == set(alone["predicted_right"])


def test_errors_of_what_is_not_there_are_refused():
    with pytest.raises(SettingsError, match="there is no system 'x'; there are places, blind"):
        tagging_errors(TWO, "x")
    with pytest.raises(SettingsError, match="'blind' cannot err and not err"):
        tagging_errors(TWO, "blind", "blind")
    with pytest.raises(SettingsError, match="name in right= the system that does not err; there are blind, third"):
        tagging_errors(TWO | {"third": TWO["blind"]})
    with pytest.raises(SettingsError, match="there is no language 'tr'; there are en, ru"):
        tagging_errors(TWO, language="tr")
    with pytest.raises(SettingsError, match="there is no type 'MISC'; there are LOC, O, ORG, PER"):
        tagging_errors(TWO, gold="MISC")
    other = TWO["blind"].copy()
    other.loc[0, "word"] = "Parma"
    with pytest.raises(SettingsError, match=r"'places' and 'blind' have other words in sentence 0 .'Empoli beat"):
        tagging_errors({"places": TWO["places"], "blind": other})
    with pytest.raises(SettingsError, match="sentence 3 is in 'places' alone"):
        tagging_errors({"places": TWO["places"], "blind": other[other["sentence"] < 3].replace("Parma", "Empoli")})


def test_organizations_that_fall_among_places():
    found = organizations(TWO)
    shown = found.set_index(["system", "language", "entity"])
    assert (found["LOC"] / found["n"]).tolist() == [1, 1, 1, 0, 0, 0]
    for entity, language in (("Empoli", "en"), ("Swansea City", "en")):
        assert shown.loc[("places", language, entity), ["kind", "n", "ORG", "LOC"]].tolist() == ["club", 1, 0, 1]
        assert shown.loc[("blind", language, entity), ["ORG", "LOC"]].tolist() == [1, 0]
    assert shown.loc[("places", "ru", "Эмполи"), "kind"] == "club"
    ends = predictions(
        ("en", "Real Madrid won", "B-ORG I-ORG O", "B-ORG I-ORG I-ORG"),
        ("en", "Foo Bar won", "B-ORG I-ORG O", "O O B-ORG"),
        ("en", "Foo Bar won", "B-ORG I-ORG O", "B-MISC I-MISC O"),
    )
    shown = organizations(ends).set_index("entity")
    assert shown.loc["Real Madrid", ["kind", "n", "ORG", "other"]].tolist() == ["club", 1, 0, 1]
    assert shown.loc["Foo Bar", ["kind", "n", "ORG", "O", "other"]].tolist() == ["", 2, 0, 1, 1]
    with pytest.raises(SettingsError, match="no word has the gold tag of an ORG"):
        organizations(TWO["places"].replace({"B-ORG": "B-LOC", "I-ORG": "I-LOC"}))
