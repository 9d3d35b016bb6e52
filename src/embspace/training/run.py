"""The folder of a run: what is trained, what happened, and its checkpoints; one process at a time works on it."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from accelerate import Accelerator

from embspace.encoders.trained import BEST, LOG, MODEL, RECORD, VERSION, Run, open_run, step_folder
from embspace.errors import StoreError
from embspace.jobs.launch import JOB
from embspace.jobs.store import Events
from embspace.spaces.claims import claim
from embspace.storage import read_json, refused, write_json
from embspace.training.checkpoint import check_checkpoint, checkpoints, forget_states, load_checkpoint, save_checkpoint

_MARGIN = 32 * 2**20
"""bytes that a checkpoint may take beside its tensors"""


class RunFolder(AbstractContextManager["RunFolder"]):
    """A run that this process works on, until the end of a `with` block.

    Args:
        folder: `workspace.checkpoints/<key>`.
        about: what `run.json` says of a new run: config, seed, data, checkpoint.
        accelerator: of several processes that do the same run the main one writes, and the others read.

    Raises:
        StoreError: another process is training it, or the folder cannot be written.
    """

    def __init__(self, folder: Path, about: dict[str, Any], accelerator: Accelerator) -> None:
        self.folder, self._about, self._wait = folder, about, accelerator.wait_for_everyone
        self._main = accelerator.is_main_process
        self._events = Events(folder / LOG)

    def __enter__(self) -> Self:
        if self._main:
            self._open()
        self._wait()
        return self

    def _open(self) -> None:
        self._claim = claim(self.folder, 0)
        if not self._claim.held:
            raise StoreError(f"{self.folder} is being trained by another process; wait for it, or cancel it.")
        if not (self.folder / RECORD).exists():
            made_with = {name: version(name) for name in ("embspace", "torch", "transformers", "accelerate")}
            start = {
                "version": VERSION,
                "created": time.time(),
                "made_with": made_with,
                "jobs": [],
                "state": "training",
            }
            write_json(self.folder / RECORD, start | {"tests": {}} | self._about)
        job = os.environ.get(JOB)
        if job and job not in self.run.jobs:
            seeds = {} if self.run.jobs else {"several": len(self._about["config"]["seeds"]) > 1}
            self.note(jobs=[*self.run.jobs, job], **seeds)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._main:
            self._claim.release()

    @property
    def run(self) -> Run:
        """As it lies on the disk now."""
        return open_run(self.folder)

    @property
    def name(self) -> str:
        """How it is called in names of steps."""
        return self.run.name()

    def note(self, **facts: Any) -> None:
        """Change what `run.json` says."""
        if self._main:
            write_json(self.folder / RECORD, read_json(self.folder / RECORD) | facts)

    def log(self, event: str, *, durable: bool = True, **values: Any) -> None:
        """Add a line to the log.

        Raises:
            StoreError: the disk refuses it.
        """
        if self._main:
            try:
                self._events.append(event, durable=durable, **values)
            except OSError as error:
                raise refused(self.folder / LOG, error) from error

    def last(self) -> tuple[Path, dict[str, Any]] | None:
        """The last checkpoint and its state, whose files were seen to be whole; None: there is none.

        Raises:
            StoreError: it is damaged.
        """
        found = checkpoints(self.folder)
        if not found:
            return None
        check_checkpoint(found[-1])
        return found[-1], load_checkpoint(found[-1])

    def save(
        self,
        step: int,
        state: dict[str, Any],
        write: Callable[[Path], object],
        *,
        fingerprint: str,
        best: int,
        keep: int,
    ) -> None:
        """Write a checkpoint, mark the best one, and remove what need not be kept.

        Raises:
            StoreError: the disk has no room or refuses; the checkpoints before stay.
        """
        if not self._main:
            return
        facts = {"fingerprint": fingerprint}
        save_checkpoint(self.folder, step, state, write=write, facts=facts, keep=keep, spare={best})
        self.mark_best(best)

    def mark_best(self, step: int) -> None:
        """Say which step is the best; its checkpoint is there."""
        if self._main and step_folder(self.folder, step).exists() and self.run.best != step:
            write_json(self.folder / BEST, {"step": step})

    def finish(self, result: dict[str, Any]) -> None:
        """Say what the run came to; what only going on needs, such as the optimizer's state, is removed.

        Raises:
            StoreError: the disk refuses.
        """
        self.note(state="finished", result=result)
        if self._main:
            forget_states(self.folder)

    def last_good(self) -> str:
        """Which checkpoint is the last one, a sentence."""
        found = checkpoints(self.folder)
        return f"The last good checkpoint is {found[-1]}." if found else "There is no checkpoint yet."

    def check_room(self, needed: int) -> None:
        """See that a checkpoint of so many bytes fits.

        Raises:
            StoreError: says what is needed and what is free.
        """
        free = shutil.disk_usage(self.folder).free
        if self._main and needed + _MARGIN > free:
            last = [path.name for path in checkpoints(self.folder)[-1:]]
            after = f"goes on from {last[0]}" if last else "begins anew"
            raise StoreError(
                f"The disk of {self.folder} has {free / 1e9:.1f} GB free, and a checkpoint takes "
                f"{(needed + _MARGIN) / 1e9:.1f} GB. Make room and run the same again: it {after}."
            )

    def describe(self, write: Callable[[Path], object]) -> None:
        """Write the model's configuration and tokenizer, which steps without weights are known by.

        Raises:
            StoreError: the disk refuses.
        """
        target, staged = self.folder / MODEL, self.folder / f".{MODEL}.part"
        if not self._main or (target / "config.json").exists():
            return
        try:
            write(staged)
            shutil.rmtree(target, ignore_errors=True)
            os.replace(staged, target)
        except OSError as error:
            raise refused(target, error) from error
        finally:
            shutil.rmtree(staged, ignore_errors=True)
