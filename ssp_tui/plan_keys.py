"""The keys of the screens that plan and compare: Compose, Presets, Compare."""

from ssp_tui.keys import Key

PICK_KEYS = (
    Key("compose.pick_p1", "i", "do('pick', 'P1')", "", "poison with P1: identity"),
    Key("compose.pick_p2", "g", "do('pick', 'P2')", "", "poison with P2: Gaussian noise"),
    Key("compose.pick_p3", "d", "do('pick', 'P3')", "", "poison with P3: dropout"),
    Key("compose.pick_p4", "t", "do('pick', 'P4')", "", "poison with P4: transposed convolutions"),
    Key("compose.pick_p5", "a", "do('pick', 'P5')", "", "poison with P5: all of these"),
    Key(
        "compose.pick_p3_plus",
        "o",
        "do('pick', 'P3+')",
        "",
        "poison with P3+, one shot: dropout and a stretched conv",
    ),
    Key("compose.pick_none", "c", "do('pick', 'none')", "", "take all poison out"),
)
"""The paper's poisoning sets."""

FORM_KEYS = (
    Key("compose.toggle", "space", "do('toggle')", "In/out", "take the operation into the space, or out"),
    Key("compose.less", "left", "do('step', -1)", "Less", "the round value, or choice, before"),
    Key("compose.more", "right", "do('step', 1)", "More", "the next round value, or choice"),
    Key("compose.edit", "enter", "edit", "Edit", "type a value; digits begin at once; esc undoes"),
    Key("compose.next_field", "tab", "do('move_field', 1)", "Field", "the next field, within a row too"),
    Key("compose.last_field", "shift+tab", "do('move_field', -1)", "", "the field before"),
    Key("compose.up", "up,k", "do('move_row', -1)", "", "a row up"),
    Key("compose.down", "down,j", "do('move_row', 1)", "", "a row down"),
    Key("compose.page_up", "pageup", "do('move_row', -10)", "", "ten rows up"),
    Key("compose.page_down", "pagedown", "do('move_row', 10)", "", "ten rows down"),
    Key("compose.one_less", "minus", "do('step', -1, True)", "", "one less"),
    Key("compose.one_more", "plus,equals_sign", "do('step', 1, True)", "", "one more"),
    Key(
        "compose.again",
        "n",
        "do('duplicate')",
        "",
        "this poison once more, with parameters of its own",
    ),
)
"""What the form itself does."""

COMPOSE_SCREEN_KEYS = (
    Key("compose.launch", "l", "launch", "", "launch it, and watch", changes=True),
    Key("compose.save", "s", "save", "Save", "keep it as a preset of your own", changes=True),
    Key("compose.copy", "y", "copy", "Copy", "copy the equivalent command"),
    Key("compose.paste", "v", "paste", "Paste", "take a launch command, and show what it means"),
    Key("compose.back", "escape", "back", "Runs", "to the runs; the form stays as it is"),
)

COMPOSE_KEYS = (COMPOSE_SCREEN_KEYS[0], *FORM_KEYS, *COMPOSE_SCREEN_KEYS[1:], *PICK_KEYS)

PROMPT_KEYS = (Key("prompt.back", "escape", "back", "Back", "close"),)

PRESETS_KEYS = (
    Key(
        "presets.launch",
        "l",
        "launch",
        "Launch",
        "launch it, or the marked ones, with some seeds each",
        changes=True,
    ),
    Key(
        "presets.suite",
        "u",
        "launch_suite",
        "Suite",
        "launch the whole paper, or it reduced, as one queue",
        changes=True,
    ),
    Key("presets.open", "enter", "open", "Show", "its whole configuration"),
    Key("presets.compose", "e", "compose", "Edit", "open it in Compose, to change and launch"),
    Key("presets.select", "space", "select", "Select", "mark this preset"),
    Key("presets.select_paper", "a", "select_paper", "The paper", "mark every row of the paper, or none"),
    Key("presets.clear", "escape", "clear", "Back", "drop the marks; then, to the runs"),
)

CONFIGURATION_KEYS = (
    Key("configuration.up", "up,k", "scroll(-1)", "", "a row up"),
    Key("configuration.down", "down,j", "scroll(1)", "", "a row down"),
    Key("configuration.page_up", "pageup", "scroll(-15)", "", "a page up"),
    Key("configuration.page_down", "pagedown,space", "scroll(15)", "Scroll", "a page down"),
    Key("configuration.compose", "e", "compose", "Edit", "open it in Compose, to change and launch"),
    Key("configuration.back", "escape,backspace,enter", "back", "Back", "to the presets"),
)

COMPARE_KEYS = (
    Key("compare.choose", "enter", "choose", "Choose runs", "mark the runs to compare"),
    Key(
        "compare.next_metric", "right", "metric(1)", "Error", "the next error: validation, test, poison inert"
    ),
    Key("compare.last_metric", "left", "metric(-1)", "", "the error before"),
    Key("compare.smooth", "v", "smooth", "Average", "the mean over 20 epochs, or as measured"),
    Key(
        "compare.maximise",
        "m",
        "maximise",
        "Maximise",
        "curves, figures or differences alone; then all again",
    ),
    Key("compare.up", "up,k", "move(-1)", "", "scroll the tables up"),
    Key("compare.down", "down,j", "move(1)", "", "scroll the tables down"),
    Key("compare.back", "escape", "back", "Back", "all parts again; then, to the runs"),
)

CHOOSE_KEYS = (
    Key("choose.mark", "space", "mark", "Mark", "mark this run"),
    Key("choose.done", "enter", "done", "Compare", "compare the marked runs"),
    Key("choose.back", "escape", "back", "Back", "leave the comparison as it was"),
)
