"""One run from its start, or from where it stands, to the scores of its best epoch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator, DistributedDataParallelKwargs
from accelerate.state import AcceleratorState

from embspace.corpora.aligned import draw_pairs
from embspace.corpora.records import Corpus, Records
from embspace.encoders.devices import on_threads
from embspace.encoders.loading import quiet
from embspace.encoders.trained import RECORD, Run, open_run, step_folder
from embspace.errors import CorpusError, EncoderError, SettingsError, TrainingError
from embspace.progress import Cancelled, Progress, Silent
from embspace.storage import fingerprint, write_aside
from embspace.training.config import ADJUSTMENT, TAGGED, TrainConfig
from embspace.training.loop import FineTuning
from embspace.training.losses import summed
from embspace.training.material import Material
from embspace.training.objectives import OBJECTIVES
from embspace.training.probing import Probe
from embspace.training.run import RunFolder
from embspace.training.scoring import predict, scores_by_language
from embspace.training.state import Work
from embspace.training.stopping import Boundaries
from embspace.training.tasks import TASKS, Task
from embspace.training.tracking import end_tracking, named, start_tracking, track
from embspace.workspace import Workspace


def run_key(config: TrainConfig, seed: int, start: str, material: Material) -> str:
    """The name of a run: the fingerprint of all that the trained weights depend on.

    Args:
        config: of which only the settings that change weights count.
        seed: of the run.
        start: the fingerprint of the checkpoint that is fine-tuned.
        material: whose test and probe sentences do not count.
    """
    return fingerprint({"recipe": config.recipe(), "seed": seed, "start": start, "data": material.fingerprints()})


def fine_tune(
    config: TrainConfig, seed: int, start: str, material: Material, workspace: Workspace, progress: Progress
) -> dict[str, Any]:
    """Train one seed of a config, and score its best epoch on the test sentences; what is done already is found.

    Args:
        config: what is trained.
        seed: which of its seeds.
        start: the fingerprint of its checkpoint.
        material: its sentences.
        workspace: where the run lies, in `checkpoints/<key>/`.
        progress: may raise `Cancelled`, between two steps.

    Returns:
        `seed key best_step seconds probe_seconds scores dev notes`: `scores` and `dev` are language -> score -> value
        of the best epoch, on the test sentences and on those that chose it; `notes` what to know of them, by part.

    Raises:
        Cancelled: a checkpoint was written.
        TrainingError: a loss is no number.
        EmbspaceError: the checkpoint does not allow the task or an objective, or the disk refuses.
    """
    key = run_key(config, seed, start, material)
    accelerator = _accelerator(config, workspace.checkpoints / key)
    about = {
        "config": asdict(config),
        "seed": seed,
        "checkpoint": {"name": config.checkpoint, "fingerprint": start},
        "data": material.fingerprints(),
        "threads": config.threads or torch.get_num_threads(),
        "device": str(accelerator.device),
    }
    with ExitStack() as stack:
        run = stack.enter_context(RunFolder(workspace.checkpoints / key, about, accelerator))
        stack.enter_context(on_threads(run.run.record["threads"]))  # the last bits depend on their number
        held = stack.enter_context(Boundaries(progress if accelerator.is_main_process else Silent(), _any(accelerator)))
        stack.callback(end_tracking, accelerator)
        try:
            return _finished(config, seed, run, material, accelerator, workspace, held)
        except (Cancelled, KeyboardInterrupt):
            if run.run.state != "finished":  # else it was stopped while it was scored, and has nothing to go on with
                run.note(state="stopped")
            raise
        except (TrainingError, CorpusError, SettingsError, EncoderError):
            run.note(state="failed")
            raise


def found_run(
    config: TrainConfig, seed: int, start: str, material: Material, workspace: Workspace
) -> dict[str, Any] | None:
    """What `fine_tune` would return of a run that is finished and scored already; None: it is not."""
    folder = workspace.checkpoints / run_key(config, seed, start, material)
    return _result(open_run(folder), config, material) if (folder / RECORD).exists() else None


def _result(run: Run, config: TrainConfig, material: Material) -> dict[str, Any] | None:
    """The result of a run by its record; None: it is not finished, or not scored on these test sentences."""
    record, tested = run.record, material.test.fingerprint if len(material.test) else ""
    if record["state"] != "finished" or (tested and tested not in record["tests"]):
        return None
    notes = record.get("notes", {})
    about = {"dev": notes.get("dev", []), "test": notes.get(tested, []), "run": list(_lacks(run, config, tested))}
    about |= {part: notes[part] for part in ("train", ADJUSTMENT) if notes.get(part)}
    return {**record["result"], "scores": record["tests"].get(tested, {}), "notes": about}


def _lacks(run: Run, config: TrainConfig, tested: str) -> Iterator[str]:
    """What was asked for along the way of a run that had ended before, without it."""
    other = "it was trained before without them; take another seed to have them."
    if config.probe_every and not run.probed():
        yield f"no spaces of {run.name()} are stored: {other}"
    if (
        config.test_every_epoch
        and tested
        and not any(line["part"] == "test" and line["sentences"] == tested for line in run.log("scores"))
    ):
        yield f"no scores of every epoch of {run.name()} on these test sentences: {other}"


def _finished(
    config: TrainConfig,
    seed: int,
    run: RunFolder,
    material: Material,
    accelerator: Accelerator,
    workspace: Workspace,
    progress: Boundaries,
) -> dict[str, Any]:
    """The result of a run; what of it is missing is done."""
    if (found := _result(run.run, config, material)) is not None:
        return found
    progress.stage("preparing", None)
    task = TASKS[config.task](
        config.checkpoint,
        material.train,
        length=config.length,
        overlap=None if config.task == "qa" and config.overlap == TrainConfig().overlap else config.overlap,
        encoding=config.encoding,
        adjust=config.adjust,
    )
    if len(material.test):  # tags that cannot be scored are told before hours of training
        _keep_notes(run, material.test.fingerprint, "test", task.notes(material.test))
    if run.run.state != "finished":
        run.note(state="training")
        run.finish(_train(config, seed, run, task, material, accelerator, workspace, progress))
        accelerator.wait_for_everyone()
    if len(material.test):
        _test(run, task, config, material.test, accelerator, progress)
    return _result(run.run, config, material) or {}


def _train(
    config: TrainConfig,
    seed: int,
    run: RunFolder,
    task: Task,
    material: Material,
    accelerator: Accelerator,
    workspace: Workspace,
    progress: Boundaries,
) -> dict[str, Any]:
    read = {"unlabelled": material.unlabelled, "aligned": material.aligned}
    objectives = {
        name: OBJECTIVES[name](
            task.tokenizer,
            read["aligned" if name == ADJUSTMENT else "unlabelled"].languages,
            length=task.length,
            overlap=task.overlap,
            layers=config.layers,
            adjust=config.adjust,
            checkpoint=config.checkpoint,
        )
        for name in sorted(config.objectives)  # their order numbers the draws, and is not a setting
    }
    work = Work(
        task,
        draw_pairs(material.train, config.adjust.draw, seed) if config.task == ADJUSTMENT else material.train,
        material.dev,
        material.test if config.test_every_epoch else Corpus("test", ()),
        objectives,
        material.unlabelled,
        draw_pairs(material.aligned, config.adjust.draw, seed),
        Probe(material.probe, workspace) if material.probe else None,
        config,
        seed,
    )
    _keep_notes(run, "train", "train", task.notes(work.train) if config.task not in TAGGED else [])
    for name, one in objectives.items():
        _keep_notes(run, name, name, one.notes(work.aligned if one.reads == "aligned" else work.unlabelled))
    _keep_notes(run, "dev", "dev", task.notes(material.dev))
    tuning = FineTuning(work, run, accelerator, progress)
    start_tracking(accelerator, config, run, tuning.at.step)
    at = tuning.train()
    accelerator.free_memory()
    dev = [one["scores"] for one in run.run.log("scores") if one["part"] == "dev" and one["step"] == at.best]
    return {
        "seed": seed,
        "key": run.folder.name,
        "best_step": at.best,
        "dev": dev[-1] if dev else {},
        "seconds": round(at.seconds, 1),
        "probe_seconds": round(at.probe_seconds, 1),
    }


def _test(
    run: RunFolder,
    task: Task,
    config: TrainConfig,
    sentences: Records[Any],
    accelerator: Accelerator,
    progress: Boundaries,
) -> None:
    """Keep the scores of the best step, by language, and the predictions in the run's folder."""
    progress.stage("scoring the best epoch", None)
    step = run.run.record["result"]["best_step"]
    with quiet():
        model = task.model(str(step_folder(run.folder, step)))
    predicted = predict(task, model.to(accelerator.device), sentences, accelerator)
    found = scores_by_language(task, sentences, predicted)
    if accelerator.is_main_process:
        table = task.table(sentences, predicted)
        write_aside(run.folder / f"test-{sentences.fingerprint}.parquet", table.to_parquet)
        run.log("test", step=step, sentences=sentences.fingerprint, scores=found)
    track(accelerator, run, named("best", found), run.run.saved()[-1])
    record = run.run.record
    parts = {"test": asdict(config)["test"]}  # what is said of the latest scores is said of these sentences
    run.note(tests={**record["tests"], sentences.fingerprint: found}, config=record["config"] | parts)
    accelerator.wait_for_everyone()


