"""Results -> plotly. The one room with a door of its own, so that `es.figures.projection_map` works; loaded on use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from embspace.figures.change import drift_bars as drift_bars
    from embspace.figures.cka import cka_heatmap as cka_heatmap
    from embspace.figures.confusion import confusion_matrices as confusion_matrices
    from embspace.figures.error_counts import error_counts_heatmap as error_counts_heatmap
    from embspace.figures.errors import error_bars as error_bars
    from embspace.figures.errors import organization_bars as organization_bars
    from embspace.figures.grouping import grouping_curves as grouping_curves
    from embspace.figures.grouping import variance_shares as variance_shares
    from embspace.figures.hubness import hub_bars as hub_bars
    from embspace.figures.hubness import k_occurrence_histogram as k_occurrence_histogram
    from embspace.figures.isotropy import isotropy_curves as isotropy_curves
    from embspace.figures.isotropy_change import change_correlation_heatmap as change_correlation_heatmap
    from embspace.figures.isotropy_change import isotropy_change_curves as isotropy_change_curves
    from embspace.figures.neighbor_overlap import overlap_curves as overlap_curves
    from embspace.figures.neighbors import neighbors_html as neighbors_html
    from embspace.figures.neighbors import neighbors_table as neighbors_table
    from embspace.figures.over_steps import step_curves as step_curves
    from embspace.figures.precision import precision_bars as precision_bars
    from embspace.figures.precision import precision_heatmap as precision_heatmap
    from embspace.figures.probes import probe_curves as probe_curves
    from embspace.figures.projection import projection_map as projection_map
    from embspace.figures.relatedness import relatedness_histograms as relatedness_histograms
    from embspace.figures.saving import save as save
    from embspace.figures.sentence_retrieval import retrieval_curves as retrieval_curves
    from embspace.figures.significance import significance_bars as significance_bars
    from embspace.figures.similarity import similarity_curves as similarity_curves
    from embspace.figures.similarity import similarity_heatmap as similarity_heatmap
    from embspace.figures.spelling import spelling_pairs as spelling_pairs
    from embspace.figures.tagged_text import tagged_html as tagged_html
    from embspace.figures.tokenization import fertility_bars as fertility_bars
    from embspace.figures.tokenization import tokenization_table as tokenization_table
    from embspace.figures.training import loss_curves as loss_curves
    from embspace.figures.training import score_curves as score_curves
    from embspace.figures.transfer import transfer_scatter as transfer_scatter

_DOORS = {
    "change_correlation_heatmap": "embspace.figures.isotropy_change",
    "cka_heatmap": "embspace.figures.cka",
    "confusion_matrices": "embspace.figures.confusion",
    "drift_bars": "embspace.figures.change",
    "error_bars": "embspace.figures.errors",
    "error_counts_heatmap": "embspace.figures.error_counts",
    "fertility_bars": "embspace.figures.tokenization",
    "grouping_curves": "embspace.figures.grouping",
    "hub_bars": "embspace.figures.hubness",
    "isotropy_change_curves": "embspace.figures.isotropy_change",
    "isotropy_curves": "embspace.figures.isotropy",
    "k_occurrence_histogram": "embspace.figures.hubness",
    "loss_curves": "embspace.figures.training",
    "neighbors_html": "embspace.figures.neighbors",
    "neighbors_table": "embspace.figures.neighbors",
    "organization_bars": "embspace.figures.errors",
    "overlap_curves": "embspace.figures.neighbor_overlap",
    "precision_bars": "embspace.figures.precision",
    "precision_heatmap": "embspace.figures.precision",
    "probe_curves": "embspace.figures.probes",
    "projection_map": "embspace.figures.projection",
    "relatedness_histograms": "embspace.figures.relatedness",
    "save": "embspace.figures.saving",
    "score_curves": "embspace.figures.training",
    "significance_bars": "embspace.figures.significance",
    "retrieval_curves": "embspace.figures.sentence_retrieval",
    "similarity_curves": "embspace.figures.similarity",
    "similarity_heatmap": "embspace.figures.similarity",
    "spelling_pairs": "embspace.figures.spelling",
    "step_curves": "embspace.figures.over_steps",
    "tagged_html": "embspace.figures.tagged_text",
    "tokenization_table": "embspace.figures.tokenization",
    "transfer_scatter": "embspace.figures.transfer",
    "variance_shares": "embspace.figures.grouping",
}

__all__ = [
    "change_correlation_heatmap",
    "cka_heatmap",
    "confusion_matrices",
    "drift_bars",
    "error_bars",
    "error_counts_heatmap",
    "fertility_bars",
    "grouping_curves",
    "hub_bars",
    "isotropy_change_curves",
    "isotropy_curves",
    "k_occurrence_histogram",
    "loss_curves",
    "neighbors_html",
    "neighbors_table",
    "organization_bars",
    "overlap_curves",
    "precision_bars",
    "precision_heatmap",
    "probe_curves",
    "projection_map",
    "relatedness_histograms",
    "retrieval_curves",
    "save",
    "score_curves",
    "significance_bars",
    "similarity_curves",
    "similarity_heatmap",
    "spelling_pairs",
    "step_curves",
    "tagged_html",
    "tokenization_table",
    "transfer_scatter",
    "variance_shares",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _DOORS:
        raise AttributeError(f"module 'embspace.figures' has no attribute {name!r}; it offers {', '.join(__all__)}")
    globals()[name] = value = getattr(import_module(_DOORS[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
