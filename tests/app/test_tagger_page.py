"""The page of taggers, without a browser: what is labelled, waited for, refused; files; the way to errors."""

import json

import pandas as pd
import pytest
from app_views import opened, text
from tagged_runs import EN, RU, label

from embspace.corpora.catalog import add_corpus
from embspace.corpora.records import Sentence
from embspace.encoders.trained import runs
from embspace.errors import EncoderError, SettingsError
from embspace.jobs.job import State
from embspace.jobs.supervisor import all_jobs
from embspace.storage import write_json
from label_lines import label_command, label_lines
from labelling import LONGEST, Labelling, labelling_from_address
from taggers import check_tagger, taggers
from widgets.show_labels import chosen_sentences, count_table, file_name

TEXT = "Washington was <b>first</b> .\n\nI am in New York & <script>alert(1)</script>"
SMALL = Labelling(EN, source="corpus", per_type=2, languages=("be", "en"))


@pytest.fixture(autouse=True)
def no_ready_process(monkeypatch):
    """What is asked for here is not waited for."""
    monkeypatch.setattr("embspace.workflows.ready.start_ready", lambda workspace: False)


def page(view=None, **parameters):
    return opened("tagger", **(view.to_address() if view else {}), **parameters)


def html(test):
    return " ".join(one.proto.body for one in test.get("html") if "<style" not in one.proto.body)


def test_without_a_tagger_the_page_says_how_to_get_one(workspace):
    test = page()
    assert "There is no tagger here yet" in test.info[0].value and "page Jobs" in test.info[0].value


def test_an_encoder_without_labels_is_refused_with_what_to_do(workspace, bert_folder):
    test = page(Labelling("mini", text="a b"))
    assert "labels no words" in text(test, "error") and "Fine-tune it on the page Jobs" in text(test, "error")
    assert not all_jobs(workspace)
    for name, message in (
        (str(bert_folder), "BertForMaskedLM. labels no words"),
        ("job:nothing@best", "there is no such run"),
        ("./nowhere", "does not exist"),
    ):
        with pytest.raises(EncoderError, match=message):
            check_tagger(name)
    check_tagger("owner/on-the-hub")  # told by the job


def test_a_step_without_weights_or_a_training_without_any_is_refused(taught):
    test = page(Labelling("job:en-job@2", text="a b"))
    assert "of step 2 the space of its probe is stored, not its weights" in text(test, "error")
    [run] = [one for one in runs(taught) if "en-job" in one.jobs]
    for path in run.folder.glob("step-*/complete.json"):
        path.unlink()
    (run.folder / "best.json").unlink()
    assert not [name for name in taggers([run]) if "en-job" in name]
    test = page(Labelling(EN, text="a b"))
    assert "the run has no best step yet" in text(test, "error")


def test_a_corpus_that_is_gone_is_said(taught):
    test = page(Labelling(EN, source="corpus", corpus="gone"))
    assert "gone" in text(test, "error") and not all_jobs(taught)


def test_an_empty_text_is_asked_for_and_an_example_is_at_hand(taught):
    test = page()
    assert "Paste a text on the left" in test.info[0].value
    [tagger] = [one.value for one in test.selectbox if one.label == "Tagger"]
    assert tagger in taggers(runs(taught)) and test.query_params["checkpoint"] in (tagger, [tagger])
    with pytest.raises(SettingsError, match="The text is empty"):
        Labelling(EN, text=" \n ").config(EN)
    next(one for one in test.button if one.label == "Try an example").click().run()
    assert "Angela Merkel" in test.text_area[0].value
    [job] = all_jobs(taught)
    assert job.workflow == "predict" and job.config["language"] == "en"
    job.cancel()


def test_a_text_is_labelled_line_by_line_with_its_markup_as_text(taught):
    view = Labelling(EN, text=TEXT)
    label(view.config(EN), taught)
    test = page(view)
    shown = html(test)
    assert "<script>" not in shown and "<b>" not in shown.replace("<b>A", "")
    assert "&lt;" in shown and "script" in shown and "labelled" in shown
    assert test.query_params["text"] == [TEXT] or test.query_params["text"] == TEXT
    assert not test.error and {one.label for one in test.get("download_button")} == {"CSV", "CoNLL", "HTML"}


