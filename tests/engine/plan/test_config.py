"""A configuration is read whole or refused in one line that names the setting and what is allowed."""

import dataclasses
import math
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.plan.config import SECTION_NAMES, SECTIONS, TOP_FIELDS, paper_default, read_config
from engine.plan.protocol import PROTOCOLS, Switches
from engine.plan.setting import Allowed
from tests.engine.plan.test_space import SPACES
from tests.hostile import HOSTILE


def refusal(table: Any) -> str:
    with pytest.raises(ValueError) as caught:
        read_config(table)
    return str(caught.value)


def refusal_or_none(table: Any) -> str | None:
    """The text of the refusal; any error but ValueError goes on up."""
    try:
        read_config(table)
    except ValueError as error:
        return str(error)
    return None


def test_defaults_are_the_papers_table_3() -> None:
    config = paper_default()
    child, controller = config.child, config.controller
    assert (child.layers, child.filters, child.batch_size, child.keep_prob) == (12, 36, 128, 0.9)
    assert (child.grad_clip, child.l2, child.momentum) == (5.0, 0.00025, 0.9)
    assert (child.lr_max, child.lr_min, child.lr_half_period) == (0.05, 0.0005, 10)
    assert (controller.hidden_size, controller.tanh_constant, controller.entropy_weight) == (64, 1.5, 0.0001)
    assert (controller.skip_target, controller.skip_weight, controller.baseline_decay) == (0.4, 0.8, 0.99)
    assert (controller.lr, controller.adam_beta1, controller.adam_beta2) == (0.001, 0.0, 0.999)
    assert (controller.adam_eps, controller.grad_clip) == (0.001, 5.0)
    assert (controller.train_every, controller.updates, controller.samples_per_update) == (1, 50, 20)
    assert (config.epochs, config.protocol, config.evaluation.candidates) == (300, "paper", 10)
    assert config.engine.precision == "float32"
    assert config.switches == PROTOCOLS["paper"]
    assert config.steps_per_epoch == 352


def test_a_protocol_sets_every_switch_and_a_file_may_set_one_back() -> None:
    corrected = read_config({"protocol": "corrected"}).switches
    for field in dataclasses.fields(Switches):
        same = getattr(corrected, field.name) == getattr(PROTOCOLS["paper"], field.name)
        assert same == (field.name == "clip_rule")
    mixed = read_config({"protocol": "corrected", "switches": {"final_eval_mode": "training"}}).switches
    assert mixed == dataclasses.replace(corrected, final_eval_mode="training")


def test_a_run_records_every_switch() -> None:
    assert set(paper_default().table()["switches"]) == {field.name for field in dataclasses.fields(Switches)}


def number_for(allowed: Allowed, kind: type) -> st.SearchStrategy[Any]:
    low, high = allowed.low or 0, 1000 if allowed.high is None else allowed.high
    if kind is int:
        step = 2 if allowed.even else 1
        return st.integers(int(low) // step, int(high) // step).map(lambda n: n * step)
    return st.floats(low, high, exclude_min=allowed.exclusive_low, allow_nan=False)


def section_tables(section: str) -> st.SearchStrategy[dict[str, Any]]:
    fields = {}
    for field in dataclasses.fields(SECTIONS[section]):
        allowed: Allowed = field.metadata["allowed"]
        if allowed.choices:
            fields[field.name] = st.sampled_from(allowed.choices)
        elif isinstance(field.default, bool):
            fields[field.name] = st.booleans()
        elif field.name == "device":
            fields[field.name] = st.sampled_from(["auto", "cpu", "cuda:0", "cuda:12"])
        else:
            fields[field.name] = number_for(allowed, type(field.default))
    return st.fixed_dictionaries({}, optional=fields)


TABLES = st.fixed_dictionaries(
    {
        "space": SPACES.map(lambda space: space.table()),
        "protocol": st.sampled_from(["paper", "corrected"]),
        "name": st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), max_size=20).filter(
            str.isprintable
        ),
    },
    optional={
        "epochs": st.integers(1, 10**6),
        "seed": st.integers(0, 2**31 - 1),
        "paper": st.fixed_dictionaries({"row": st.text(max_size=5)}, optional={"val_error": st.floats(0, 1)}),
        **{section: section_tables(section) for section in SECTIONS},
    },
)


def made_to_agree(table: dict[str, Any]) -> dict[str, Any]:
    """Settle what one setting asks of another."""
    child, data = dict(table.get("child", {})), dict(table.get("data", {}))
    rates = sorted((child.get("lr_min", 0.0005), child.get("lr_max", 0.05)))
    child["lr_min"], child["lr_max"] = rates
    for key in ("num_train", "num_val"):
        data[key] = max(data.get(key, 5000), child.get("batch_size", 128))
    return {**table, "dataset": "folder:/images", "child": child, "data": data}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(table=TABLES.map(made_to_agree))
def test_every_configuration_survives_the_way_through_config_toml(table: dict[str, Any]) -> None:
    config = read_config(table)
    again = read_config(tomllib.loads(tomli_w.dumps(config.table())))
    assert again == config
    assert again.table() == config.table()


