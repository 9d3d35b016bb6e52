"""A study as one HTML file: what holds of the paper, and each table and figure beside the published one."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from jinja2 import Environment, StrictUndefined, Template
from plotly.offline import get_plotlyjs

from embspace.errors import StoreError
from embspace.figures.brightness import dark_colors, darkened, text_colors
from embspace.figures.saving import picture_size
from embspace.figures.theme import DARK, FONT, LIGHT, MONO
from embspace.storage import read_json, write_aside
from embspace.studies.cells import Grid, further_grid, measured_grid, printed_grid
from embspace.studies.command import command_line
from embspace.studies.config import StudyConfig
from embspace.studies.facts import facts
from embspace.studies.outputs import StoredOutput, StudyFolder
from embspace.studies.published import Published, published
from embspace.studies.verdicts import VERDICTS, count

MOST = 60
"""rows of a table that is shown; larger ones are files beside the report"""
NARROW = 640
"""pixels of a figure that tables fit beside"""


def write_report(folder: StudyFolder) -> Path:
    """Write everything in a study's folder as one page that opens without a network; its path.

    Raises:
        StoreError: the record of the study is damaged, or the disk refuses.
    """
    record, outputs, config = folder.record, folder.read(), folder.config
    items = [_item(_told(one, config), config.study) for one in outputs]
    page = _template().render(
        title=record["title"],
        facts=list(facts(folder)),
        differences=record["differences"],
        findings=[(one, finding, VERDICTS[finding.holds]) for one in outputs for finding in one.findings],
        counts=count(outputs),
        verdicts=VERDICTS,
        most=MOST,
        items=items,
        command=command_line(replace(config, only=())),
        versions=record["versions"],
        plotly=get_plotlyjs() if any(item["figures"] for item in items) else "",
        colors=script_text({"all": dark_colors(), "edge": [LIGHT.edge, DARK.edge]}),
        light=LIGHT,
        dark=DARK,
        font=FONT,
        mono=MONO,
    )
    write_aside(folder.report, lambda stream: stream.write(page.encode()))
    return folder.report


def _told(output: StoredOutput, config: StudyConfig) -> StoredOutput:
    """An item as it is; of one that was not made, how it is."""
    if output.made or output.problem:
        return output
    return replace(output, missing=f"Not made yet: {command_line(replace(config, only=(output.item,)))}")


def _item(output: StoredOutput, study: str) -> dict[str, Any]:
    paper = published(study, output.item)
    first, *others = output.tables.items() or [("", None)]
    figures = [_figure(output, name, number) for number, name in enumerate(output.figures)]
    return {
        "output": output,
        "paper": paper,
        "where": paper.where.partition(",")[0] if paper else output.item,
        "title": output.title[:1].upper() + output.title[1:],
        "figures": figures,
        "narrow": len(figures) == 1 and (figures[0]["width"] or NARROW + 1) <= NARROW,
        "measured": None if first[1] is None or len(first[1]) > MOST else measured_grid(first[1], paper),
        "printed": _printed(paper),
        "others": [(name, further_grid(table)) for name, table in others if table is not None and len(table) <= MOST],
        "files": [(name, f"{output.item}/{path.name}", len(output.tables[name])) for name, path in output.csv.items()],
    }


def _printed(paper: Published | None) -> Grid | None:
    return printed_grid(paper) if paper is not None and len(paper.printed) else None


def _figure(output: StoredOutput, name: str, number: int) -> dict[str, Any]:
    """A figure for the page: its data, and the room that it needs."""
    path = output.figures[name]
    try:
        found = read_json(path)
        layout = found["layout"]
        text = list(text_colors(darkened(found)))
    except (KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"{path} is no figure; run the study again with only = {output.item}.") from error
    width, height = picture_size(go.Figure(layout=layout, skip_invalid=True))
    square = any("scaleanchor" in axis for name, axis in layout.items() if name == "yaxis")
    return {
        "id": f"{output.item}-{number}",
        "name": name,
        "json": script_text(found),
        "text": script_text(text),
        "height": height,
        "width": width if layout.get("width") else round(1.25 * height) if square else None,
    }


def script_text(value: object) -> str:
    """JSON that may stand inside a script of HTML."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


@cache
def _template() -> Template:
    text = files("embspace.studies").joinpath("report.html.j2").read_text("utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(text)
