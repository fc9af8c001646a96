"""TF32 is what a run's recorded precision says, whatever torch's default is."""

from collections.abc import Iterator

import pytest
import torch

from engine.learn.device import open_device
from engine.plan.config import EngineSettings
from tests.builders import small_config

FLAGS = (torch.backends.cuda.matmul, torch.backends.cudnn)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = [flags.allow_tf32 for flags in FLAGS]
    yield
    for flags, value in zip(FLAGS, before, strict=True):
        flags.allow_tf32 = value


@pytest.mark.parametrize(("precision", "allowed"), [("float32", False), ("tf32", True)])
def test_tf32_is_allowed_exactly_where_the_recorded_precision_says_so(precision: str, allowed: bool) -> None:
    for flags in FLAGS:
        flags.allow_tf32 = not allowed
    open_device(EngineSettings(device="cpu", precision=precision))
    assert [flags.allow_tf32 for flags in FLAGS] == [allowed, allowed]


def test_tf32_is_off_unless_asked_for_and_recorded_either_way() -> None:
    assert small_config().table()["engine"]["precision"] == "float32"
    assert small_config(engine={"precision": "tf32"}).table()["engine"]["precision"] == "tf32"
