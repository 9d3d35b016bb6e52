"""Learning-rate schedules: pure functions of the step, 0 to 1."""


def trapezoid(step: int, *, warmup: int, decay_start: int | None, decay_steps: int) -> float:
    """Share of the peak rate at `step`: linear warm-up, flat, and linear to zero once `decay_start` is known."""
    rise = min(1.0, (step + 1) / max(warmup, 1))
    if decay_start is None or step < decay_start:
        return rise
    return rise * max(0.0, 1 - (step - decay_start + 1) / (decay_steps + 1))
