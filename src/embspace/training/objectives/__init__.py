"""Objectives by name. A further one: a class that fulfills `Objective`, and a line here."""

from __future__ import annotations

from embspace.training.objectives.adjustment import Adjustment
from embspace.training.objectives.base import MakeObjective, Objective
from embspace.training.objectives.cloze import Cloze
from embspace.training.objectives.language_id import LanguageId
from embspace.training.objectives.predictive_cloze import PredictiveCloze
from embspace.training.objectives.state_alignment import AverageLinkage, IdenticalStrings, MeanVariance

_ALL = (LanguageId, Cloze, PredictiveCloze, MeanVariance, AverageLinkage, IdenticalStrings, Adjustment)
OBJECTIVES: dict[str, MakeObjective] = {one.name: one for one in _ALL}

__all__ = [
    "OBJECTIVES",
    "Adjustment",
    "AverageLinkage",
    "Cloze",
    "IdenticalStrings",
    "LanguageId",
    "MakeObjective",
    "MeanVariance",
    "Objective",
    "PredictiveCloze",
]
