"""The map in Python, and on the command line: lines that make a view's figures elsewhere."""

from __future__ import annotations

import shlex

from choice import Choice, marks
from embspace.corpora.entries import Entry
from python_lines import command_options, corpus_line, extract_call


def map_lines(view: Choice, entry: Entry | None = None, tables: bool = True) -> str:
    """Lines that end in the view's figures: the map, and what stands below it.

    Args:
        view: of the map.
        entry: what the catalog knows of its corpus.
        tables: whether tables stand below it.
    """
    config, used = view.config(), dict[str, None]()
    corpus = corpus_line(config.extract, used)
    space, each = (
        extract_call(config.extract, one, config.transforms, used) for one in (repr(view.checkpoint), "name")
    )
    places = f"places = es.project({'[space, *beside]' if view.beside else 'space'}, {', '.join(_settings(view))})"
    below = [
        "es.figures.tokenization_table(es.tokenization(space))",
        f"es.figures.similarity_heatmap(es.similarity(space, layer={view.layers[-1]}))",
    ]
    return "\n".join(
        [
            "import embspace as es",
            *used,
            "",
            corpus,
            f"space = {space}",
            *([f"beside = [{each} for name in {list(view.beside)!r}]"] if view.beside else []),
            places,
            f"es.figures.projection_map({', '.join(_marks(view, entry))})",
            *(below if tables else []),
        ]
    )


def map_command(view: Choice, entry: Entry | None = None) -> str:
    """The command that writes the same map to a page."""
    config = view.config()
    layers = _layer(view)
    options = command_options(config.extract, config.transforms)
    options.append(f"--layers={','.join(map(str, layers)) if isinstance(layers, list) else layers}")
    options.append(f"--method {view.method}")
    if view.method == "tsne":
        options.append(f"--perplexity {view.perplexity:g}")
    if view.method == "umap":
        options += [f"--neighbors {view.neighbors}", f"--min-distance {view.min_distance:g}"]
    options += ["--dimensions 3"] if view.dimensions == 3 else []
    options += ["--frame joint"] if view.frame == "joint" else []
    for name, value, usual in zip(("color", "symbol"), marks(view, entry), ("language", "type"), strict=True):
        options += [f"--{name} {value}"] if value != usual else []
    return " ".join(
        ["embspace project", *map(shlex.quote, (view.checkpoint, *view.beside)), *options, "--output map.html"]
    )


def _layer(view: Choice) -> int | list[int] | str:
    """The layers that are placed: lines need those before, and one run is of all layers."""
    if view.play == "layers" or view.lines or view.frame == "joint":
        return "all"
    return view.layers[0] if len(view.layers) == 1 else list(view.layers)


def _marks(view: Choice, entry: Entry | None) -> list[str]:
    color, shape = marks(view, entry)
    found = ["places", f"color={color!r}", f"symbol={None if shape == 'none' else shape!r}"]
    if view.play != "layers":
        found.append(f"layer={list(view.layers)!r}")
    if view.play != "no":
        found.append(f'animate="{view.play[:-1]}"')
    return [*found, "lines=True"] if view.lines else found


def _settings(view: Choice) -> list[str]:
    found = [f"layer={_layer(view)!r}", f"method={view.method!r}"]
    if view.method == "tsne":
        found.append(f"perplexity={view.perplexity:g}")
    if view.method == "umap":
        found += [f"neighbors={view.neighbors}", f"min_distance={view.min_distance:g}"]
    if view.dimensions == 3:
        found.append("dimensions=3")
    if view.frame == "joint":
        found.append('frame="joint"')
    return found
