"""The adjustment of words to their translations against Eq. 1 in slow loops, and as an objective and a task."""

from dataclasses import replace

import pytest
import torch
from learning import learn
from torch.autograd import gradcheck

from embspace.corpora.aligned import draw_pairs, open_aligned
from embspace.corpora.records import LABELS, AlignedPair, Entailment, Sentence
from embspace.encoders.tokenizing import Cut
from embspace.errors import CorpusError, SettingsError
from embspace.training.adjust import Adjust
from embspace.training.aligned_windows import aligned_examples, collate_pairs
from embspace.training.objectives.adjustment import Adjustment
from embspace.training.objectives.alignment_losses import adjustment
from embspace.training.tasks.adjustment import Adjusting
from embspace.training.tasks.heads import outline

KINDS = {"wordpiece": "bert", "byte-level": "roberta", "unigram": "deberta-v2"}


@pytest.fixture(scope="module")
def pairs():
    return beginnings(open_aligned("parallel-sample", languages=["ru", "tr"], limit=8))


def beginnings(pairs, n_words=4):
    """Short enough for tiny models, whose pieces are mostly letters; one stays long."""
    found = []
    for number, one in enumerate(pairs):
        most = n_words if number else 99
        sides = [
            Sentence(side.words[:most], side.language, parallel=side.parallel) for side in (one.source, one.target)
        ]
        links = [link for link in one.links if max(link) < most]
        found.append(AlignedPair(sides[0], sides[1], tuple(links)))
    return found


def objective(folder, adjust, length=40):
    given = outline(folder)
    return Adjustment(given.tokenizer, ("ru", "tr"), length=length, adjust=adjust, checkpoint=folder)


def moved(folder):
    """The checkpoint, and the same with other weights."""
    task = Adjusting(folder, beginnings(open_aligned("parallel-sample", languages=["ru"], limit=8)))
    model, original = task.model(folder).eval(), task.model(folder).eval()
    torch.manual_seed(3)
    with torch.no_grad():
        for weight in model.parameters():
            weight += 0.05 * torch.randn_like(weight)
    return model, original


def states_of(model, tokenizer, words):
    """Word by word: the vectors of a sentence's pieces, its special ones under negative numbers from the left."""
    cut = Cut("x", tokenizer, len(tokenizer)).tokenize([Sentence(tuple(words), "en")])
    ids = torch.from_numpy(cut.ids)[None]
    with torch.no_grad():
        states = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state[0]
    found, special, owners = {}, 0, cut.words.tolist()
    inside = [place for place, word in enumerate(owners) if word >= 0]
    for place, (state, word) in enumerate(zip(states, owners, strict=True)):
        if word < 0 and inside[0] < place < inside[-1]:
            continue  # a lone mark of a blank
        special += word < 0
        found.setdefault(word if word >= 0 else -special, []).append(state)
    return found


def slow(model, original, tokenizer, pairs, adjust):
    """Eq. 1 as it is printed, one word after the other."""
    pull, kept, n_pull, n_kept, dim = 0.0, 0.0, 0, 0, 0
    pick = {"mean": lambda some: torch.stack(some).mean(0), "first": lambda some: some[0]}
    pick["last"] = lambda some: some[-1]
    for pair in pairs:
        of = {
            name: {word: pick[adjust.pooling](some) for word, some in states_of(which, tokenizer, side.words).items()}
            for name, which, side in (
                ("f_s", model, pair.source),
                ("f_t", model, pair.target),
                ("f0_s", original, pair.source),
            )
        }
        links = [
            (one, other)
            for one, other in pair.links
            if (adjust.identical or pair.source.words[one] != pair.target.words[other])
            and (
                adjust.links == "all"
                or (sum(a == one for a, _ in pair.links) == 1 and sum(b == other for _, b in pair.links) == 1)
            )
            and one in of["f_s"]
            and other in of["f_t"]
        ]
        if not links:
            continue
        if adjust.special:
            links += [(word, word) for word in of["f_s"] if word < 0 and word in of["f_t"]]
        for one, other in links:
            pull += float((of["f_s"][one] - of["f_t"][other]).square().sum())
            n_pull += 1
        for word, vector in of["f_s"].items():
            dim = len(vector)
            if word >= 0 or adjust.special:
                kept += float((vector - of["f0_s"][word]).square().sum())
                n_kept += 1
    if adjust.reduction == "mean":
        pull, kept = pull / (n_pull * dim), kept / (n_kept * dim)
    return pull + adjust.keep * kept


@pytest.mark.parametrize(
    "adjust",
    [
        Adjust(),
        Adjust(reduction="sum"),
        Adjust(pooling="first", special=False),
        Adjust(pooling="last", links="all", identical=True, keep=0.5),
    ],
    ids=["default", "sum", "first", "last"],
)
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_the_loss_is_that_of_slow_loops(tiny, pairs, kind, adjust):
    model, original = moved(tiny(kind))
    made = objective(tiny(kind), adjust)
    made.head(model)
    examples = made.examples(pairs)
    assert len(examples) > 2
    found = made.loss(model, torch.nn.Identity(), made.collate(examples))
    wanted = slow(model, original, made.tokenizer, [pairs[one.sentence] for one in examples], adjust)
    assert found.item() == pytest.approx(wanted, rel=2e-4)


