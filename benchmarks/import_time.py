"""What `import embspace` and `embspace --help` cost: median of 7 processes, less a bare Python."""

from __future__ import annotations

import subprocess
import sys
from statistics import median
from time import perf_counter

RUNS = 7
STATEMENTS = {
    "import embspace": "import embspace",
    "import embspace.cli": "import embspace.cli",
    "import embspace.workflows.registry": "import embspace.workflows.registry",
    "import embspace.jobs.supervisor": "import embspace.jobs.supervisor",
}


def seconds(statement: str) -> float:
    """Wall-clock seconds of a Python process that runs one statement; median of `RUNS` after one more."""
    times = []
    for _ in range(RUNS + 1):
        start = perf_counter()
        subprocess.run([sys.executable, "-c", statement], check=True)
        times.append(perf_counter() - start)
    return median(times[1:])


def main() -> None:
    """Print one line per statement: milliseconds above the bare process."""
    bare = seconds("pass")
    print(f"{'bare Python':<40} {bare * 1000:7.1f} ms")
    for name, statement in STATEMENTS.items():
        print(f"{name:<40} {(seconds(statement) - bare) * 1000:+7.1f} ms")


if __name__ == "__main__":
    main()
