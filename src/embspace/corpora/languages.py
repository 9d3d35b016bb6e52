"""The languages embspace knows by name: BCP 47 code, English name, family."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from embspace.errors import CorpusError

_CODE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class Language:
    """A language: code (BCP 47), English name, and the family whose hue it shares on figures."""

    code: str
    name: str
    family: str


LANGUAGES: dict[str, Language] = {
    code: Language(code, name, family)
    for code, name, family in (
        ("be", "Belarusian", "East Slavic"),
        ("ru", "Russian", "East Slavic"),
        ("uk", "Ukrainian", "East Slavic"),
        ("cs", "Czech", "West Slavic"),
        ("pl", "Polish", "West Slavic"),
        ("sk", "Slovak", "West Slavic"),
        ("bg", "Bulgarian", "South Slavic"),
        ("sl", "Slovenian", "South Slavic"),
        ("hr", "Croatian", "South Slavic"),
        ("sr", "Serbian", "South Slavic"),
        ("ca", "Catalan", "Romance"),
        ("es", "Spanish", "Romance"),
        ("fr", "French", "Romance"),
        ("it", "Italian", "Romance"),
        ("pt", "Portuguese", "Romance"),
        ("ro", "Romanian", "Romance"),
        ("en", "English", "Germanic"),
        ("de", "German", "Germanic"),
        ("nl", "Dutch", "Germanic"),
        ("sv", "Swedish", "Germanic"),
        ("da", "Danish", "Germanic"),
        ("tr", "Turkish", "Turkic"),
        ("el", "Greek", "Hellenic"),
        ("hu", "Hungarian", "Uralic"),
        ("fi", "Finnish", "Uralic"),
        ("eu", "Basque", "Basque"),
        ("hi", "Hindi", "Indo-Aryan"),
        ("ur", "Urdu", "Indo-Aryan"),
        ("ar", "Arabic", "Semitic"),
        ("zh", "Chinese", "Sino-Tibetan"),
        ("vi", "Vietnamese", "Austroasiatic"),
        ("th", "Thai", "Kra-Dai"),
        ("sw", "Swahili", "Bantu"),
    )
}


def check_languages(codes: Iterable[str], possible: Iterable[str]) -> tuple[str, ...]:
    """The codes, each once, in their order.

    Raises:
        CorpusError: a code is not among `possible`; names it, what is near it and what is possible.
    """
    codes, known = list(codes), list(possible)
    for code in codes:
        if code not in known:
            near = get_close_matches(code, known, 1, 0.5)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise CorpusError(f"Unknown language code {code!r}.{hint} Possible are {', '.join(known)}.")
    return tuple(dict.fromkeys(codes))


def language_code(value: str, place: str) -> str:
    """A language as a BCP 47 code.

    Raises:
        CorpusError: it is none; a name of a language is told its code.
    """
    value = value.strip().replace("_", "-")
    if _CODE.fullmatch(value):
        return value
    if not value:
        raise CorpusError(f"{place}: the language is not said; give one (language='en'), or a column that says it.")
    code = next((code for code, one in LANGUAGES.items() if one.name.lower() == value.lower()), None)
    hint = f"write {code!r}" if code else "expected a code such as be, en or sr-Cyrl"
    raise CorpusError(f"{place}: {value[:40]!r} is no language code; {hint}.")
