"""A space of three shards, nine words and three layers, written by hand."""

import numpy as np
import pyarrow as pa

from embspace.corpora.records import Corpus, Sentence
from embspace.corpora.sentences import sentence_table
from embspace.spaces import shards, store
from embspace.spaces.manifest import Plan

KEY = "f" * 32
PLANS = [Plan(0, 2, 3, KEY), Plan(2, 4, 2, KEY), Plan(4, 5, 4, KEY)]
LANGUAGES = ["be", "be", "en", "en", "tr"]
CORPUS = Corpus("five", [Sentence(("sentence", str(n)), one) for n, one in enumerate(LANGUAGES)])


def shard_words(plan, first_row):
    rows = range(plan.rows)
    language = LANGUAGES[plan.first]
    columns = {name: [None] * plan.rows for name in shards.WORDS.names}
    columns |= {"text": [f"word{first_row + row}" for row in rows], "language": [language] * plan.rows}
    columns |= {"type": ["PER" if row % 2 else "LOC" for row in rows], "sentence": [plan.first] * plan.rows}
    columns |= {"n_pieces": [1] * plan.rows, "pieces": ["x"] * plan.rows, "found": [True] * plan.rows}
    return pa.table(columns, schema=shards.WORDS)


def shard_vectors(plan, seed):
    return np.random.default_rng(seed).normal(size=(3, plan.rows, 4)).astype(np.float32)


def begin(folder, layers=(0, 1, 2), model_layers=3, key=KEY):
    recipe = {"checkpoint": "x", "corpus": CORPUS.name, "corpus_fingerprint": CORPUS.fingerprint}
    head = {"fingerprint": key, "recipe": recipe, "n_words": 9, "dim": 4}
    head |= {"layers": list(layers), "model_layers": model_layers}
    store.write_space(folder, head, sentence_table(CORPUS), PLANS)


def commit(folder, index, vectors=None, dtype="float16"):
    plan = PLANS[index]
    first = sum(one.rows for one in PLANS[:index])
    vectors = shard_vectors(plan, index) if vectors is None else vectors
    return shards.write_shard(folder, index, plan, shard_words(plan, first), vectors, dtype, 0)
