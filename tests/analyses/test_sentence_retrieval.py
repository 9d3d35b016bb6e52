"""Retrieval of sentences against slow loops; the best layer; what is refused."""

import numpy as np
import pandas as pd
import pytest
from fake_space import FakeSpace

import embspace as es
from embspace.errors import SettingsError

COLUMNS = ["text", "language", "sentence", "start", "stop", "position", "tag", "entity", "type", "parallel"]


def space_of(n=7, languages=("en", "ru", "tr"), lost=(), seed=0, n_layers=3, dim=5):
    """Sentences of one to four words; a translation is the same sentence of another language and noise."""
    draw = np.random.default_rng(seed)
    sentences, words, vectors = [], [], []
    meaning = draw.normal(size=(n, n_layers, dim))
    for language in languages:
        for number in range(n):
            text = f"{language} {number}"
            for position in range(int(draw.integers(1, 5))):
                found = len(words) not in lost
                pieces = int(draw.integers(1, 4))
                own = {"text": text, "language": language, "sentence": len(sentences), "position": position}
                words.append({**own, "n_pieces": pieces, "pieces": "", "found": found, "parallel": f"p{number}"})
                noise = draw.normal(size=(n_layers, dim))
                vectors.append(meaning[number] + noise if found else np.full((n_layers, dim), np.nan))
            sentences.append((text, language, f"p{number}", "fake"))
    table = pd.DataFrame(sentences, columns=["text", "language", "parallel", "source"])
    return FakeSpace(
        np.stack(vectors, axis=1), pd.DataFrame(words).reindex(columns=[*COLUMNS, "n_pieces", "pieces", "found"]), table
    )


def slow(space, layer, language, to="en", center=False):
    """Mean reciprocal rank, accuracy and n, as they are written."""
    means = {}
    for at, word in enumerate(space.words.to_dict("records")):
        if word["found"]:
            total, weight = means.get(word["sentence"], (0.0, 0))
            vector = space.vectors[layer][at].astype(float)
            means[word["sentence"]] = total + vector * word["n_pieces"], weight + word["n_pieces"]
    vectors = {number: total / weight for number, (total, weight) in means.items()}
    by = {
        code: {
            space.sentences["parallel"][number]: vector
            for number, vector in vectors.items()
            if space.sentences["language"][number] == code
        }
        for code in (language, to)
    }
    groups = [group for group in by[language] if group in by[to]]
    ours, theirs = (np.array([by[code][group] for group in groups]) for code in (language, to))
    if center:
        ours, theirs = ours - ours.mean(0), theirs - theirs.mean(0)
    ranks = []
    for number, query in enumerate(ours):
        cosines = [query @ other / np.linalg.norm(query) / np.linalg.norm(other) for other in theirs]
        ranks.append(sum(value >= cosines[number] - 1e-12 for value in cosines))
    return np.mean([1 / rank for rank in ranks]), np.mean([rank == 1 for rank in ranks]), len(ranks)


@pytest.mark.parametrize("center", [False, True])
@pytest.mark.parametrize("lost", [(), (0, 1, 2, 3, 20)])
def test_ranks_are_those_of_slow_loops(lost, center):
    space = space_of(lost=lost)
    found = es.sentence_retrieval(space, center=center)
    assert list(found.columns) == ["layer", "language", "measure", "value", "n"] and len(found) == 3 * 2 * 2
    for row in found.itertuples():
        mrr, accuracy, n = slow(space, row.layer, row.language, center=center)
        assert row.value == pytest.approx(mrr if row.measure == "mrr" else accuracy, abs=1e-12) and row.n == n
    other = es.sentence_retrieval(space, layer=1, to="tr")
    assert set(other["language"]) == {"en", "ru"}
    assert other["value"].iloc[0] == pytest.approx(slow(space, 1, "en", "tr")[0])


def test_translations_that_are_alike_are_all_found():
    space = space_of()
    space.vectors[:] = np.random.default_rng(1).normal(size=(1, 7, 5))[:, space.words["sentence"] % 7]
    found = es.sentence_retrieval(space)
    assert (found["value"] == 1.0).all() and (found["n"] == 7).all()


def test_the_best_layer_is_the_lowest_of_equal_ones():
    table = es.sentence_retrieval([space_of(), space_of(seed=1)])
    best = es.best_layers(table)
    assert list(best.columns) == ["checkpoint", "language", "measure", "layer", "value", "n"] and len(best) == 8
    for row in best.itertuples():
        own = table.loc[
            (table["checkpoint"] == row.checkpoint)
            & (table["language"] == row.language)
            & (table["measure"] == row.measure)
        ]
        assert row.value == own["value"].max()
        assert row.layer == own.loc[own["value"] == row.value, "layer"].min()


def test_what_is_not_possible_is_said():
    with pytest.raises(SettingsError, match="no sentence is in 'de', which is searched; there are sentences in en, ru"):
        es.sentence_retrieval(space_of(), to="de")
    alone = space_of()
    alone.sentences["parallel"] = None
    with pytest.raises(SettingsError, match="no sentence has a translation in 'en'; give parallel sentences"):
        es.sentence_retrieval(alone)
    with pytest.raises(SettingsError, match="no space was given"):
        es.sentence_retrieval([])


def test_a_sentence_of_words_is_the_mean_of_its_pieces():
    """On `mini`: the mean of the states of all pieces that belong to words."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    from embspace.encoders.checkpoints import find_checkpoint

    folder = find_checkpoint("mini").folder
    pairs = es.corpus("parallel-sample", language=["en", "ru"], limit=6)
    space = es.extract("mini", pairs, targets="words")
    found = es.sentence_retrieval(space, layer=3)
    tokenizer, model = (
        AutoTokenizer.from_pretrained(folder),
        AutoModel.from_pretrained(folder, dtype=torch.float32).eval(),
    )
    means: dict = {"en": {}, "ru": {}}
    for one in pairs:
        read = tokenizer(list(one.words), is_split_into_words=True, return_tensors="pt")
        with torch.no_grad():
            states = model(**read, output_hidden_states=True).hidden_states[3][0]
        inside = [at for at, word in enumerate(read.word_ids(0)) if word is not None]
        means[one.language][one.parallel] = states[inside].mean(0).numpy().astype(float)
    ours, theirs = (np.array([means[code][group] for group in means["ru"]]) for code in ("ru", "en"))
    ours, theirs = (side / np.linalg.norm(side, axis=1, keepdims=True) for side in (ours, theirs))
    cosines = ours @ theirs.T
    ranks = (cosines >= np.diag(cosines)[:, None]).sum(1)
    assert found["value"].tolist() == pytest.approx([np.mean(1 / ranks), np.mean(ranks == 1)])
