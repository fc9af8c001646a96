"""The two protocols: every switch on which the code behind the paper and common practice differ."""

import dataclasses
from typing import Any

from engine.plan.setting import checked_values, setting


@dataclasses.dataclass(frozen=True)
class Switches:
    """One named choice per difference; defaults are the paper's (ENGINE.md section 6)."""

    final_eval_mode: str = setting("training", choices=("training", "evaluation"))
    """Mode of the child when the final errors are taken; `training` lets noise poison the evaluation."""

    entropy_gradient: str = setting("kept", choices=("kept", "stopped"))
    """Whether the entropy bonus inside the reward keeps its gradient."""

    second_lstm_state: str = setting("dropped", choices=("dropped", "carried"))
    """Whether the next op step starts from the state after the anchor step."""

    sepconv_pointwise: str = setting("per_channel", choices=("per_channel", "dense"))
    """One pointwise weight per channel (groups = C), or a dense 1x1."""

    validation_augmentation: str = setting("augmented", choices=("augmented", "plain"))
    """Crop and flip validation images and drop the incomplete last batch, or count every one as it is."""

    skip_penalty: str = setting("sigmoid_s", choices=("sigmoid_s", "sigmoid_2s"))
    """Penalise sigmoid(s), or the sampling probability sigmoid(2s)."""

    clip_rule: str = setting("clamped", choices=("clamped", "legacy"))
    """Always multiply by the clamped coefficient, or only when it is below 1 (a NaN one scales nothing)."""


_CORRECTED = {
    "final_eval_mode": "evaluation",
    "entropy_gradient": "stopped",
    "second_lstm_state": "carried",
    "sepconv_pointwise": "dense",
    "validation_augmentation": "plain",
    "skip_penalty": "sigmoid_2s",
    "clip_rule": "clamped",
}
PROTOCOLS: dict[str, Switches] = {"paper": Switches(), "corrected": Switches(**_CORRECTED)}


def read_switches(table: Any, protocol: str) -> Switches:
    """The protocol's switches with the table's laid over them; ValueError names a wrong one."""
    return dataclasses.replace(PROTOCOLS[protocol], **checked_values(Switches, table, "switches"))
