"""Learning-rate schedules: pure functions of the step, 0 to 1."""

import math


def trapezoid(step: int, *, warmup: int, decay_start: int | None, decay_steps: int) -> float:
    """Share of the peak rate at `step`: linear warm-up, flat, and linear to zero once `decay_start` is known."""
    rise = min(1.0, (step + 1) / max(warmup, 1))
    if decay_start is None or step < decay_start:
        return rise
    return rise * max(0.0, 1 - (step - decay_start + 1) / (decay_steps + 1))


def warm_then_decay(step: int, steps: int, *, warmup: float, decay: str) -> float:
    """Share of the peak rate at `step` of `steps`: linear warm-up, then linear or cosine to zero, or constant.

    Args:
        step: from 0.
        steps: of the whole run.
        warmup: the share of the steps over which the rate rises.
        decay: linear, cosine or constant.
    """
    rise = math.ceil(steps * warmup)
    if step < rise:
        return step / rise
    left = (steps - step) / max(steps - rise, 1)
    return {"linear": left, "cosine": (1 - math.cos(math.pi * left)) / 2, "constant": 1.0}[decay]
