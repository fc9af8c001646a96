"""The operations a search space is made of, as plain values, and what each does to a constant map."""

import dataclasses
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from engine.plan.setting import nearest, read_section, refuse_unknown, setting, shown


@dataclasses.dataclass(frozen=True)
class Operation:
    """A local operation on [B, C, H, W], stride 1, spatial size kept (ENGINE.md section 2)."""

    kind: ClassVar[str]
    """The name in a preset's `op = ...`."""

    inner_norms: ClassVar[int] = 0
    """Batch normalisations inside the operation whose input is constant when the operation's is."""

    @property
    def label(self) -> str:
        """The operation's short name on screens and in tables."""
        return self.kind

    def table(self) -> dict[str, Any]:
        """The operation as a preset writes it."""
        return {"op": self.kind, **dataclasses.asdict(self)}

    def constant_norms(self, map_size: int) -> int:
        """Zero-variance normalisations inside, for a constant input of map_size x map_size pixels."""
        del map_size
        return self.inner_norms

    def keeps_constant(self, map_size: int) -> bool:
        """Whether a constant map of map_size x map_size pixels stays constant while training."""
        del map_size
        return False

    def erases(self) -> bool:
        """Whether, while training, the output and every finite gradient are zero whatever comes in."""
        return False


@dataclasses.dataclass(frozen=True)
class Conv(Operation):
    """1x1 conv, BN, ReLU, then a kernel x kernel conv, BN, ReLU; no biases."""

    kernel: int = setting(3, low=1, high=31, unit="pixels, odd")
    padding: int = setting(-1, low=-1, high=4096, unit="pixels; -1 keeps the size")
    dilation: int = setting(1, low=1, high=1024, unit="pixels")
    kind = "conv"
    inner_norms = 1

    def __post_init__(self) -> None:
        _refuse_even_kernel(self.kind, self.kernel)
        keeping = self.dilation * (self.kernel - 1) // 2
        if self.padding == -1:
            object.__setattr__(self, "padding", keeping)
        if self.padding != keeping:
            raise ValueError(
                f"conv padding = {self.padding} changes the map's size: allowed is {keeping} "
                f"(dilation * (kernel - 1) / 2)"
            )

    @property
    def label(self) -> str:
        """conv3x3, or conv3x3 d50 when it is stretched."""
        stretch = f" d{self.dilation}" if self.dilation > 1 else ""
        return f"conv{self.kernel}x{self.kernel}{stretch}"

    def keeps_constant(self, map_size: int) -> bool:
        """Only when no tap but the centre one ever meets data (ENGINE.md section 7)."""
        return self.kernel == 1 or self.dilation >= map_size

    def constant_norms(self, map_size: int) -> int:
        """The normalisation after the 1x1, and the one after the kernel if that kept constancy."""
        return 2 if self.keeps_constant(map_size) else 1


@dataclasses.dataclass(frozen=True)
class SepConv(Operation):
    """1x1 conv, BN, ReLU, then depthwise kernel x kernel, pointwise 1x1, BN, ReLU; no biases."""

    kernel: int = setting(3, low=1, high=31, unit="pixels, odd")
    kind = "sepconv"

    def __post_init__(self) -> None:
        _refuse_even_kernel(self.kind, self.kernel)

    @property
    def label(self) -> str:
        """sepconv3x3."""
        return f"sepconv{self.kernel}x{self.kernel}"

    def keeps_constant(self, map_size: int) -> bool:
        """Only with a 1x1 kernel: a padded one meets the border."""
        del map_size
        return self.kernel == 1

    def constant_norms(self, map_size: int) -> int:
        """The one after the first 1x1; the last one too with a 1x1 kernel."""
        return 2 if self.keeps_constant(map_size) else 1


@dataclasses.dataclass(frozen=True)
class AvgPool(Operation):
    """1x1 conv, BN, ReLU, then average pooling, padding counted as zeros."""

    kernel: int = setting(3, low=1, high=31, unit="pixels, odd")
    kind = "avgpool"
    inner_norms = 1

    def __post_init__(self) -> None:
        _refuse_even_kernel(self.kind, self.kernel)

    @property
    def label(self) -> str:
        """avgpool3x3."""
        return f"avgpool{self.kernel}x{self.kernel}"

    def keeps_constant(self, map_size: int) -> bool:
        """With a 1x1 window, or one that holds the whole map wherever it stands; else borders are lower."""
        return self.kernel == 1 or self.kernel // 2 >= map_size - 1


@dataclasses.dataclass(frozen=True)
class MaxPool(AvgPool):
    """1x1 conv, BN, ReLU, then max pooling."""

    kind = "maxpool"

    @property
    def label(self) -> str:
        """maxpool3x3."""
        return f"maxpool{self.kernel}x{self.kernel}"

    def keeps_constant(self, map_size: int) -> bool:
        """Always: the padding never wins."""
        del map_size
        return True


