"""The same in Python: the lines that make a view's figures in a notebook."""

from __future__ import annotations

from choice import Choice
from embspace.corpora.templates import CODES


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
