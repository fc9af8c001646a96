"""A step whose numbers broke, as lines of text: what overflowed, where, and what had amplified it."""

from collections.abc import Sequence

from engine.record.events import NumericsBroke
from ssp_tui.break_words import norm_place, overflow_words, steps_to_fatal
from ssp_tui.cleaning import clean
from ssp_tui.cli.event_lines import first_of, place_of
from ssp_tui.wording import count, counted, number

Fields = list[tuple[str, str]]


def event_fields(event: NumericsBroke, every: Sequence[NumericsBroke]) -> Fields:
    """When and where a kind of value broke, and how; `every` holds the run's other kinds too."""
    when = f"epoch {event.epoch}, step {count(event.step)}"
    fields = [("numerics", f"{first_of(event)}: {when}, {place_of(event)}")]
    words = [text for text in (overflow_words(event), steps_to_fatal(event, every)) if text]
    return [*fields, *(("", text) for text in words)]


def print_anatomy(event: NumericsBroke) -> None:
    """The gradient layer by layer, and the chain of normalisations as the gradient meets them."""
    last = len(event.gradient_norm_by_layer) - 1
    print("\ngradient norm by layer:")
    for index, norm in enumerate(event.gradient_norm_by_layer):
        name = {0: "stem", last: "head"}.get(index, f"layer {index}")
        mark = "  <- began here" if index == event.layer + 1 else ""
        print(f"  {name:>8}  {number(norm):>8}{mark}")
    if not event.chain_norms:
        return
    print(f"\nchain of {counted(len(event.chain_norms), 'zero-variance BN')}, as the gradient met them:")
    for each in event.chain_norms:
        print(
            f"  layer {each.layer + 1:>2}  {clean(each.operation, 20):<14} {norm_place(each.part):<22}"
            f" x{number(each.gain):>8} -> {number(each.gradient)}"
        )
