"""Which colour and weight each meaning has, on dark, light, 16-colour and colourless terminals."""

import functools
from collections.abc import Mapping
from enum import StrEnum

from rich.style import Style
from textual.theme import BUILTIN_THEMES, Theme

from ssp_tui.charts.heat import UNIFORM
from ssp_tui.charts.roles import HEAT, LANES, RUNS, Role


class Tone(StrEnum):
    """Meanings outside the charts: headings, keys, marks of the selection."""

    BRAND = "brand"
    TITLE = "title"
    """A panel's name."""
    TITLE_FOCUSED = "title-focused"
    RULE = "rule"
    RULE_FOCUSED = "rule-focused"
    TAB = "tab"
    TAB_CURRENT = "tab-current"
    TAB_REPLAY = "tab-replay"
    """The mark of a replay: what is shown is not now."""
    KEY = "key"
    KEY_LABEL = "key-label"
    STRONG = "strong"
    COLUMN = "column"
    """A table's heads."""
    COLUMN_SORTED = "column-sorted"
    MARKED = "marked"
    """The mark of a selected row."""
    GOOD = "good"
    BAD = "bad"
    WARN = "warn"
    CODE = "code"
    COLLAPSED = "collapsed"
    LEARNING = "learning"
    STALLED_POLICY = "stalled-policy"
    TOO_EARLY = "too-early"


DARK, LIGHT, ANSI, MONO = "ssp-dark", "ssp-light", "ssp-16", "ssp-mono"

CURSOR_ROW = {DARK: "on #1f2a3c", LIGHT: "on #d9e6f5", ANSI: "reverse", MONO: "reverse"}
"""The style under the row a table's cursor stands on."""

_COLD, _MIDDLE, _HOT = (70, 140, 255), (170, 176, 190), (255, 176, 46)
_LIGHT_COLD, _LIGHT_MIDDLE, _LIGHT_HOT = (20, 70, 200), (120, 126, 140), (176, 96, 0)

_DARK_SERIES = ("#4fc3f7", "#ffab5e", "#ba9df2", "#f48fb1", "#d4c95f", "#6fd08c", "#80cbc4", "#ff8a65")
_LIGHT_SERIES = ("#0277bd", "#b35900", "#6a3fb5", "#b0285f", "#6f6500", "#1d7a3a", "#00695c", "#a3401b")
_ANSI_SERIES = ("bright_cyan", "yellow", "magenta", "bright_blue", "white", "green", "cyan", "bright_red")

_DARK = {
    "text": "#d5dae3", "strong": "#f2f5fa", "muted": "#8590a3", "faint": "#3d4656", "axis": "#505b6e",
    "accent": "#5ec8f8", "guide": "#d8c268", "cursor": "#8fa3c7", "clean": "#6fd08c", "poison": "#ff6b64",
    "nan": "#f06bf0", "null": "#ffd54f", "raw": "#3f85a8", "raw2": "#a87a4c", "inert": "#8fdde8",
    "inert2": "#ffd9a0", "bar": "#5b8fd9", "density": "#a9c7f5", "uniform": "#e6e9ef", "chain": "#ff79c6",
    "on_accent": "#0d1117", "alarm": "#ff6b64", "on_alarm": "#0d1117",
}  # fmt: skip
_LIGHT = {
    "text": "#24292f", "strong": "#000000", "muted": "#5d6673", "faint": "#c3cad3", "axis": "#9aa4b1",
    "accent": "#0366a6", "guide": "#7a6300", "cursor": "#56709c", "clean": "#1a7f37", "poison": "#c21f1f",
    "nan": "#a000a0", "null": "#8a5800", "raw": "#7fb6d6", "raw2": "#d9a878", "inert": "#00707c",
    "inert2": "#8a5a12", "bar": "#3a6ab8", "density": "#2d5fa8", "uniform": "#24292f", "chain": "#b0106f",
    "on_accent": "#ffffff", "alarm": "#c21f1f", "on_alarm": "#ffffff",
}  # fmt: skip
_ANSI = {
    "text": "default", "strong": "bold", "muted": "bright_black", "faint": "bright_black",
    "axis": "bright_black", "accent": "bright_cyan", "guide": "yellow", "cursor": "bright_blue",
    "clean": "green", "poison": "bright_red", "nan": "bright_magenta", "null": "bright_yellow",
    "raw": "blue", "raw2": "yellow", "inert": "bright_blue", "inert2": "bright_yellow", "bar": "blue",
    "density": "bright_blue", "uniform": "bright_white", "chain": "magenta", "on_accent": "black",
    "alarm": "red", "on_alarm": "bright_white",
}  # fmt: skip


