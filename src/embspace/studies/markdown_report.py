"""A study as a page of Markdown with its figures beside it, to be kept in a repository."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from embspace.errors import StoreError
from embspace.storage import refused, write_aside
from embspace.studies.cells import Grid, further_grid, measured_grid, printed_grid
from embspace.studies.command import command_line
from embspace.studies.facts import facts
from embspace.studies.outputs import StoredOutput, StudyFolder
from embspace.studies.published import Published, published
from embspace.studies.report import MOST
from embspace.studies.verdicts import VERDICTS, count
from embspace.workflows.markdown import markdown_table, markdown_text


def write_markdown(folder: StudyFolder, target: Path) -> Path:
    """Write `target/<study>.md` and its figures, `target/<study>/<item>-<figure>.svg`; the path of the page.

    Raises:
        StoreError: the record of the study is damaged, or the disk refuses.
    """
    config, record = folder.config, folder.record
    outputs = folder.read()
    counts = count(outputs)
    told = ", ".join(f"{VERDICTS[holds].words} {number}" for holds, number in counts.items() if number)
    findings = [
        (VERDICTS[one.holds].sign, one.where, one.claim, one.evidence) for output in outputs for one in output.findings
    ]
    parts = [
        f"# {markdown_text(record['title'])}",
        "Made again by",
        f"```bash\n{command_line(replace(config, only=()))}\n```",
        markdown_table(("", ""), facts(folder)),
        "## What was different from the paper",
        "\n".join(f"- {markdown_text(one)}" for one in record["differences"]),
        f"## Findings: {told}" if told else "## Findings",
        markdown_table(("", "where", "the paper says", "here"), findings),
        *(part for output in outputs for part in _item(output, config.study, target)),
    ]
    page = target / f"{config.study}.md"
    write_aside(page, lambda stream: stream.write(("\n\n".join(parts) + "\n").encode()))
    return page


def _item(output: StoredOutput, study: str, target: Path) -> Iterator[str]:
    paper = published(study, output.item)
    where = paper.where.partition(",")[0] if paper else output.item
    yield f"## {markdown_text(where)}: {markdown_text(output.title)}"
    if output.problem or output.missing or not output.made:
        yield markdown_text(output.problem or output.missing or "Not made.")
    for name, path in output.figures.items():
        drawn = f"{study}/{output.item}-{path.stem}.svg"
        _copy(path.with_suffix(".svg"), target / drawn)
        yield f"![{markdown_text(name)}]({drawn})"
    first, *others = output.tables.items() or [("", None)]
    for name, table in output.tables.items():
        if len(table) > MOST:
            file = output.csv[name].name
            yield f"The table {markdown_text(name)} has {len(table):,} rows: `{file}` in the study's folder."
    if first[1] is not None and len(first[1]) <= MOST:
        yield "Here" + _unit(paper) + ":"
        yield _grid(measured_grid(first[1], paper))
    if paper is not None and len(paper.printed):
        yield f"Published, {markdown_text(paper.where)}{_unit(paper)}: {markdown_text(paper.caption)}"
        yield _grid(printed_grid(paper))
    if paper is not None and paper.says:
        yield f"The paper: {markdown_text(paper.says)}"
    for name, table in others:
        if table is not None and len(table) <= MOST:
            yield f"<details><summary>{markdown_text(name)}</summary>\n\n{_grid(further_grid(table))}\n\n</details>"
    if output.notes:
        yield "\n".join(f"- {markdown_text(one)}" for one in output.notes)


def _unit(paper: Published | None) -> str:
    return f" ({markdown_text(paper.unit)})" if paper is not None and paper.unit else ""


def _grid(grid: Grid) -> str:
    return markdown_table(grid.columns, grid.rows, grid.numbers)


def _copy(path: Path, target: Path) -> None:
    """Copy a drawing.

    Raises:
        StoreError: it is gone, or the disk refuses.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise StoreError(f"{path} is gone; run the study again with only = {path.parent.name}.") from error
    except OSError as error:
        raise refused(path, error) from error
    write_aside(target, lambda stream: stream.write(data))
