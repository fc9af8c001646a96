"""What the device a run computes on is doing: its GPU by the driver, or CPU and memory, saying why."""

import dataclasses
import os
import warnings
from collections.abc import Callable
from typing import Any

from engine.process.identity import read_identity
from engine.record.folder import RunFolder, read_json
from ssp_tui.cleaning import clean

MOST_USERS = 6
"""Processes on the card that are named."""


@dataclasses.dataclass(frozen=True)
class User:
    """A process on the card."""

    pid: int
    name: str
    memory_bytes: int | None
    is_engine: bool
    """Whether it is the shown run's own."""


@dataclasses.dataclass(frozen=True)
class Device:
    """One reading, rounded to what is shown so that small changes repaint nothing."""

    name: str = ""
    why_no_gpu: str = ""
    utilisation: float | None = None
    """Of the GPU, or of all cores; a fraction in whole percents."""
    memory_used_bytes: int | None = None
    memory_total_bytes: int | None = None
    power_watts: int | None = None
    power_limit_watts: int | None = None
    temperature_celsius: int | None = None
    engine_cores: float | None = None
    """Cores the engine's process keeps busy, in tenths."""
    engine_memory_bytes: int | None = None
    users: tuple[User, ...] = ()
    is_gpu: bool = False


def load_nvml() -> Any:
    """NVIDIA's library, connected to the driver; ImportError or its own errors when that is impossible."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a person's warning filters are about their own code
        import pynvml
    pynvml.nvmlInit()
    return pynvml


class DeviceReader:
    """Reads devices; the driver's library is loaded with the first reading."""

    def __init__(self, load_nvml: Callable[[], Any] = load_nvml) -> None:
        """Load nothing yet; `load_nvml` gives NVIDIA's library, ready to be asked."""
        self._load_nvml = load_nvml
        self._nvml: Any = None
        self._why_no_gpu = ""
        self._is_open = False
        self._engine: Any = None

    def read(self, folder: RunFolder) -> Device:
        """The device of the run in `folder`, now."""
        gpu = (read_json(folder.process_path) or {}).get("gpu")
        if not self._is_open:
            self._open()
        if self._nvml is None or not isinstance(gpu, str) or not gpu:
            return self._read_cpu(folder, self._why_no_gpu or "this run is on the CPU")
        try:
            return self._read_gpu(gpu, folder)
        except (self._nvml.NVMLError, ValueError) as error:
            why = f"the driver tells nothing of GPU {clean(gpu, 20)} ({clean(str(error), 60)})"
            return self._read_cpu(folder, why)

    def _open(self) -> None:
        self._is_open = True
        try:
            self._nvml = self._load_nvml()
        except ImportError:
            self._why_no_gpu = "nvidia-ml-py is not installed"
        except Exception as error:
            known = "no NVIDIA driver on this machine" if "Not Found" in str(error) else ""
            self._why_no_gpu = known or f"the NVIDIA driver does not answer ({clean(str(error), 60)})"

    def _read_gpu(self, gpu: str, folder: RunFolder) -> Device:
        nvml = self._nvml
        handle = (
            nvml.nvmlDeviceGetHandleByIndex(int(gpu))
            if gpu.isdigit()
            else nvml.nvmlDeviceGetHandleByUUID(gpu)
        )
        memory = self._asked(lambda: nvml.nvmlDeviceGetMemoryInfo(handle))
        return Device(
            name=clean(_text(nvml.nvmlDeviceGetName(handle)), 40),
            utilisation=self._asked(lambda: nvml.nvmlDeviceGetUtilizationRates(handle).gpu / 100),
            memory_used_bytes=_rounded(memory.used) if memory else None,
            memory_total_bytes=_rounded(memory.total) if memory else None,
            power_watts=self._asked(lambda: round(nvml.nvmlDeviceGetPowerUsage(handle) / 1000)),
            power_limit_watts=self._asked(lambda: round(nvml.nvmlDeviceGetEnforcedPowerLimit(handle) / 1000)),
            temperature_celsius=self._asked(lambda: int(nvml.nvmlDeviceGetTemperature(handle, 0))),
            users=self._users(handle, folder),
            is_gpu=True,
        )

    def _asked(self, ask: Any) -> Any:
        """An answer many cards do not give."""
        try:
            return ask()
        except self._nvml.NVMLError:
            return None

    def _users(self, handle: Any, folder: RunFolder) -> tuple[User, ...]:
        identity = read_identity(folder)
        processes = self._asked(lambda: self._nvml.nvmlDeviceGetComputeRunningProcesses(handle)) or []
        users = [
            User(
                process.pid,
                _process_name(process.pid),
                _rounded(process.usedGpuMemory),
                identity is not None and process.pid == identity.pid,
            )
            for process in processes
        ]
        return tuple(
            sorted(users, key=lambda user: (not user.is_engine, -(user.memory_bytes or 0)))[:MOST_USERS]
        )

    def _read_cpu(self, folder: RunFolder, why: str) -> Device:
        import psutil  # late: only this thread needs it

        memory = psutil.virtual_memory()
        cores, resident = self._engine_figures(psutil, folder)
        return Device(
            name=f"{os.cpu_count()} CPU cores",
            why_no_gpu=why,
            utilisation=round(psutil.cpu_percent() / 100, 2),
            memory_used_bytes=_rounded(memory.total - memory.available),
            memory_total_bytes=_rounded(memory.total),
            engine_cores=cores,
            engine_memory_bytes=resident,
        )

    def _engine_figures(self, psutil: Any, folder: RunFolder) -> tuple[float | None, int | None]:
        identity = read_identity(folder)
        if identity is None:
            return None, None
        try:
            if self._engine is None or self._engine.pid != identity.pid:
                self._engine = psutil.Process(identity.pid)
            return round(self._engine.cpu_percent() / 100, 1), _rounded(self._engine.memory_info().rss)
        except psutil.Error:
            return None, None


def _text(name: bytes | str) -> str:
    return name.decode(errors="replace") if isinstance(name, bytes) else name


def _rounded(num_bytes: int | None) -> int | None:
    """To the 16 MiB: what is shown hardly changes below that."""
    return None if num_bytes is None else round(num_bytes / 2**24) * 2**24


def _process_name(pid: int) -> str:
    import psutil

    try:
        return clean(psutil.Process(pid).name(), 20)
    except psutil.Error:
        return "another user's"
