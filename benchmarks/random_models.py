"""Models with random weights and trained tokenizers: the cost of a geometry needs no trained weights.

    python benchmarks/random_models.py DIR [--text FOLDER] [--only KIND-LAYERSxWIDTH ...]

Writes DIR/models/NAME, DIR/NAME.sentences.json and DIR/source.json, as `benchmarks/peers` reads them.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import torch
import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from embspace.workspace import data_folder
from sentences import Text, add_text_options, text_of

_BERT = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
_ROBERTA = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
_LIMIT = 512


class Geometry(NamedTuple):
    """Of a transformer: layers, width, heads, and the width inside a block."""

    layers: int
    width: int
    heads: int
    inner: int


BASE, SMALL = Geometry(12, 768, 12, 3072), Geometry(6, 256, 4, 1024)
KINDS = {
    "bert": ("BertConfig", "wordpiece"),
    "xlmr": ("XLMRobertaConfig", "unigram"),
    "distilbert": ("DistilBertConfig", "wordpiece"),
    "roberta": ("RobertaConfig", "bytes"),
    "modernbert": ("ModernBertConfig", "bytes"),
    "deberta-v2": ("DebertaV2Config", "unigram"),
    "xlm": ("XLMConfig", "unigram"),
    "gpt2": ("GPT2Config", "bytes"),
    "llama": ("LlamaConfig", "bytes"),
    "qwen3": ("Qwen3Config", "bytes"),
}
"""kind -> (its config in transformers, its tokenizer)"""


def train_tokenizer(how: str, text: Iterable[tuple[str, ...]], vocabulary: int = 30_000) -> PreTrainedTokenizerFast:
    """A fast tokenizer trained on sentences: `wordpiece`, `unigram`, or `bytes` (byte-level BPE)."""
    lines = [" ".join(words) for words in text]
    if how == "wordpiece":
        tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        trainer = trainers.WordPieceTrainer(vocab_size=vocabulary, special_tokens=_BERT, show_progress=False)
    elif how == "unigram":
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.normalizer = normalizers.NFKC()
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]
        )
        trainer = trainers.UnigramTrainer(
            vocab_size=vocabulary, special_tokens=_ROBERTA, unk_token="<unk>", show_progress=False
        )
    else:
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
        trainer = trainers.BpeTrainer(
            vocab_size=vocabulary,
            special_tokens=_ROBERTA,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
    tokenizer.train_from_iterator(lines, trainer)
    special = _BERT if how == "wordpiece" else _ROBERTA
    start, stop, pad, unknown, mask = (
        ("[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]")
        if how == "wordpiece"
        else ("<s>", "</s>", "<pad>", "<unk>", "<mask>")
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{start} $A {stop}", special_tokens=[(one, special.index(one)) for one in (start, stop)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        cls_token=start,
        bos_token=start,
        sep_token=stop,
        eos_token=stop,
        pad_token=pad,
        unk_token=unknown,
        mask_token=mask,
        model_max_length=_LIMIT,
        clean_up_tokenization_spaces=False,
    )


def random_model(
    kind: str, geometry: Geometry, tokenizer: PreTrainedTokenizerFast, pieces: int = 0, limit: int = _LIMIT
) -> PreTrainedModel:
    """A model of a kind with the weights of seed 0.

    Weights are twice as large as at a usual start and norms spread, so that states differ clearly by piece and context.

    Args:
        kind: of `KINDS`.
        geometry: of its blocks.
        tokenizer: gives the size of the vocabulary and the special pieces.
        pieces: rows of the embedding where the vocabulary should be larger than the tokenizer's (XLM-R: 250,002).
        limit: the longest sequence.
    """
    options: dict[str, Any] = {"vocab_size": max(pieces, len(tokenizer)), "pad_token_id": tokenizer.pad_token_id}
    options |= {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id}
    options |= (
        {"cls_token_id": tokenizer.cls_token_id, "sep_token_id": tokenizer.sep_token_id} if kind == "modernbert" else {}
    )
    torch.manual_seed(0)
    config = getattr(transformers, KINDS[kind][0])(**options, **_geometry(kind, geometry, limit))
    config.architectures = None
    model = transformers.AutoModel.from_config(config).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() == 1 and "norm" in name.lower():
                weight.add_(torch.randn_like(weight) * 0.1)
            elif weight.dim() == 2:
                weight.mul_(2.0)
            else:
                weight.add_(torch.randn_like(weight) * 0.02)
    return model


def _geometry(kind: str, geometry: Geometry, limit: int) -> dict[str, Any]:
    """The geometry as a kind's config calls it."""
    layers, width, heads, inner = geometry
    if kind == "distilbert":
        return {
            "dim": width,
            "n_layers": layers,
            "n_heads": heads,
            "hidden_dim": inner,
            "max_position_embeddings": limit,
        }
    if kind == "gpt2":
        return {"n_embd": width, "n_layer": layers, "n_head": heads, "n_inner": inner, "n_positions": limit}
    if kind == "xlm":
        return {"emb_dim": width, "n_layers": layers, "n_heads": heads, "max_position_embeddings": limit}
    named = {
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": inner,
        "max_position_embeddings": limit + 2 if kind in ("xlmr", "roberta") else limit,
    }
    if kind in ("xlmr", "roberta"):
        named["type_vocab_size"] = 1
    if kind == "deberta-v2":  # as the published v2 and v3 models
        named |= {"relative_attention": True, "position_buckets": 256, "norm_rel_ebd": "layer_norm"}
        named |= {"share_att_key": True, "pos_att_type": ["p2c", "c2p"], "position_biased_input": False}
        named |= {"max_relative_positions": -1, "type_vocab_size": 0}
    if kind in ("llama", "qwen3"):
        named |= {"num_key_value_heads": max(1, heads // 2), "head_dim": width // heads}
    return named


def save(folder: Path, model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> Path:
    """Write a checkpoint folder that AutoModel and AutoTokenizer open."""
    transformers.utils.logging.disable_progress_bar()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    told = {"tokenizer_class": "PreTrainedTokenizerFast"}  # the name that transformers 4 knows too
    if model.config.model_type == "bert":  # libraries that know only BERT's own tokenizer read its vocabulary
        pieces = sorted(tokenizer.get_vocab().items(), key=lambda one: one[1])
        (folder / "vocab.txt").write_text("".join(f"{piece}\n" for piece, _ in pieces), encoding="utf-8")
        told = {"tokenizer_class": "BertTokenizer", "do_lower_case": False, "strip_accents": False}
    file = folder / "tokenizer_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | told, indent=2))
    return folder


def save_mini(folder: Path) -> Path:
    """The shipped model with its weights in float32: stored they are float16, in which transformers would compute."""
    mini = data_folder() / "models" / "mini"
    model = transformers.AutoModel.from_pretrained(mini, dtype=torch.float32, add_pooling_layer=False)
    return save(folder, model, transformers.AutoTokenizer.from_pretrained(mini))


def geometry_of(name: str) -> tuple[str, Geometry]:
    """`bert-12x768` -> kind and geometry; heads are 64 wide and blocks 4 times the width."""
    kind, _, size = name.rpartition("-")
    layers, width = (int(one) for one in size.split("x"))
    return kind, Geometry(layers, width, max(1, width // 64), 4 * width)


def make(folder: Path, text: Text, names: list[str], sentences: dict[str, int], vocabulary: int) -> None:
    """Write models and sentences under `folder`; `mini` is the shipped model."""
    every = [words for found in text.by_language.values() for words in found]
    trained: dict[str, PreTrainedTokenizerFast] = {}
    for name in names:
        place = folder / "models" / name
        shutil.rmtree(place, ignore_errors=True)
        if name == "mini":
            save_mini(place)
        else:
            kind, geometry = geometry_of(name)
            how = KINDS[kind][1]
            if how not in trained:
                trained[how] = train_tokenizer(how, every, vocabulary)
            save(place, random_model(kind, geometry, trained[how]), trained[how])
        chosen = text.spread(sentences[name])
        (folder / f"{name}.sentences.json").write_text(json.dumps(chosen, ensure_ascii=False), encoding="utf-8")
        print(f"{name}: {len(chosen):,} sentences, {sum(map(len, chosen)):,} words", flush=True)
    (folder / "source.json").write_text(json.dumps({"text": text.name, "vocabulary": vocabulary, "models": names}))


def main(arguments: list[str] | None = None) -> None:
    """Write what `--peers` reads."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    add_text_options(parser)
    parser.add_argument(
        "--only", nargs="+", default=["bert-12x768", "xlmr-12x768", "bert-6x256", "xlmr-6x256", "mini"], metavar="NAME"
    )
    parser.add_argument("--sentences", type=int, help="of each model; default: 160 where 768 wide or wider, else 1,200")
    parser.add_argument("--vocabulary", type=int, default=30_000)
    options = parser.parse_args(arguments)
    wide = {one for one in options.only if one != "mini" and geometry_of(one)[1].width >= 768}
    sentences = {one: options.sentences or (160 if one in wide else 1200) for one in options.only}
    options.folder.mkdir(parents=True, exist_ok=True)
    make(options.folder, text_of(options), options.only, sentences, options.vocabulary)


if __name__ == "__main__":
    main()
