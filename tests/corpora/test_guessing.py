import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import embspace as es
from embspace.corpora.file_readers import Reading
from embspace.corpora.formats import FORMATS, read_files
from embspace.corpora.guessing import guess, languages_of, preview, split_links
from embspace.corpora.sources import corpus
from embspace.errors import CorpusError

CONLLU = "# sent_id = 1\n# text = It was.\n" + "".join(
    "\t".join([str(n), word, word, "X", "_", "_", "0", "_", "_", rest]) + "\n"
    for n, word, rest in ((1, "It", "_"), (2, "was", "SpaceAfter=No"), (3, ".", "_"))
)
CONLLX = "1\tIt\tit\tPRON\tPRP\t_\t2\tsubj\t_\t_\n2\twas\tbe\tVERB\tVBD\t_\t0\troot\t_\t_\n\n"
CONLLX += "1\tYes\tyes\tX\tUH\t_\t0\troot\t_\t_\n"
ONTONOTES = "#begin document (a); part 000\n" + "\n".join(
    f"a 0 {n} {word} NN * - - - - {name} -" for n, (word, name) in enumerate((("In", "*"), ("Minsk", "(GPE)")))
)
UNER = "# sent_id = 1\n# text = Eve\n1\tEve\tB-PER\t-\t-\n\n# sent_id = 2\n# text = No\n1\tNo\tO\t-\t-\n"
SQUAD = {
    "data": [
        {
            "title": "t",
            "paragraphs": [
                {
                    "context": "A b.",
                    "qas": [{"id": "q", "question": "A?", "answers": [{"text": "b", "answer_start": 2}]}],
                }
            ],
        }
    ]
}
NLI = {"gold_label": "neutral", "sentence1": "Yes.", "sentence2": "No.", "language": "en", "pairID": "1"}
FILES = {
    "text": ("news.be.txt", "Гэта першы сказ, так.\nА гэта другі.\n", ("be",)),
    "table": ("a.csv", "text,lang\nYes.,en\n", ()),
    "jsonl": ("a.jsonl", '{"text": "Yes.", "language": "en"}\n', ()),
    "columns": ("en_train.txt", "Eve B-PER\nran O\n\nNo O\n", ("en",)),
    "conll2012": ("a.en.v4_gold_conll", ONTONOTES, ("en",)),
    "conllx": ("en.conll", CONLLX, ("en",)),
    "conllu": ("en_pud-ud-test.conllu", CONLLU, ("en",)),
    "uner": ("en_pud-ud-test.iob2", UNER, ("en",)),
    "wikiann": ("train", "en:Eve\tB-PER\nen:ran\tO\n\nen:No\tO\n", ()),
    "joint": ("a.en-be", "Yes. ||| Так.\nNo. ||| Не.\n", ("en", "be")),
    "pairs": ("en-be.tsv", "Oh yes.\tАга, так.\nOh no.\tАй, не.\n", ("en", "be")),
    "tatoeba": ("en_be.tsv", "1\tYes.\t2\tТак.\n", ("en", "be")),
    "nli": ("xnli.tsv", "\t".join(NLI) + "\n" + "\t".join(NLI.values()) + "\n", ()),
    "squad": ("xquad.en.json", json.dumps(SQUAD, indent=1), ("en",)),
}


