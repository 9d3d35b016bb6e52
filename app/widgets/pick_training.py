"""What a fine-tuning is to be: a form that says what its parts are for, how long it takes, what speaks against it."""

from __future__ import annotations

from typing import Any

import streamlit as st

import state
from embspace.corpora.entries import Entry
from embspace.training.config import ADJUSTMENT, OBJECTIVE_NAMES, TrainConfig
from embspace.workflows.stages import AdjustConfig
from fitting import SAMPLES, fitting
from recipes import DEFAULT, RECIPES, Recipe
from widgets import pick_encoder
from widgets.foresee_training import foresee_training
from widgets.pick_part import pick_part
from widgets.pick_seeds import pick_seeds

TASKS = {
    "ner": "named entities",
    "pos": "parts of speech",
    "nli": "inference",
    "qa": "questions",
    "mlm": "masked pieces",
}
OBJECTIVES = {name: name.replace("-", " ") for name in OBJECTIVE_NAMES}
WEIGHTS = {ADJUSTMENT: AdjustConfig().alpha}
"""of objectives, where it is not 1"""
MIXES = {"all": "all of it", "A": "a quarter of each", "B": "all English, a quarter of each other"}


def pick_training() -> TrainConfig | None:
    """The form, and beside it what will happen; the settings once Start was pressed."""
    entries = {one.name: one for one in state.catalog() if not one.problem}
    form, beside = st.columns([11, 5], gap="large")
    with form:
        name = st.selectbox("Like", list(RECIPES), format_func=lambda one: RECIPES[one].title, key="train_recipe")
        recipe = RECIPES[name]
        st.caption(recipe.word)
        values, problems = _values(f"train_{name}", recipe, entries)
    with beside:
        return foresee_training(values, problems, entries)


def _values(key: str, recipe: Recipe, entries: dict[str, Entry]) -> tuple[dict[str, Any], list[str]]:
    """The JSON form of the settings, and what of the form cannot be read; another recipe has other keys."""
    first, second = st.columns([5, 4])
    checkpoint = first.text_input("Checkpoint", "mini", key="train_checkpoint", help=pick_encoder.HELP, max_chars=500)
    task = second.selectbox(
        "Learns", list(TASKS), format_func=lambda one: TASKS[one].capitalize(), key="train_task", help=_TASK
    )
    fits = {name: entries[name] for name in fitting(entries, task)}
    if not fits:
        st.caption(f"There is no corpus of {TASKS[task]} yet: add one on the page Corpora.")
        fits = entries
    own, usual = key if task == "ner" else f"{key}_{task}", SAMPLES.get(task, (None, None))
    languages, per_type = recipe.languages, recipe.per_type
    train = pick_part(
        f"{own}_train", "Learns from", fits, languages=languages, per_type=per_type, usual=usual[0], help=_LEARNS
    )
    test = pick_part(
        f"{own}_test", "Is scored on", fits, per_type=per_type, split="test", usual=usual[1], help="By the best epoch."
    )
    objectives = st.pills(
        "Beside the task",
        OBJECTIVE_NAMES,
        selection_mode="multi",
        format_func=OBJECTIVES.__getitem__,
        key=f"{key}_objectives",
        help="Language id: tell the language from the first piece. Cloze: fill in masked pieces. Predictive cloze: "
        "mask and fill in what the model takes for entities as it learns. Average linkage, mean variance and identical "
        "strings: bring the hidden states of the languages together. These read sentences without tags, and their "
        "losses are added with weight 1. Adjustment: brings aligned words of translations together, weight 0.01.",
    )
    unlabelled, aligned = [], []
    if ADJUSTMENT in objectives:
        linked = {name: entries[name] for name in fitting(entries, ADJUSTMENT)}
        about = "Parallel sentences with word alignments; languages: of the translations."
        aligned = [pick_part(f"{key}_aligned", "Adjusts to", linked, help=about)]
    if set(objectives) - {ADJUSTMENT}:
        unlabelled = [
            pick_part(
                f"{key}_unlabelled",
                "Reads also",
                entries,
                per_type=100,
                help="Tags of these sentences are not looked at.",
            )
        ]
    steps, problems = _schedule(key, recipe)
    values = {
        "checkpoint": checkpoint.strip(),
        "task": task,
        "train": [train],
        "test": [test],
        "unlabelled": unlabelled,
        "aligned": aligned,
        "objectives": {name: WEIGHTS.get(name, 1.0) for name in objectives},
        **steps,
        **_more(key, recipe, task),
    }
    return values, problems


