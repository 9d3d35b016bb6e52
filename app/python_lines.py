"""The same in Python, and on the command line: lines that make an analysis, or a space, elsewhere."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Sequence
from inspect import signature

import embspace
from embspace import figures
from embspace.corpora.entries import SYNTHETIC
from embspace.spaces.shelf import StoredSpace
from embspace.workflows.analyses import find_analysis
from embspace.workflows.analysis import Analysis, resolve
from embspace.workflows.analysis_settings import REQUIRED, first_setting, read_settings, settings_of
from embspace.workflows.analyze import AnalyzeConfig, extractions
from embspace.workflows.analyzed_runs import of_steps, probed_corpus
from embspace.workflows.extract import ExtractConfig
from embspace.workspace import current_workspace
from subject import Question

_DEFAULT = ExtractConfig()
_CORPUS = ("types", "split", "seed")
_SETTINGS = ("targets", "tokenize_as", "pooling", "layers", "dtype", "stored_dtype", "window", "overlap")


def space_lines(one: StoredSpace, config: ExtractConfig | None) -> str:
    """Lines that open a stored space; where its settings are known, those that make it first."""
    opened = [
        "from pathlib import Path",
        "",
        "from embspace.spaces.space import open_space",
        "",
        f"space = open_space(Path({str(one.path)!r}))",
    ]
    look = ["space.words", f"space.layer({one.layers[-1]})" if one.layers else "space.layer(-1)"]
    if config is None:
        return "\n".join([*opened, *look])
    used: dict[str, None] = {}
    corpus = corpus_line(config, used)
    settings = _given(config, _SETTINGS)
    return "\n".join(
        [
            "import embspace as es",
            *used,
            "",
            corpus,
            f"space = es.extract({', '.join([repr(config.checkpoint), 'corpus', *settings])})",
            *look,
        ]
    )


def command_lines(one: StoredSpace, config: ExtractConfig | None) -> str:
    """Commands of the same space: its workspace, what makes it, and what can be done with it."""
    lines = [f"export EMBSPACE_WORKSPACE={shlex.quote(str(one.path.parents[1]))}"]
    if config is not None:
        options = [f"--entity {shlex.quote(name)}" for name in config.entities]
        for name in ("corpus", "languages", "sentences", "per_type", *_CORPUS, *_SETTINGS):
            value = getattr(config, name)
            if value != getattr(_DEFAULT, name):
                text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
                options.append(f"--{name.replace('_', '-')}={shlex.quote(text)}")
        lines.append(" ".join(["embspace extract", shlex.quote(config.checkpoint), *options]))
    short = shlex.quote(one.path.name[:12])
    lines += [f"embspace spaces {verb} {short}" for verb in ("show", "verify", "repair")]
    return "\n".join([*lines, f"embspace spaces export {short} {short}.zarr", f"embspace spaces remove {short}"])


def _given(config: ExtractConfig, names: Iterable[str]) -> list[str]:
    """Arguments of Python for the settings that are not at their defaults."""
    values = {name: getattr(config, name) for name in names if getattr(config, name) != getattr(_DEFAULT, name)}
    return [f"{name}={list(value) if isinstance(value, tuple) else value!r}" for name, value in values.items()]


def analysis_lines(asked: Question) -> str:
    """Lines that end in the tables and figures of a page of an analysis."""
    entry, config = find_analysis(asked.analysis), asked.config()
    used: dict[str, None] = {}
    lines = [] if config.runs else [corpus_line(one, used) for one in config.spaces[:1]]
    source = "corpus"
    if config.runs:
        steps = repr(config.runs[0] if len(config.runs) == 1 else list(config.runs))
        steps = f"{_name('embspace.workflows.step_spaces:step_spaces', used)}({steps})"
        if config.transforms:
            how = "".join(f", {one!r}" for one in config.transforms)
            steps = f"[{_name('embspace.analyses.transformation:transform', used)}(one{how}) for one in {steps}]"
        lines.append(f"spaces = {steps}")
        source = "spaces"
    elif config.spaces and entry.takes != "corpus":
        lines += _space_lines(entry, config, used)
        source = "before, after" if entry.takes == "pair" else "space" if len(config.spaces) == 1 else "spaces"
    if entry.given and (config.files or entry.given.needed):
        name = entry.given.argument
        lines.append(f"{name} = {_name(entry.given.reader, used)}({_paths(config.files, entry.given.example)})")
        source = name if entry.takes == "files" else f"{source}, {name}={name}"
    elif entry.links and (corpus := _linked(config)):
        lines.append(f"links = {_name('embspace.corpora.catalog:open_links', used)}({corpus!r})")
        source += ", links=links"
    settings = read_settings(entry, config.settings)
    for name, table in entry.tables.items():
        known = {one.name: one.default for one in settings_of(table.run, first_setting(entry, table))}
        given = [f"{one}={_plain(value)}" for one, value in settings.items() if one in known]
        given += [f"{one}=..." for one, usual in known.items() if usual is REQUIRED and one not in settings]
        what = "result" if table.derived else source
        variable = "result" if name == next(iter(entry.tables)) else f"{name}_table"
        lines.append(f"{variable} = {_name(table.run, used)}({', '.join([what, *given])})")
        for path in table.drawings(of_steps(asked.checkpoints)):
            told = signature(resolve(path)).parameters
            layer = "layer" in told and "layer" in known and path not in table.over_layers
            layer &= _holds(settings.get("layer", known.get("layer")), asked.subject.layer)
            shown = [f"layer={asked.subject.layer}"] if layer else []
            shown += [f"{option}={value!r}" for option, value in asked.drawn.items() if option in told]
            lines.append(f"{_name(path, used)}({', '.join([variable, *shown])})")
    return "\n".join([*(["import embspace as es"] if any("es." in one for one in lines) else []), *used, "", *lines])


def _linked(config: AnalyzeConfig) -> str:
    """The corpus whose word alignments count; empty: none do."""
    first = config.spaces[0]
    corpus = probed_corpus(config.runs, current_workspace()) if config.runs else first.corpus
    return corpus if corpus != SYNTHETIC and first.targets != "entities" else ""


def analysis_command(asked: Question) -> str:
    """The command that shows the same tables."""
    entry, config = find_analysis(asked.analysis), asked.config()
    first = config.spaces[0] if config.spaces else _DEFAULT
    names = [] if entry.takes == "corpus" else [shlex.quote(one.checkpoint) for one in config.spaces]
    if entry.given and (config.files or entry.given.needed):
        kept = _kept(config.files) or [entry.given.example]
        names += [f"--{entry.given.argument} {shlex.quote(one)}" for one in kept]
    options = command_options(_DEFAULT if config.runs else first, config.transforms)
    for name, value in config.settings.items():
        text = value if isinstance(value, str) else json.dumps(value)
        options.append(f"--set {shlex.quote(f'{name}={text}')}")
    return " ".join(["embspace analyze", asked.analysis, *names, *options])


def command_options(config: ExtractConfig, transforms: Sequence[str]) -> list[str]:
    """The options of a command that say which sentences, which of their words, and what is done to their vectors."""
    options = [f"--entity {shlex.quote(name)}" for name in config.entities]
    for name in ("corpus", "sentences", "languages", "per_type", "targets"):
        value = getattr(config, name)
        if value != getattr(_DEFAULT, name):
            text = ",".join(value) if isinstance(value, tuple) else str(value)
            options.append(f"--{name.replace('_', '-')} {shlex.quote(text)}")
    return options + [f"--transform {shlex.quote(step)}" for step in transforms]


def _kept(files: Sequence[str]) -> list[str]:
    """Where given files lie; one that is not there any more by its name alone."""
    places = [current_workspace().files / one for one in files]
    return [str(one) if one.is_file() else one.name for one in places]


def _paths(files: Sequence[str], example: str) -> str:
    """The argument of a reader of given files."""
    kept = _kept(files) or [example]
    return repr(kept[0] if len(kept) == 1 else kept)


def corpus_line(config: ExtractConfig, used: dict[str, None]) -> str:
    """The line that makes `corpus`; imports that it needs are added to `used`."""
    if config.corpus != SYNTHETIC:
        given = [f"languages={list(config.languages)!r}"] if config.languages else []
        given += [f"limit={config.sentences}"] if config.sentences else []
        opened = _name("embspace.corpora.catalog:open_corpus", used)
        return f"corpus = {opened}({', '.join([repr(config.corpus), *given])})"
    names = list(config.entities)
    named = [f"entity={(names[0] if len(names) == 1 else names)!r}"] if names else []
    corpus = [*_given(config, ("languages",)), *named, f"per_type={config.per_type}", *_given(config, _CORPUS)]
    return f"corpus = es.synthetic_ner({', '.join(corpus)})"


def _space_lines(entry: Analysis, config: AnalyzeConfig, used: dict[str, None]) -> list[str]:
    """Lines that name `space`, `before` and `after`, or `spaces`."""
    kept = extractions(config)

    def extract(checkpoint: str) -> str:
        return extract_call(kept[0], checkpoint, config.transforms, used)

    if entry.takes == "spaces" and len(kept) > 1:
        names = ", ".join(repr(one.checkpoint) for one in kept)
        return [f"spaces = [{extract('name')} for name in [{names}]]"]
    variables = ["before", "after"] if entry.takes == "pair" else ["space"]
    return [f"{name} = {extract(repr(one.checkpoint))}" for name, one in zip(variables, kept, strict=True)]


def extract_call(config: ExtractConfig, checkpoint: str, transforms: Sequence[str], used: dict[str, None]) -> str:
    """The call that makes a space of `corpus`, transformed; its imports go to `used`.

    Args:
        config: of the extraction, but for its checkpoint.
        checkpoint: as Python code.
        transforms: in order.
        used: gets the imports.
    """
    settings = "".join(f", {one}" for one in _given(config, _SETTINGS))
    extract = f"es.extract({checkpoint}, corpus{settings})"
    if not transforms:
        return extract
    steps, links = "".join(f", {step!r}" for step in transforms), ""
    if any(step.startswith("rotate") for step in transforms) and config.corpus != SYNTHETIC:
        links = f", links={_name('embspace.corpora.catalog:open_links', used)}({config.corpus!r})"
    return f"{_name('embspace.analyses.transformation:transform', used)}({extract}{steps}{links})"


def _name(path: str, used: dict[str, None]) -> str:
    """How a function is called in the lines; one that the door does not offer adds its import to `used`."""
    module, _, name = path.partition(":")
    if module.startswith("embspace.figures.") and figures._DOORS.get(name) == module:
        return f"es.figures.{name}"
    if embspace._DOORS.get(name) == module:
        return f"es.{name}"
    used[f"from {module} import {name}"] = None
    return name


def _holds(layers: object, layer: int) -> bool:
    """Whether a result of some layers has one of them, as far as their names say."""
    return layers in (None, "all") or layer == layers or (isinstance(layers, list | tuple) and layer in layers)


def _plain(value: object) -> str:
    return repr(list(value)) if isinstance(value, tuple) else repr(value)
