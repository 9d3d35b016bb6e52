"""The devices that jobs wait for, by name, told without a model library."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from pathlib import Path

from embspace.errors import SettingsError

VISIBLE = "CUDA_VISIBLE_DEVICES"
DEV = Path("/dev")


def default_device(environment: Mapping[str, str]) -> str:
    """Where training computes when nothing is said: the first GPU that the environment lets it see, else the CPU."""
    if environment.get("ACCELERATE_USE_CPU", "").lower() in ("1", "true", "yes"):
        return "cpu"
    if any(DEV.glob("nvidia[0-9]*")) or (DEV / "kfd").exists():
        visible = _visible(environment)
        return "cpu" if visible == [] else f"cuda:{visible[0] if visible else 0}"
    return "mps" if platform.system() == "Darwin" and platform.machine() == "arm64" else "cpu"


def device_name(device: str, environment: Mapping[str, str]) -> str:
    """The machine's own name of a device: `cuda:1` of those that the environment shows may be `cuda:3` of all.

    Raises:
        SettingsError: there is no such device.
    """
    found = re.fullmatch(r"(cpu|mps|cuda)(?::(\d+))?", device)
    if found is None:
        raise SettingsError(f"There is no device {device!r}: expected cpu, mps, cuda or cuda:N.")
    kind, number = found[1], int(found[2] or 0)
    if kind != "cuda":
        return kind
    visible = _visible(environment)
    if visible is None:
        return f"cuda:{number}"
    if number >= len(visible):
        raise SettingsError(f"There is no device {device!r}: {VISIBLE} shows {len(visible)}.")
    return f"cuda:{visible[number]}"


def only(name: str) -> dict[str, str]:
    """The environment in which a process sees one device alone, by its own name; it is then its first."""
    kind, _, number = name.partition(":")
    return {VISIBLE: number} if kind == "cuda" else {VISIBLE: "", "ACCELERATE_USE_CPU": str(kind == "cpu").lower()}


def _visible(environment: Mapping[str, str]) -> list[str] | None:
    """The GPUs that the environment shows; None: all."""
    if VISIBLE not in environment:
        return None
    names = [name.strip() for name in environment[VISIBLE].split(",")]
    # As the driver reads it: what follows a negative number or nothing is not seen.
    ends = next((place for place, name in enumerate(names) if not name or name.startswith("-")), len(names))
    return names[:ends]
