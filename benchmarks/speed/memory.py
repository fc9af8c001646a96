"""The C library's allocator as an engine sets it and as a plain program finds it, and peaks of memory."""

import contextlib
import ctypes
import gc
from collections.abc import Iterator
from pathlib import Path

import torch

MMAP_THRESHOLD, TRIM_THRESHOLD = -3, -1
"""Of <malloc.h>."""

PLAIN = {MMAP_THRESHOLD: 32 * 2**20, TRIM_THRESHOLD: 64 * 2**20}
"""As high as glibc lets both rise by themselves: what a plain program has after its first steps."""

KEEPING = {MMAP_THRESHOLD: 2**30, TRIM_THRESHOLD: 2**31 - 1}
"""As engine/learn/device.py sets them."""


@contextlib.contextmanager
def allocator(thresholds: dict[int, int]) -> Iterator[None]:
    """Compute under these thresholds, from a heap without free pages; back to the engine's afterwards."""
    libc = _libc()
    if libc is None:
        yield
        return
    for name, value in thresholds.items():
        libc.mallopt(name, value)
    libc.malloc_trim(0)
    try:
        yield
    finally:
        for name, value in KEEPING.items():
            libc.mallopt(name, value)


def _libc() -> ctypes.CDLL | None:
    try:
        libc = ctypes.CDLL("libc.so.6")
    except OSError:
        return None
    return libc if hasattr(libc, "malloc_trim") else None


class Peak:
    """Peak memory from here on, in bytes: of the GPU's allocator, or resident in the process (Linux)."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        gc.collect()
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)
        elif libc := _libc():
            libc.malloc_trim(0)
            with contextlib.suppress(OSError):
                Path("/proc/self/clear_refs").write_text("5")  # forgets the peak resident size so far

    def read(self) -> int:
        """The peak; 0 where the system does not say."""
        if self._device.type == "cuda":
            return torch.cuda.max_memory_allocated(self._device)
        with contextlib.suppress(OSError):
            for line in Path("/proc/self/status").read_text().splitlines():
                if line.startswith("VmHWM"):
                    return int(line.split()[1]) * 1024
        return 0
