"""Every analysis by name: what computes it, what draws it, what it shows; one entry each. Loads nothing heavy."""

from __future__ import annotations

from embspace.errors import SettingsError
from embspace.workflows.analyses_of_systems import OF_SYSTEMS
from embspace.workflows.analysis import Analysis, Given, Table

_OVER_STEPS = ("embspace.figures.over_steps:step_curves",)

ANALYSES: dict[str, Analysis] = {
    "similarity": Analysis(
        {
            "similarity": Table(
                "embspace.analyses.similarity:similarity",
                "Similarity of languages",
                ("embspace.figures.similarity:similarity_heatmap", "embspace.figures.similarity:similarity_curves"),
                over_steps=_OVER_STEPS,
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
                "embspace.analyses.isotropy:isotropy",
                "Isotropy",
                ("embspace.figures.isotropy:isotropy_curves",),
                over_steps=_OVER_STEPS,
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
            "relatedness": Table("embspace.analyses.relatedness:relatedness", "Summary", over_steps=_OVER_STEPS),
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
    "sentence_retrieval": Analysis(
        {
            "sentence_retrieval": Table(
                "embspace.analyses.sentence_retrieval:sentence_retrieval",
                "Retrieval by layer",
                ("embspace.figures.sentence_retrieval:retrieval_curves",),
            ),
            "best_layers": Table("embspace.analyses.sentence_retrieval:best_layers", "Best layers", derived=True),
        },
        "Retrieval",
        "Whether the nearest sentence of another language is the translation: each sentence, the mean of its words, "
        "seeks it among the translations of all. The middle layers of a multilingual model usually find most.",
        r"\operatorname{MRR} = \frac{1}{n} \sum_i \frac{1}{\operatorname{rank}(t_i \mid s_i)}",
        "adjustment, 4.5",
        takes="spaces",
        targets="words",
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
        given=Given("dictionary", "embspace.corpora.dictionaries:read_dictionary", example="en-es.txt", needed=False),
        quick=False,
    ),
    "grouping": Analysis(
        {
            "grouping": Table(
                "embspace.analyses.grouping:grouping",
                "Grouping",
                ("embspace.figures.grouping:grouping_curves", "embspace.figures.grouping:variance_shares"),
                over_layers=("embspace.figures.grouping:grouping_curves", "embspace.figures.grouping:variance_shares"),
                over_steps=_OVER_STEPS,
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
    "isotropy_change": Analysis(
        {
            "isotropy_change": Table(
                "embspace.analyses.isotropy_change:isotropy_change",
                "Changes over steps",
                ("embspace.figures.isotropy_change:isotropy_change_curves",),
            ),
            "change_correlation": Table(
                "embspace.analyses.isotropy_change:change_correlation",
                "Languages that change alike",
                ("embspace.figures.isotropy_change:change_correlation_heatmap",),
                derived=True,
            ),
        },
        "Change of isotropy",
        "How the mean cosine of each language changes while a model is trained, from one step to h steps later, and "
        "which languages change alike. Take trainings on several languages to see which of them draw the others "
        "along.",
        r"\Delta_l(t) = \operatorname{sim}_l(t + h) - \operatorname{sim}_l(t), \qquad"
        r" r_{ab} = \operatorname{corr}_t(\Delta_a(t), \Delta_b(t))",
        "exploring, 4.1, Fig. 3 and 4",
        takes="spaces",
        steps=True,
        quick=False,
    ),
    **OF_SYSTEMS,
}
"""name -> analysis"""


def find_analysis(name: str) -> Analysis:
    """The analysis of a name.

    Raises:
        SettingsError: there is none.
    """
    if name not in ANALYSES:
        raise SettingsError(f"There is no analysis {name!r}; there are {', '.join(ANALYSES)}.")
    return ANALYSES[name]
