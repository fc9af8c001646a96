"""Which GPUs a process started from here would see, and their memory, asked of the driver, without torch."""

import contextlib
import dataclasses
import os
import warnings
from collections.abc import Mapping
from typing import Any, Protocol

from engine.plan.config import RunConfig

VISIBLE_VARIABLE = "CUDA_VISIBLE_DEVICES"

GPU_VARIABLE = "SSP_TUI_GPU"
"""Tells an engine which GPU it was given, by the name the other variable gives it."""

DRIVERS_ORDER = {"CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
"""Has CUDA count the cards as the driver, who gave us their numbers, and not from the fastest on."""


class NoSuchGpuError(ValueError):
    """The GPU a run wants is not among those that can be seen."""


@dataclasses.dataclass(frozen=True)
class Gpu:
    """One GPU as it was when it was looked at."""

    name: str
    """As CUDA_VISIBLE_DEVICES names it."""
    index: int
    """Which `cuda:N` it is."""
    total_bytes: int = 0
    free_bytes: int | None = None
    """Whoever uses the rest, this home's runs or other people; None where the driver does not say."""


class GpuReader(Protocol):
    """Whoever can say which GPUs there are now."""

    def read(self) -> tuple[Gpu, ...]:
        """The GPUs that answer, as `cuda:0`, `cuda:1`, ... count them."""
        ...


class DriverGpus:
    """Reads the GPUs this process would see from the driver, whose library it keeps open."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        """Load nothing yet."""
        self._environment = environment
        self._nvml: Any = None

    def read(self) -> tuple[Gpu, ...]:
        """Every visible GPU; one that is lost is left out, and without a driver there is none."""
        names = visible_gpus(self._environment)
        self._nvml = self._nvml or (_opened_nvml() if names else None)
        if self._nvml is None:
            return ()
        found = [self._read(name, index) for index, name in enumerate(names)]
        if None in found:  # opened anew the next time: a driver that was reset answers only then
            with contextlib.suppress(self._nvml.NVMLError):
                self._nvml.nvmlShutdown()
            self._nvml = None
        return tuple(gpu for gpu in found if gpu is not None)

    def _read(self, name: str, index: int) -> Gpu | None:
        nvml = self._nvml
        try:
            if name.isdecimal():
                handle = nvml.nvmlDeviceGetHandleByIndex(int(name))
            else:
                handle = nvml.nvmlDeviceGetHandleByUUID(name)
            memory = nvml.nvmlDeviceGetMemoryInfo(handle)
        except nvml.NVMLError_NotSupported:
            return Gpu(name, index)
        except nvml.NVMLError:
            return None
        return Gpu(name, index, int(memory.total), int(memory.free))


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
    """NoSuchGpuError, a ValueError, in one line when `cuda:N` is not among the visible GPUs."""
    if device in ("auto", "cpu") or int(device.removeprefix("cuda:")) < len(gpus):
        return
    known = ", ".join(["auto", "cpu", *(f"cuda:{index}" for index in range(len(gpus)))])
    found = f"{len(gpus)} found" if gpus else "none found"
    raise NoSuchGpuError(f"engine.device = {device}: no such GPU ({found}); allowed here: {known}")


def placed(config: RunConfig, environment: Mapping[str, str] = os.environ) -> RunConfig:
    """A configuration that names its GPU by number, as it is for an engine that is shown this GPU alone."""
    given = environment.get(GPU_VARIABLE)
    if (
        not given
        or environment.get(VISIBLE_VARIABLE) != given
        or not config.engine.device.startswith("cuda:")
    ):
        return config
    return dataclasses.replace(config, engine=dataclasses.replace(config.engine, device="cuda:0"))


def _num_gpus() -> int:
    nvml = _opened_nvml()
    if nvml is None:
        return 0
    try:
        return int(nvml.nvmlDeviceGetCount())
    except nvml.NVMLError:
        return 0
    finally:
        nvml.nvmlShutdown()


def _opened_nvml() -> Any:
    """The driver's library, initialised once more; None without a driver."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a person's warning filters are about their own code
            import pynvml
        pynvml.nvmlInit()
    except (ImportError, OSError):
        return None
    except pynvml.NVMLError:
        return None
    return pynvml
