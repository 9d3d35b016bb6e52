"""Batches divided by length hold the same windows, in less padding."""

from itertools import product

import pytest
import torch

from embspace.training.length_groups import _PASS, _cuts, length_groups


def batch_of(lengths):
    ids = [torch.arange(1, length + 1) for length in lengths]
    padded = torch.nn.utils.rnn.pad_sequence(ids, batch_first=True)
    return {"input_ids": padded, "attention_mask": (padded > 0).long(), "labels": torch.arange(len(lengths))}


def work(lengths, cuts):
    return sum((stop - start) * lengths[start] + _PASS for start, stop in cuts)


@pytest.mark.parametrize("lengths", [(5,), (3, 3, 3), (9, 200, 4, 180, 5, 6), tuple(range(1, 12)), (300, 1, 1, 1, 1)])
def test_every_window_is_in_one_group_padded_to_its_longest(lengths):
    batch = batch_of(lengths)
    groups = length_groups(batch)
    assert sorted(torch.cat([one["labels"] for one in groups]).tolist()) == list(range(len(lengths)))
    for one in groups:
        longest = int(one["attention_mask"].sum(1).max())
        assert one["input_ids"].shape == one["attention_mask"].shape == (len(one["labels"]), longest)
        for row, number in zip(one["input_ids"], one["labels"].tolist(), strict=True):
            assert row[row > 0].tolist() == list(range(1, lengths[number] + 1))


@pytest.mark.parametrize("lengths", [(300, 200, 190, 60, 50, 9, 8), (100, 99, 98), (500, 10, 10, 10, 10, 10, 10, 10)])
def test_no_other_division_is_less_work(lengths):
    best = work(lengths, _cuts(lengths))
    for ends in product((False, True), repeat=len(lengths) - 1):
        stops = [place for place, end in enumerate(ends, 1) if end] + [len(lengths)]
        cuts = list(zip([0, *stops[:-1]], stops, strict=True))
        assert best <= work(lengths, cuts)


def test_one_long_window_is_read_apart():
    assert [len(one["labels"]) for one in length_groups(batch_of((400, 5, 6, 5, 6)))] == [1, 4]


def test_elsewhere_than_on_a_cpu_a_batch_stays_whole():
    batch = {name: tensor.to("meta") for name, tensor in batch_of((400, 5)).items()}
    assert length_groups(batch)[0] is batch
