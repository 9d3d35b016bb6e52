import json
import shutil

import pytest
import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer

from embspace.corpora.records import Sentence
from embspace.encoders.loading import load_encoder
from embspace.errors import EncoderError


@pytest.fixture
def folder(tmp_path, bert_folder):
    return shutil.copytree(bert_folder, tmp_path / "model")


def resize(folder, rows):
    torch.manual_seed(0)
    model = AutoModelForMaskedLM.from_pretrained(folder)
    model.resize_token_embeddings(rows)
    model.save_pretrained(folder)


def test_more_embeddings_than_pieces_are_legal(folder):
    rows = len(AutoTokenizer.from_pretrained(folder)) + 57
    resize(folder, rows)
    assert load_encoder(folder).model.get_input_embeddings().num_embeddings == rows


def test_added_tokens_without_embeddings_are_legal_until_a_text_has_one(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens(["Oslo"])
    tokenizer.add_special_tokens({"pad_token": "<pad>"})
    tokenizer.save_pretrained(folder)
    encoder = load_encoder(folder)
    assert encoder.tokenize([Sentence(("Washington",), "en")]).ids.max() < len(tokenizer) - 2
    with pytest.raises(EncoderError, match=r"the tokenizer has piece \d+, the model only \d+ pieces"):
        encoder.tokenize([Sentence(("Oslo",), "no")])


def test_a_vocabulary_that_goes_beyond_the_embeddings(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    resize(folder, len(tokenizer) - 3)
    first = tokenizer.convert_ids_to_tokens(len(tokenizer) - 3)
    with pytest.raises(
        EncoderError,
        match=rf"has pieces that its model has not: '{first}' is number {len(tokenizer) - 3}, the model has "
        rf"{len(tokenizer) - 3} embeddings\. Tokenizer and model do not belong together",
    ):
        load_encoder(folder)


def test_a_special_piece_of_every_sentence_beyond_the_embeddings(folder):
    state = json.loads((folder / "tokenizer.json").read_text())
    number = len(AutoTokenizer.from_pretrained(folder))
    state["added_tokens"].append(state["added_tokens"][0] | {"id": number, "content": "<start>"})
    special = state["post_processor"]["special_tokens"]
    special["[CLS]"] = {"id": "[CLS]", "ids": [number], "tokens": ["<start>"]}
    (folder / "tokenizer.json").write_text(json.dumps(state))
    with pytest.raises(EncoderError, match=rf"its model has not: '<start>' is number {number}"):
        load_encoder(folder)


def test_a_slow_tokenizer_tells_how_a_fast_one_is_made(folder):
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.json").write_text(json.dumps({"<unk>": 0, "a</w>": 1}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "CTRLTokenizer"}')
    with pytest.raises(
        EncoderError, match=r"\(CTRLTokenizer\) is a slow one, .* Make one: .*PreTrainedTokenizerFast\(to"
    ):
        load_encoder(folder)


def test_a_tokenizer_that_needs_a_library(folder, monkeypatch):
    def refuse(*_, **__):
        raise ImportError("This tokenizer requires the SentencePiece library\nand more")

    monkeypatch.setattr("embspace.encoders.tokenizer_reading.AutoTokenizer.from_pretrained", refuse)
    with pytest.raises(
        EncoderError, match=r"cannot be opened: This tok.* It may need a library: `pip install sentencep"
    ):
        load_encoder(folder)
