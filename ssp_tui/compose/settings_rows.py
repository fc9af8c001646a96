"""The form's rows of plain settings: their labels, choices, units and hints."""

from collections.abc import Iterator

from engine.plan.config import DATASETS, SECTIONS, TOP_FIELDS
from engine.plan.protocol import PROTOCOLS
from engine.plan.setting import Allowed
from ssp_tui import wording
from ssp_tui.compose.draft import SWITCHED, Draft
from ssp_tui.compose.field import Field, FormRow, Kind
from ssp_tui.compose.reading import Reading

TANH = "controller.tanh_constant"

RUN_SETTINGS = {
    "dataset": "data set",
    "epochs": "epochs",
    "protocol": "protocol",
    "controller.kind": "controller",
    "engine.device": "device",
    "name": "name",
    "seed": "seed",
}
CHILD_SETTINGS = {
    "child.layers": "layers L",
    "child.filters": "filters C",
    "child.batch_size": "batch size",
    "child.lr_max": "learning rate",
    "data.num_train": "training images",
    "data.num_val": "validation images",
    "data.num_test": "test images",
    "data.num_classes": "classes",
}
DEFENCE_SETTINGS = {
    "defences.skip_nonfinite": "skip non-finite",
    "defences.rollback": "roll back",
    "defences.rollback_interval": "snapshot every",
    "defences.drop_duplicates": "drop duplicates",
    "defences.factorised_controller": "kinds first",
    TANH: "tanh constant",
}
CHOICES: dict[str, tuple[str, ...]] = {
    "dataset": DATASETS,
    "protocol": tuple(PROTOCOLS),
    "controller.kind": ("reinforce", "random"),
    "engine.device": ("auto", "cpu", "cuda:0"),
    **{key: SWITCHED for key in DEFENCE_SETTINGS if key not in ("defences.rollback_interval", TANH)},
}
_HINTS = {
    "dataset": "synthetic is embedded; or enter, and folder:PATH with train/CLASS/* and test/CLASS/*",
    "protocol": "as the paper's code computed, or as ENAS says",
    "controller.kind": "random never learns: the uniform policy",
    "engine.device": "auto takes a free GPU, else the CPU",
    "name": "what the run is called; enter types",
    "defences.skip_nonfinite": "no update where the gradient norm is not finite: null steps and NaN alike",
    "defences.rollback": "to the last snapshot, when a loss or a weight is not finite",
    "defences.drop_duplicates": "every distinct operation once, one copy: N is another one",
    "defences.factorised_controller": "the kind first, a copy of it second: copies buy no probability",
    TANH: "logits lie within it: a larger one lets the controller avoid poison more",
}
_ASIDES = {
    "child.lr_max": "at most, along the cosine",
    "data.num_test": "images; 0 takes all",
    "seed": "the first",
}


def settings_rows(labels: dict[str, str], draft: Draft, reading: Reading) -> Iterator[FormRow]:
    """One row a setting."""
    for key, label in labels.items():
        text = draft.settings[key]
        if key == "name" and reading.config is not None:
            text = reading.config.name
        choices = CHOICES.get(key, ())
        kind = Kind.CHOICE if choices else Kind.TEXT if key == "name" else Kind.NUMBER
        field = Field(key, kind, text, _HINTS.get(key) or _allowed(key).describe(), choices=choices)
        aside = _floor_aside(reading) if key == TANH else _ASIDES.get(key, _aside(key, label, text, choices))
        yield FormRow(label, (field,), aside)


def _floor_aside(reading: Reading) -> str:
    """The least poisoned layers that the tanh constant allows."""
    if reading.config is None:
        return ""
    config, layers = reading.config, reading.config.child.layers
    floor = config.space.poisoned_layers_floor(layers, config.controller.tanh_constant)
    return f"floor {wording.layers(floor)} of {layers} layers"


def _aside(key: str, label: str, text: str, choices: tuple[str, ...]) -> str:
    """What else could stand there; or the unit, where the label does not say it."""
    if not choices:
        unit = _allowed(key).unit
        return "" if unit in label else unit
    others = [choice for choice in choices if choice != text]
    return "or " + ", ".join([*others, *(["folder"] if key == "dataset" else [])])


def _allowed(key: str) -> Allowed:
    section, _, name = key.rpartition(".")
    fields = SECTIONS[section].__dataclass_fields__ if section else TOP_FIELDS  # type: ignore[attr-defined]
    allowed: Allowed = fields[name].metadata["allowed"]
    return allowed
