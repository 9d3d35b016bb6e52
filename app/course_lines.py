"""The same in Python: lines that make the figures of the page of training dynamics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from course import Course
from embspace.workflows.analysis import Analysis


def change_lines(names: Sequence[str], labels: Mapping[str, str], view: Course, every: int, correlation: bool) -> str:
    """Lines of the change of isotropy, or of its correlation between languages.

    Args:
        names: of the trainings.
        labels: what their panels are called.
        view: whose layer is shown.
        every: h.
        correlation: of languages, in place of the curves.
    """
    lines = ["import embspace as es", "", f"spaces = es.step_spaces({_names(names)})"]
    layer = [] if view.layer == -1 else [f"layer={view.layer}"]
    lines.append(f"changes = es.isotropy_change({', '.join(['spaces', f'every={every}', *layer])})")
    if correlation:
        return "\n".join([*lines, "es.figures.change_correlation_heatmap(es.change_correlation(changes))"])
    if len(names) > 1:
        lines.append(f'changes = changes.replace({{"run": {dict(labels)!r}}})')
    return "\n".join([*lines, "es.figures.isotropy_change_curves(changes)"])


def map_lines(names: Sequence[str], settings: Mapping[str, Any], view: Course) -> str:
    """Lines of a map of steps that plays.

    Args:
        names: of the steps, `job:ID@STEP`.
        settings: of `project`, those that are not at its defaults.
        view: what colors and shapes say.
    """
    given = ", ".join(["spaces", *(f"{name}={value!r}" for name, value in settings.items())])
    shape = None if view.shape == "none" else view.shape
    animate = ', animate="checkpoint"' if len(names) > 1 else ""
    return "\n".join(
        [
            "import embspace as es",
            "",
            f"spaces = es.step_spaces({_names(names)})",
            f"places = es.project({given})",
            f"es.figures.projection_map(places, color={view.color!r}, symbol={shape!r}{animate})",
        ]
    )


def confusion_lines(labels: Mapping[str, str], view: Course, sentences: str) -> str:
    """Lines of confusion matrices side by side.

    Args:
        labels: names of trainings, and what the matrices are called.
        view: which labels, and of which language.
        sentences: the fingerprint of the test sentences.
    """
    tables = ",\n".join(
        f"    {label!r}: find_predictions({name!r}, room, tested)[0].table()" for name, label in labels.items()
    )
    language = f", language={view.language!r}" if view.language else ""
    return "\n".join(
        [
            "import embspace as es",
            "from embspace.workflows.stored_predictions import find_predictions",
            "",
            "room = es.current_workspace()",
            f"tested = {sentences!r}",
            f"tables = {{\n{tables},\n}}",
            f"result = es.confusion(tables, labels={view.labels!r})",
            f"es.figures.confusion_matrices(result{language})",
        ]
    )


def curve_lines(names: Sequence[str], view: Course, drawn: Mapping[str, str]) -> str:
    """Lines of an analysis as curves over steps; `drawn` is what the figure is told beside the layer."""
    settings = ["layer=None"] if view.analysis == "relatedness" else []
    settings += ["bootstrap=0"] if view.analysis == "isotropy" else []
    layer = [] if view.layer == -1 else [f"layer={view.layer}"]
    told = [f"{name}={value!r}" for name, value in drawn.items()]
    return "\n".join(
        [
            "import embspace as es",
            "",
            f"spaces = es.step_spaces({_names(names)})",
            f"result = es.{view.analysis}({', '.join(['spaces', *settings])})",
            f"es.figures.step_curves({', '.join(['result', *layer, *told])})",
        ]
    )


def analysis_lines(
    names: Sequence[str], entry: Analysis, table: str, figure: str, drawn: Mapping[str, str], layer: int | None
) -> str:
    """Lines of a figure of an analysis's own, of steps.

    Args:
        names: of the steps.
        entry: the analysis.
        table: of which the figure is.
        figure: the path of its function.
        drawn: what it is told.
        layer: that it shows; None: all.
    """
    made = entry.tables[table]
    settings = [f"{name}={value!r}" for name, value in entry.start.items()]
    told = [*([] if layer is None else [f"layer={layer}"]), *(f"{name}={value!r}" for name, value in drawn.items())]
    return "\n".join(
        [
            "import embspace as es",
            "",
            f"spaces = es.step_spaces({_names(names)})",
            f"result = es.{made.run.partition(':')[2]}({', '.join(['spaces', *settings])})",
            f"es.figures.{figure.partition(':')[2]}({', '.join(['result', *told])})",
        ]
    )


def _names(names: Sequence[str]) -> str:
    return repr(names[0]) if len(names) == 1 else repr(list(names))
