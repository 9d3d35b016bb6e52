"""Contexts, and what comes of an entity in a context: a sentence with words, offsets and tags."""

from __future__ import annotations

from dataclasses import dataclass

from embspace.corpora.records import Entity, Sentence
from embspace.corpora.templates import Frame, NamedEntity, Opening
from embspace.corpora.words import split_words

SOURCE = "synthetic_ner"
_BELARUSIAN_VOWELS = tuple(f"{vowel} " for vowel in "аеёіоуыэюя")


@dataclass(frozen=True, slots=True)
class Context:
    """A frame behind an opening, or alone."""

    frame: Frame
    opening: Opening | None = None

    @property
    def id(self) -> str:
        """Shared by all languages; the two genders of a frame have ids of their own."""
        frame = f"{self.frame.id}.{self.frame.form}" if self.frame.type == "PER" else self.frame.id
        return f"{self.opening.id}+{frame}" if self.opening else frame

    def takes(self, entity: NamedEntity) -> bool:
        """Whether the slot is for this entity: the same type, and for persons the same gender."""
        return self.frame.type == entity.type and (entity.type != "PER" or self.frame.form == entity.kind)


def fill(context: Context, entity: NamedEntity, language: str) -> Sentence:
    """The sentence `c(e)` in a language, with words, offsets, BIO tags and the marked entity."""
    before, after = context.frame.texts[language]
    # Only places have cells of their own for the cases; a gender asks for the nominative.
    cell = entity.cells.get(context.frame.form, entity.cells["nominative"])[language]
    if language == "be" and cell.before.startswith("у ") and before.endswith(_BELARUSIAN_VOWELS):
        cell = cell._replace(before=f"ў{cell.before[1:]}")  # у is written ў behind a vowel
    filled = "".join((before, *cell, after))
    if not any(char.isalnum() for char in before):
        filled = _capitalized(filled, language)
    start = len(before) + len(cell.before)
    text = filled
    if context.opening:
        opening = context.opening.texts[language]
        text, start = f"{opening} {filled}", len(opening) + 1 + start
    stop = start + len(cell.name)
    words, offsets = split_words(text)
    inside = [index for index, span in enumerate(offsets) if start <= span[0] and span[1] <= stop]
    first, last = inside[0], inside[-1]
    tags = ["O"] * len(words)
    tags[first : last + 1] = [f"B-{entity.type}"] + [f"I-{entity.type}"] * (last - first)
    marked = Entity(first, last + 1, entity.type, entity.id)
    return Sentence(words, language, text, offsets, tuple(tags), marked, f"{context.id}:{entity.id}", SOURCE)


def _capitalized(text: str, language: str) -> str:
    at = next(index for index, char in enumerate(text) if char.isalnum())
    first = {("tr", "i"): "İ", ("be", "ў"): "У"}.get((language, text[at]), text[at].upper())
    return f"{text[:at]}{first}{text[at + 1 :]}"
