"""The device panel: how busy the GPU or the CPU is, how full, and who else is on it."""

from collections.abc import Sequence

from textual.reactive import reactive

from engine.record.status import CRASHED, FAILED
from ssp_tui import wording
from ssp_tui.charts.gauge import Meter, draw_meters
from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import fitted
from ssp_tui.cleaning import clean
from ssp_tui.device import Device
from ssp_tui.drawn import Line, Lines
from ssp_tui.panels.line_layout import Piece, fields, wrapped
from ssp_tui.panels.panel import Panel
from ssp_tui.run_view import RunView
from ssp_tui.theme import Tone

HIGH = 0.9


class DevicePanel(Panel):
    """Live while the run is; of a run that is over, what it used."""

    TITLE = "Device"

    device: reactive[Device | None] = reactive[Device | None](None, repaint=False)

    def watch_device(self) -> None:
        """A new reading."""
        self.redraw()

    def draw_body(self, view: RunView, width: int, height: int) -> Lines:
        """Meters, then figures in words."""
        if self.device is None or not view.whole.is_live:
            return past_lines(view, width)[:height]
        meters = _meters(self.device)
        return [
            *draw_meters(meters, width, min(len(meters), height), self.glyphs),
            *figure_lines(self.device, width, self.glyphs),
        ][:height]

    def note(self, view: RunView, width: int) -> Sequence[Piece]:
        """Its name."""
        started = view.whole.state.started
        name = self.device.name if self.device else clean(started.device, 20) if started else ""
        return [(name, Role.MUTED)] if 0 < len(name) <= width else ()


def _meters(device: Device) -> tuple[Meter, ...]:
    used, total = device.memory_used_bytes, device.memory_total_bytes
    memory = used / total if used is not None and total else None
    meters = [
        Meter("GPU" if device.is_gpu else "CPU", device.utilisation, wording.share(device.utilisation),
              _role(device.utilisation)),
        Meter("mem", memory, wording.size(used), _role(memory)),
    ]  # fmt: skip
    if device.power_watts is not None:
        limit = device.power_limit_watts
        meters.append(
            Meter("power", device.power_watts / limit if limit else None, f"{device.power_watts} W")
        )
    return tuple(meters)


def _role(fraction: float | None) -> Role:
    return Role.METER_HIGH if fraction is not None and fraction > HIGH else Role.METER


def figure_lines(device: Device, width: int, glyphs: Glyphs) -> list[Line]:
    """The engine's own part, other users of the card, or why there is no GPU."""
    lines: list[Line] = []
    if device.engine_memory_bytes is not None:
        cores = "" if device.engine_cores is None else f"{device.engine_cores} cores "
        lines.append(fields(("engine", f"{cores}{wording.size(device.engine_memory_bytes)}", Role.TEXT)))
    others = [user for user in device.users if not user.is_engine]
    if device.is_gpu:
        crowd = wording.counted(len(others), "other process", "other processes")
        alone = ("nobody else on the card", Role.MUTED)
        lines.append([(f"{crowd} on the card", Tone.WARN) if others else alone])
    for user in others:
        before, after = f"{user.pid} ", f" {wording.size(user.memory_bytes)}"
        name = fitted(user.name, max(1, width - len(before) - len(after)), glyphs.ellipsis).rstrip()
        lines.append([(fitted(before + name + after, width, glyphs.ellipsis), Role.TEXT)])
    if device.why_no_gpu:
        lines += wrapped(device.why_no_gpu, width, Role.MUTED)
    return lines


def past_lines(view: RunView, width: int) -> list[Line]:
    """What a run that is over, or not begun, used."""
    started, latest = view.whole.state.started, view.latest
    gone = [] if view.whole.exists else wrapped("its folder is gone", width, Role.MUTED)
    if started is None:
        is_lost = view.whole.status.state in (FAILED, CRASHED)
        why = "its engine ended before it could begin" if is_lost else "no engine has taken this run up yet"
        return gone or wrapped(why, width, Role.MUTED)
    lines = wrapped(f"ran on {clean(started.device_name, 60)}", width, Role.TEXT)
    if latest is not None:
        lines.append(fields(("peak memory", wording.size(latest.times.memory_bytes), Role.TEXT)))
        lines.append(fields(("speed", wording.rate(latest.times.images_per_second, "image"), Role.TEXT)))
    return [*lines, *(gone or wrapped("its engine is not at work now", width, Role.MUTED))]
