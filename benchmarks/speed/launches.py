"""How many kernels a piece of work starts on a GPU."""

from collections.abc import Callable

import torch
from torch.profiler import ProfilerActivity, profile


def num_kernels(work: Callable[[], object]) -> int | None:
    """Kernels and copies the GPU ran for the work; None without a GPU."""
    if not torch.cuda.is_available():
        return None
    with profile(activities=[ProfilerActivity.CUDA, ProfilerActivity.CPU]) as seen:
        work()
        torch.cuda.synchronize()
    return sum(event.device_type == torch.autograd.DeviceType.CUDA for event in seen.events())
