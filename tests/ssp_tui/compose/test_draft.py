"""A configuration goes into the form and comes out of it unchanged; what is wrong is said at its field."""

import dataclasses

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.plan.config import RunConfig, paper_default, read_config
from engine.plan.presets import load_presets
from engine.plan.space import make_space
from ssp_tui.compose.draft import Draft, draft_of, first_draft
from ssp_tui.compose.editing import picked, toggled, typed, with_size
from ssp_tui.compose.fields import form_rows
from ssp_tui.compose.form_lines import FormView, draw_form
from ssp_tui.compose.reading import read_draft
from tests.config_strategies import configs
from tests.hostile import HOSTILE
from tests.ssp_tui.charts.drawn import any_glyphs


def config_of(draft: Draft) -> RunConfig:
    reading = read_draft(draft)
    assert reading.config is not None, reading.refusals
    return reading.config


@pytest.mark.parametrize("name", load_presets())
def test_a_preset_comes_out_as_it_went_in(name: str) -> None:
    config = load_presets()[name].config
    assert config_of(draft_of(config)) == config


@given(config=configs())
@settings(max_examples=60, deadline=None)
def test_any_configuration_comes_out_byte_for_byte(config: RunConfig) -> None:
    assert tomli_w.dumps(config_of(draft_of(config)).table()) == tomli_w.dumps(config.table())


def test_the_form_opens_on_a_clean_small_search() -> None:
    config = config_of(first_draft())
    assert (config.name, config.dataset, config.space) == ("composed", "synthetic", make_space("enas6"))


def test_another_space_is_no_longer_the_preset() -> None:
    config = load_presets()["3b"].config
    changed = config_of(typed(draft_of(config), "poison.0", "35"))
    assert (changed.name, changed.title, changed.paper) == ("composed", "", None)
    assert changed.child == config.child


def test_several_seeds_are_several_runs() -> None:
    reading = read_draft(typed(first_draft(), "num_seeds", "3"))
    assert [config.seed for config in reading.configs] == [69, 70, 71]


@pytest.mark.parametrize(
    ("key", "text", "field", "refusal"),
    [
        ("child.filters", "7", "child.filters", "an even number, 2 to 1024 (channels)"),
        ("child.layers", "2", "child.layers", "3 to 64 (layers)"),
        ("child.batch_size", "abc", "child.batch_size", "must be a whole number"),
        ("epochs", "0", "epochs", "1 to 1,000,000 (epochs)"),
        ("seed", "-1", "seed", "is not allowed"),
        ("num_seeds", "0", "num_seeds", "1 to 1,000 (runs)"),
        ("poison.2", "0", "poison.2", "1 to 10,000 (copies, the instance factor)"),
        ("poison.2", "1e9", "poison.2", "1 to 10,000"),
        ("poison.2.p", "1.5", "poison.2.p", "above 0, at most 1 (probability)"),
        ("poison.2.p", "x", "poison.2.p", "must be a number"),
        ("poison.3.kernel", "4", "poison.3.kernel", "is even"),
        ("poison.3.dilation", "2000", "poison.3.dilation", "1 to 1024 (pixels)"),
        ("dataset", "mnist", "dataset", "synthetic, cifar10, cifar100, folder:PATH"),
        ("data.num_train", "10", "data.num_train", "less than one batch"),
        ("data.num_classes", "500", "data.num_classes", "synthetic has 2 to 100"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(key: str, text: str, field: str, refusal: str) -> None:
    reading = read_draft(typed(first_draft(), key, text))
    assert reading.config is None
    assert refusal in reading.refusals[field]


def test_a_space_without_operations_is_refused() -> None:
    draft = first_draft()
    for index in range(6):
        draft = toggled(draft, f"original.{index}")
    assert "choose at least one operation" in read_draft(draft).refusals["original.0"]


def test_several_refusals_are_all_told() -> None:
    draft = typed(typed(first_draft(), "child.filters", "7"), "poison.0", "0")
    assert set(read_draft(draft).refusals) == {"child.filters", "poison.0"}


def test_a_protocol_brings_its_switches() -> None:
    config = config_of(typed(first_draft(), "protocol", "corrected"))
    assert config.switches == read_config({"protocol": "corrected"}).switches


def test_the_papers_size_is_the_papers_settings() -> None:
    assert config_of(with_size(first_draft(), "paper")) == dataclasses.replace(
        paper_default(), name="composed"
    )


@pytest.mark.parametrize("hostile", HOSTILE._fields)
def test_hostile_names_are_cleaned_on_the_way_in(hostile: str) -> None:
    text = getattr(HOSTILE, hostile)
    config = dataclasses.replace(load_presets()["demo-clean"].config, name=text[:90], title=text)
    draft = draft_of(config)
    assert draft.settings["name"].isprintable()
    assert draft.below.title.isprintable()
    assert read_draft(draft).config is not None


@given(
    key=st.sampled_from(
        ["poison.2", "poison.2.p", "copies", "child.filters", "dataset", "name", "num_seeds"]
    ),
    text=st.text(max_size=30) | st.sampled_from(HOSTILE),
    width=st.integers(1, 120),
    height=st.integers(1, 50),
    glyphs=any_glyphs,
)
@settings(deadline=None)
def test_the_form_draws_whatever_was_typed(
    key: str, text: str, width: int, height: int, glyphs: object
) -> None:
    draft = typed(picked(first_draft(), "P5"), key, text)
    reading = read_draft(draft)
    view = FormView(form_rows(draft, reading), key, text, reading.refusals)
    for line in draw_form(view, width, height, glyphs):  # type: ignore[arg-type]
        assert "".join(piece for piece, _ in line).isprintable()
