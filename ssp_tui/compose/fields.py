"""The composer's form as rows of fields, made from a draft and its reading."""

import dataclasses

from engine.plan.operations import KINDS
from engine.plan.setting import Allowed
from engine.plan.space import BASES
from ssp_tui.compose.catalogue import OWN, PAPER, SMALL, size_of
from ssp_tui.compose.draft import Draft, Poison
from ssp_tui.compose.field import IN_OR_OUT, Field, FormRow, Kind
from ssp_tui.compose.reading import Reading
from ssp_tui.compose.settings_rows import CHILD_SETTINGS, DEFENCE_SETTINGS, RUN_SETTINGS, settings_rows

Q_HINT = "the copies of every poison at once; left and right go through 1, 6, 36, 120, 300"


def form_rows(draft: Draft, reading: Reading) -> tuple[FormRow, ...]:
    """Every row, from the top."""
    return (
        FormRow("Search space"),
        FormRow("base", (_base_field(draft),), "enas6, paper5, or any below"),
        *_original_rows(draft),
        FormRow("Poison"),
        FormRow("instance factor q", (Field("copies", Kind.NUMBER, draft.copies, Q_HINT),), "of all poison"),
        *_poison_rows(draft),
        FormRow("Run"),
        FormRow("size", (_size_field(reading),), "small or paper"),
        *settings_rows(RUN_SETTINGS, draft, reading),
        FormRow(
            "seeds", (Field("num_seeds", Kind.NUMBER, draft.num_seeds, "runs, each with the next seed"),)
        ),
        FormRow("Child and data"),
        *settings_rows(CHILD_SETTINGS, draft, reading),
        FormRow("Defences"),
        *settings_rows(DEFENCE_SETTINGS, draft, reading),
        FormRow("launch", (_button(reading),)),
    )


def _base_field(draft: Draft) -> Field:
    chosen = {operation for operation, is_chosen in draft.originals if is_chosen}
    text = next((name for name, base in BASES.items() if set(base) == chosen), f"{len(chosen)} operations")
    hint = "enas6: what the experiments ran on; paper5: what the text lists"
    return Field("base", Kind.CHOICE, text, hint, choices=tuple(BASES))


def _original_rows(draft: Draft) -> list[FormRow]:
    rows, slot = [], 0
    for index, (operation, is_on) in enumerate(draft.originals):
        field = Field(f"original.{index}", Kind.TOGGLE, "", IN_OR_OUT)
        rows.append(FormRow(operation.label, (field,), "", "clean", is_on, slot if is_on else None))
        slot += is_on
    return rows


def _poison_rows(draft: Draft) -> list[FormRow]:
    rows, slot = [], sum(is_on for _, is_on in draft.originals)
    for index, poison in enumerate(draft.poisons):
        fields = [Field(f"poison.{index}", Kind.NUMBER, poison.copies, f"copies: {IN_OR_OUT}")]
        fields += [
            Field(f"poison.{index}.{name}", Kind.NUMBER, text, _parameter_hint(poison, name), name)
            for name, text in poison.parameters.items()
        ]
        is_on = poison.is_chosen
        rows.append(
            FormRow(poison_label(poison), tuple(fields), "", "poison", is_on, slot if is_on else None)
        )
        slot += is_on
    return rows


def poison_label(poison: Poison) -> str:
    """A poison's name in the form, its parameters aside."""
    if poison.kind == "conv":
        return "conv" if poison.parameters.get("dilation") == "1" else "stretched conv"
    return poison.kind.replace("_", " ")


def _parameter_hint(poison: Poison, name: str) -> str:
    return f"{name}: {_allowed(KINDS[poison.kind], name).describe()}"


def _button(reading: Reading) -> Field:
    num_runs = f"Launch {reading.num_seeds} runs" if reading.num_seeds > 1 else "Launch"
    text = num_runs if reading.config else "not yet"
    return Field("launch", Kind.BUTTON, text, "enter starts it or queues it; l does so anywhere")


def _size_field(reading: Reading) -> Field:
    size = size_of(reading.config) if reading.config else OWN
    return Field("size", Kind.CHOICE, size, "small ends in minutes; paper is Table 3", choices=(SMALL, PAPER))


def _allowed(kind: type, name: str) -> Allowed:
    fields = {field.name: field for field in dataclasses.fields(kind)}
    allowed: Allowed = fields[name].metadata["allowed"]
    return allowed
