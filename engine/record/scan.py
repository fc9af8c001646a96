"""What a scan measured of every operation of a space; numbers only, no judgement."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Response:
    """One operation's answers to maps and gradients; of several map sizes the most telling one counts."""

    label: str
    copies: int
    poisoned: bool
    """What the configuration calls it; nothing is judged by it."""
    output_size: float
    """Root mean square of its output over its input's, in training."""
    input_dependence: float
    """How far two outputs lie apart, over how far their inputs do, in training."""
    change: float
    """Root mean square of what it changes, over its input's, in training."""
    disagreement: float
    """How far its outputs in training and in evaluation lie apart, over the larger."""
    nonlinearity: float
    """How far it is from f(x + y) = f(x) + f(y) and f(2x) = 2 f(x), over their size, in evaluation."""
    idle_weights: float
    """Share of its weights whose gradient is exactly zero."""
    field: int
    """Side of its receptive field, pixels, on maps of `field_map_size`."""
    nominal_field: int
    """The same where there is room."""
    field_map_size: int
    amplification: float
    """How much a gradient grows on its way back through it on a constant map, in training."""

    @property
    def field_loss(self) -> float:
        """Share of its receptive field, as far as it would fit on the map, that it does not have there."""
        return 1 - self.field / max(1, min(self.nominal_field, self.field_map_size))


@dataclasses.dataclass(frozen=True)
class Scan:
    """All operations of a space, on fresh weights."""

    filters: int
    seed: int
    map_sizes: tuple[int, ...]
    responses: tuple[Response, ...]
