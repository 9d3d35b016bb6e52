import random

import pytest
from seqeval.metrics import accuracy_score, classification_report
from seqeval.scheme import IOB1, IOB2

from embspace.corpora.tags import spans_to_tags
from embspace.errors import SettingsError
from embspace.training.metrics import accuracy, class_f1, entity_scores, token_f1, wrong_sentences

# Entities in gold: PER, LOC, ORG, LOC, LOC. Predicted: PER and LOC rightly; an ORG that is none, as it lacks its B-;
# and one LOC for two.
GOLD = [["B-PER", "I-PER", "O", "B-LOC"], ["O", "B-ORG", "O"], ["B-LOC", "B-LOC"]]
FOUND = [["B-PER", "I-PER", "O", "B-LOC"], ["O", "I-ORG", "O"], ["B-LOC", "I-LOC"]]


def test_scores_are_the_ones_worked_by_hand():
    assert entity_scores(GOLD, FOUND) == pytest.approx({"precision": 2 / 3, "recall": 2 / 5, "f1": 1 / 2})
    assert token_f1(GOLD, FOUND) == pytest.approx(2 * 4 / (6 + 6))
    assert accuracy(GOLD, FOUND) == pytest.approx(7 / 9)
    assert wrong_sentences(GOLD, FOUND) == 2
    # PER, LOC, ORG are classes of parts of speech here: right 1 of 2, 2 of 3, 0 of 1
    gold, found = [["N", "N", "V"], ["V", "V", "X"]], [["N", "V", "V"], ["V", "N", "N"]]
    by_class = [2 * 1 / (2 + 3), 2 * 2 / (3 + 3), 0]
    assert class_f1(gold, found) == pytest.approx({"macro_f1": sum(by_class) / 3, "micro_f1": 3 / 6})


def test_iob1_tells_neighbors_of_one_type_apart_by_b_alone():
    gold = [["I-LOC", "B-LOC", "I-LOC", "O", "I-PER"]]
    assert entity_scores(gold, gold, "IOB1") == {"precision": 1, "recall": 1, "f1": 1}
    found = [["I-LOC", "I-LOC", "I-LOC", "O", "I-PER"]]
    assert entity_scores(gold, found, "IOB1") == pytest.approx({"precision": 1 / 2, "recall": 1 / 3, "f1": 2 / 5})
    assert entity_scores([["O", "I-PER"]], [["O", "B-PER"]], "IOB1")["f1"] == 0, "B- breaks IOB1 there"


@pytest.mark.parametrize(("encoding", "scheme"), [("IOB1", IOB1), ("IOB2", IOB2)])
def test_scores_are_those_of_spans_and_of_seqeval(encoding, scheme):
    draw = random.Random(0)
    gold_spans, found_spans = [_spans(draw) for _ in range(300)], [_spans(draw) for _ in range(300)]
    gold = [spans_to_tags(spans, 9, encoding.lower()) for spans in gold_spans]
    found = [spans_to_tags(spans, 9, encoding.lower()) for spans in found_spans]
    right = sum(len({*one} & {*other}) for one, other in zip(gold_spans, found_spans, strict=True))
    precision, recall = right / sum(map(len, found_spans)), right / sum(map(len, gold_spans))
    scores = entity_scores(gold, found, encoding)
    assert right > 10
    assert scores == pytest.approx(
        {"precision": precision, "recall": recall, "f1": 2 * precision * recall / (precision + recall)}
    )
    lists = [list(one) for one in gold], [list(one) for one in found]
    report = classification_report(*lists, mode="strict", scheme=scheme, output_dict=True)["micro avg"]
    assert scores == pytest.approx(
        {"precision": report["precision"], "recall": report["recall"], "f1": report["f1-score"]}
    )
    assert accuracy(gold, found) == pytest.approx(accuracy_score(*lists))


def _spans(draw):
    found, at = [], 0
    while at < 9:
        stop = min(9, at + draw.randint(1, 3))
        if draw.random() < 0.5:
            found.append((at, stop, draw.choice(["PER", "LOC"])))
        at = stop
    return found


def test_a_share_of_nothing_is_zero():
    nothing = [["O", "O"], ["O"]]
    assert entity_scores(nothing, nothing) == {"precision": 0, "recall": 0, "f1": 0}
    assert token_f1(nothing, nothing) == 0
    assert accuracy(nothing, nothing) == 1
    assert wrong_sentences(nothing, nothing) == 0


def test_what_cannot_be_scored_is_refused():
    with pytest.raises(SettingsError, match=r"2 sentences are to be scored, and 1 were predicted"):
        accuracy(GOLD[:2], FOUND[:1])
    with pytest.raises(SettingsError, match=r"Sentence 2 has 3 tags, and 2 were predicted"):
        entity_scores(GOLD, [FOUND[0], FOUND[2], FOUND[2]])
    with pytest.raises(SettingsError, match="no words to score"):
        token_f1([], [])
    with pytest.raises(SettingsError, match="possible are IOB1, IOB2"):
        entity_scores(GOLD, FOUND, "BIOES")
