"""Every study by name."""

from __future__ import annotations

from embspace.studies.adjustment import ADJUSTMENT_STUDY
from embspace.studies.exploring import EXPLORING
from embspace.studies.lingua_franca import LINGUA_FRANCA
from embspace.studies.study import Study

STUDIES: dict[str, Study] = {study.name: study for study in (EXPLORING, LINGUA_FRANCA, ADJUSTMENT_STUDY)}
