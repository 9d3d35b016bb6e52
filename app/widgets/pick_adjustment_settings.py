"""What is adjusted and compared: a form that says what its parts are for, and what speaks against them."""

from __future__ import annotations

from typing import Any

import streamlit as st

import state
from adjustment_plan import AdjustmentPlan, adjustment_plan
from embspace.corpora.entries import SYNTHETIC, Entry
from embspace.corpora.mixed_languages import ENGLISH
from embspace.errors import EmbspaceError
from embspace.figures.theme import by_family, language_name
from embspace.workflows.settings import from_json
from embspace.workflows.stages import FINE, AdjustConfig
from fitting import SAMPLES, fitting
from listed_adjustments import TASKS
from plan import joined
from toml_lines import adjust_lines
from widgets import pick_encoder
from widgets.pick_seeds import pick_seeds
from widgets.starting import same_command, say_problems, start_button

USUAL = AdjustConfig()
PAPER = ("es", "ru", "vi", "hi")
"""the languages of the paper, one at a time"""
MIXED = {
    "nli": "Also pairs whose premise or hypothesis is in English, as is drawn for each (4.2).",
    "qa": "Also questions in English about the translated paragraphs, and the other way round (4.4).",
}


def pick_adjustment_settings() -> AdjustConfig | None:
    """The form, and beside it what will happen; the settings once Start was pressed."""
    entries = {one.name: one for one in state.catalog() if not one.problem}
    form, beside = st.columns([11, 5], gap="large")
    with form:
        values, problems = _values(entries)
    with beside:
        return _will_happen(values, problems, entries)


def _values(entries: dict[str, Entry]) -> tuple[dict[str, Any], list[str]]:
    """The JSON form of the settings, and what of the form cannot be read."""
    first, second, third = st.columns([5, 5, 3])
    checkpoint = first.text_input("Checkpoint", "mini", key="adjust_checkpoint", help=pick_encoder.HELP, max_chars=500)
    task = second.selectbox(
        "Then learns", list(TASKS), format_func=lambda one: TASKS[one].capitalize(), key="adjust_task", help=_TASK
    )
    seeds, problems = pick_seeds(third, USUAL.seeds, "adjust_seeds", "All stages once for each; the paper has five.")
    aligned, draw, source = _aligned(entries)
    fits = fitting(entries, task)
    if not fits:
        st.caption(f"There is no corpus of {TASKS[task]} yet: add one on the page Corpora.")
    train = _part("train", "Learns from", "In the source language.", task, fits)
    test = _part("test", "Is scored on", "In the languages of the translations.", task, fits)
    mixed = task in MIXED and st.toggle("Texts in two languages too", True, key="adjust_mixed", help=MIXED[task])
    codes = aligned["languages"] or list(_known(entries, aligned["corpus"], source))
    more = _more(task)
    values = {
        "checkpoint": checkpoint.strip(),
        "aligned": [aligned],
        "task": task,
        "train": [] if train is None else [train | {"languages": [source]}],
        "test": _tests(task, test, codes, mixed),
        "seeds": seeds,
        "adjust": {"source": source, "draw": draw},
        **more,
    }
    return values, problems


def _aligned(entries: dict[str, Entry]) -> tuple[dict[str, Any], int | None, str]:
    """The part of a corpus that is adjusted to, how many pairs of it each seed draws, and from which language."""
    one, two, three, four = st.columns([4, 5, 2.4, 2.6])
    names = [name for name, entry in entries.items() if entry.links]
    corpus = one.selectbox(
        "Aligned sentences",
        names,
        key="adjust_aligned",
        help="Parallel sentences whose words are aligned; add your own on the page Corpora.",
    )
    known = entries[corpus].languages
    source = three.selectbox(
        "Source",
        known,
        known.index(ENGLISH) if ENGLISH in known else 0,
        format_func=language_name,
        key=f"adjust_source_{corpus}",
        help=_SOURCE,
    )
    codes = _known(entries, corpus, source)
    usual = next((code for code in PAPER if code in codes), next(iter(codes), None))
    languages = two.multiselect(
        "Translations",
        by_family(codes),
        [usual] if usual else [],
        format_func=language_name,
        key=f"adjust_languages_{corpus}_{source}",
        placeholder="All that are aligned",
        help="Languages that are brought near to the source, and scored. The paper takes one at a time.",
    )
    draw = four.number_input("Pairs drawn", 1, None, None, key="adjust_draw", placeholder="all", help=_DRAW)
    return {"corpus": corpus, "languages": [code for code in codes if code in languages] or None}, draw, source


def _known(entries: dict[str, Entry], corpus: str, source: str) -> dict[str, int]:
    """The languages whose words are aligned to the source; none where that cannot be read, which is said elsewhere."""
    try:
        return state.aligned_pairs(entries[corpus], source)
    except EmbspaceError:
        return {}


