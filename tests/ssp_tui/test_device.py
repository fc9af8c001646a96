"""What the device panel knows: a card's figures by a pretended driver, or CPU and memory and why."""

import asyncio
import dataclasses
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine.record.folder import RunFolder, read_json, write_json
from engine.record.home import Home
from ssp_tui.app import Dashboard
from ssp_tui.device import DeviceReader, load_nvml
from ssp_tui.wording import size as size_text
from tests.fake_journal import FakeEngine, make_run
from tests.ssp_tui.dashboard.seen import text_of, until

GIB = 2**30

ANSWERS: dict[str, Any] = {
    "nvmlDeviceGetName": "NVIDIA H100 80GB HBM3",
    "nvmlDeviceGetUtilizationRates": SimpleNamespace(gpu=73, memory=41),
    "nvmlDeviceGetMemoryInfo": SimpleNamespace(used=20 * GIB, total=80 * GIB),
    "nvmlDeviceGetPowerUsage": 412_345,
    "nvmlDeviceGetEnforcedPowerLimit": 700_000,
    "nvmlDeviceGetTemperature": 61,
    "nvmlDeviceGetComputeRunningProcesses": [
        SimpleNamespace(pid=2**22 - 1, usedGpuMemory=9 * GIB),
        SimpleNamespace(pid=os.getpid(), usedGpuMemory=11 * GIB),
        SimpleNamespace(pid=2**22 - 2, usedGpuMemory=None),
    ],
}
"""What the card says, by the function that is asked: bytes, milliwatts, per cent, degrees."""


class FakeNvmlError(Exception):
    """What the pretended driver raises."""


@dataclasses.dataclass
class FakeNvml:
    """A driver with one card, under the names of NVIDIA's library that the reader asks."""

    silent: tuple[str, ...] = ()
    """Functions this card does not support."""
    name: str | bytes = "NVIDIA H100 80GB HBM3"
    NVMLError: type[Exception] = FakeNvmlError

    def nvmlDeviceGetHandleByIndex(self, index: int) -> str:  # noqa: N802
        """Card 0 is the only one."""
        if index != 0:
            raise FakeNvmlError("Invalid Argument")
        return "the card"

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> str:  # noqa: N802
        """By its name."""
        if uuid != "GPU-7f":
            raise FakeNvmlError("Not Found")
        return "the card"

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Everything asked of the card."""
        if name not in ANSWERS:
            raise AttributeError(name)

        def answer(handle: str, *_: int) -> Any:
            assert handle == "the card"
            if name in self.silent:
                raise FakeNvmlError("Not Supported")
            return self.name if name == "nvmlDeviceGetName" else ANSWERS[name]

        return answer


def test_the_pretended_drivers_names_are_the_librarys() -> None:
    pynvml = pytest.importorskip("pynvml")
    names = [name for name in (*vars(FakeNvml), *ANSWERS) if name.startswith("nvml")]
    assert len(names) == 9
    assert [name for name in names if not callable(getattr(pynvml, name, None))] == []
    assert issubclass(pynvml.NVMLError, Exception)


def run_on(home: Home, gpu: str) -> RunFolder:
    """A live run of this very process, on that card; on the CPU when it is empty."""
    engine = FakeEngine(make_run(home, "live", "clean"), "clean")
    engine.sign_in()
    engine.emit_epochs(1)
    write_json(engine.folder.process_path, {**(read_json(engine.folder.process_path) or {}), "gpu": gpu})
    return engine.folder


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.mark.parametrize("gpu", ["0", "GPU-7f"])
@pytest.mark.parametrize("name", ["NVIDIA H100 80GB HBM3", b"NVIDIA H100 80GB HBM3"])
def test_a_card_tells_its_load_memory_power_and_users(home: Home, gpu: str, name: str | bytes) -> None:
    device = DeviceReader(lambda: FakeNvml(name=name)).read(run_on(home, gpu))
    assert (device.is_gpu, device.name, device.why_no_gpu) == (True, "NVIDIA H100 80GB HBM3", "")
    assert (device.utilisation, device.temperature_celsius) == (0.73, 61)
    assert (device.memory_used_bytes, device.memory_total_bytes) == (20 * GIB, 80 * GIB)
    assert (device.power_watts, device.power_limit_watts) == (412, 700)
    users = [(user.is_engine, user.memory_bytes) for user in device.users]
    assert users == [(True, 11 * GIB), (False, 9 * GIB), (False, None)]


def test_what_a_card_does_not_tell_is_left_out(home: Home) -> None:
    silent = tuple(name for name in ANSWERS if name != "nvmlDeviceGetName")
    device = DeviceReader(lambda: FakeNvml(silent)).read(run_on(home, "0"))
    assert device.is_gpu
    assert (device.utilisation, device.memory_used_bytes, device.power_watts) == (None, None, None)
    assert device.users == ()


def no_library() -> Any:
    raise ImportError("No module named 'pynvml'")


def no_driver() -> Any:
    raise FakeNvmlError("NVML Shared Library Not Found")


def deaf_driver() -> Any:
    raise FakeNvmlError("Driver/library version mismatch\x1b[2J")


@pytest.mark.parametrize(
    ("load", "gpu", "why"),
    [
        (no_library, "0", "nvidia-ml-py is not installed"),
        (no_driver, "", "no NVIDIA driver on this machine"),
        (deaf_driver, "0", "the NVIDIA driver does not answer (Driver/library version mismatch"),
        (FakeNvml, "", "this run is on the CPU"),
        (FakeNvml, "5", "the driver tells nothing of GPU 5 (Invalid Argument)"),
        (FakeNvml, "\x1b]0;x\x07", "the driver tells nothing of GPU"),
    ],
)
def test_without_a_card_there_is_cpu_and_memory_and_why(
    home: Home, load: Callable[[], Any], gpu: str, why: str
) -> None:
    device = DeviceReader(load).read(run_on(home, gpu))
    assert not device.is_gpu
    assert device.why_no_gpu.startswith(why)
    assert device.why_no_gpu.isprintable()
    assert device.name.endswith("CPU cores")
    assert device.memory_total_bytes
    assert device.engine_memory_bytes


def test_this_machines_driver_answers_or_says_why(home: Home) -> None:
    device = DeviceReader(load_nvml).read(run_on(home, "0"))
    assert device.is_gpu or device.why_no_gpu


@pytest.mark.parametrize("size", [(120, 40), (200, 50)])
def test_the_run_screen_shows_the_cards_load_memory_power_and_other_users(
    home: Home, size: tuple[int, int]
) -> None:
    run_on(home, "0")

    async def body() -> None:
        app = Dashboard(home.path, "live")
        app.watcher._device_reader = DeviceReader(FakeNvml)
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: "412 W" in text_of(app))
            text = text_of(app)
            pid, used, theirs = str(2**22 - 1), size_text(20 * GIB), size_text(9 * GIB)
            for shown in ("GPU", "73%", used, "2 other processes", pid, theirs):
                assert shown in text, shown

    asyncio.run(body())
