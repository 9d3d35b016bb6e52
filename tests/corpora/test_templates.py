"""The files of SyntheticNER are checked: every complaint names file and line."""

import pytest

from embspace.corpora.templates import CODES, Cell, read_templates
from embspace.errors import CorpusError

FILES = {
    "openings.tsv": ("id\tlanguage\ttext", "opening-01", "", "News from {code}."),
    "frames_per.tsv": (
        "id\tlanguage\tmale\tfemale",
        "per-001",
        "",
        "{{PER}} came with his wife.\t{{PER}} came in {code}.",
    ),
    "frames_loc.tsv": ("id\tform\tlanguage\ttext", "loc-001", "locative\t", "We live {{LOC.locative}} {code}."),
    "frames_org.tsv": ("id\tlanguage\ttext", "org-001", "", "The winner is {{ORG}}!"),
    "entities_per.tsv": ("id\tgender\tlanguage\tnominative", "per-ann", "female\t", "Ann {code}"),
    "entities_loc.tsv": (
        "id\tlanguage\tnominative\tdirectional\tlocative",
        "loc-rome",
        "",
        "Rome\tto [Rome]\tin [Rome]",
    ),
    "entities_org.tsv": ("id\tkind\tlanguage\tnominative", "org-roma", "club\t", "«[Roma]»"),
}


@pytest.fixture
def folder(tmp_path):
    for name, (header, key, fixed, text) in FILES.items():
        lines = [header, *(f"{key}\t{fixed}{code}\t{text.format(code=code)}" for code in CODES)]
        (tmp_path / name).write_text("\n".join(lines) + "\n", "utf-8")
    return tmp_path


def test_everything_is_read(folder):
    templates = read_templates(folder)
    assert [opening.texts["be"] for opening in templates.openings] == ["News from be."]
    assert [(frame.id, frame.type, frame.form) for frame in templates.frames] == [
        ("per-001", "PER", "male"),
        ("per-001", "PER", "female"),
        ("loc-001", "LOC", "locative"),
        ("org-001", "ORG", "nominative"),
    ]
    assert templates.frames[2].texts["tr"] == ("We live ", " tr.")
    person, place, club = templates.entities
    assert (person.kind, place.kind, club.kind) == ("female", "", "club")
    assert place.cells["directional"]["sl"] == Cell("to ", "Rome", "")
    assert club.cells["nominative"]["uk"] == Cell("«", "Roma", "»")
    assert club.names == dict.fromkeys(CODES, "Roma")


def test_read_once(folder):
    assert read_templates(folder) is read_templates(folder)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("openings.tsv", "id\tlanguage", "key\tlanguage", r"line 1: expected the header 'id language text', got 'key"),
        ("openings.tsv", "\tru\t", "\truu\t", r"line 9: Unknown language code 'ruu'\. Did you mean 'ru'\?"),
        ("openings.tsv", "\tru\t", "\tpl\t", r"line 9: opening-01 has a second line in 'pl'"),
        ("openings.tsv", "opening-01\ten\tNews from en.\n", "", r"line 11: opening-01 has no line in en\."),
        ("openings.tsv", "from en.", "from en. ", r"line 6: text is empty or has blanks at its ends or two in a row"),
        ("openings.tsv", "from en.", "from  en.", r"line 6: text is empty or has blanks at its ends or two in a row"),
        ("openings.tsv", "News from en.", "", r"line 6: text is empty"),
        ("openings.tsv", "from en.", "from en", r"line 6: expected a sentence from a capital letter to \. ! or \?"),
        ("openings.tsv", "News from en.", "news from en.", r"line 6: expected a sentence from a capital letter"),
        ("openings.tsv", "from en.", "from {PER}.", r"line 6: expected a sentence .* without brackets"),
        ("openings.tsv", "from en.", "from\ten.", r"line 6: expected 3 tab-separated columns, got 4"),
        (
            "frames_per.tsv",
            "{PER} came in en.",
            "They came in en.",
            r"line 6: expected the slot \{PER\} exactly once, found it 0",
        ),
        (
            "frames_per.tsv",
            "came in en.",
            "met {PER} in en.",
            r"line 6: expected the slot \{PER\} exactly once, found it 2",
        ),
        ("frames_per.tsv", "came in en.", "met {ORG} in en.", r"line 6: expected a sentence .* without brackets"),
        (
            "frames_per.tsv",
            "{PER} came in en.",
            "{PER}'s brother came in.",
            r"line 6: something is attached to the slot",
        ),
        ("frames_per.tsv", "{PER} came in en.", "Here d'{PER} came in.", r"line 6: something is attached to the slot"),
        (
            "frames_per.tsv",
            "{PER} came in en.",
            "here came {PER}.",
            r"line 6: expected a sentence from a capital letter",
        ),
        (
            "frames_loc.tsv",
            "locative\ten",
            "directional\ten",
            r"line 6: loc-001 is 'directional' here but 'locative' in an",
        ),
        (
            "frames_loc.tsv",
            "{LOC.locative} en.",
            "{LOC} en.",
            r"line 6: expected the slot \{LOC.locative\} exactly once",
        ),
        (
            "frames_loc.tsv",
            "locative\t",
            "dative\t",
            r"line 2: unknown form 'dative'; possible are nominative, directional",
        ),
        ("entities_per.tsv", "female\t", "f\t", r"line 2: the gender of per-ann is 'f'; possible are male and female"),
        (
            "entities_loc.tsv",
            "en\tRome\tto [Rome]",
            "en\tRome\tto [Rome",
            r"line 6: expected one name, at most one part",
        ),
        (
            "entities_loc.tsv",
            "en\tRome\tto [Rome]",
            "en\tRome\t[to] [Rome]",
            r"line 6: expected one name, at most one part",
        ),
        (
            "entities_loc.tsv",
            "en\tRome\tto [Rome]",
            "en\tRome\tto [Rom]e",
            r"line 6: the brackets of 'to \[Rom\]e' cut a word",
        ),
        ("entities_loc.tsv", "en\tRome\tto [Rome]", "en\tRome\tl'[Roma]", r"line 6: the brackets of .* cut a word"),
        ("entities_org.tsv", "club\ten\t«[Roma]»", "club\ten\t{ORG}", r"line 6: expected one name"),
    ],
)
def test_damage_is_named_by_file_and_line(folder, file, old, new, message):
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(CorpusError, match=f"{file}, {message}"):
        read_templates(folder)


def test_missing_file(folder):
    (folder / "entities_org.tsv").unlink()
    with pytest.raises(CorpusError, match=r"entities_org\.tsv: no such file"):
        read_templates(folder)
