import json
from dataclasses import replace

import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from embspace.errors import CorpusError
from embspace.jobs.job import State
from embspace.jobs.supervisor import submit
from embspace.progress import Cancelled, Silent
from embspace.spaces.space import open_space
from embspace.workflows import extract, project
from embspace.workflows.extract import ExtractConfig, make_corpus
from embspace.workflows.project import ProjectConfig
from embspace.workspace import Workspace

CORPUS = ExtractConfig(languages=("be", "en"), entities=("Washington",), per_type=6)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A random model of two layers with a vocabulary learned from the corpus, as transformers stores one."""
    folder = tmp_path_factory.mktemp("tiny")
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=300, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator((sentence.text for sentence in make_corpus(CORPUS)), trainer)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    ).save_pretrained(folder)
    torch.manual_seed(0)
    shape = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    BertModel(shape).save_pretrained(folder)
    return str(folder)


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


class Stages(Silent):
    def __init__(self):
        self.names = []

    def stage(self, name, total=None, unit=""):
        self.names.append(name)


def test_the_corpus_is_what_the_config_says():
    corpus = make_corpus(CORPUS)
    assert corpus.languages == ("be", "en")
    kinds = [sentence.entity.type for sentence in corpus if sentence.language == "en"]
    assert sorted(kinds) == ["LOC"] * 6 + ["PER"] * 6
    assert make_corpus(replace(CORPUS, seed=1)).fingerprint != corpus.fingerprint
    only = make_corpus(ExtractConfig(languages=("en",), types=("LOC",), per_type=3, split="train"))
    assert [sentence.entity.type for sentence in only] == ["LOC"] * 3
    with pytest.raises(CorpusError):
        make_corpus(replace(CORPUS, languages=("xx",)))


def test_extract_says_what_it_made_and_finds_it_again(checkpoint, workspace):
    config = replace(CORPUS, checkpoint=checkpoint, dtype="float32")
    result = extract.run(config, workspace, Silent())
    space = open_space(workspace.spaces / result["space"])
    shape = {"space": space.fingerprint, "path": str(space.path), "words": 24, "layers": 3, "dim": 16}
    report = space.report()
    assert result == shape | {name: report[name] for name in ("not_found", "in_windows", "in_float32")}
    assert (report["words"], report["in_float32"]) == (24, 0)
    assert json.loads(json.dumps(result)) == result
    assert space.recipe["dtype"] == "float32"
    stages = Stages()
    assert extract.run(config, workspace, stages) == result
    assert "extracting" not in stages.names


def test_project_extracts_then_maps_the_wanted_layers(checkpoint, workspace):
    config = ProjectConfig(replace(CORPUS, checkpoint=checkpoint), layers=(0, -1), method="pca", center="language")
    result = project.run(config, workspace, Silent())
    assert json.loads(json.dumps(result)) == result
    assert sorted(result["maps"]["layers"]) == [0, 2]
    assert result["maps"]["settings"]["center"] == "language" and result["maps"]["settings"]["method"] == "pca"
    stored = {path.name for path in workspace.maps.rglob("*") if path.is_file()}
    assert stored
    space, maps = project.make_maps(config, workspace, Silent())
    assert space.fingerprint == result["space"]
    assert len(maps) == 2 * space.n_words and {"x", "y", "layer", "context"} <= set(maps.columns)
    every = project.run(replace(config, layers="all", dimensions=3), workspace, Silent())
    assert sorted(every["maps"]["layers"]) == [0, 1, 2]
    assert every["space"] == result["space"]


def test_a_map_after_transforms_is_said_to_be_of_the_stored_space(checkpoint, workspace):
    config = ProjectConfig(replace(CORPUS, checkpoint=checkpoint), layers="all", method="pca", frame="joint")
    plain = project.run(config, workspace, Silent())
    result = project.run(replace(config, transforms=("whiten",)), workspace, Silent())
    assert result["space"] == plain["space"]
    assert result["maps"]["settings"]["transforms"] == ["whiten"]


def test_a_stop_goes_through_a_workflow(checkpoint, workspace):
    class Stop(Silent):
        def stage(self, name, total=None, unit=""):
            raise Cancelled

    with pytest.raises(Cancelled):
        extract.run(replace(CORPUS, checkpoint=checkpoint), workspace, Stop())


def test_extraction_as_a_job(checkpoint, workspace):
    config = replace(CORPUS, checkpoint=checkpoint)
    job = submit("extract", config, workspace)
    assert job.wait(120) is State.FINISHED, job.log.read_text()
    assert job.result == extract.run(config, workspace, Silent())
    assert job.progress().done == job.progress().total
