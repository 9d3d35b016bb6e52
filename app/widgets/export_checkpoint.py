"""A step of a training for plain transformers: a folder with weights, tokenizer and a model card."""

from __future__ import annotations

import re
from collections.abc import Sequence

import streamlit as st

import state
from embspace.encoders.trained import Run, is_trained
from embspace.errors import EmbspaceError
from embspace.jobs.job import Job, State
from embspace.training.config import TAGGED
from embspace.workflows.export_checkpoint import ExportCheckpointConfig, check_free, export_path
from labelling import Labelling
from widgets.say import plain, say_error
from widgets.show_job import describe

PAGES = (("tagger", "Tagger", "label"), ("errors", "Errors", "rule"))
TOLD = "Weights, tokenizer and a model card: `AutoModelForTokenClassification.from_pretrained(folder)` opens it."


def export_button(checkpoint: str, place: str) -> None:
    """A button that opens the dialog for a step; nothing for a checkpoint that is no step of a training.

    Args:
        checkpoint: its name.
        place: begins the button's key.
    """
    if is_trained(checkpoint) and st.button("Export", icon=":material/output:", key=f"{place}_export", help=TOLD):
        export_steps([checkpoint])


def tagger_links(runs: Sequence[Run]) -> None:
    """What can be done with the stored steps of a job's runs: export; of taggers label words and look at errors."""
    steps = [name for run in runs for name in _steps(run)]
    if not steps:
        return
    address = Labelling(checkpoint=steps[0]).to_address()
    labels = runs[0].record["config"].get("task") in TAGGED
    for file, label, icon in PAGES if labels else ():
        st.page_link(f"views/{file}.py", label=label, icon=f":material/{icon}:", query_params=address)
    if st.button("Export", icon=":material/output:", key=f"export_{runs[0].key}", help=TOLD):
        export_steps(steps)


def _steps(run: Run) -> list[str]:
    """The names of its stored steps, the best one first."""
    saved, best = run.saved(), run.best
    return [run.name("best")] * (best in saved) + [run.name(one) for one in reversed(saved) if one != best]


@st.dialog("Export a checkpoint", width="large", on_dismiss="rerun")
def export_steps(steps: Sequence[str]) -> None:
    """Which step goes where; the job that writes it is followed to its end."""
    state.in_dialog(True)
    step = str(st.selectbox("Step", steps, key="export_step")) if len(steps) > 1 else steps[0]
    if len(steps) == 1:
        st.markdown(f"`{step}`")
    st.caption(TOLD)
    output = st.text_input("To a folder that is not there yet", target(step), key=f"export_to_{step}")
    if st.button("Export", key="export_now", type="primary"):
        try:
            config = ExportCheckpointConfig(step, output)
            check_free(export_path(output))
            state.begin_export(config)
        except EmbspaceError as error:
            say_error(str(error))
            return
    if (job := state.export_job()) is not None and job.config == {"checkpoint": step, "output": output}:
        _follow(job)


def target(step: str) -> str:
    """Where an export goes if nothing else is said: a name of its own in the workspace."""
    name = re.sub(r"[^\w.-]+", "-", step.partition(":")[2]).strip("-.")
    return str(state.workspace().root / "exports" / name)


@st.fragment(run_every=0.5)
def _follow(job: Job) -> None:
    """How far the export is, and where it lies."""
    now = job.state
    if now is State.FINISHED:
        st.success("Written. In any Python with transformers:", icon=":material/check:")
        path = str((job.result or {}).get("path", ""))
        lines = ["from transformers import pipeline", "", f"folder = {path!r}"]
        lines.append('tagger = pipeline("token-classification", folder, aggregation_strategy="first")')
        st.code("\n".join(lines), language="python")
    elif job.error:
        say_error(job.error)
    elif now.ended:
        st.info("Stopped; nothing was written.", icon=":material/pause_circle:")
    else:
        report = job.progress()
        st.progress((report and report.share) or 0.0, plain(describe(report, 0.0)))
