"""How many kernels a piece of work starts on a GPU, and how many operations it has on any device."""

from collections.abc import Callable
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile
from torch.utils._python_dispatch import TorchDispatchMode

NO_KERNEL = {"aten::empty", "aten::empty_like", "aten::new_empty", "aten::detach", "aten::_unsafe_view"}


def num_kernels(work: Callable[[], object]) -> int | None:
    """Kernels and copies the GPU ran for the work; None without a GPU."""
    if not torch.cuda.is_available():
        return None
    with profile(activities=[ProfilerActivity.CUDA, ProfilerActivity.CPU]) as seen:
        work()
        torch.cuda.synchronize()
    return sum(event.device_type == torch.autograd.DeviceType.CUDA for event in seen.events())


def num_operations(work: Callable[[], object]) -> int:
    """Operations that read or write memory, forward and backward: about what a GPU would launch."""
    with _Counted() as counted:
        work()
    return counted.number


class _Counted(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.number = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        is_view = any(r.alias_info is not None and not r.alias_info.is_write for r in func._schema.returns)
        self.number += not is_view and func._schema.name not in NO_KERNEL
        return func(*args, **(kwargs or {}))