def themes() -> tuple[Theme, ...]:
    """The themes to register with the app."""
    return (
        Theme(
            DARK, primary="#5ec8f8", secondary="#ba9df2", accent="#5ec8f8", warning="#ffd54f",
            error="#ff6b64", success="#6fd08c", foreground="#d5dae3", background="#0d1117",
            surface="#141a23", panel="#1b2330", dark=True,
            variables={"faint": "#3d4656", "muted": "#8590a3", "cursor-row": "#1f2a3c"},
        ),
        Theme(
            LIGHT, primary="#0366a6", secondary="#6a3fb5", accent="#0366a6", warning="#9a6200",
            error="#c21f1f", success="#1a7f37", foreground="#24292f", background="#fbfcfd",
            surface="#f1f4f7", panel="#e6ebf0", dark=False,
            variables={"faint": "#c3cad3", "muted": "#5d6673", "cursor-row": "#d9e6f5"},
        ),
        *(
            Theme(
                name, primary="ansi_bright_cyan", secondary="ansi_magenta", accent="ansi_bright_cyan",
                warning="ansi_yellow", error="ansi_bright_red", success="ansi_green",
                foreground="ansi_default", background="ansi_default", surface="ansi_default",
                panel="ansi_default", boost="ansi_default", dark=True, ansi=True,
                variables={
                    **BUILTIN_THEMES["ansi-dark"].variables,
                    "faint": "ansi_bright_black", "muted": "ansi_bright_black", "cursor-row": "ansi_blue",
                },
            )
            for name in (ANSI, MONO)
        ),
    )  # fmt: skip


@functools.cache
def styles_of(theme: str) -> Mapping[str, Style]:
    """The style of every role and tone under a theme, by the role's own text."""
    makers = {DARK: _dark, LIGHT: _light, ANSI: _ansi, MONO: _mono}
    texts = makers.get(theme, _dark)()
    assert set(texts) == {*Role, *Tone}, {*Role, *Tone} ^ set(texts)
    return {str(role): Style.parse(text) for role, text in texts.items()}


@functools.cache
def cursor_style(theme: str) -> Style:
    """What lies under the row a table's cursor stands on."""
    return Style.parse(CURSOR_ROW.get(theme, CURSOR_ROW[DARK]))


@functools.lru_cache(64)
def styles_on(theme: str, base: Style) -> Mapping[str, Style]:
    """The same over a widget's own colours, so that its background shows through.

    A reversed row keeps their weights alone: each colour in it would be a patch of background.
    """
    styles = styles_of(theme)
    return {role: base + (style.without_color if base.reverse else style) for role, style in styles.items()}


def _dark() -> dict[StrEnum, str]:
    return _coloured(_DARK, _DARK_SERIES, _ramp(_COLD, _MIDDLE, _HOT))


def _light() -> dict[StrEnum, str]:
    return _coloured(_LIGHT, _LIGHT_SERIES, _ramp(_LIGHT_COLD, _LIGHT_MIDDLE, _LIGHT_HOT))


def _ansi() -> dict[StrEnum, str]:
    heat = ["bright_blue"] * 5 + ["white"] * 5 + ["bright_yellow"] * 6
    return _coloured(_ANSI, _ANSI_SERIES, heat)


def _mono() -> dict[StrEnum, str]:
    """Weight, slant and reverse alone; glyphs carry the rest."""
    texts: dict[StrEnum, str] = dict.fromkeys((*Role, *Tone), "none")
    loud = (
        Role.POISONED, Role.NAN, Role.CHAIN, Role.FAILED, Role.CRASHED, Role.VALIDATION, Role.TEST,
        Role.GRADIENT, Tone.BRAND, Tone.TITLE, Tone.TITLE_FOCUSED, Tone.STRONG, Tone.KEY,
        Tone.LEARNING, Tone.BAD, Tone.COLUMN_SORTED, Tone.MARKED,
    )  # fmt: skip
    texts |= dict.fromkeys(loud, "bold")
    quiet = (Role.MUTED, Role.AXIS, Role.METER_TRACK, Role.VALIDATION_RAW, Role.TEST_RAW, Tone.RULE)
    texts |= dict.fromkeys(quiet, "dim")
    texts |= {
        Tone.TAB_REPLAY: "reverse",
        Tone.TAB_CURRENT: "bold reverse",
        Tone.COLLAPSED: "bold reverse",
        Tone.RULE_FOCUSED: "bold",
    }
    texts |= {Tone.RULE_FOCUSED: "bold", Role.UNIFORM_ON_BAR: "reverse", Tone.TITLE_FOCUSED: "bold underline"}
    return texts


