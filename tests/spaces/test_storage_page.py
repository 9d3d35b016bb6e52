"""What docs/storage.md says, done."""

import json
import re
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from embspace.corpora.sentences import SENTENCES
from embspace.spaces import shards, store
from embspace.spaces.extraction import extract
from embspace.spaces.repair import repair
from hash_encoder import HashEncoder, made_up_corpus

PAGE = (Path(__file__).parents[2] / "docs" / "storage.md").read_text()


@pytest.fixture
def space(workspace):
    corpus = made_up_corpus(16, seed=4)
    return extract(HashEncoder(), corpus, workspace=workspace, layers=[1, 3], shard_bytes=8000, token_budget=200)


def test_the_reader_of_the_page_reads_a_space(space):
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(code.splitlines()) <= 20 and "embspace" not in code
    names = {}
    exec(code, names)
    for layer in (1, 3):
        assert np.array_equal(names["read_layer"](space.path, layer), space.layer(layer), equal_nan=True)
    (space.path / "shard-00001.json").unlink()
    with pytest.raises(FileNotFoundError):
        names["read_layer"](space.path, 1)


def test_the_page_names_every_file_key_and_column(space):
    (space.path / "vectors-00000.npy").unlink()
    repair(space.path, checkpoint=HashEncoder())
    assert f"format {store.FORMAT}." in PAGE
    for path in space.path.iterdir():
        name = re.sub(r"-\d{5}", "-00000", path.name)
        assert name in PAGE, name
    for name in ("space.json", "shard-00000.json"):
        assert set(json.loads((space.path / name).read_text())) == {key for cell in _first_cells(name) for key in cell}
    assert set(shards.WORDS.names) == {key for cell in _first_cells("words-00000.parquet") for key in cell}
    assert pq.read_schema(space.path / "words-00000.parquet").names == shards.WORDS.names
    of_sentences = PAGE[PAGE.index("## sentences.parquet") : PAGE.index("## Writing")]
    assert all(f"`{name}`" in of_sentences for name in SENTENCES.names)
    settings = re.search(r"and the settings: `(.*?)`", PAGE)[1].split()
    assert set(settings) <= set(space.recipe)


def _first_cells(file):
    """The names in the first column of the table that describes a file."""
    heading = {"space.json": "## space.json", "words-00000.parquet": "`words-00012.parquet`"}
    text = PAGE[PAGE.index(heading.get(file, "`shard-00012.json`")) :]
    table = re.search(r"(\|.*\|\n)+", text)[0]
    return [re.findall(r"`(\w+)`", row.split("|")[1]) for row in table.splitlines()]
