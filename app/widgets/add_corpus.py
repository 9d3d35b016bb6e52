"""Files that become a corpus: what they seem to be and why, changeable, with a look at their first sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

import state
from embspace.corpora.entries import plain_name, suggested_name
from embspace.corpora.file_readers import Reading
from embspace.corpora.formats import FORMATS, TABLES
from embspace.corpora.guessing import Guess, guess, preview, split_links
from embspace.corpora.records import Sentence
from embspace.corpora.sources import name_of
from embspace.corpora.table_rows import known_columns
from embspace.corpora.tables import column_names
from embspace.errors import CorpusError, EmbspaceError
from embspace.storage import fingerprint
from embspace.workflows.corpora import AddConfig
from uploads import write_uploads
from widgets.say import plain, say_error
from widgets.show_corpus import sentence_rows

SHOWN = 6
"""sentences"""
ASKED = {"text": "Text", "words": "Words", "language": "Language", "tags": "Tags", "parallel": "Parallel id"}
NEEDS = {
    "nothing": "Language",
    "language": "Language",
    "two languages": "Languages of the pair",
    "a language per file": "Language of each file",
}


def add_corpus() -> AddConfig | None:
    """Pickers and a preview; the settings once they were sent."""
    paths, uploaded = _files()
    if not paths:
        st.caption("Formats: " + plain("; ".join(one.title for one in FORMATS.values())) + ".")
        return None
    # Another choice of files is asked anew.
    group = fingerprint([str(path) for path in paths])[:8]
    try:
        paths, links = split_links(paths)
        if not paths:
            raise CorpusError("These are word alignments alone; choose the sentences that they align too.")
    except EmbspaceError as error:
        say_error(str(error))
        return None
    try:
        guessed = guess(paths)
    except EmbspaceError as error:
        say_error(_with_names(error, paths))
        guessed = None
    first_place, second_place = st.columns([3, 2])
    with first_place:
        name = _pick_format(guessed, group)
    if name is None:
        return None
    guessed = guessed or Guess(name, "Chosen by you.")
    with second_place:
        codes = _pick_languages(name, guessed, group)
    same = name == guessed.format
    st.caption(plain(guessed.reason if same else f"Chosen by you; it looked like: {FORMATS[guessed.format].title}."))
    options = dict(guessed.options) if same else {}
    options |= _pick_tags(name, options, group) | _pick_words(name, links, group)
    columns = dict(guessed.columns or {}) if same else {}
    try:
        if name in TABLES and not columns:
            columns = _pick_columns(paths[0], name, group)
        first = preview(name, paths, Reading(codes, columns or None, options), SHOWN)
    except EmbspaceError as error:
        say_error(_with_names(error, paths))
        return None
    with st.container(height=250 if len(first) > 4 else "content", border=False):
        st.html(sentence_rows(first))
    if links:
        st.caption(plain(f"Links of words: {', '.join(path.name for path in links)}."))
    files, aligned = (tuple(map(str, some)) for some in (paths, links))
    config = AddConfig(files, "corpus", name, codes, columns, options, links=aligned, uploaded=uploaded)
    return _send(config, _names_tagged(first), group)


def _files() -> tuple[list[Path], bool]:
    """Uploaded files on the disk, or those of paths; whether they were uploaded."""
    first, second = st.columns(2)
    files = first.file_uploader(
        "Files",
        accept_multiple_files=True,
        key="corpus_files",
        help="Of one format; a file per language is possible, and word alignments (Pharaoh) beside them.",
    )
    typed = second.text_area(
        "Or paths on this machine",
        key="corpus_paths",
        height=120,
        placeholder="/data/train.en\n/data/train.be",
        help="One a line; for files that are large.",
    )
    try:
        if files:
            return write_uploads(files, state.workspace()), True
        paths = [Path(line.strip()).expanduser() for line in typed.splitlines() if line.strip()]
        for path in paths:
            if not path.is_file():
                raise CorpusError(f"{path}: no such file{' (it is a folder)' if path.is_dir() else ''}.")
    except EmbspaceError as error:
        say_error(str(error))
        return [], False
    return paths, False


def _with_names(error: EmbspaceError, paths: Sequence[Path]) -> str:
    """What an error says, files by their names: where an uploaded one lies says nothing."""
    return str(error).replace(f"{paths[0].parent}/", "")


def _pick_format(guessed: Guess | None, group: str) -> str | None:
    names = list(FORMATS)
    return st.selectbox(
        "Format",
        names,
        names.index(guessed.format) if guessed else None,
        format_func=lambda name: FORMATS[name].title,
        key=f"corpus_format_{group}",
        placeholder="What the files are after all",
    )


def _pick_languages(name: str, guessed: Guess, group: str) -> tuple[str, ...]:
    needs = FORMATS[name].needs
    text = st.text_input(
        NEEDS[needs],
        ", ".join(guessed.languages),
        key=f"corpus_languages_{group}_{needs}",
        placeholder="as the file says" if needs == "nothing" else "en" if needs == "language" else "en, be",
        help="Codes such as en, be or sr-Cyrl, with commas between.",
    )
    return tuple(part for part in re.split(r"[\s,;]+", text) if part)


def _pick_tags(name: str, options: Mapping[str, Any], group: str) -> dict[str, Any]:
    """How tags of entities are written, where the format leaves it open."""
    known = FORMATS[name].options
    found: dict[str, Any] = {}
    if "scheme" not in known and "repair" not in known:
        return found
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        if "scheme" in known:
            schemes = ["iob2", "iob1", "bioes", *([None] if name == "columns" else [])]
            found["scheme"] = st.selectbox(
                "Tags",
                schemes,
                schemes.index(options.get("scheme", "iob2")),
                format_func=lambda one: one.upper() if one else "other than entities",
                key=f"corpus_scheme_{group}_{name}",
                width=220,
            )
        if "repair" in known and st.checkbox(
            "Mend tags that break the scheme",
            key=f"corpus_repair_{group}_{name}",
            help="As CoNLL's scorer reads them; how many were mended is said.",
        ):
            found["repair"] = True
    return found


def _pick_words(name: str, links: Sequence[Path], group: str) -> dict[str, bool]:
    """Whether blanks alone part words, where the format leaves it open."""
    if "tokenized" not in FORMATS[name].options:
        return {}
    # The two defaults are two boxes: links may be added to files that were looked at without.
    found = st.checkbox(
        "The text is tokenized: words are what blanks part",
        bool(links),
        key=f"corpus_tokenized_{group}_{bool(links)}",
        help="Else punctuation is split off. Word alignments count the words of tokenized text.",
    )
    return {"tokenized": True} if found else {}


def _pick_columns(path: Path, name: str, group: str) -> dict[str, Any]:
    """Which column of a table is what."""
    names = column_names(path, name)
    roles, wide = known_columns(names)
    if wide:
        st.caption(plain(f"Each language has a column of its own: {', '.join(wide)}."))
        return {}
    found: dict[str, Any] = {}
    for place, (role, label) in zip(st.columns(len(ASKED)), ASKED.items(), strict=True):
        start = names.index(roles[role]) if role in roles else None
        column = place.selectbox(label, names, start, key=f"corpus_column_{group}_{name}_{role}", placeholder="none")
        if column or role in roles:
            found[role] = column
    return found


def _names_tagged(sentences: Sequence[Sentence]) -> bool:
    """Whether the tags of sentences can be those of named entities."""
    tags = {tag for one in sentences for tag in one.tags or ()}
    return bool(tags) and all(tag == "O" or tag.startswith(("B-", "I-")) for tag in tags)


def _send(read: AddConfig, named: bool, group: str) -> AddConfig | None:
    """Name and license; the settings once they are sent and the name is one."""
    with st.form(f"corpus_{group}", border=False):
        first, second, third = st.columns([2, 3, 2])
        name = first.text_input("Name", _suggested(read), key=f"corpus_name_{group}", max_chars=64)
        title = second.text_input("What it is", key=f"corpus_title_{group}", placeholder="in a line", max_chars=200)
        license = third.text_input("License", key=f"corpus_license_{group}", placeholder="CC BY 4.0", max_chars=100)
        align = not read.links and st.checkbox(
            "Align the words of translations",
            key=f"corpus_align_{group}",
            help="With eflomal, to English or to the first language; for analyses of related words.",
        )
        entities = named and st.checkbox(
            "A corpus of named entities",
            key=f"corpus_entities_{group}",
            help="Each sentence comes once for each name that is tagged in it, and the name is marked: spaces have a "
            "vector per name, by its type. Sentences without a name are left out.",
        )
        sent = st.form_submit_button("Add", type="primary")
    if not sent:
        return None
    try:
        said: Mapping[str, Any] = {"name": plain_name(name), "title": title.strip(), "license": license.strip()}
        return replace(read, **said, align=align, entities=entities)
    except EmbspaceError as error:
        say_error(str(error))
        return None


def _suggested(read: AddConfig) -> str:
    return suggested_name(name_of([Path(path) for path in read.paths], read.languages))
