import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embspace.analyses.romanization import romanized
from embspace.analyses.spelling import compared, spelled, spelling, tnld
from embspace.corpora.records import Corpus, Entity, Sentence
from embspace.corpora.synthetic_ner import synthetic_ner
from embspace.errors import CorpusError


def slow_levenshtein(a, b):
    if not a or not b:
        return len(a) + len(b)
    return min(
        slow_levenshtein(a[1:], b) + 1, slow_levenshtein(a, b[1:]) + 1, slow_levenshtein(a[1:], b[1:]) + (a[0] != b[0])
    )


@pytest.mark.parametrize(
    ("text", "language", "latin"),
    [
        ("Вашынгтон", "be", "Vasynhton"),
        ("Вашингтон", "ru", "Vashington"),
        ("Вашингтон", "uk", "Vashynhton"),
        ("Вашингтон", "bg", "Vashington"),
        ("Вашингтон", "ru-Cyrl", "Vashington"),
        ("Vaşington", "tr", "Vasington"),
        ("Lech Wałęsa", "pl", "Lech Walesa"),
        ("IĞDIR ığdır İzmir", "tr", "IGDIR igdir Izmir"),
        ("Đorđe Ærø Groß", "sl", "Dorde AEro Gross"),
        ("col·lecció", "ca", "colleccio"),
        ("D’Artagnan", "en", "D'Artagnan"),
        ("Wale\u0328sa", "pl", "Walesa"),
        # As the library's tables have them.
        ("Євген Ярослав Юлія Їжак", "uk", "Yevhen Jaroslav Julija Yizhak"),
        ("Шрьодер", "bg", "Shryoder"),
        ("Съединение Юлия", "bg", "Saedinenie Yuliya"),
        ("подъезд Игорь", "ru", "pod'ezd Igor'"),
    ],
)
def test_names_in_latin_letters(text, language, latin):
    assert romanized(text, language) == latin


@pytest.mark.parametrize(
    ("text", "latin"),
    [
        ("Лепель", "Liepiel"),  # е is ie behind a consonant, ь an accent
        ("Еўропа", "Jeuropa"),  # je at the start of a word, ў is ŭ
        ("Ёрк", "Jork"),
        ("Заслаўе", "Zaslauje"),  # je behind ў
        ("Марыя", "Maryja"),  # ja behind a vowel
        ("Ілья", "Ilja"),  # ja behind ь
        ("сям'я", "siamja"),  # ja behind an apostrophe, which is silent
        ("аб’езд", "abjezd"),
        ("Юр'еў", "Jurjeu"),
        ("Хойнікі", "Chojniki"),
        ("Гродна", "Hrodna"),
        ("Цюмень", "Ciumien"),
        ("Нью-Ёрк", "Nju-Jork"),
    ],
)
def test_the_national_romanization_of_belarusian_without_marks(text, latin):
    assert romanized(text, "be") == latin


@pytest.mark.parametrize(
    ("text", "language", "latin"),
    [
        ("Βάσινγκτον", "el", "Vasingkton"),  # the pack of Greek
        ("თბილისი", "ka", "tbilisi"),  # the pack of Georgian
        ("القاهرة", "ar", "alqahra"),
        ("दिल्ली", "hi", "dillii"),
        ("กรุงเทพ", "th", "krungthep"),
        ("東京", "zh", "dongjing"),
        ("三亚", "zh", "sanya"),  # a numeral in a name is a letter
        ("서울", "ko", "seoul"),
        ("תל אביב", "he", "tl avyv"),
        ("Қазақстан", "kk", "Qazaqstan"),
        ("१२३", "hi", "123"),
        ("Вашингтон", "en", "Vashington"),  # written in another script than its language
    ],
)
def test_other_scripts_in_latin_letters(text, language, latin):
    assert romanized(text, language) == latin


def test_a_letter_that_no_table_knows_is_refused_by_name():
    with pytest.raises(CorpusError, match="cannot be written in Latin letters: '\U00020000' "):
        romanized("a\U00020000", "zh")


