"""The numerics panel: gradient norms, steps that were not finite, NaN weights, and where it began."""

import math
from collections.abc import Sequence
from enum import StrEnum

from engine.plan.hazard import Hazard
from engine.record.events import EpochFinished, NumericsBroke
from ssp_tui import wording
from ssp_tui.charts.axis import Range, Scale, widened
from ssp_tui.charts.lines import draw_lines
from ssp_tui.charts.roles import Role
from ssp_tui.charts.series import Guide, LineChart, Series, Style
from ssp_tui.cleaning import clean
from ssp_tui.defence_words import defences_done
from ssp_tui.drawn import Line, Lines
from ssp_tui.panels.line_layout import Piece, fields
from ssp_tui.panels.panel import Panel
from ssp_tui.run_view import RunView
from ssp_tui.theme import Tone

BEGAN = {"null_step": "null step", "gradient": "NaN gradient", "loss": "NaN loss", "weight": "NaN weight"}


class NumericsPanel(Panel):
    """A log-scale chart over three lines of counts."""

    TITLE = "Numerics"
    _range: Range | None = None

    def forget(self) -> None:
        """The axis is the run's own."""
        self._range = None

    def hint(self) -> str:
        """After where it began, where there is room."""
        return f"  {self.key_now('run.detail')} shows it"

    def draw_body(self, view: RunView, width: int, height: int) -> Lines:
        """The counts first where there are few rows: they say more."""
        figures = figure_lines(view, self.glyphs.nan, self.glyphs.infinite, width, self.hint())
        room = height - len(figures)
        if room < 3:
            return figures[-height:]
        norms = [n for each in view.whole.state.epochs for n in (_norms(each))]
        clip = [view.config.child.grad_clip] if view.config else []
        self._range = widened(self._range or Range(0.1, 100), [*norms, *clip], Scale.LOG)
        return [*draw_lines(norm_chart(view, self._range, width), width, room, self.glyphs), *figures]

    def note(self, view: RunView, width: int) -> Sequence[Piece]:
        """How many of the weights are NaN, or that all is finite."""
        share = view.latest.nonfinite.nan_parameter_share if view.latest else 0.0
        if share:
            text = f"{self.glyphs.nan} {wording.share(share)} of weights NaN"
            return [(text if len(text) <= width else f"{self.glyphs.nan} {wording.share(share)}", Role.NAN)]
        if view.state.broke:
            what = view.state.broke[0].what
            return [(BEGAN.get(what, "not finite"), role_of(what))] if width > 14 else ()
        return [("all finite", Tone.GOOD)] if view.latest and width > 12 else ()


class NumericsPreview(NumericsPanel):
    """The same beside the list of runs, where enter opens the run."""

    def hint(self) -> str:
        """Nothing: it shows the run."""
        return ""


def _norms(epoch: EpochFinished) -> tuple[float, float]:
    return epoch.child.gradient_norm_median, epoch.child.gradient_norm_max


def norm_chart(view: RunView, covered: Range | None, width: int) -> LineChart:
    """Median and maximum over the steps of each epoch, and the clip."""
    epochs = view.state.epochs
    length = epochs[-1].epoch + 1 if epochs else 0
    median, highest = [math.nan] * length, [math.nan] * length
    for epoch in epochs:
        if 0 <= epoch.epoch < length:
            median[epoch.epoch], highest[epoch.epoch] = _norms(epoch)
    clip = view.config.child.grad_clip if view.config else None
    return LineChart(
        (
            Series("max", Role.GRADIENT_MAXIMUM, highest, Style.DOTS),
            Series(_median_label(view, width), Role.GRADIENT, median),
        )
        if epochs
        else (),
        max(1, view.num_epochs - 1),
        covered,
        Scale.LOG,
        (Guide(f"clip {wording.number(clip)}", clip, Role.CLIP),) if clip else (),
        cursor=view.epoch,
        broken=_epochs_with_nan(view),
        empty=view.why_no_epoch,
    )


def _epochs_with_nan(view: RunView) -> frozenset[int]:
    """Epochs of which at least one step's gradient was NaN, the one in progress included."""
    finished = {each.epoch for each in view.state.epochs if each.nonfinite.num_nan_steps}
    return frozenset(finished | {each.epoch for each in view.state.broke if each.what == "gradient"})


def _median_label(view: RunView, width: int) -> str:
    """What the line shows, and of how many steps its last point is: one whose gradient was NaN has none."""
    label = "gradient norm, median" if width >= 66 else "norm, median"
    for epoch in reversed(view.state.epochs):
        num_steps, num_nan = epoch.child.num_steps, epoch.nonfinite.num_nan_steps
        if num_nan < num_steps:
            some = f"{wording.count(num_steps - num_nan)} finite"
            return f"{label} of {some if num_nan else wording.counted(num_steps, 'step')}"
    return label


def figure_lines(view: RunView, nan: str, infinite: str, width: int, hint: str) -> list[Line]:
    """Counts by kind, chains by class, what was to be expected, what defences did, the first event."""
    lines = [_counts(view, nan, infinite, width), _chains(view, width)]
    lines += [line for line in (_hazard(view, width), _defended(view, width)) if line]
    return [*lines, _first(view, nan, infinite, width, hint)]


