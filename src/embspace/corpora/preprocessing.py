"""Preprocessing by named steps: functions Sentence -> Sentence that keep words, text, tags and entity together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache, reduce
from itertools import accumulate
from typing import Any

from embspace.corpora.records import Entity, Sentence
from embspace.corpora.tags import Span, spans_to_tags, tags_to_spans
from embspace.corpora.words import split_words
from embspace.errors import CorpusError, SettingsError

_DOTTED = ("tr", "az", "crh")
"""languages with ı beside i"""
_CHINESE = ("zh", "yue", "wuu", "hak", "nan")
_UNSPACED = (*_CHINESE, "ja", "th", "lo", "km", "my")
"""languages without blanks between words, which `words.split_words` cannot cut"""
_PUNCTUATION = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»″＂「」『』《》〝〞", '"'),
        **dict.fromkeys("‘’‚‛‹›´`′ʹʼ＇〈〉", "'"),
        **dict.fromkeys("‐‑‒–—―−－─━", "-"),
        **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000", " "),
        "…": "...",
        **dict(zip("，。、．！？：；（）［］｛｝【】", ",.,.!?:;()[]{}[]", strict=True)),
        **dict(zip("％＃＆＊＋／＜＝＞＠～｜", "%#&*+/<=>@~|", strict=True)),
    }
)


def preprocess(sentences: Iterable[Sentence], steps: str | Iterable[str]) -> Iterator[Sentence]:
    """Yield the sentences after the named steps of `STEPS`, in the order given.

    Raises:
        SettingsError: there is no such step, or its library is not installed.
    """
    names = [steps] if isinstance(steps, str) else list(steps)
    for name in names:
        if name not in STEPS:
            raise SettingsError(f"Unknown preprocessing {name!r}; possible are {', '.join(STEPS)}.")
        if name == "simplified-chinese":
            _opencc()
    functions = [STEPS[name] for name in names]
    return (reduce(lambda one, function: function(one), functions, sentence) for sentence in sentences)


def lower_case(sentence: Sentence) -> Sentence:
    """Small letters; in Turkish and its kin I becomes ı, and İ i."""
    text = sentence.text
    if sentence.language.split("-")[0] not in _DOTTED:
        return _rewritten(sentence, text.lower(), (len(char.lower()) for char in text), str.lower)
    return _rewritten(sentence, _dotted(text), (1 for _ in text), _dotted)


def plain_punctuation(sentence: Sentence) -> Sentence:
    """Quotation marks, dashes, dots, blanks and full-width marks as ASCII has them, character by character.

    The characters are those of Moses' `normalize-punctuation`, without its rules for blanks around marks.
    """
    text = sentence.text
    lengths = (len(char.translate(_PUNCTUATION)) for char in text)
    return _rewritten(sentence, text.translate(_PUNCTUATION), lengths, lambda word: word.translate(_PUNCTUATION))


def simplified_chinese(sentence: Sentence) -> Sentence:
    """Traditional Chinese characters as simplified ones, by OpenCC (`t2s`); other languages as they are.

    Raises:
        SettingsError: OpenCC is not installed.
    """
    if sentence.language.split("-")[0] not in _CHINESE:
        return sentence
    convert = _opencc().convert
    text = convert(sentence.text)
    if len(text) != len(sentence.text):  # no character may lose its place
        text = "".join(one if len(one) == 1 else char for char in sentence.text for one in [convert(char)])
    return _rewritten(sentence, text, (1 for _ in text), convert)


def retokenized(sentence: Sentence) -> Sentence:
    """Words as `words.split_words` cuts the text; names (IOB2 tags) and the marked entity cover the same characters.

    A word that two names share belongs to the first. Other tags (parts of speech): that of the word which a new one
    begins in, or overlaps. Languages written without blanks (zh, ja, th, lo, km, my) stay as they are.

    Raises:
        CorpusError: the words do not follow one another in the text.
    """
    words, offsets = split_words(sentence.text)
    if not words or sentence.language.split("-")[0] in _UNSPACED:
        return sentence
    starts = [start for start, _ in sentence.offsets]
    if starts != sorted(starts):
        where = sentence.source or sentence.text[:40]
        raise CorpusError(f"{where}: the words are not in the order of the text, and cannot be cut anew.")
    tags, entity = sentence.tags, sentence.entity
    if tags is not None:
        names = _names(tags)
        if names is None:
            tags = tuple(_overlapped(sentence, start, stop, tags) for start, stop in offsets)
        else:
            tags = spans_to_tags(_moved(sentence, names, offsets), len(words))
    if entity:
        found = _moved(sentence, [(entity.start, entity.stop, entity.type)], offsets)
        entity = Entity(found[0][0], found[0][1], entity.type, entity.id) if found else None
    return replace(sentence, words=words, offsets=offsets, tags=tags, entity=entity)


STEPS: dict[str, Callable[[Sentence], Sentence]] = {
    "lower-case": lower_case,
    "punctuation": plain_punctuation,
    "tokenize": retokenized,
    "simplified-chinese": simplified_chinese,
}


def _rewritten(sentence: Sentence, text: str, lengths: Iterable[int], rewrite: Callable[[str], str]) -> Sentence:
    """With a new text, of which each old character made `lengths` characters; words that it writes otherwise apart."""
    at = list(accumulate(lengths, initial=0))
    offsets = tuple((at[start], at[stop]) for start, stop in sentence.offsets)
    words = tuple(
        text[begin:end] if sentence.text[start:stop] == word else rewrite(word)
        for word, (start, stop), (begin, end) in zip(sentence.words, sentence.offsets, offsets, strict=True)
    )
    return replace(sentence, words=words, text=text, offsets=offsets)


def _dotted(text: str) -> str:
    return text.replace("I", "ı").replace("İ", "i").lower()


def _names(tags: Sequence[str]) -> list[Span] | None:
    """The named entities, or None where tags are of another kind."""
    try:
        return tags_to_spans(tags)
    except CorpusError:
        return None


def _moved(sentence: Sentence, spans: Sequence[Span], offsets: Sequence[tuple[int, int]]) -> list[Span]:
    """Spans of words as spans of the words at `offsets`; the empty ones are gone."""
    found, free = [], 0
    for first, last, kind in spans:
        begin, end = sentence.offsets[first][0], sentence.offsets[last - 1][1]
        inside = [at for at, (start, stop) in enumerate(offsets) if at >= free and start < end and stop > begin]
        if inside:
            free = inside[-1] + 1
            found.append((inside[0], free, kind))
    return found


def _overlapped(sentence: Sentence, start: int, stop: int, tags: Sequence[str]) -> str:
    for tag, (begin, end) in zip(tags, sentence.offsets, strict=True):
        if begin < stop and end > start:
            return tag
    return "X"


@cache
def _opencc() -> Any:
    try:
        from opencc import OpenCC
    except ImportError as error:
        raise SettingsError(
            "Simplification of Chinese needs OpenCC: pip install 'embspace[chinese]' (or: pip install opencc)."
        ) from error
    return OpenCC("t2s")
