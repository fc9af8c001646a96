"""Numbers as people read them: every text made from a measurement is made here."""

import math
from typing import NamedTuple

ABSENT = "-"
"""Shown for what was not measured; NaN was measured and says so."""


def percent(fraction: float | None, decimals: int = 2) -> str:
    """A fraction as a percentage: 0.1953 -> "19.53 %"."""
    return unusual(fraction) or f"{100 * (fraction or 0.0):.{decimals}f} %"


def share(fraction: float | None) -> str:
    """A fraction in few cells, whole percents: 0.668 -> "67%"."""
    return unusual(fraction) or f"{100 * (fraction or 0.0):.0f}%"


def points(difference: float | None) -> str:
    """A difference of two fractions in percentage points: 0.0123 -> "+1.23"."""
    return unusual(difference) or f"{100 * (difference or 0.0):+.2f}"


def deviation(fraction: float, plus_minus: str = "±") -> str:
    """A standard deviation of fractions in percentage points: 0.0141 -> "±1.41"."""
    return plus_minus + (unusual(fraction) or f"{100 * fraction:.2f}")


def unusual(value: float | None) -> str:
    """The word for a value that is no finite number, or nothing."""
    if value is None:
        return ABSENT
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return ""


def number(value: float | None) -> str:
    """Three significant digits, an exponent only when it is shorter: 4.97, 12000, 3.1e14."""
    if value is None or not math.isfinite(value):
        return unusual(value)
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 99_999.5:
        decimals = max(0, 2 - math.floor(math.log10(abs(value))))
        return f"{value:.{decimals}f}"
    return exponent(value)


def exponent(value: float) -> str:
    """Two digits and a power of ten: 3.1e14."""
    if not math.isfinite(value):
        return unusual(value)
    digits, power = f"{value:.1e}".split("e")
    return f"{digits}e{int(power)}"


def power_of_ten(power: int) -> str:
    """A decade as an axis names it: 1e-2, 1, 10, 100, 1e3."""
    return ("1", "10", "100")[power] if 0 <= power <= 2 else f"1e{power}"


def tick(value: float, step: float) -> str:
    """An axis label with the decimals its step needs: 0.25, 50, 2.0e7."""
    if value and not 1e-5 < step < 1e6:
        return exponent(value)
    return f"{value + 0.0:.{_decimals(step)}f}"


def percent_tick(fraction: float, step: float) -> str:
    """An axis label for a fraction: 0.25 -> "25 %"."""
    return f"{tick(100 * fraction, 100 * step)} %"


def _decimals(step: float) -> int:
    return max(0, -math.floor(math.log10(step) + 1e-9))


def octaves(ratio: float) -> str:
    """A ratio to the uniform policy: 20.1 -> "20x", 0.05 -> "1/20"."""
    if not (math.isfinite(ratio) and ratio > 0):
        return ABSENT
    return f"{ratio:.2g}x" if ratio >= 1 else f"1/{1 / ratio:.2g}"


def duration(seconds: float | None) -> str:
    """Two units at most: "0.4 s", "3 min 20 s", "2 h 05 min", "3 d 04 h"."""
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return ABSENT
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, whole_seconds = divmod(round(seconds), 60)
    if not minutes:
        return f"{whole_seconds} s"
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min {whole_seconds:02d} s"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours:02d} h" if days else f"{hours} h {minutes:02d} min"


def eta(seconds: float | None) -> str:
    """The time left: "ETA 2 h 05 min", or that nobody knows yet."""
    text = duration(seconds)
    return "ETA unknown" if text == ABSENT else f"ETA {text}"


def count(num_things: int | None) -> str:
    """A whole number with its thousands apart: "12,345"."""
    return ABSENT if num_things is None else f"{num_things:,}"


def counted(num_things: int, noun: str, plural: str = "") -> str:
    """A number of things: "1 run", "3 runs"."""
    return f"{num_things:,} {noun if num_things == 1 else plural or noun + 's'}"


def size(num_bytes: float | None) -> str:
    """Memory in binary units: "512 B", "1.5 GiB"."""
    if num_bytes is None or not math.isfinite(num_bytes):
        return unusual(num_bytes)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(num_bytes) < 999.5:
            return f"{num_bytes:.0f} B" if unit == "B" else f"{num_bytes:.3g} {unit}"
        num_bytes /= 1024
    return f"{num_bytes:.3g} TiB"


def rate(per_second: float | None, noun: str = "step") -> str:
    """How fast things happen: "12.3 steps/s", or below one a second "4.2 s/step"."""
    if per_second is None or not math.isfinite(per_second) or per_second <= 0:
        return ABSENT
    if per_second >= 1:
        return f"{per_second:.0f} {noun}s/s" if per_second >= 100 else f"{per_second:.3g} {noun}s/s"
    return f"{duration(1 / per_second)}/{noun}"


def layers(mean: float) -> str:
    """A mean number of layers: "6.21"."""
    return unusual(mean) or f"{mean:.2f}"


def layer(index: int) -> str:
    """A layer by the number people count it with, from 1."""
    return str(index + 1)


class StateWords(NamedTuple):
    """A run's derived state as it is shown."""

    glyph: str
    ascii_glyph: str
    word: str


STATES = {
    "queued": StateWords("○", ".", "queued"),
    "running": StateWords("►", ">", "running"),
    "stalled": StateWords("◔", "?", "stalled"),
    "stopped": StateWords("■", "#", "stopped"),
    "finished": StateWords("✓", "+", "finished"),
    "failed": StateWords("✗", "!", "failed"),
    "crashed": StateWords("†", "X", "crashed"),
}
"""Every derived state, by the name the record gives it."""