@pytest.mark.parametrize(
    ("table", "parts"),
    [
        ({"epohcs": 3}, ["epohcs", "did you mean epochs?"]),
        ({"child": {"filter": 8}}, ["child.filter", "did you mean filters?"]),
        ({"switches": {"final_eval": "training"}}, ["switches.final_eval", "final_eval_mode"]),
        ({"space": {"bases": "enas6"}}, ["space.bases", "did you mean base?"]),
        ({"epochs": "3"}, ["epochs", "'3'", "a whole number"]),
        ({"epochs": 3.0}, ["epochs", "3.0", "a whole number"]),
        ({"epochs": True}, ["epochs", "True", "a whole number"]),
        ({"epochs": 0}, ["epochs", "1 to 1,000,000"]),
        ({"epochs": 10**30}, ["epochs", "huge", "1 to 1,000,000"]),
        ({"seed": -1}, ["seed", "-1"]),
        ({"name": 3}, ["name", "text"]),
        ({"name": "a\nb"}, ["name", "printable"]),
        ({"child": 3}, ["[child]", "table", "int"]),
        ({"child": {"filters": 35}}, ["child.filters", "35", "even"]),
        ({"child": {"filters": 0}}, ["child.filters", "2 to 1024"]),
        ({"child": {"lr_max": math.nan}}, ["child.lr_max", "nan"]),
        ({"child": {"lr_max": math.inf}}, ["child.lr_max", "inf"]),
        ({"child": {"lr_max": 0}}, ["child.lr_max", "above 0"]),
        ({"child": {"lr_max": "fast"}}, ["child.lr_max", "a number"]),
        ({"child": {"lr_min": 0.1}}, ["child.lr_min", "child.lr_max"]),
        ({"child": {"keep_prob": 0}}, ["child.keep_prob", "above 0, at most 1"]),
        ({"child": {"layers": 2}}, ["child.layers", "3 to 64"]),
        ({"controller": {"kind": "randon"}}, ["controller.kind", "did you mean random?"]),
        ({"protocol": "papr"}, ["protocol", "did you mean paper?"]),
        ({"switches": {"clip_rule": "off"}}, ["switches.clip_rule", "clamped, legacy"]),
        ({"space": {"base": []}}, ["empty"]),
        ({"space": {"base": "enas7"}}, ["enas7", "did you mean enas6?"]),
        ({"space": {"base": 6}}, ["space.base", "6"]),
        ({"space": {"base": ["conv4x4"]}}, ["even", "odd"]),
        ({"space": {"base": [3]}}, ["space.base[0]", "3"]),
        ({"space": []}, ["[space]", "table"]),
        ({"space": {"poison": {}}}, ["[[space.poison]]"]),
        ({"space": {"poison": [3]}}, ["space.poison[0]", "table"]),
        ({"space": {"poison": [{"op": "dropout", "copies": 0}]}}, ["space.poison[0].copies", "1 to 10,000"]),
        ({"space": {"poison": [{"op": "dropout", "copies": 10**9}]}}, ["copies", "1000000000", "10,000"]),
        ({"space": {"poison": [{"op": "dropout", "copies": 1.0}]}}, ["copies", "whole"]),
        ({"space": {"poison": [{"op": "dropout", "copies": True}]}}, ["copies", "True"]),
        ({"space": {"poison": [{"op": "dropot"}]}}, ["space.poison[0].op", "did you mean dropout?"]),
        ({"space": {"poison": [{"copies": 3}]}}, ["space.poison[0].op", "None"]),
        (
            {"space": {"poison": [{"op": "dropout", "rate": 1.0}]}},
            ["space.poison[0].rate", "allowed: op, copies, p"],
        ),
        ({"space": {"poison": [{"op": "dropout", "q": 0}]}}, ["space.poison[0].q", "allowed: op, copies, p"]),
        ({"space": {"base": [{"op": "conv", "q": 0}]}}, ["space.base[0].q", "allowed: op, kernel"]),
        ({"space": {"poison": [{"op": "dropout", "p": 1.5}]}}, ["space.poison[0].p", "1.5"]),
        ({"space": {"poison": [{"op": "conv", "kernel": 4}]}}, ["kernel = 4", "odd"]),
        ({"space": {"poison": [{"op": "conv", "padding": 9}]}}, ["padding = 9", "allowed is 1"]),
        ({"space": {"poison": [{"op": "gaussian", "sigma": math.inf}]}}, ["sigma", "inf"]),
        ({"space": {"poison": [{"op": "dropout"}] * 101}}, ["101", "at most 100"]),
        ({"dataset": "cifar11"}, ["dataset", "cifar10"]),
        ({"dataset": "folder:"}, ["dataset", "folder:PATH"]),
        ({"dataset": "cifar100"}, ["data.num_classes", "100"]),
        ({"dataset": "synthetic", "data": {"num_classes": 101}}, ["data.num_classes", "100"]),
        ({"data": {"num_train": 100}}, ["data.num_train", "batch_size = 128"]),
        ({"data": {"num_val": 100}}, ["data.num_val", "batch_size = 128"]),
        ({"engine": {"device": "gpu"}}, ["engine.device", "cuda:0"]),
        ({"engine": {"device": "cuda:²"}}, ["engine.device"]),
        ({"paper": {"val_error": 19.53}}, ["paper.val_error", "0 to 1"]),
        ([], ["table"]),
        (None, ["table"]),
    ],
)  # fmt: skip
def test_a_refusal_names_the_setting_and_what_is_allowed(table: Any, parts: list[str]) -> None:
    text = refusal(table)
    assert all(part in text for part in parts), text
    assert "\n" not in text
    assert len(text) < 600


