"""Findings of "lingua-franca" on made-up scores whose verdict is known."""

from collections.abc import Mapping

import pandas as pd
import pytest

from embspace.studies.comparisons import every, most, one_fails, side, some
from embspace.studies.freezing_findings import freezing, over_epochs, stabilized
from embspace.studies.study import Finding
from embspace.studies.zero_shot_findings import (
    from_one,
    joint_above_single,
    long_words,
    with_objectives,
    zero_shot,
)

TASKS = ["CL", "LI"]


def scores(means: Mapping[tuple[str, int, str], float], spread: float = 0.5) -> pd.DataFrame:
    """Three seeds around each mean."""
    rows = [
        (*setting, seed, mean + spread * (seed - 1), mean + spread * (seed - 1))
        for setting, mean in means.items()
        for seed in range(3)
    ]
    return pd.DataFrame(rows, columns=["model", "frozen", "language", "seed", "dev", "test"])


def holds(found: list[Finding]) -> list[bool | None]:
    return [one.holds for one in found]


def test_what_lies_within_a_deviation_is_not_told_apart() -> None:
    assert side([1, 2, 3], [1.5, 2, 2.5]) == 0
    assert side([1, 2, 3], [4, 5, 6]) == -1
    assert side([5.0], [4.9]) == 1  # one seed has no deviation
    assert (one_fails([1, -1]), one_fails([1, 0]), one_fails([1, 1]), one_fails([])) == (True, None, False, None)
    assert (every([1, 1]), every([1, 0]), every([1, 0, -1]), every([])) == (True, None, False, None)
    assert (some([0, 1]), some([-1, 0]), some([-1, -1]), some([])) == (True, None, False, None)
    assert (most([1, 1, -1]), most([1, 0, -1]), most([1, -1, -1]), most([])) == (True, None, False, None)
    assert (most([1, -1]), most([1, 0])) == (False, None)


@pytest.mark.parametrize(("joint", "verdict"), [(70, True), (60.2, None), (50, False)])
def test_joint_is_compared_in_every_language(joint: float, verdict: bool | None) -> None:
    values = {("single", -1, "en"): 60, ("joint", -1, "en"): joint, ("single", -1, "ru"): 60, ("joint", -1, "ru"): 80}
    found = joint_above_single(scores(values), "Table 1")
    assert found.holds is verdict
    assert f"English {joint:.1f} ± 0.5 against 60.0 ± 0.5" in found.evidence
    assert ("within one deviation" in found.evidence) is (verdict is None)


def test_long_words_need_scores() -> None:
    none = long_words(scores({}), {"en": 1.8, "ar": 7.42}, "Table 2")
    assert none.holds is None and "Arabic 7.42" in none.evidence
    values = {("ML", -1, "en"): 61, ("ML", -1, "ar"): 12.6, ("ML", -1, "zh"): 65.6}
    assert long_words(scores(values), {"en": 1.8, "ar": 7.42, "zh": 2.31}, "Table 2").holds is True
    assert long_words(scores(values), {"en": 1.8, "ar": 2, "zh": 3}, "Table 2").holds is False


def test_the_papers_own_table_3_gives_its_findings() -> None:
    alone = {"en": 91.2, "es": 87.5, "de": 82.7, "nl": 90.6}
    unseen = {"en": 72.57, "es": 77.17, "de": 70.23, "nl": 79.76}
    cloze = {"en": 73.30, "es": 75.29, "de": 67.04, "nl": 81.76}
    told = {"en": 73.87, "es": 75.40, "de": 71.28, "nl": 80.06}
    values = {
        (model, -1, language): value
        for model, of in (("single", alone), ("ML", unseen), ("CL", cloze), ("LI", told))
        for language, value in of.items()
    } | {("pivot", -1, "de"): 69.42, ("pivot", -1, "es"): 73.62, ("pivot", -1, "nl"): 78.61}
    found = zero_shot(scores(values, 0.1), "en", TASKS)
    assert holds(found) == [True, True, True, True]
    assert "English 80%" in found[0].evidence


def test_secondary_tasks_and_frozen_layers() -> None:
    values = {
        ("ML", -1, "en"): 70,
        ("CL", -1, "en"): 72,
        ("LI", -1, "en"): 74,
        ("ML", 3, "en"): 71,
        ("CL", 3, "en"): 70,
    }
    values |= {
        ("ML", -1, "es"): 70,
        ("CL", -1, "es"): 66,
        ("LI", -1, "es"): 72,
        ("ML", 3, "es"): 68,
        ("CL", 3, "es"): 66,
    }
    found = with_objectives(scores(values), TASKS, 3)
    assert holds(found) == [True, False, True, True]
    assert "CL 1 of 2; LI 2 of 2" in found[2].evidence


def test_freezing_some_all_but_one_and_all() -> None:
    by_frozen = {-1: 70, 1: 72, 2: 71, 3: 60, 4: 45}
    values = {("ML", one, language): value for one, value in by_frozen.items() for language in ("de", "en", "nl")}
    values |= {("ML", one, "es"): value for one, value in zip(by_frozen, (75, 73, 72, 70, 50), strict=True)}
    found = freezing(scores(values), list(by_frozen), 4, "test", "Table 5")
    assert holds(found) == [True, True, True, True, True, None]  # dev and test are the same here
    assert "German 72.0 ± 0.5 with 1 frozen against 70.0 ± 0.5" in found[0].evidence
    values |= {("ML", 4, language): 30.0 for language in ("de", "en", "nl", "es")}
    assert holds(freezing(scores(values), list(by_frozen), 4, "dev", "Table 4"))[-1] is False


