"""The same in Python, and on the command line: lines that make a view's figures, or a space, elsewhere."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from choice import Choice
from embspace.corpora.templates import CODES
from embspace.spaces.shelf import StoredSpace
from embspace.workflows.extract import ExtractConfig

_DEFAULT = ExtractConfig()
_CORPUS = ("types", "split", "seed")
_SETTINGS = ("targets", "tokenize_as", "pooling", "layers", "dtype", "stored_dtype", "window", "overlap")


def python_lines(view: Choice) -> str:
    """Lines that end in the view's figures: the map, and what stands below it."""
    languages = [] if view.languages == CODES else [f"languages={list(view.languages)!r}"]
    words = view.words[0] if len(view.words) == 1 else list(view.words)
    corpus = [*languages, f"entity={words!r}", f"per_type={view.per_type}"]
    return "\n".join(
        [
            "import embspace as es",
            "",
            f"corpus = es.synthetic_ner({', '.join(corpus)})",
            f"space = es.extract({view.checkpoint!r}, corpus)",
            f"places = es.project(space, {', '.join(_settings(view))})",
            f"es.figures.projection_map(places, color={view.color!r}, symbol={view.shape!r})",
            "es.figures.tokenization_table(es.tokenization(space))",
            f"es.figures.similarity_heatmap(es.similarity(space, layer={view.layers[-1]}))",
        ]
    )


def _settings(view: Choice) -> list[str]:
    layer = view.layers[0] if len(view.layers) == 1 else list(view.layers)
    found = [f"layer={layer}", f"method={view.method!r}"]
    if view.method == "tsne":
        found.append(f"perplexity={view.perplexity:g}")
    if view.method == "umap":
        found += [f"neighbors={view.neighbors}", f"min_distance={view.min_distance:g}"]
    if view.dimensions == 3:
        found.append("dimensions=3")
    if view.center:
        found.append('center="language"')
    return found


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
    corpus = [f"entity={list(config.entities)!r}"] if len(config.entities) > 1 else []
    corpus += [f"entity={config.entities[0]!r}"] if len(config.entities) == 1 else []
    corpus = [*_given(config, ("languages",)), *corpus, f"per_type={config.per_type}", *_given(config, _CORPUS)]
    settings = _given(config, _SETTINGS)
    return "\n".join(
        [
            "import embspace as es",
            "",
            f"corpus = es.synthetic_ner({', '.join(corpus)})",
            f"space = es.extract({', '.join([repr(config.checkpoint), 'corpus', *settings])})",
            *look,
        ]
    )


def command_lines(one: StoredSpace, config: ExtractConfig | None) -> str:
    """Commands of the same space: its workspace, what makes it, and what can be done with it."""
    lines = [f"export EMBSPACE_WORKSPACE={shlex.quote(str(one.path.parents[1]))}"]
    if config is not None:
        options = [f"--entity {shlex.quote(name)}" for name in config.entities]
        for name in ("languages", "per_type", *_CORPUS, *_SETTINGS):
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
