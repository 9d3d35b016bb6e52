"""What a page of an analysis looks at, in the sidebar: checkpoints, sentences, languages, transforms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

import state
from choice import all_words, most_contexts
from embspace.corpora.entries import SYNTHETIC, Entry
from embspace.corpora.languages import LANGUAGES
from embspace.corpora.templates import CODES
from embspace.figures.checkpoint_names import short_names
from embspace.figures.theme import by_family, language_name
from embspace.workflows.analyses import find_analysis
from embspace.workflows.analyzed_runs import STEPS
from subject import MOST_CHECKPOINTS, Question, Subject
from widgets import pick_encoder

TRANSFORMS = {
    "center": "Center languages",
    "center-all": "Center all words",
    "all-but-the-top": "All but the top",
    "whiten": "Whiten",
    "z": "z-normalize",
}
Key = Callable[[str], str]
"""a widget's name -> its key"""
MANY, SOME = 25_000, 10_000
"""words of a corpus of which a part is taken at first, and about how many"""
HELP = "Done to the vectors first, in this order. Also `all-but-the-top:3` and `rotate:en`: type it."


def pick_subject(asked: Question) -> Question:
    """The pickers that an analysis needs; a choice counts at once."""
    entry = find_analysis(asked.analysis)
    takes = entry.takes
    subject = asked.subject
    if takes == "files":
        return asked
    with st.sidebar:
        if takes != "corpus":
            subject = pick_checkpoints(subject, {"space": 1, "pair": 2}.get(takes, MOST_CHECKPOINTS))
        if takes == "spaces" and any(one.endswith(STEPS) for one in subject.checkpoints):
            st.caption("In the sentences that the training was probed with.")
        else:
            subject = pick_sentences(subject, whole=entry.whole)
        if entry.vectors:
            subject = pick_transforms(subject)
    return replace(asked, subject=subject)


def pick_checkpoints(subject: Subject, most: int) -> Subject:
    """One checkpoint, or several to compare: those that were looked at already, or a name that is typed."""
    known = list(dict.fromkeys(["mini", *subject.checkpoints, *state.known_checkpoints()]))
    short = short_names(known)

    def named(name: str) -> str:
        return short.get(name, name)

    if most == 1:
        name = st.selectbox(
            "Checkpoint",
            known,
            known.index(subject.checkpoints[0]),
            format_func=named,
            key=state.question_key("checkpoint"),
            help=pick_encoder.HELP,
            accept_new_options=True,
        )
        first = (name or "").strip() or subject.checkpoints[0]
        return replace(subject, checkpoints=(first, *subject.checkpoints[1:]))
    names = st.multiselect(
        "Checkpoints",
        known,
        subject.checkpoints[:most],
        format_func=named,
        key=state.question_key("checkpoints"),
        max_selections=most,
        help=pick_encoder.HELP,
        accept_new_options=True,
        placeholder="Choose, or type a name",
    )
    chosen = tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
    if not chosen:
        st.caption("Choose one checkpoint or more.")
    return replace(subject, checkpoints=chosen or subject.checkpoints)


def pick_sentences(subject: Subject, key: Key = state.question_key, whole: bool = False) -> Subject:
    """A corpus, and which of its sentences; where its `whole` is looked at, those of some words cannot be chosen."""
    names = [one.name for one in state.catalog() if not one.problem]
    known = list(dict.fromkeys([SYNTHETIC, *names, subject.corpus]))
    corpus = st.selectbox(
        "Corpus",
        known,
        known.index(subject.corpus),
        format_func=lambda name: "SyntheticNER" if name == SYNTHETIC else name,
        key=key("corpus"),
    )
    if corpus != subject.corpus:
        entry = next((one for one in state.catalog() if one.name == corpus), None)
        subject = replace(subject, corpus=corpus, languages=(), sentences=usual_number(entry) if entry else None)
    return _of_synthetic(subject, key, whole) if corpus == SYNTHETIC else _of_another(subject, key)


def usual_number(entry: Entry) -> int | None:
    """How many sentences of a corpus are taken where nothing is said: all (None), of many words those of a part."""
    words, most = sum(entry.words.values()), max(entry.sentences.values(), default=0)
    if words <= MANY:
        return None
    count = most * SOME / words
    step = 100 if count >= 100 else 10
    return max(step, round(count / step) * step)


def _of_synthetic(subject: Subject, key: Key, whole: bool) -> Subject:
    if not whole:
        words = st.multiselect(
            "Words",
            all_words(),
            subject.words,
            key=key("words"),
            placeholder="All",
            help="Named entities; none means a draw from all.",
        )
        subject = replace(subject, words=tuple(words))
    subject = _pick_languages(subject, CODES, key)
    most = most_contexts(() if whole else subject.words)
    count = st.number_input(
        "Sentences per type",
        1,
        most,
        min(subject.per_type, most),
        key=key(f"per_type_{most}"),
        help="Per language and entity type; of each word that is named.",
    )
    return replace(subject, per_type=count)


def _of_another(subject: Subject, key: Key) -> Subject:
    entry = next((one for one in state.catalog() if one.name == subject.corpus), None)
    if entry is not None and entry.languages:
        subject = _pick_languages(subject, entry.languages, key)
    count = st.number_input(
        "Sentences",
        1,
        None,
        subject.sentences,
        key=key(f"sentences_{subject.corpus}"),
        placeholder="all",
        help="The first so many: parallel ones in all languages, or of each language.",
    )
    return replace(subject, sentences=count)


def _pick_languages(subject: Subject, codes: tuple[str, ...], key: Key) -> Subject:
    """Which of the languages of a corpus; all of them is the same as none."""
    picked = st.pills(
        "Languages",
        by_family(codes),
        default=[code for code in codes if code in subject.languages] or list(codes),
        selection_mode="multi",
        format_func=lambda code: LANGUAGES[code].name if code in LANGUAGES else language_name(code),
        key=key(f"languages_{subject.corpus}"),
    )
    if not picked:
        st.caption("Choose one language or more.")
        return subject
    chosen = tuple(code for code in codes if code in picked)
    return replace(subject, languages=() if chosen == tuple(codes) else chosen)


def pick_transforms(subject: Subject, key: Key = state.question_key) -> Subject:
    """What is done to the vectors first."""
    steps = st.multiselect(
        "Transforms",
        list(dict.fromkeys([*TRANSFORMS, *subject.transforms])),
        subject.transforms,
        format_func=lambda name: str(TRANSFORMS.get(name, name)),
        key=key("transforms"),
        placeholder="None",
        help=HELP,
        accept_new_options=True,
    )
    return replace(subject, transforms=tuple(steps))
