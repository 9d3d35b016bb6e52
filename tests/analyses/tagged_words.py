"""Predictions of systems, as `predict` gives them."""

import pandas as pd

COLUMNS = ["sentence", "position", "word", "language", "gold", "predicted"]


def predictions(*sentences: tuple[str, str, str, str]) -> pd.DataFrame:
    """A row per word of (language, words, gold, predicted)."""
    rows = [
        (number, position, word, language, gold, found)
        for number, (language, *texts) in enumerate(sentences)
        for position, (word, gold, found) in enumerate(zip(*(text.split() for text in texts), strict=True))
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


CLUBS = (
    ("en", "Empoli beat Swansea City .", "B-ORG O B-ORG I-ORG O"),
    ("en", "Washington is in Washington .", "B-PER O O B-LOC O"),
    ("ru", "Эмполи в Москве", "B-ORG O B-LOC"),
    ("ru", "Он спит .", "O O O"),
)


def system(*predicted: str) -> pd.DataFrame:
    return predictions(*((*one, found) for one, found in zip(CLUBS, predicted, strict=True)))


PLACES = ("B-LOC O B-ORG I-LOC O", "B-PER O O B-LOC O", "B-LOC O B-LOC", "O O O")
BLIND = ("B-ORG O B-ORG I-ORG O", "O O O B-LOC O", "B-ORG O B-LOC", "O B-PER O")
