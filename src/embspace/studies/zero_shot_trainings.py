"""The fine-tunings of "lingua-franca": on one language, on all, on all but one, with frozen layers and objectives."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from embspace.corpora.catalog import choose
from embspace.corpora.entries import SYNTHETIC, Entry
from embspace.corpora.languages import check_languages
from embspace.corpora.mixing import round_robin
from embspace.corpora.synthetic_ner import PAPER_TEST, PAPER_TRAIN
from embspace.corpora.templates import CODES
from embspace.encoders.checkpoints import find_checkpoint
from embspace.errors import StudyError
from embspace.studies.config import StudyConfig
from embspace.training.config import TrainConfig
from embspace.training.part import Part

OBJECTIVES: Mapping[str, tuple[str, ...]] = {
    "CL": ("cloze",),
    "CL+LI": ("cloze", "language-id"),
    "LI": ("language-id",),
    "PC": ("predictive-cloze",),
    "PC+LI": ("predictive-cloze", "language-id"),
}
"""the paper's names of what is learned from unlabelled text -> those of `TrainConfig.objectives`"""
ML = "ML"
"""without any"""
ONTONOTES = "ontonotes-"
PARTS = ("train", "dev", "test")
PAPER_LAYERS = 12
EPOCHS, RATE, BATCH, LENGTH, OVERLAP = 20, 5e-5, 32, 64, 8
LANGUAGES = ("en", "es", "ru", "tr")
"""four of SyntheticNER, as CoNLL has four"""
Named = tuple[str, TrainConfig]
"""a fine-tuning and its name"""
Cells = dict[tuple[str, int], list[tuple[str, Named]]]
"""(model, frozen layers) -> pairs of a language and the fine-tuning that is tested in it"""
_DEV_SEED = 1
"""of SyntheticNER's sentences that choose an epoch; those that are learned from are drawn with 0"""


@dataclass(frozen=True, slots=True)
class Data:
    """The tagged sentences that trainings of one kind are made with.

    Attributes:
        config: of the study.
        prefix: "" or "ontonotes-", as the roles of its corpora begin.
        entries: part -> corpus; empty: SyntheticNER.
        languages: of all parts.
    """

    config: StudyConfig
    prefix: str
    entries: Mapping[str, Entry]
    languages: tuple[str, ...]

    @property
    def pivot(self) -> str:
        """The language that is trained on alone for all others: English, else the first."""
        return "en" if "en" in self.languages else self.languages[0]

    def others(self, language: str) -> tuple[str, ...]:
        """All languages but one."""
        return tuple(one for one in self.languages if one != language)

    def parts(self, name: str, languages: Sequence[str]) -> tuple[Part, ...]:
        """The sentences of some languages for training, for choosing an epoch, or for testing."""
        if not self.entries:
            return tuple(self._drawn(name, one) for one in languages)
        entry = self.entries[name]
        given = self.config.sentences if name == "train" else self.config.test_sentences
        parts = []
        for one in languages:
            scaled = None if self.config.scale == 1 else max(1, round(self.config.scale * entry.sentences[one]))
            parts.append(Part(corpus=entry.name, languages=(one,), sentences=given or scaled))
        return tuple(parts)

    def _drawn(self, name: str, language: str) -> Part:
        if name == "train":
            return Part(languages=(language,), sentences=self.config.amount(sum(PAPER_TRAIN.values())))
        number = self.config.test_amount(sum(PAPER_TEST.values()))
        if name == "dev":
            return Part(languages=(language,), sentences=number, seed=_DEV_SEED)
        return Part(languages=(language,), split="test", sentences=number)


def data(config: StudyConfig, prefix: str = "") -> Data | None:
    """The sentences that a config names; None: those of OntoNotes are not named.

    Raises:
        CorpusError: there is no such corpus, it is damaged, or SyntheticNER has no such language.
        StudyError: parts are missing, or they have fewer than two languages in common.
    """
    names = {part: config.corpora[prefix + part] for part in PARTS if prefix + part in config.corpora}
    if not names and prefix:
        return None
    if not names or set(names.values()) == {SYNTHETIC}:
        return Data(config, prefix, {}, _two(check_languages(config.languages or LANGUAGES, CODES), "SyntheticNER"))
    if lost := [prefix + part for part in PARTS if part not in names]:
        there = ", ".join(prefix + part for part in names)
        raise StudyError(f"corpora: {there} without {', '.join(lost)}; name all three, of tagged sentences.")
    if mixed := [prefix + part for part, name in names.items() if name == SYNTHETIC]:
        raise StudyError(
            f"corpora: {', '.join(mixed)}: {SYNTHETIC} has its own parts; name it for all three, or for none."
        )
    entries = {part: choose(name)[0] for part, name in names.items()}
    told = " and ".join(dict.fromkeys(names.values()))
    shared = [one for one in entries["train"].languages if all(one in entry.languages for entry in entries.values())]
    wanted = shared if prefix or config.languages is None else config.languages
    if unknown := [one for one in wanted if one not in shared]:
        raise StudyError(f"languages: {told} have no {', '.join(unknown)} in common; they have {', '.join(shared)}.")
    return Data(config, prefix, entries, _two(wanted, told))