@pytest.mark.parametrize("attack", HOSTILE, ids=HOSTILE._fields)
@pytest.mark.parametrize("place", ["name", "dataset", "protocol"])
def test_hostile_text_is_taken_as_text_or_refused_in_one_printable_line(attack: str, place: str) -> None:
    refused = refusal_or_none({place: attack})
    assert refused is None or (refused.isprintable() and len(refused) < 400)


@pytest.mark.parametrize("attack", ["a\nb", "\x1b[31m", "x" * 100_000, "\udc9b"])
def test_a_hostile_key_is_refused_in_one_short_printable_line(attack: str) -> None:
    for table in ({attack: 1}, {"child": {attack: 1}}, {"space": {"poison": [{"op": "dropout", attack: 1}]}}):
        text = refusal(table)
        assert text.isprintable()
        assert len(text) < 600


def test_the_home_of_nobody_is_refused_as_a_data_set() -> None:
    refusal({"dataset": "folder:~no-such-user-here/images"})


def test_tables_nested_deeper_than_the_stack_are_refused() -> None:
    table = tomllib.loads("epochs." + "a." * 2000 + "b = 1")
    refusal(table)


def test_a_number_too_long_to_print_inside_a_list_is_refused_by_its_setting() -> None:
    assert "epochs" in refusal({"epochs": [10**5000]})


def test_numbers_too_long_to_print_are_refused_by_name() -> None:
    for table in ({"seed": 10**5000}, {"child": {"lr_max": 10**5000}}, {"child": {"lr_max": -(10**400)}}):
        assert "a huge number" in refusal(table)


SCALARS = st.one_of(
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from([10**400, -(10**400), math.nan, math.inf]),
    st.text(max_size=8),
    st.sampled_from(["enas6", "dropout", "conv3x3", "conv", "cpu", "synthetic", "training", "folder:/x"]),
    st.dates(),
    st.times(),
)
KEYS = st.one_of(
    st.sampled_from(
        [*TOP_FIELDS, *SECTION_NAMES, "base", "poison", "op", "copies", "p", "kernel", "dilation"]
    ),
    st.sampled_from([field.name for kind in SECTIONS.values() for field in dataclasses.fields(kind)]),
    st.text(st.characters(categories=("L", "N", "P", "S")), max_size=6),
)


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Scalars, and lists and tables of what is given."""
    return st.one_of(SCALARS, st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4))


VALUES = nested(nested(nested(SCALARS)))


def check_refusal(table: Any) -> None:
    refused = refusal_or_none(table)
    assert refused is None or ("\n" not in refused and 0 < len(refused) < 1000)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(table=st.one_of(VALUES, st.dictionaries(KEYS, VALUES, max_size=6)))
def test_any_toml_value_is_read_or_refused_with_a_value_error_in_one_line(table: Any) -> None:
    check_refusal(table)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    section=st.sampled_from(SECTION_NAMES),
    table=st.dictionaries(KEYS, VALUES, max_size=3),
    poison=st.lists(st.dictionaries(KEYS, VALUES, max_size=3), max_size=2),
)
def test_any_section_is_read_or_refused_with_a_value_error_in_one_line(
    section: str, table: dict[str, Any], poison: list[dict[str, Any]]
) -> None:
    check_refusal({section: table, **({} if section == "space" else {"space": {"poison": poison}})})


@settings(max_examples=300, deadline=None)
@given(section=st.sampled_from(sorted(SECTIONS)), data=st.data())
def test_a_value_out_of_range_is_never_accepted(section: str, data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(dataclasses.fields(SECTIONS[section])))
    allowed: Allowed = field.metadata["allowed"]
    value = data.draw(SCALARS)
    table = {"dataset": "folder:/x", section: {field.name: value}}
    if refusal_or_none(table) is not None:
        return
    config = read_config(table)
    accepted = getattr(getattr(config, section), field.name)
    assert type(accepted) is type(field.default)
    if isinstance(accepted, int | float):
        assert math.isfinite(accepted)
        assert allowed.low is None or accepted >= allowed.low
        assert allowed.high is None or accepted <= allowed.high


def test_a_folder_data_set_is_made_absolute(tmp_path: Path) -> None:
    assert read_config({"dataset": f"folder:{tmp_path}"}).dataset == f"folder:{tmp_path}"
    assert Path(read_config({"dataset": "folder:images"}).dataset.removeprefix("folder:")).is_absolute()
