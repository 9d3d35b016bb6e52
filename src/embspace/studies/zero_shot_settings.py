"""Which fine-tunings each table and figure of "lingua-franca" is made of."""

from __future__ import annotations

from collections.abc import Callable

from embspace.studies.config import StudyConfig
from embspace.studies.zero_shot_trainings import (
    ML,
    OBJECTIVES,
    ONTONOTES,
    Cells,
    conll,
    data,
    from_pivot,
    frozen_here,
    frozen_layers,
    joint,
    n_layers,
    single,
    supervised,
    trainings_of,
    unseen,
)
from embspace.training.config import TrainConfig

PIVOT = "pivot"
"""the model that is trained on one language alone, in tables of others"""
DEV, TEST, DRAWN = (-1, 5, 7, 11, 12), (-1, 3, 7, 11, 12), (-1, 1, 3, 5, 7, 9, 11)
"""the paper's frozen layers of Tables 4 and 5 and Figure 3"""
SECONDARY = 8
"""of Table 6, beside -1"""
ENGLISH = {
    ML: (-1, 3, 6, 8, 12),
    "CL": (6, 8),
    "CL+LI": (6, 8),
    "LI": (-1, 6, 8),
    "PC": (6, 8),
    "PC+LI": (6, 8),
}
"""of Table 7"""


def tried(config: StudyConfig) -> list[str]:
    """The secondary tasks of Tables 3, 6 and 7, in the paper's order."""
    return [one for one in OBJECTIVES if config.secondary is None or one in config.secondary]


def trainings(cells: Callable[[StudyConfig], Cells]) -> Callable[[StudyConfig], dict[str, TrainConfig]]:
    """What an item needs, by the function that says what stands in its table."""
    return lambda config: trainings_of(cells(config))


def one_and_all(config: StudyConfig) -> Cells:
    """Table 1."""
    return supervised(conll(config))


def ontonotes(config: StudyConfig) -> Cells:
    """Table 2; nothing where its corpora are not named."""
    found = data(config, ONTONOTES)
    if found is None:
        return {}
    alone = from_pivot(found, [(ML, -1)], PIVOT)
    alone[PIVOT, -1].append((found.pivot, single(found, found.pivot)))  # its own language too, as the paper prints it
    return supervised(found) | alone | unseen(found)


def round_robins(config: StudyConfig) -> Cells:
    """Table 3; one language alone is what zero-shot is compared with."""
    found = conll(config)
    alone = {key: columns for key, columns in supervised(found).items() if key[0] == "single"}
    return alone | from_pivot(found, [(ML, -1)], PIVOT) | unseen(found, models=(ML, *tried(config)))


def seen_and_unseen(config: StudyConfig) -> Cells:
    """Figure 2; the joint model is what zero-shot is compared with."""
    found = conll(config)
    return unseen(found) | {("joint", -1): [(one, joint(found)) for one in found.languages]}


def frozen_dev(config: StudyConfig) -> Cells:
    """Table 4."""
    return unseen(conll(config), frozen_layers(DEV, n_layers(config.checkpoint)))


def frozen_test(config: StudyConfig) -> Cells:
    """Table 5."""
    return unseen(conll(config), frozen_layers(TEST, n_layers(config.checkpoint)))


def curves(config: StudyConfig) -> Cells:
    """Figure 3."""
    return unseen(conll(config), frozen_layers(DRAWN, n_layers(config.checkpoint)))


def secondary(config: StudyConfig) -> Cells:
    """Table 6."""
    return unseen(conll(config), (-1, frozen_here(SECONDARY, n_layers(config.checkpoint))), (ML, *tried(config)))


def english_only(config: StudyConfig) -> Cells:
    """Table 7."""
    layers = n_layers(config.checkpoint)
    settings = [(model, one) for model in (ML, *tried(config)) for one in frozen_layers(ENGLISH[model], layers)]
    return from_pivot(conll(config), settings)
