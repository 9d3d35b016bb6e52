"""SyntheticNER: a parallel corpus of named entities, built by filling entities into contexts ("exploring" 3.1).

A context is an opening (or none) and a frame with one slot; `D_train = {c(e): c in C_train, e in E_train}`, `D_test`
alike.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from random import Random
from typing import NamedTuple

from embspace.corpora.filling import SOURCE, Context, fill
from embspace.corpora.languages import check_languages
from embspace.corpora.records import Corpus
from embspace.corpora.splits import largest_remainders, split_entities, split_frames
from embspace.corpora.templates import CODES, FORMS, TYPES, NamedEntity, Templates, read_templates
from embspace.errors import CorpusError, SettingsError
from embspace.workspace import data_folder

PAPER_TRAIN: Mapping[str, int] = {"PER": 6082, "LOC": 1580, "ORG": 872}
PAPER_TEST: Mapping[str, int] = {"PER": 1000, "LOC": 395, "ORG": 218}


class EntityName(NamedTuple):
    """An entity for a picker: id, type, and its name in each language (nominative)."""

    id: str
    type: str
    names: dict[str, str]


class Count(NamedTuple):
    """How much there is of a language, type, form (gender, case) and split: frames, distinct contexts, entities."""

    language: str
    type: str
    form: str
    split: str
    frames: int
    contexts: int
    entities: int


@cache
def load() -> Templates:
    """The shipped openings, frames and entities; read and checked once per process."""
    return read_templates(data_folder() / "synthetic_ner")


@cache
def _train_frames() -> frozenset[str]:
    return split_frames(load().frames)


@cache
def _train_entities() -> frozenset[str]:
    return split_entities(load().entities)


@cache
def contexts(type: str, split: str | None = None, form: str | None = None) -> tuple[Context, ...]:
    """The contexts of a type, of one split (None: both) and form (gender or case; None: all).

    Frames are split 80/20 per type and form; openings are shared. Both genders of a frame are in the same split.
    """
    train = _train_frames()
    return tuple(
        Context(frame, opening)
        for frame in load().frames
        if frame.type == type
        and form in (None, frame.form)
        and split in (None, "train" if frame.id in train else "test")
        for opening in (None, *load().openings)
    )


@cache
def entities(type: str, split: str | None = None) -> tuple[NamedEntity, ...]:
    """The entities of a type, of one split (None: both).

    They are split 80/20 per type; entities that share a name (the person and the city Washington) stay together.
    """
    train = _train_entities()
    return tuple(
        entity
        for entity in load().entities
        if entity.type == type and split in (None, "train" if entity.id in train else "test")
    )


def entity_names() -> list[EntityName]:
    """All entities with their names per language, by type and in the order of the files."""
    return [EntityName(entity.id, entity.type, entity.names) for entity in load().entities]


def counts() -> list[Count]:
    """The sizes of the corpus, counted; the sentences possible are contexts x entities."""
    table = []
    for language in CODES:
        for type in TYPES:
            for form in FORMS[type]:
                for split in ("train", "test"):
                    found = contexts(type, split, form)
                    texts = {(c.opening and c.opening.texts[language], c.frame.texts[language]) for c in found}
                    fitting = [entity for entity in entities(type, split) if found and found[0].takes(entity)]
                    frames = len({context.frame.id for context in found})
                    table.append(Count(language, type, form, split, frames, len(texts), len(fitting)))
    return table


def synthetic_ner(
    languages: Sequence[str] | str | None = None,
    *,
    entity: str | Sequence[str] | None = None,
    per_type: int | Mapping[str, int] = 100,
    types: Sequence[str] | str | None = None,
    split: str = "test",
    seed: int = 0,
) -> Corpus:
    """Sentences of SyntheticNER, strictly parallel: the same contexts and entities in every language.

    Args:
        languages: codes, in the order in which the corpus has them; all eleven by default.
        entity: a name in any language (case does not matter) or an id, or several. Each entity so named stands in
            `per_type` contexts of its type ("Washington": PER and LOC), the same ones for several entities. It may be
            of either split. Without it, `per_type` different pairs of a context and an entity, both of the split.
        per_type: sentences per type, language and (if named) entity; a dict gives each type its own number.
        types: PER, LOC, ORG; all that apply by default. Genders and cases are mixed evenly.
        split: "train" or "test".
        seed: of the drawing.

    Raises:
        CorpusError: an unknown language or name, a name of none of the types, or more sentences than are possible.
        SettingsError: another argument is out of its range.
    """
    wanted = CODES if languages is None else [languages] if isinstance(languages, str) else languages
    codes = check_languages(wanted, CODES)
    if not codes:
        raise SettingsError("languages is an empty list; name at least one, or leave it out for all eleven.")
    numbers = _numbers(per_type, types)
    if split not in ("train", "test"):
        raise SettingsError(f"split={split!r} is not possible; it is 'train' or 'test'.")
    if entity is None:
        pairs = [
            pair
            for type, number in numbers.items()
            for pair in draw_pairs(
                type, number, contexts(type, split), entities(type, split), f"the {split} split", seed
            )
        ]
        title = "all entities"
    else:
        names = [entity] if isinstance(entity, str) else list(entity)
        pairs = [pair for one in _named(names, tuple(numbers)) for pair in _draw(one, numbers[one.type], split, seed)]
        title = ", ".join(names)
    name = f"SyntheticNER {split}: {title}"
    return Corpus(name, (fill(context, one, code) for code in codes for context, one in pairs))


def in_proportion(sentences: int, split: str) -> dict[str, int]:
    """So many sentences by type, in the proportions of the paper's counts of a split; one of each type at least.

    Raises:
        SettingsError: there are fewer than types.
    """
    if sentences < len(TYPES):
        raise SettingsError(f"sentences = {sentences}: expected {len(TYPES)} or more, one of each type.")
    paper = PAPER_TRAIN if split == "train" else PAPER_TEST
    found = dict(zip(paper, largest_remainders([*paper.values()], sentences), strict=True))
    for type in [type for type, number in found.items() if not number]:
        found[max(found, key=lambda one: found[one])] -= 1
        found[type] = 1
    return found


def find_entities(name: str) -> list[NamedEntity]:
    """The entities with this id or, in any language, this name; case does not matter.

    Raises:
        CorpusError: there are none; says which names are near.
    """
    index = _index()
    found = index.get(_key(name))
    if not found:
        parts = [known for known in index if _key(name) in known.split() or _key(name) in known.split("-")]
        near = dict.fromkeys([*get_close_matches(_key(name), index, 5, 0.7), *parts])
        shown = dict.fromkeys(f"{index[key][0].names['en']} ({index[key][0].id})" for key in near)
        hint = f" Near are {', '.join(list(shown)[:5])}." if shown else " `entity_names()` lists all."
        raise CorpusError(f"SyntheticNER has no entity {name!r}.{hint}")
    return list(found)


@cache
def _index() -> dict[str, list[NamedEntity]]:
    index: dict[str, list[NamedEntity]] = {}
    for entity in load().entities:
        for key in dict.fromkeys([entity.id, *map(_key, entity.names.values())]):
            index.setdefault(key, []).append(entity)
    return index


def _key(name: str) -> str:
    """A name without case (also of the Turkish dotted and dotless i), surrounding blanks and curly apostrophes."""
    name = unicodedata.normalize("NFC", " ".join(name.split())).replace("’", "'")
    return name.replace("İ", "i").replace("ı", "i").casefold()


def _numbers(per_type: int | Mapping[str, int], types: Sequence[str] | str | None) -> dict[str, int]:
    by_type = dict.fromkeys(TYPES, per_type) if isinstance(per_type, int) else per_type
    chosen = [types] if isinstance(types, str) else list(by_type if types is None else types)
    numbers = {type: by_type.get(type, 0) for type in TYPES if type in chosen}
    wrong = [type for type in chosen if type not in TYPES]
    if wrong or not numbers:
        raise SettingsError(f"types={chosen!r} is not possible; the types are {', '.join(TYPES)}.")
    for type, number in numbers.items():
        if number < 1:
            raise SettingsError(f"per_type is {number} for {type}; it must be 1 or more.")
    return numbers


def _named(names: Sequence[str], types: tuple[str, ...]) -> list[NamedEntity]:
    """The entities of the names, sorted by type as in `types`, each once."""
    chosen: dict[str, NamedEntity] = {}
    for name in names:
        found = find_entities(name)
        fitting = [entity for entity in found if entity.type in types]
        if not fitting:
            known = ", ".join(f"{entity.type} ({entity.id})" for entity in found)
            raise CorpusError(f"{name!r} is not of type {' or '.join(types)}; SyntheticNER has it as {known}.")
        chosen.update({entity.id: entity for entity in fitting})
    if not chosen:
        raise SettingsError("entity is an empty list; name at least one, or leave it out for all entities.")
    return sorted(chosen.values(), key=lambda entity: types.index(entity.type))


def _draw(entity: NamedEntity, number: int, split: str, seed: int) -> Iterator[tuple[Context, NamedEntity]]:
    """`number` contexts for the entity, without replacement; the frames depend on the type, not on the entity."""
    forms = (entity.kind,) if entity.type == "PER" else FORMS[entity.type]
    pools = [contexts(entity.type, split, form) for form in forms]
    random = Random(f"{SOURCE} {seed} {entity.type}")
    what = f"{entity.type} contexts for {entity.id}"
    sizes = [len(pool) for pool in pools]
    for pool, share in zip(pools, _shares(number, sizes, what, f"the {split} split"), strict=True):
        yield from ((context, entity) for context in random.sample(pool, share))


def draw_pairs(
    type: str,
    number: int,
    contexts: Sequence[Context],
    entities: Sequence[NamedEntity],
    where: str,
    seed: int,
) -> Iterator[tuple[Context, NamedEntity]]:
    """`number` different pairs of a context and an entity of a type, of those that are given.

    Raises:
        CorpusError: there are not so many; says `where`.
    """
    pools = []
    for form in FORMS[type]:
        pool = [context for context in contexts if context.frame.form == form]
        pools.append((pool, [entity for entity in entities if pool and pool[0].takes(entity)]))
    sizes = [len(pool) * len(fitting) for pool, fitting in pools]
    random = Random(f"{SOURCE} {seed} {type}")
    for (pool, fitting), size, share in zip(
        pools, sizes, _shares(number, sizes, f"{type} sentences", where), strict=True
    ):
        for index in random.sample(range(size), share):
            yield pool[index // len(fitting)], fitting[index % len(fitting)]


def _shares(number: int, sizes: list[int], what: str, where: str) -> list[int]:
    """`number` divided as evenly over pools as their sizes allow."""
    if number > sum(sizes):
        raise CorpusError(
            f"{number} {what} were asked for, but {where} has {sum(sizes)}; ask for at most {sum(sizes)}."
        )
    shares, left = [0] * len(sizes), number
    for rank, pool in enumerate(sorted(range(len(sizes)), key=sizes.__getitem__)):
        shares[pool] = min(sizes[pool], left // (len(sizes) - rank))
        left -= shares[pool]
    return shares
