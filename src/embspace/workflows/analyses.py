"""Every analysis by name: what computes it, what draws it, what it shows; one entry each. Loads nothing heavy."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from embspace.errors import SettingsError
from embspace.workflows.settings import read_value


@dataclass(frozen=True, slots=True)
class Table:
    """A table of an analysis.

    Attributes:
        run: "module:function" that makes it: of what the analysis takes, or of its first table (`derived`).
        title: a few words.
        figures: "module:function" each, drawn of it.
        derived: made from the analysis's first table, not from spaces.
        all_layers: its figures show all layers on a page, though they could show one.
    """

    run: str
    title: str
    figures: tuple[str, ...] = ()
    derived: bool = False
    all_layers: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """Files that an analysis takes.

    Attributes:
        argument: of its first tables' functions, and the option of the command.
        reader: "module:function", from a list of paths to what the argument takes.
    """

    argument: str
    reader: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """An analysis as the command line and the pages know it.

    Attributes:
        tables: by name; the first has the analysis's own.
        title: a few words.
        about: two plain sentences on what it shows.
        formula: KaTeX; empty where there is none.
        paper: where it is from.
        takes: "space" (one), "pair" (two, as two arguments), "spaces" (one, or a list of several), "corpus" alone, or
            "files" alone (`given`).
        links: the first tables are also given `links`, the word alignments of the corpus, where no files are given and
            the spaces are of words.
        given: files that it can be given.
        targets: what of the corpus gets a vector, if not what the corpus says.
        vectors: it looks at vectors, which may be transformed first.
        start: settings that its page begins with, such as all layers, for the slider.
        quick: takes seconds at most, so that a page starts it by itself where its space is stored.
    """

    tables: Mapping[str, Table]
    title: str
    about: str
    formula: str
    paper: str
    takes: Literal["space", "pair", "spaces", "corpus", "files"] = "space"
    links: bool = False
    given: Given | None = None
    targets: Literal["auto", "entities", "words"] = "auto"
    vectors: bool = True
    start: Mapping[str, Any] = field(default_factory=dict)
    quick: bool = True


@dataclass(frozen=True, slots=True)
class Setting:
    """A keyword argument of an analysis that a user may set.

    Attributes:
        name: of the argument.
        hint: its type; Any where the annotation names a type of a library.
        default: its value if not set; `REQUIRED`: there is none.
        help: what the docstring says of it.
    """

    name: str
    hint: Any
    default: Any
    help: str


REQUIRED: Any = inspect.Parameter.empty
"""the default of a setting that has none"""

ANALYSES: dict[str, Analysis] = {
    "similarity": Analysis(
        {
            "similarity": Table(
                "embspace.analyses.similarity:similarity",
                "Similarity of languages",
                ("embspace.figures.similarity:similarity_heatmap", "embspace.figures.similarity:similarity_curves"),
            )
        },
        "Similarity",
        "How near the same named entities lie in two languages, or words that are aligned in parallel sentences: the "
        "mean cosine between their vectors, for each pair. Related languages are usually nearer, and the middle layers "
        "bring all of them together.",
        r"\operatorname{sim}(a, b) = \frac{1}{|P_{ab}|} \sum_{(i, j) \in P_{ab}} \cos(x_i, y_j)",
        "exploring, Table 2",
        takes="spaces",
        links=True,
    ),
    "isotropy": Analysis(
        {
            "isotropy": Table(
                "embspace.analyses.isotropy:isotropy", "Isotropy", ("embspace.figures.isotropy:isotropy_curves",)
            ),
            "dominant_dimensions": Table("embspace.analyses.isotropy:dominant_dimensions", "Dominating dimensions"),
        },
        "Isotropy",
        "How much the words of a language point in one direction: the mean cosine over all their pairs, layer by "
        "layer. 0 is a language spread over all directions, 1 one whose words are all alike.",
        r"\operatorname{sim}(l) = \mathbb{E} \cos(\varphi, \psi)"
        r" = \frac{\lVert \sum_i u_i \rVert^2 - n}{n (n - 1)}",
        "exploring, 4.1",
        takes="spaces",
    ),
    "tokenization": Analysis(
        {
            "tokenization": Table(
                "embspace.analyses.tokenization:tokenization",
                "Words in pieces",
                ("embspace.figures.tokenization:tokenization_table",),
            ),
            "fertility": Table(
                "embspace.analyses.tokenization:fertility",
                "Pieces per word",
                ("embspace.figures.tokenization:fertility_bars",),
                derived=True,
            ),
            "shared_pieces": Table(
                "embspace.analyses.tokenization:shared_pieces",
                "Shared pieces",
                ("embspace.figures.similarity:similarity_heatmap",),
                derived=True,
            ),
        },
        "Tokenization",
        "How the model's tokenizer cuts words into pieces in each language, how many pieces a word takes on average "
        "(fertility), and which share of their pieces two languages have in common. Many pieces often mean that a "
        "language was rare when the tokenizer was trained.",
        r"\operatorname{fertility}(l) = \frac{1}{|W_l|} \sum_{w \in W_l} |\operatorname{pieces}(w)|, \qquad"
        r" \operatorname{shared}(a, b) = \frac{|V_a \cap V_b|}{|V_a \cup V_b|}",
        "exploring, 3.2; lingua-franca, Table 2",
        vectors=False,
    ),
    "splits": Analysis(
        {
            "splits": Table(
                "embspace.analyses.tokenization:splits", "One word in pieces", ("embspace.figures.splits:splits_table",)
            )
        },
        "Splits",
        "How one word is cut in every language, and by every tokenizer: as a name, or by the words that it is aligned "
        "with where the corpus has word alignments. Beside its pieces stands how many a word of that language takes "
        "on average, over all the words that are looked at.",
        r"\operatorname{fertility}(l) = \frac{1}{|W_l|} \sum_{w \in W_l} |\operatorname{pieces}(w)|",
        "exploring, 3.2",
        takes="spaces",
        links=True,
        vectors=False,
    ),
    "spelling": Analysis(
        {
            "spelling": Table(
                "embspace.analyses.spelling:spelling",
                "Distance of spellings",
                ("embspace.figures.similarity:similarity_heatmap",),
            ),
            "spelled": Table(
                "embspace.analyses.spelling:spelled", "Pairs of names", ("embspace.figures.spelling:spelling_pairs",)
            ),
        },
        "Spelling",
        "How differently names are written in two languages once both stand in Latin letters: the edit distance over "
        "the length of the longer one (TNLD), averaged over entities. 0 is the same spelling, 1 nothing in common.",
        r"\operatorname{TNLD}(a, b) = \frac{\operatorname{LD}(t(a), t(b))}{\max(|t(a)|, |t(b)|)}",
        "exploring, 3.2",
        takes="corpus",
        vectors=False,
    ),
    "relatedness": Analysis(
        {
            "relatedness": Table("embspace.analyses.relatedness:relatedness", "Summary"),
            "relatedness_distances": Table(
                "embspace.analyses.relatedness:relatedness_distances",
                "Histograms",
                ("embspace.figures.relatedness:relatedness_histograms",),
            ),
        },
        "Relatedness",
        "Whether words that translate each other lie nearer than words that do not: the two sets of distances, and how "
        "far they are apart. An AUC of 1 tells every translation from every other pair, 0.5 none.",
        r"\operatorname{AUC} = P(d_{\text{related}} < d_{\text{unrelated}}), \qquad"
        r" \operatorname{overlap} = \sum_i \min(p_i, q_i)",
        "adjustment, 5.3 and Fig. 1",
        takes="spaces",
        links=True,
        start={"layer": None},
        quick=False,
    ),
    "neighbors": Analysis(
        {
            "neighbors": Table(
                "embspace.analyses.neighbors:neighbors",
                "Nearest words",
                ("embspace.figures.neighbors:neighbors_table",),
            )
        },
        "Neighbors",
        "The words of other languages that lie nearest to a word in its sentence. Where languages are aligned, its "
        "translations come first, and words of like use after them.",
        r"\cos(x, y) = \frac{x \cdot y}{\lVert x \rVert \, \lVert y \rVert}, \qquad"
        r" \operatorname{CSLS}(x, y) = 2 \cos(x, y) - r_b(x) - r_a(y)",
        "mlma, 4; Conneau et al. 2018, 2.3",
        targets="words",
        start={"layer": None},
    ),
    "hubness": Analysis(
        {
            "hubness": Table(
                "embspace.analyses.hubness:hubness",
                "Hubs",
                ("embspace.figures.hubness:hub_bars", "embspace.figures.hubness:k_occurrence_histogram"),
            ),
            "hub_skewness": Table(
                "embspace.analyses.hubness:hub_skewness",
                "Skewness",
                ("embspace.figures.similarity:similarity_heatmap",),
                derived=True,
            ),
        },
        "Hubs",
        "Words that are among the nearest neighbors of very many words of another language, and how uneven the counts "
        "are. A few hubs that stand near everything spoil the search for translations; CSLS lowers them.",
        r"N_k(y) = \left|\{x : y \in \operatorname{NN}_k(x)\}\right|, \qquad"
        r" S = \frac{\mathbb{E} (N_k - \mu)^3}{\sigma^3}",
        "Radovanović et al. 2010; exploring, 2",
        quick=False,
    ),
    "precision_at_k": Analysis(
        {
            "precision_at_k": Table(
                "embspace.analyses.precision:precision_at_k",
                "Precision",
                ("embspace.figures.precision:precision_heatmap",),
            )
        },
        "Precision",
        "How often the translation of a word is among its k nearest words of the other language. Words that are "
        "aligned in parallel sentences seek each other, or parallel entities where nothing is aligned; with a "
        "dictionary, each written form of a word seeks its translations.",
        r"P@k = \frac{1}{|Q|} \sum_{q \in Q} [\, \operatorname{rank}(\text{translation of } q) \le k \,]",
        "Conneau et al. 2018, 3.2",
        links=True,
        given=Given("dictionary", "embspace.corpora.dictionaries:read_dictionary"),
        quick=False,
    ),
    "grouping": Analysis(
        {
            "grouping": Table(
                "embspace.analyses.grouping:grouping",
                "Grouping",
                ("embspace.figures.grouping:grouping_curves", "embspace.figures.grouping:variance_shares"),
                all_layers=True,
            )
        },
        "Grouping",
        "What the space sorts words by: whether a word lies nearer to the words of its language or to those of its "
        "entity type. Shares of variance, silhouettes and the purity of neighborhoods say so layer by layer.",
        r"s(x) = \frac{b(x) - a(x)}{\max(a(x), b(x))}, \qquad \text{share}(A) = \frac{SS_A}{SS_T}, \quad"
        r" F = \frac{SS_A / df_A}{SS_R / df_R}",
        "exploring, abstract; Rousseeuw 1987; Anderson 2001",
        takes="spaces",
        quick=False,
    ),
    "probe": Analysis(
        {"probe": Table("embspace.analyses.probes:probe", "Probe", ("embspace.figures.probes:probe_curves",))},
        "Probes",
        "What a linear classifier reads from a layer: the language, the entity type or the tag of words in sentences "
        "that it has not seen. The control learns random labels of the same words: where it does as well, the "
        "classifier may have learned the words by heart.",
        r"\operatorname{selectivity} = \operatorname{accuracy}_{\text{probe}}"
        r" - \operatorname{accuracy}_{\text{control}}",
        "Hewitt and Liang 2019",
        takes="spaces",
        quick=False,
    ),
    "change": Analysis(
        {
            "change": Table("embspace.analyses.change:change", "Moved words", ("embspace.figures.change:drift_bars",)),
            "cka": Table("embspace.analyses.cka:cka", "CKA of layers", ("embspace.figures.cka:cka_heatmap",)),
            "neighbor_overlap": Table(
                "embspace.analyses.neighbor_overlap:neighbor_overlap",
                "Kept neighbors",
                ("embspace.figures.neighbor_overlap:overlap_curves",),
            ),
        },
        "Change",
        "What training did to the space: how far each word has moved between two checkpoints, how alike their layers "
        "are up to rotation (CKA), and how many of a word's neighbors stayed. 0 neighbors in common is another space.",
        r"\operatorname{CKA}(X, Y) = \frac{\lVert Y^\top X \rVert_F^2}"
        r"{\lVert X^\top X \rVert_F \lVert Y^\top Y \rVert_F}",
        "Kornblith et al. 2019; Nguyen et al. 2021",
        takes="pair",
        start={"layer": None},
        quick=False,
    ),
    "significance": Analysis(
        {
            "significance": Table(
                "embspace.analyses.significance:significance",
                "Systems against a baseline",
                ("embspace.figures.significance:significance_bars",),
            )
        },
        "Significance",
        "Which systems differ from a baseline by more than chance, on the same examples. Stars say how small p is; it "
        "is not corrected for the number of systems, so expect one star in twenty where nothing differs.",
        r"t = \frac{\bar d}{s_d / \sqrt{n}}, \qquad"
        r" p_{\text{perm}} = \frac{1 + |\{i : |d_i| \ge |d|\}|}{1 + N}, \qquad"
        r" p_{\text{sign}} = 2 \sum_{i \le \min(w, l)} \binom{w + l}{i} 2^{-(w + l)}",
        "adjustment, 5.1; architectures, 4",
        takes="files",
        given=Given("scores", "embspace.analyses.scores:read_scores"),
        vectors=False,
    ),
}
"""name -> analysis"""

_GIVEN = {"progress", "workspace", "links"}
"""arguments that are no settings"""


def find_analysis(name: str) -> Analysis:
    """The analysis of a name.

    Raises:
        SettingsError: there is none.
    """
    if name not in ANALYSES:
        raise SettingsError(f"There is no analysis {name!r}; there are {', '.join(ANALYSES)}.")
    return ANALYSES[name]


def resolve(path: str) -> Callable[..., Any]:
    """The function that "module:function" names; its module is imported."""
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


def draw(figure: Callable[..., Any], table: Any, **told: Any) -> Any:
    """A figure of a table, told of what is given only what it has an argument for; what is None is left to it."""
    known = inspect.signature(figure).parameters
    return figure(table, **{name: value for name, value in told.items() if name in known and value is not None})


@cache
def settings_of(path: str, skip: int = 1) -> tuple[Setting, ...]:
    """The arguments of an analysis that can be set: those after the first `skip` and of plain types."""
    function = resolve(path)
    said = _helps(inspect.getdoc(function) or "")
    names = vars(importlib.import_module(function.__module__))
    found = []
    for argument in list(inspect.signature(function).parameters.values())[skip:]:
        if argument.name in _GIVEN:
            continue
        hint = _evaluated(argument.annotation, names)
        if hint is not None:
            found.append(Setting(argument.name, hint, argument.default, said.get(argument.name, "")))
    return tuple(found)


def all_settings(analysis: Analysis) -> tuple[Setting, ...]:
    """The settings of all tables of an analysis, each name once."""
    found: dict[str, Setting] = {}
    for table in analysis.tables.values():
        for one in settings_of(table.run, first_setting(analysis, table)):
            found.setdefault(one.name, one)
    return tuple(found.values())


def first_setting(analysis: Analysis, table: Table) -> int:
    """How many arguments a table's function takes before its settings."""
    return 2 if analysis.takes == "pair" and not table.derived else 1


