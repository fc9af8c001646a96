"""Every key of the dashboard in tables, from which bindings, footers and the help screen are made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from textual.binding import Binding, BindingType


@dataclass(frozen=True)
class Key:
    """One thing a person can do, and the keys that do it."""

    name: str
    """Its name in keys.toml, as in `runs.stop`."""
    keys: str
    """Textual's names of the keys, several with commas between; plain ones only, so that tmux passes them."""
    action: str
    """Runs `action_...` of the screen or the app."""
    label: str
    """A word or two for the footer; empty keeps it out."""
    help: str
    """A line for the help screen."""
    priority: bool = False
    """Whether it goes before what the focused widget makes of the key."""
    changes: bool = False
    """Whether it launches, stops or changes anything: not offered where one can only read."""


APP_KEYS = (
    Key("app.runs", "1", "show('runs')", "Runs", "all runs and their states"),
    Key("app.compose", "2", "show('compose')", "Compose", "put a search space together and launch it"),
    Key("app.presets", "3", "show('presets')", "Presets", "the paper's experiments, ready to launch"),
    Key("app.compare", "4", "show('compare')", "Compare", "runs over each other, and what differs"),
    Key("app.help", "question_mark,f1", "help", "Help", "this page"),
    Key("app.palette", "ctrl+p", "command_palette", "Palette", "find any command by its name"),
    Key("app.theme", "f2", "next_theme", "", "dark or light"),
    Key("app.quit", "q,ctrl+q", "quit", "Quit", "leave; engines go on"),
)
"""Everywhere; screens have their own tables beside these."""

LIST_KEYS = (
    Key("list.up", "up,k", "move(-1)", "", "a row up"),
    Key("list.down", "down,j", "move(1)", "", "a row down"),
    Key("list.page_up", "pageup", "move_page(-1)", "", "a page up"),
    Key("list.page_down", "pagedown", "move_page(1)", "", "a page down"),
    Key("list.first", "home,g", "move_to(0)", "", "to the first row"),
    Key("list.last", "end,G", "move_to(-1)", "", "to the last row"),
)
"""In every list one moves in: of runs, and of presets."""

RUNS_KEYS = (
    Key("runs.open", "enter", "open", "Open", "watch this run, or replay it"),
    Key("runs.log", "l", "log", "Log", "what its engine wrote"),
    Key("runs.select", "space", "select", "Select", "mark this run for what comes next"),
    Key("runs.compare", "c", "compare", "Compare", "lay the marked runs over each other"),
    Key("runs.stop", "s", "stop", "Stop", "finish the step, save, and end", changes=True),
    Key("runs.resume", "r", "resume", "Resume", "go on exactly where it stopped", changes=True),
    Key("runs.remove", "x,delete", "remove", "Remove", "delete a run's folder, after asking", changes=True),
    Key("runs.pause", "p", "pause", "Pause", "start nothing new from the queue, or go on", changes=True),
    Key("runs.sooner", "u", "shift(-1)", "", "move a waiting run up in the queue", changes=True),
    Key("runs.later", "d", "shift(1)", "", "move a waiting run down in the queue", changes=True),
    Key("runs.first", "U", "first", "", "move a waiting run to the front of the queue", changes=True),
    Key("runs.raise", "plus", "prioritise(1)", "", "a higher priority in the queue", changes=True),
    Key("runs.lower", "minus", "prioritise(-1)", "", "a lower priority in the queue", changes=True),
    Key("runs.slots", "n", "slots", "", "how many runs at a time, per GPU and on the CPU", changes=True),
    Key("runs.filter", "slash", "filter", "Filter", "show only some, such as: state=failed"),
    Key("runs.preview", "v", "preview", "Preview", "what the run under the cursor came to, or no more"),
    Key("runs.sort", "o", "sort", "Sort", "order by the next column"),
    Key("runs.reverse", "O", "reverse", "", "turn the order round"),
    Key("runs.clear", "escape", "clear", "", "drop the filter, then the marks"),
)