def conll(config: StudyConfig) -> Data:
    """What stands for the paper's CoNLL."""
    found = data(config)
    assert found is not None
    return found


def _two(languages: Sequence[str], what: str) -> tuple[str, ...]:
    if len(languages) < 2:
        raise StudyError(
            f"lingua-franca compares languages, and {what} have {', '.join(languages) or 'none'}; two or more."
        )
    return tuple(languages)


def n_layers(checkpoint: str) -> int:
    """The layers of a checkpoint as its configuration says, embeddings not counted.

    Raises:
        EncoderError: there is no such checkpoint.
        StudyError: its configuration does not tell.
    """
    path = find_checkpoint(checkpoint).folder / "config.json"
    settings = json.loads(path.read_text("utf-8"))
    for of in (settings, settings.get("text_config") or {}):
        for name in ("num_hidden_layers", "n_layer", "n_layers"):
            if isinstance(of.get(name), int):
                return of[name]
    raise StudyError(
        f"{path} does not say how many layers {checkpoint} has, so none can be frozen; take another model."
    )


def frozen_here(published: int, layers: int) -> int:
    """A number of frozen layers of the paper's twelve as one of `layers`: the same depth, and neither none nor all."""
    if published < 1:
        return published
    if published >= PAPER_LAYERS:
        return layers
    return max(1, min(layers - 1, int(published * layers / PAPER_LAYERS + 0.5)))


def frozen_layers(published: Sequence[int], layers: int) -> dict[int, tuple[int, ...]]:
    """Numbers of frozen layers here -> those of the paper that they stand for, ascending."""
    found: dict[int, tuple[int, ...]] = {}
    for one in published:
        here = frozen_here(one, layers)
        found[here] = (*found.get(here, ()), one)
    return dict(sorted(found.items()))


def supervised(data: Data) -> Cells:
    """Tested in languages that are trained on: each alone (`single`), and all together (`joint`)."""
    return {
        ("single", -1): [(one, single(data, one)) for one in data.languages],
        ("joint", -1): [(one, joint(data)) for one in data.languages],
    }


def unseen(data: Data, frozen: Iterable[int] = (-1,), models: Iterable[str] = (ML,)) -> Cells:
    """Tested in the language that is not trained on, of all others; `models`: ML, or objectives."""
    return {
        (model, number): [(one, without(data, one, number, model)) for one in data.languages]
        for model in models
        for number in frozen
    }


def from_pivot(data: Data, settings: Iterable[tuple[str, int]], named: str = "") -> Cells:
    """Trained on the pivot alone and tested in all others.

    Args:
        data: the sentences.
        settings: pairs of a model, ML or objectives, and frozen layers.
        named: what the model is called instead; empty: as it is.
    """
    return {
        (named or model, number): [(one, single(data, data.pivot, number, model)) for one in data.others(data.pivot)]
        for model, number in settings
    }


def trainings_of(cells: Cells) -> dict[str, TrainConfig]:
    """The fine-tunings of cells, each once."""
    return dict(named for columns in cells.values() for _, named in columns)


def single(data: Data, language: str, frozen: int = -1, model: str = ML) -> Named:
    """Trained on one language; the pivot is scored in all of them at every epoch, so that each chooses its own."""
    if language != data.pivot:
        return _named(data, f"single {language}", (language,), (language,), frozen, model)
    plain = model == ML and frozen < 0  # that is also asked for its own language
    scored = data.languages if plain else data.others(language)
    return _named(data, f"single {language}", (language,), scored, frozen, model, every=True)


def joint(data: Data) -> Named:
    """Trained on all languages, mixed anew in each epoch."""
    return _named(data, "joint", data.languages, data.languages)


def without(data: Data, language: str, frozen: int = -1, model: str = ML) -> Named:
    """Trained on all languages but one, which chooses the epoch and is tested."""
    learned = next(others for others, one in round_robin(data.languages) if one == language)
    return _named(data, f"without {language}", learned, (language,), frozen, model)


def _named(
    data: Data,
    name: str,
    learned: Sequence[str],
    scored: Sequence[str],
    frozen: int = -1,
    model: str = ML,
    *,
    every: bool = False,
) -> Named:
    told = [f"OntoNotes: {name}" if data.prefix else name]
    told += [model] if model != ML else []
    told += [f"{frozen} frozen"] if frozen >= 0 else []
    config = data.config
    objectives = OBJECTIVES.get(model, ())
    read = [one for one in scored if one not in learned] if objectives else []
    if "language-id" in objectives and len(read) < 2:
        read = [*read, *learned]  # of one language alone there is nothing to tell
    return ", ".join(told), TrainConfig(
        checkpoint=config.checkpoint,
        train=data.parts("train", learned),
        dev=data.parts("dev", scored),
        test=data.parts("test", scored),
        test_every_epoch=every,
        unlabelled=data.parts("train", read),
        objectives=dict.fromkeys(objectives, 1.0),
        freeze=frozen,
        epochs=config.epochs or EPOCHS,
        batch=BATCH,
        rate=config.rate or RATE,
        length=LENGTH,
        overlap=OVERLAP,
        encoding="IOB1",
        seeds=config.seeds,
        threads=config.threads,
        device=config.device,
        probe_every=0,
        save_every=0,
        save_total_limit=1,
    )