def written(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", list(FILES))
def test_a_format_is_guessed_and_read(tmp_path, name):
    file, text, languages = FILES[name]
    path = written(tmp_path, file, text)
    found = guess([path])
    assert (found.format, found.languages) == (name, languages), found.reason
    assert found.reason.endswith(".") and len(found.reason) > 20
    shown = preview(found.format, [path], Reading(found.languages, found.columns, found.options))
    assert shown and all(one.words and one.language in ("en", "be") for one in shown)
    assert list(corpus(path)) == shown


def test_formats_of_several_files_and_packed_ones(tmp_path):
    assert set(FORMATS) == {*FILES, "parquet", "moses", "ids"}
    pq.write_table(pa.table({"text": ["Yes."], "lang": ["en"]}), tmp_path / "data")
    assert guess([tmp_path / "data"]).format == "parquet"
    lines = [written(tmp_path, f"train.{code}", "a b\nc\n") for code in ("en", "be")]
    found = guess(lines)
    assert (found.format, found.languages) == ("moses", ("en", "be")) and "2 lines" in found.reason
    assert [one.parallel for one in corpus(lines)] == ["0", "0", "1", "1"]
    written(tmp_path, "train.be", "a\n")
    found = guess(lines)
    assert (found.format, found.languages) == ("text", ("en", "be"))
    assert [one.language for one in corpus(lines)] == ["en", "en", "be"]
    ids = [written(tmp_path, f"{code}.tsv", f"7\t{code} text\n8\tmore text\n") for code in ("en", "be")]
    found = guess(ids)
    assert (found.format, found.languages) == ("ids", ("en", "be"))
    assert [one.language for one in corpus(ids)] == ["en", "be"] * 2
    assert guess(ids[:1]).columns == {"parallel": 0, "text": 1}
    assert corpus(ids[0])[0].parallel == "7"


@pytest.mark.parametrize(
    ("rows", "options"),
    [
        ("Eve I-PER\nran O\n\nNo O\n", {"scheme": "iob1"}),
        ("Eve S-PER\nran O\n\nNo O\n", {"scheme": "bioes"}),
        ("Eve B-PER\nran O\n\nNo O\n", {}),
        ("Eve NOUN\nran VERB\n\nNo X\n", {"scheme": None}),
    ],
)
def test_the_scheme_of_tags_is_guessed(tmp_path, rows, options):
    path = written(tmp_path, "en.txt", rows)
    assert guess([path]).options == options
    assert [len(one.words) for one in corpus(path)] == [2, 1]


def test_a_stray_tag_does_not_make_another_scheme(tmp_path):
    path = written(tmp_path, "en.txt", "Eve B-PER\nran O\n\nBig I-ORG\nNo O\n")
    assert guess([path]).options == {}
    with pytest.raises(CorpusError, match=r"en\.txt, line 4, word 'Big': the tag 'I-ORG' breaks IOB2"):
        corpus(path)
    path = written(tmp_path, "two.en.txt", "Eve I-PER\nAda B-PER\nran O\n\nNo O\n")
    assert guess([path]).options == {"scheme": "iob1"}
    assert corpus(path)[0].tags == ("B-PER", "B-PER", "O")


def test_nli_and_questions_become_sentences(tmp_path):
    path = written(tmp_path, "nli.jsonl", json.dumps(NLI) + "\n")
    assert guess([path]).format == "nli"
    assert [(one.text, one.parallel.rpartition(":")[2]) for one in corpus(path)] == [
        ("Yes.", "premise"),
        ("No.", "hypothesis"),
    ]
    path = written(tmp_path, "q.en.json", json.dumps(SQUAD))
    assert [(one.text, one.parallel) for one in corpus(path)] == [("A b.", "q:paragraph"), ("A?", "q:question")]


def test_what_is_left_out_is_counted(tmp_path):
    rows = [NLI, {**NLI, "gold_label": "-", "pairID": "2"}]
    path = written(tmp_path, "nli.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    reading = Reading()
    assert len(list(read_files("nli", [path], reading))) == 2
    assert reading.counted == {"pairs without a label, en": 1}
    lost = json.loads(json.dumps(SQUAD).replace('"answer_start": 2', '"answer_start": 0').replace("A b.", "A b b."))
    path = written(tmp_path, "q.en.json", json.dumps(lost))
    reading = Reading(("en",))
    assert list(read_files("squad", [path], reading)) == []
    assert reading.counted == {
        "answers left out: not in the paragraph, or there more than once": 1,
        "questions left out: none of their answers has a place": 1,
    }


def test_languages_in_names():
    assert languages_of("train.en-be.tsv.gz") == ("en", "be")
    assert languages_of("be_hse-ud-train.conllu") == ("be",)
    assert languages_of("XQuAD.EN.json") == ("en",)
    assert languages_of("spring.txt") == languages_of("De.txt") == ()


@pytest.mark.parametrize(
    ("format", "languages", "options", "columns", "said"),
    [
        ("word", (), {}, None, "no format 'word'; there are text, "),
        ("text", (), {}, None, "the format text needs a language, or one per file; none was given"),
        ("text", ("en", "be"), {}, None, "got en, be"),
        ("text", ("English",), {}, None, "write 'en'"),
        ("text", ("en",), {"scheme": "iob1"}, None, "The format text has no option 'scheme'; it has tokenized"),
        ("squad", ("en",), {"scheme": "iob1"}, None, "The format squad has no option 'scheme'; it has none"),
        ("text", ("en",), {"tokenized": "yes"}, None, "tokenized='yes' is not possible; it is true or false"),
        ("columns", ("en",), {"tag": "ner"}, None, "tag='ner' is not possible; it is the number of a column"),
        ("columns", ("en",), {"word": None}, None, "word=None is not possible"),
        ("columns", ("en",), {"separator": ""}, None, "separator='' is not possible"),
        ("table", (), {"delimiter": "ab"}, None, "delimiter='ab' is not possible; it is one character"),
        ("table", (), {"delimiter": 5}, None, "delimiter=5 is not possible"),
        ("joint", ("en", "en"), {}, None, "The format joint is of different languages; got en, en"),
        ("columns", ("en",), {"scheme": "iob9"}, None, "Unknown tag scheme 'iob9'"),
        ("text", ("en",), {}, {"text": "a"}, "columns are for tables"),
        ("joint", ("en",), {}, None, "needs two languages; got en"),
        ("moses", ("en",), {}, None, "joins files of different languages"),
    ],
)
def test_what_does_not_go_together(tmp_path, format, languages, options, columns, said):
    path = written(tmp_path, "a.txt", "Yes.\n")
    with pytest.raises(Exception, match=said):
        list(read_files(format, [path], Reading(languages, columns, options)))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.txt", "", "empty"),
        ("a.txt", "\n \n", "the first 200 lines are blank"),
        ("a.json", '{"a":\n 1}', "neither SQuAD's nor a value a line"),
    ],
)
def test_what_cannot_be_guessed(tmp_path, name, text, said):
    with pytest.raises(CorpusError, match=said):
        guess([written(tmp_path, name, text)])
    with pytest.raises(CorpusError, match="no such file"):
        corpus([tmp_path / "nowhere"])


