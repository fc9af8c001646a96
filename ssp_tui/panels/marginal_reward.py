"""The controller panel's second page: what one more layer of each operation is worth."""

import math
from collections.abc import Sequence

from engine.analyse.marginal_reward import MarginalReward
from engine.plan.space import Slot, Space
from engine.record.events import EpochFinished
from ssp_tui.charts.effects import Effect, draw_effects
from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.roles import Role
from ssp_tui.drawn import Lines
from ssp_tui.panels.line_layout import wrapped
from ssp_tui.panels.slot_labels import short
from ssp_tui.reward_words import slope_text, slot_rewards, told_from, why_none

TITLES = ("marginal reward, points of accuracy a layer", "marginal reward, points a layer", "marginal reward")
"""What the page is called, as long as there is room."""

_ENDS = ("worse than the mix", "better")


def reward_lines(
    space: Space, epochs: Sequence[EpochFinished], width: int, height: int, glyphs: Glyphs
) -> Lines:
    """Every slot's slope with its interval over all these epochs, and what it was told from."""
    found = slot_rewards(space, epochs)
    if not any(found):
        return wrapped(why_none(epochs), width, Role.MUTED)
    room = max(6, min(16, width - 40))
    effects = [_effect(slot, each, room, glyphs) for slot, each in zip(space.slots, found, strict=True)]
    notes = wrapped(f"{told_from(epochs)}; {glyphs.plus_minus} standard error, bars 95 %", width, Role.MUTED)
    num_notes = max(0, min(len(notes), height - 2 - len(effects)))
    rows = draw_effects(effects, _ENDS, width, height - num_notes, glyphs)
    return [*rows, *notes[:num_notes]]


def _effect(slot: Slot, found: MarginalReward | None, room: int, glyphs: Glyphs) -> Effect:
    label = short(slot.operation.label, room)
    text = slope_text(found, glyphs.plus_minus)
    if found is None:
        return Effect(label, slot.poisoned, math.nan, math.nan, math.nan, text)
    return Effect(label, slot.poisoned, found.slope, *found.interval, text)
