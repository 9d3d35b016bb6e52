"""embspace: see and measure how a multilingual model's space holds languages, words and named entities.

    corpus ──> encoder ──> space ──> analysis ──> figure ──> page / notebook / file
       └─────────> training ──> checkpoint ──> (an encoder again)

    errors progress storage workspace    what every room stands on
    corpora/      files -> records
    encoders/     words -> pieces -> states of every layer
    spaces/       corpus x encoder -> vectors on disk
    analyses/     spaces -> tidy results
    training/     corpora + encoders -> checkpoints
    jobs/         long work in a process of its own
    workflows/    a whole job: run(config, workspace, progress)
    figures/      results -> plotly
    studies/      papers made again, beside their published numbers
    cli           `embspace ...`, one verb per workflow

Imports run one way, from the bottom of this list to its top; `docs/architecture.md` has the contracts. This module is a
door plate: its names are loaded when they are first used, so `import embspace` loads no model library.

    import embspace as es

    corpus = es.synthetic_ner(languages=["be", "en", "ru", "tr"], entity="Washington", per_type=100)
    space = es.extract("mini", corpus)
    es.figures.projection_map(es.project(space, layer=-1))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from embspace import figures as figures
    from embspace.analyses.change import change as change
    from embspace.analyses.cka import cka as cka
    from embspace.analyses.confusion import confusion as confusion
    from embspace.analyses.errors import organizations as organizations
    from embspace.analyses.errors import tagging_errors as tagging_errors
    from embspace.analyses.grouping import grouping as grouping
    from embspace.analyses.hubness import hub_skewness as hub_skewness
    from embspace.analyses.hubness import hubness as hubness
    from embspace.analyses.isotropy import dominant_dimensions as dominant_dimensions
    from embspace.analyses.isotropy import isotropy as isotropy
    from embspace.analyses.isotropy_change import change_correlation as change_correlation
    from embspace.analyses.isotropy_change import isotropy_change as isotropy_change
    from embspace.analyses.neighbor_overlap import neighbor_overlap as neighbor_overlap
    from embspace.analyses.neighbors import neighbors as neighbors
    from embspace.analyses.out_of_sample import place as place
    from embspace.analyses.precision import precision_at_k as precision_at_k
    from embspace.analyses.predictions import read_predictions as read_predictions
    from embspace.analyses.probes import probe as probe
    from embspace.analyses.projection import project as project
    from embspace.analyses.relatedness import relatedness as relatedness
    from embspace.analyses.relatedness import relatedness_distances as relatedness_distances
    from embspace.analyses.sentence_retrieval import best_layers as best_layers
    from embspace.analyses.sentence_retrieval import sentence_retrieval as sentence_retrieval
    from embspace.analyses.significance import significance as significance
    from embspace.analyses.similarity import similarity as similarity
    from embspace.analyses.spelling import spelled as spelled
    from embspace.analyses.spelling import spelling as spelling
    from embspace.analyses.spelling import tnld as tnld
    from embspace.analyses.tokenization import fertility as fertility
    from embspace.analyses.tokenization import shared_pieces as shared_pieces
    from embspace.analyses.tokenization import splits as splits
    from embspace.analyses.tokenization import tokenization as tokenization
    from embspace.analyses.transfer import transfer as transfer
    from embspace.analyses.transfer import transfer_correlation as transfer_correlation
    from embspace.analyses.transfer_errors import read_transfer as read_transfer
    from embspace.analyses.transfer_errors import transfer_counts as transfer_counts
    from embspace.analyses.transfer_errors import transfer_from as transfer_from
    from embspace.analyses.transformation import transform as transform
    from embspace.analyses.wrong_words import error_counts as error_counts
    from embspace.analyses.wrong_words import wrong_words as wrong_words
    from embspace.corpora.alignment import align as align
    from embspace.corpora.dictionaries import read_dictionary as read_dictionary
    from embspace.corpora.preprocessing import preprocess as preprocess
    from embspace.corpora.sources import corpus as corpus
    from embspace.corpora.synthetic_ner import synthetic_ner as synthetic_ner
    from embspace.corpora.tags import one_entity_each as one_entity_each
    from embspace.encoders.loading import load_encoder as load_encoder
    from embspace.errors import EmbspaceError as EmbspaceError
    from embspace.spaces.extraction import extract as extract
    from embspace.training.history import training_log as training_log
    from embspace.training.tagging_text import predict as predict
    from embspace.workflows.adjust import adjust as adjust
    from embspace.workflows.export_checkpoint import export_checkpoint as export_checkpoint
    from embspace.workflows.step_spaces import step_spaces as step_spaces
    from embspace.workflows.train import train as train
    from embspace.workspace import Workspace as Workspace
    from embspace.workspace import current_workspace as current_workspace

    __version__: str

_DOORS = {
    "EmbspaceError": "embspace.errors",
    "Workspace": "embspace.workspace",
    "adjust": "embspace.workflows.adjust",
    "align": "embspace.corpora.alignment",
    "best_layers": "embspace.analyses.sentence_retrieval",
    "change": "embspace.analyses.change",
    "change_correlation": "embspace.analyses.isotropy_change",
    "cka": "embspace.analyses.cka",
    "confusion": "embspace.analyses.confusion",
    "corpus": "embspace.corpora.sources",
    "current_workspace": "embspace.workspace",
    "dominant_dimensions": "embspace.analyses.isotropy",
    "error_counts": "embspace.analyses.wrong_words",
    "export_checkpoint": "embspace.workflows.export_checkpoint",
    "extract": "embspace.spaces.extraction",
    "fertility": "embspace.analyses.tokenization",
    "grouping": "embspace.analyses.grouping",
    "hub_skewness": "embspace.analyses.hubness",
    "hubness": "embspace.analyses.hubness",
    "isotropy": "embspace.analyses.isotropy",
    "isotropy_change": "embspace.analyses.isotropy_change",
    "load_encoder": "embspace.encoders.loading",
    "neighbor_overlap": "embspace.analyses.neighbor_overlap",
    "neighbors": "embspace.analyses.neighbors",
    "one_entity_each": "embspace.corpora.tags",
    "organizations": "embspace.analyses.errors",
    "place": "embspace.analyses.out_of_sample",
    "precision_at_k": "embspace.analyses.precision",
    "predict": "embspace.training.tagging_text",
    "preprocess": "embspace.corpora.preprocessing",
    "probe": "embspace.analyses.probes",
    "project": "embspace.analyses.projection",
    "read_dictionary": "embspace.corpora.dictionaries",
    "read_predictions": "embspace.analyses.predictions",
    "read_transfer": "embspace.analyses.transfer_errors",
    "relatedness": "embspace.analyses.relatedness",
    "relatedness_distances": "embspace.analyses.relatedness",
    "sentence_retrieval": "embspace.analyses.sentence_retrieval",
    "shared_pieces": "embspace.analyses.tokenization",
    "significance": "embspace.analyses.significance",
    "similarity": "embspace.analyses.similarity",
    "spelled": "embspace.analyses.spelling",
    "spelling": "embspace.analyses.spelling",
    "splits": "embspace.analyses.tokenization",
    "step_spaces": "embspace.workflows.step_spaces",
    "synthetic_ner": "embspace.corpora.synthetic_ner",
    "tagging_errors": "embspace.analyses.errors",
    "tnld": "embspace.analyses.spelling",
    "tokenization": "embspace.analyses.tokenization",
    "train": "embspace.workflows.train",
    "training_log": "embspace.training.history",
    "transfer": "embspace.analyses.transfer",
    "transfer_correlation": "embspace.analyses.transfer",
    "transfer_counts": "embspace.analyses.transfer_errors",
    "transfer_from": "embspace.analyses.transfer_errors",
    "transform": "embspace.analyses.transformation",
    "wrong_words": "embspace.analyses.wrong_words",
}

__all__ = [
    "EmbspaceError",
    "Workspace",
    "__version__",
    "align",
    "best_layers",
    "change",
    "change_correlation",
    "cka",
    "confusion",
    "corpus",
    "current_workspace",
    "dominant_dimensions",
    "error_counts",
    "export_checkpoint",
    "extract",
    "fertility",
    "figures",
    "grouping",
    "hub_skewness",
    "hubness",
    "isotropy",
    "isotropy_change",
    "load_encoder",
    "neighbor_overlap",
    "neighbors",
    "one_entity_each",
    "organizations",
    "place",
    "precision_at_k",
    "predict",
    "preprocess",
    "probe",
    "project",
    "read_dictionary",
    "read_predictions",
    "read_transfer",
    "relatedness",
    "relatedness_distances",
    "sentence_retrieval",
    "shared_pieces",
    "significance",
    "similarity",
    "spelled",
    "spelling",
    "splits",
    "step_spaces",
    "synthetic_ner",
    "tagging_errors",
    "tnld",
    "tokenization",
    "train",
    "training_log",
    "transfer",
    "transfer_correlation",
    "transfer_counts",
    "transfer_from",
    "transform",
    "wrong_words",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _DOORS:
        value = getattr(import_module(_DOORS[name]), name)
    elif name == "figures":
        value = import_module("embspace.figures")
    elif name == "__version__":
        from importlib.metadata import version

        value = version("embspace")
    else:
        raise AttributeError(f"module 'embspace' has no attribute {name!r}; it offers {', '.join(__all__)}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
