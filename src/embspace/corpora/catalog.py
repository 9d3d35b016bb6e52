"""The catalog of corpora: those that ship, and those that a user added; by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from embspace.corpora.entries import Entry, plain_name, same_name
from embspace.corpora.kept import (
    keep,
    keep_links,
    kept_entries,
    kept_links_fingerprint,
    read_kept,
    read_links,
    remove_kept,
)
from embspace.corpora.kept_records import P, check_kind, chosen_records, keep_records, read_records
from embspace.corpora.languages import check_languages
from embspace.corpora.records import Corpus, Entailment, Question, Records, Sentence
from embspace.corpora.shipped import read_shipped, read_shipped_links, read_shipped_records, shipped_entries
from embspace.errors import CorpusError, EmbspaceError
from embspace.storage import fingerprint
from embspace.workspace import Workspace, current_workspace

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from embspace.corpora.squad import Flaw
    from embspace.progress import Progress


def catalog(workspace: Workspace | None = None) -> list[Entry]:
    """Every corpus that can be opened by name: the shipped ones, then those that were added, by name."""
    return [*shipped_entries(), *kept_entries(workspace or current_workspace())]


def find_entry(name: str, workspace: Workspace | None = None) -> Entry:
    """The corpus of a name; an added one also by its fingerprint, or how that begins (8 digits or more).

    Raises:
        CorpusError: there is none, or there are several.
    """
    entries = catalog(workspace)
    for found in (
        [one for one in entries if same_name(one.name, name)],
        [one for one in entries if one.fingerprint and len(name) >= 8 and one.fingerprint.startswith(name)],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            both = ", ".join(one.fingerprint for one in found)
            raise CorpusError(f"{name!r} is the name of {len(found)} corpora; say which by its fingerprint: {both}.")
    near = get_close_matches(name, [one.name for one in entries], 1, 0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    known = ", ".join(one.name for one in entries)
    raise CorpusError(
        f"There is no corpus {name[:80]!r}.{hint} There are {known}; "
        "add one with: embspace corpora add FILE --name NAME"
    )


def choose(
    name: str, languages: Iterable[str] | None = None, workspace: Workspace | None = None
) -> tuple[Entry, tuple[str, ...]]:
    """A corpus that can be opened, and the codes of its languages that are wanted (None: all).

    Raises:
        CorpusError: there is no such corpus, it is damaged, or it has no such language.
    """
    entry = find_entry(name, workspace)
    if entry.problem:
        raise CorpusError(entry.problem)
    return entry, entry.languages if languages is None else check_languages(languages, entry.languages)


def open_corpus(
    name: str,
    *,
    languages: Iterable[str] | None = None,
    limit: int | None = None,
    workspace: Workspace | None = None,
) -> Corpus:
    """The sentences of a corpus of the catalog.

    Args:
        name: of the catalog, such as "parallel-sample", or one that was added.
        languages: BCP 47 codes; None: all that it has.
        limit: the first n parallel groups, those that have every language first; where nothing is parallel the first n
            sentences of each language; of SyntheticNER n per type. None: all (of SyntheticNER 100).
        workspace: where added corpora lie; None: the current one.

    Raises:
        CorpusError: there is no such corpus, it has no such language, or the limit is not possible.
        StoreError: a file of an added corpus is damaged.
    """
    entry, codes = choose(name, languages, workspace)
    title = entry.name if limit is None else f"{entry.name}, first {limit}"
    return (read_shipped if entry.shipped else read_kept)(entry, codes, limit, title)


def open_entailments(
    name: str, *, languages: Iterable[str] | None = None, limit: int | None = None, workspace: Workspace | None = None
) -> Records[Entailment]:
    """The labeled pairs of a corpus of NLI.

    Args:
        name: of the catalog.
        languages: BCP 47 codes; pairs whose two languages are among them. None: all that it has.
        limit: the first n groups of pairs with one id, those that have every language first; None: all.
        workspace: where added corpora lie; None: the current one.

    Raises:
        CorpusError: there is no such corpus, it keeps no pairs or none in a language, or the limit is not possible.
        StoreError: a file of an added corpus is damaged.
    """
    return _open_records(Entailment, name, languages, limit, workspace)


def open_questions(
    name: str, *, languages: Iterable[str] | None = None, limit: int | None = None, workspace: Workspace | None = None
) -> Records[Question]:
    """The questions of a corpus with their paragraphs and answers; arguments and errors as of `open_entailments`."""
    return _open_records(Question, name, languages, limit, workspace)


def _open_records(
    kind: type[P], name: str, languages: Iterable[str] | None, limit: int | None, workspace: Workspace | None
) -> Records[P]:
    entry, codes = choose(name, languages, workspace)
    check_kind(entry, kind)
    found = (read_shipped_records if entry.shipped else read_records)(entry, codes)
    return chosen_records(entry, kind, found, () if languages is None else codes, limit)


def open_links(name: str, workspace: Workspace | None = None) -> pd.DataFrame | None:
    """The word alignments of a corpus: `parallel language_a word_a language_b word_b`; None: it has none.

    `word_a` is the number of the word in the sentence of `language_a` that has the id `parallel`, from 0.

    Raises:
        CorpusError: there is no such corpus, or a shipped file was changed.
        StoreError: a file of an added corpus is damaged.
    """
    entry = find_entry(name, workspace)
    return (read_shipped_links if entry.shipped else read_links)(entry)


def links_fingerprint(name: str, workspace: Workspace | None = None) -> str:
    """The fingerprint of the word alignments of a corpus, which may be replaced while its sentences stay; "": none.

    Raises:
        CorpusError: there is no such corpus.
    """
    entry = find_entry(name, workspace)
    if not entry.shipped:
        return kept_links_fingerprint(entry)
    sums = {file: total for file, total in entry.origin.items() if file.endswith(".pharaoh")}
    return fingerprint(sums) if sums else ""


def add_corpus(
    sentences: Iterable[Sentence],
    *,
    name: str,
    title: str = "",
    format: str = "",
    license: str = "",
    origin: dict[str, str] | None = None,
    links: pd.DataFrame | Sequence[Path] | None = None,
    records: Sequence[Entailment | Question] = (),
    flaws: Mapping[str, Sequence[Flaw]] | None = None,
    align: bool = False,
    workspace: Workspace | None = None,
    progress: Progress | None = None,
) -> Entry:
    """Keep sentences under a name in the workspace; a few thousand are in memory at once.

    The same sentences again are found: the entry is the one that is there, whatever name was given, and links that are
    given or made replace those that it had; so do records. New sentences are kept with these, or not at all.

    Args:
        sentences: a corpus, or what a reader yields; read once.
        name: letters, digits, dots, hyphens and underscores; no other corpus may have it.
        title: what it is, in a line.
        format: what it was read from, for the reader of the catalog.
        license: under which it may be used.
        origin: names and SHA-256 sums of the files it was read from.
        links: word alignments, as of `open_links`; or Pharaoh files, as of `find_links`.
        records: the pairs of NLI or the questions whose texts the sentences are; may be filled while they are read.
        flaws: file -> its answers that were moved or left out, to be listed beside the records.
        align: have eflomal align the words.
        workspace: where it is kept; None: the current one.
        progress: of the aligner.

    Raises:
        CorpusError: the name is taken or none; there are no sentences; a reader, a link or a record is at
            fault.
        SettingsError: words are to be aligned, and eflomal is not installed.
        StoreError: the disk refuses.
    """
    place = workspace or current_workspace()
    name = plain_name(name)
    taken = [one for one in catalog(place) if same_name(one.name, name)]
    if taken and taken[0].shipped:
        raise CorpusError(f"{taken[0].name} ships with embspace; choose another name.")
    given = Entry(name, title, format, license=license, origin=origin or {})
    entry, new = keep(sentences, given, place)
    if new and taken:
        remove_kept(entry)
        raise CorpusError(
            f"There is another corpus {taken[0].name!r} with other sentences; choose another name, or remove it first: "
            f"embspace corpora remove {taken[0].name}"
        )
    try:
        if records:
            entry = keep_records(replace(entry, origin=given.origin or entry.origin), records, flaws)
        if links is None and not align:
            return entry
        if links is None or isinstance(links, Sequence):
            return find_links(entry.name, files=links or (), workspace=place, progress=progress)
        return keep_links(entry, links)
    except BaseException as error:
        if new:
            remove_kept(entry)
            if isinstance(error, EmbspaceError):
                raise type(error)(f"{error} The corpus was not added.") from error
        raise


def find_links(
    name: str,
    *,
    files: Sequence[Path] = (),
    source: str | None = None,
    workspace: Workspace | None = None,
    progress: Progress | None = None,
) -> Entry:
    """Keep word alignments beside an added corpus: read from files, or computed.

    Args:
        name: of the corpus.
        files: Pharaoh files named by two languages (`en-be.pharaoh`), whose lines align the sentences that these
            languages share, in the order of the first; none: eflomal aligns the words.
        source: the language that the others are aligned to; None: English, else the first.
        workspace: where the corpus lies; None: the current one.
        progress: of the aligner.

    Raises:
        CorpusError: nothing is parallel, or a file does not fit the sentences (file and line).
        SettingsError: there are no files, and eflomal is not installed.
    """
    import pandas as pd

    from embspace.corpora.alignment import align, links_of, read_pharaoh, sentence_pairs
    from embspace.corpora.guessing import languages_of

    entry, sentences = find_entry(name, workspace), open_corpus(name, workspace=workspace)
    if entry.shipped:
        raise CorpusError(f"{entry.name} ships with embspace, and its links with it.")
    if not files:
        first = source or ("en" if "en" in entry.languages else entry.languages[0])
        return keep_links(entry, align(sentences, first, workspace=workspace, progress=progress))
    tables = []
    for path in files:
        codes = [code for code in languages_of(path.name) if code in entry.languages]
        if len(codes) < 2 and len(entry.languages) == 2:
            codes = list(entry.languages)
        if len(codes) != 2:
            raise CorpusError(f"{path}: name it by its two languages of {entry.name}, such as en-be.pharaoh.")
        tables.append(links_of(read_pharaoh(path, sentence_pairs(sentences, codes[0], codes[1]))))
    return keep_links(entry, pd.concat(tables, ignore_index=True))


def remove(name: str, workspace: Workspace | None = None) -> Entry:
    """Delete an added corpus; spaces that were made from it keep their sentences.

    Raises:
        CorpusError: there is none of that name, or it ships with embspace.
        StoreError: the disk refuses.
    """
    entry = find_entry(name, workspace)
    if entry.shipped:
        raise CorpusError(f"{entry.name} ships with embspace and stays.")
    remove_kept(entry)
    return entry


def names(workspace: Workspace | None = None) -> Sequence[str]:
    """The names of the catalog."""
    return [one.name for one in catalog(workspace)]
