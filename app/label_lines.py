"""Words and their labels in Python, and on the command line: lines that make a view of taggers elsewhere."""

from __future__ import annotations

import shlex

from embspace.corpora.entries import SYNTHETIC
from labelling import Labelling


def label_lines(view: Labelling) -> str:
    """Lines that label the words of a view, draw them, and count what is right."""
    corpus, texts = (corpus_lines(view), "") if view.source == "corpus" else ("", _texts(view))
    given = "corpus" if corpus else "texts"
    language = "" if corpus else f", language={view.language!r}"
    drawn = "labels, corpus" if corpus else "labels"
    return "\n".join(
        [
            "import embspace as es",
            "from IPython.display import HTML",
            *(["from embspace.workflows.predict import scores"] if corpus else []),
            "",
            corpus or texts,
            f"labels = es.predict({view.checkpoint!r}, {given}{language})",
            f"HTML(es.figures.tagged_html({drawn}))",
            *(["scores(labels)"] if corpus else []),
        ]
    )


def error_lines(view: Labelling) -> str:
    """Lines that find the wrong words of a view, count them and draw their sentences."""
    corpus, systems = corpus_lines(view), [one for one in (view.checkpoint, view.beside) if one]
    rows = {
        "case": f'words["case"] == {view.case!r}' if view.case != "any" and view.beside else "",
        "only": f'words["language"] == {view.only!r}' if view.only else "",
        "type": f'[{view.type!r} in types.split() for types in words["types"]]' if view.type else "",
    }
    return "\n".join(
        [
            "import embspace as es",
            "import pandas as pd",
            "from IPython.display import HTML",
            *(
                ["from embspace.corpora.synthetic_ner import entities"]
                if view.clubs and view.corpus == SYNTHETIC
                else []
            ),
            "",
            corpus,
            f"systems = {systems!r}",
            "labels = pd.concat([es.predict(name, corpus).assign(system=name) for name in systems], ignore_index=True)",
            'labels = labels[labels["gold"].notna()].assign(predicted=labels["predicted"].fillna("O"))',
            "words = es.wrong_words(labels)",
            *(_club_lines(view) if view.clubs else []),
            "es.figures.error_counts_heatmap(es.error_counts(words))",
            *(f"words = words.loc[{one}]" for one in rows.values() if one),
            'numbers = list(dict.fromkeys(words["sentence"]))[:100]',
            "HTML(es.figures.tagged_html(labels, corpus, sentences=numbers))",
        ]
    )


def _club_lines(view: Labelling) -> list[str]:
    """Lines that leave organizations that are taken for places; of SyntheticNER clubs alone."""
    taken = 'words["first"].str.endswith("-LOC") | words["second"].str.endswith("-LOC")'
    lines = [f'words = words.loc[words["gold"].str.endswith("-ORG") & ({taken})]']
    if view.corpus == SYNTHETIC:
        lines += [
            'clubs = {one.id for one in entities("ORG") if one.kind == "club"}',
            'words = words.loc[[corpus[number].entity.id in clubs for number in words["sentence"]]]',
        ]
    return lines


def label_command(view: Labelling, checkpoint: str = "") -> str:
    """The command that labels the words of a view and writes them to a file."""
    options = []
    if view.source == "text":
        options += [f"--text {shlex.quote(text)}" for text in view.texts] + [f"--language {shlex.quote(view.language)}"]
    elif view.corpus == SYNTHETIC:
        options += [f"--per-type {view.per_type}"]
    else:
        options += [f"--corpus {shlex.quote(view.corpus)}"]
        options += [f"--sentences {view.sentences}"] if view.sentences else []
    if view.source == "corpus" and view.languages:
        options.append(f"--languages {','.join(map(shlex.quote, view.languages))}")
    return " ".join(["embspace predict", shlex.quote(checkpoint or view.checkpoint), *options, "--csv labels.csv"])


def corpus_lines(view: Labelling) -> str:
    """The line that opens the sentences of a view."""
    languages = f"languages={list(view.languages)!r}, " if view.languages else ""
    if view.corpus == SYNTHETIC:
        return f"corpus = es.synthetic_ner({languages}per_type={view.per_type})"
    parts = [repr(view.corpus)]
    parts += [f"language={list(view.languages)!r}"] if view.languages else []
    parts += [f"limit={view.sentences}"] if view.sentences else []
    return f"corpus = es.corpus({', '.join(parts)})"


def _texts(view: Labelling) -> str:
    lines = "\n".join(f"    {text!r}," for text in view.texts)
    return f"texts = [\n{lines}\n]"
