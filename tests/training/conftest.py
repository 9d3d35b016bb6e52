"""Tiny random checkpoints to fine-tune, and a few tagged sentences."""

from collections.abc import Callable

import pytest
from tiny_models import save_checkpoint

from embspace.corpora.records import Sentence

TAGGED = (
    ("en", "Washington was the first president of the United States .", "B-PER O O O O O O B-LOC I-LOC O"),
    ("en", "I am going to San Francisco , and then to New York .", "O O O O B-LOC I-LOC O O O O B-LOC I-LOC O"),
    ("be", "Вашынгтон быў першым прэзідэнтам Злучаных Штатаў .", "B-PER O O O B-LOC I-LOC O"),
    ("ru", "Вашингтон был первым президентом Соединённых Штатов .", "B-PER O O O B-LOC I-LOC O"),
    ("tr", "Vaşington Amerika Birleşik Devletleri'nin ilk başkanıydı .", "B-PER B-LOC I-LOC I-LOC O O O"),
)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """The folder of a tiny random model by the name of its architecture; made once."""
    made: dict[str, str] = {}

    def folder(architecture: str) -> str:
        if architecture not in made:
            made[architecture] = str(save_checkpoint(tmp_path_factory.mktemp(architecture), architecture))
        return made[architecture]

    return folder


@pytest.fixture(scope="session")
def tagged() -> list[Sentence]:
    """Sentences of four languages with tags in IOB2; persons and places."""
    return [
        Sentence(tuple(text.split()), language, tags=tuple(tags.split()), source=f"tagged.txt:{number}")
        for number, (language, text, tags) in enumerate(TAGGED, 1)
    ]
