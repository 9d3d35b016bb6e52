"""Latin letters for any word: language packs of `transliterate`, a Belarusian pack, uroman for all other scripts."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from transliterate.base import TranslitLanguagePack, registry
from transliterate.discover import autodiscover

from embspace.errors import CorpusError

if TYPE_CHECKING:
    from uroman import Uroman

# Languages for which uroman has rules of their own, by its codes (ISO 639-3); the others go by their script.
_UROMAN = {
    "ar": "ara", "de": "deu", "fa": "fas", "kk": "kaz", "ky": "kir", "lt": "lit", "lv": "lav", "os": "oss", "ps": "pus",
    "tr": "tur", "ug": "uig", "yi": "yid",
}  # fmt: skip

# What Unicode does not decompose into an ASCII letter and marks.
_LETTERS = str.maketrans(
    {
        "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ı": "i", "ħ": "h", "Ħ": "H",
        "ŧ": "t", "Ŧ": "T", "ŋ": "n", "Ŋ": "N", "ə": "e", "Ə": "E", "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE",
        "œ": "oe", "Œ": "OE", "þ": "th", "Þ": "Th", "’": "'", "ʼ": "'", "‘": "'", "‐": "-", "‑": "-", "–": "-",
        "—": "-", "−": "-", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "·": "", "…": "...", "\u00a0": " ",
    }
)  # fmt: skip


class BelarusianLanguagePack(TranslitLanguagePack):
    """The national romanization of Belarusian (2000, amended 2007), before its marks are folded: Вашынгтон, Vašynhton.

    It goes one way, to Latin letters (`reversed=True` in the words of the library). The letters е ё ю я are `je jo ju
    ja` at the start of a word and behind a vowel, ў, ь or an apostrophe, else `ie io iu ia`.
    """

    language_code = "be"
    language_name = "Belarusian"
    character_ranges = ((0x0400, 0x04FF),)
    mapping = (
        "abvhgdžzijklmnoprstuŭfcčšyeABVHGDŽZIJKLMNOPRSTUŬFCČŠYE",
        "абвгґджзійклмнопрстуўфцчшыэАБВГҐДЖЗІЙКЛМНОПРСТУЎФЦЧШЫЭ",
    )

    def translit(self, value: str, reversed: bool = False, strict: bool = False, fail_silently: bool = True) -> str:
        """The text in Latin letters; ь is an acute accent on the consonant before it, the apostrophe is silent."""
        if not reversed:
            raise NotImplementedError("The Belarusian pack romanizes only; call it with reversed=True.")
        value = re.sub(r"(?<!\w)[еёюяЕЁЮЯ]|(?<=[аеёіоуыэюяўьАЕЁІОУЫЭЮЯЎЬ])[еёюяЕЁЮЯ]", self._open, value)
        value = re.sub(r"(?<=['’ʼ])[еёюяЕЁЮЯ]", self._open, value)
        value = re.sub(r"(?<=\w)['’ʼ](?=j)", "", value, flags=re.IGNORECASE)
        value = re.sub(r"[еёюяЕЁЮЯ]", self._soft, value)
        for cyrillic, latin in (("х", "ch"), ("Х", "Ch"), ("ь", "\u0301"), ("Ь", "\u0301")):
            value = value.replace(cyrillic, latin)
        return unicodedata.normalize("NFC", value.translate(self.reversed_translation_table))

    @staticmethod
    def _open(found: re.Match[str]) -> str:
        letter = found.group()
        return ("j" if letter.islower() else "J") + "eoua"["еёюя".index(letter.lower())]

    @staticmethod
    def _soft(found: re.Match[str]) -> str:
        return "i" + "eoua"["еёюя".index(found.group().lower())]


@cache
def _pack(language: str) -> TranslitLanguagePack | None:
    """The pack of a language, by its code without script and region; None: it is written in Latin letters."""
    autodiscover()
    registry.register(BelarusianLanguagePack)
    found = registry.get(language.lower().split("-")[0])
    return found() if found else None


@cache
def _uroman() -> Uroman:
    """Romanizes any script; its tables take a second or two to load, so that they are loaded when first needed."""
    from uroman import Uroman

    uroman = Uroman()
    for char in list(uroman.num_props):
        if unicodedata.category(char[0]) == "Lo":
            del uroman.num_props[char]  # in names they are letters: 三亚 is Sanya, not 3ya
    return uroman


def fold(text: str) -> str:
    """The text in ASCII: letters without their marks (ş: s, ł: l, ß: ss), typographic signs by their plain ones.

    Raises:
        CorpusError: a letter that is not Latin remains.
    """
    plain = _plain(text)
    foreign = _foreign(plain)
    if foreign:
        name = unicodedata.name(foreign[0], "a letter without a name")
        raise CorpusError(
            f"{text!r} cannot be written in Latin letters: {foreign[0]!r} ({name}) has no romanization here. Check the "
            "language code of the word, or romanize it before."
        )
    return "".join(char for char in plain if ord(char) <= 127)


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return plain if plain.isascii() else "".join(str(int(one)) if one.isdecimal() else one for one in plain)


def _foreign(plain: str) -> list[str]:
    return [char for char in plain if ord(char) > 127 and unicodedata.category(char)[0] in "LM"]


@cache
def romanized(text: str, language: str) -> str:
    """The word in the 26 Latin letters (and ASCII signs): by the language's pack, else by uroman, then folded.

    The packs are those of the library `transliterate`, as they are: Ukrainian writes є ї as ye yi but ю я as ju ja,
    Bulgarian ь as y and ъ as a (Шрьодер, Shryoder), ь and ъ in Russian are an apostrophe that counts as a letter. The
    one pack registered here is Belarusian, which the library lacks. "exploring" names no table for its TNLD.

    Uroman (Hermjakob, May and Knight, 2018) goes by script: Han is read in Mandarin, in Japanese names too, and
    vowels that Arabic and Hebrew do not write are not added. Digits become ASCII digits.

    Args:
        text: a word or name in any case.
        language: BCP 47 code; be bg el hy ka mk mn ru sr uk have a pack, most of them from `transliterate`.

    Raises:
        CorpusError: a letter that no table knows.
    """
    text = unicodedata.normalize("NFC", text)
    pack = _pack(language)
    latin = pack.translit(text, reversed=True) if pack else text
    if _foreign(_plain(latin)):
        short = language.lower().split("-")[0]
        latin = str(_uroman().romanize_string(latin, lcode=_UROMAN.get(short, short if len(short) == 3 else None)))
    return fold(latin)


@cache
def cased(text: str) -> bool:
    """Whether a name has a letter that could be a capital: names in Arabic, Han or Georgian have none."""
    return any(char.lower() != char.title() for char in text)
