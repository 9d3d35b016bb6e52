import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from embspace.jobs.store import Events


def names(events):
    return [event["event"] for event in events]


def test_only_new_events_are_read(tmp_path):
    path = tmp_path / "events.jsonl"
    reader, writer = Events(path), Events(path)
    assert reader.fresh() == []
    writer.append("a", value=1)
    (first,) = reader.fresh()
    assert (first["event"], first["value"]) == ("a", 1) and first["time"] > 0
    writer.append("b", durable=False)
    writer.append("c")
    assert names(reader.fresh()) == ["b", "c"]
    assert reader.fresh() == []
    assert names(Events(path).fresh()) == ["a", "b", "c"]


def test_a_growing_last_line_waits_and_a_torn_one_is_passed_over(tmp_path):
    path = tmp_path / "events.jsonl"
    events = Events(path)
    events.append("a")
    with open(path, "ab") as stream:
        stream.write(b'{"event": "pro')
    assert names(events.fresh()) == ["a"]
    assert events.fresh() == []
    Events(path).append("b")
    assert names(events.fresh()) == ["b"]
    with open(path, "ab") as stream:
        stream.write(b'{"event": "late", "time": 1}')
    assert events.fresh() == []
    with open(path, "ab") as stream:
        stream.write(b"\n[1]\n\xff\n")
    assert names(events.fresh()) == ["late"]


@settings(deadline=None, max_examples=30)
@given(texts=st.lists(st.text(), min_size=1, max_size=5), cut=st.integers(0, 400))
def test_every_cut_of_the_file_yields_a_prefix_and_nothing_after_it_is_lost(tmp_path_factory, texts, cut):
    path = tmp_path_factory.mktemp("cut") / "events.jsonl"
    for text in texts:
        Events(path).append("note", durable=False, text=text)
    data = path.read_bytes()
    path.write_bytes(data[:cut])
    events = Events(path)
    read = [event["text"] for event in events.fresh()]
    assert read == texts[: data[:cut].count(b"\n")]
    events.append("note", text="after")
    tail = [event["text"] for event in events.fresh()]
    assert tail[-1] == "after" and len(tail) <= 2
    assert list(itertools.chain(read, tail[:-1])) == texts[: len(read) + len(tail) - 1]
