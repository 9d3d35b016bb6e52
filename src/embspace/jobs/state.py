"""Where a job stands."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a job stands; the last four are final until someone resumes it."""

    QUEUED = "queued"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FINISHED = "finished"
    FAILED = "failed"
    LOST = "lost"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.rank == 3

    @property
    def rank(self) -> int:
        """A job only goes from lower to higher ranks: queued 0, running 1, stopping 2, ended 3."""
        return {"queued": 0, "running": 1, "stopping": 2}.get(self.value, 3)
