"""The head of the Run screen: name, state, progress, and the verdict or what went wrong."""

import time

from textual.reactive import reactive

from engine.record.status import CRASHED, FAILED, QUEUED, STALLED, Status
from engine.record.verdict import COLLAPSED, TOO_EARLY
from ssp_tui import wording
from ssp_tui.charts.gauge import meter_bar
from ssp_tui.charts.glyphs import Glyphs
from ssp_tui.charts.roles import Role
from ssp_tui.charts.rows import cells_of, fitted
from ssp_tui.cleaning import clean
from ssp_tui.drawn import Drawn, Line, Lines
from ssp_tui.pace import Pace, pace_of
from ssp_tui.panels.line_layout import Piece, padded, wrapped
from ssp_tui.panels.waiting import waiting_words
from ssp_tui.run_view import RunView
from ssp_tui.snapshot import Snapshot
from ssp_tui.theme import Tone
from ssp_tui.verdict_tones import VERDICT_TONES

MOST_REASON = 400
"""Cells a reason may take, in rows of the header's width; three rows it always may."""


GONE, WAY_BACK = "this run's folder is gone", "esc goes back to the runs"


class Header(Drawn):
    """Three lines, and more where there is something wrong to tell."""

    DEFAULT_CSS = "Header { height: 4; padding: 0 1; }"

    view: reactive[RunView | None] = reactive[RunView | None](None, repaint=False)

    def on_mount(self) -> None:
        """The queue may be paused, or go on: news of it come with the list of runs."""
        self.watch(self.app, "runs", self.redraw, init=False)

    def watch_view(self) -> None:
        """Take the lines that are needed, and no more."""
        if self.view is not None and self.is_attached:
            self._fit()
            self.redraw()

    def on_resize(self, event: object) -> None:
        """A narrower line may need another one."""
        del event
        self._fit()
        self.redraw()

    def _fit(self) -> None:
        if self.view is None or not self.size.width:
            return
        self.styles.height = height_of(self.view, self.size.width, self.app.size.height)

    def draw(self, width: int, height: int) -> Lines:
        """The lines; what went wrong, else the verdict, comes second where there are few rows."""
        if self.view is None:
            return [[("reading ...", Role.MUTED)]]
        first = heading_line(self.view, width, self.glyphs)
        progress = progress_line(self.view, width, self.glyphs, waiting_words(self.app))
        verdict = verdict_lines(self.view, width)
        trouble = trouble_lines(self.view.whole, width)
        if 2 + len(verdict) + len(trouble) <= height:
            return [first, progress, *verdict, *trouble]
        why = _failure(self.view.whole, width)
        if height > 1 and len(why) < height:
            return [first, *(trouble or verdict or [progress])][: max(height, 2)]
        if len(why) > height > 0:
            return [
                *why[: height - 1],
                [*padded(why[height - 1], width - 1), (self.glyphs.ellipsis, Role.MUTED)],
            ]
        return why or [first]


def height_of(view: RunView, width: int, app_height: int) -> int:
    """The rows the header takes of an app so high: of few, what the reason for a failure needs.

    It takes the place of charts in which there is nothing to see, and leaves others four rows.
    """
    trouble = trouble_lines(view.whole, width)
    if app_height >= 20:
        rows = 2 + len(verdict_lines(view, width)) + len(trouble)
        return max(rows, 4) if app_height >= 36 else rows
    if not _failure(view.whole, width):
        return 2
    room = app_height - 2 - 4 * bool(view.whole.state.epochs)
    return max(2, min(1 + len(trouble), room))


def heading_line(view: RunView, width: int, glyphs: Glyphs) -> Line:
    """State, title, id; then what it runs, as far as it fits."""
    words = wording.STATES[view.whole.status.state]
    glyph = words.glyph if glyphs.braille else words.ascii_glyph
    state: Piece = (f"{glyph} {words.word}", Role(view.whole.status.state))
    if view.whole.is_unknown:
        state = ("no such run", Tone.BAD)
    facts, brief = facts_text(view.whole)
    title = clean(view.config.title or view.config.name, 80) if view.config else ""
    run_id = clean(view.whole.run_id, 80)
    left: list[Piece] = [state, ("   ", Role.BLANK)]
    room = width - len(state[0]) - 3
    if title and len(title) + len(run_id) + 3 <= room:
        left += [(title, Tone.STRONG), ("   ", Role.BLANK), (run_id, Role.MUTED)]
    else:
        left.append((fitted(run_id or title, max(0, room), glyphs.ellipsis).rstrip(), Tone.STRONG))
    used = sum(len(cells_of(text)) for text, _ in left)
    for text in (facts, brief):
        rest = width - used - len(cells_of(text))
        if rest >= 2:
            return [*left, (" " * rest, Role.BLANK), (text, Role.MUTED)]
    return left


def facts_text(snapshot: Snapshot) -> tuple[str, str]:
    """Protocol, data set, seed and device in a few words, and in fewer."""
    config, started = snapshot.config, snapshot.state.started
    if config is None:
        return "", ""
    where = clean(snapshot.status.elsewhere, 30)
    device = [clean(started.device, 20) + (f" on {where}" if where else "")] if started else []
    protocol = f"{config.protocol} protocol"
    if config.derived is not None:
        protocol = f"derived, from scratch · {protocol}"
    every = [protocol, clean(config.dataset, 60), f"seed {config.seed}", *device]
    return " · ".join(every), " · ".join([protocol, *device])