def _part(role: str, label: str, about: str, task: str, names: list[str]) -> dict[str, Any] | None:
    """A corpus and how much of it; None: the shipped sample, whole."""
    usual = SAMPLES.get(task, ("", ""))[role == "test"]
    one, two = st.columns([5, 3], vertical_alignment="bottom")
    corpus = one.selectbox(
        label,
        names,
        names.index(usual) if usual in names else 0,
        format_func=lambda name: "SyntheticNER" if name == SYNTHETIC else name,
        key=f"adjust_{role}_{task}",
        help=f"{about} The corpora that fit the task.",
    )
    drawn = corpus == SYNTHETIC
    count = two.number_input(
        "At most",
        3 if drawn else 1,
        None,
        None,
        key=f"adjust_{role}_count_{corpus}",
        placeholder="paper's" if drawn else "all",
        help="Sentences of each language." if drawn else "The first so many, or groups of translations.",
    )
    if corpus in (None, usual) and count is None:
        return None
    return {"corpus": corpus, "sentences": count} | ({"split": role} if drawn else {})


def _tests(task: str, test: dict[str, Any] | None, codes: list[str], mixed: bool) -> list[dict[str, Any]]:
    """What is scored; nothing: as the paper does, on the shipped sample."""
    if test is None and (mixed or task not in MIXED):
        return []
    test = (test or {"corpus": SAMPLES[task][1]}) | {"languages": codes}
    ways = {"nli": ("either",), "qa": ("question", "paragraph")}.get(task, ()) if mixed else ()
    return [test, *(test | {"english": way} for way in ways)]


def _more(task: str) -> dict[str, Any]:
    """What is seldom changed."""
    with st.expander("More"):
        one, two, three, four = st.columns(4)
        fine = FINE[task]
        values: dict[str, Any] = {
            "adjust_epochs": one.number_input(
                "Epochs, adjusting", 1, None, USUAL.adjust_epochs, key="adjust_adjust_epochs", help="Over the pairs."
            ),
            "adjust_rate": two.number_input(
                "Rate, adjusting", 0.0, None, USUAL.adjust_rate, step=1e-5, format="%.1e", key="adjust_adjust_rate"
            ),
            "adjust_batch": three.number_input(
                "Batch, adjusting", 1, None, USUAL.adjust_batch, key="adjust_adjust_batch", help="Pairs of a step."
            ),
            "alpha": four.number_input(
                "Alpha", 0.0, None, USUAL.alpha, step=0.01, format="%.3g", key="adjust_alpha", help=_ALPHA
            ),
            "epochs": one.number_input(
                "Epochs, task",
                1,
                None,
                None,
                key=f"adjust_epochs_{task}",
                placeholder=f"{fine.epochs}, the paper's",
            ),
            "rate": two.number_input(
                "Rate, task",
                0.0,
                None,
                None,
                step=1e-5,
                format="%.1e",
                key=f"adjust_rate_{task}",
                placeholder=f"{fine.rate:.0e}".replace("e-0", "e-"),
            ),
            "batch": three.number_input("Batch, task", 1, None, USUAL.batch, key="adjust_batch"),
            "length": four.number_input(
                "Window", 3, None, None, key="adjust_length", placeholder="the model's", help="Pieces that are read."
            ),
            "device": one.text_input(
                "Device",
                key="adjust_device",
                placeholder="a GPU, else the CPU",
                help="`cpu`, `mps`, `cuda` or `cuda:N`.",
                max_chars=40,
            ).strip()
            or None,
            "threads": two.number_input(
                "Threads", 1, None, None, key="adjust_threads", placeholder="all cores", help="On a CPU."
            ),
        }
    return values


def _will_happen(values: dict[str, Any], problems: list[str], entries: dict[str, Entry]) -> AdjustConfig | None:
    """Trainings; all that is not possible, together; and Start."""
    st.markdown("###### What will happen")
    config, sizes = None, AdjustmentPlan()
    try:
        config = from_json(AdjustConfig, values, "the form")
        aligned = [state.aligned_pairs(entries[part.corpus], config.adjust.source) for part in config.aligned]
        sizes = adjustment_plan(config, entries, aligned)
        problems = joined([*problems, *sizes.problems])
    except EmbspaceError as error:
        problems = joined([*problems, str(error)])
    say_problems(problems)
    if config is not None and not problems:
        _foresee(config, sizes)
    pressed = start_button("adjust_start", disabled=bool(problems))
    if config is not None and not problems:
        same_command("embspace adjust config.toml", adjust_lines(config))
    return config if pressed and not problems else None


def _foresee(config: AdjustConfig, sizes: AdjustmentPlan) -> None:
    """How much it is."""
    seeds = len(config.seeds)
    each = f"for each of {seeds} seeds" if seeds > 1 else "of one seed"
    st.markdown(
        f"**{sizes.trainings:,} trainings**, four {each}: adjusted; fine-tuned; adjusted, then fine-tuned; and "
        "adjusted, then fine-tuned while it goes on adjusting."
    )
    st.markdown(f"Each adjustment reads {sizes.pairs:,} aligned pairs in {sizes.steps:,} steps.")
    st.caption(
        "Trainings that were done before are found, and take no time; each is a job of its own. It can be stopped and "
        "gone on with."
    )


_TASK = "In the source language alone; it is scored in the languages of the translations, of which it learned nothing."
_SOURCE = "The language whose vectors are to stay where they are, and that the task is learned in."
_DRAW = "Aligned sentences of each language that a seed draws at random; the paper draws 30,000 of 250,000."
_ALPHA = "The weight of the alignment loss beside the task's, in the last stage (Eq. 2)."
