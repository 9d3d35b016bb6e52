"""Memory of a process, as the kernel counts it."""

from __future__ import annotations

from pathlib import Path

_MIB = 2**20


def memory_mib(key: str, process: int | str = "self") -> float:
    """A figure of /proc/PROCESS/status in MiB: VmRSS now, VmHWM at its peak, RssFile what is mapped from files."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) * 1024 / _MIB
    raise OSError(f"/proc/{process}/status has no {key}")


def forget_peak() -> None:
    """Start VmHWM of this process anew."""
    Path("/proc/self/clear_refs").write_text("5")


def mapped_mib(folder: Path, name: str) -> tuple[float, float]:
    """MiB that this process has mapped of the files of a folder with `name` in theirs, and MiB of these read so far."""
    sizes, ours = {"Size": 0, "Rss": 0}, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        first = line.split(maxsplit=1)[0]
        if not first.endswith(":"):
            ours = str(folder) in line and name in line
        elif ours and first[:-1] in sizes:
            sizes[first[:-1]] += int(line.split()[1])
    return sizes["Size"] / 1024, sizes["Rss"] / 1024
