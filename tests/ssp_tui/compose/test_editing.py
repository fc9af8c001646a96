"""Keys change the draft as the composer promises."""

import pytest

from engine.plan.operations import Conv, Dropout, Gaussian, Identity, Operation, TransposedConv
from engine.plan.presets import load_presets
from engine.plan.space import Space, make_space
from ssp_tui.compose.draft import Draft, draft_of, first_draft
from ssp_tui.compose.editing import duplicated, picked, stepped, toggled, typed, with_base
from ssp_tui.compose.field import Field
from ssp_tui.compose.fields import form_rows
from ssp_tui.compose.reading import read_draft


def space_of(draft: Draft) -> Space:
    reading = read_draft(draft)
    assert reading.config is not None, reading.refusals
    return reading.config.space


def field_of(draft: Draft, key: str) -> Field:
    rows = form_rows(draft, read_draft(draft))
    return next(field for row in rows for field in row.fields if field.key == key)


def text_of(draft: Draft, key: str) -> str:
    return field_of(draft, key).text


def poison(*operations: Operation, copies: int = 36) -> Space:
    return make_space("enas6", tuple((operation, copies) for operation in operations))


@pytest.mark.parametrize(
    ("name", "space"),
    [
        ("P1", poison(Identity())),
        ("P2", poison(Gaussian(10.0))),
        ("P3", poison(Dropout(1.0))),
        ("P4", poison(TransposedConv(3), TransposedConv(5))),
        ("P3+", poison(Dropout(1.0), Conv(3, dilation=50))),
        (
            "P5",
            poison(Identity(), Gaussian(10.0), Dropout(1.0), TransposedConv(3), TransposedConv(5)),
        ),
        ("none", poison()),
    ],
)
def test_one_key_picks_a_set_of_the_paper_and_nothing_else(name: str, space: Space) -> None:
    assert space_of(picked(first_draft(), name)) == space
    assert space_of(picked(picked(first_draft(), "P5"), name)) == space


def test_a_pick_has_the_papers_parameters_whatever_was_typed_before() -> None:
    draft = typed(picked(first_draft(), "P3"), "poison.2.p", "0.5")
    assert space_of(picked(draft, "P3")) == poison(Dropout(1.0))


def test_the_instance_factor_is_that_of_all_poison() -> None:
    draft = typed(picked(first_draft(), "P3+"), "copies", "3")
    assert space_of(draft) == poison(Dropout(1.0), Conv(3, dilation=50), copies=3)


def test_left_and_right_go_through_the_papers_instance_factors() -> None:
    draft, seen = picked(first_draft(), "P3"), []
    for direction in (1, 1, 1, -1, -1, -1, -1, -1):
        draft = stepped(draft, field_of(draft, "poison.2"), direction)
        seen.append(text_of(draft, "poison.2"))
    assert seen == ["120", "300", "300", "120", "36", "6", "1", "1"]


def test_plus_and_minus_go_one_by_one() -> None:
    draft = picked(first_draft(), "P3")
    assert text_of(stepped(draft, field_of(draft, "poison.2"), 1, by_one=True), "poison.2") == "37"
    assert text_of(stepped(draft, field_of(draft, "child.filters"), 1, by_one=True), "child.filters") == "14"


def test_typing_copies_takes_the_operation_in() -> None:
    assert space_of(typed(first_draft(), "poison.0", "7")) == poison(Identity(), copies=7)


def test_stepping_what_is_no_number_changes_nothing() -> None:
    draft = typed(first_draft(), "child.filters", "many")
    assert stepped(draft, field_of(draft, "child.filters"), 1) == draft


def test_operations_are_taken_out_and_in_again() -> None:
    draft = toggled(first_draft(), "original.2")
    assert [slot.operation.label for slot in space_of(draft).slots] == [
        "conv3x3", "sepconv3x3", "sepconv5x5", "avgpool3x3", "maxpool3x3",
    ]  # fmt: skip
    assert space_of(toggled(draft, "original.2")) == make_space("enas6")


def test_a_base_by_name_is_that_space() -> None:
    assert space_of(with_base(first_draft(), "paper5")) == make_space("paper5")
    assert space_of(with_base(with_base(first_draft(), "paper5"), "enas6")) == make_space("enas6")


def test_a_poison_can_be_in_twice_with_other_parameters() -> None:
    draft = duplicated(picked(first_draft(), "P2"), "poison.1")
    assert space_of(typed(draft, "poison.2.sigma", "2")) == poison(Gaussian(10.0), Gaussian(2.0))


def test_a_loaded_presets_own_poison_comes_first_and_is_not_offered_twice() -> None:
    draft = draft_of(load_presets()["one-shot-6"].config)
    kinds = [(each.kind, each.copies, each.is_chosen) for each in draft.poisons]
    assert kinds == [
        ("dropout", "3", True), ("conv", "3", True), ("identity", "3", False), ("gaussian", "3", False),
        ("transposed_conv", "3", False), ("transposed_conv", "3", False),
    ]  # fmt: skip


def test_cifar100_brings_its_classes() -> None:
    assert text_of(typed(first_draft(), "dataset", "cifar100"), "data.num_classes") == "100"
