"""A study's settings as the command that makes it again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import fields

from embspace.studies.config import StudyConfig

_ONE_EACH = {"seeds": "--seed", "languages": "--language", "secondary": "--secondary", "only": "--only"}


def command_line(config: StudyConfig) -> str:
    """`embspace study ...` with what differs from the settings without options."""
    return shlex.join(["embspace", "study", config.study, *_options(config)])


def _options(config: StudyConfig) -> Iterator[str]:
    plain = StudyConfig(config.study)
    for name in (one.name for one in fields(config) if one.name != "study"):
        value = getattr(config, name)
        if value == getattr(plain, name):
            continue
        if name == "corpora":
            for role, corpus in value.items():
                yield from ("--corpus", f"{role}={corpus}")
        elif name in _ONE_EACH:
            for one in value or ("none",):
                yield from (_ONE_EACH[name], str(one))
        else:
            yield from (f"--{name.replace('_', '-')}", str(value))
