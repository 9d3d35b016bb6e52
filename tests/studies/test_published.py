"""The published numbers: whole, as printed, and refused where the file is wrong."""

import re

import numpy as np
import pytest

from embspace.errors import StudyError
from embspace.studies.published import published, published_items, read

# Numbers behind the first column of each table, and their sum, counted in the papers' text.
SUMS = {
    ("exploring", "table-1"): (3, 24_056_310),
    ("exploring", "table-2"): (16, 14.4926),
    ("lingua-franca", "table-1"): (25, 2162.8),
    ("lingua-franca", "table-2"): (21, 1265.03),
    ("lingua-franca", "table-3"): (34, 2519.39),
    ("lingua-franca", "table-4"): (20, 1472.28),
    ("lingua-franca", "table-5"): (20, 1409.26),
    ("lingua-franca", "table-6"): (60, 3607.66),
    ("lingua-franca", "table-7"): (53, 3429.43),
}


@pytest.mark.parametrize(("study", "item"), SUMS)
def test_the_numbers_of_a_table_are_those_of_the_text(study: str, item: str) -> None:
    paper = published(study, item)
    assert paper is not None
    cells = [cell.rstrip("*").replace(",", "") for cell in paper.printed.iloc[:, 1:].to_numpy().ravel()]
    numbers = [float(cell) for cell in cells if re.fullmatch(r"-?[\d.]+", cell)]
    count, total = SUMS[study, item]
    assert len(numbers) == count
    assert sum(numbers) == pytest.approx(total, abs=1e-6)


def test_the_cosines_are_symmetric_and_of_themselves_one() -> None:
    paper = published("exploring", "table-2")
    assert paper is not None
    cosines = paper.table.set_index(paper.table.columns[0])
    assert (cosines.to_numpy() == cosines.to_numpy().T).all()
    assert np.diag(cosines).tolist() == [1, 1, 1, 1]


def test_a_setting_that_several_tables_print_is_the_same_in_each() -> None:
    rows = {}
    for item, label in (("table-5", "-1"), ("table-6", "ML")):
        paper = published("lingua-franca", item)
        assert paper is not None
        first = paper.table[paper.printed.iloc[:, 0] == label].iloc[0]
        rows[item] = first[["German", "English", "Spanish", "Dutch"]].tolist()
    assert rows["table-5"] == rows["table-6"]


def test_every_item_of_both_papers_is_there() -> None:
    assert set(published_items("exploring")) == {
        *("table-1", "table-2", "tokenization", "clubs", "figure-1", "figure-2", "figure-3", "figure-4", "figure-5")
    }
    tables = {f"table-{number}" for number in range(1, 8)}
    assert set(published_items("lingua-franca")) == {*tables, "figure-2", "figure-3"}
    assert published("lingua-franca", "table-8") is None and published("other", "table-1") is None


def test_numbers_keep_the_digits_and_the_marks_that_are_printed() -> None:
    cosines, zero_shot = published("exploring", "table-2"), published("lingua-franca", "table-3")
    assert cosines is not None and zero_shot is not None
    assert cosines.printed.iloc[1].tolist() == ["en", "0.8457", "1.0000", "0.8840", "0.9372"]
    assert zero_shot.printed["English"].tolist()[:3] == ["", "90.70*", ""]
    numbers = zero_shot.table["English"].tolist()
    assert numbers[1] == 90.7 and [value != value for value in numbers[:4]] == [True, False, True, False]


def test_digits_behind_the_point_are_those_of_the_cell_or_of_what_is_nearest() -> None:
    paper = published("lingua-franca", "table-2")
    assert paper is not None
    assert paper.decimals("WordPiece fertility", "Turkish") == 2
    assert paper.decimals("WordPiece fertility", "English") == 1
    assert paper.decimals("BERT-ML", "Turkish") == paper.decimals("other", "Arabic") == paper.decimals("x", "y") == 1


def test_a_column_of_whole_numbers_stays_one() -> None:
    paper = published("lingua-franca", "table-6")
    assert paper is not None
    assert paper.decimals("ML", "#frz") == 0 and paper.decimals("ML", "Turkish") == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[a", "not TOML"),
        ('[a.b]\ncaption = "x"\nwhere = "y"\nsay = "z"', "unknown keys say"),
        ('[a.b]\ncaption = "x"\nsays = "z"', "caption and where"),
        ('[a.b]\ncaption = "x"\nwhere = "y"', "without a table"),
        ('[a.b]\ncaption = "x"\nwhere = "y"\ncolumns = ["l", "m"]\nrows = [["r", 1], ["s"]]', "row 2 has 1 cells"),
        ('[a.b]\ncaption = "x"\nwhere = "y"\ncolumns = ["l", "l"]\nrows = [["r", 1]]', "columns"),
        ('[a.b]\ncaption = 1\nwhere = "y"', "caption must be text"),
        ("[a]\nb = 1", "expected a table"),
    ],
)
def test_a_wrong_file_says_where(text: str, told: str) -> None:
    with pytest.raises(StudyError, match=told):
        read(text)