def _keep_notes(run: RunFolder, key: str, part: str, notes: list[str]) -> None:
    """Keep what is to be known of scores, in the record and, where there is something, in the log."""
    run.note(notes={**run.run.record.get("notes", {}), key: notes})
    if notes:
        run.log("note", part=part, text="; ".join(notes))


def _accelerator(config: TrainConfig, folder: Path) -> Accelerator:
    """The devices of a run: what `accelerate launch` says, else the config's device, else the GPU if there is one.

    Raises:
        SettingsError: the device cannot be used here.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        AcceleratorState._reset_state(reset_partial_state=True)  # of an earlier run in this process
    if config.device and config.device != "cpu":
        try:
            torch.empty(0, device=config.device)
            if config.device.startswith("cuda:"):
                torch.cuda.set_device(config.device)
        except (RuntimeError, AssertionError) as error:
            reason = str(error).splitlines()[0]
            raise SettingsError(f"The device {config.device!r} cannot be used here: {reason}") from error
    return Accelerator(
        cpu=config.device == "cpu",
        mixed_precision="bf16" if config.bf16 else "no",
        log_with=config.report_to,
        project_dir=folder,
        kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)],
    )


def _any(accelerator: Accelerator) -> Any:
    """Whether any process says yes; all of them ask."""
    if accelerator.num_processes == 1:
        return bool
    return lambda mine: bool(summed(torch.tensor(float(mine)), accelerator).item())