def test_a_text_that_is_the_name_of_a_file_is_a_text(taught, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.txt").write_text("hidden words")
    view = Labelling(EN, text="secret.txt")
    label(view.config(EN), taught)
    assert "hidden" not in html(page(view))


def test_a_job_that_failed_says_why_and_does_not_go_on_by_itself(taught):
    view = Labelling(EN, text="a b")
    test = page(view)
    [job] = all_jobs(taught)
    job.cancel()
    job.wait(30)
    write_json(job.folder / "events.jsonl", {})
    (job.folder / "events.jsonl").write_text(
        json.dumps({"event": "state", "time": job.created, "state": State.FAILED, "error": "<b>no</b>", "kind": "X"})
        + "\n"
    )
    test.run()
    assert "<b>no</b>" in text(test, "error").replace("\\", "")
    assert len(all_jobs(taught)) == 1
    assert "Try again" in [one.label for one in test.button]


def test_a_corpus_is_offered_then_counted_and_filtered(taught):
    test = page(SMALL)
    assert "Not labelled yet: 12 sentences" in text(test, "markdown") and not all_jobs(taught)
    label(SMALL.config(EN), taught)
    test = page(SMALL)
    assert len(test.dataframe) == 2 and "gold" in html(test) and "→" in html(test)
    counts = test.dataframe[0].value
    assert counts["language"].tolist() == ["Belarusian", "English", "all together"]
    assert counts["sentences"].tolist() == [6, 6, 12] and set(counts) >= {"wrong_sentences", "accuracy", "f1"}
    next(one for one in test.selectbox if "only" in one.key).set_value("be").run()
    assert "English" not in html(test) and test.query_params["only"] in ("be", ["be"])
    [link] = [one.proto for one in test.get("page_link") if "rror" in one.proto.label]
    assert "corpus" not in link.query_string and "per_type=2" in link.query_string


def test_a_corpus_without_tags_has_labels_and_no_counts(taught):
    add_corpus([Sentence(("Washington", "was"), "en"), Sentence(("New", "York"), "en")], name="bare")
    view = Labelling(EN, source="corpus", corpus="bare")
    label(view.config(EN), taught)
    test = page(view)
    assert len(test.dataframe) == 1 and not [one for one in test.get("page_link") if "rror" in one.proto.label]
    assert "With errors" not in str([one.options for one in test.button_group])


def test_what_an_address_says_is_checked():
    view, notices = labelling_from_address({"text": ["x" * (LONGEST + 1)], "language": ["no such"], "per_type": ["0"]})
    assert view == Labelling() and len(notices) == 3 and "added as a corpus" in notices[0]
    view, notices = labelling_from_address({"per_type": ["5000"], "languages": ["en", "xx"], "clubs": ["True"]})
    assert view.per_type == 1000 and view.clubs and view.languages == () and len(notices) == 2
    given = Labelling(EN, RU, "corpus", "a\nb", "sr-Latn", "x", 7, 9, ("en",), "wrong", "both", "en", "LOC", True)
    address = {name: value if isinstance(value, list) else [value] for name, value in given.to_address().items()}
    assert labelling_from_address(address) == (given, [])


def test_taggers_are_told_apart(taught):
    names = taggers(runs(taught))
    assert {EN, RU, "job:ru-job/2@best"} <= set(names)
    assert len(set(names.values())) == len(names) and "seed 2" in names["job:ru-job/2@best"]


def test_counts_are_by_language_and_together():
    rows = [(0, "en", "B-LOC", "B-LOC"), (1, "en", "O", "B-LOC"), (2, "tr", "O", "O")]
    table = pd.DataFrame(rows, columns=["sentence", "language", "gold", "predicted"])
    table.attrs["settings"] = {"encoding": "IOB2"}
    found = count_table(table).set_index("language")
    assert found.loc["all together", ["sentences", "wrong_sentences", "words"]].tolist() == [3, 1, 3]
    assert found.loc["en", "f1"] == pytest.approx(2 / 3) and found.loc["tr", "f1"] == 0
    assert chosen_sentences(Labelling(source="corpus", shown="wrong"), table).tolist() == [1]
    assert chosen_sentences(Labelling(source="corpus", shown="entities", only="en"), table).tolist() == [0, 1]
    assert file_name("/a/b<c>/", "x/y") == "b-c- - x-y"


def test_lines_make_the_view_again(taught, monkeypatch):
    view = Labelling(EN, text="Washington was first .\nI am")
    names: dict = {}
    exec(label_lines(view).replace("from IPython.display import HTML\n", "HTML = str\n"), names)
    assert names["labels"]["sentence"].nunique() == 2
    assert label_command(view).startswith(f"embspace predict {EN} --text 'Washington was first .' --text 'I am'")
    exec(label_lines(SMALL).replace("from IPython.display import HTML\n", "HTML = str\n"), names)
    assert len(names["corpus"]) == 12
    assert label_command(SMALL) == f"embspace predict {EN} --per-type 2 --languages be,en --csv labels.csv"