@pytest.mark.parametrize(
    ("name", "text", "count"),
    [
        ("en-es.0-5000.txt", "the el\ncat gato\n", 2),
        ("en-es.txt", "the  el\n\ncat gato\n", 2),
        ("words.tsv", "language_a\tword_a\tlanguage_b\tword_b\nen\tthe\tes\tel\n", 1),
        ("words.csv", "language_a,word_a,language_b,word_b\nen,the,es,el\n", 1),
    ],
)
def test_a_dictionary_is_not_taken_for_sentences(tmp_path, name, text, count):
    path = written(tmp_path, name, text)
    with pytest.raises(CorpusError, match=rf"{name}: .*a bilingual dictionary.* es\.read_dictionary reads it"):
        corpus(path)
    assert len(corpus(path, format="text", language="es")) == 2
    assert len(es.read_dictionary(path)) == count


def test_pairs_of_words_between_tabs(tmp_path):
    found = guess([written(tmp_path, "en-es.tsv", "the\tel\ncat\tgato\n")])
    assert (found.format, found.languages) == ("pairs", ("en", "es")) and "es.read_dictionary" in found.reason
    found = guess([written(tmp_path, "en-be.tsv", "write\tне спаць\ncat\tкот\n")])
    assert (found.format, found.languages) == ("pairs", ("en", "be"))


