import re
import string
import sys
import unicodedata
from collections import Counter
from random import Random

import pytest
from torchmetrics.functional.text.squad import squad

from embspace.training.answer_scores import answer_scores, answer_tokens

PUNCTUATION = {chr(one) for one in range(sys.maxunicode) if unicodedata.category(chr(one)).startswith("P")}
PUNCTUATION |= set(string.punctuation)
ARTICLES = {
    "en": ["a", "an", "the"],
    "es": ["un", "una", "unos", "unas", "el", "la", "los", "las"],
    "vi": ["của", "là", "cái", "chiếc", "những"],
    "de": ["ein", "eine", "einen", "einem", "eines", "einer", "der", "die", "das", "den", "dem", "des"],
    "ca": ["el", "la", "els", "les", "un", "una", "uns", "unes"],
}
LANGUAGES = ["en", "es", "vi", "de", "ca", "hi", "ar", "zh", "ru", "be", "tr", "pl", "uk"]
TEXT = (
    "a an The the A president París el La las der Das die của những president. (1976) $5 «Вашингтон» первый, "
    "東京 是日本的首都。 भारत। राजधानी الرئيس الأول، Vaşington'un c´a b€a — - ... İlk"
)


def slow_tokens(text, punctuation, articles, language=""):
    """Lower-cased, then punctuation, then articles taken out, then cut: the definition, a letter at a time."""
    text = "".join(one for one in text.lower() if one not in punctuation)
    if language == "ar":
        text = text.replace("ال", " ")
    for one in articles:
        text = re.sub(rf"\b{one}\b", " ", text)
    tokens, word = [], ""
    for one in text:
        alone = language == "zh" and "\u4e00" <= one <= "\u9fa5"
        if alone or one.isspace():
            tokens += [word, one]
            word = ""
        else:
            word += one
    return [one for one in [*tokens, word] if one.strip()]


def slow_scores(predicted, gold):
    """F1 and exact match of tokens, the highest over the gold answers; nothing in common is 0."""
    f1 = []
    for one in gold:
        common = sum((Counter(predicted) & Counter(one)).values())
        f1.append(2 * common / (len(predicted) + len(one)) if common else 0.0)
    return max(f1), float(predicted in gold)


@pytest.mark.parametrize("language", LANGUAGES)
def test_scores_are_those_of_the_scripts_definition(language):
    random = Random(language)
    for _ in range(150):
        predicted, *gold = (
            " ".join(random.choices(TEXT.split(), k=random.randint(0, 4))) for _ in range(random.randint(2, 4))
        )
        own = [slow_tokens(one, PUNCTUATION, ARTICLES.get(language, ()), language) for one in (predicted, *gold)]
        english = [slow_tokens(one, set(string.punctuation), ARTICLES["en"]) for one in (predicted, *gold)]
        assert answer_tokens(predicted, language) == own[0]
        expected = (*slow_scores(own[0], own[1:]), *slow_scores(english[0], english[1:]))
        found = answer_scores(predicted, gold, language)
        assert [*found] == ["f1", "exact", "squad_f1", "squad_exact"]
        assert [*found.values()] == pytest.approx(expected, abs=1e-6), (predicted, gold)


@pytest.mark.parametrize(
    ("language", "predicted", "gold", "f1", "exact", "squad_f1", "squad_exact"),
    [
        ("en", "The president!", ["president"], 1, 1, 1, 1),
        ("en", "George Washington", ["Washington", "president Washington"], 2 / 3, 0, 2 / 3, 0),
        ("en", "first man", ["the first man in space", "first", "man"], 2 / 3, 0, 2 / 3, 0),
        ("en", "", ["Washington"], 0, 0, 0, 0),
        ("en", "", ["the"], 0, 1, 0, 1),  # the scripts' own oddity
        ("es", "la «ciudad»", ["ciudad"], 1, 1, 0, 0),
        ("es", "a la ciudad", ["ciudad"], 2 / 3, 0, 2 / 3, 0),  # in Spanish `a` is no article; of SQuAD `la` is none
        ("es", "b€a", ["b€"], 0, 0, 1, 1),  # of SQuAD `a` is one, at any boundary of words
        ("de", "der erste Präsident", ["Erste Präsident"], 1, 1, 4 / 5, 0),
        ("ca", "l'aigua de la font", ["aigua de font"], 2 / 3, 0, 4 / 7, 0),
        ("vi", "của Hà Nội", ["hà nội"], 1, 1, 4 / 5, 0),
        ("hi", "नई दिल्ली।", ["नई दिल्ली"], 1, 1, 1 / 2, 0),
        ("ar", "الرئيس الأول", ["رئيس أول"], 1, 1, 0, 0),
        ("ar", "باللغة", ["ب لغة"], 1, 1, 0, 0),  # so it is in MLQA's script: anywhere in a word
        ("zh", "日本的首都", ["日本首都"], 8 / 9, 0, 0, 0),
        ("zh-Hans", "在 NBA 打球。", ["在NBA打球"], 1, 1, 0, 0),
        ("ja", "日本的首都", ["日本首都"], 0, 0, 0, 0),
        ("tr", "Vaşington'un", ["Vaşingtonun"], 1, 1, 1, 1),
        ("pl", "a kto", ["kto"], 2 / 3, 0, 1, 1),
        ("ru", "«Вашингтон» — город", ["Вашингтон город"], 1, 1, 2 / 5, 0),
    ],
)
def test_scores_worked_by_hand(language, predicted, gold, f1, exact, squad_f1, squad_exact):
    expected = {"f1": f1, "exact": exact, "squad_f1": squad_f1, "squad_exact": squad_exact}
    assert answer_scores(predicted, gold, language) == pytest.approx(expected, abs=1e-6)


def test_the_scores_of_squad_are_those_of_torchmetrics():
    gold = ["the United States", "States of America"]
    found = squad(
        {"id": "1", "prediction_text": "United America"}, {"id": "1", "answers": {"text": gold, "answer_start": [0, 0]}}
    )
    assert answer_scores("United America", gold, "de")["squad_f1"] == pytest.approx(float(found["f1"]) / 100)
