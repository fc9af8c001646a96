"""The command a configuration is shown as launches that configuration, byte for byte."""

import dataclasses
import shlex

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.plan.command import launch_command
from engine.plan.config import RunConfig, read_config
from engine.plan.operations import (
    Conv,
    Dropout,
    Identity,
    Operation,
    parse_operation,
)
from engine.plan.presets import load_presets, resolve_config
from engine.plan.space import make_space
from engine.plan.space_text import parse_base, parse_poison, poison_text, short_text, space_table
from ssp_tui.cli.launch import requested_configs
from ssp_tui.cli.parser import make_parser
from tests.config_strategies import configs, operations


def launched(command: str) -> list[RunConfig]:
    """What the command line makes of a command, without launching it."""
    words = shlex.split(command)
    assert words[:2] == ["ssp-tui", "launch"]
    return requested_configs(make_parser().parse_args(words[1:]))


def file_of(config: RunConfig) -> str:
    return tomli_w.dumps(config.table())


@given(config=configs(), num_seeds=st.integers(1, 3))
@settings(max_examples=80, deadline=None)
def test_a_composed_run_comes_back_byte_for_byte(config: RunConfig, num_seeds: int) -> None:
    found = launched(launch_command(config, num_seeds))
    expected = [dataclasses.replace(config, seed=config.seed + i) for i in range(num_seeds)]
    assert list(map(file_of, found)) == list(map(file_of, expected))


@pytest.mark.parametrize("name", load_presets())
def test_a_preset_is_launched_by_its_name_alone(name: str) -> None:
    config = resolve_config(name, {}, [])
    assert launch_command(config) == f"ssp-tui launch {name}"


@pytest.mark.parametrize("protocol", ["paper", "corrected"])
def test_a_changed_preset_names_only_what_changed(protocol: str) -> None:
    config = resolve_config("one-shot-2", {"epochs": 3, "seed": 7, "protocol": protocol}, ["child.filters=8"])
    shown = launch_command(config)
    flag = "" if protocol == "paper" else " --protocol corrected"
    assert shown == f"ssp-tui launch one-shot-2 --epochs 3 --seed 7{flag} --set child.filters=8"
    assert file_of(launched(shown)[0]) == file_of(config)


def test_the_journeys_command_reads_as_a_person_would_write_it() -> None:
    space = make_space("enas6", ((Dropout(1.0), 36), (Conv(3, dilation=50), 36)))
    config = dataclasses.replace(read_config({"dataset": "synthetic", "name": "composed"}), given_space=space)
    assert launch_command(config, 3) == (
        "ssp-tui launch --base enas6 --poison 'dropout(p=1) x36' --poison 'conv3x3(dilation=50) x36' "
        "--dataset synthetic --seeds 3"
    )


def test_a_small_run_of_another_space_stands_on_the_small_preset() -> None:
    space = {"base": "enas6", "poison": [{"op": "dropout", "copies": 36}]}
    config = resolve_config("small-original", {"space": space}, ["name=mine"])
    expected = "ssp-tui launch small-original --base enas6 --poison 'dropout(p=1) x36' --set name=mine"
    assert launch_command(config) == expected
    assert file_of(launched(expected)[0]) == file_of(config)


def test_a_presets_space_changed_is_no_longer_the_papers() -> None:
    config = resolve_config("3b", {"space": {"base": "enas6"}}, [])
    assert (config.name, config.title, config.paper) == ("composed", "", None)
    assert launch_command(config) == "ssp-tui launch --base enas6"
    assert file_of(launched(launch_command(config))[0]) == file_of(config)


def test_a_preset_keeps_the_half_of_its_space_that_no_flag_names() -> None:
    (based,) = launched("ssp-tui launch 3b --base conv3x3,maxpool3x3")
    assert [slot.operation.label for slot in based.space.slots] == ["conv3x3", "maxpool3x3", "dropout p1"]
    (poisoned,) = launched("ssp-tui launch 3b --poison 'identity x6'")
    assert poisoned.space == make_space("enas6", ((Identity(), 6),))
    assert poisoned.paper is None


@given(operation=operations, copies=st.integers(1, 10_000))
def test_a_poison_reads_back(operation: Operation, copies: int) -> None:
    assert parse_poison(poison_text(operation, copies)) == (operation, copies)
    assert parse_operation(short_text(operation), "x") == operation


@pytest.mark.parametrize(
    ("text", "copies"),
    [("dropout(p=1)", 1), ("dropout x36", 36), (" dropout( p = 1 )  x 3 ", 3), ("dropout(p=1.0) x0036", 36)],
)
def test_a_poison_may_be_written_in_several_ways(text: str, copies: int) -> None:
    assert parse_poison(text) == (Dropout(1.0), copies)


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("dropout(p=1) x0", "0 copies are not allowed: 1 to 10,000"),
        ("dropout(p=1) x999999999", "999999999 copies are not allowed: 1 to 10,000"),
        ("dropout(p=1) x1000000000", "1000000000 copies are not allowed: 1 to 10,000"),
        ("dropout(p=1) x" + "9" * 200, "a huge number copies are not allowed"),
        ("dropuot", "did you mean dropout?"),
        ("dropout(p=2)", "--poison.p = 2.0 is not allowed"),
        ("conv4x4", "kernel = 4 is even"),
        ("", "is not an operation"),
        ("[/", "is not an operation"),
        ("dropout(p=1) x-3", "is not an operation"),
    ],
)
def test_a_wrong_poison_is_refused_with_what_is_allowed(text: str, refusal: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_poison(text)
    assert refusal in str(caught.value)


def test_a_base_is_a_name_or_a_list() -> None:
    assert parse_base("paper5") == "paper5"
    assert parse_base(" conv3x3 , gaussian(sigma=2)") == [
        "conv(kernel=3, padding=1, dilation=1)",
        "gaussian(sigma=2)",
    ]
    with pytest.raises(ValueError, match="names no operation"):
        parse_base(" , ")


def test_nothing_given_means_the_space_below() -> None:
    below = {"base": "paper5", "poison": [{"op": "identity", "copies": 2}]}
    assert space_table(None, [], below) == below


def test_a_text_no_command_line_keeps_is_refused() -> None:
    config = dataclasses.replace(read_config({}, "composed"), title="a\x1b[2J")
    with pytest.raises(ValueError, match="no command line can show"):
        launch_command(config)
    with pytest.raises(ValueError, match="begins or ends with a space"):
        launch_command(dataclasses.replace(config, title=" a"))


def test_launch_without_anything_says_what_to_give() -> None:
    with pytest.raises(ValueError, match="name a preset or a file, or give a space with --base and --poison"):
        launched("ssp-tui launch --seed 3")
