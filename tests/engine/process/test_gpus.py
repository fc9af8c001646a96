"""Which GPUs there are is the driver's word, narrowed by the variable that CUDA reads."""

import pytest

from engine.plan.config import read_config
from engine.process import gpus as gpus_module
from engine.process.gpus import check_device, placed, visible_gpus
from tests.fakes import TINY


@pytest.mark.parametrize(
    ("variable", "visible"),
    [
        (None, ("0", "1", "2")),
        ("2,0", ("2", "0")),
        ("", ()),
        ("1,-1,2", ("1",)),
        ("GPU-7f", ("GPU-7f",)),
        ("nonsense", ()),
    ],
)
def test_visible_gpus(
    monkeypatch: pytest.MonkeyPatch, variable: str | None, visible: tuple[str, ...]
) -> None:
    monkeypatch.setattr(gpus_module, "_num_gpus", lambda: 3)
    environment = {} if variable is None else {"CUDA_VISIBLE_DEVICES": variable}
    assert visible_gpus(environment) == visible


def test_devices_that_need_no_gpu_pass_everywhere() -> None:
    check_device("auto", ())
    check_device("cpu", ())


def test_a_gpu_beyond_the_last_is_refused() -> None:
    check_device("cuda:1", ("0", "1"))
    with pytest.raises(ValueError, match="none found"):
        check_device("cuda:0", ())


@pytest.mark.parametrize(
    ("device", "visible", "expected"),
    [
        ("cuda:3", "5", "cuda:0"),
        ("cuda:3", "0,1,2,5", "cuda:3"),
        ("cuda:3", None, "cuda:3"),
        ("auto", "5", "auto"),
        ("cpu", "5", "cpu"),
    ],
)
def test_a_gpu_asked_for_by_number_is_the_first_where_it_is_shown_alone(
    device: str, visible: str | None, expected: str
) -> None:
    config = read_config({**TINY, "engine": {"device": device}})
    environment = {"SSP_TUI_GPU": "5"} | ({} if visible is None else {"CUDA_VISIBLE_DEVICES": visible})
    assert placed(config, environment).engine.device == expected
    assert placed(config, {}) is config
