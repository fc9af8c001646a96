"""Defences in the composer: switches that launch, floors that follow, shares that follow."""

import pytest

from engine.plan.presets import resolve_config
from ssp_tui.charts.glyphs import UNICODE
from ssp_tui.compose.draft import Draft, draft_of, first_draft
from ssp_tui.compose.editing import picked, stepped, typed, with_size
from ssp_tui.compose.field import Field, FormRow
from ssp_tui.compose.fields import form_rows
from ssp_tui.compose.figure_lines import draw_figures
from ssp_tui.compose.figures import Figures, Outlook, figures_of
from ssp_tui.compose.paste import read_command
from ssp_tui.compose.reading import read_draft

SWITCHES = ("skip_nonfinite", "rollback", "drop_duplicates", "factorised_controller")


def rows_of(draft: Draft) -> dict[str, FormRow]:
    rows = form_rows(draft, read_draft(draft))
    return {field.key: row for row in rows for field in row.fields}


def field_of(draft: Draft, key: str) -> Field:
    return next(field for field in rows_of(draft)[key].fields if field.key == key)


def figures(draft: Draft) -> Figures:
    reading = read_draft(draft)
    assert reading.config is not None, reading.refusals
    return figures_of(reading.config, 1)


def poisoned() -> Draft:
    return typed(picked(with_size(first_draft(), "paper"), "P3"), "copies", "300")


@pytest.mark.parametrize("name", SWITCHES)
def test_a_step_switches_a_defence_on_and_its_command_launches_exactly_that(name: str) -> None:
    key = f"defences.{name}"
    draft = poisoned()
    assert field_of(draft, key).text == "off"
    switched = stepped(draft, field_of(draft, key), 1)
    found = figures(switched)
    assert getattr(found.config.defences, name) is True
    assert f"--set {key}=true" in found.command
    again, _ = read_command(found.command)
    assert again == found.config
    assert draft_of(again).settings[key] == "on"
    assert field_of(stepped(switched, field_of(switched, key), 1), key).text == "off"


def test_a_size_keeps_the_defences() -> None:
    draft = typed(poisoned(), "defences.rollback", "on")
    assert with_size(draft, "small").settings["defences.rollback"] == "on"


def test_beside_the_tanh_constant_stands_the_floor_it_gives() -> None:
    key = "controller.tanh_constant"
    draft = poisoned()
    assert rows_of(draft)[key].aside == "floor 8.56 of 12 layers"
    assert rows_of(typed(draft, key, "5"))[key].aside == "floor 0.03 of 12 layers"


def test_without_duplicates_the_form_keeps_the_copies_and_the_figures_are_those_of_one() -> None:
    draft = typed(poisoned(), "defences.drop_duplicates", "on")
    found = figures(draft)
    assert found.num_outputs == 7
    assert found.shares == pytest.approx([1 / 7] * 7)
    assert found.expected_poisoned == pytest.approx(12 / 7)
    shown = draft_of(found.config)
    assert [poison.copies for poison in shown.poisons if poison.is_chosen] == ["300"]
    assert read_draft(shown).config == found.config


def test_a_poison_that_is_dropped_whole_has_no_share() -> None:
    space = {"base": "paper5", "poison": [{"op": "identity", "copies": 36}]}
    config = resolve_config(None, {"space": space}, ["defences.drop_duplicates=true"])
    assert figures_of(config, 1).shares == pytest.approx([0.2] * 5 + [0.0])


def test_kinds_first_the_poison_has_one_share_of_seven() -> None:
    draft = typed(poisoned(), "defences.factorised_controller", "on")
    lines = draw_figures(figures(draft), Outlook(), 60, 38, UNICODE, "")
    rows = ["".join(text for text, _ in line).rstrip() for line in lines]
    assert "Pr[clean op]     14.29 %  7 kinds first" in rows
    assert "Pr[dropout p1]   14.29 %  300 copies" in rows
    assert any(row.startswith("poisoned layers  1.71 of 12") for row in rows)


def test_a_wrong_word_is_refused_at_its_field() -> None:
    reading = read_draft(typed(poisoned(), "defences.rollback_interval", "0"))
    assert reading.config is None
    assert "1 to 100000" in reading.refusals["defences.rollback_interval"]
