"""Analyses of what systems predict and how they score, by name: entries as those of `workflows.analyses`."""

from __future__ import annotations

from embspace.workflows.analysis import Analysis, Given, Table

_KEEP = "embspace.workflows.stored_predictions:keep_predictions"
_PREDICTIONS = Given("predictions", "embspace.analyses.predictions:read_predictions", example="job:4f2", keep=_KEEP)
_OF_PAIRS = Given("predictions", "embspace.analyses.transfer_errors:read_transfer", example="job:4f2", keep=_KEEP)

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
        given=Given("scores", "embspace.analyses.scores:read_scores", example="scores.csv"),
        vectors=False,
    ),
    "confusion": Analysis(
        {
            "confusion": Table(
                "embspace.analyses.confusion:confusion",
                "Confusion",
                ("embspace.figures.confusion:confusion_matrices",),
            )
        },
        "Confusion",
        "Which labels taggers take for which, side by side: a row is a gold label, its cells say which share of its "
        "words is predicted as what. Trimmed to B, I and O it shows whether an entity is seen at all, whatever its "
        "type.",
        r"\operatorname{share}(g, p) = \frac{|\{w : \operatorname{gold}(w) = g, \operatorname{predicted}(w) = p\}|}"
        r"{|\{w : \operatorname{gold}(w) = g\}|}",
        "architectures, error analysis and Fig. 5",
        takes="files",
        given=_PREDICTIONS,
        vectors=False,
    ),
    "tagging_errors": Analysis(
        {
            "tagging_errors": Table(
                "embspace.analyses.errors:tagging_errors",
                "Errors",
                ("embspace.figures.errors:error_bars",),
            )
        },
        "Errors",
        "Sentences where one tagger errs and another does not, with the predictions of both. What one model gets "
        "wrong alone says what the other has learned.",
        "",
        "architectures, error analysis; exploring, 3.3",
        takes="files",
        given=_PREDICTIONS,
        vectors=False,
    ),
    "organizations": Analysis(
        {
            "organizations": Table(
                "embspace.analyses.errors:organizations",
                "Organizations",
                ("embspace.figures.errors:organization_bars",),
            )
        },
        "Organizations",
        "What the names of organizations are taken for. Clubs that are named after their cities fall among places: "
        "their sentences are about sport, but their names are those of towns.",
        "",
        "exploring, 3.3",
        takes="files",
        given=_PREDICTIONS,
        vectors=False,
    ),
    "transfer": Analysis(
        {
            "transfer": Table(
                "embspace.analyses.transfer_errors:transfer_from",
                "Errors against spelling",
                ("embspace.figures.transfer:transfer_scatter",),
            ),
            "transfer_correlation": Table(
                "embspace.analyses.transfer:transfer_correlation", "Correlation", derived=True
            ),
        },
        "Errors against spelling",
        "Whether taggers err more in a language whose names are spelled otherwise than in the one they learned from. "
        "Every point is a training language and a test language: test sentences with any wrong word, and the mean "
        "distance of the spellings of parallel names.",
        r"r = \frac{\sum_i (x_i - \bar x)(y_i - \bar y)}"
        r"{\sqrt{\sum_i (x_i - \bar x)^2} \sqrt{\sum_i (y_i - \bar y)^2}}, \qquad"
        r" \rho = r(\operatorname{rank} x, \operatorname{rank} y)",
        "exploring, 4.2 and Fig. 5",
        takes="corpus",
        given=_OF_PAIRS,
        vectors=False,
        whole=True,
    ),
}
"""name -> analysis"""
