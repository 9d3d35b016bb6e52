"""Results -> plotly. The one room with a door of its own, so that `es.figures.projection_map` works; loaded on use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from embspace.figures.change import drift_bars as drift_bars
    from embspace.figures.cka import cka_heatmap as cka_heatmap
    from embspace.figures.isotropy import isotropy_curves as isotropy_curves
    from embspace.figures.neighbor_overlap import overlap_curves as overlap_curves
    from embspace.figures.probes import probe_curves as probe_curves
    from embspace.figures.projection import projection_map as projection_map
    from embspace.figures.relatedness import relatedness_histograms as relatedness_histograms
    from embspace.figures.saving import save as save
    from embspace.figures.similarity import similarity_curves as similarity_curves
    from embspace.figures.similarity import similarity_heatmap as similarity_heatmap
    from embspace.figures.spelling import spelling_pairs as spelling_pairs
    from embspace.figures.tokenization import fertility_bars as fertility_bars
    from embspace.figures.tokenization import tokenization_table as tokenization_table

_DOORS = {
    "cka_heatmap": "embspace.figures.cka",
    "drift_bars": "embspace.figures.change",
    "fertility_bars": "embspace.figures.tokenization",
    "isotropy_curves": "embspace.figures.isotropy",
    "overlap_curves": "embspace.figures.neighbor_overlap",
    "probe_curves": "embspace.figures.probes",
    "projection_map": "embspace.figures.projection",
    "relatedness_histograms": "embspace.figures.relatedness",
    "save": "embspace.figures.saving",
    "similarity_curves": "embspace.figures.similarity",
    "similarity_heatmap": "embspace.figures.similarity",
    "spelling_pairs": "embspace.figures.spelling",
    "tokenization_table": "embspace.figures.tokenization",
}

__all__ = [
    "cka_heatmap",
    "drift_bars",
    "fertility_bars",
    "isotropy_curves",
    "overlap_curves",
    "probe_curves",
    "projection_map",
    "relatedness_histograms",
    "save",
    "similarity_curves",
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