def test_of_several_layers_the_losses_are_summed(tiny, pairs):
    model, _ = moved(tiny("bert"))
    one, other, both = (objective(tiny("bert"), Adjust(layers=layers)) for layers in ((0,), (-1,), (0, -1)))
    losses = []
    for made in (one, other, both):
        losses.append(made.loss(model, made.head(model), made.collate(made.examples(pairs))).item())
    assert losses[2] == pytest.approx(losses[0] + losses[1], rel=1e-5)
    with pytest.raises(SettingsError, match="there is no layer 9"):
        objective(tiny("bert"), Adjust(layers=(9,))).head(model)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_neither_the_order_of_pairs_nor_what_stands_beside_them_counts(tiny, pairs, reduction):
    model, _ = moved(tiny("bert"))
    made = objective(tiny("bert"), Adjust(reduction=reduction))
    head = made.head(model)
    examples = made.examples(pairs)
    whole = made.loss(model, head, made.collate(examples))
    torch.testing.assert_close(made.loss(model, head, made.collate(examples[::-1])), whole, rtol=1e-4, atol=1e-5)
    parts = [made.loss(model, head, made.collate(some)) for some in (examples[:3], examples[3:])]
    if reduction == "sum":
        torch.testing.assert_close(sum(parts), whole, rtol=1e-4, atol=1e-4)
    else:
        assert min(parts) <= whole <= max(parts)


def test_nothing_is_lost_where_nothing_moved_and_translations_are_alike(tiny, pairs):
    same = [AlignedPair(one.source, replace(one.source, language="ru"), ((0, 0), (1, 1))) for one in pairs]
    made = objective(tiny("bert"), Adjust(identical=True))
    model = Adjusting(tiny("bert"), same, adjust=Adjust(identical=True)).model(tiny("bert")).eval()
    loss = made.loss(model, made.head(model), made.collate(made.examples(same)))
    assert loss.item() == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_its_gradients_are_right(reduction):
    generator = torch.Generator().manual_seed(0)
    pulled, target, source, original = (
        torch.randn(n, 5, dtype=torch.float64, generator=generator, requires_grad=at < 3)
        for at, n in enumerate((4, 4, 6, 6))
    )
    options = {"keep": 0.7, "reduction": reduction}
    assert gradcheck(lambda *given: adjustment(*given, original, **options), (pulled, target, source))
    by_hand = (pulled - target).square().sum() / (20 if reduction == "mean" else 1)
    by_hand = by_hand + 0.7 * (source - original).square().sum() / (30 if reduction == "mean" else 1)
    torch.testing.assert_close(adjustment(pulled, target, source, original, keep=0.7, reduction=reduction), by_hand)


def test_the_original_stays_frozen_and_training_lowers_the_loss(tiny, pairs):
    task = Adjusting(tiny("bert"), pairs)
    model = task.model(tiny("bert"))
    before = [weight.clone() for weight in task._loss.frozen().parameters()]
    losses = learn(task, model, pairs, 15, rate=5e-3)
    assert losses[-1] < 0.7 * losses[0]
    assert all(torch.equal(*both) for both in zip(before, task._loss.frozen().parameters(), strict=True))
    assert all(weight.grad is None for weight in task._loss.frozen().parameters())


def test_nearest_words_are_those_of_slow_loops(tiny, pairs):
    task = Adjusting(tiny("bert"), pairs)
    model = task.model(tiny("bert"))
    found = task.predict(model, pairs, 3)
    assert model.training
    right = words = 0
    for number in {one.sentence for one in task.examples(pairs)}:
        pair = pairs[number]
        source, target = (
            {word: torch.stack(some).mean(0) for word, some in states_of(model.eval(), task.tokenizer, side).items()}
            for side in (pair.source.words, pair.target.words)
        )
        for word in {one for one, _ in pair.links}:
            cosines = {
                other: float(torch.cosine_similarity(source[word], vector, dim=0))
                for other, vector in target.items()
                if other >= 0
            }
            nearest = max(cosines, key=cosines.__getitem__)
            assert found[number][word] == str(nearest)
            right += (word, nearest) in pair.links
            words += 1
    scores = task.scores(pairs, found)
    assert scores == {"accuracy": pytest.approx(right / words), "words": words}
    table = task.table(pairs, found)
    assert len(table) == len(pairs) and table["score"].dropna().between(0, 1).all()
    assert table["score"].isna().sum() == sum(not any(labels) for labels in found) > 0


