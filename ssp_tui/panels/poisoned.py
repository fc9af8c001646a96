"""The panel of poisoned layers: how many the sampled children had, beside what uniform sampling gives."""

from collections.abc import Sequence

from engine.analyse.density import binomial
from ssp_tui import wording
from ssp_tui.charts.histogram import Histogram, draw_histogram
from ssp_tui.charts.roles import Role
from ssp_tui.drawn import Lines
from ssp_tui.panels.line_layout import Piece, wrapped
from ssp_tui.panels.panel import Panel
from ssp_tui.run_view import RunView


class PoisonedPanel(Panel):
    """A histogram with a density curve, the binomial expected, and the floor."""

    TITLE = "Poisoned layers"
    LEAST_SECONDS = 1.0

    def draw_body(self, view: RunView, width: int, height: int) -> Lines:
        """The shown epoch's children."""
        config = view.config
        if config is not None and not config.space.num_poisoned_outputs:
            return wrapped("no operation of this space is poisoned", width, Role.MUTED)
        if config is not None and config.derived is not None:
            num = config.derived.architecture.num_poisoned(config.space)
            text = f"{num} of {config.child.layers} layers of its one architecture, in every step"
            return wrapped(text, width, Role.TEXT)
        if view.latest is None:
            return wrapped(view.why_no_epoch, width, Role.MUTED)
        counts = view.latest.child.num_poisoned_layers
        expected: tuple[float, ...] = ()
        floor = None
        if config is not None and len(counts) == config.child.layers + 1:
            space, num_layers = config.space, config.child.layers
            expected = tuple(binomial(num_layers, space.poisoned_probability))
            floor = space.poisoned_layers_floor(num_layers, config.controller.tanh_constant)
        return draw_histogram(Histogram(counts, expected, floor), width, height, self.glyphs)

    def note(self, view: RunView, width: int) -> Sequence[Piece]:
        """The mean."""
        counts = view.latest.child.num_poisoned_layers if view.latest else ()
        if not sum(counts) or (view.config and not view.config.space.num_poisoned_outputs):
            return ()
        mean = sum(value * count for value, count in enumerate(counts)) / sum(counts)
        text = f"{wording.layers(mean)} of {len(counts) - 1}"
        return [(text, Role.POISONED)] if len(text) <= width else ()
