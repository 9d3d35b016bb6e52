"""How well questions are answered: exact matches and F1 of tokens, after SQuAD v1.1 and after MLQA; 0 to 1."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from string import punctuation
from typing import Any

from torchmetrics.functional.text.squad import squad

_ARTICLES = {
    "en": r"\b(a|an|the)\b",
    "es": r"\b(un|una|unos|unas|el|la|los|las)\b",
    "vi": r"\b(của|là|cái|chiếc|những)\b",
    "de": r"\b(ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des)\b",
    "ar": r"\sال^|ال",  # as MLQA has it: ^ is the beginning of a text, so it is the second half that matches
    "ca": r"\b(el|la|els|les|un|una|uns|unes)\b",  # not in MLQA, our own
}
"""by language; languages without a line have none, or none that stand alone"""
_CHINESE = re.compile("([\u4e00-\u9fa5])")

NAMES = ("f1", "exact", "squad_f1", "squad_exact")


def answer_scores(predicted: str, gold: Sequence[str], language: str) -> dict[str, float]:
    """`f1 exact squad_f1 squad_exact` of an answer, 0 to 1, each the highest over the gold answers.

    `squad_f1` and `squad_exact` take out English articles and ASCII punctuation, whatever the language, as XTREME
    scores XQuAD and TyDi's gold passages (SQuAD v1.1's script; Rajpurkar et al. 2016). `f1` and `exact` go by the
    language, as MLQA's script 1.0 does (Lewis et al. 2020), which is also followed for languages that it has not.

    Args:
        predicted: the answer, as it stands in its paragraph; may be empty.
        gold: the right answers, one or more.
        language: of the paragraph, BCP 47.
    """
    return dict(zip(NAMES, _scores(predicted, tuple(gold), language), strict=True))


def answer_tokens(text: str, language: str) -> list[str]:
    """What of an answer MLQA's script compares: lower-cased tokens without punctuation and articles.

    Args:
        text: an answer.
        language: BCP 47; of Chinese every character is a token, of other languages what stands between blanks.
    """
    code = language.partition("-")[0].lower()
    text = "".join(one for one in text.lower() if one not in punctuation and unicodedata.category(one)[0] != "P")
    if code in _ARTICLES:
        text = re.sub(_ARTICLES[code], " ", text)
    return (_CHINESE.sub(r" \1 ", text) if code == "zh" else text).split()


@lru_cache(maxsize=1 << 16)  # answers are scored by language, then all together, then in a table
def _scores(predicted: str, gold: tuple[str, ...], language: str) -> tuple[float, ...]:
    words: dict[str, str] = {}
    own = _compared(_opaque(predicted, language, words), [_opaque(one, language, words) for one in gold])
    return (*own, *_compared(predicted, gold))


def _opaque(text: str, language: str, words: dict[str, str]) -> str:
    """An answer with a word made up for each token, `w0`, `w1`, ...; those that have one already are in `words`.

    torchmetrics takes out English articles and punctuation itself, in any language ("a" is a word of Spanish and of
    Polish). Of words that are none of these, it compares just what is there.
    """
    return " ".join(words.setdefault(one, f"w{len(words)}") for one in answer_tokens(text, language))


def _compared(predicted: str, gold: Sequence[str]) -> tuple[float, float]:
    """F1 and exact match, as torchmetrics has them; but F1 is 0 where nothing is left of what was predicted.

    torchmetrics has the F1 of SQuAD v2, 1 where nothing is left of a gold answer either. By the scripts of SQuAD v1.1
    and MLQA, whose questions all have answers, nothing in common is always 0.
    """
    found = _squad(predicted, gold)
    nothing = found["f1"] > 0 and _squad(predicted, [""])["f1"] > 0
    return 0.0 if nothing else float(found["f1"]) / 100, float(found["exact_match"]) / 100


def _squad(predicted: str, gold: Sequence[str]) -> dict[str, Any]:
    """In percent."""
    answers: Any = {"id": "0", "answers": {"text": list(gold), "answer_start": [0] * len(gold)}}
    return squad({"id": "0", "prediction_text": predicted}, answers)