def _counts(view: RunView, nan: str, infinite: str, width: int) -> Line:
    if view.latest is None:
        is_over = view.whole.status.is_over
        return [] if is_over else [("counts of null steps and NaN come with the first epoch", Role.MUTED)]
    if width <= 40:
        pieces = _fitting(width, *_kinds(view.latest, nan, infinite, "")[:2])
        steps = f" of {wording.counted(view.latest.child.num_steps, 'step')}"
        room = width - sum(len(text) for text, _ in pieces)
        return [*pieces, (steps, Role.MUTED)] if len(steps) <= room else pieces
    long, short = (_kinds(view.latest, nan, infinite, steps) for steps in (" steps", ""))
    return _fitting(width, *(long if _width(long[:4]) <= width else short))


def _kinds(epoch: EpochFinished, nan: str, infinite: str, steps: str) -> list[tuple[str, str, Role]]:
    """Every kind of value that was not finite, those of most weight first."""
    found = epoch.nonfinite
    return [
        _counted(f"{infinite} null{steps}", found.num_null_steps, Role.NULL_STEP),
        _counted(f"{nan} NaN{steps}", found.num_nan_steps, Role.NAN),
        _counted("losses", found.num_losses, Role.NAN),
        _counted("weights", found.num_weights, Role.NAN),
        _counted("logits", found.num_logits, Role.NAN),
    ]


def _width(pairs: Sequence[tuple[str, str, StrEnum]]) -> int:
    return sum(len(label) + len(figure) + 3 for label, figure, _ in pairs) - 2


def _fitting(width: int, *pairs: tuple[str, str, StrEnum] | None) -> list[Piece]:
    """The pairs that fit whole, the last ones left out first: half a number is a wrong one."""
    kept = [pair for pair in pairs if pair is not None]
    while kept and _width(kept) > width:
        kept.pop()
    return fields(*kept, gap=2)


def _counted(label: str, count: int, role: Role) -> tuple[str, str, Role]:
    return label, wording.count(count), role if count else Role.TEXT


def _chains(view: RunView, width: int) -> Line:
    if view.latest is None:
        return []
    chains, child = view.latest.chains, view.latest.child
    return _fitting(
        width,
        ("longest k", str(chains.longest), Role.CHAIN if chains.longest > 9 else Role.TEXT),
        ("hijack", wording.count(chains.num_hijack), Role.TEXT) if width > 46 else None,
        _counted("overflow", chains.num_overflow, Role.NULL_STEP),
        _counted("NaN", chains.num_nan, Role.NAN),
        ("clipped", wording.count(child.num_clipped), Role.TEXT) if width > 34 else None,
    )


def _hazard(view: RunView, width: int) -> Line:
    """The estimated chance of a NaN and when to expect it, beside when it came; nothing where none can."""
    hazard = view.hazard
    if hazard is None or not hazard.num_samples or view.config is None:
        return []
    seen = next((each.step for each in view.state.broke if each.what == "gradient"), None)
    bound = wording.exponent(hazard.nan_probability if hazard.num_nan else hazard.nan_upper_bound)
    expected = _expected(hazard, view.config.steps_per_epoch, width)
    return _fitting(
        width,
        ("hazard", bound if hazard.num_nan else f"< {bound}", Role.NAN),
        ("NaN expected" if width > 56 else "expected", expected, Role.TEXT),
        ("seen", "not yet" if seen is None else f"step {wording.count(seen)}", Role.TEXT),
    )


def _expected(hazard: Hazard, steps_per_epoch: int, width: int) -> str:
    if not hazard.num_nan:
        return "hardly"
    step = f"step {wording.count(round(1 / hazard.nan_probability))}"
    epoch = f", epoch {wording.number(hazard.expected_epoch(steps_per_epoch))}"
    return step + (epoch if width > 60 else "")


def _defended(view: RunView, width: int) -> Line:
    words = defences_done(view.state.epochs)
    return [("defended ", Role.MUTED), (words[: max(0, width - 9)], Role.TEXT)] if words else []


def role_of(what: str) -> Role:
    """A null step did nothing; everything else that broke is NaN."""
    return Role.NULL_STEP if what == "null_step" else Role.NAN


def _first(view: RunView, nan: str, infinite: str, width: int, hint: str) -> Line:
    if not view.state.broke:
        return [("no value has been other than finite", Role.MUTED)] if view.state.started else []
    role = role_of(view.state.broke[0].what)
    text = f"{nan if role is Role.NAN else infinite} {first_words(view.state.broke[0])}"
    pieces: list[Piece] = [(text, role)]
    return [*pieces, (hint, Role.MUTED)] if len(text) + len(hint) <= width else pieces


def first_words(broke: NumericsBroke) -> str:
    """When and where a kind of non-finite value was first seen."""
    return f"{kind_words(broke)} since step {wording.count(broke.step)}, {place_words(broke)}"


def kind_words(broke: NumericsBroke) -> str:
    """What kind of value it was: "null step", "NaN gradient"."""
    return BEGAN.get(broke.what, clean(broke.what, 20))


def place_words(broke: NumericsBroke) -> str:
    """Where it began, as people count layers: "layer 2 maxpool3x3"."""
    operation = clean(broke.operation, 20)
    return operation if operation in ("stem", "head") else f"layer {wording.layer(broke.layer)} {operation}"
