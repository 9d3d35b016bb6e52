"""Every analysis on public corpora: the figures and numbers of docs/gallery.md.

    python benchmarks/gallery.py --data FOLDER [--out docs/gallery] [similarity spelling ...]

FOLDER holds, one gzipped file per language (these corpora do not come with embspace):

    parallel/ntrex/XX.txt.gz          NTREX-128, line-aligned
    parallel/tatoeba/XX-en.tsv.gz     Tatoeba pairs of LASER
    ud/LANGUAGE-PUD/test.conllu.gz    parallel treebanks
    ner/panx/XX.dev.tsv.gz            PAN-X (WikiANN), in columns
    lexicon/muse/en-XX.txt.gz         MUSE dictionaries

Of NTREX the last 500 lines are taken, which `mini` has not seen; its words are aligned over all lines.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from scipy.stats import spearmanr

import embspace as es
from embspace import figures
from embspace.analyses.retrieval import retrieval
from gallery_corpora import CODES, Gallery

SLAVIC, CYRILLIC = ["pl", "cs", "sl", "bg", "ru", "uk", "be"], ["bg", "ru", "uk", "be"]
LATIN_SLAVIC = ["pl", "cs", "sl"]
STEPS = {"as stored": (), "centered": ("center",), "centered, then rotated onto English": ("center", "rotate:en")}


def pairs_of(table: pd.DataFrame) -> pd.DataFrame:
    """Each pair of different languages once."""
    order = [
        CODES.index(one) < CODES.index(other)
        for one, other in zip(table["language_a"], table["language_b"], strict=True)
    ]
    return table.loc[order]


def show(title: str, table: Any, digits: int = 3) -> None:
    """Print what was measured."""
    print(f"\n{title}\n{table.round(digits).to_string()}")


def similarity(gallery: Gallery) -> None:
    """How near the same name is in two languages."""
    found: Any = es.similarity(gallery.name_space)
    gallery.save(figures.similarity_heatmap(found, layer=3), "similarity", 660)
    once: Any = pairs_of(found)
    a, b = once["language_a"], once["language_b"]
    kinds = {
        "all": a.notna(),
        "both Slavic": a.isin(SLAVIC) & b.isin(SLAVIC),
        "Slavic, both Cyrillic": a.isin(CYRILLIC) & b.isin(CYRILLIC),
        "Slavic, both Latin": a.isin(LATIN_SLAVIC) & b.isin(LATIN_SLAVIC),
        "Slavic, two scripts": a.isin(SLAVIC) & b.isin(SLAVIC) & (a.isin(CYRILLIC) != b.isin(CYRILLIC)),
        "two scripts": a.isin(CYRILLIC) != b.isin(CYRILLIC),
        "both Latin": ~a.isin(CYRILLIC) & ~b.isin(CYRILLIC),
        "es-ca": (a + b == "esca"),
        "en-tr": (a + b == "entr"),
        "ru-be": (a + b == "rube"),
        "uk-be": (a + b == "ukbe"),
    }
    show("mean cosine", pd.DataFrame({k: once.loc[m].groupby("layer")["value"].mean() for k, m in kinds.items()}).T)
    for layer in (0, 3, 4):
        show(f"nearest pairs, layer {layer}", once.loc[once["layer"] == layer].nlargest(6, "value"))
    spelled: Any = pairs_of(es.spelling(gallery.names)).set_index(["language_a", "language_b"])["value"]
    for layer, part in once.groupby("layer"):
        near = part.set_index(["language_a", "language_b"])["value"]
        rank: Any = spearmanr(near, spelled.loc[near.index])
        print(f"layer {layer}: Spearman of cosine and TNLD over {len(near)} pairs {rank.statistic:.3f}")
    print(f"names: {len(gallery.names) // len(CODES)}, different {gallery.name_space.words['entity'].nunique()}")


def spelling(gallery: Gallery) -> None:
    """How differently the names are written."""
    table: Any = es.spelling(gallery.names)
    once: Any = pairs_of(table).sort_values("value")
    show("TNLD, nearest and farthest", pd.concat([once.head(6), once.tail(4)]))
    show("TNLD to English", once.loc[once["language_a"] == "en"].set_index("language_b")["value"])
    gallery.save(figures.spelling_pairs(es.spelled(gallery.names)), "spelled")


def isotropy(gallery: Gallery) -> None:
    """How much the words of a language point one way."""
    found: Any = es.isotropy(gallery.words, measures="all", bootstrap=50)
    gallery.save(figures.isotropy_curves(found.loc[found["measure"] == "mean_cosine"]), "isotropy", 820)
    cosines: Any = found.loc[found["measure"] == "mean_cosine"]
    show("mean cosine", cosines.pivot(index="language", columns="layer", values="value"))
    show("all measures, mean of languages", found.pivot_table(index="measure", columns="layer", values="value"))


def tokenization(gallery: Gallery) -> None:
    """In how many pieces words are cut."""
    forms = es.tokenization(gallery.words)
    fertile: Any = es.fertility(forms)
    gallery.save(figures.fertility_bars(fertile), "fertility", 720)
    show("fertility", fertile.set_index("language").sort_values("fertility"))
    shared = pairs_of(es.shared_pieces(forms)).sort_values("value", ascending=False)
    show("shared pieces", pd.concat([shared.head(6), shared.tail(3)]))


def relatedness(gallery: Gallery) -> None:
    """Whether linked words are nearer than others."""
    spaces = {"as stored": gallery.words, "centered": es.transform(gallery.words, "center")}
    for name, space in spaces.items():
        found: Any = es.relatedness(space, gallery.links, layer=None, bootstrap=0, n_related=4000)
        show(
            f"AUC, all languages, {name}",
            found.loc[found["language_a"] == "all"].pivot(index="metric", columns="layer", values="auc"),
        )
        own: Any = found.loc[(found["metric"] == "cosine") & (found["language_a"] != "all")]
        show(f"AUC by cosine, {name}", own.pivot(index="language_b", columns="layer", values="auc"))
    counts: Any = es.relatedness_distances(gallery.words, gallery.links, layer=3, metric="cosine", n_related=4000)
    gallery.save(figures.relatedness_histograms(counts), "relatedness", 620, 320)


def precision(gallery: Gallery) -> None:
    """Whether translations are found among the nearest words."""
    dictionary = gallery.dictionary()
    for name, steps in STEPS.items():
        space = es.transform(gallery.words, *steps, links=gallery.links)
        found: Any = es.precision_at_k(space, dictionary, k=(1, 10))
        means: Any = found.groupby(["layer", "k"])["value"].mean().unstack("k")
        show(f"precision with MUSE, {name}, mean of pairs", means)
        linked: Any = es.precision_at_k(space, links=gallery.links, k=(1, 10), sample=200)
        show(f"precision with links, {name}", linked.groupby(["layer", "k"])["value"].mean().unstack("k"))
        if not steps:
            gallery.save(figures.precision_heatmap(found, layer=3), "precision", 660)
            best = found.loc[(found["layer"] == 3) & (found["k"] == 1)]
            show("layer 3, k 1", best[["language_a", "language_b", "value", "n", "candidates", "missing"]])


def hubness(gallery: Gallery) -> None:
    """Words that stand near everything."""
    rows = {}
    for metric in ("cosine", "csls"):
        for name, steps in {"as stored": (), "centered": ("center",)}.items():
            found = es.hubness(es.transform(gallery.words, *steps), layer=[0, 3, 4], metric=metric, sample=50)
            skew = es.hub_skewness(found)
            other = skew.loc[skew["language_a"] != skew["language_b"]]
            rows[metric, name, "skewness"] = other.groupby("layer")["value"].mean()
            rows[metric, name, "never"] = other.groupby("layer")["never"].mean()
            rows[metric, name, "largest"] = other.groupby("layer")["largest"].max()
            if metric == "cosine" and not steps:
                gallery.save(figures.hub_bars(found, layer=4), "hubs", 760)
    show("hubs", pd.DataFrame(rows).T, 2)


def grouping(gallery: Gallery) -> None:
    """By language, or by what the words are."""
    found: Any = es.grouping(gallery.panx, by=("language", "type"))
    gallery.save(figures.grouping_curves(found), "grouping", 820)
    for name, space, by in (
        ("PAN-X", gallery.panx, ("language", "type")),
        ("PAN-X centered", es.transform(gallery.panx, "center"), ("language", "type")),
        ("PUD", gallery.pud, ("language", "tag")),
        ("names", gallery.name_space, ("language", "entity")),
        ("names centered", es.transform(gallery.name_space, "center"), ("language", "entity")),
    ):
        table: Any = es.grouping(space, by=by, sample=2000)
        wanted: Any = table.loc[table["measure"].isin(["silhouette", "purity", "nearer", "variance"])]
        show(
            f"grouping, {name}, {space.n_words} words",
            wanted.pivot_table(index=["measure", "factor"], columns="layer", values="value"),
        )


def probes(gallery: Gallery) -> None:
    """What a linear classifier reads from each layer."""
    for target in ("tag", "language"):
        found: Any = es.probe(gallery.pud, target=target, most=4000)
        show(f"probe of {target}", found.pivot(index="measure", columns="layer", values="value"))
        if target == "tag":
            gallery.save(figures.probe_curves(found), "probe", 720)


def change(gallery: Gallery) -> None:
    """How layers differ from each other, and what centering does to neighborhoods."""
    alike: Any = es.cka(gallery.words, gallery.words)
    gallery.save(figures.cka_heatmap(alike), "cka", 560, 440)
    show("CKA", alike.pivot(index="layer", columns="layer_after", values="value"))
    kept: Any = es.neighbor_overlap(gallery.words, es.transform(gallery.words, "center"))
    show("neighbors kept by centering", kept.pivot(index="language", columns="layer", values="value"))
    moved = es.change(gallery.words, gallery.words, layer=3, layer_after=4, by="language")
    show("moved from layer 3 to 4", moved)


def neighbors(gallery: Gallery) -> None:
    """The nearest words of two words that are written alike: Slovenian "police" are policies."""
    words: Any = gallery.words.words
    rows = [words.index[(words["text"] == "police") & (words["language"] == code)][0] for code in ("sl", "en")]
    found: Any = es.neighbors(gallery.words, rows, layer=3, k=2, languages=["en", "es", "pl", "ru"], distinct=True)
    gallery.save(figures.neighbors_table(found, queries=1), "neighbors")
    show("neighbors", found[["query_language", "language", "rank", "text", "value", "translation"]])


def maps(gallery: Gallery) -> None:
    """Names on maps, and the same after centering."""
    ways: dict[str, Literal["language"] | None] = {"map": None, "map_centered": "language"}
    for name, center in ways.items():
        found: Any = es.project(gallery.name_space, layer=[0, 3, 4], perplexity=30, center=center)
        for layer in (3, 4):
            if not center or layer == 4:
                gallery.save(figures.projection_map(found, layer=layer), f"{name}_{layer}", 540, 450)
        print("trustworthiness", found.attrs["trustworthiness"])


def tatoeba(gallery: Gallery) -> None:
    """Sentences that find their translations by the mean of their words."""
    rows = {}
    for code in CODES[1:]:
        pairs = es.corpus(gallery.data / f"parallel/tatoeba/{code}-en.tsv.gz")
        space = es.extract(gallery.checkpoint, pairs, targets="words")
        words = space.words.loc[space.words["found"]]
        parallel, spoken = space.sentences["parallel"], space.sentences["language"]
        for layer in space.layers:
            means: Any = pd.DataFrame(space.layer(layer)[words.index]).groupby(words["sentence"].to_numpy()).mean()
            own, english = (means.loc[spoken.loc[means.index] == one] for one in (code, "en"))
            own, english = (one.set_axis(parallel.loc[one.index].to_numpy()) for one in (own, english))
            shared = own.index.intersection(english.index)
            for name, center in (("as stored", False), ("centered", True)):
                score = retrieval(own.loc[shared].to_numpy(), english.loc[shared].to_numpy(), center=center)
                rows[code, name, layer] = score.accuracy
    table: Any = pd.Series(rows).unstack()
    show("Tatoeba, accuracy at 1", table)
    show("mean", table.groupby(level=1).mean())


SECTIONS: dict[str, Callable[[Gallery], None]] = {
    "tokenization": tokenization,
    "spelling": spelling,
    "similarity": similarity,
    "isotropy": isotropy,
    "grouping": grouping,
    "probes": probes,
    "neighbors": neighbors,
    "hubness": hubness,
    "relatedness": relatedness,
    "precision": precision,
    "change": change,
    "maps": maps,
    "tatoeba": tatoeba,
}


def main() -> None:
    """Make what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="*", help=", ".join(SECTIONS))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("docs/gallery"))
    parser.add_argument("--checkpoint", default="mini")
    given = parser.parse_args()
    gallery = Gallery(given.data, given.out, given.checkpoint)
    for name in given.sections or SECTIONS:
        print(f"\n== {name}", flush=True)
        SECTIONS[name](gallery)


if __name__ == "__main__":
    main()
