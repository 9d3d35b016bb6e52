"""An analysis as a whole job: the spaces are extracted or found, transformed, analyzed, and the tables stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from importlib.metadata import version
from inspect import signature
from typing import TYPE_CHECKING, Any

from embspace.corpora.entries import SYNTHETIC
from embspace.errors import SettingsError
from embspace.progress import Progress
from embspace.storage import fingerprint
from embspace.workflows.analyses import find_analysis
from embspace.workflows.analysis import Analysis, Table, resolve
from embspace.workflows.analysis_settings import check_required, first_setting, read_settings, settings_of
from embspace.workflows.analyzed_runs import languages_of_runs, probed_corpus, runs_of
from embspace.workflows.extract import ExtractConfig, make_corpus, make_space
from embspace.workflows.given_files import kept_file
from embspace.workflows.source_code import code_fingerprint
from embspace.workflows.step_spaces import step_spaces
from embspace.workflows.stored_space import find_space
from embspace.workspace import Workspace, current_workspace, in_its_workspace

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from embspace.corpora.records import Corpus

VERSION = 1
"""of what is stored; a change makes every result anew"""


@dataclass(frozen=True, slots=True)
class AnalyzeConfig:
    """Which analysis, of which spaces, after which transforms, with which settings."""

    analysis: str
    """a name of `workflows.analyses`"""
    spaces: tuple[ExtractConfig, ...] = (ExtractConfig(),)
    """what is analyzed; an analysis of a corpus alone takes the sentences of the first, one of files none. The
    checkpoint `job:ID@steps` means all steps of a training, in the sentences that it was probed with"""
    transforms: tuple[str, ...] = ()
    """done to every space first, in this order: center, all-but-the-top, whiten, z, ..."""
    settings: dict[str, Any] = field(default_factory=dict)
    """keyword arguments of the analysis"""
    files: tuple[str, ...] = ()
    """what `given_files.keep_files` calls them: a dictionary of words, scores, predictions"""

    def __post_init__(self) -> None:
        entry = find_analysis(self.analysis)
        count, takes = len(self.spaces), entry.takes
        if count != {"pair": 2, "spaces": max(1, count), "files": 0}.get(takes, 1):
            asked = {"pair": "two checkpoints", "spaces": "one checkpoint or more", "files": "no checkpoint"}
            raise SettingsError(f"{self.analysis} takes {asked.get(takes, 'one checkpoint')}; {count} are given.")
        if self.files and entry.given is None:
            raise SettingsError(f"{self.analysis} takes no files; {', '.join(self.files)} is given.")
        if self.transforms and not entry.vectors:
            raise SettingsError(f"{self.analysis} looks at no vectors, so there is nothing to transform.")
        read_settings(entry, self.settings)
        _ = self.runs

    @property
    def runs(self) -> tuple[str, ...]:
        """The trainings all of whose stored steps are analyzed instead of checkpoints; none: `spaces` are these."""
        return runs_of(find_analysis(self.analysis), self.analysis, [one.checkpoint for one in self.spaces])


def extractions(config: AnalyzeConfig) -> tuple[ExtractConfig, ...]:
    """The extractions behind an analysis, with the targets that it needs; none of a corpus, files or steps of runs."""
    entry = find_analysis(config.analysis)
    if entry.takes in ("corpus", "files") or config.runs:
        return ()
    return tuple(
        replace(one, targets=entry.targets) if one.targets == "auto" and entry.targets != "auto" else one
        for one in config.spaces
    )


def result_key(config: AnalyzeConfig, fingerprints: Sequence[str], links: str = "") -> str:
    """The name of the folder of a result: of what is analyzed and how.

    Args:
        config: the analysis, its transforms and settings.
        fingerprints: of the spaces, or of the corpus; none of files alone.
        links: of `links_key`.
    """
    entry = find_analysis(config.analysis)
    settings = {name: _listed(value) for name, value in read_settings(entry, config.settings).items()}
    modules = [table.run.partition(":")[0] for table in entry.tables.values()]
    modules += ["embspace.analyses.transformation"] if config.transforms else []
    modules += [entry.given.reader.partition(":")[0]] if entry.given and config.files else []
    code = [code_fingerprint(module) for module in modules]
    how = [list(config.transforms), settings, list(config.files), VERSION, version("embspace"), code]
    return fingerprint([config.analysis, list(fingerprints), links, *how])


def links_key(config: AnalyzeConfig, workspace: Workspace | None = None) -> str:
    """The fingerprint of the word alignments that an analysis takes; "": none.

    Raises:
        CorpusError: there is no such corpus.
    """
    from embspace.corpora.catalog import links_fingerprint

    taken = (find_analysis(config.analysis).links and not config.files) or _turned(config)
    name = _corpus_name(config, workspace) if taken else SYNTHETIC
    return links_fingerprint(name, workspace) if taken and name != SYNTHETIC else ""


def make_corpora(configs: Sequence[ExtractConfig], workspace: Workspace | None = None) -> list[Corpus]:
    """The sentences of each extraction, those that differ in how they are read alone made once.

    Raises:
        CorpusError: there are none such.
    """
    made: dict[ExtractConfig, Corpus] = {}
    for one in configs:
        if (what := sentences_of(one)) not in made:
            made[what] = make_corpus(one, workspace)
    return [made[sentences_of(one)] for one in configs]


def sentences_of(config: ExtractConfig) -> ExtractConfig:
    """An extraction with all but what names its sentences at the defaults: equal ones read the same corpus."""
    names = {"corpus", "languages", "sentences", "entities", "per_type", "types", "split", "seed"}
    return ExtractConfig(**{one.name: getattr(config, one.name) for one in fields(config) if one.name in names})


def find_tables(
    config: AnalyzeConfig, corpora: Sequence[Corpus], workspace: Workspace
) -> tuple[dict[str, pd.DataFrame] | None, tuple[ExtractConfig, ...]]:
    """The stored tables of a config, and the extractions whose space is not stored; found by reading alone.

    Args:
        config: what is looked for.
        corpora: of `config.spaces`, in their order; not looked at where the spaces are steps of runs.
        workspace: where it is looked for.

    Raises:
        EmbspaceError: a checkpoint does not exist, or what is stored is damaged.
    """
    from embspace.analyses.result_store import read_result

    wanted, links = extractions(config), links_key(config, workspace)
    if config.runs:
        steps = step_spaces(config.runs, workspace)
        return read_result(workspace.results, result_key(config, [one.fingerprint for one in steps], links)), ()
    if not wanted:
        return read_result(workspace.results, result_key(config, [one.fingerprint for one in corpora], links)), ()
    spaces = [find_space(one, corpus, workspace) for one, corpus in zip(wanted, corpora, strict=True)]
    prints = [space.fingerprint for space in spaces if space is not None]
    if len(prints) < len(wanted):
        return None, tuple(one for one, space in zip(wanted, spaces, strict=True) if space is None)
    return read_result(workspace.results, result_key(config, prints, links)), ()


@in_its_workspace
def make_tables(config: AnalyzeConfig, workspace: Workspace, progress: Progress) -> tuple[str, dict[str, pd.DataFrame]]:
    """The key of a result and its tables, the analysis's own first; what is stored is found.

    Raises:
        EmbspaceError: the corpus, a checkpoint, a setting or the disk does not allow it.
    """
    from embspace.analyses.result_store import read_result, write_result

    check_required(find_analysis(config.analysis), config.settings, config.files)
    paths = [kept_file(one, workspace) for one in config.files]
    sources = _sources(config, workspace, progress)
    key = result_key(config, [one.fingerprint for one in sources], links_key(config, workspace))
    if (found := read_result(workspace.results, key)) is not None:
        return key, found
    tables = _compute(config, sources, paths, workspace, progress)
    write_result(workspace.results, key, tables, _record(config, sources))
    return key, tables


def run(config: AnalyzeConfig, workspace: Workspace, progress: Progress) -> dict[str, Any]:
    """Analyze, and say what was stored where: the key, the folder, and the rows of each table."""
    key, tables = make_tables(config, workspace, progress)
    rows = {name: len(table) for name, table in tables.items()}
    return {"analysis": config.analysis, "result": key, "path": str(workspace.results / key), "rows": rows}


def _sources(config: AnalyzeConfig, workspace: Workspace, progress: Progress) -> list[Any]:
    """The spaces of a config, or its corpus; none of files."""
    if config.runs:
        return [*step_spaces(config.runs, workspace)]
    corpora, wanted = make_corpora(config.spaces, workspace), extractions(config)
    if not wanted:
        return [*corpora]
    return [
        find_space(one, corpus, workspace) or make_space(one, workspace, progress)
        for one, corpus in zip(wanted, corpora, strict=True)
    ]


def _compute(
    config: AnalyzeConfig, sources: list[Any], paths: list[Path], workspace: Workspace, progress: Progress
) -> dict[str, pd.DataFrame]:
    entry = find_analysis(config.analysis)
    if config.transforms:
        from embspace.analyses.transformation import transform

        partners = _links(config, sources, workspace) if _turned(config) else {}
        sources = [transform(one, *config.transforms, **partners) for one in sources]
    given = [sources] if entry.takes == "spaces" and (len(sources) > 1 or config.runs) else sources
    settings = read_settings(entry, config.settings)
    beside = _links(config, sources, workspace) if entry.links and not paths else {}
    if entry.given and paths:
        beside[entry.given.argument] = resolve(entry.given.reader)(paths)
    tables: dict[str, pd.DataFrame] = {}
    for name, table in entry.tables.items():
        function = resolve(table.run)
        own = _own(entry, table, settings)
        if table.derived:
            tables[name] = function(next(iter(tables.values())), **own)
        else:
            tables[name] = function(*given, **own, **beside, **_heard(function, progress))
        if config.runs:
            tables[name].attrs["settings"]["trained"] = languages_of_runs(config.runs, workspace)
    return tables


def _turned(config: AnalyzeConfig) -> bool:
    return any(step.startswith("rotate") for step in config.transforms)


def _own(entry: Analysis, table: Table, settings: dict[str, Any]) -> dict[str, Any]:
    names = {one.name for one in settings_of(table.run, first_setting(entry, table))}
    return {name: value for name, value in settings.items() if name in names}


def _heard(function: Any, progress: Progress) -> dict[str, Any]:
    return {"progress": progress} if "progress" in signature(function).parameters else {}


def _links(config: AnalyzeConfig, spaces: Sequence[Any], workspace: Workspace) -> dict[str, Any]:
    """The word alignments of the corpus; nothing where it has none or a space is of entities: they count instead."""
    name = _corpus_name(config, workspace)
    if name == SYNTHETIC or any(space.recipe.get("targets") == "entities" for space in spaces):
        return {}
    from embspace.corpora.catalog import open_links

    links = open_links(name, workspace)
    return {} if links is None else {"links": links}


def _corpus_name(config: AnalyzeConfig, workspace: Workspace | None) -> str:
    """The corpus whose word alignments count."""
    if config.runs:
        return probed_corpus(config.runs, workspace or current_workspace())
    return config.spaces[0].corpus if config.spaces else SYNTHETIC


def _record(config: AnalyzeConfig, sources: Sequence[Any]) -> dict[str, Any]:
    """What made a result, for people and programs."""
    of = [one.fingerprint for one in sources]
    return {"version": VERSION, "embspace": version("embspace"), "config": asdict(config), "of": of}


def _listed(value: Any) -> Any:
    """A setting that can be fingerprinted: equal ones alike, whether lists or tuples."""
    return list(value) if isinstance(value, tuple | list) else value
