"""Which GPUs there are is the driver's word, narrowed by the variable that CUDA reads."""

import pytest

from engine.process import gpus as gpus_module
from engine.process.gpus import check_device, visible_gpus


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
