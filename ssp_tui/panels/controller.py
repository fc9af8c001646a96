"""The controller panel: what the policy prefers in each layer, how sure it is, and what it is told.

Its other page says what a layer of each operation is worth.
"""

import itertools
import statistics
from collections.abc import Sequence

from engine.plan.space import Slot as SpaceSlot
from engine.plan.space import Space
from engine.record.events import EpochFinished
from ssp_tui import wording
from ssp_tui.charts.axis import Range
from ssp_tui.charts.gauge import meter_bar
from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.heat import Levels, heat_levels
from ssp_tui.charts.heatmap import GUTTER, Heatmap, draw_heatmap, heatmap_height
from ssp_tui.charts.roles import Role
from ssp_tui.charts.slots import Slot
from ssp_tui.charts.sparkline import draw_sparkline
from ssp_tui.derived_words import origin
from ssp_tui.drawn import Line, Lines
from ssp_tui.panels.line_layout import Piece, fields, wrapped
from ssp_tui.panels.marginal_reward import TITLES, reward_lines
from ssp_tui.panels.panel import Panel
from ssp_tui.panels.slot_labels import forms
from ssp_tui.run_view import RunView

SPARK_WIDTH = 10

_BESIDE_WIDTH = 28
"""Cells of the figures where they stand beside the heatmap."""
_LEAST_COLUMN = 3
"""Cells a column of the heatmap needs for its name."""
_YIELDING = 2
"""Lines of figures that give way to layers and names."""


class ControllerPanel(Panel):
    """A heatmap of the policy over lines of figures, or marginal rewards."""

    TITLE = "Controller"
    LEAST_SECONDS = 1.0

    _levels: Levels | None = None
    """What is shown, so that small changes near a border repaint nothing."""

    def draw_body(self, view: RunView, width: int, height: int) -> Lines:
        """The figures give way first."""
        if view.config is not None and view.config.derived is not None:
            where = origin(view.config).removeprefix("derived ")
            text = f"a derived run has no controller: it trains one architecture from scratch, {where}"
            return wrapped(text, width, Role.MUTED)
        if view.latest is None or view.fitting_space is None:
            why = "it does not belong to this configuration" if view.latest else view.why_no_epoch
            return wrapped(why, width, Role.MUTED)
        if view.rewards:
            return reward_lines(view.fitting_space, view.state.epochs, width, height, self.glyphs)
        heatmap = self._heatmap(view, view.fitting_space, view.latest)
        return controller_lines(heatmap, view.state.epochs, width, height, self.glyphs)

    def _heatmap(self, view: RunView, space: Space, latest: EpochFinished) -> Heatmap:
        uniform = [space.slot_probability(slot) for slot in space.slots]
        before = self._levels if view.epoch is None else None
        self._levels = heat_levels(latest.controller.policy, uniform, before)
        return Heatmap(self._levels, tuple(map(_head, space.slots)), _floor_ratio(view, space))

    def note(self, view: RunView, width: int) -> Sequence[Piece]:
        """How often the policy picks poison, beside a uniform one."""
        space = view.fitting_space
        if space is None or (view.config is not None and view.config.derived is not None):
            return ()
        if view.rewards:
            return [(title, Role.REWARD) for title in TITLES if len(title) <= width][:1]
        if not space.num_poisoned_outputs:
            return [("no poison in this space", Role.MUTED)] if width > 25 else ()
        if view.latest is None:
            return ()
        policy = view.latest.controller.policy
        if not policy:
            return ()
        poisoned = [i for i, slot in enumerate(space.slots) if slot.poisoned]
        picked = sum(row[i] for row in policy for i in poisoned) / len(policy)
        uniform = space.poisoned_probability
        pieces = fields(("poison", wording.percent(picked, 1), Role.POISONED))
        more = fields(("uniform", wording.percent(uniform, 1), Role.UNIFORM))
        return [*pieces, ("  ", Role.BLANK), *more] if width >= 32 else pieces if width >= 16 else ()


def _head(slot: SpaceSlot) -> Slot:
    label, *shorter = forms(slot.operation.label)
    return Slot(label, slot.poisoned, tuple(shorter))


def _floor_ratio(view: RunView, space: Space) -> float | None:
    """The least share of poison a perfect controller reaches, relative to uniform."""
    if not space.num_poisoned_outputs or view.config is None:
        return None
    floor = space.poisoned_layers_floor(1, view.config.controller.tanh_constant)
    return floor / space.expected_poisoned_layers(1)