def test_test_sentences_are_set_beside_those_that_choose_the_epoch() -> None:
    same = scores({("ML", -1, language): 70 for language in ("de", "en", "es")})
    lower = same.assign(test=same["test"] - [5, 5, 5, 5, 5, 5, -5, -5, -5])
    found = freezing(lower, [-1], 4, "test", "Table 5")[-1]
    assert found.holds is True
    assert "German 65.0 ± 0.5, development 70.0 ± 0.5" in found.evidence


def test_trained_on_one_language() -> None:
    values = {("ML", one, "es"): value for one, value in zip((-1, 1, 2, 3, 4), (73, 75, 74, 72, 50), strict=True)}
    found = from_one(scores(values | {("LI", 3, "es"): 74}), [-1, 1, 2, 3, 4], 4, 1)
    assert holds(found) == [True, True, True]
    assert holds(from_one(scores(values | {("LI", 3, "es"): 72}), [-1, 1, 2, 3, 4], 4, 2)) == [False, False, True]


def curve(model: str, frozen: int, language: str, *values: float) -> list[tuple[str, int, str, int, int, float]]:
    return [
        (model, frozen, language, seed, epoch, value + 0.5 * (seed - 1))
        for epoch, value in enumerate(values, 1)
        for seed in range(3)
    ]


def frame(*curves: list[tuple[str, int, str, int, int, float]]) -> pd.DataFrame:
    rows = [row for one in curves for row in one]
    return pd.DataFrame(rows, columns=["model", "frozen", "language", "seed", "epoch", "f1"])


def test_curves_that_fall_and_rise() -> None:
    found = over_epochs(frame(curve("ML", -1, "en", 77, 78, 70), curve("joint", -1, "en", 80, 88, 90)))
    assert holds(found) == [True, True]
    assert "best 78.0 ± 0.5 after 2" in found[0].evidence
    assert holds(over_epochs(frame(curve("ML", -1, "en", 70, 75), curve("joint", -1, "en", 80, 80.2)))) == [False, None]
    assert holds(over_epochs(frame(curve("ML", -1, "en", 70), curve("joint", -1, "en", 80)))) == [None, None]


def test_shares_of_next_to_nothing_tell_nothing() -> None:
    low = {("single", -1, "es"): 4, ("ML", -1, "es"): 4, ("ML", 2, "es"): 4}
    assert zero_shot(scores(low), "en", [])[0].holds is None
    found = freezing(scores(low), [-1, 2], 2, "dev", "Table 4")
    assert (found[-1].holds, found[-1].evidence) == (None, "That is below 20 % here.")
    assert holds(stabilized(frame(curve("ML", -1, "es", 5, 6, 5), curve("ML", 3, "es", 5, 6, 5)), 4)) == [None, None]


def test_frozen_curves_are_steadier() -> None:
    falling, kept, flat = (
        curve("ML", -1, "en", 77, 74, 70),
        curve("ML", 2, "en", 75, 76, 77),
        curve("ML", 3, "en", 60, 60, 60),
    )
    assert holds(stabilized(frame(falling, kept, flat), 4)) == [True, True]
    assert holds(stabilized(frame(kept, flat), 4)) == [None, True]  # nothing falls that could be kept from it
    rising = curve("ML", -1, "en", 60, 70, 77)
    assert holds(stabilized(frame(rising, kept, curve("ML", 3, "en", 40, 50, 60)), 4)) == [None, False]


def test_a_comparison_of_secondary_tasks_needs_more_than_one() -> None:
    values = {("ML", -1, "en"): 70, ("CL", -1, "en"): 75, ("LI", -1, "en"): 80, ("PC", -1, "en"): 75}
    claim = "Language identification helps"

    def verdict(*objectives: str) -> bool | None:
        own = {key: value for key, value in values.items() if key[0] in ("ML", *objectives)}
        (found,) = [one for one in with_objectives(scores(own), objectives, 3) if one.claim.startswith(claim)]
        return found.holds

    assert verdict("CL", "PC") is verdict("LI") is None


def test_secondary_tasks_with_nothing_frozen_do_not_count_as_frozen() -> None:
    values = {("ML", -1, "de"): 70, ("LI", -1, "de"): 99, ("LI", 2, "de"): 60, ("ML", 1, "de"): 60, ("ML", 4, "de"): 50}
    found = from_one(scores(values), [-1, 1, 4], 4, 1)
    (claim,) = [one for one in found if "some secondary task with frozen layers" in one.claim]
    assert claim.holds is False and "LI with 2 frozen" in claim.evidence


def test_all_but_one_is_the_papers_depth() -> None:
    values = {("ML", one, "de"): value for one, value in ((-1, 70), (12, 75), (22, 60), (24, 50))}
    found = freezing(scores(values), [-1, 12, 22, 24], 24, "dev", "Table 4")
    (claim,) = [one for one in found if "nearly all layers frozen (22 of 24 here" in one.claim]
    assert claim.holds is True
