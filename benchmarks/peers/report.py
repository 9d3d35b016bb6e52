"""The measurements as Markdown."""

from __future__ import annotations

from typing import Any

HEADER = (
    "| system | words/s | pieces/s | of the plain pass | embspace is, times as fast | words/CPU s"
    " | useful GFLOP/s (of the best product) | peak MiB | above the model, MiB | layers | greatest difference"
    " | words off |\n"
    "|---" + "|---:" * 11 + "|"
)


def block(model: str, about: dict[str, Any], rows: dict[str, Any]) -> str:
    """A heading, what was measured on, and the table.

    Args:
        model: its name.
        about: what of the work and the machine is told.
        rows: of `summarize`.
    """
    products = {name.removeprefix("product "): row["gflops"] for name, row in rows.items() if "gflops" in row}
    best = max(products.values(), default=0.0)
    best_exact = max((value for name, value in products.items() if "float32" in name), default=0.0)
    lines = [
        f"### {model}: {about['sentences']:,} sentences, {about['words']:,} words, {about['pieces']:,} pieces",
        "",
        f"{about['text']}. {about['machine']['cpu']}, flags {' '.join(about['machine']['flags'])}, core {about['core']}"
        f" alone, one thread; torch {about['machine']['torch']}, transformers {about['machine']['transformers']};"
        f" medians of {about['rounds']} rounds. Products of 2048 x 2048 x 2048, GFLOP/s: "
        + ", ".join(f"{name} {value:.0f}" for name, value in products.items())
        + ".",
        "",
        *(
            f"{name}: seconds by budget of pieces, the fastest is used: "
            + ", ".join(f"{budget} {seconds:.2f}" for budget, seconds in row["budgets"].items())
            for name, row in rows.items()
            if row.get("budgets")
        ),
        "",
        HEADER,
    ]
    for name, row in rows.items():
        if "gflops" not in row:
            lines.append(_row(name, row, best if "bfloat16" in name else best_exact))
    return "\n".join(lines) + "\n"


def _row(name: str, row: dict[str, Any], best: float) -> str:
    if "error" in row:
        return f"| {name} | does not run: {row['error'].splitlines()[0][:120]} " + "|  " * 10 + "|"
    share = f" ({row['useful_gflops'] / best:.0%})" if best else ""
    ratio = f"{row['of_plain_pass']:.2f}" if "of_plain_pass" in row else ""
    if "of_bfloat16_pass" in row:
        ratio += f" ({row['of_bfloat16_pass']:.2f} of bfloat16's)"
    layers = {None: "", 1: "last"}.get(row.get("layers"), "all")
    difference = f"{row['max_difference']:.1e}" if "max_difference" in row else row.get("why", "")
    if "bfloat16" in name and "least_cosine" in row:
        difference += f", cosine {row['least_cosine']:.4f} or more"
    cells = [
        name,
        f"{row['words_per_second']:,.0f}",
        f"{row['pieces_per_second']:,.0f}",
        ratio,
        f"{row['ours_is_faster']:.2f}" if "ours_is_faster" in row and name != "embspace" else "",
        f"{row['words_per_cpu_second']:,.0f}",
        f"{row['useful_gflops']:.0f}{share}",
        f"{row['mib_peak']:,.0f}",
        f"{row['mib_above_model']:,.0f}",
        layers,
        difference,
        f"{row['words_off']:,} of {row['words']:,}" if "words_off" in row else "",
    ]
    return "| " + " | ".join(cells) + " |"
