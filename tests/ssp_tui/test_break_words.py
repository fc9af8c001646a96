"""What is said of a break, of its chain and of defences, from new journals and from old ones."""

import dataclasses
from pathlib import Path

import pytest

from engine.plan.hazard import Hazard
from engine.plan.presets import resolve_config
from engine.record.events import ChainNorm
from engine.record.folder import RunFolder
from engine.record.measures import DefenceMeasures
from engine.record.state import RunState
from ssp_tui.break_words import norm_place, overflow_words, steps_to_fatal
from ssp_tui.charts.glyphs import UNICODE
from ssp_tui.cleaning import clean
from ssp_tui.defence_words import defences_done, defences_on
from ssp_tui.panels.first_event import chain_lines, event_lines
from ssp_tui.panels.numerics import figure_lines
from ssp_tui.run_view import RunView
from ssp_tui.snapshot import Snapshot
from tests.fakes import fake_break, fake_epoch, fake_started
from tests.hostile import HOSTILE

NORMS = (
    ChainNorm(8, "conv5x5", "layers.8.operations.2.0.norm", 315.2, 16_730.0),
    ChainNorm(7, "conv3x3 d50", "layers.7.reductions.7.norm", 308.0, 5.9e6),
    ChainNorm(6, "conv3x3 d50", "layers.6.operations.7.2", 316.0, 2.1e14),
    ChainNorm(2, "dropout p1", "layers.2.norm", float("inf"), float("inf")),
)


def text_of(lines: object) -> str:
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)  # type: ignore[attr-defined]


def test_norm_and_entry_overflow_are_told_apart() -> None:
    null = dataclasses.replace(
        fake_break("null_step"), overflow="norm", num_bad_entries=0, largest_gradient=9.4e24
    )
    fatal = dataclasses.replace(fake_break(), overflow="entry", num_bad_entries=12_345)
    assert overflow_words(null) == (
        "norm overflow: every entry is finite, the largest 9.4e24, the sum of their squares is not"
    )
    assert overflow_words(fatal) == "entry overflow: 12,345 gradient entries are not finite"


def test_an_old_journal_says_what_its_kind_says() -> None:
    assert overflow_words(fake_break("null_step")).startswith("norm overflow: every entry is finite, the sum")
    assert overflow_words(fake_break()) == "entry overflow: some gradient entries are not finite"
    assert chain_lines(fake_break(), 80) == []


@pytest.mark.parametrize("is_old", [True, False])
def test_the_way_from_the_first_harmless_overflow_to_the_fatal_one_is_counted(is_old: bool) -> None:
    null, fatal = fake_break("null_step", step=4), fake_break(step=23)
    if not is_old:
        fatal = dataclasses.replace(fatal, first_null_step=4, num_null_steps=3)
    words = steps_to_fatal(fatal, (null, fatal))
    assert words.startswith("19 steps after the first harmless overflow at step 4")
    assert ("3 null steps" in words) == (not is_old)
    assert steps_to_fatal(fatal, (fatal,) if is_old else (null,)).startswith(
        "no harmless" if is_old else "19"
    )
    assert steps_to_fatal(null, (null, fatal)) == ""


def test_the_chain_is_drawn_norm_by_norm_at_every_width() -> None:
    broke = dataclasses.replace(fake_break(), chain_norms=NORMS)
    assert text_of(chain_lines(broke, 100)).splitlines()[1:] == [
        "THE CHAIN, FROM THE HEAD DOWN              grew by   to at most",
        "    9 conv5x5      after its 1x1               315        16730",
        "    8 conv3x3 d50  reduction of output 8       308        5.9e6",
        "    7 conv3x3 d50  after its kernel            316       2.1e14",
        "    3 dropout p1   of the sum                  inf          inf",
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_names_from_a_strangers_journal_are_cleaned(text: str) -> None:
    broke = dataclasses.replace(fake_break(), chain_norms=(ChainNorm(1, text, text, 1.0, 1.0),))
    drawn = text_of(chain_lines(broke, 100))
    assert drawn == clean(drawn, 1000) or "\n" in drawn
    assert "\x1b" not in drawn
    assert "\x1b" not in norm_place(text)


def defended_state() -> RunState:
    did = DefenceMeasures(2, (5, 9), 3, (7, 20, 31), (0, 20, 20), 20)
    epochs = (fake_epoch(0), dataclasses.replace(fake_epoch(1), defences=did))
    return RunState(started=fake_started(), epochs=epochs, broke=(fake_break(step=7),))


def test_what_the_defences_did_is_added_up() -> None:
    assert defences_done((fake_epoch(0),)) == ""
    assert defences_done(defended_state().epochs) == (
        "2 updates skipped; 3 rollbacks undid 20 steps, last 31"
    )


def test_which_defences_are_on_is_said_in_words() -> None:
    names = ("skip_nonfinite", "rollback", "drop_duplicates", "factorised_controller")
    config = resolve_config("3d", {}, [f"defences.{name}=on" for name in names])
    assert defences_on(config) == (
        "skips updates that are not finite; rolls back to snapshots of every 20 steps; "
        "drops duplicates: N = 306 becomes 7; chooses among 7 kinds first"
    )
    assert defences_on(resolve_config("3d", {}, [])) == ""


def view_of(hazard: Hazard | None) -> RunView:
    config = resolve_config("one-shot-6", {}, [])
    return RunView(Snapshot(RunFolder(Path("/x")), config, state=defended_state()), hazard=hazard)


def test_the_expected_step_stands_beside_the_seen_one() -> None:
    drawn = text_of(figure_lines(view_of(Hazard(100_000, 580, 2640)), "x", "o", 70, ""))
    assert "hazard 5.8e-3  NaN expected step 172, epoch 0.490  seen step 7" in drawn
    assert "defended 2 updates skipped; 3 rollbacks undid 20 steps" in drawn


def test_a_hazard_that_no_sample_showed_is_a_bound_and_a_space_without_any_says_nothing() -> None:
    assert "hazard < 3.0e-5  expected hardly" in text_of(
        figure_lines(view_of(Hazard(100_000, 0, 10)), "x", "o", 40, "")
    )
    for hazard in (None, Hazard(0, 0, 0)):
        assert "hazard" not in text_of(figure_lines(view_of(hazard), "x", "o", 70, "")).replace("hijack", "")


def test_the_window_of_the_first_event_holds_the_chain_and_both_overflow_lines() -> None:
    fatal = dataclasses.replace(
        fake_break(), overflow="entry", num_bad_entries=3, first_null_step=4, chain_norms=NORMS
    )
    view = view_of(None)
    snapshot = dataclasses.replace(view.whole, state=RunState(started=fake_started(), broke=(fatal,)))
    drawn = text_of(event_lines(snapshot, 0, 76, UNICODE))
    assert "entry overflow: 3 gradient entries are not finite" in drawn
    assert "19 steps after the first harmless overflow at step 4" in drawn
    assert "THE CHAIN, FROM THE HEAD DOWN" in drawn
    assert drawn.count("reduction of output 8") == 1
