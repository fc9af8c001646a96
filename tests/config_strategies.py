"""Configurations of every kind for property tests of whatever writes or reads them."""

import dataclasses
from typing import Any

from hypothesis import strategies as st

from engine.plan.config import SECTIONS, RunConfig, read_config
from engine.plan.operations import (
    AvgPool,
    Conv,
    Dropout,
    Gaussian,
    Identity,
    MaxPool,
    Operation,
    SepConv,
    TransposedConv,
)
from engine.plan.protocol import Switches
from engine.plan.setting import Allowed
from engine.plan.space import make_space

kernels = st.integers(0, 15).map(lambda half: 2 * half + 1)
operations: st.SearchStrategy[Operation] = st.one_of(
    st.builds(lambda k, d: Conv(k, dilation=d), kernels, st.integers(1, 100)),
    *(kernels.map(kind) for kind in (SepConv, AvgPool, MaxPool, TransposedConv)),
    st.just(Identity()),
    st.floats(1e-9, 1e6).map(Gaussian),
    st.floats(0, 1, exclude_min=True).map(Dropout),
)
poisons = st.lists(st.tuples(operations, st.integers(1, 5_000)), max_size=5).map(tuple)
bases = st.one_of(
    st.sampled_from(["enas6", "paper5"]), st.lists(operations, min_size=1, max_size=6).map(tuple)
)
texts = st.text(max_size=40).map(str.strip).filter(str.isprintable)


def values_of(allowed: Allowed, default: Any) -> st.SearchStrategy[Any]:
    if allowed.choices:
        return st.sampled_from(allowed.choices)
    if isinstance(default, str):
        return st.just(default)
    if isinstance(default, bool):
        return st.booleans()
    low, high = allowed.low or 0, allowed.high
    if isinstance(default, int):
        return st.integers(int(low), int(high or low)).filter(allowed.admits)
    return st.floats(low, high, exclude_min=allowed.exclusive_low)


@st.composite
def sections(draw: st.DrawFn, kind: type) -> dict[str, Any]:
    fields = draw(st.lists(st.sampled_from(dataclasses.fields(kind)), max_size=3, unique_by=lambda f: f.name))
    return {field.name: draw(values_of(field.metadata["allowed"], field.default)) for field in fields}


@st.composite
def configs(draw: st.DrawFn) -> RunConfig:
    table: dict[str, Any] = {
        "name": draw(st.one_of(st.just("composed"), texts)),
        "title": draw(texts),
        "dataset": draw(st.sampled_from(["cifar10", "synthetic", "folder:/tmp/a b'c"])),
        "epochs": draw(st.integers(1, 1_000_000)),
        "seed": draw(st.integers(0, 10**9)),
        "protocol": draw(st.sampled_from(["paper", "corrected"])),
        **{name: draw(sections(kind)) for name, kind in (*SECTIONS.items(), ("switches", Switches))},
    }
    table["child"].pop("lr_min", None)
    table["child"].pop("lr_max", None)
    table["data"] = {"num_train": 10_000, "num_val": draw(st.integers(8192, 9000))}
    table["engine"]["device"] = draw(st.sampled_from(["auto", "cpu", "cuda:3"]))
    return dataclasses.replace(read_config(table), given_space=make_space(draw(bases), draw(poisons)))
