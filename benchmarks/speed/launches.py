"""How many kernels a piece of work starts on a GPU, and how many operations it has on any device."""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import torch
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile
from torch.utils._python_dispatch import TorchDispatchMode

from engine.net import operations
from engine.net.batch_norm import BatchNorm
from engine.net.operations import MaxPool

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
    with Counted() as counted:
        work()
    return counted.by_name.total()


@contextlib.contextmanager
def in_the_form_for_gpus() -> Iterator[None]:
    """Let the engine choose what it would choose on a GPU, wherever it computes."""

    def normalised(self: BatchNorm, x: Tensor, **_overwrite: bool) -> Tensor:
        return self._by_torch(x)

    with (
        mock.patch.object(BatchNorm, "forward", normalised),
        mock.patch.object(MaxPool, "forward", nn.MaxPool2d.forward),
        mock.patch.object(operations, "fills_lanes_better", return_value=False),
    ):
        yield


class Counted(TorchDispatchMode):
    """Counts operations that read or write memory, by name, while it is entered."""

    def __init__(self) -> None:
        super().__init__()
        self.by_name: Counter[str] = Counter()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        is_view = any(r.alias_info is not None and not r.alias_info.is_write for r in func._schema.returns)
        if not is_view and func._schema.name not in NO_KERNEL:
            self.by_name[func._schema.name] += 1
        return func(*args, **(kwargs or {}))
