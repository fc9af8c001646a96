"""Which operations a scan shows to be of no use, by thresholds on what was measured and on nothing else."""

import dataclasses
import math
from collections.abc import Callable

from engine.record.scan import Response


@dataclasses.dataclass(frozen=True)
class Rule:
    """One measure and the value beyond which it flags."""

    measure: str
    """An attribute of `Response`."""
    threshold: float
    flags_below: bool
    """Whether values under the threshold flag, or those over it."""
    evidence: Callable[[Response], str]

    def flags(self, response: Response) -> bool:
        """Whether the measure is beyond its threshold."""
        value = getattr(response, self.measure)
        return bool(value < self.threshold if self.flags_below else value > self.threshold)

    def distance(self, response: Response) -> float:
        """How many times away from the threshold the measure is: 1 at it, less when it flags."""
        value = getattr(response, self.measure)
        near, far = (value, self.threshold) if self.flags_below else (self.threshold, value)
        return near / far if far else math.inf


RULES = (
    Rule("output_size", 1e-3, True, lambda r: f"in training its output is {r.output_size:.2g} of its input"),
    Rule("input_dependence", 1e-3, True, lambda r: f"its input moves its output by {r.input_dependence:.2g}"),
    Rule("change", 0.01, True, lambda r: f"it changes its input by {r.change:.2g}: identity"),
    Rule("disagreement", 0.01, False, lambda r: f"training and evaluation differ by {r.disagreement:.2g}"),
    Rule("nonlinearity", 0.01, True, lambda r: f"f(x + y) is f(x) + f(y) to {r.nonlinearity:.0e}: linear"),
    Rule("idle_weights", 0.1, False, lambda r: f"{r.idle_weights:.0%} of its weights never get a gradient"),
    Rule("field_loss", 0.8, False, lambda r: f"on {r.field_map_size} pixels it sees {_field(r)}"),
    Rule(
        "amplification", 2e4, False, lambda r: f"constant maps multiply its gradient by {r.amplification:.1e}"
    ),
)
"""Every rule. Thresholds lie between what clean and useless operations measure (docs/ENGINE.md, 10)."""


def _field(response: Response) -> str:
    return f"{response.field} across of a nominal {response.nominal_field}"


def flagged_by(response: Response) -> tuple[Rule, ...]:
    """The rules that flag an operation; empty for a useful one."""
    return tuple(rule for rule in RULES if rule.flags(response))


def nearest_miss(response: Response) -> Rule:
    """The rule an operation that is not flagged came nearest to."""
    return min(RULES, key=lambda rule: rule.distance(response))
