"""What a fine-tuning is to be: a form that says what its parts are for, how long it takes, what speaks against it."""

from __future__ import annotations

from typing import Any

import streamlit as st

import state
from embspace.corpora.entries import Entry
from embspace.errors import SettingsError
from embspace.training.config import OBJECTIVE_NAMES, TrainConfig
from embspace.workflows.settings import from_json
from job_rows import duration
from paces import expected
from plan import Plan, cpu_folder, joined, objections, plan
from recipes import DEFAULT, RECIPES, Recipe
from toml_lines import train_lines
from widgets import pick_encoder
from widgets.pick_part import pick_part
from widgets.pick_seeds import pick_seeds
from widgets.say import plain

TASKS = {"ner": "named entities", "pos": "parts of speech"}
OBJECTIVES = {name: name.replace("-", " ") for name in OBJECTIVE_NAMES}
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
        return _will_happen(values, problems, entries)


def _values(key: str, recipe: Recipe, entries: dict[str, Entry]) -> tuple[dict[str, Any], list[str]]:
    """The JSON form of the settings, and what of the form cannot be read; another recipe has other keys."""
    first, second = st.columns([5, 4])
    checkpoint = first.text_input("Checkpoint", "mini", key="train_checkpoint", help=pick_encoder.HELP, max_chars=500)
    task = second.segmented_control(
        "Learns to find", list(TASKS), default="ner", format_func=TASKS.__getitem__, key="train_task", required=True
    )
    train = pick_part(
        f"{key}_train", "Learns from", entries, languages=recipe.languages, per_type=recipe.per_type, help=_LEARNS
    )
    test = pick_part(
        f"{key}_test", "Is scored on", entries, per_type=recipe.per_type, split="test", help="By the best epoch."
    )
    objectives = st.pills(
        "Beside the task, from sentences without tags",
        OBJECTIVE_NAMES,
        selection_mode="multi",
        format_func=OBJECTIVES.__getitem__,
        key=f"{key}_objectives",
        help="Language id: tell the language from the first piece. Cloze: fill in masked pieces. Predictive cloze: "
        "mask and fill in what the model takes for entities as it learns. Average linkage, mean variance and identical "
        "strings: bring the hidden states of the languages together. Their losses are added with weight 1.",
    )
    unlabelled = []
    if objectives:
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
        "objectives": dict.fromkeys(objectives, 1.0),
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


def _will_happen(values: dict[str, Any], problems: list[str], entries: dict[str, Entry]) -> TrainConfig | None:
    """Sentences, steps and time; all that is not possible, together; and Start."""
    config = None
    try:
        config = from_json(TrainConfig, values, "the form")
        problems = joined([*problems, *objections(config, entries)])
    except SettingsError as error:
        problems = joined([*problems, str(error), *_of_the_rest(values, entries)])
    st.markdown("###### What will happen")
    if config is not None and not problems:
        _foresee(config, plan(config, entries))
    elif len(problems) > 1:
        st.error("\n".join(f"- {plain(text)}" for text in problems), icon=":material/error:")
    else:
        st.error(plain(problems[0]), icon=":material/error:")
    pressed = st.button(
        "Start",
        type="primary",
        icon=":material/play_arrow:",
        key="train_start",
        disabled=bool(problems),
        width="stretch",
    )
    if config is not None and not problems:
        with st.expander("The same on the command line"):
            st.code("embspace train config.toml", language=None)
            st.caption("config.toml")
            st.code(train_lines(config), language="toml")
    return config if pressed and not problems else None


def _of_the_rest(values: dict[str, Any], entries: dict[str, Entry]) -> list[str]:
    """What the corpora and the checkpoint do not allow, where other settings are not possible either."""
    names = ["checkpoint", "task", "train", "test", "freeze", "mix"]
    names += ["unlabelled", "objectives"] if values["objectives"] else []
    try:
        return objections(from_json(TrainConfig, {name: values[name] for name in names}, "the form"), entries)
    except SettingsError:
        return []  # said already


def _foresee(config: TrainConfig, sizes: Plan) -> None:
    """How much it is and how long it may take."""
    seeds = len(config.seeds)
    held = f", {sizes.dev:,} choose the best epoch" if sizes.dev else ""
    st.markdown(f"{sizes.train:,} sentences to learn from{held}, {sizes.test:,} to be scored on.")
    runs = f"{seeds} runs of " if seeds > 1 else ""
    epochs = f", {sizes.per_epoch:,} in each of {config.epochs} epochs" if config.epochs > 1 else ""
    st.markdown(f"**{runs}{sizes.steps:,} steps**{epochs}; more where sentences are longer than a window.")
    time = expected(config, sizes, state.paces(), cpu_folder(config.checkpoint))
    if time is None:
        st.caption("No run of this checkpoint was timed yet, and its size is not known here: the first run will tell.")
        return
    long = duration(max(time.seconds, 1.0))
    st.markdown(f"**About {long}**, the spaces and the scoring with it.")
    st.caption(plain(f"{'A rough guess: ' if time.rough else 'As '}{time.basis}."))
    if sizes.spaces:
        st.caption(f"{sizes.spaces * seeds:,} spaces of the way there are stored, to look at on the Map.")


_LEARNS = "Tagged sentences. Of SyntheticNER its training half: no name in it is in the half that is scored."
