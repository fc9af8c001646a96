"""How many poisoned layers a child has under the uniform policy, as bars over 0 to L."""

from engine.analyse.density import binomial
from ssp_tui.charts.axis import Tick
from ssp_tui.charts.canvas import Canvas
from ssp_tui.charts.frame import Frame, draw_x_axis
from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import Rows
from ssp_tui.compose.figures import Figures


def draw_expected_layers(figures: Figures, width: int, height: int, glyphs: Glyphs) -> Rows:
    """Bars on an axis on which the floor is marked, in exactly `height` rows (4 or more)."""
    canvas = Canvas(width, height)
    num_layers = figures.config.child.layers
    shares = binomial(num_layers, figures.config.space.poisoned_probability)
    pitch = max(1, width // len(shares))
    bar, plot_height = max(1, pitch - 1), height - 2
    for layers, share in enumerate(shares):
        _draw_bar(canvas, layers * pitch, bar, plot_height, share / max(shares), glyphs)
    frame = Frame(0, 0, width, plot_height, has_line=True, has_labels=True)
    ticks = [Tick(layers, str(layers)) for layers in range(len(shares))]
    draw_x_axis(canvas, frame, ticks, lambda layers: int(layers) * pitch + bar // 2, "", glyphs)
    if figures.num_poisoned:
        canvas.put(round(figures.floor * pitch) + bar // 2, frame.line_row, glyphs.floor, Role.FLOOR)
    return canvas.rows()


def _draw_bar(canvas: Canvas, x: int, width: int, height: int, place: float, glyphs: Glyphs) -> None:
    whole, part = divmod(round(place * height * 8), 8)
    role = Role.POISONED if x else Role.CLEAN
    for row in range(whole):
        canvas.put(x, height - 1 - row, glyphs.rising[8] * width, role)
    if part:
        canvas.put(x, height - 1 - whole, glyphs.rising[part] * width, role)