def controller_lines(
    heatmap: Heatmap, epochs: Sequence[EpochFinished], width: int, height: int, glyphs: Glyphs
) -> Lines:
    """The figures under the heatmap; beside it, where layers would be missing and there is the width."""
    figures = figure_lines(epochs, width, glyphs)
    needed = heatmap_height(heatmap, width, glyphs)
    num_figures = max(0, min(len(figures), height - 4))
    missing = needed - (height - num_figures)
    beside = width - _BESIDE_WIDTH - 1
    stacked = stacked_lines(epochs, glyphs)
    if missing > 0 and beside >= GUTTER + _LEAST_COLUMN * len(heatmap.slots) and height >= len(stacked):
        rows = draw_heatmap(heatmap, beside, height, glyphs)
        lines = itertools.chain(stacked, itertools.repeat(()))
        return [[*row, (" ", Role.BLANK), *line] for row, line in zip(rows, lines, strict=False)]
    if 0 < missing <= _YIELDING:
        num_figures = max(0, num_figures - missing)
    return [*draw_heatmap(heatmap, width, height - num_figures, glyphs), *figures[:num_figures]]


def stacked_lines(epochs: Sequence[EpochFinished], glyphs: Glyphs) -> list[Line]:
    """The same figures as `figure_lines`, one under the other, in `_BESIDE_WIDTH` cells."""
    controller = epochs[-1].controller
    rewards = [epoch.controller.reward_mean for epoch in epochs]
    is_dead, candidates = _candidates(epochs[-1])
    first, second = candidates
    op = f"{wording.number(controller.op_entropy)} of {wording.number(controller.op_entropy_max)}"
    skip = f"{wording.number(controller.skip_entropy)} of {wording.number(_LOG_2)}"
    spark = draw_sparkline(rewards, _BESIDE_WIDTH - 21, glyphs, Role.REWARD, _around(rewards))
    return [
        _stacked("op entropy", op, Role.OP_ENTROPY),
        _stacked("skip entropy", skip, Role.SKIP_ENTROPY),
        [*_stacked("reward", f"{wording.number(controller.reward_mean):<8}", Role.REWARD), *spark],
        _stacked("baseline", wording.number(controller.baseline), Role.BASELINE),
        _stacked("advantage", wording.number(controller.advantage_mean), Role.ADVANTAGE),
        _stacked("", f"{glyphs.plus_minus}{wording.number(controller.advantage_spread)}", Role.ADVANTAGE),
        _stacked("skip rate", wording.share(controller.skip_rate), Role.TEXT),
        _stacked("candidates", first, Role.NAN if is_dead else Role.CANDIDATES),
        _stacked("", second, Role.NAN if is_dead else Role.CANDIDATES),
    ]


def _stacked(label: str, text: str, role: Role) -> Line:
    return [(f"{label:<12} ", Role.MUTED), (text, role)]


def _candidates(latest: EpochFinished) -> tuple[bool, tuple[str, str]]:
    """Whether the candidates tell of a dead child, and what they have: two pieces of text."""
    accuracies = sorted(each.accuracy for each in latest.evaluation.candidates)
    if len(accuracies) > 1 and accuracies[0] == accuracies[-1]:
        return True, ("all equal:", "a dead child")
    middle = wording.percent(statistics.median(accuracies), 1)
    extent = f"{wording.share(accuracies[0])} to {wording.share(accuracies[-1])},"
    return False, (extent, f"median {middle}")


def figure_lines(epochs: Sequence[EpochFinished], width: int, glyphs: Glyphs) -> list[Line]:
    """Entropies against their maxima, reward and advantage, and the candidates' spread."""
    latest = epochs[-1]
    controller = latest.controller
    rewards = [epoch.controller.reward_mean for epoch in epochs]
    is_dead, candidates = _candidates(latest)
    reward: list[Piece] = [
        *fields(("reward  ", f"{wording.number(controller.reward_mean):<7}", Role.REWARD)),
        *draw_sparkline(rewards, SPARK_WIDTH, glyphs, Role.REWARD, _around(rewards)),
    ]
    baseline = fields(("   baseline", wording.number(controller.baseline), Role.BASELINE))
    spread_text = wording.number(controller.advantage_spread)
    advantage = f"{wording.number(controller.advantage_mean)} {glyphs.plus_minus}{spread_text}"
    return [
        _entropy(Role.OP_ENTROPY, controller.op_entropy, controller.op_entropy_max, width, glyphs),
        _entropy(Role.SKIP_ENTROPY, controller.skip_entropy, _LOG_2, width, glyphs),
        [*reward, *baseline],
        fields(
            ("advantage", advantage, Role.ADVANTAGE),
            ("skip rate", wording.share(controller.skip_rate), Role.TEXT),
        ),
        fields(("candidates", " ".join(candidates), Role.NAN if is_dead else Role.CANDIDATES)),
    ]


_LOG_2 = 0.6931471805599453


def _entropy(role: Role, value: float, highest: float, width: int, glyphs: Glyphs) -> Line:
    label = "op entropy" if role is Role.OP_ENTROPY else "skip entropy"
    text = f" {wording.number(value)} of {wording.number(highest)} nats"
    bar = meter_bar(value / highest if highest else None, width - 13 - 21, glyphs, role)
    return [(f"{label:<12} ", Role.MUTED), *bar, (text, role)]


def _around(values: Sequence[float]) -> Range | None:
    finite = [value for value in values if value == value and abs(value) != float("inf")]
    return Range(min(0.0, *finite), max(finite) or 1.0) if len(finite) > 1 and max(finite) > 0 else None
