"""What of the paper holds here: every claim with its verdict and the numbers that say so."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import urlencode

import streamlit as st

from embspace.studies.outputs import StoredOutput
from embspace.studies.study import Finding
from embspace.studies.verdicts import VERDICTS, count


def show_findings(outputs: Sequence[StoredOutput], study: str) -> None:
    """All findings of a study as a table, those of the first table or figure first; each leads to its item.

    Args:
        outputs: of the study.
        study: the name of its folder.
    """
    rows = "".join(
        _row(finding, urlencode({"study": study, "item": one.item})) for one in outputs for finding in one.findings
    )
    if not rows:
        st.info(
            "No finding yet: they come with the tables and figures that tell of them.", icon=":material/fact_check:"
        )
        return
    counted = count(outputs)
    counts = "".join(
        f'<span class="{verdict.kind}"><b>{counted[holds]}</b> {verdict.words}</span>'
        for holds, verdict in VERDICTS.items()
    )
    st.html(
        f'<div class="findings"><p class="counts">{counts}</p><table><thead><tr><th>The paper says</th><th>Where</th>'
        f"<th>Here</th><th>Evidence</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )


def show_findings_of(output: StoredOutput) -> None:
    """The findings of one item, a few lines each."""
    lines = "".join(
        f'<li><b class="{VERDICTS[one.holds].kind}">{VERDICTS[one.holds].sign} {VERDICTS[one.holds].words}</b> '
        f"{escape(one.claim)}<i>{escape(one.evidence)}</i></li>"
        for one in output.findings
    )
    if lines:
        st.html(f'<ul class="verdicts">{lines}</ul>')


def _row(finding: Finding, address: str) -> str:
    verdict = VERDICTS[finding.holds]
    return (
        f'<tr><td>{escape(finding.claim)}</td><td class="where"><a href="?{escape(address)}" target="_self">'
        f"{escape(finding.where)}</a></td>"
        f'<td class="{verdict.kind}"><b>{verdict.sign} {verdict.words}</b></td><td>{escape(finding.evidence)}</td></tr>'
    )
