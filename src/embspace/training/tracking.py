"""Losses and scores for a tracker, too (TensorBoard, W&B, MLflow); a run that goes on does so in the same log."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from accelerate import Accelerator

from embspace.errors import SettingsError
from embspace.training.config import TrainConfig
from embspace.training.run import RunFolder

PROJECT = "embspace"
"""what trackers call all runs together"""


def start_tracking(accelerator: Accelerator, config: TrainConfig, run: RunFolder, step: int) -> None:
    """Open the log of a run by the tracker that the config names, if it names one, where it ends at `step`.

    TensorBoard writes into the run's folder, and so does W&B (where it sends that is its own settings' to say); MLflow
    writes where its own settings say. What the log has of later steps is overwritten or, by W&B, stays as it is.

    Raises:
        SettingsError: the tracker does not start.
    """
    name = config.report_to
    if name is None or not accelerator.is_main_process:
        return
    known: Mapping[str, str] = run.run.record.get("trackers", {})
    ways: dict[str, dict[str, Any]] = {
        "tensorboard": {"purge_step": step + 1},
        "wandb": {"id": run.folder.name, "name": run.name, "dir": str(run.folder), "resume": "allow"},
        "mlflow": {"run_id": known["mlflow"]} if "mlflow" in known else {"run_name": run.name},
    }
    settings = None if name in known else {key: str(value) for key, value in asdict(config).items()}
    try:
        accelerator.init_trackers(PROJECT, settings, {name: ways[name]})
    except Exception as error:  # each library raises what it likes
        accelerator.trackers.clear()
        said = (str(error) or type(error).__name__).strip().splitlines()[0]
        raise SettingsError(
            f"report_to = {name!r}: it does not start: {said} See to its own settings (an account, an address), or "
            "leave report_to out: losses and scores are in the run's log in any case."
        ) from error
    tracker: Any = accelerator.get_tracker(name)
    mark = tracker.active_run.info.run_id if name == "mlflow" else run.folder.name
    run.note(trackers={**known, name: mark})


def track(accelerator: Accelerator, run: RunFolder, values: Mapping[str, float], step: int) -> None:
    """Tell the tracker, if there is one; one that fails is told nothing more, and training goes on."""
    try:
        accelerator.log(dict(values), step=step)
    except Exception as error:
        accelerator.trackers.clear()
        run.log("note", step=step, part="tracker", text=f"nothing more is told to the tracker: {error}")


def end_tracking(accelerator: Accelerator) -> None:
    """Close the log; one that cannot be closed keeps what it was told."""
    for tracker in accelerator.trackers:
        with suppress(Exception):
            tracker.finish()
    accelerator.trackers.clear()


def named(part: str, scores: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Scores by language as a tracker calls them: `dev/be/f1`."""
    return {f"{part}/{language}/{name}": one for language, of in scores.items() for name, one in of.items()}