def test_case_does_not_count_where_a_script_has_none():
    assert compared("ვაშინგტონი", "Washington", "ka", "en") == ("vashingtoni", "washington")
    assert tnld("ვაშინგტონი", "Washington", "ka", "en") == pytest.approx(2 / 11)
    assert tnld("서울", "Seoul", "ko", "en") == 0
    assert tnld("Сеул", "seul", "ru", "en") == pytest.approx(0.25)


def test_tnld_of_washington_by_hand():
    # Vasynhton -> Washington: V-W, +h, y-i, h-g; four of ten letters.
    assert tnld("Вашынгтон", "Washington", "be", "en") == pytest.approx(0.4)
    assert tnld("Вашингтон", "Washington", "ru", "en") == pytest.approx(0.1)
    assert tnld("Vaşington", "Washington", "tr", "en") == pytest.approx(0.2)
    assert tnld("Washington", "Washington", "en", "cs") == 0
    assert tnld("abc", "xyz", "en", "en") == 1


names = st.text("abcşłZ", min_size=1, max_size=5)


@given(names, names)
@settings(deadline=None, max_examples=40)
def test_tnld_is_a_normalized_symmetric_distance(a, b):
    one, other = romanized(a, "tr"), romanized(b, "pl")
    expected = slow_levenshtein(one, other) / max(len(one), len(other))
    assert tnld(a, b, "tr", "pl") == tnld(b, a, "pl", "tr") == expected
    assert 0 <= expected <= 1


def test_an_empty_name_is_refused():
    with pytest.raises(CorpusError, match="not both words of Latin letters"):
        tnld("·", "a", "ca", "en")


def sentence(language, name, id):
    words = (*name.split(), "left")
    return Sentence(words, language, entity=Entity(0, len(words) - 1, "LOC", id))


def test_the_most_frequent_form_of_each_entity_is_compared():
    pairs = [("pl", "Praga", "p"), ("pl", "Pragi", "p"), ("pl", "Praga", "p"), ("en", "Prague", "p")]
    pairs += [("pl", "Nowy Jork", "n"), ("en", "New York", "n"), ("en", "Rome", "r")]
    corpus = Corpus("three cities", [sentence(*one) for one in pairs])
    table = spelling(corpus).set_index(["language_a", "language_b"])
    # Praga-Prague: 2 of 6; Nowy Jork-New York: e-o, w, +y, Y-J = 3 of 9.
    assert table.loc[("pl", "en"), "value"] == pytest.approx((2 / 6 + 3 / 9) / 2)
    assert table.loc[("pl", "en"), "n"] == table.loc[("en", "pl"), "n"] == 2
    assert table.loc[("en", "en")].tolist() == [0.0, 3.0, 0.0]
    given_names = {"p": {"en": "Praga"}}
    table = spelling(corpus, names=given_names).set_index(["language_a", "language_b"])
    assert table.loc[("pl", "en"), "value"] == pytest.approx((0 + 3 / 9) / 2)


def test_synthetic_ner_compares_nominatives_whatever_case_the_corpus_has():
    corpus = synthetic_ner(["be", "en", "tr"], entity="Washington", per_type=6, types="LOC")
    inflected = [one for one in corpus if "Vaşington'" in one.text]
    assert inflected
    for some in (corpus, Corpus("cases", [*[one for one in corpus if one.language != "tr"], *inflected])):
        table = spelling(some).set_index(["language_a", "language_b"])
        assert table.loc[("tr", "en"), "value"] == pytest.approx(0.2)
        assert table.loc[("be", "en"), "value"] == pytest.approx(0.4)


def test_languages_without_a_shared_entity_are_nan():
    result = spelling(Corpus("apart", [sentence("pl", "Praga", "p"), sentence("en", "Rome", "r")]))
    row = result[(result.language_a == "pl") & (result.language_b == "en")].iloc[0]
    assert np.isnan(row["value"]) and row["n"] == 0


