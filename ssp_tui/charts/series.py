"""What a line chart shows: series, bands, guides and the axes they live on."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from ssp_tui.charts.axis import Range, Scale
from ssp_tui.charts.roles import Role


class Style(IntEnum):
    """How a series is drawn; the number is its place in a glyph set's legend samples."""

    LINE = 0
    DASHES = 1
    DOTS = 2
    DASH_DOTS = 3
    POINTS = 4
    PAIRS = 5
    """Two dots a point, one over the other: a second cloud that differs without colour."""

    @property
    def is_line(self) -> bool:
        """Whether neighbours are joined."""
        return self not in (Style.POINTS, Style.PAIRS)


@dataclass(frozen=True)
class Series:
    """One value an epoch (or step), from 0; NaN leaves a gap, an infinite value is marked at the top."""

    label: str
    role: Role
    values: Sequence[float]
    style: Style = Style.LINE
    key: str = ""
    """A character drawn where the line ends and beside its label, to tell many lines apart."""
    brief: str = ""
    """A shorter label, for a legend without room."""


@dataclass(frozen=True)
class Band:
    """A shaded area between two series of equal length, as the spread over seeds."""

    label: str
    role: Role
    low: Sequence[float]
    high: Sequence[float]


@dataclass(frozen=True)
class Guide:
    """A horizontal dashed line with a label on it: the paper's value, the clip threshold."""

    label: str
    value: float
    role: Role = Role.GUIDE


@dataclass(frozen=True)
class LineChart:
    """Everything a line chart needs."""

    series: tuple[Series, ...]
    x_end: float
    """The last epoch the axis shows, whether or not it came yet."""
    y_range: Range | None = None
    scale: Scale = Scale.LINEAR
    guides: tuple[Guide, ...] = ()
    bands: tuple[Band, ...] = ()
    cursor: int | None = None
    """The epoch a replay stands on."""
    x_title: str = "epoch"
    empty: str = "waiting for the first epoch"
    """Shown while no series has a value."""
    broken: frozenset[int] = frozenset()
    """Epochs marked as NaN although their series may have values: part of what these sum up was NaN."""
    gap: str = ""
    """What the epochs mean that have a NaN in every series, written where the last of them lie."""
