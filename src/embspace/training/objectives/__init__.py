"""Objectives by name. A further one: a class that fulfills `Objective`, and a line here."""

from __future__ import annotations

from embspace.training.objectives.base import MakeObjective, Objective
from embspace.training.objectives.cloze import Cloze
from embspace.training.objectives.language_id import LanguageId
from embspace.training.objectives.predictive_cloze import PredictiveCloze

OBJECTIVES: dict[str, MakeObjective] = {one.name: one for one in (LanguageId, Cloze, PredictiveCloze)}

__all__ = ["OBJECTIVES", "Cloze", "LanguageId", "MakeObjective", "Objective", "PredictiveCloze"]
