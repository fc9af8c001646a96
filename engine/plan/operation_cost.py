"""Parameters, work and memory of each operation (ENGINE.md section 2)."""

from engine.plan.operations import (
    AvgPool,
    Conv,
    Dropout,
    Gaussian,
    Identity,
    MaxPool,
    Operation,
    SepConv,
    TransposedConv,
)
from engine.plan.protocol import Switches


def operation_parameters(operation: Operation, channels: int, switches: Switches) -> int:
    """Parameters of an operation's module at C channels; every copy of a slot shares them."""
    pointwise = channels**2 + 2 * channels
    match operation:
        case Conv(kernel=kernel):
            return pointwise + channels**2 * kernel**2 + 2 * channels
        case SepConv(kernel=kernel):
            mixing = channels if switches.sepconv_pointwise == "per_channel" else channels**2
            return pointwise + channels * kernel**2 + mixing + 2 * channels
        case AvgPool():  # and MaxPool
            return pointwise
        case TransposedConv(kernel=kernel):
            return channels**2 * kernel**2
        case Identity() | Gaussian() | Dropout():
            return 0
    raise AssertionError(f"no parameter count for {operation}")


def operation_multiplications(operation: Operation, channels: int, switches: Switches) -> int:
    """Multiplications of a forward pass, for each pixel of the map."""
    pointwise = channels**2
    match operation:
        case Conv(kernel=kernel):
            return pointwise + channels**2 * kernel**2
        case SepConv(kernel=kernel):
            mixing = channels if switches.sepconv_pointwise == "per_channel" else channels**2
            return pointwise + channels * kernel**2 + mixing
        case AvgPool(kernel=kernel):
            return pointwise + channels * kernel**2
        case TransposedConv(kernel=kernel):
            return channels**2 * kernel**2
    return channels


def operation_kept_maps(operation: Operation) -> int:
    """Maps of C channels that training keeps for the backward pass: inputs of convolutions and norms."""
    match operation:
        case Conv():
            return 4
        case SepConv():
            return 5
        case MaxPool():
            return 4  # the place of each maximum takes twice a value's bytes
        case AvgPool():
            return 2
        case Dropout():
            return 0 if operation.erases() else 1
    return 0


def keeps_its_input(operation: Operation) -> bool:
    """Whether training keeps the operation's own input, as that of a convolution."""
    return not isinstance(operation, Identity | Gaussian | Dropout)
