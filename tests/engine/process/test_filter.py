"""The filter language of run lists."""

from pathlib import Path

import pytest

from engine.process.filter import parse_filter
from engine.process.listing import RunRow
from engine.record.folder import RunFolder
from engine.record.status import Status
from engine.record.summary import Summary

ROW = RunRow(
    RunFolder(Path("/runs/1d-s3-1123-abcd")),
    "1d",
    "cifar10",
    "paper",
    3,
    300,
    0.0,
    Status("running"),
    Summary(),
)


@pytest.mark.parametrize(
    ("expression", "passes"),
    [
        ("", True),
        ("1D", True),
        ("s3 abcd", True),
        ("nothing", False),
        ("state=running", True),
        ("state=Running", True),
        ("state!=running", False),
        ("seed=3 dataset=cifar10 protocol=paper", True),
        ("seed=3 dataset=cifar100", False),
        ("name=1", False),
    ],
)
def test_filter(expression: str, passes: bool) -> None:
    assert parse_filter(expression)(ROW) is passes


def test_an_unknown_key_is_refused_with_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"no such key \(did you mean seed\?\)"):
        parse_filter("sed=3")
