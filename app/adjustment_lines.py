"""Adjust, fine-tune, compare in Python: lines that make a run and draw what the page shows of it."""

from __future__ import annotations

from embspace.training.part import Part
from embspace.workflows.settings import to_json
from embspace.workflows.stages import PAPER_NAMES, AdjustConfig


def adjustment_lines(config: AdjustConfig, layer: int) -> str:
    """Lines that make a run, or find it made, and from its tables the figures and tables of a layer."""
    return "\n".join(
        [
            "import embspace as es",
            "from embspace.analyses.stage_scores import marked_table, separations",
            "",
            f"made = es.adjust({', '.join(_settings(config))})",
            f'es.figures.relatedness_histograms(made["distances"], layer={layer})',
            f"names = {PAPER_NAMES!r}",
            'scores = made["significance"]',
            "marked_table(scores, names)",
            'percent = {name: 100 * scores[name] for name in ("mean", "deviation")}',
            'es.figures.significance_bars(scores.replace(names).assign(stars=scores["mark"], **percent))',
            'separations(made["relatedness"])',
        ]
    )


def stored_lines(key: str) -> str:
    """Lines that open the stored tables of a run as they are, whatever version made them."""
    return "\n".join(
        [
            "import embspace as es",
            "from embspace.analyses.result_store import read_result",
            "",
            f"made = read_result(es.current_workspace().results, {key!r})",
        ]
    )


def _settings(config: AdjustConfig) -> list[str]:
    """What differs from the defaults, as arguments; the aligned sentences always."""
    given, usual = to_json(config), to_json(AdjustConfig())
    found = []
    for name, value in given.items():
        if name in ("aligned", "train", "dev", "test"):
            value = [_changed(one) for one in value]
        elif name == "look" and value:
            value = _changed(value)
        elif name == "adjust":
            value = {one: setting for one, setting in value.items() if setting != usual["adjust"][one]}
            if not value:
                continue
        if name == "aligned" or given[name] != usual[name]:
            found.append(f"{name}={value!r}")
    return found


def _changed(part: dict[str, object]) -> dict[str, object]:
    usual = to_json(Part())
    return {name: value for name, value in part.items() if name == "corpus" or value != usual[name]}
