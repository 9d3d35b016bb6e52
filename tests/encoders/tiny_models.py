"""Tiny random checkpoints of many architectures, with tokenizers of every kind, whose vocabularies are written by rule.

A vocabulary is made of letters and the beginnings of words, not trained: training differs from run to run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers as hf
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

POSITIONS = 40
"""pieces that the models read at once, where they have a limit"""

KNOWN = (
    "Washington was the first president of the United States . I am going to San Francisco , and then to New York .",
    "Вашынгтон быў першым прэзідэнтам Злучаных Штатаў . Вашингтон был первым президентом Соединённых Штатов .",
    "Vaşington Amerika Birleşik Devletleri'nin ilk başkanıydı . it's São Tomé",
    "東京 は 日本 の 首都 です 北京 वॉशिंगटन Ουάσινγκτον واشنطن",
)
"""what the vocabularies know; other letters become unknown pieces, or bytes"""


def known_words() -> list[str]:
    return sorted({word for text in KNOWN for word in text.split()})


def known_letters() -> list[str]:
    return sorted({letter for word in known_words() for letter in word})


def starts(words: list[str]) -> list[str]:
    """Beginnings of 2 to 5 letters, and every third word whole; the shorter ones first, as merges need them."""
    found = {word[:length] for word in words for length in range(2, min(5, len(word)) + 1)}
    whole = [word for word in words[::3] if len(word) > 5]
    found |= {word[:length] for word in whole for length in range(6, len(word) + 1)}
    return sorted(found, key=lambda one: (len(one), one))


def word_pieces() -> dict[str, int]:
    letters = known_letters()
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{one}" for one in letters)]
    return {piece: number for number, piece in enumerate([*pieces, *starts(known_words())])}


def unigrams(special: list[str]) -> list[tuple[str, float]]:
    """Special pieces, the lone mark, letters, and beginnings with and without the mark; longer ones are likelier."""
    marked = [f"▁{one}" for one in known_letters()] + [f"▁{one}" for one in starts(known_words())]
    scores = [(one, -8.0) for one in known_letters()]
    scores += [(one, -10.0 + 0.1 * len(one)) for one in marked]
    return [*((one, 0.0) for one in special), ("▁", -3.0), *scores]


def merged(words: list[list[str]], pieces: list[str]) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Pieces, and every beginning of the words as merged from the beginning before it and one symbol."""
    merges = []
    for word in words:
        for length in range(2, min(len(word), 9) + 1):
            pair = ("".join(word[: length - 1]), word[length - 1])
            if pair not in merges:
                merges.append(pair)
    pieces = list(dict.fromkeys([*pieces, *("".join(pair) for pair in merges)]))
    return {piece: number for number, piece in enumerate(pieces)}, merges


def byte_level(special: list[str]) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """The 256 bytes as GPT-2 writes them, and beginnings of words after a blank."""
    level = pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=False)
    words = [list(level.pre_tokenize_str(word)[0][0]) for word in known_words()]
    return merged(words, [*special, *sorted(pre_tokenizers.ByteLevel.alphabet())])


def marked_bpe(special: list[str]) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Letters, the mark ▁ and 256 bytes to fall back on, and beginnings of words after the mark."""
    symbols = [*(f"<0x{byte:02X}>" for byte in range(256)), "▁", *known_letters()]
    return merged([["▁", *word] for word in known_words()], [*special, *symbols])


def wrapped(tokenizer: Tokenizer, **special: str) -> hf.PreTrainedTokenizerFast:
    """A tokenizer of no class of its own, as many checkpoints have it."""
    return hf.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special)


def around(tokenizer: Tokenizer, before: str, after: str) -> None:
    """Add special pieces before and after a sentence."""
    known = [(one, tokenizer.token_to_id(one)) for one in (before, after) if one]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=" ".join(one for one in (before, "$A", after) if one), special_tokens=known
    )


def wordpiece() -> Any:
    """BERT, cased."""
    return hf.BertTokenizer(vocab=word_pieces(), do_lower_case=False)


def wordpiece_uncased() -> Any:
    """BERT, lower-cased and without accents: offsets point into a text that is longer than what is cut."""
    return hf.BertTokenizer(vocab=word_pieces(), do_lower_case=True)


def unigram() -> Any:
    """XLM-R: words at blanks, a mark before each, and NFKC as its tables of characters do it."""
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer = Tokenizer(models.Unigram(unigrams(special), unk_id=3))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.add_special_tokens([AddedToken(one, special=True, normalized=False) for one in special])
    around(tokenizer, "<s>", "</s>")
    return wrapped(tokenizer, bos_token="<s>", cls_token="<s>", pad_token="<pad>", eos_token="</s>", unk_token="<unk>")


def camembert() -> Any:
    """CamemBERT's own class of Unigram."""
    return hf.CamembertTokenizer(
        vocab=unigrams(["<s>NOTUSED", "<pad>", "</s>NOTUSED", "<unk>", "<mask>", "<s>", "</s>"])
    )


