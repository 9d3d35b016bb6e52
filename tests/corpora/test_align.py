"""Words are aligned by eflomal, links are kept, and it can be stopped midway."""

import os
import random
import sys

import pandas as pd
import pytest

from embspace.corpora import eflomal_runs
from embspace.corpora.alignment import COLUMNS, align
from embspace.corpora.records import Corpus, Sentence
from embspace.errors import CorpusError, SettingsError
from embspace.progress import Cancelled, Silent


def corpus(groups=3, languages=("en", "be", "tr"), seed=0):
    """Sentences in which the n-th word of the vocabulary is `en7`, `be7`, ...; be is turned round."""
    draw = random.Random(seed)
    sentences = []
    for group in range(groups):
        words = draw.sample(range(30), draw.randint(3, 8))
        for language in languages:
            order = words[::-1] if language == "be" else words
            capital = order[0]
            row = tuple(f"{language.upper() if one == capital else language}{one}" for one in order)
            sentences.append(Sentence(row, language, parallel=f"g{group}"))
    return Corpus("made", sentences)


@pytest.fixture
def diagonal(monkeypatch):
    """In eflomal's place: the first words are linked; the calls are noted."""
    calls = []

    def run(sources, targets, look, **settings):
        look()
        calls.append((sources, targets, settings))
        return [([(0, 0)], [(0, 0), (1, 1)])] * len(sources)

    monkeypatch.setattr(eflomal_runs, "run", run)
    monkeypatch.setattr(eflomal_runs, "version", lambda: "2.0.0")
    return calls


@pytest.fixture
def eflomal():
    """The real one."""
    try:
        eflomal_runs.version()
    except SettingsError:
        reason = 'eflomal is not installed; install it: pip install -c constraints.txt -e ".[align]"'
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)


def test_links_are_right(eflomal):
    made = corpus(groups=60)
    links = align(made, "en")
    words = {(one.parallel, one.language): one.words for one in made}
    right = [
        words[row.parallel, "en"][row.word_a].lower()
        == words[row.parallel, row.language_b][row.word_b].lower().replace(row.language_b, "en")
        for row in links.itertuples()
    ]
    n_words = sum(len(one.words) for one in made if one.language != "en")
    assert set(links["language_a"]) == {"en"}
    assert set(links["language_b"]) == {"be", "tr"}
    assert sum(right) > 0.9 * n_words
    assert sum(right) > 0.9 * len(links)


def test_words_with_blanks_and_long_sentences(eflomal):
    ab = Sentence(("New York", "\u00a0", "b"), "en", parallel="x"), Sentence(("a", "b", "c"), "be", parallel="x")
    long = Sentence(("a",) * 1024, "en", parallel="y"), Sentence(("a",), "be", parallel="y")
    found = eflomal_runs.run([ab[0].words, long[0].words], [ab[1].words, long[1].words], lambda: None)
    assert all(0 <= i < 3 and 0 <= j < 3 for direction in found[0] for i, j in direction)
    assert found[0][0] and found[1] == ([], [])


def test_eflomal_is_stopped(eflomal, workspace):
    class Stop(Silent):
        calls = 0

        def advance(self, count=1, note=""):
            self.calls += 1
            if self.calls > 3:
                raise Cancelled

    with pytest.raises(Cancelled):
        align(corpus(groups=400), "en", length=200, progress=Stop())
    assert not workspace.alignments.exists()


def test_a_stopped_process_is_gone(tmp_path):
    place = tmp_path / "pid"
    command = [
        sys.executable,
        "-c",
        f"import os, time; open({str(place)!r}, 'w').write(str(os.getpid())); time.sleep(60)",
    ]

    def look():
        if place.exists() and place.read_text():
            raise Cancelled

    with pytest.raises(Cancelled):
        eflomal_runs._wait(command, tmp_path / "log", look)
    with pytest.raises(ProcessLookupError):
        os.kill(int(place.read_text()), 0)


def test_a_failing_process_is_quoted(tmp_path):
    command = [sys.executable, "-c", "import sys; sys.exit('out of memory')"]
    with pytest.raises(CorpusError, match=r"eflomal ended with 1: out of memory\."):
        eflomal_runs._wait(command, tmp_path / "log", lambda: None)


