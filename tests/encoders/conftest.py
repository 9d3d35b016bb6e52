from pathlib import Path

import pytest
from tiny_models import save_checkpoint

from embspace.encoders.loading import load_encoder


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory):
    """The folder of a tiny model by the names of its architecture and tokenizer; made once."""
    made: dict[tuple[str, str | None], Path] = {}

    def folder(architecture: str, tokenizer: str | None = None) -> Path:
        key = (architecture, tokenizer)
        if key not in made:
            made[key] = save_checkpoint(tmp_path_factory.mktemp(f"{architecture}-"), architecture, tokenizer)
        return made[key]

    return folder


@pytest.fixture(scope="session")
def opened(checkpoint):
    """An encoder by the same names; opened once, for tests that leave it as it is."""
    made = {}

    def encoder(architecture: str, tokenizer: str | None = None):
        key = (architecture, tokenizer)
        if key not in made:
            made[key] = load_encoder(checkpoint(architecture, tokenizer))
        return made[key]

    return encoder
