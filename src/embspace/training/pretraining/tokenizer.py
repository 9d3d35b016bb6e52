"""A unigram tokenizer with Metaspace, trained on a sample that evens out the languages."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from embspace.training.pretraining.material import Material

_SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
_MARK = re.compile(r"(?<=\w)([.,;:!?…»”\")\]])|([«„“(\[\"])(?=\w)")


class Special(NamedTuple):
    """Vocabulary indices of the special pieces."""

    start: int
    pad: int
    stop: int
    mask: int


SPECIAL = Special(*(_SPECIAL.index(piece) for piece in ("<s>", "<pad>", "</s>", "<mask>")))


def split_marks(text: str) -> str:
    """The text with blanks around its punctuation, as it looks when words come one by one."""
    return _MARK.sub(lambda found: f" {found[1]}" if found[1] else f"{found[2]} ", text)


def train_tokenizer(material: Material, vocabulary: int, characters: int, seed: int) -> PreTrainedTokenizerFast:
    """A fast tokenizer (NFKC, cased, punctuation and digits apart) of at most `vocabulary` pieces.

    Args:
        material: what the run learns from.
        vocabulary: pieces, the five special ones included.
        characters: size of the training sample; languages share it by size to the power 0.5.
        seed: of the sample.
    """
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex("[\u2018\u2019\u02bc]"), "'"), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(prepend_scheme="first"),
            pre_tokenizers.Punctuation("isolated"),
            pre_tokenizers.Digits(individual_digits=False),
        ]
    )
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="first")
    trainer = trainers.UnigramTrainer(
        vocab_size=vocabulary, special_tokens=_SPECIAL, unk_token="<unk>", max_piece_length=16, show_progress=False
    )
    tokenizer.train_from_iterator(_sample(material, characters, seed), trainer=trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", SPECIAL.start), ("</s>", SPECIAL.stop)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        cls_token="<s>",
        eos_token="</s>",
        sep_token="</s>",
        unk_token="<unk>",
        pad_token="<pad>",
        mask_token="<mask>",
        model_max_length=256,
        clean_up_tokenization_spaces=False,
    )


def _sample(material: Material, characters: int, seed: int) -> Iterator[str]:
    languages = sorted(material.held_out)
    sentences = {language: list(dict.fromkeys(material.sentences(language))) for language in languages}
    sizes = {language: sum(map(len, found)) for language, found in sentences.items()}
    whole = sum(size**0.5 for size in sizes.values())
    for language, found in sentences.items():
        random.Random(seed).shuffle(found)
        yield from _until(found, characters * sizes[language] ** 0.5 / whole)


def _until(sentences: Iterable[str], characters: float) -> Iterator[str]:
    taken = 0
    for sentence in sentences:
        if taken > characters:
            return
        taken += len(sentence)
        yield sentence