def progress_line(view: RunView, width: int, glyphs: Glyphs, waits: str) -> Line:
    """The replayed epoch, or how far the run is and how fast it goes, or what a queued one `waits` for."""
    if view.epoch is not None:
        return _replay_line(view, width, glyphs)
    pace = pace_of(view.whole)
    status = view.whole.status
    label = f"epoch {pace.num_done}/{pace.num_epochs}"
    if not view.whole.exists:
        return [(f"{label}   when its folder went", Role.MUTED)] if view.config else []
    if status.state == QUEUED:
        return [(f"{label}   {waits}", Role.MUTED)]
    texts = _pace_texts(pace, status)
    text = "   ".join(texts)
    room = width - len(label) - 2 - len(text) - 2
    if room < 8:
        text = texts[-1] if texts else ""
        room = width - len(label) - 2 - len(text) - 2
    bar = meter_bar(pace.fraction, max(0, room), glyphs)
    return [(f"{label}  ", Role.TEXT), *bar, (f"  {text}", Role.TEXT)]


def _pace_texts(pace: Pace, status: Status) -> list[str]:
    if not status.is_live:
        took = wording.duration(pace.seconds_taken)
        return [f"took {took}"] if took != wording.ABSENT else []
    texts = [f"{pace.phase} {pace.step}/{pace.num_steps}"] if pace.phase else []
    texts += [f"loss {wording.number(pace.loss)}"] if pace.loss is not None else []
    speed = wording.rate(pace.steps_per_second, "image" if pace.phase == "evaluation" else "step")
    texts += [speed] if speed != wording.ABSENT else []
    return [*texts, wording.eta(pace.eta_seconds)]


def _replay_line(view: RunView, width: int, glyphs: Glyphs) -> Line:
    assert view.epoch is not None
    epochs = view.whole.state.epochs
    label = f" REPLAY epoch {view.epoch} "
    last = epochs[-1].epoch if epochs else 0
    hint = f"  last is {last}; end leaves the replay"
    room = width - len(label) - len(hint) - 2
    bar = meter_bar((view.epoch + 1) / max(1, view.num_epochs), max(0, room), glyphs, Role.CURSOR)
    return [
        (label, Tone.TAB_REPLAY),
        (" ", Role.BLANK),
        *bar,
        (hint[: max(0, width - len(label) - 1)], Role.MUTED),
    ]


def verdict_lines(view: RunView, width: int) -> list[Line]:
    """The verdict's word, and why, on the lines it takes; none of a run that ended without an epoch."""
    verdict = view.shown.verdict
    if verdict is not None and verdict.word == TOO_EARLY and view.whole.status.is_over and not view.latest:
        return []
    if verdict is None:
        if view.whole.is_unknown:
            return []
        error = view.whole.config_error or "it is missing"
        return wrapped(f"configuration unreadable: {clean(error, 300)}", width, Tone.BAD)[:3]
    word = f" {verdict.word} " if verdict.word == COLLAPSED else verdict.word
    why = wrapped(verdict.sentence.removeprefix(verdict.word), max(1, width - len(word) - 1), Role.TEXT)
    tone = VERDICT_TONES.get(verdict.word, Tone.STRONG)
    # A colon follows the word itself, a since follows it after a space.
    gap = "" if verdict.sentence[len(verdict.word) :].startswith(":") else " "
    first: Line = [(word, tone), (gap, Role.BLANK), *why[0]]
    return [first, *([(" " * (len(word) + 1), Role.BLANK), *line] for line in why[1:3])]


def trouble_lines(snapshot: Snapshot, width: int) -> list[Line]:
    """Why a run failed, crashed, stopped or stalled, whole; warnings, and lines that could not be read."""
    status, state = snapshot.status, snapshot.state
    lines: list[Line] = []
    reason, trace = status.reason, clean(status.traceback_last_line, 600)
    if not snapshot.exists:
        gone = wrapped(f"{GONE}; {WAY_BACK}", width, Tone.BAD)
        return [*gone, *(_reason(snapshot, width) if reason and status.is_over and state.num_events else [])]
    if status.state == STALLED:
        since = time.strftime("%H:%M:%S", time.localtime(state.last_time or 0))
        words = f"no event since {since}" if state.last_time else "it has said nothing yet"
        lines.append([(f"stalled: {words}; its process is alive, l shows its log", Role.STALLED)])
    elif reason and status.is_over:
        lines += _reason(snapshot, width)
    if trace:
        lines += wrapped(trace, width, Role.MUTED)[:2]
    elif snapshot.last_log_line and status.state in (FAILED, CRASHED):
        lines += wrapped(f"log: {clean(snapshot.last_log_line, 300)}", width, Role.MUTED)[:2]
    if state.warnings:
        lines += wrapped(f"warning: {clean(state.warnings[-1], 300)}", width, Tone.WARN)[:2]
    if state.num_broken_lines:
        text = f"{wording.counted(state.num_broken_lines, 'line')} of its journal could not be read"
        lines.append([(text, Tone.WARN)])
    return lines


def _reason(snapshot: Snapshot, width: int) -> list[Line]:
    status = snapshot.status
    text = f"{status.state}: {clean(status.reason, 600)}"
    return wrapped(text, width, Role(status.state))[: max(3, MOST_REASON // max(1, width))]


def _failure(snapshot: Snapshot, width: int) -> list[Line]:
    """Why a run did not come to its end; nothing for any other."""
    is_lost = snapshot.status.state in (FAILED, CRASHED) and snapshot.status.reason
    return _reason(snapshot, width) if is_lost else []
