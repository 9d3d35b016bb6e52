"""Several processes make the shards of one space together; on several GPUs each has its own."""

from __future__ import annotations

import multiprocessing
import queue
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from embspace.errors import EmbspaceError, EncoderError, StoreError
from embspace.progress import Progress
from embspace.spaces import store
from embspace.spaces.manifest import stored_shard
from embspace.spaces.model import Model

_LOOK = 0.2
"""seconds between looks whether the processes live"""


def make_in_processes(folder: Path, model: Model, workers: int, progress: Progress) -> None:
    """Make the missing shards of a space in processes that claim them one by one.

    A process that dies leaves its shard to the others; what was finished is kept.

    Args:
        folder: of a space that was begun; each process reads the corpus from it.
        model: a checkpoint by name.
        workers: how many processes; on a CPU they share its cores.
        progress: is told what all of them do.

    Raises:
        SettingsError: the model is an open encoder.
        EmbspaceError: what a process could not do.
        StoreError: all of them died.
    """
    to_send = model.to_send()
    context = multiprocessing.get_context("spawn")
    told = context.Queue()
    processes = [
        context.Process(target=_work, args=(folder, to_send, number, workers, told), daemon=True)
        for number in range(workers)
    ]
    head = store.read_head(folder)
    progress.stage("extracting", head["n_words"], "words")
    stored = [one.rows for index, one in enumerate(store.plans_of(head)) if stored_shard(folder, index, one)]
    progress.advance(sum(stored))
    try:
        for one in processes:
            one.start()
        _follow(processes, told, progress)
    finally:
        for one in processes:
            one.terminate()
        for one in processes:
            one.join()
    if not store.is_complete(folder):
        codes = ", ".join(str(one.exitcode) for one in processes)
        raise StoreError(
            f"The processes that extracted into {folder} ended before it was complete (exit codes {codes}; -9 is often "
            "a lack of memory). What was finished is kept; run the same again with fewer workers."
        )


def _follow(processes: Sequence[BaseProcess], told: Any, progress: Progress) -> None:
    """Pass on what the processes tell until all have ended, or one of them meets an error."""
    while True:
        alive = any(one.is_alive() for one in processes)
        try:
            kind, *values = told.get(timeout=_LOOK)
        except queue.Empty:
            progress.advance(0)
            if not alive:
                return
            continue
        if kind == "error":
            raise values[0]
        progress.advance(*values)


def _work(folder: Path, model: Model, number: int, workers: int, told: Any) -> None:
    """One process: its share of the cores, or its GPU, and whatever shards are free."""
    import torch

    from embspace.encoders.devices import threads_each
    from embspace.spaces.making import make_shards

    try:
        if model.device in (None, "cuda") and torch.cuda.is_available():
            model = replace(model, device=f"cuda:{number % torch.cuda.device_count()}")
        else:
            torch.set_num_threads(threads_each(workers))
        make_shards(folder, model.encoder(), _Told(told, number), count_others=False)
    except EmbspaceError as error:
        told.put(("error", error))
    except Exception as error:
        told.put(("error", EncoderError(f"A process that extracted with {model.checkpoint} failed: {error!r}")))


class _Told:
    """Progress that is sent to the process that watches."""

    def __init__(self, told: Any, number: int) -> None:
        self._told, self._number = told, number

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None: ...

    def advance(self, count: int = 1, note: str = "") -> None:
        if count or note:
            self._told.put(("advance", count, note and f"process {self._number + 1}: {note}"))
