"""A panel that says in words what a run is: its verdict, its progress, its space, its settings."""

from collections.abc import Sequence

from engine.plan.config import RunConfig
from engine.plan.derived import Derived
from engine.plan.space import Slot, Space
from ssp_tui import wording
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import fitted
from ssp_tui.cleaning import clean
from ssp_tui.defence_words import defences_on
from ssp_tui.derived_words import FINAL
from ssp_tui.drawn import Line, Lines
from ssp_tui.panels.header import progress_line, trouble_lines, verdict_lines
from ssp_tui.panels.line_layout import Piece, wrapped
from ssp_tui.panels.panel import Panel
from ssp_tui.panels.waiting import waiting_words
from ssp_tui.run_view import RunView


class RunCard(Panel):
    """What went wrong comes first, then the verdict; settings give way where rows are few."""

    TITLE = "Run"

    def on_mount(self) -> None:
        """The queue may be paused, or go on: news of it come with the list of runs."""
        self.watch(self.app, "runs", self.redraw, init=False)

    def is_news(self, before: RunView, view: RunView) -> bool:
        """Progress within an epoch too."""
        return before.whole is not view.whole

    def draw_body(self, view: RunView, width: int, height: int) -> Lines:
        """The lines that fit."""
        title = clean(view.config.title or view.config.name, 80) if view.config else ""
        lines: list[Line] = [[(fitted(title, width, self.glyphs.ellipsis), Role.TEXT)]] if title else []
        lines += trouble_lines(view.whole, width)
        lines += verdict_lines(view, width)
        if view.config is not None:
            lines += [progress_line(view, width, self.glyphs, waiting_words(self.app))]
            lines += config_lines(view.config, width)
        return lines[:height]

    def note(self, view: RunView, width: int) -> Sequence[Piece]:
        """Which run it is."""
        run_id = clean(view.whole.run_id, 80)
        shown = fitted(run_id, min(width, len(run_id)), self.glyphs.ellipsis)
        return [(shown, Role.MUTED)] if width > 8 else ()


def config_lines(config: RunConfig, width: int) -> list[Line]:
    """The space, poison apart, and the settings that matter, each on as many lines as it takes."""
    space = config.space
    clean_slots = [slot for slot in space.slots if not slot.poisoned]
    originals = space.base if isinstance(space.base, str) else ", ".join(map(_slot_text, clean_slots))
    child, lines = config.child, list[Line]()
    images = wording.counted(config.data.num_train, "image")
    poison = ", ".join(_slot_text(slot) for slot in space.slots if slot.poisoned)
    defences = defences_on(config)
    from_space = (
        ("space", originals, Role.CLEAN),
        ("poison", poison or "none", Role.POISONED if poison else Role.MUTED),
    )
    for label, text, role in (
        *(_derived(config.derived, space) if config.derived else from_space),
        ("child", f"{child.layers} layers, {child.filters} filters, batch {child.batch_size}", Role.TEXT),
        ("data", f"{clean(config.dataset, 60)}, {images}", Role.TEXT),
        ("as", f"{config.protocol} protocol, seed {config.seed}", Role.TEXT),
        ("defence", defences, Role.TEXT),
    ):
        lines += _labelled(label, text, width, role) if text else []
    return lines


def _derived(derived: Derived, space: Space) -> tuple[tuple[str, str, Role], ...]:
    """What stands in the place of a space: nothing is sampled from it."""
    num, of = derived.architecture.num_poisoned(space), len(derived.architecture.outputs)
    where = f"of {clean(derived.of, 80)}, epoch {derived.epoch}, candidate {derived.candidate}, {FINAL}"
    return (
        ("derived", where, Role.TEXT),
        ("poison", f"{num} of {of} layers" if num else "none", Role.POISONED if num else Role.MUTED),
    )


def _labelled(label: str, text: str, width: int, role: Role) -> list[Line]:
    first, *more = wrapped(text, max(1, width - 9), role)
    indented: list[Line] = [[(" " * 9, Role.BLANK), *line] for line in more]
    return [[(f"{label:<9}", Role.MUTED), *first], *indented]


def _slot_text(slot: Slot) -> str:
    copies = f" x{slot.copies:,}" if slot.poisoned or slot.copies > 1 else ""
    return f"{slot.operation.label}{copies}"
