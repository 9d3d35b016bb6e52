import pandas as pd
import pytest

from embspace.analyses.scores import read_scores
from embspace.errors import SettingsError

ROWS = [("a", "1", "en", 0.5), ("b", "1", "en", 0.25), ("a", "2", "None", 1.0), ("b", "2", "NA", 0.0)]


@pytest.fixture
def table():
    return pd.DataFrame(ROWS, columns=["system", "example", "language", "score"])


@pytest.mark.parametrize(
    ("name", "sep"), [("s.csv", ","), ("s.csv", ";"), ("s.tsv", "\t"), ("s.parquet", ""), ("s.csv.gz", ",")]
)
def test_every_format_is_the_same_table(tmp_path, table, name, sep):
    path = tmp_path / name
    table.to_csv(path, sep=sep, index=False) if sep else table.to_parquet(path)
    found = read_scores(path)
    assert [tuple(row) for row in found.itertuples(index=False)] == ROWS
    assert len(read_scores([path, path])) == 8


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("system,score\na,1\n", "no column 'example'.* It has system, score"),
        ("system,example,tp,fp\na,1,1,1\n", "no column 'fn'"),
        ("system,example,score\na,1,0.5\na,2,\n", "row 2: score is ''; expected a number"),
        ("", "cannot be read as a table"),
        ("system,example,score\na,1,0.5,7,8\n", "cannot be read as a table"),
    ],
)
def test_what_is_no_table_of_scores_is_said(tmp_path, text, message):
    path = tmp_path / "s.csv"
    path.write_text(text)
    with pytest.raises(SettingsError, match=message):
        read_scores(path)


def test_files_of_other_columns_do_not_mix(tmp_path, table):
    table.to_csv(tmp_path / "a.csv", index=False)
    table.drop(columns="language").to_csv(tmp_path / "b.csv", index=False)
    with pytest.raises(SettingsError, match="give files with the same columns"):
        read_scores([tmp_path / "a.csv", tmp_path / "b.csv"])
    with pytest.raises(SettingsError, match="cannot be read"):
        read_scores(tmp_path / "none.csv")
