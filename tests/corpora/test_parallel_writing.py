"""What is written is read again as it was."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from embspace.corpora.parallel import Translation, read_joint, read_lines, read_table
from embspace.corpora.parallel_writing import write_joint, write_lines, write_table
from embspace.errors import CorpusError

TEXT = some.text(some.characters(exclude_characters="\n\r\t\0|", exclude_categories=["Cs"])).map(str.strip)
GROUPS = some.lists(some.tuples(TEXT, TEXT), min_size=1, max_size=8)


def translations(pairs):
    sides = [{"be": a, "en": b} for a, b in pairs]
    return [
        Translation(str(number), {key: text for key, text in texts.items() if text}, "a")
        for number, texts in enumerate(sides)
    ]


@given(GROUPS, some.sampled_from(["", ".gz"]))
def test_round_trips(pairs, ending):
    groups = translations(pairs)
    texts = [one.texts for one in groups]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {"be": folder / f"a.be{ending}", "en": folder / f"a.en{ending}"}
        assert write_lines(iter(groups), files) == len(groups)
        assert [one.texts for one in read_lines(files)] == texts
        assert write_joint(iter(groups), folder / f"j{ending}", ("be", "en")) == len(groups)
        assert [one.texts for one in read_joint(folder / f"j{ending}", ("be", "en"))] == texts
        assert write_table(iter(groups), folder / f"t{ending}", ("be", "en")) == len(groups)
        found = list(read_table(folder / f"t{ending}", {"be": "be", "en": "en"}, key="id"))
        assert [(one.id, one.texts) for one in found] == [(one.id, one.texts) for one in groups]


def test_what_would_part_columns_is_refused(tmp_path):
    with pytest.raises(CorpusError, match=r"a, group 0: '\|\|\|' in 'a \|\|\| b' would part columns"):
        write_joint(translations([("a ||| b", "c")]), tmp_path / "a", ("be", "en"))
    with pytest.raises(CorpusError, match=r"a, group 0: '\\t' in 'a\\tb' would part columns"):
        write_table(translations([("a\tb", "c")]), tmp_path / "a", ("be", "en"))
    with pytest.raises(CorpusError, match=r"a, line 1: a line break"):
        write_lines(translations([("a\nb", "c")]), {"be": tmp_path / "a"})
    assert not list(tmp_path.iterdir())
