"""What keys do to a draft: toggling, stepping, typing, and the paper's sets as one-key picks."""

import dataclasses
import math

from engine.plan.presets import COMPOSED
from engine.plan.space import BASES
from engine.plan.space_text import exact_number
from ssp_tui.compose.catalogue import LADDERS, PICKS, SIZED, STRIDES, size_config
from ssp_tui.compose.draft import SETTINGS, Draft, Poison, poison_of, setting_text
from ssp_tui.compose.field import Field
from ssp_tui.compose.settings_rows import DEFENCE_SETTINGS


def toggled(draft: Draft, key: str) -> Draft:
    """Take an operation in or out."""
    part, _, rest = key.partition(".")
    index = int(rest.partition(".")[0] or -1)
    if part == "original":
        originals = [(each, is_on != (i == index)) for i, (each, is_on) in enumerate(draft.originals)]
        return dataclasses.replace(draft, originals=tuple(originals))
    poison = draft.poisons[index]
    return draft.with_poison(index, dataclasses.replace(poison, is_chosen=not poison.is_chosen))


def typed(draft: Draft, key: str, text: str) -> Draft:
    """Put a text into a field, valid or not."""
    if key == "num_seeds":
        return dataclasses.replace(draft, num_seeds=text)
    if key == "copies":
        poisons = tuple(dataclasses.replace(each, copies=text) for each in draft.poisons)
        return dataclasses.replace(draft, copies=text, poisons=poisons)
    if not key.startswith("poison."):
        return _with_setting(draft, key, text)
    place, _, name = key.removeprefix("poison.").partition(".")
    poison = draft.poisons[int(place)]
    if name:
        poison = dataclasses.replace(poison, parameters={**poison.parameters, name: text})
    else:
        poison = dataclasses.replace(poison, copies=text)
    return draft.with_poison(int(place), dataclasses.replace(poison, is_chosen=True))


def stepped(draft: Draft, field: Field, direction: int, by_one: bool = False) -> Draft:
    """Go to a field's next choice or round value, or with `by_one` to the very next number."""
    if field.key == "base":
        return with_base(draft, _next_choice(field, direction))
    if field.key == "size":
        return with_size(draft, _next_choice(field, direction))
    if field.choices:
        return typed(draft, field.key, _next_choice(field, direction))
    text = _next_number(field, direction, by_one)
    return draft if text is None else typed(draft, field.key, text)


def picked(draft: Draft, name: str) -> Draft:
    """Choose one of the paper's poisoning sets, and nothing else, each with the instance factor."""
    wanted = [poison_of(operation, draft.copies, is_chosen=True) for operation in PICKS[name]]
    poisons: list[Poison] = []
    for each in draft.poisons:
        same = next((one for one in wanted if _is_same_row(one, each)), None)
        if same is not None:
            wanted.remove(same)
        poisons.append(same or dataclasses.replace(each, is_chosen=False))
    return dataclasses.replace(draft, poisons=(*poisons, *wanted))


def duplicated(draft: Draft, key: str) -> Draft:
    """Offer the poison under the cursor once more, to be chosen with other parameters."""
    if not key.startswith("poison."):
        return draft
    index = int(key.split(".")[1])
    twin = dataclasses.replace(draft.poisons[index], is_chosen=True)
    return dataclasses.replace(
        draft, poisons=(*draft.poisons[: index + 1], twin, *draft.poisons[index + 1 :])
    )


def with_base(draft: Draft, name: str) -> Draft:
    """Choose a base space's operations, and no others."""
    base = BASES[name]
    return dataclasses.replace(draft, originals=tuple((each, each in base) for each, _ in draft.originals))


def with_size(draft: Draft, size: str) -> Draft:
    """Take on a size's settings; the space, the seeds and the protocol stay."""
    other = size_config(size)
    below = dataclasses.replace(draft.below, **{part: getattr(other, part) for part in SIZED}, paper=None)
    below = dataclasses.replace(below, name=COMPOSED, title="")
    kept = {"protocol", "controller.kind", "engine.device", "name", "seed", *DEFENCE_SETTINGS}
    settings = {key: draft.settings[key] if key in kept else setting_text(other, key) for key in SETTINGS}
    return dataclasses.replace(draft, below=below, settings=settings)


def _with_setting(draft: Draft, key: str, text: str) -> Draft:
    draft = draft.with_setting(key, text)
    classes = {"cifar10": "10", "cifar100": "100"}.get(text)
    return draft.with_setting("data.num_classes", classes) if key == "dataset" and classes else draft


def _is_same_row(one: Poison, other: Poison) -> bool:
    return one.kind == other.kind and one.parameters.get("kernel") == other.parameters.get("kernel")


def _next_choice(field: Field, direction: int) -> str:
    if field.text not in field.choices:
        return field.choices[0]
    return field.choices[(field.choices.index(field.text) + direction) % len(field.choices)]


def _next_number(field: Field, direction: int, by_one: bool) -> str | None:
    try:
        value = float(field.text)
    except ValueError:
        return None
    if not math.isfinite(value):
        return None
    name = _ladder_name(field.key)
    ladder = LADDERS.get(name, ())
    if by_one or not ladder:
        if value != round(value):
            return None
        return exact_number(int(value) + direction * STRIDES.get(name, 1))
    beyond = [rung for rung in ladder if (rung - value) * direction > 1e-12]
    return exact_number(min(beyond) if direction > 0 else max(beyond)) if beyond else None


def _ladder_name(key: str) -> str:
    if key.startswith("poison."):
        return key.split(".")[2] if key.count(".") > 1 else "copies"
    return key
