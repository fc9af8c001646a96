"""Counts what would make the host wait for a GPU: values read off a tensor, and results of unknown size."""

from types import TracebackType
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

METHODS = ("item", "tolist", "cpu", "numpy", "nonzero", "__bool__", "__float__", "__int__", "__index__")
READING = {getattr(Tensor, name) for name in METHODS}
READING_INSIDE = {
    torch.ops.aten._local_scalar_dense.default,
    torch.ops.aten.nonzero.default,
    torch.ops.aten.masked_select.default,
    torch.ops.aten.equal.default,
}
"""What torch's own functions call when they read a value."""


def _picks_by_mask(args: Any) -> bool:
    """Whether these are the arguments of an index by booleans: how much it picks must be counted first."""
    return any(
        isinstance(index, Tensor) and index.dtype == torch.bool
        for argument in args
        if isinstance(argument, list)
        for index in argument
    )


class _Python(TorchFunctionMode):
    def __init__(self, waits: "Waits") -> None:
        super().__init__()
        self._waits = waits

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in READING:
            self._waits.seen.append(func.__name__)
            with (
                torch._C.DisableTorchFunctionSubclass(),
                torch.utils._python_dispatch._disable_current_modes(),
            ):
                return func(*args, **(kwargs or {}))
        return func(*args, **(kwargs or {}))


class _Dispatched(TorchDispatchMode):
    def __init__(self, waits: "Waits") -> None:
        super().__init__()
        self._waits = waits

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in READING_INSIDE or _picks_by_mask(args):
            self._waits.seen.append(str(func))
        return func(*args, **(kwargs or {}))


class Waits:
    """The names of what would have waited, in order, while it is entered."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._modes = (_Python(self), _Dispatched(self))

    def __enter__(self) -> "Waits":
        for mode in self._modes:
            mode.__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for mode in reversed(self._modes):
            mode.__exit__(kind, error, trace)  # type: ignore[no-untyped-call]