RUN_KEYS = (
    Key("run.earlier", "left", "step(-1)", "Replay", "show the epoch before"),
    Key("run.later", "right", "step(1)", "", "show the epoch after"),
    Key("run.first", "home", "step_to('first')", "", "show the first epoch"),
    Key("run.live", "end", "step_to('live')", "Live", "leave the replay"),
    Key("run.better", "up", "candidate(-1)", "", "the next better of the epoch's candidates"),
    Key("run.worse", "down", "candidate(1)", "Candidates", "the next worse one"),
    Key("run.triangle", "t", "triangle", "", "skip connections as lanes or as a triangle of dots"),
    Key("run.next_panel", "tab", "panel(1)", "Panel", "go to the next panel", priority=True),
    Key("run.last_panel", "shift+tab", "panel(-1)", "", "go to the panel before", priority=True),
    Key("run.maximise", "m", "maximise", "Maximise", "give the panel the whole screen, or back"),
    Key("run.detail", "enter", "detail", "First break", "where numbers first broke, layer by layer"),
    Key("run.rewards", "w", "rewards", "Rewards", "the policy, or each operation's marginal reward"),
    Key("run.log", "l", "log", "Log", "what its engine wrote"),
    Key("run.compose", "e", "compose_again", "", "edit its configuration as a new run"),
    Key("run.stop", "s", "stop", "Stop", "finish the step, save, and end", changes=True),
    Key("run.resume", "r", "resume", "Resume", "go on exactly where it stopped", changes=True),
    Key("run.remove", "x,delete", "remove", "", "delete the run's folder, after asking", changes=True),
    Key("run.back", "escape,backspace", "back", "Back", "a maximised panel, the replay, then this run"),
)

LOG_KEYS = (
    Key("log.turn", "tab", "turn", "Log/events", "the engine's log, or the run's events", priority=True),
    Key("log.follow", "f", "follow", "Follow", "stay at the end as lines come"),
    Key("log.top", "home,g", "to_top", "Top", "go to the first line kept"),
    Key("log.end", "end,G", "to_end", "End", "go to the last line"),
    Key("log.up", "up,k", "focused.move(-1)", "", "a line up"),
    Key("log.down", "down,j", "focused.move(1)", "", "a line down"),
    Key("log.page_up", "pageup", "focused.page(-1)", "", "a page up"),
    Key("log.page_down", "pagedown,space", "focused.page(1)", "", "a page down"),
    Key("log.back", "escape,backspace,l", "back", "Back", "leave the log"),
)

DETAIL_KEYS = (
    Key("detail.back", "escape,enter,backspace,q", "back", "Back", "close"),
    Key("detail.earlier", "left", "turn(-1)", "", "the kind of value before"),
    Key("detail.later", "right", "turn(1)", "", "the next kind of value that broke"),
    Key("detail.up", "up,k", "move(-1)", "", "scroll up"),
    Key("detail.down", "down,j", "move(1)", "", "scroll down"),
    Key("detail.page_up", "pageup", "move(-15)", "", "a page up"),
    Key("detail.page_down", "pagedown,space", "move(15)", "", "a page down"),
    Key("detail.help", "question_mark,f1", "app.help", "", "this page"),
)

HELP_KEYS = (
    Key("help.back", "escape,q,question_mark,f1,enter", "back", "Back", "close"),
    Key("help.up", "up,k", "move(-1)", "", "scroll up"),
    Key("help.down", "down,j", "move(1)", "", "scroll down"),
    Key("help.page_up", "pageup", "move(-15)", "", "a page up"),
    Key("help.page_down", "pagedown,space", "move(15)", "", "a page down"),
)

QUESTION_KEYS = (
    Key("question.yes", "y", "answer(True)", "Yes", "agree"),
    Key("question.no", "n,escape,q,enter", "answer(False)", "No", "leave everything as it is"),
    Key("question.help", "question_mark,f1", "app.help", "", "this page"),
)


def bindings(table: Iterable[Key]) -> list[BindingType]:
    """Textual's bindings for a table."""
    return [
        Binding(
            key.keys, key.action, key.label or key.help, key.label != "", priority=key.priority, id=key.name
        )
        for key in table
    ]


_SHOWN = {
    "question_mark": "?",
    "slash": "/",
    "escape": "esc",
    "enter": "enter",
    "left": "◂",
    "right": "▸",
    "up": "▴",
    "down": "▾",
    "delete": "del",
    "colon": ":",
    "comma": ",",
    "full_stop": ".",
    "minus": "-",
    "plus": "+",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}


def shown_key(name: str) -> str:
    """A key as it is printed: ? for question_mark, ^p for ctrl+p."""
    modifier, _, rest = name.rpartition("+")
    shown = _SHOWN.get(rest, rest)
    return f"^{shown}" if modifier == "ctrl" else f"{modifier}+{shown}" if modifier else shown


def shown_keys(key: Key, keymap: Mapping[str, str], most: int = 1) -> str:
    """The first keys of an action as they are printed, after rebinding."""
    names = [name.strip() for name in keymap.get(key.name, key.keys).split(",")]
    return " ".join(shown_key(name) for name in names[:most])