def test_links_of_words_are_no_sentences(tmp_path):
    with pytest.raises(CorpusError, match=r"en-be\.pharaoh: every line is pairs of numbers .*--links FILE"):
        corpus(written(tmp_path, "en-be.pharaoh", "0-0 1-1\n\n0-0\n"))


@pytest.mark.parametrize("blank", [" ", "\t"])
def test_one_tagged_sentence_is_no_text(tmp_path, blank):
    [one] = corpus(written(tmp_path, "a.en.txt", f"Eve{blank}B-PER\nran{blank}O\n"))
    assert (one.words, one.tags) == (("Eve", "ran"), ("B-PER", "O"))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("Eve\tB-PER\nran\tO\n\nNew B-LOC\nYork\tI-LOC\n", "line 4: expected 2 columns between tabs"),
        ("Eve X B-PER\nran X O\n\nNew B-LOC\nYork X I-LOC\n", "line 4: expected 3 columns between blanks"),
        ("Eve B-PER\nran O\nthen O\nthere O\n\nNew\nYork I-LOC\n", "line 6: expected 2 columns between blanks"),
    ],
)
def test_a_damaged_row_makes_no_other_format(tmp_path, rows, said):
    with pytest.raises(CorpusError, match=rf"a\.en\.txt, {said}"):
        corpus(written(tmp_path, "a.en.txt", rows))


def test_numbers_before_words_are_no_words(tmp_path):
    row = "\t".join(["{}", "{}", *["_"] * 12])
    path = written(tmp_path, "a.en.txt", f"{row.format(1, 'A')}\n{row.format(2, 'b')}\n\n{row.format(1, 'c')}\n")
    assert [one.words for one in corpus(path)] == [("A", "b"), ("c",)]  # CoNLL-2009
    path = written(tmp_path, "b.en.txt", "0 Eve B-PER\n1 ran O\n\n0 No O\n")
    assert [one.words for one in corpus(path)] == [("Eve", "ran"), ("No",)]


def test_other_tags_of_entities_are_told(tmp_path):
    found = guess([written(tmp_path, "a.en.txt", "Eve U-PER\nran O\n\nNew B-LOC\nYork L-LOC\n")])
    assert found.format == "columns" and found.options == {"scheme": None} and "BILOU" in found.reason


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(CorpusError, match=r"none\.txt: no such file"):
        guess([tmp_path / "none.txt"])
    with pytest.raises(CorpusError, match="cannot be read: Is a directory"):
        guess([tmp_path])


def test_files_of_different_formats_are_not_read_as_one(tmp_path):
    paths = [written(tmp_path, "a.en.txt", "Yes.\n"), written(tmp_path, "b.en.txt", "Eve B-PER\nran O\n")]
    for order in (paths, paths[::-1]):
        with pytest.raises(
            CorpusError, match=r"b\.en\.txt (looks )?like (the format )?columns.* Read files of one format"
        ):
            corpus(order)
    assert len(corpus(paths, format="text", language="en")) == 3


def test_links_among_files_are_told_apart(tmp_path):
    text = written(tmp_path, "a.en", "1 2 3\n")
    links = written(tmp_path, "a.en-be.pharaoh", "0-0 1-1\n")
    assert split_links([text, links]) == ([text], [links])
    assert split_links([links, written(tmp_path, "blank", "\n")])[1] == [links]


@pytest.mark.parametrize(
    "text",
    [
        "pair_ID\tsentence_A\tsentence_B\trelatedness_score\tentailment_judgment\n2\tYes.\tNo.\t3.6\tNEUTRAL\n",
        "premise\thypo\tlabel\nYes.\tNo.\tneutral\n",
        '{"premise": "Yes.", "hypothesis": "No.", "label": 1}\n',
    ],
)
def test_pairs_of_nli_under_other_names(tmp_path, text):
    path = written(tmp_path, "a.jsonl" if text[0] == "{" else "a.tsv", text)
    assert guess([path]).format == "nli"
    assert [one.text for one in corpus(path, language="en")] == ["Yes.", "No."]
