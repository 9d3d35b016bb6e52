"""What the pages of analyses look at, and what each asks of it; as values, to and from the address."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from address import Reader, name_of_checkpoint, name_of_corpus, notice, read, shown, some_names, within, write
from choice import ALL, SPLIT, Choice, known_languages, read_words
from embspace.corpora.entries import SYNTHETIC
from embspace.errors import EmbspaceError, SettingsError
from embspace.workflows.analyses import find_analysis
from embspace.workflows.analysis_settings import Setting, all_settings, read_settings
from embspace.workflows.analyze import AnalyzeConfig
from embspace.workflows.analyzed_runs import in_order
from embspace.workflows.extract import ExtractConfig
from selections import checked_name

MOST_CHECKPOINTS = 8
FILES = "files"
"""in the address: what an analysis is given"""


@dataclass(frozen=True, slots=True)
class Subject:
    """Sentences, checkpoints and transforms that the pages of analyses share.

    Attributes:
        corpus: a name of the catalog.
        words: of SyntheticNER the English names of entities; none means a draw from all.
        per_type: of SyntheticNER sentences per entity type and language.
        sentences: of another corpus the first n; None: all.
        languages: BCP 47 codes; none means all that the corpus has.
        checkpoints: names for `load_encoder`; a page that takes one looks at the first.
        transforms: done to each space first, in this order.
        layer: that a figure of one layer shows; -1 is the output.
        selection: the name of words that were picked on the map (`selections`); pages that list words show these alone.
    """

    corpus: str = SYNTHETIC
    words: tuple[str, ...] = ("Washington",)
    per_type: int = 100
    sentences: int | None = None
    languages: tuple[str, ...] = ()
    checkpoints: tuple[str, ...] = ("mini",)
    transforms: tuple[str, ...] = ()
    layer: int = -1
    selection: str = ""

    def extraction(self, checkpoint: str) -> ExtractConfig:
        """The sentences through a checkpoint.

        Raises:
            SettingsError: a setting is not possible.
        """
        languages = self.languages or None
        if self.corpus != SYNTHETIC:
            return ExtractConfig(checkpoint, languages, corpus=self.corpus, sentences=self.sentences)
        return ExtractConfig(checkpoint, languages, self.words, per_type=self.per_type, split=SPLIT)


@dataclass(frozen=True)
class Question:
    """An analysis of a subject.

    Attributes:
        analysis: a name of `workflows.analyses`.
        subject: what is looked at.
        settings: of the analysis, those that are not at their defaults.
        shown: the table or figure that is on the screen, by its number.
        drawn: what a figure shows of a table, such as one of its checkpoints or metrics, by the name of its argument.
        files: that the analysis is given, as the workspace calls them (`workflows.given_files`).
    """

    analysis: str
    subject: Subject = Subject()
    settings: Mapping[str, Any] = field(default_factory=dict)
    shown: int = 0
    drawn: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()

    @property
    def checkpoints(self) -> tuple[str, ...]:
        """Those of the subject that the analysis looks at; steps of trainings in their order."""
        takes = find_analysis(self.analysis).takes
        if takes == "spaces":
            return in_order(self.subject.checkpoints)
        return self.subject.checkpoints[: {"pair": 2, "files": 0}.get(takes, 1)]

    def config(self) -> AnalyzeConfig:
        """The work behind it.

        Raises:
            SettingsError: a setting is not possible, or a checkpoint is missing.
        """
        entry = find_analysis(self.analysis)
        takes = entry.takes
        names = self.checkpoints
        if takes == "pair" and len(names) == 1:
            names = (*names, *names)
        subject = replace(self.subject, words=()) if entry.whole else self.subject
        spaces = tuple(subject.extraction(name) for name in names)
        transforms = self.subject.transforms if entry.vectors else ()
        return AnalyzeConfig(self.analysis, spaces, transforms, {**entry.start, **self.settings}, self.files)

    def to_address(self) -> dict[str, str | list[str]]:
        """Query parameters: what differs from the start page."""
        found = write(self.subject, Subject())
        if self.subject.words == ():
            found["words"] = ALL
        for name, value in self.settings.items():
            found[address_name(name)] = value if isinstance(value, str) else json.dumps(value)
        found |= {f"draw_{name}": value for name, value in self.drawn.items()}
        found |= {FILES: list(self.files)} if self.files else {}
        return found | ({"shown": shown(self.shown)} if self.shown else {})


def question_from_address(
    analysis: str, parameters: Mapping[str, Sequence[str]], start: Subject | None = None
) -> tuple[Question, list[str]]:
    """The question that query parameters ask, and a sentence for each part of them that is not possible."""
    entry = find_analysis(analysis)
    subject, notices = read(start or Subject(), READERS, parameters)
    subject = replace(subject, languages=known_languages(subject.corpus, subject.languages, notices))
    known = {address_name(one.name): one for one in all_settings(entry)}
    settings: dict[str, Any] = {}
    for name, values in parameters.items():
        if name in known and values:
            try:
                settings |= read_settings(entry, {known[name].name: setting_value(known[name], values[-1])})
            except EmbspaceError as error:
                notices.append(notice(name, values, error))
    at = parameters.get("shown", ["0"])[-1]
    drawn = {name[5:]: values[-1] for name, values in parameters.items() if name.startswith("draw_") and values}
    files = tuple(parameters.get(FILES, ())) if entry.given else ()
    question = Question(analysis, subject, settings, int(at) if at.isdecimal() else 0, drawn, files)
    try:
        question.config()
    except EmbspaceError as error:
        notices.append(f"{error} The usual is shown.")
        question = Question(analysis)
    return question, notices


def address_name(setting: str) -> str:
    """A setting in the address: by its name, if that is not one of the subject's."""
    return f"set_{setting}" if setting in READERS or setting in ("shown", FILES) else setting


def setting_value(setting: Setting, text: str) -> Any:
    """The value that a text means: JSON, or the text itself."""
    if setting.hint is str:
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _checkpoints(values: Sequence[str]) -> tuple[str, ...]:
    if len(values) > MOST_CHECKPOINTS:
        raise SettingsError(f"Possible are 1 to {MOST_CHECKPOINTS} checkpoints.")
    return tuple(name_of_checkpoint(value) for value in values)


READERS: dict[str, Reader] = {
    "corpus": lambda values: name_of_corpus(values[-1]),
    "words": read_words,
    "per_type": within(1, 100_000, int),
    "sentences": within(1, 10_000_000, int),
    "languages": some_names,
    "checkpoints": _checkpoints,
    "transforms": some_names,
    "layer": within(-1000, 1000, int),
    "selection": lambda values: checked_name(values[-1]),
}


def subject_of(view: Choice) -> Subject:
    """The sentences, the models and the transforms of a view of the Map."""
    return Subject(
        corpus=view.corpus,
        words=view.words,
        per_type=view.per_type,
        sentences=view.sentences,
        languages=view.languages,
        checkpoints=(view.checkpoint, *view.beside),
        transforms=view.transforms,
        selection=view.selection,
    )


def with_sentences(view: Choice, subject: Subject) -> Choice:
    """A view of the Map of the sentences of a subject."""
    names = ("corpus", "words", "per_type", "sentences", "languages")
    return replace(view, **{name: getattr(subject, name) for name in names})
