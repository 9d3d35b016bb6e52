"""The report of a study: whole, escaped, rounded as published, and readable before all of it is made."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from made_up_outputs import STUDY, cosines

from embspace.errors import StoreError
from embspace.progress import Silent
from embspace.studies import stored_output
from embspace.studies.cells import measured_grid, printed_grid
from embspace.studies.config import StudyConfig
from embspace.studies.facts import duration
from embspace.studies.markdown_report import write_markdown
from embspace.studies.outputs import StudyFolder
from embspace.studies.published import published
from embspace.studies.report import write_report
from embspace.studies.study import Context, Output
from embspace.workspace import Workspace

CONFIG = StudyConfig("exploring", sentences=1500, seeds=(0, 1), only=("table-2",))


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(stored_output, "_draw", lambda figure, path: None)
    workspace = Workspace(tmp_path)
    folder = StudyFolder.of(CONFIG, workspace)
    folder.begin(CONFIG, STUDY)
    folder.write("table-1", "Sizes", Output(missing="No OntoNotes at hand."))
    folder.write("table-2", "Cosines", cosines(Context(CONFIG, workspace, Silent(), {})))
    folder.end(100)
    return write_report(folder).read_text()


def test_measured_numbers_stand_rounded_beside_the_published_ones(page: str) -> None:
    section = page.split('<section id="table-2">')[1].split("</section>")[0]
    assert '<td class="number">0.1235</td>' in section  # four digits, as in the paper
    assert '<td class="number">0.9372</td>' in section
    assert section.index("0.1235") < section.index("0.9372")
    assert "20,000" in section


def test_findings_come_first_and_are_counted(page: str) -> None:
    assert page.index("Near kin are close") < page.index('<section id="table-1">')
    assert re.findall(r"<b>(\d)</b>", page) == ["1", "1", "1"]
    assert "does not hold" in page and "cannot be told" in page


def test_what_studies_and_corpora_say_is_escaped(page: str) -> None:
    assert "A paper &lt;made up&gt;" in page and "<made up>" not in page
    assert "&lt;i&gt;0.12&lt;/i&gt;" in page and "Of 2 languages &amp; &lt;more&gt;." in page
    data = re.search(r'<script type="application/json" id="table-2-0-data">(.*?)</script>', page)
    assert data and json.loads(data[1])["data"][0]["text"][0] == "</script><b>bold</b>"


def test_the_report_opens_without_a_network_and_plotly_is_in_it_once(page: str) -> None:
    own = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", own)
    assert page.count("plotly.js v") == 1


def test_what_is_not_made_or_missing_is_said_with_what_to_do(page: str) -> None:
    assert "No OntoNotes at hand." in page
    assert "embspace study exploring --sentences 1500 --seed 0 --seed 1 --only figure-1" in page
    assert "embspace study exploring --sentences 1500 --seed 0 --seed 1</pre>" in page


def test_counts_have_no_points_and_marks_do_not_hide_a_number() -> None:
    paper = published("exploring", "table-1")
    assert paper is not None
    table = pd.DataFrame({"Type": ["PER", "LOC"], "Quantity of possible sentences": [1234567, None]})
    assert measured_grid(table, paper).rows == (("PER", "1,234,567"), ("LOC", "–"))
    assert printed_grid(paper).rows[0] == ("PER", "20,646,346")


def test_durations() -> None:
    assert [duration(one) for one in (12.3, 600, 7200)] == ["12 s", "10 min", "2.0 h"]


def test_the_report_is_markdown_too_with_its_drawings_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_output, "_draw", lambda figure, path: path.write_text("<svg/>"))
    workspace = Workspace(tmp_path / "workspace")
    folder = StudyFolder.of(CONFIG, workspace)
    folder.begin(CONFIG, STUDY)
    folder.write("table-2", "Cosines", cosines(Context(CONFIG, workspace, Silent(), {})))
    page = write_markdown(folder, tmp_path / "kept")
    text = page.read_text()
    assert page == tmp_path / "kept" / "exploring.md" and text.startswith("# A paper \\<made up\\>\n")
    (drawn,) = re.findall(r"!\[over steps\]\((.*)\)", text)
    assert (page.parent / drawn).read_text() == "<svg/>"
    assert "| na | 0.1235 | 1.0000 |" in text and "0.9372" in text  # ours and the paper's, four digits each
    assert "| ✗ | Table 2 | Far ones are not | \\<i\\>0.12\\</i\\> > 0.05 |".replace(" > ", " \\> ") in text
    assert text.count("Not made.") == 2
    (folder.path / "table-2" / "over-steps.svg").unlink()
    with pytest.raises(StoreError, match="run the study again with only = table-2"):
        write_markdown(folder, tmp_path / "kept")
