"""The fixed 80/20 split of SyntheticNER's frames and entities, and what is held out of a half of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from embspace.corpora.templates import Frame, NamedEntity
from embspace.storage import fingerprint

T = TypeVar("T")
SEED = 0


def split_frames(frames: Iterable[Frame]) -> frozenset[str]:
    """The ids of the training frames: 80 % of each type (rounded) and case; the genders of a frame stay together."""
    strata: dict[str, dict[tuple[str, str], list[str]]] = {}
    for frame in frames:
        case = "" if frame.type == "PER" else frame.form
        ids = strata.setdefault(frame.type, {}).setdefault((frame.type, case), [])
        if frame.id not in ids:
            ids.append(frame.id)
    train: list[str] = []
    for cases in strata.values():
        lists = [cases[case] for case in sorted(cases)]
        for ids, number in zip(lists, largest_remainders([len(ids) for ids in lists]), strict=True):
            train += _ordered(ids, str)[:number]
    return frozenset(train)


def hold_frames(frames: Iterable[Frame], share: float) -> frozenset[str]:
    """The ids of a share of frames, of every type and case one or more; the genders of a frame stay together."""
    strata: dict[tuple[str, str], list[str]] = {}
    for frame in frames:
        ids = strata.setdefault((frame.type, "" if frame.type == "PER" else frame.form), [])
        if frame.id not in ids:
            ids.append(frame.id)
    return frozenset(one for ids in strata.values() for one in _ordered(ids, str)[: _some(share, len(ids))])


def hold_entities(entities: Sequence[NamedEntity], share: float) -> frozenset[str]:
    """The ids of a share of entities, of every type and gender one or more; those that share a name stay together."""
    room = {
        stratum: _some(share, count)
        for stratum, count in Counter((one.type, one.kind if one.type == "PER" else "") for one in entities).items()
    }
    held: set[str] = set()
    for cluster in _ordered(_clusters(entities), lambda cluster: cluster[0].id):
        wanted = Counter((one.type, one.kind if one.type == "PER" else "") for one in cluster)
        if all(room[stratum] >= count for stratum, count in wanted.items()):
            held.update(one.id for one in cluster)
            for stratum, count in wanted.items():
                room[stratum] -= count
    return frozenset(held)


def split_entities(entities: Sequence[NamedEntity]) -> frozenset[str]:
    """The ids of the training entities: 80 % of each type (rounded), spread over genders and kinds.

    Entities that share a name in any language (a person and a city, a club and its city) are kept on one side, so no
    name of the test entities is seen in training. These clusters are split first; the others fill each type to 80 %.
    """
    clusters = _clusters(entities)
    shared: dict[tuple[tuple[str, str], ...], list[list[NamedEntity]]] = {}
    single: dict[str, dict[str, list[list[NamedEntity]]]] = {}
    for cluster in clusters:
        if len({entity.type for entity in cluster}) > 1:
            shared.setdefault(tuple(sorted((entity.type, entity.kind) for entity in cluster)), []).append(cluster)
        else:
            single.setdefault(cluster[0].type, {}).setdefault(cluster[0].kind, []).append(cluster)
    strata = [shared[signature] for signature in sorted(shared)]
    train: set[str] = set()
    for stratum, number in zip(strata, largest_remainders([len(stratum) for stratum in strata]), strict=True):
        for cluster in _ordered(stratum, lambda cluster: cluster[0].id)[:number]:
            train.update(entity.id for entity in cluster)
    for type, kinds in single.items():
        ids = [entity.id for entity in entities if entity.type == type]
        wanted = _rounded(len(ids)) - len(train.intersection(ids))
        lists = [kinds[kind] for kind in sorted(kinds)]
        sizes = [sum(map(len, stratum)) for stratum in lists]
        for stratum, number in zip(lists, largest_remainders(sizes, wanted), strict=True):
            for cluster in _ordered(stratum, lambda cluster: cluster[0].id):
                if len(cluster) <= number:
                    number -= len(cluster)
                    train.update(entity.id for entity in cluster)
    return frozenset(train)


def _clusters(entities: Sequence[NamedEntity]) -> list[list[NamedEntity]]:
    """Entities connected by equal names, in any language."""
    cluster_of: dict[str, list[NamedEntity]] = {}
    for entity in entities:
        names = {name.casefold() for name in entity.names.values()}
        near = {id(cluster_of[name]): cluster_of[name] for name in names if name in cluster_of}
        joined = [*(one for cluster in near.values() for one in cluster), entity]
        cluster_of.update({name.casefold(): joined for one in joined for name in one.names.values()})
    clusters = {id(cluster): cluster for cluster in cluster_of.values()}.values()
    return [sorted(cluster, key=lambda entity: entity.id) for cluster in clusters]


def _some(share: float, size: int) -> int:
    """A share of some things, but neither none nor all of them."""
    return max(1, min(size - 1, int(share * size + 0.5)))


def _rounded(size: int) -> int:
    return (8 * size + 5) // 10


def largest_remainders(sizes: Sequence[int], total: int | None = None) -> list[int]:
    """`total` (80 % by default) divided over strata in proportion to their sizes; the parts sum to it exactly."""
    whole = sum(sizes)
    over, under = (8, 10) if total is None else (max(0, total), max(1, whole))
    total = _rounded(whole) if total is None else max(0, total)
    parts = [over * size // under for size in sizes]
    by_rest = sorted(range(len(sizes)), key=lambda index: -(over * sizes[index] % under))
    for index in by_rest[: total - sum(parts)]:
        parts[index] += 1
    return parts


def _ordered(items: Iterable[T], key: Callable[[T], str]) -> list[T]:
    """In an order drawn by a hash of each item's key, so that it does not change when other items are added."""
    return sorted(items, key=lambda item: fingerprint(["synthetic_ner split", SEED, key(item)]))
