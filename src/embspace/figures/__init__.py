"""Results -> plotly. The one room with a door of its own, so that `es.figures.projection_map` works; loaded on use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from embspace.figures.isotropy import isotropy_curves as isotropy_curves
    from embspace.figures.projection import projection_map as projection_map
    from embspace.figures.saving import save as save
    from embspace.figures.similarity import similarity_heatmap as similarity_heatmap
    from embspace.figures.spelling import spelling_pairs as spelling_pairs
    from embspace.figures.tokenization import fertility_bars as fertility_bars
    from embspace.figures.tokenization import tokenization_table as tokenization_table

_DOORS = {
    "fertility_bars": "embspace.figures.tokenization",
    "isotropy_curves": "embspace.figures.isotropy",
    "projection_map": "embspace.figures.projection",
    "save": "embspace.figures.saving",
    "similarity_heatmap": "embspace.figures.similarity",
    "spelling_pairs": "embspace.figures.spelling",
    "tokenization_table": "embspace.figures.tokenization",
}

__all__ = [
    "fertility_bars",
    "isotropy_curves",
    "projection_map",
    "save",
    "similarity_heatmap",
    "spelling_pairs",
    "tokenization_table",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _DOORS:
        raise AttributeError(f"module 'embspace.figures' has no attribute {name!r}; it offers {', '.join(__all__)}")
    globals()[name] = value = getattr(import_module(_DOORS[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