def deberta() -> Any:
    """DeBERTa's own class of Unigram: blanks are cut by the mark, not before it."""
    return hf.DebertaV2Tokenizer(vocab=unigrams(["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"]), unk_id=3)


def t5() -> Any:
    """T5's own class of Unigram: one special piece, at the end."""
    return hf.T5Tokenizer(vocab=unigrams(["<pad>", "</s>", "<unk>"]), extra_ids=4)


def gpt2() -> Any:
    """Byte-level BPE without special pieces."""
    vocabulary, merges = byte_level(["<|endoftext|>"])
    return hf.GPT2Tokenizer(vocab=vocabulary, merges=merges)


def roberta() -> Any:
    """Byte-level BPE between <s> and </s>; its offsets leave out the blank."""
    vocabulary, merges = byte_level(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    return hf.RobertaTokenizer(vocab=vocabulary, merges=merges)


def opt() -> Any:
    """Byte-level BPE after </s>."""
    vocabulary, merges = byte_level(["<s>", "<pad>", "</s>", "<unk>"])
    tokenizer = Tokenizer(models.BPE(vocabulary, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    around(tokenizer, "</s>", "")
    return wrapped(tokenizer, bos_token="</s>", eos_token="</s>", pad_token="<pad>", unk_token="</s>")


def modernbert() -> Any:
    """Byte-level BPE in NFC between [CLS] and [SEP]."""
    special = ["[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]"]
    vocabulary, merges = byte_level(special)
    tokenizer = Tokenizer(models.BPE(vocabulary, merges))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    around(tokenizer, "[CLS]", "[SEP]")
    return wrapped(tokenizer, cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]", unk_token="[UNK]")


def qwen() -> Any:
    """Byte-level BPE that splits by a pattern of its own first."""
    vocabulary, merges = byte_level(["<|endoftext|>"])
    return hf.Qwen2Tokenizer(vocab=vocabulary, merges=merges)


def bloom() -> Any:
    """Byte-level BPE that splits at blanks by a pattern."""
    vocabulary, merges = byte_level(["<unk>", "<s>", "</s>", "<pad>"])
    tokenizer = Tokenizer(models.BPE(vocabulary, merges))
    split = pre_tokenizers.Split(Regex(r" ?[^(\s|[.,!?…。，、।۔،])]+"), "isolated")
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, level])
    return wrapped(tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>")


def llama() -> Any:
    """Llama's own class: BPE with bytes to fall back on, the mark before the first word."""
    vocabulary, merges = marked_bpe(["<unk>", "<s>", "</s>"])
    tokenizer = hf.LlamaTokenizer(vocab=vocabulary, merges=merges)
    around(tokenizer.backend_tokenizer, "<s>", "")
    return tokenizer


def llama_unmarked() -> Any:
    """Llama's own class, told to set no mark at the start."""
    vocabulary, merges = marked_bpe(["<unk>", "<s>", "</s>"])
    tokenizer = hf.LlamaTokenizer(vocab=vocabulary, merges=merges, add_prefix_space=False)
    around(tokenizer.backend_tokenizer, "<s>", "")
    return tokenizer


def llama_replacing() -> Any:
    """Llama 2 as its tokenizer.json has it: a normalizer sets the mark and turns blanks into marks."""
    special = ["<unk>", "<s>", "</s>"]
    vocabulary, merges = marked_bpe(special)
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, fuse_unk=True, byte_fallback=True, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    around(tokenizer, "<s>", "")
    return wrapped(tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>")


def gemma() -> Any:
    """Gemma's own class: blanks become marks, and no mark is set before a text."""
    vocabulary, merges = marked_bpe(["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"])
    tokenizer = hf.GemmaTokenizer(vocab=vocabulary, merges=merges)
    around(tokenizer.backend_tokenizer, "<bos>", "")
    return tokenizer


def word_ends() -> Any:
    """XLM and the first GPT: BPE that marks the ends of words, lower-cased."""
    special = ["<s>", "</s>", "<pad>", "<unk>"]
    letters = sorted({letter for one in known_letters() for letter in one.lower()})
    vocabulary, merges = merged(
        [list(word) for word in sorted({word.lower() for word in known_words()})],
        [*special, *letters, *(f"{one}</w>" for one in letters)],
    )
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>", end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    around(tokenizer, "<s>", "</s>")
    return wrapped(tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>")


@dataclass(frozen=True)
class Kind:
    """A kind of tokenizer.

    Attributes:
        make: the tokenizer.
        blank: a word of a list needs a blank before it to be cut as it is in running text.
        unknown: what the tokenizer does not know becomes an unknown piece (not bytes).
    """

    make: Callable[[], Any]
    blank: bool = False
    unknown: bool = True


TOKENIZERS: dict[str, Kind] = {
    "wordpiece": Kind(wordpiece),
    "wordpiece-uncased": Kind(wordpiece_uncased),
    "unigram": Kind(unigram),
    "camembert": Kind(camembert),
    "deberta": Kind(deberta),
    "t5": Kind(t5),
    "gpt2": Kind(gpt2, blank=True, unknown=False),
    "roberta": Kind(roberta, blank=True, unknown=False),
    "opt": Kind(opt, blank=True, unknown=False),
    "modernbert": Kind(modernbert, blank=True, unknown=False),
    "qwen": Kind(qwen, blank=True, unknown=False),
    "bloom": Kind(bloom, blank=True, unknown=False),
    "llama": Kind(llama, unknown=False),
    "llama-unmarked": Kind(llama_unmarked, blank=True, unknown=False),
    "llama-replacing": Kind(llama_replacing, unknown=False),
    "gemma": Kind(gemma, blank=True, unknown=False),
    "word-ends": Kind(word_ends),
}

_COMMON = {
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 48,
    "initializer_range": 0.15,
    "max_position_embeddings": POSITIONS,
}
_GROUPED = _COMMON | {"num_key_value_heads": 1, "head_dim": 16}


@dataclass(frozen=True)
class Architecture:
    """A model of transformers.

    Attributes:
        config: given the number of pieces and the padding piece.
        tokenizer: the one it is used with.
        blocks: where its blocks are, in the model that is run.
        norm: the final norm that the last layer goes through, if there is one.
        limit: pieces that it reads at once.
    """

    config: Callable[[int, int], Any]
    tokenizer: str
    blocks: str
    norm: str = ""
    limit: int = POSITIONS


def _shifted(config: type) -> Callable[[int, int], Any]:
    """RoBERTa and its kin: positions begin after the padding piece."""
    sizes = _COMMON | {"type_vocab_size": 1}

    def make(n_pieces: int, pad: int) -> Any:
        return config(
            vocab_size=n_pieces, pad_token_id=pad, **(sizes | {"max_position_embeddings": POSITIONS + pad + 1})
        )

    return make


def _sized(config: type, sizes: dict[str, Any], **others: Any) -> Callable[[int, int], Any]:
    return lambda n_pieces, pad: config(vocab_size=n_pieces, pad_token_id=pad, **sizes, **others)


_T5 = {"d_model": 32, "d_kv": 16, "d_ff": 48, "num_layers": 3, "num_heads": 2, "initializer_factor": 1.0}
_OPT = {
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "ffn_dim": 48,
    "init_std": 0.15,
    "max_position_embeddings": POSITIONS,
}
_LOCAL = {"sliding_window": 8, "layer_types": ["sliding_attention", "full_attention", "sliding_attention"]}

ARCHITECTURES: dict[str, Architecture] = {
    "bert": Architecture(_sized(hf.BertConfig, _COMMON), "wordpiece", "encoder.layer"),
    "distilbert": Architecture(
        _sized(
            hf.DistilBertConfig,
            {"dim": 32, "n_layers": 3, "n_heads": 2, "hidden_dim": 48, "max_position_embeddings": POSITIONS},
            initializer_range=0.15,
        ),
        "wordpiece-uncased",
        "transformer.layer",
    ),
    "electra": Architecture(_sized(hf.ElectraConfig, _COMMON, embedding_size=16), "wordpiece", "encoder.layer"),
    "convbert": Architecture(
        _sized(hf.ConvBertConfig, _COMMON, embedding_size=32, head_ratio=1), "wordpiece", "encoder.layer"
    ),
    "xlm-roberta": Architecture(_shifted(hf.XLMRobertaConfig), "unigram", "encoder.layer"),
    "xlm-roberta-xl": Architecture(_shifted(hf.XLMRobertaXLConfig), "unigram", "encoder.layer", "encoder.LayerNorm"),
    "roberta": Architecture(_shifted(hf.RobertaConfig), "roberta", "encoder.layer"),
    "camembert": Architecture(_shifted(hf.CamembertConfig), "camembert", "encoder.layer"),
    "modernbert": Architecture(
        _sized(hf.ModernBertConfig, _COMMON, local_attention=8, global_attn_every_n_layers=2),
        "modernbert",
        "layers",
        "final_norm",
    ),
    "deberta-v2": Architecture(
        _sized(
            hf.DebertaV2Config,
            _COMMON,
            relative_attention=True,
            position_biased_input=False,
            pos_att_type=["p2c", "c2p"],
            position_buckets=16,
            norm_rel_ebd="layer_norm",
            share_att_key=True,
            type_vocab_size=0,
            conv_kernel_size=3,
            conv_act="gelu",
        ),
        "deberta",
        "encoder.layer",
    ),
    "xlm": Architecture(
        _sized(
            hf.XLMConfig,
            {"emb_dim": 32, "n_layers": 3, "n_heads": 2, "max_position_embeddings": POSITIONS},
            embed_init_std=0.3,
            init_std=0.15,
            n_langs=2,
            use_lang_emb=True,
        ),
        "word-ends",
        "layer_norm2",
    ),
    "t5": Architecture(_sized(hf.T5Config, _T5), "t5", "block", "final_layer_norm", 512),
    "mt5": Architecture(
        _sized(hf.MT5Config, _T5, feed_forward_proj="gated-gelu"), "unigram", "block", "final_layer_norm", 512
    ),
    "mbart": Architecture(
        _sized(
            hf.MBartConfig,
            {"d_model": 32, "encoder_layers": 3, "decoder_layers": 1, "encoder_attention_heads": 2},
            decoder_attention_heads=2,
            encoder_ffn_dim=48,
            decoder_ffn_dim=48,
            init_std=0.15,
            max_position_embeddings=POSITIONS,
        ),
        "unigram",
        "layers",
        "layer_norm",
    ),
    "gpt2": Architecture(
        _sized(
            hf.GPT2Config,
            {"n_embd": 32, "n_layer": 3, "n_head": 2, "n_inner": 48, "n_positions": POSITIONS},
            initializer_range=0.15,
            eos_token_id=0,
            bos_token_id=0,
        ),
        "gpt2",
        "h",
        "ln_f",
    ),
    "llama": Architecture(_sized(hf.LlamaConfig, _GROUPED), "llama", "layers", "norm"),
    "qwen2": Architecture(_sized(hf.Qwen2Config, _COMMON, num_key_value_heads=1), "qwen", "layers", "norm"),
    "qwen3": Architecture(_sized(hf.Qwen3Config, _GROUPED), "qwen", "layers", "norm"),
    "gemma2": Architecture(_sized(hf.Gemma2Config, _GROUPED, **_LOCAL), "gemma", "layers", "norm"),
    "gemma3": Architecture(_sized(hf.Gemma3TextConfig, _GROUPED, **_LOCAL), "gemma", "layers", "norm"),
    "opt": Architecture(
        _sized(hf.OPTConfig, _OPT, word_embed_proj_dim=32), "opt", "decoder.layers", "decoder.final_layer_norm"
    ),
    "opt-350m": Architecture(
        _sized(hf.OPTConfig, _OPT, word_embed_proj_dim=16, do_layer_norm_before=False), "opt", "decoder.layers"
    ),
    "bloom": Architecture(
        _sized(hf.BloomConfig, {"hidden_size": 32, "n_layer": 3, "n_head": 2}, initializer_range=0.15),
        "bloom",
        "h",
        "ln_f",
        512,
    ),
}
"""all models of three layers and 32 dimensions"""


def make_model(architecture: str, tokenizer: Any, seed: int = 7) -> Any:
    """A random model for a tokenizer; norms and biases are random too, so that none is a step without effect."""
    pad = tokenizer.pad_token_id or 0
    torch.manual_seed(seed)
    model = hf.AutoModel.from_config(ARCHITECTURES[architecture].config(len(tokenizer), pad))
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() == 1:
                weight.add_(torch.randn(weight.shape) * 0.1)
            assert torch.isfinite(weight).all(), name
    return model


def save_checkpoint(folder: Path, architecture: str, tokenizer: str | None = None) -> Path:
    """A checkpoint as people have it: config, weights and tokenizer in a folder.

    Args:
        folder: to write to.
        architecture: a name of `ARCHITECTURES`.
        tokenizer: a name of `TOKENIZERS`; None: the architecture's own.
    """
    fast = TOKENIZERS[tokenizer or ARCHITECTURES[architecture].tokenizer].make()
    make_model(architecture, fast).save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder
