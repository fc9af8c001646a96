"""The characters charts are drawn with: one set for Unicode terminals, one of plain ASCII."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Glyphs:
    """Every character a chart may draw; each string holds one cell a step, least first."""

    braille: bool
    """Lines are drawn with 2x4 dots a cell; otherwise one mark a cell."""
    line_marks: str
    """Without braille: the mark of the first, second, ... line, in turn."""
    point_marks: str
    """Without braille: the mark of the first, second, ... cloud of points, in turn."""
    line_samples: tuple[str, str, str, str, str, str]
    """In a legend: a line, a dashed, a dotted, a dash-dotted line, points, pairs of points."""
    band: str
    rising: str
    """A bar that fills its cell from below."""
    growing: str
    """A bar that fills its cell from the left."""
    track: str
    shades: str
    """Probability, least to most."""
    horizontal: str
    vertical: str
    corner: str
    tick_left: str
    tick_below: str
    dashes: str
    ellipsis: str
    nan: str
    infinite: str
    clean: str
    poisoned: str
    chain: str
    lone: str
    """A measured point whose neighbours on its line are missing."""
    dot: str
    no_dot: str
    arrow_in: str
    lane_start: str
    """Where an output without sources leaves its row."""
    lane_turn: str
    """The rightmost lane of a row opens here."""
    lane_branch: str
    """A lane opens here and the row goes on to the right."""
    floor: str
    expected: str
    """A level within a cell: low, middle, high."""
    density: str
    """Without braille: a density curve; with it, what stands for one in a legend."""
    plus_minus: str
    """Before a deviation; more than one cell in ASCII."""


UNICODE = Glyphs(
    braille=True,
    line_marks="",
    point_marks="",
    line_samples=("━━", "╍╍", "┅┅", "━┅", "⠂⠁", "⠆⠃"),
    band="░",
    rising=" ▁▂▃▄▅▆▇█",
    growing=" ╸━",
    track="─",
    shades=" ·░▒▓█",
    horizontal="─",
    vertical="│",
    corner="└",
    tick_left="┤",
    tick_below="┬",
    dashes="╌",
    ellipsis="…",
    nan="×",
    infinite="∞",
    clean="●",
    poisoned="✖",
    chain="┃",
    lone="•",
    dot="●",
    no_dot="·",
    arrow_in="◂",
    lane_start="╶",
    lane_turn="╮",
    lane_branch="┬",
    floor="▲",
    expected="▁━▔",
    density="⠔",
    plus_minus="±",
)

ASCII = Glyphs(
    braille=False,
    line_marks="*+o#%@",
    point_marks=".:,'",
    line_samples=("", "", "", "", "", ""),
    band=":",
    rising=" ..::||##",
    growing=" ==",
    track=".",
    shades=" .-=*#",
    horizontal="-",
    vertical="|",
    corner="+",
    tick_left="+",
    tick_below="+",
    dashes="-",
    ellipsis="~",
    nan="N",
    infinite="I",
    clean="o",
    poisoned="x",
    chain="#",
    lone="",
    dot="o",
    no_dot=".",
    arrow_in="<",
    lane_start="-",
    lane_turn="+",
    lane_branch="+",
    floor="^",
    expected="_==",
    density="*",
    plus_minus="+-",
)
