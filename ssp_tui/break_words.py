"""What is said of a step whose numbers broke, on screens and by commands alike."""

import re
from collections.abc import Sequence

from engine.record.events import NumericsBroke
from ssp_tui.cleaning import clean
from ssp_tui.wording import count, counted, layer, number

_KIND_BEFORE = {"null_step": "norm", "gradient": "entry", "weight": "entry", "loss": "forward"}
"""What overflowed, for journals that do not say."""


def overflow_words(broke: NumericsBroke) -> str:
    """Whether the norm overflowed or the entries themselves, and by how much."""
    kind = broke.overflow or _KIND_BEFORE.get(broke.what, "")
    if kind == "norm":
        largest = "" if broke.num_bad_entries < 0 else f", the largest {number(broke.largest_gradient)}"
        return f"norm overflow: every entry is finite{largest}, the sum of their squares is not"
    if kind == "entry":
        many = "some" if broke.num_bad_entries < 0 else count(broke.num_bad_entries)
        return f"entry overflow: {many} gradient entries are not finite"
    return "overflow on the way forward" if kind == "forward" else ""


def steps_to_fatal(broke: NumericsBroke, every: Sequence[NumericsBroke]) -> str:
    """How long after the first harmless overflow this came; nothing for that one itself."""
    if broke.what == "null_step":
        return ""
    earlier = [each.step for each in every if each.what == "null_step" and each.step <= broke.step]
    first = broke.first_null_step if broke.first_null_step >= 0 else min(earlier, default=-1)
    if first < 0:
        return "no harmless overflow came before it"
    steps = counted(broke.step - first, "step")
    many = f", the last of {counted(broke.num_null_steps, 'null step')}" if broke.num_null_steps > 1 else ""
    return f"{steps} after the first harmless overflow at step {count(first)}{many}"


def norm_place(part: str) -> str:
    """Which normalisation of its layer a module is, by its path within the child."""
    if ".operations." in part:
        return "after its 1x1" if part.endswith(".0.norm") else "after its kernel"
    reduction = re.fullmatch(r"layers\.\d{1,4}\.reductions\.(\d{1,4})\.norm", part)
    if reduction:
        return f"reduction of output {layer(int(reduction[1]))}"
    return "of the sum" if re.fullmatch(r"layers\.\d{1,4}\.norm", part) else clean(part, 30)
