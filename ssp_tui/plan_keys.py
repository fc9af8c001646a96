"""The keys of the screens that plan and compare: Compose, Presets, Compare."""

from ssp_tui.keys import Key

PICK_KEYS = (
    Key("compose.pick_p1", "i", "pick('P1')", "", "poison with P1: identity"),
    Key("compose.pick_p2", "g", "pick('P2')", "", "poison with P2: Gaussian noise"),
    Key("compose.pick_p3", "d", "pick('P3')", "", "poison with P3: dropout"),
    Key("compose.pick_p4", "t", "pick('P4')", "", "poison with P4: transposed convolutions"),
    Key("compose.pick_p5", "a", "pick('P5')", "", "poison with P5: all of these"),
    Key(
        "compose.pick_p3_plus",
        "o",
        "pick('P3+')",
        "",
        "poison with P3+, one shot: dropout and a stretched conv",
    ),
    Key("compose.pick_none", "c", "pick('none')", "", "take all poison out"),
)
"""The paper's poisoning sets."""

COMPOSE_KEYS = (
    Key("compose.launch", "l", "launch", "Launch", "launch it, and watch"),
    Key("compose.toggle", "space", "switch", "In/out", "take the operation into the space, or out of it"),
    Key("compose.less", "left", "step(-1)", "Less", "the round value, or choice, before"),
    Key("compose.more", "right", "step(1)", "More", "the next round value, or choice"),
    Key("compose.edit", "enter", "edit", "Edit", "type a value; digits begin at once; esc undoes"),
    Key("compose.next_field", "tab", "field(1)", "Field", "the next field, within a row too"),
    Key("compose.last_field", "shift+tab", "field(-1)", "", "the field before"),
    Key("compose.up", "up,k", "row(-1)", "", "a row up"),
    Key("compose.down", "down,j", "row(1)", "", "a row down"),
    Key("compose.page_up", "pageup", "row(-10)", "", "ten rows up"),
    Key("compose.page_down", "pagedown", "row(10)", "", "ten rows down"),
    Key("compose.one_less", "minus", "one(-1)", "", "one less"),
    Key("compose.one_more", "plus,equals_sign", "one(1)", "", "one more"),
    Key("compose.save", "s", "save", "Save", "keep it as a preset of your own"),
    Key("compose.copy", "y", "copy", "Copy", "copy the equivalent command"),
    Key("compose.paste", "v", "paste", "Paste", "take a launch command, and show what it means"),
    Key(
        "compose.again", "n", "again", "", "one more of the poison under the cursor, with its own parameters"
    ),
    *PICK_KEYS,
    Key("compose.back", "escape", "back", "Runs", "to the runs; the form stays as it is"),
)

PROMPT_KEYS = (Key("prompt.back", "escape", "back", "Back", "close"),)
