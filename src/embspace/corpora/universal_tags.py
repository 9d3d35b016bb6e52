"""Parts of speech of a language's own tagset -> the twelve universal ones of Petrov, Das and McDonald (2012)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from embspace.corpora.records import Sentence
from embspace.errors import CorpusError, SettingsError

UNIVERSAL = ("NOUN", "VERB", "ADJ", "ADV", "PRON", "DET", "ADP", "NUM", "CONJ", "PRT", ".", "X")


def _table(groups: Mapping[str, str]) -> dict[str, str]:
    return {tag: universal for universal, tags in groups.items() for tag in tags.split()}


TAGSETS: dict[str, dict[str, str]] = {
    "upos": _table(
        {
            "NOUN": "NOUN PROPN",
            "VERB": "VERB AUX",
            "ADJ": "ADJ",
            "ADV": "ADV",
            "PRON": "PRON",
            "DET": "DET",
            "ADP": "ADP",
            "NUM": "NUM",
            "CONJ": "CCONJ SCONJ CONJ",
            "PRT": "PART",
            ".": "PUNCT",
            "X": "SYM INTJ X",
        }
    ),
    "penn": _table(
        {
            "NOUN": "NN NNS NNP NNPS",
            "VERB": "VB VBD VBG VBN VBP VBZ MD",
            "ADJ": "JJ JJR JJS",
            "ADV": "RB RBR RBS WRB",
            "PRON": "PRP PRP$ WP WP$",
            "DET": "DT EX PDT WDT",
            "ADP": "IN",
            "NUM": "CD",
            "CONJ": "CC",
            "PRT": "POS RP TO",
            ".": ". , : ( ) `` '' \" # $ -LRB- -RRB- -LSB- -RSB- -LCB- -RCB- HYPH NFP",
            "X": "FW LS SYM UH AFX ADD GW XX",
        }
    ),
    "stts": _table(
        {
            "NOUN": "NN NE NNE",
            "VERB": "VVFIN VVIMP VVINF VVIZU VVPP VAFIN VAIMP VAINF VAPP VMFIN VMINF VMPP",
            "ADJ": "ADJA ADJD",
            "ADV": "ADV",
            "PRON": "PDS PDAT PIS PIAT PIDAT PPER PPOSS PPOSAT PRELS PRELAT PRF PWS PWAT PWAV PAV PROAV PROP",
            "DET": "ART",
            "ADP": "APPR APPRART APPO APZR",
            "NUM": "CARD",
            "CONJ": "KOUI KOUS KON KOKOM",
            "PRT": "PTKZU PTKNEG PTKVZ PTKANT PTKA",
            ".": "$, $. $( $[",
            "X": "FM ITJ TRUNC XY",
        }
    ),
    "eagles": _table(  # the first two letters; the rest are features
        {
            "NOUN": "NC NP",
            "VERB": "VM VA VS",
            "ADJ": "AQ AO",
            "ADV": "RG RN",
            "PRON": "P0 PD PE PI PN PP PR PT PX",
            "DET": "DA DD DE DI DN DP DT",
            "ADP": "SP SN",
            "NUM": "Z Zm Zp Zd Zu W",
            "CONJ": "CC CS",
            ".": "Fa Fc Fd Fe Fg Fh Fi Fl Fp Fr Fs Ft Fx Fz",
            "X": "I X Y",
        }
    ),
    "conll2002-nl": _table(
        {
            "NOUN": "N",
            "VERB": "V",
            "ADJ": "Adj",
            "ADV": "Adv",
            "PRON": "Pron",
            "DET": "Art",
            "ADP": "Prep",
            "NUM": "Num",
            "CONJ": "Conj",
            ".": "Punc",
            "X": "Int Misc MWU",
        }
    ),
}
"""upos: Universal Dependencies; penn: English (CoNLL-2003); stts: German (CoNLL-2003); eagles: Spanish (CoNLL-2002);
conll2002-nl: Dutch (CoNLL-2002). English and Spanish as in the authors' own tables (en-ptb, es-cast3lb), German
and Dutch by the definitions of the tagsets."""


def universal_tags(tags: Sequence[str], tagset: str, *, unknown: str | None = None) -> tuple[str, ...]:
    """The universal tag of each tag; of an ambiguous one (`NN|SYM`) that of the first.

    Args:
        tags: of the tagset.
        tagset: one of `TAGSETS`.
        unknown: what tags become that the tagset has not, such as `X`; None: they are an error.

    Raises:
        CorpusError: the tagset has no such tag.
    """
    table = _known(tagset)
    found = []
    for number, tag in enumerate(tags):
        first = tag.split("|")[0]
        one = table.get(first, table.get(first[:2]) if tagset == "eagles" else None) or unknown
        if one is None:
            raise CorpusError(
                f"word {number + 1}: the tagset {tagset} has no tag {tag!r}. Choose another one "
                f"({', '.join(TAGSETS)}), another column, or unknown='X'."
            )
        found.append(one)
    return tuple(found)


def with_universal_tags(
    sentences: Iterable[Sentence], tagset: str, *, unknown: str | None = None
) -> Iterator[Sentence]:
    """Yield the sentences with universal tags; those without tags as they are; see `universal_tags`.

    Raises:
        CorpusError: the tagset has no such tag (names the file, line and word).
    """
    _known(tagset)
    for sentence in sentences:
        if sentence.tags is None:
            yield sentence
            continue
        try:
            tags = universal_tags(sentence.tags, tagset, unknown=unknown)
        except CorpusError as error:
            raise CorpusError(f"{sentence.source or sentence.text[:40]}, {error}") from None
        yield replace(sentence, tags=tags)


def _known(tagset: str) -> dict[str, str]:
    if tagset not in TAGSETS:
        raise SettingsError(f"Unknown tagset {tagset!r}; possible are {', '.join(TAGSETS)}.")
    return TAGSETS[tagset]
