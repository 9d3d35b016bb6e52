"""Probes: what a linear classifier reads from a layer, beside what it could have learned by heart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from embspace.analyses.distances import Layers, layer_numbers
from embspace.analyses.results import checkpoint_labels, result
from embspace.errors import SettingsError
from embspace.progress import Progress, Silent

if TYPE_CHECKING:
    from embspace.spaces.space import Space

Split = Literal["sentences", "words"]

_BLOCK = 2**16  # rows read at a time
_ITERATIONS = 1000


def probe(
    spaces: Space | Sequence[Space],
    layer: Layers = None,
    *,
    target: str = "language",
    split: Split = "sentences",
    test: float = 0.2,
    most: int = 10_000,
    strength: float = 1.0,
    seed: int = 0,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """How well a linear probe tells a property of words, per layer: `layer measure value n_train n_test`.

    The measures are `probe`, the accuracy of a logistic regression on held-out words; `control`, that of another that
    learns a random label for each written form, drawn with the frequencies of the real ones; `selectivity`, `probe`
    less `control`; and `majority`, the accuracy of always saying the most frequent label. All but selectivity lie in
    0 .. 1. Hewitt and Liang (2019), 2: a probe whose control is as good may have learned forms by heart. Features have
    mean 0 and deviation 1 over the training words.

    Args:
        spaces: their rows with `found`, finite vectors and a label count; of several, a column `checkpoint` is first.
        layer: a number, several, or all of them (None).
        target: a column of words to tell: "language", "type", "tag" or another with a few values.
        split: what training and test do not share: "sentences" (nor their translations), or "words" (written forms,
            whatever their case). The control has seen the test's forms in the first only; in the second it is chance.
        test: share of sentences or forms that are held out.
        most: of training words, and of test words, drawn at random: what more would take without saying much.
        strength: inverse of the L2 penalty (scikit-learn's C).
        seed: of the split, the draw and the labels of the control.
        progress: told of every layer.

    Raises:
        SettingsError: there is no such column or layer, fewer than two labels or groups, or a number is out of range.
    """
    several = isinstance(spaces, Sequence)
    listed = list(spaces) if several else [spaces]
    if not listed or not 0 < test < 1 or most < 2 or strength <= 0 or split not in ("sentences", "words"):
        raise SettingsError(
            f"probe: spaces={len(listed)}, split={split!r}, test={test}, most={most}, strength={strength} is not "
            'possible; give a space or more, "sentences" or "words", a share between 0 and 1, two words or more, and a '
            "strength above 0."
        )
    layers = [layer_numbers(space, layer) for space in listed]
    progress = progress or Silent()
    progress.stage("probes", sum(map(len, layers)), "layers")
    rows = []
    for space, label, numbers in zip(listed, checkpoint_labels(listed), layers, strict=True):
        task = _Task(space.words, target, split, test, most, seed)
        for number in numbers:
            for measure, value, trained, tested in task.scores(space, number, strength):
                rows.append((*([label] if several else []), number, measure, value, trained, tested))
            progress.advance()
    columns = [*(["checkpoint"] if several else []), "layer", "measure", "value", "n_train", "n_test"]
    settings = {"layers": layers[0], "target": target, "split": split, "test": test, "most": most}
    return result(rows, columns, "probe", listed, **settings, strength=strength, seed=seed)


class _Task:
    """Which rows are learned from and which are tested, with their labels and those of the control."""

    def __init__(self, words: pd.DataFrame, target: str, split: Split, test: float, most: int, seed: int) -> None:
        if target not in words.columns:
            raise SettingsError(f"Words have no column {target!r}; possible are {', '.join(map(str, words.columns))}.")
        usable = np.flatnonzero(words["found"].to_numpy(dtype=bool) & words[target].notna().to_numpy())
        kept = words.iloc[usable]
        names, labels = np.unique(kept[target].to_numpy().astype(str), return_inverse=True)
        if len(names) < 2:
            held = f"{len(names)}: {names[0]}" if len(names) else "none here"
            raise SettingsError(
                f"A probe tells labels apart, but {target!r} has {held}: extract a corpus with several, or take "
                "another target."
            )
        rng = np.random.default_rng(seed)
        forms = pd.factorize(kept["text"].str.casefold())[0]
        drawn = rng.choice(labels, size=int(forms.max()) + 1)  # by the frequencies of the real labels
        control = drawn[forms]
        groups = forms if split == "words" else pd.factorize(_sentences(kept))[0]
        held = _held_out(groups, test, rng, split)
        train, tested = (_some(np.flatnonzero(side), most, rng) for side in (~held, held))
        if len(np.unique(labels[train])) < 2:
            raise SettingsError(
                f"Of {target!r} only one label is left to learn from once {split} are held out; take another seed, "
                "a smaller test, or more words."
            )
        self._rows = [usable[train], usable[tested]]
        self._labels = {"probe": [labels[train], labels[tested]], "control": [control[train], control[tested]]}

    def scores(self, space: Space, number: int, strength: float) -> list[tuple[str, float, int, int]]:
        """(measure, value, n_train, n_test) in a layer."""
        train, tested = (_vectors(space, number, rows) for rows in self._rows)
        kept = [np.isfinite(side).all(axis=1) for side in (train, tested)]
        middle = train[kept[0]].mean(axis=0, dtype=np.float64)
        spread = train[kept[0]].std(axis=0, dtype=np.float64)
        spread[spread == 0] = 1
        seen, new = (
            ((side[mask] - middle) / spread).astype(np.float32)
            for side, mask in zip((train, tested), kept, strict=True)
        )
        values = {}
        for measure, (learned, asked) in self._labels.items():
            values[measure] = _accuracy(seen, learned[kept[0]], new, asked[kept[1]], strength)
        learned, asked = self._labels["probe"][0][kept[0]], self._labels["probe"][1][kept[1]]
        values["selectivity"] = values["probe"] - values["control"]
        values["majority"] = float(np.mean(asked == np.bincount(learned).argmax())) if len(asked) else float("nan")
        return [(measure, value, len(seen), len(new)) for measure, value in values.items()]


def _sentences(words: pd.DataFrame) -> NDArray[np.object_]:
    """The parallel group of each word's sentence, or the sentence where it has none."""
    own = "sentence " + words["sentence"].astype(str)
    return words["parallel"].astype(object).where(words["parallel"].notna(), own).to_numpy(dtype=object)


def _held_out(groups: NDArray[np.int64], test: float, rng: np.random.Generator, split: str) -> NDArray[np.bool_]:
    """Which rows are of the groups that are held out: groups at random until they have the share of rows."""
    sizes = np.bincount(groups)
    if len(sizes) < 2:
        raise SettingsError(f'split="{split}" holds some of them out, but there is only one; take the other split.')
    order = rng.permutation(len(sizes))
    taken = 1 + np.searchsorted(np.cumsum(sizes[order]), test * len(groups))
    return np.isin(groups, order[: min(taken, len(sizes) - 1)])


def _some(rows: NDArray[np.int64], most: int, rng: np.random.Generator) -> NDArray[np.int64]:
    return np.sort(rng.choice(rows, most, replace=False)) if len(rows) > most else rows


def _vectors(space: Space, number: int, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """The ascending rows of a layer, read in blocks."""
    found = np.empty((len(rows), space.dim), np.float32)
    for start in range(0, space.n_words, _BLOCK):
        first, stop = np.searchsorted(rows, [start, start + _BLOCK])
        if first < stop:
            found[first:stop] = space.layer_rows(number, start, start + _BLOCK)[rows[first:stop] - start]
    return found


def _accuracy(
    seen: NDArray[np.float32],
    learned: NDArray[np.int64],
    new: NDArray[np.float32],
    asked: NDArray[np.int64],
    strength: float,
) -> float:
    """The share of new rows whose label a logistic regression says right."""
    from sklearn.linear_model import LogisticRegression

    if not len(new):
        return float("nan")
    if len(np.unique(learned)) < 2:  # nothing to choose from
        return float(np.mean(asked == learned[0]))
    fitted = LogisticRegression(C=strength, max_iter=_ITERATIONS, tol=1e-3).fit(seen, learned)
    return float(np.mean(fitted.predict(new) == asked))
