"""A config as the TOML file that `embspace train` or `embspace adjust` takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from embspace.training.config import TrainConfig
from embspace.training.part import Part
from embspace.workflows.settings import to_json
from embspace.workflows.stages import AdjustConfig

_PARTS = ("train", "dev", "test", "unlabelled", "aligned")


def train_lines(config: TrainConfig) -> str:
    """What differs from the defaults, as TOML; sentences and objectives as tables at the end."""
    given, usual = to_json(config), to_json(TrainConfig())
    plain = {name: value for name, value in given.items() if name not in (*_PARTS, "objectives", "probe", "adjust")}
    lines = [f"checkpoint = {json.dumps(config.checkpoint, ensure_ascii=False)}"]
    lines += _lines({name: value for name, value in plain.items() if name != "checkpoint" and value != usual[name]})
    lines += [f"{name} = []" for name in _PARTS if not given[name] and usual[name]]
    for name in _PARTS:
        for part in given[name]:
            lines += ["", f"[[{name}]]", *_lines(_changed(part))]
    if config.probe:
        lines += ["", "[probe]", *_lines(_changed(given["probe"]))]
    if config.objectives:
        lines += ["", "[objectives]", *_lines(given["objectives"])]
    return "\n".join([*lines, *_adjust(given, usual)])


def adjust_lines(config: AdjustConfig) -> str:
    """What differs from the defaults, as TOML; the aligned sentences always."""
    given, usual = to_json(config), to_json(AdjustConfig())
    tables, parts = ("adjust", "look"), ("aligned", "train", "dev", "test")
    names = [name for name in given if name not in (*tables, *parts, "checkpoint")]
    lines = _lines({"checkpoint": config.checkpoint, "task": config.task})
    lines += _lines({name: given[name] for name in names if name != "task" and given[name] != usual[name]})
    for name in parts:
        for part in given[name]:
            lines += ["", f"[[{name}]]", *_lines({"corpus": part["corpus"], **_changed(part)})]
    if config.look:
        lines += ["", "[look]", *_lines(_changed(given["look"]))]
    return "\n".join([*lines, *_adjust(given, usual)])


def _adjust(given: Mapping[str, Any], usual: Mapping[str, Any]) -> list[str]:
    changed = {name: value for name, value in given["adjust"].items() if value != usual["adjust"][name]}
    return ["", "[adjust]", *_lines(changed)] if changed else []


def _changed(part: Mapping[str, Any]) -> dict[str, Any]:
    usual = to_json(Part())
    return {name: value for name, value in part.items() if value != usual[name]}


def _lines(values: Mapping[str, Any]) -> list[str]:
    # Numbers, texts, truth and lists of them are written alike in JSON and TOML; None is left out.
    return [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items() if value is not None]