@dataclasses.dataclass(frozen=True)
class Identity(Operation):
    """x."""

    kind = "identity"

    def keeps_constant(self, map_size: int) -> bool:
        """Always."""
        del map_size
        return True


@dataclasses.dataclass(frozen=True)
class Gaussian(Operation):
    """Training: x + sigma * x * n, n ~ N(0, 1), the scale detached; evaluation: x."""

    sigma: float = setting(10.0, low=0.0, high=1e6, unit="times the input", exclusive_low=True)
    kind = "gaussian"

    @property
    def label(self) -> str:
        """gaussian s10."""
        return f"gaussian s{self.sigma:g}"


@dataclasses.dataclass(frozen=True)
class Dropout(Operation):
    """Training: dropout with probability p (p = 1 gives zeros and a zero gradient); evaluation: x."""

    p: float = setting(1.0, low=0.0, high=1.0, unit="probability", exclusive_low=True)
    kind = "dropout"

    @property
    def label(self) -> str:
        """dropout p1."""
        return f"dropout p{self.p:g}"

    def erases(self) -> bool:
        """With p = 1 everything is multiplied by zero."""
        return self.p == 1.0


@dataclasses.dataclass(frozen=True)
class TransposedConv(Operation):
    """Transposed kernel x kernel conv, no bias, no BN, no ReLU."""

    kernel: int = setting(3, low=1, high=31, unit="pixels, odd")
    kind = "transposed_conv"

    def __post_init__(self) -> None:
        _refuse_even_kernel(self.kind, self.kernel)

    @property
    def label(self) -> str:
        """tconv3x3."""
        return f"tconv{self.kernel}x{self.kernel}"

    def keeps_constant(self, map_size: int) -> bool:
        """Only with a 1x1 kernel: a padded one meets the border."""
        del map_size
        return self.kernel == 1


KINDS: dict[str, type[Operation]] = {
    operation.kind: operation
    for operation in (Conv, SepConv, AvgPool, MaxPool, Identity, Gaussian, Dropout, TransposedConv)
}


def read_operation(table: Mapping[str, Any], where: str, beside: tuple[str, ...] = ()) -> Operation:
    """Build an operation from {"op": kind, parameter: value, ...}; ValueError names what is wrong.

    `beside` names keys of the same table that are no parameters; a refused key is told of them too.
    """
    kind = table.get("op")
    if not isinstance(kind, str) or kind not in KINDS:
        hint = nearest(kind, KINDS) if isinstance(kind, str) else ""
        raise ValueError(f"{where}.op = {shown(kind)} is not one of {', '.join(KINDS)}{hint}")
    parameters = {key: value for key, value in table.items() if key not in ("op", *beside)}
    refuse_unknown(parameters, (*beside, *(field.name for field in dataclasses.fields(KINDS[kind]))), where)
    operation: Operation = read_section(KINDS[kind], parameters, where)
    return operation


_TEXT = re.compile(r"(?P<kind>[a-z_]+?)(?P<size>\d+x\d+)?\s*(?:\((?P<parameters>[^()]*)\))?")
_SHORT_NAMES = {"k": "kernel", "d": "dilation", "s": "sigma"}


def parse_operation(text: str, where: str) -> Operation:
    """Read an operation written as text: `sepconv3x3`, `dropout(p=1)`, `conv(k=3, dilation=50)`."""
    match = _TEXT.fullmatch(text.strip()) if len(text) <= 200 else None
    if match is None:
        raise ValueError(f"{where} = {shown(text)} is not an operation, such as dropout(p=1)")
    table: dict[str, Any] = {"op": match["kind"]}
    if match["size"]:
        height, width = match["size"].split("x")
        if height != width:
            raise ValueError(f"{where} = {shown(text)}: kernels are square, such as conv3x3")
        table["kernel"] = _parse_number(height, where)
    for part in filter(None, (match["parameters"] or "").replace(" ", "").split(",")):
        name, _, value = part.partition("=")
        name = _SHORT_NAMES.get(name, name)
        if name in table:
            raise ValueError(f"{where} = {shown(text)} gives {shown(name)} twice")
        table[name] = _parse_number(value, f"{where}.{shown(name)}")
    return read_operation(table, where)


def operation_text(operation: Operation) -> str:
    """The operation as `parse_operation` reads it back."""
    values = dataclasses.asdict(operation).items()
    parameters = ", ".join(f"{k}={v!r}".removesuffix(".0") for k, v in values)  # every digit of a sigma
    return f"{operation.kind}({parameters})" if parameters else operation.kind


def _parse_number(text: str, where: str) -> int | float:
    try:
        return int(text) if re.fullmatch(r"[+-]?\d{1,15}", text) else float(text)
    except ValueError:
        raise ValueError(f"{where} = {shown(text)} must be a number") from None


def _refuse_even_kernel(kind: str, kernel: int) -> None:
    if kernel % 2 == 0:
        raise ValueError(f"{kind} kernel = {kernel} is even: allowed is an odd number, 1 to 31")
