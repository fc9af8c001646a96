"""The device a run computes on, and what to say about it."""

import contextlib
import ctypes
import platform
import resource
import sys

import torch

from engine import __version__
from engine.plan.config import EngineSettings


def open_device(settings: EngineSettings) -> torch.device:
    """The configured device, ready to use; ValueError when there is no such GPU.

    Sets the process's thread count and precision: TF32 only where the configuration says so.
    """
    _keep_freed_memory()
    torch.set_num_threads(settings.num_threads)
    torch.backends.cuda.matmul.allow_tf32 = settings.precision == "tf32"
    torch.backends.cudnn.allow_tf32 = settings.precision == "tf32"
    name = settings.device
    if name == "auto":
        name = "cuda:0" if torch.cuda.is_available() else "cpu"
    if name != "cpu":
        num_gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if int(name.removeprefix("cuda:")) >= num_gpus:
            allowed = ", ".join(["auto", "cpu", *(f"cuda:{i}" for i in range(num_gpus))])
            raise ValueError(f"engine.device = {name}: no such GPU here; allowed: {allowed}")
    return torch.device(name)


def _keep_freed_memory() -> None:
    """Ask glibc not to hand large blocks back to the system at every free.

    A child step frees and takes the same megabytes hundreds of times; mapping them anew each time costs
    a third of a step at 36 filters. Where there is no glibc, nothing happens.
    """
    trim_threshold, mmap_threshold = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of <malloc.h>
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(mmap_threshold, 2**30)
        libc.mallopt(trim_threshold, 2**31 - 1)


def device_name(device: torch.device) -> str:
    """The device's name for people."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    num_threads = torch.get_num_threads()
    return f"{platform.machine()} CPU, {num_threads} thread{'' if num_threads == 1 else 's'}"


def versions(device: torch.device) -> dict[str, str]:
    """Versions that decide the numbers."""
    import numpy

    found = {"ssp-tui": __version__, "python": platform.python_version()}
    found |= {"torch": torch.__version__, "numpy": numpy.__version__}
    if device.type == "cuda":
        found["cuda"] = str(torch.version.cuda)
        found["cudnn"] = str(torch.backends.cudnn.version())  # type: ignore[no-untyped-call]
    return found


def peak_memory_bytes(device: torch.device) -> int:
    """Peak memory so far: of the device on a GPU, resident in the process on a CPU."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