def test_a_corpus_without_entities_is_refused():
    with pytest.raises(CorpusError, match="bare: no sentence has a marked entity"):
        spelling(Corpus("bare", [Sentence(("a",), "en")]))


def test_every_pair_of_names_with_its_latin_letters_the_farthest_first():
    pairs = [("be", "Вашынгтон", "w"), ("en", "Washington", "w"), ("tr", "Vaşington", "w"), ("en", "Prague", "p")]
    pairs += [("pl", "Praga", "p"), ("zh", "華盛頓", "w")]
    corpus = Corpus("names", [sentence(*one) for one in pairs])
    result = spelled(corpus)
    assert list(result.columns) == [
        *("language_a", "language_b", "entity", "name_a", "name_b", "latin_a", "latin_b", "value", "why")
    ]
    assert len(result) == 7 and result["value"].is_monotonic_decreasing
    row = result[(result.language_a == "be") & (result.language_b == "en")].iloc[0]
    assert row.tolist() == ["be", "en", "w", "Вашынгтон", "Washington", "Vasynhton", "Washington", 0.4, ""]
    assert result.iloc[-1][["language_a", "language_b"]].tolist() == ["en", "tr"]
    means = result.groupby(["language_a", "language_b"])["value"].mean()
    table = spelling(corpus).set_index(["language_a", "language_b"])["value"]
    assert means.to_dict() == {pair: table[pair] for pair in means.index}
    assert result.attrs["settings"]["corpus"] == "names"
    with pytest.raises(CorpusError, match="bare: no sentence has a marked entity"):
        spelled(Corpus("bare", [Sentence(("a",), "en")]))


def test_a_name_that_cannot_be_romanized_is_left_out_counted_and_listed():
    pairs = [("en", "Prague", "p"), ("zh", "a\U00020000", "p"), ("en", "Rome", "r"), ("zh", "羅馬", "r")]
    pairs += [("tr", "Prag", "p"), ("tr", "·", "r")]  # nothing is left of the second one
    corpus = Corpus("odd", [sentence(*one) for one in pairs])
    table = spelling(corpus).set_index(["language_a", "language_b"])
    for pair in (("en", "zh"), ("zh", "en")):
        assert table.loc[pair].tolist() == [tnld("Rome", "羅馬", "en", "zh"), 1, 1]
    assert table.loc[("zh", "zh")].tolist() == [0, 1, 1] and table.loc[("tr", "tr")].tolist() == [0, 1, 1]
    assert table.loc[("tr", "zh"), ["n", "left_out"]].tolist() == [0, 2] and np.isnan(table.loc[("tr", "zh"), "value"])
    result = spelled(corpus)
    listed = result[result["value"].isna()]
    assert len(result) == 6 and (listed.index == [2, 3, 4, 5]).all()
    assert set(zip(listed["language_a"], listed["language_b"], listed["entity"], strict=True)) == {
        ("en", "zh", "p"), ("zh", "tr", "p"), ("zh", "tr", "r"), ("en", "tr", "r")
    }  # fmt: skip
    said = listed.set_index(["language_b", "entity"])["why"]
    assert "cannot be written in Latin letters" in said[("zh", "p")]
    assert "not both words of Latin letters" in said[("tr", "r")].iloc[0]
    assert (result["why"] != "").tolist() == [False] * 2 + [True] * 4


def test_a_corpus_of_which_no_name_can_be_romanized_is_refused():
    corpus = Corpus("none", [sentence("zh", "\U00020000", "p"), sentence("ja", "\U00020000", "p")])
    for analysis in (spelling, spelled):
        with pytest.raises(CorpusError, match=r"none of its names can be compared\. .*cannot be written in Latin"):
            analysis(corpus)


def test_equal_pairs_go_by_languages_and_entity():
    names = [(code, "Rome", id) for code in ("tr", "en", "pl") for id in "ba"]
    result = spelled(Corpus("equal", [sentence(*one) for one in names]))
    keys = result[["language_a", "language_b", "entity"]].apply(tuple, axis=1).tolist()
    assert keys == sorted(keys) and len(keys) == 6