def test_links_count_once_each_and_only_between_words_that_differ(tiny):
    source = Sentence(("Washington", "was", "the", "first"), "en", parallel="1")
    target = Sentence(("Washington", "ilk", "ilkti"), "tr", parallel="1")
    pair = AlignedPair(source, target, ((0, 0), (1, 1), (2, 2), (3, 2)))
    given = outline(tiny("bert"))
    cut = Cut("x", given.tokenizer, given.n_pieces)

    def words(adjust):
        (one,) = aligned_examples([pair], cut, 64, adjust)
        return {(int(one.source.words[a]), int(one.target.words[b])) for a, b in one.links}

    assert words(Adjust(special=False)) == {(1, 1)}
    assert words(Adjust()) == {(1, 1), (-1, -1), (-2, -2)}
    assert words(Adjust(special=False, identical=True)) == {(0, 0), (1, 1)}
    assert words(Adjust(special=False, identical=True, links="all")) == {(0, 0), (1, 1), (2, 2), (3, 2)}


def test_pairs_that_cannot_be_learned_from_are_counted(tiny, pairs):
    bare = AlignedPair(pairs[0].source, pairs[0].target)
    made = objective(tiny("bert"), Adjust(), length=20)
    long = sum(
        any(
            len(made.tokenizer(list(side.words), is_split_into_words=True)["input_ids"]) > 20
            for side in (one.source, one.target)
        )
        for one in pairs
    )
    notes = made.notes([*pairs, bare])
    counted = {text.partition(" left out: ")[2]: int(text.split()[0]) for text in notes}
    assert long > 0
    assert sum(count for reason, count in counted.items() if reason.startswith("longer than 20")) >= long
    assert sum(counted.values()) + len(made.examples([*pairs, bare])) == len(pairs) + 1
    with pytest.raises(CorpusError, match="no aligned words"):
        Adjusting(tiny("bert"), [bare])
    with pytest.raises(CorpusError, match="not from sentences"):
        Adjusting(tiny("bert"), [pairs[0].source])


def test_an_original_with_other_pieces_is_refused(tiny, pairs):
    model, _ = moved(tiny("bert"))
    with pytest.raises(SettingsError, match="cuts words into other pieces"):
        objective(tiny("bert"), Adjust(original=tiny("roberta"))).head(model)


def test_a_batch_numbers_its_rows(tiny, pairs):
    made = objective(tiny("bert"), Adjust())
    examples = made.examples(pairs)[:3]
    batch = collate_pairs(examples, 0)
    n_source = int(batch["n_source"])
    assert n_source == sum(len(one.source.words) for one in examples)
    assert batch["rows"][:3].max() == n_source - 1 and batch["rows"][3:][batch["rows"][3:] >= 0].min() == n_source
    assert set(batch["rows"][batch["attention_mask"] == 0].tolist()) <= {-1}
    assert (batch["links"][:, 0] < n_source).all() and (batch["links"][:, 1] >= n_source).all()


def test_pairs_of_the_catalog_turn_to_the_source():
    pairs = open_aligned("parallel-sample", "tr", languages=["en"], limit=5)
    back = {(one.parallel, link) for one in pairs for link in one.links}
    forth = open_aligned("parallel-sample", "en", languages=["tr"], limit=5)
    assert pairs.languages == ("en",) and forth.languages == ("tr",)
    assert back == {(one.parallel, link[::-1]) for one in forth for link in one.links}
    with pytest.raises(CorpusError, match="no words in be are aligned to tr; those in en are"):
        open_aligned("parallel-sample", "tr", languages=["be"])
    with pytest.raises(CorpusError, match="no sentences in de"):
        open_aligned("parallel-sample", "de")


def test_each_seed_draws_its_own_pairs_of_each_language():
    pairs = list(open_aligned("parallel-sample", languages=["ru", "tr"], limit=20))
    drawn = [draw_pairs(pairs, 7, seed) for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert [sum(one.language == code for one in drawn[0]) for code in ("ru", "tr")] == [7, 7]
    assert [pairs.index(one) for one in drawn[0]] == sorted(pairs.index(one) for one in drawn[0])
    assert draw_pairs(pairs, None, 0) == pairs
    alone = draw_pairs([one for one in pairs if one.language == "ru"], 7, 0)
    assert alone == [one for one in drawn[0] if one.language == "ru"]
    with pytest.raises(CorpusError, match="there are ru 20, tr 20"):
        draw_pairs(pairs, 30, 0)


def test_an_adjusted_checkpoint_keeps_the_pooler_that_classifiers_begin_with(tiny, pairs, tmp_path):
    from transformers import AutoTokenizer, BertConfig, BertModel

    from embspace.training.tasks.nli import Entailing

    config = BertConfig.from_pretrained(tiny("bert"))
    torch.manual_seed(1)
    BertModel(config, add_pooling_layer=True).save_pretrained(tmp_path / "whole")
    AutoTokenizer.from_pretrained(tiny("bert")).save_pretrained(tmp_path / "whole")
    folder = str(tmp_path / "whole")
    task = Adjusting(folder, pairs)
    adjusted = task.model(folder)
    adjusted.save_pretrained(tmp_path / "adjusted")
    task.tokenizer.save_pretrained(tmp_path / "adjusted")
    told = [Entailment("a", "b", label, ("en", "en"), label) for label in LABELS]
    poolers = [
        Entailing(str(tmp_path / name), told).model(str(tmp_path / name)).base_model.pooler.dense.weight
        for name in ("whole", "adjusted")
    ]
    assert torch.equal(*poolers)