def read_settings(analysis: Analysis, values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings in JSON form as the functions take them, those at their defaults left out.

    Raises:
        SettingsError: one is unknown, or has a value that is not possible.
    """
    known = {one.name: one for one in all_settings(analysis)}
    if unknown := sorted(set(values) - set(known)):
        raise SettingsError(f"There is no setting {unknown[0]!r}; there are {', '.join(known) or 'none'}.")
    found = {
        name: read_value(_several(value, known[name].hint), known[name].hint, name) for name, value in values.items()
    }
    usual = _defaults(analysis)
    return {name: value for name, value in sorted(found.items()) if any(value != one for one in usual[name])}


def check_required(analysis: Analysis, values: Mapping[str, Any], files: Sequence[str] = ()) -> None:
    """Look whether everything is said that an analysis does not do without.

    Raises:
        SettingsError: a setting or a file is missing; says how to give it.
    """
    name = next(iter(analysis.tables))
    if analysis.takes == "files" and analysis.given and not files:
        option = analysis.given.argument
        raise SettingsError(f"{name} needs a file: embspace analyze {name} --{option} {option}.csv")
    for one in all_settings(analysis):
        if one.default is REQUIRED and values.get(one.name) in (None, ""):
            raise SettingsError(f"{name} needs {one.name}: --set {one.name}=... ({one.help.rstrip('.')}).")


def _several(value: Any, hint: Any) -> Any:
    """A value alone as a list of one, where only lists are possible: k=1 as k=[1]."""
    alone = isinstance(value, int | float | str)
    return (value,) if alone and get_origin(hint) in (tuple, list, Sequence) else value


def _defaults(analysis: Analysis) -> dict[str, list[Any]]:
    """What each setting is if not set; tables may differ."""
    found: dict[str, list[Any]] = {}
    for table in analysis.tables.values():
        for one in settings_of(table.run, first_setting(analysis, table)):
            found.setdefault(one.name, []).append(one.default)
    return found


def _helps(text: str) -> dict[str, str]:
    """What a docstring says of each argument."""
    part = re.search(r"^Args:\n(.*?)(?=^\S|\Z)", text, re.DOTALL | re.MULTILINE)
    if not part:
        return {}
    lines = re.findall(r"^ {4}(\w+): (.*(?:\n {5,}.*)*)", part[1], re.MULTILINE)
    return {name: re.sub(r"\s+", " ", said).strip() for name, said in lines}


def _evaluated(annotation: Any, names: Mapping[str, Any]) -> Any:
    """The type of an annotation if it is made of plain types; None if not."""
    try:
        hint = eval(annotation, dict(names)) if isinstance(annotation, str) else annotation
    except (NameError, AttributeError):
        return None  # of a name that is imported for type checkers alone
    return hint if _plain(hint) else None


def _plain(hint: Any) -> bool:
    origin, options = get_origin(hint), get_args(hint)
    if origin is Literal or hint in (bool, int, float, str, NoneType, None, Any, ...):
        return True
    return origin in (tuple, list, dict, Sequence, Mapping, Union, UnionType) and all(map(_plain, options))
