"""Fixtures for all rooms: a workspace per test, and tiny random models with trained tokenizers."""

import json
import shutil
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from embspace.workspace import Workspace, data_folder

TEXTS = [
    "Washington was the first president of the United States .",
    "Вашынгтон быў першым прэзідэнтам Злучаных Штатаў .",
    "Вашингтон был первым президентом Соединённых Штатов .",
    "Washington fue el primer presidente de los Estados Unidos .",
    "Vaşington Amerika Birleşik Devletleri'nin ilk başkanıydı .",
    "Ваšінґтон був першим президентом ; Washington byl prvním prezidentem .",
    "I am going to San Francisco , and then to New York .",
]
POSITIONS = 64


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """An empty workspace, the current one."""
    monkeypatch.setenv("EMBSPACE_WORKSPACE", str(tmp_path / "workspace"))
    return Workspace(tmp_path / "workspace")


@pytest.fixture(scope="session")
def bert_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny BERT with a WordPiece tokenizer; it reads 64 pieces."""
    import torch
    from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    # Letters and the beginnings of words: a trained vocabulary would differ from run to run.
    letters = sorted({letter for text in TEXTS for letter in text if letter != " "})
    starts = sorted({word[:4] for text in TEXTS for word in text.split() if len(word) > 3})
    pieces = [*special, *letters, *(f"##{letter}" for letter in letters), *starts]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )
    torch.manual_seed(1)
    config = BertConfig(vocab_size=len(fast), max_position_embeddings=POSITIONS, **_geometry())
    return _save(tmp_path_factory.mktemp("bert"), BertForMaskedLM(config), fast)


@pytest.fixture(scope="session")
def xlmr_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny XLM-R with a Unigram tokenizer; it reads 64 pieces, its positions start at 2."""
    import torch
    from transformers import PreTrainedTokenizerFast, XLMRobertaConfig, XLMRobertaForMaskedLM

    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    trainer = trainers.UnigramTrainer(vocab_size=150, special_tokens=special, unk_token="<unk>")
    tokenizer.train_from_iterator(TEXTS, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )
    torch.manual_seed(2)
    ids = {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2}
    config = XLMRobertaConfig(vocab_size=len(fast), max_position_embeddings=POSITIONS + 2, **ids, **_geometry())
    return _save(tmp_path_factory.mktemp("xlmr"), XLMRobertaForMaskedLM(config), fast)


@pytest.fixture(scope="session")
def gpt2_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny GPT-2 with byte-level BPE and no padding piece; it reads 64 pieces."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel, GPT2Tokenizer

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        TEXTS, trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet, special_tokens=["<|endoftext|>"])
    )
    model = json.loads(tokenizer.to_str())["model"]
    fast = GPT2Tokenizer(vocab=model["vocab"], merges=[tuple(pair) for pair in model["merges"]])
    torch.manual_seed(3)
    config = GPT2Config(
        vocab_size=len(fast), n_positions=POSITIONS, n_embd=16, n_layer=2, n_head=2, n_inner=32, initializer_range=0.2
    )
    return _save(tmp_path_factory.mktemp("gpt2"), GPT2LMHeadModel(config), fast)


@pytest.fixture(scope="session")
def model_folders(bert_folder: Path, xlmr_folder: Path, gpt2_folder: Path) -> dict[str, Path]:
    """The tiny models, and the shipped one."""
    return {"bert": bert_folder, "xlmr": xlmr_folder, "gpt2": gpt2_folder, "mini": data_folder() / "models" / "mini"}


@pytest.fixture(scope="session")
def two_runs(bert_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with the trainings of `small_runs`, `en-job` and `ru-job`, not to be changed."""
    from small_runs import train_two

    place = Workspace(tmp_path_factory.mktemp("two-runs") / "workspace")
    train_two(bert_folder, place)
    return place


@pytest.fixture
def taught(workspace: Workspace, two_runs: Workspace) -> Workspace:
    """The current workspace, with a copy of the trainings."""
    shutil.copytree(two_runs.root, workspace.root, dirs_exist_ok=True)
    return workspace


def _geometry() -> dict:
    return {
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "initializer_range": 0.2,
        "type_vocab_size": 1,
    }


def _save(folder: Path, model, tokenizer) -> Path:
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
