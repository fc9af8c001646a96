"""Texts other people could put into names, paths and log lines, for every screen to survive."""

from typing import NamedTuple


class Hostile(NamedTuple):
    """Each attack under its name."""

    open_markup: str = "[/"
    action_markup: str = "[@click=app.quit]x[/]"
    style_markup: str = "[bold red]x[/bold red]"
    bracketed_word: str = "[INFO] x"
    window_title: str = "\x1b]0;x\x07"
    unfinished_title: str = "a\x1b]0;x"
    colour: str = "\x1b[31m"
    eight_bit_colour: str = "\x9b31m"
    clear_screen: str = "a\x1b[2J\x1b[Hb"
    device_control: str = "\x1bP1$r0m\x1b\\a"
    lone_escape: str = "\x1b"
    bell_and_backspace: str = "a\x07\x08b"
    carriage_return: str = "good\rbad"
    new_lines: str = "a\nb\r\nc\td"
    right_to_left_override: str = "a\u202egnp.exe"
    zero_width: str = "a\u200b\u200d\ufeffb"
    lone_surrogate: str = "a\udc9bb"
    combining_stack: str = "a" + "\u0301" * 50
    wide: str = "探索空間" * 20
    emoji: str = "👩‍💻❤️"
    endless: str = "x" * 100_000
    empty: str = ""
    spaces: str = "   "


HOSTILE = Hostile()
