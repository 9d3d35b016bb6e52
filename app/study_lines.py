"""A study in Python: lines that make it again and open what it came to."""

from __future__ import annotations

from dataclasses import fields

from embspace.studies.config import StudyConfig


def study_lines(config: StudyConfig, item: str = "", table: str = "", figure: str = "") -> str:
    """Lines that run a study, where it is not made yet, and take one of its tables and figures."""
    plain = StudyConfig(config.study)
    changed = [
        f"{one.name}={getattr(config, one.name)!r}"
        for one in fields(config)
        if one.name != "study" and getattr(config, one.name) != getattr(plain, one.name)
    ]
    lines = [
        "from embspace.progress import Terminal",
        "from embspace.studies.outputs import StudyFolder",
        "from embspace.studies.running import StudyConfig, run",
        "from embspace.workspace import current_workspace",
        "",
        f"config = StudyConfig({', '.join([repr(config.study), *changed])})",
        "with Terminal() as bars:",
        "    run(config, current_workspace(), bars)",
        "outputs = {one.item: one for one in StudyFolder.of(config, current_workspace()).read()}",
    ]
    if table:
        lines.append(f"table = outputs[{item!r}].tables[{table!r}]")
    if figure:
        lines.append(f"figure = outputs[{item!r}].figure({figure!r})")
    return "\n".join(lines)
