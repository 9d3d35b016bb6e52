"""Language codes are checked, with a hint."""

import pytest

from embspace.corpora.languages import LANGUAGES, check_languages
from embspace.errors import CorpusError


def test_codes_are_keys():
    assert all(code == language.code for code, language in LANGUAGES.items())
    assert LANGUAGES["be"].name == "Belarusian"
    assert LANGUAGES["sl"].family == "South Slavic"


def test_each_code_once_in_order():
    assert check_languages(["tr", "be", "tr"], LANGUAGES) == ("tr", "be")


def test_a_generator_is_read_once():
    assert check_languages((code for code in ("ru", "en")), LANGUAGES) == ("ru", "en")


def test_unknown_code_with_suggestion():
    with pytest.raises(
        CorpusError, match=r"Unknown language code 'eng'\. Did you mean 'en'\? Possible are be, en, ru\."
    ):
        check_languages(["be", "eng"], ["be", "en", "ru"])


def test_unknown_code_without_anything_near():
    with pytest.raises(CorpusError, match=r"Unknown language code 'xx'\. Possible are be, en\."):
        check_languages(["xx"], ["be", "en"])
