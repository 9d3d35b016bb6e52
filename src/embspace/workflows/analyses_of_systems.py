"""Analyses of what systems predict and how they score, by name: entries as those of `workflows.analyses`."""

from __future__ import annotations

from embspace.workflows.analysis import Analysis, Given, Table

OF_SYSTEMS: dict[str, Analysis] = {
    "significance": Analysis(
        {
            "significance": Table(
                "embspace.analyses.significance:significance",
                "Systems against a baseline",
                ("embspace.figures.significance:significance_bars",),
            )
        },
        "Significance",
        "Which systems differ from a baseline by more than chance, on the same examples. Stars say how small p is; it "
        "is not corrected for the number of systems, so expect one star in twenty where nothing differs.",
        r"t = \frac{\bar d}{s_d / \sqrt{n}}, \qquad"
        r" p_{\text{perm}} = \frac{1 + |\{i : |d_i| \ge |d|\}|}{1 + N}, \qquad"
        r" p_{\text{sign}} = 2 \sum_{i \le \min(w, l)} \binom{w + l}{i} 2^{-(w + l)}",
        "adjustment, 5.1; architectures, 4",
        takes="files",
        given=Given("scores", "embspace.analyses.scores:read_scores"),
        vectors=False,
    ),
}
"""name -> analysis"""
