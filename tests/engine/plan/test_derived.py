"""Derived configurations: complete, read back equal, refused in one line, and never mistaken for a search."""

import dataclasses
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from engine.analyse.outcomes import is_full_run
from engine.plan.architecture import Architecture
from engine.plan.config import RunConfig, read_config
from engine.plan.derivation import derived_config
from engine.plan.derived import Derived
from engine.plan.presets import load_presets, resolve_config
from engine.record.heading import read_heading
from tests.builders import poison_table, small_config
from tests.config_strategies import configs

SEARCH = small_config(name="original", space=poison_table(3, {"op": "gaussian", "sigma": 2.0}))
OF = Derived("original-s7-1125-abcd", 4, 2, 0.375, Architecture((0, 7, 3), ((), (), (0, 1))))


def toml_of(config: RunConfig) -> str:
    return tomli_w.dumps(config.table())


@st.composite
def derived_of(draw: st.DrawFn) -> RunConfig:
    search = draw(configs())
    outputs = st.integers(0, search.space.num_outputs - 1)
    layers = search.child.layers
    skips = [
        tuple(sorted(draw(st.sets(st.integers(0, layer - 1), max_size=3)))) if layer else ()
        for layer in range(layers)
    ]
    architecture = Architecture(
        tuple(draw(st.lists(outputs, min_size=layers, max_size=layers))), tuple(skips)
    )
    run_id = draw(st.text(min_size=1, max_size=80).filter(str.isprintable))
    share = draw(st.floats(0, 1))
    return derived_config(search, Derived(run_id, 3, 1, share, architecture), {}, [])


@given(derived_of())
def test_a_derived_configuration_is_read_back_equal(config: RunConfig) -> None:
    assert read_config(tomllib.loads(toml_of(config))) == config


def test_a_search_says_nothing_of_being_derived() -> None:
    """Its config.toml is what it always was, byte for byte: suites find their members by equality."""
    for preset in load_presets().values():
        assert preset.config.derived is None
        assert "derived" not in toml_of(preset.config)


def test_a_derived_run_takes_all_but_its_controller_from_the_search() -> None:
    config = derived_config(SEARCH, OF, {}, [])
    assert config.derived == OF
    kept = ("dataset", "seed", "epochs", "given_space", "child", "data", "defences", "switches", "protocol")
    assert all(getattr(config, key) == getattr(SEARCH, key) for key in kept)
    assert config.evaluation.candidates == 1
    assert config.name == "derived-original"
    assert config.title == "Derived of original-s7-1125-abcd, epoch 4, candidate 2"


def test_a_derived_run_has_no_figures_of_the_papers_and_is_no_run_of_the_preset() -> None:
    preset = resolve_config("original", {}, [])
    architecture = Architecture((0,) * 12, ((),) * 12)
    config = derived_config(preset, dataclasses.replace(OF, architecture=architecture), {}, [])
    assert preset.paper is not None
    assert config.paper is None
    for named in (config, dataclasses.replace(config, name=preset.name, paper=preset.paper)):
        assert not is_full_run(named, preset)


def test_the_heading_alone_says_that_a_run_is_derived(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(toml_of(derived_config(SEARCH, OF, {}, [])))
    assert read_heading(path)["derived_of"] == OF.of
    path.write_text(toml_of(SEARCH))
    assert "derived_of" not in read_heading(path)


def test_epochs_seed_and_settings_may_be_chosen() -> None:
    overrides: dict[str, Any] = {"epochs": 5, "seed": 9, "engine": {"device": "cpu"}}
    config = derived_config(SEARCH, OF, overrides, ["child.filters=6", "child.lr_half_period=5"])
    assert (config.epochs, config.seed, config.engine.device) == (5, 9, "cpu")
    assert (config.child.filters, config.child.lr_half_period) == (6, 5)
    assert config.engine.num_threads == SEARCH.engine.num_threads


@pytest.mark.parametrize(
    "setting",
    ["child.layers=6", "controller.updates=3", "protocol=corrected", "evaluation.candidates=4", "name=x"],
)
def test_what_makes_it_another_architecture_may_not_be_set(setting: str) -> None:
    with pytest.raises(ValueError, match="a derived run takes this from its search"):
        derived_config(SEARCH, OF, {}, [setting])


def test_a_derived_run_is_not_derived_from_again() -> None:
    with pytest.raises(ValueError, match="is a derived run: it has one architecture, and no search"):
        derived_config(derived_config(SEARCH, OF, {}, []), OF, {}, [])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"outputs": [0, 9, 3]}, "9 is not allowed: 0 to 8"),
        ({"outputs": [0, 1]}, "skips must be a list of lists, one a layer"),
        ({"outputs": [0, 1], "skips": [[], []]}, "has 2 entries: allowed are child.layers = 3"),
        ({"outputs": [0, True, 3]}, "whole numbers from 0"),
        ({"outputs": "abc"}, "whole numbers from 0"),
        ({"skips": [[0], [], []]}, r"skips\[0\]"),
        ({"skips": [[], [0, 0], []]}, "ascending, each layer once"),
        ({"skips": [[], [1], []]}, r"skips\[1\] must be a list of earlier layers, 0 to 0"),
        ({"epoch": -1}, "derived.epoch = -1"),
        ({"candidate": 1.5}, "derived.candidate = 1.5"),
        ({"accuracy": 2}, "derived.accuracy = 2 must be a fraction"),
        ({"accuracy": float("nan")}, "must be a fraction"),
        ({"surprise": 1}, "unknown key derived.surprise"),
    ],
)
def test_a_broken_section_is_refused_in_one_line(changes: dict[str, Any], words: str) -> None:
    table = derived_config(SEARCH, OF, {}, []).table()
    table["derived"] = {**table["derived"], **changes}
    with pytest.raises(ValueError, match=words) as refusal:
        read_config(table)
    assert "\n" not in str(refusal.value)


def test_neither_half_of_what_makes_it_derived_stands_alone() -> None:
    table = derived_config(SEARCH, OF, {}, []).table()
    for key in ("derived", "derived_of"):
        with pytest.raises(ValueError, match="derived"):
            read_config({name: value for name, value in table.items() if name != key})