def _coloured(base: Mapping[str, str], series: tuple[str, ...], heat: list[str]) -> dict[StrEnum, str]:
    return (
        _chart_roles(base, series)
        | _state_roles(base)
        | _tones(base)
        | dict(zip(LANES, series, strict=False))
        | dict(zip(RUNS, series, strict=True))
        | dict(zip(HEAT, heat, strict=True))
    )


def _chart_roles(base: Mapping[str, str], series: tuple[str, ...]) -> dict[StrEnum, str]:
    blue, orange, violet, _, _, green, teal, _ = series
    return {
        Role.BLANK: "none", Role.TEXT: base["text"], Role.MUTED: base["muted"], Role.AXIS: base["axis"],
        Role.GUIDE: base["guide"], Role.CURSOR: base["cursor"], Role.TRAIN: base["muted"],
        Role.VALIDATION: blue, Role.VALIDATION_RAW: base["raw"], Role.VALIDATION_INERT: base["inert"],
        Role.TEST: orange, Role.TEST_RAW: base["raw2"], Role.TEST_INERT: base["inert2"],
        Role.GRADIENT: blue, Role.GRADIENT_MAXIMUM: violet, Role.REWARD: green, Role.BASELINE: blue,
        Role.ADVANTAGE: orange, Role.OP_ENTROPY: green, Role.SKIP_ENTROPY: violet, Role.CANDIDATES: teal,
        Role.NAN: f"bold {base['nan']}", Role.NULL_STEP: base["null"], Role.CLIP: base["guide"],
        Role.CLEAN: base["clean"], Role.POISONED: base["poison"], Role.CHAIN: base["chain"],
        Role.FLOOR: base["null"], Role.UNIFORM: base["uniform"],
        Role.UNIFORM_ON_BAR: f"{base['uniform']} on {base['bar']}", Role.BAR: base["bar"],
        Role.DENSITY: base["density"], Role.METER: base["clean"], Role.METER_HIGH: orange,
        Role.METER_TRACK: base["faint"],
    }  # fmt: skip


def _state_roles(base: Mapping[str, str]) -> dict[StrEnum, str]:
    return {
        Role.QUEUED: base["muted"], Role.RUNNING: base["clean"], Role.STALLED: base["null"],
        Role.STOPPED: base["text"], Role.FINISHED: base["accent"], Role.FAILED: f"bold {base['poison']}",
        Role.CRASHED: f"bold {base['poison']}",
    }  # fmt: skip


def _tones(base: Mapping[str, str]) -> dict[StrEnum, str]:
    strong = "bold" if base["strong"] == "bold" else f"bold {base['strong']}"
    return {
        Tone.BRAND: f"bold {base['accent']}", Tone.TITLE: strong,
        Tone.TITLE_FOCUSED: f"bold {base['accent']}", Tone.RULE: base["faint"],
        Tone.RULE_FOCUSED: base["accent"], Tone.TAB: base["muted"], Tone.TAB_CURRENT: strong,
        Tone.TAB_REPLAY: f"bold {base['on_accent']} on {base['cursor']}",
        Tone.KEY: f"bold {base['accent']}", Tone.KEY_LABEL: base["muted"], Tone.STRONG: strong,
        Tone.COLUMN: base["muted"], Tone.COLUMN_SORTED: f"bold {base['accent']}",
        Tone.MARKED: f"bold {base['accent']}", Tone.GOOD: base["clean"], Tone.BAD: base["poison"],
        Tone.WARN: base["null"], Tone.CODE: base["inert"],
        Tone.COLLAPSED: f"bold {base['on_alarm']} on {base['alarm']}",
        Tone.LEARNING: f"bold {base['clean']}", Tone.STALLED_POLICY: f"bold {base['null']}",
        Tone.TOO_EARLY: f"bold {base['muted']}",
    }  # fmt: skip


def _ramp(cold: tuple[int, ...], middle: tuple[int, ...], hot: tuple[int, ...]) -> list[str]:
    """Blue below uniform, amber above it, grey at it."""
    low = [_blended(cold, middle, (i / UNIFORM) ** 2) for i in range(UNIFORM)]
    num_high = len(HEAT) - UNIFORM
    return low + [_blended(middle, hot, (i / (num_high - 1)) ** 0.5) for i in range(num_high)]


def _blended(start: tuple[int, ...], end: tuple[int, ...], place: float) -> str:
    return "#" + "".join(f"{round(a + (b - a) * place):02x}" for a, b in zip(start, end, strict=True))
