"""The same in Python: the lines that make a view's figure in a notebook."""

from __future__ import annotations

from choice import Choice

from embspace.corpora.templates import CODES


def python_lines(view: Choice, layers: list[int]) -> str:
    """Lines that end in the figure of each of the layers."""
    corpus = [] if view.languages == CODES else [f"languages={list(view.languages)!r}"]
    corpus.append(_entity(view))
    corpus.append(f"per_type={view.per_type}")
    return "\n".join(
        [
            "import embspace as es",
            "",
            f"corpus = es.synthetic_ner({', '.join(corpus)})",
            f"space = es.extract({view.checkpoint!r}, corpus)",
            f"places = es.project(space, {', '.join(_settings(view))})",
            *(
                f"es.figures.projection_map(places, color={view.color!r}, symbol={view.shape!r}, layer={layer})"
                for layer in layers
            ),
        ]
    )


def _entity(view: Choice) -> str:
    return f"entity={view.words[0]!r}" if len(view.words) == 1 else f"entity={list(view.words)!r}"


def _settings(view: Choice) -> list[str]:
    found = ['layer="all"', f'method="{view.method}"']
    if view.method == "tsne":
        found.append(f"perplexity={view.perplexity:g}")
    if view.method == "umap":
        found += [f"neighbors={view.neighbors}", f"min_distance={view.min_distance:g}"]
    if view.dimensions == 3:
        found.append("dimensions=3")
    if view.center:
        found.append('center="language"')
    return found
