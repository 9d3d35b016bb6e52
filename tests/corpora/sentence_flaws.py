"""What no sentence of SyntheticNER may have, for the tests beside this file."""

import re

from embspace.corpora.records import Entity, Sentence

VOWELS = "аеёіоуыэюя"


def marked(sentence: Sentence) -> Entity:
    assert sentence.entity
    return sentence.entity


def shared(sentence: Sentence) -> str:
    assert sentence.parallel
    return sentence.parallel


def check(sentence):
    """The flaws that no sentence of the corpus may have."""
    text = sentence.text
    where = f"{sentence.language} {sentence.parallel}: {text}"
    assert not re.search(r"[\[\]{}\t\n]|  |^ | $| [.,!?;:»“]|[«„¿¡] ", text), where
    assert text[-1] in ".!?", where
    first = next(char for char in text if char.isalnum())
    assert first.isdigit() or first.isupper(), where
    for previous, following in re.findall(r"([.!?]) \W*(\w)", text):
        assert following == following.upper() or previous == ".", where
    assert [text[start:stop] for start, stop in sentence.offsets] == list(sentence.words), where
    assert "".join(sentence.words) == re.sub(r"\s", "", text), where
    found = marked(sentence)
    length = found.stop - found.start
    expected = ["O"] * found.start + [f"B-{found.type}"] + [f"I-{found.type}"] * (length - 1)
    assert list(sentence.tags) == expected + ["O"] * (len(sentence.words) - found.stop), where
    assert sentence.source == "synthetic_ner"
    if sentence.language == "be":  # у is ў behind a vowel
        assert not re.search(f"[{VOWELS}] у ", text), where
