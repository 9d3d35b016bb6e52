import json
from dataclasses import dataclass, field
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embspace.errors import SettingsError
from embspace.workflows.extract import ExtractConfig
from embspace.workflows.project import ProjectConfig
from embspace.workflows.settings import from_json, to_json


@dataclass(frozen=True)
class Inner:
    name: str
    sizes: tuple[int, ...] = (1,)


@dataclass(frozen=True)
class Outer:
    inner: Inner = field(default_factory=lambda: Inner("a"))
    rate: float = 0.5
    mode: Literal["fast", 2] | None = None
    flag: bool = False


def test_json_becomes_a_config_and_back():
    config = from_json(Outer, {"inner": {"name": "b", "sizes": [2, 3]}, "rate": 1, "mode": 2, "flag": True})
    assert config == Outer(Inner("b", (2, 3)), 1.0, 2, True)
    assert type(config.rate) is float
    assert from_json(Outer, to_json(config)) == config
    assert from_json(Outer, {}) == Outer()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "s: expected an object with named settings, not []."),
        ({"speed": 1}, "s: unknown setting 'speed'; known are inner, rate, mode, flag."),
        ({"inner": {}}, "s: inner: the setting 'name' is missing."),
        ({"inner": {"name": 3}}, "s: inner: name = 3 is not possible; expected a text."),
        ({"inner": {"name": "a", "sizes": ["x"]}}, "s: inner: sizes = 'x' is not possible; expected a whole number."),
        (
            {"inner": {"name": "a", "sizes": 4}},
            "s: inner: sizes = 4 is not possible; expected a list, each a whole number.",
        ),
        ({"rate": "fast"}, "s: rate = 'fast' is not possible; expected a number."),
        ({"rate": True}, "s: rate = True is not possible; expected a number."),
        ({"mode": "slow"}, "s: mode = 'slow' is not possible; expected \"fast\" or 2 or null."),
        ({"flag": 1}, "s: flag = 1 is not possible; expected true or false."),
    ],
)
def test_what_is_impossible_is_named_with_what_is_possible(value, message):
    with pytest.raises(SettingsError) as caught:
        from_json(Outer, value, "s")
    assert str(caught.value) == message


extractions = st.builds(
    ExtractConfig,
    checkpoint=st.text(min_size=1),
    languages=st.none() | st.lists(st.text()).map(tuple),
    entities=st.lists(st.text()).map(tuple),
    per_type=st.integers(1, 10**6),
    seed=st.integers(),
    dtype=st.sampled_from(["float16", "float32"]),
)
projections = st.builds(
    ProjectConfig,
    extract=extractions,
    layers=st.just("all") | st.lists(st.integers(), min_size=1).map(tuple),
    perplexity=st.floats(0.1, 1000),
    dimensions=st.sampled_from([2, 3]),
    center=st.sampled_from([None, "language"]),
)


@settings(deadline=None, max_examples=40)
@given(config=projections)
def test_every_config_survives_a_job_file(config):
    assert from_json(ProjectConfig, json.loads(json.dumps(to_json(config)))) == config


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (ExtractConfig, {"per_type": 0}, "per_type = 0: expected 1 or more"),
        (ExtractConfig, {"checkpoint": ""}, "checkpoint is empty"),
        (ExtractConfig, {"dtype": "int8"}, 'expected "float32" or "bfloat16" or "float16"'),
        (ExtractConfig, {"workers": 0}, "workers = 0: expected 1 or more processes"),
        (ProjectConfig, {"layers": []}, "layers is empty"),
        (ProjectConfig, {"layers": "some"}, 'expected a list, each a whole number or "all"'),
        (ProjectConfig, {"perplexity": 0}, "perplexity = 0: expected a number above 0"),
        (ProjectConfig, {"neighbors": 1}, "neighbors = 1: expected 2 or more"),
        (ProjectConfig, {"min_distance": 1.5}, "min_distance = 1.5: expected 0 or more, below 1"),
        (ProjectConfig, {"dimensions": 4}, "expected 2 or 3"),
        (ProjectConfig, {"extract": {"per-type": 3}}, "unknown setting 'per-type'"),
    ],
)
def test_settings_out_of_range_are_refused(kind, value, message):
    with pytest.raises(SettingsError) as caught:
        from_json(kind, value)
    assert message in str(caught.value)