def _schedule(key: str, recipe: Recipe) -> tuple[dict[str, Any], list[str]]:
    """How long, how fast and how often, and what of it cannot be read."""
    one, two, three, four, five, six = st.columns(6)
    about = "A run for each, such as 0, 1, 2: scores then have a mean and a deviation."
    seeds, problems = pick_seeds(five, recipe.value("seeds"), f"{key}_seeds", about)
    values = {
        "epochs": one.number_input(
            "Epochs", 1, None, recipe.value("epochs"), key=f"{key}_epochs", help="Passes over the sentences."
        ),
        "batch": two.number_input(
            "Batch", 1, None, recipe.value("batch"), key=f"{key}_batch", help="Sentences of a step."
        ),
        "rate": three.number_input(
            "Rate",
            0.0,
            None,
            recipe.value("rate"),
            step=1e-5,
            format="%.1e",
            key=f"{key}_rate",
            help="The highest learning rate; it rises over the first tenth of the steps and then falls to zero.",
        ),
        "freeze": four.number_input(
            "Frozen layers",
            -1,
            None,
            recipe.value("freeze"),
            key=f"{key}_freeze",
            help="-1: none. 0: the embeddings stay as they are. 3: they and the lowest three layers.",
        ),
        "seeds": seeds,
        "probe_every": six.number_input(
            "Space every",
            0,
            None,
            recipe.value("probe_every"),
            key=f"{key}_probe",
            help="So many steps apart the vectors of 100 sentences per type in four languages are stored; 0: never.",
        ),
    }
    return values, problems


def _more(key: str, recipe: Recipe, task: str) -> dict[str, Any]:
    """What is seldom changed."""
    with st.expander("More"):
        one, two, three, four = st.columns(4)
        encoding = one.segmented_control(
            "Tags",
            ["IOB2", "IOB1"],
            default=recipe.value("encoding"),
            key=f"{key}_encoding",
            required=True,
            disabled=task != "ner",
            help="Of named entities. IOB2: each begins with B. IOB1: only where it follows another of its type.",
        )
        return {
            "encoding": encoding if task == "ner" else DEFAULT.encoding,
            "length": two.number_input(
                "Window",
                3,
                None,
                recipe.value("length"),
                key=f"{key}_length",
                placeholder="the model's limit",
                help="Pieces; a longer sentence is cut into several.",
            ),
            "overlap": three.number_input(
                "Overlap", 0, None, recipe.value("overlap"), key=f"{key}_overlap", help="Pieces that windows share."
            ),
            "dev_share": four.number_input(
                "Held out",
                0.0,
                0.99,
                recipe.value("dev_share"),
                step=0.05,
                key=f"{key}_dev",
                help="The share of sentences that choose the best epoch; 0: none, and the last epoch counts.",
            ),
            "mix": one.selectbox(
                "Of each language",
                list(MIXES),
                list(MIXES).index(recipe.value("mix")),
                format_func=MIXES.__getitem__,
                key=f"{key}_mix",
                help="How much of what is learned from is taken.",
            ),
            "save_every": two.number_input(
                "Checkpoint every",
                0,
                None,
                recipe.value("save_every"),
                key=f"{key}_save",
                help="Steps; what was done since is lost in a crash. 0: at the ends of epochs.",
            ),
            "save_total_limit": three.number_input(
                "Checkpoints kept",
                1,
                None,
                recipe.value("save_total_limit"),
                key=f"{key}_kept",
                help="The best and the last one always are.",
            ),
            "test_every_epoch": four.toggle(
                "Score every epoch", key=f"{key}_every", help="Curves of each language that it is scored on; slower."
            ),
        }


_TASK = (
    "Inference: whether one sentence follows from another. Questions: where in a paragraph the answer stands. Masked "
    "pieces: language modeling. To adjust a checkpoint to translations, see the page Adjustment."
)
_LEARNS = "Corpora that fit the task. Of SyntheticNER its training half: no name in it is in the half that is scored."
