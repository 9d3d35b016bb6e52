import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer, T5Config, T5Model

from embspace.corpora.records import Sentence
from embspace.encoders.base import Encoder
from embspace.encoders.huggingface import HuggingFaceEncoder
from embspace.encoders.loading import load_encoder
from embspace.errors import EncoderError

MODELS = ("bert", "xlmr", "gpt2", "mini")
SENTENCES = [
    Sentence(("Washington", "was", "the", "first", "president", "."), "en"),
    Sentence(("Вашынгтон", "быў", "\u200b", "першым", "."), "be"),
    Sentence((), "en"),
    Sentence(("New", "York", "a b", "中国"), "en"),
]


@pytest.fixture(params=MODELS)
def folder(request, model_folders):
    folder = model_folders[request.param]
    if not (folder / "config.json").exists():
        pytest.skip(f"{request.param} is not here")
    return folder


@pytest.fixture
def encoder(folder):
    return load_encoder(folder)


def plain_tokenizer(folder):
    return AutoTokenizer.from_pretrained(folder, add_prefix_space=True)


def test_it_keeps_the_contract(encoder, folder):
    assert isinstance(encoder, Encoder)
    config = AutoModel.from_pretrained(folder).config
    assert (encoder.n_layers, encoder.dim) == (config.num_hidden_layers + 1, config.hidden_size)
    assert len(encoder.fingerprint) == 32
    assert not encoder.model.training
    assert all(parameter.dtype == torch.float32 for parameter in encoder.model.parameters())
    assert not [name for name, _ in encoder.model.named_modules() if name == "pooler"]


def test_pieces_are_those_of_the_plain_tokenizer(encoder, folder):
    pieces = encoder.tokenize(SENTENCES)
    tokenizer = plain_tokenizer(folder)
    for sentence, start, length in zip(SENTENCES, pieces.starts, pieces.lengths, strict=True):
        plain = tokenizer([list(sentence.words)], is_split_into_words=True).encodings[0]
        place = slice(start, start + length)
        assert pieces.ids[place].tolist() == plain.ids
        owners = [-1 if w is None or a == b else w for w, (a, b) in zip(plain.word_ids, plain.offsets, strict=True)]
        assert pieces.words[place].tolist() == owners
        assert encoder.piece_texts(pieces.ids[place]) == tokenizer.convert_ids_to_tokens(plain.ids)


def test_pieces_are_not_truncated_even_if_the_tokenizer_is_told_so(xlmr_folder):
    encoder = load_encoder(xlmr_folder)
    encoder.tokenizer.backend_tokenizer.enable_truncation(4)
    assert encoder.tokenize([Sentence(("president",) * 100, "en")]).lengths[0] >= 100


def test_every_way_of_tokenizing_at_once_gives_the_same(encoder):
    together = encoder.tokenize(SENTENCES * 700)
    alone = [encoder.tokenize([sentence]) for sentence in SENTENCES]
    assert together.ids.tolist() == [one for pieces in alone for one in pieces.ids] * 700


def test_a_generic_byte_level_tokenizer_gets_its_blanks(gpt2_folder):
    """`add_prefix_space` does nothing for generic tokenizers and breaks words in those with a pattern of their own."""
    from tokenizers import Regex, pre_tokenizers

    encoder = load_encoder(gpt2_folder)
    expected = encoder.tokenize(SENTENCES).ids
    backend = encoder.tokenizer.backend_tokenizer
    pattern = r"'s|'t| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
    split = pre_tokenizers.Split(Regex(pattern), behavior="isolated")
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    backend.pre_tokenizer = pre_tokenizers.Sequence([split, byte_level])
    again = HuggingFaceEncoder("split", encoder.model, encoder.tokenizer, "0")
    assert again.tokenize(SENTENCES).ids.tolist() == expected.tolist()
    word = again.tokenize([Sentence(("it's",), "en")])
    assert "Ġ's" not in again.piece_texts(word.ids)


def test_states_are_those_of_one_sentence_at_a_time(encoder, folder):
    model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    pieces = encoder.tokenize([one for one in SENTENCES if one.words])
    batch = np.split(pieces.ids, pieces.starts[1:])
    with torch.inference_mode():
        states = encoder.states(batch)
        plain = [
            torch.cat(model(torch.from_numpy(ids)[None], output_hidden_states=True).hidden_states) for ids in batch
        ]
    assert states.dtype == torch.float32
    assert states.shape == (encoder.n_layers, len(pieces.ids), encoder.dim)
    torch.testing.assert_close(states, torch.cat(plain, dim=1), atol=1e-5, rtol=1e-5)


def test_batches_of_equal_length_carry_no_mask(xlmr_folder, monkeypatch):
    encoder, masks = load_encoder(xlmr_folder), []
    forward = encoder.model.forward
    monkeypatch.setattr(
        encoder.model, "forward", lambda *a, **k: masks.append(k.get("attention_mask")) or forward(*a, **k)
    )
    encoder.states([np.array([0, 9, 2]), np.array([0, 8, 2])])
    encoder.states([np.array([0, 9, 2]), np.array([0, 2])])
    assert masks[0] is None
    assert masks[1].tolist() == [[1, 1, 1], [1, 1, 0]]


def test_states_carry_gradients(bert_folder):
    encoder = load_encoder(bert_folder)
    encoder.states([np.array([2, 9, 3])])[-1, 1, :4].sum().backward()
    assert encoder.model.get_input_embeddings().weight.grad[9].abs().sum() > 0


@pytest.mark.parametrize("name", ["bert", "xlmr", "gpt2"])
def test_the_longest_sequence_is_the_models_limit(model_folders, name):
    encoder = load_encoder(model_folders[name])
    assert encoder.tokenizer.model_max_length > 1e29
    assert encoder.max_pieces == 64
    with torch.inference_mode():
        encoder.states([np.full(64, 9)])
    with pytest.raises(EncoderError, match="reads 64 pieces at once; the batch has 65"):
        encoder.states([np.full(65, 9)])


def test_a_tokenizers_smaller_limit_counts(xlmr_folder):
    encoder = load_encoder(xlmr_folder)
    encoder.tokenizer.model_max_length = 30
    assert HuggingFaceEncoder("x", encoder.model, encoder.tokenizer, "0").max_pieces == 30


def test_a_tokenizer_of_another_model(xlmr_folder, bert_folder):
    model, tokenizer = load_encoder(bert_folder).model, load_encoder(xlmr_folder).tokenizer
    tokenizer.add_tokens(["Washington"])
    model.resize_token_embeddings(100)
    with pytest.raises(EncoderError, match="the model only 100 pieces; tokenizer and model do not belong together"):
        HuggingFaceEncoder("mixed", model, tokenizer, "0").tokenize(SENTENCES)


def test_an_encoder_decoder_gives_its_encoder(tmp_path, xlmr_folder):
    tokenizer = load_encoder(xlmr_folder).tokenizer
    config = T5Config(vocab_size=len(tokenizer), d_model=16, d_kv=8, d_ff=32, num_layers=3, num_heads=2, pad_token_id=1)
    T5Model(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    encoder = load_encoder(tmp_path)
    assert encoder.n_layers == 4
    assert encoder.states([np.array([0, 9, 2])]).shape == (4, 3, 16)