def test_a_program_built_for_another_processor(tmp_path):
    command = [sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGILL)"]
    with pytest.raises(
        SettingsError, match=r"built for another processor; build it anew: pip install --force-reinstall"
    ):
        eflomal_runs._wait(command, tmp_path / "log", lambda: None)


def test_a_missing_program_says_what_to_install(tmp_path):
    with pytest.raises(SettingsError, match=r'pip install "embspace\[align\]" \(/no/such'):
        eflomal_runs._wait(["/no/such"], tmp_path / "log", lambda: None)


def test_eflomal_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "eflomal", None)
    with pytest.raises(SettingsError, match=r'eflomal, .*: pip install "embspace\[align\]"'):
        align(corpus(), "en")


def test_frame_and_settings(diagonal):
    made = corpus()
    links = align(made, "en", method="union", length=0.5)
    assert tuple(links.columns) == COLUMNS
    assert list(links.itertuples(index=False, name=None))[:2] == [("g0", "en", 0, "be", 0), ("g0", "en", 1, "be", 1)]
    assert len(links) == 12
    assert links.attrs["settings"] == {
        "corpus": "made",
        "corpus_fingerprint": made.fingerprint,
        "source": "en",
        "aligner": "eflomal 2.0.0",
        "method": "union",
        "length": 0.5,
        "null_prior": 0.2,
        "pairs": {"be": 3, "tr": 3},
    }
    assert diagonal[0][2] == {"length": 0.5, "null_prior": 0.2}


def test_links_are_found_again(diagonal):
    links = align(corpus(), "en")
    again = align(corpus(), "en")
    assert len(diagonal) == 2
    pd.testing.assert_frame_equal(links, again)
    assert again.attrs == links.attrs
    align(Corpus("one fewer", [one for one in corpus() if one.language != "tr"]), "en")
    assert len(diagonal) == 2  # of the languages that were there before
    align(corpus(), "be")
    assert len(diagonal) == 4
    for setting in ({"method": "union"}, {"length": 2}, {"null_prior": 0.1}):
        before = len(diagonal)
        align(corpus(), "en", **setting)
        assert len(diagonal) == before + 2


@pytest.mark.parametrize(
    "damage", [lambda data: b"", lambda data: data[:-9], lambda data: data[:40] + bytes([data[40] ^ 1]) + data[41:]]
)
def test_damaged_links_are_made_anew(diagonal, workspace, damage):
    links = align(corpus(), "en")
    for path in workspace.alignments.iterdir():
        path.write_bytes(damage(path.read_bytes()))
    pd.testing.assert_frame_equal(align(corpus(), "en"), links)
    assert len(diagonal) == 4


def test_what_was_aligned_is_kept_when_stopped(diagonal, workspace):
    class Stop(Silent):
        done = 0

        def advance(self, count=1, note=""):
            self.done += count
            if self.done and not count:
                raise Cancelled

    with pytest.raises(Cancelled):
        align(corpus(), "en", progress=Stop())
    assert len(list(workspace.alignments.iterdir())) == 1
    align(corpus(), "en")
    assert len(diagonal) == 2


@pytest.mark.parametrize("setting", [{"method": "grow"}, {"length": 0}, {"null_prior": 0}, {"null_prior": 1}])
def test_settings_out_of_range(setting):
    with pytest.raises(SettingsError, match=r"method is one of .*, length above 0 and null_prior between 0 and 1"):
        align(corpus(), "en", **setting)


def test_nothing_to_align(diagonal):
    with pytest.raises(CorpusError, match=r"Unknown language code 'pl'\. Possible are en, be, tr\."):
        align(corpus(), "pl")
    with pytest.raises(CorpusError, match=r"No sentence of made shares its `parallel` with one in en"):
        align(corpus(languages=("en",)), "en")
    partly = Corpus("c", [*corpus(languages=("en", "be")), Sentence(("a",), "tr")])
    assert align(partly, "en").attrs["settings"]["pairs"] == {"be": 3, "tr": 0}
