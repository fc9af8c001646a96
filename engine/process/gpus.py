"""Which GPUs a process started from here would see, asked of the driver, without torch."""

import os
import warnings
from collections.abc import Mapping

VISIBLE_VARIABLE = "CUDA_VISIBLE_DEVICES"

GPU_VARIABLE = "SSP_TUI_GPU"
"""Tells an engine which GPU it has to itself, by the name the other variable gives it."""


def visible_gpus(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The GPUs as `cuda:0`, `cuda:1`, ... count them; each by its index or name as the variable takes it."""
    chosen = environment.get(VISIBLE_VARIABLE)
    present = tuple(str(index) for index in range(_num_gpus()))
    if chosen is None or not present:
        return present
    visible: list[str] = []
    for name in (part.strip() for part in chosen.split(",")):
        # As the driver reads it: the first name that is no GPU ends the list.
        if name not in present and not name.startswith(("GPU-", "MIG-")):
            break
        visible.append(name)
    return tuple(visible)


def check_device(device: str, gpus: tuple[str, ...]) -> None:
    """ValueError in one line when `cuda:N` is not among the visible GPUs."""
    if device in ("auto", "cpu") or int(device.removeprefix("cuda:")) < len(gpus):
        return
    known = ", ".join(["auto", "cpu", *(f"cuda:{index}" for index in range(len(gpus)))])
    found = f"{len(gpus)} found" if gpus else "none found"
    raise ValueError(f"engine.device = {device}: no such GPU ({found}); allowed here: {known}")


def _num_gpus() -> int:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a person's warning filters are about their own code
            import pynvml
        pynvml.nvmlInit()
    except (ImportError, OSError):
        return 0
    except pynvml.NVMLError:
        return 0
    try:
        return int(pynvml.nvmlDeviceGetCount())
    finally:
        pynvml.nvmlShutdown()
