"""The chance that one child step ends in NaN, or does nothing, by sampling architectures without training."""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import TYPE_CHECKING

from engine.plan.architecture import map_sizes, reduction_layers
from engine.plan.space import Space

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NULL_STEP_CHAIN, NAN_CHAIN = 10, 16
"""Least chain of a step that does nothing, and of one that ends in NaN (ENGINE.md section 7)."""

SKIP_PROBABILITY = 0.5
"""Of every skip decision under the uniform policy."""

_ENOUGH_SEEN = 400
"""NaN architectures after which the estimate is good to a twentieth of itself."""

_LEAST_SAMPLES = 20_000

_CHUNK_DECISIONS = 1_500_000
"""Skip decisions held at a time, one byte each."""


@dataclasses.dataclass(frozen=True)
class Hazard:
    """What sampling under the uniform policy found."""

    num_samples: int
    """Architectures sampled; 0 when no operation erases its input, and then both chances are exactly 0."""

    num_nan: int
    """Of them, with a chain of 16 zero-variance normalisations or more."""

    num_null: int
    """Of them, with a chain of 10 to 15."""

    @property
    def nan_probability(self) -> float:
        """Chance per child step of a NaN."""
        return self.num_nan / max(1, self.num_samples)

    @property
    def null_probability(self) -> float:
        """Chance per child step of a null step: its norm overflows, and it does nothing but decay."""
        return self.num_null / max(1, self.num_samples)

    @property
    def nan_standard_error(self) -> float:
        """Standard error of `nan_probability`."""
        share = self.nan_probability
        return math.sqrt(share * (1 - share) / max(1, self.num_samples))

    @property
    def nan_upper_bound(self) -> float:
        """What the chance of a NaN is below with 95 % confidence; 3 over the samples when none was seen."""
        if not self.num_nan:
            return 3 / self.num_samples if self.num_samples else 0.0
        return self.nan_probability + 1.645 * self.nan_standard_error

    def expected_epoch(self, steps_per_epoch: int) -> float:
        """Epochs until the first NaN is expected, 1 / (p * steps); infinite when none was seen."""
        return 1 / (self.nan_probability * steps_per_epoch) if self.num_nan else math.inf


@functools.lru_cache(maxsize=256)
def estimate_hazard(space: Space, num_layers: int, num_samples: int = 200_000, seed: int = 0) -> Hazard:
    """Sample at most `num_samples` architectures under the uniform policy, and count what they predict.

    Sampling ends early once enough NaN architectures were seen for a good estimate. The same arguments
    give the same answer.
    """
    if not any(slot.operation.erases() for slot in space.slots):
        return Hazard(0, 0, 0)
    import numpy as np

    rng = np.random.default_rng(seed)
    ends = np.cumsum([space.slot_probability(slot) for slot in space.slots])
    chunk = max(1000, _CHUNK_DECISIONS // num_layers**2)
    done = num_nan = num_null = 0
    while done < num_samples and (num_nan < _ENOUGH_SEEN or done < _LEAST_SAMPLES):
        size = min(chunk, num_samples - done)
        slots = np.searchsorted(ends[:-1], rng.random((num_layers, size)), side="right")
        skips = rng.random((num_layers, num_layers, size), dtype=np.float32) < SKIP_PROBABILITY
        lengths = sampled_chain_lengths(space, slots, skips)
        num_nan += int(np.count_nonzero(lengths >= NAN_CHAIN))
        num_null += int(np.count_nonzero((lengths >= NULL_STEP_CHAIN) & (lengths < NAN_CHAIN)))
        done += size
    return Hazard(done, num_nan, num_null)


def sampled_chain_lengths(
    space: Space, slots: NDArray[np.intp], skips: NDArray[np.bool_]
) -> NDArray[np.int16]:
    """k of S architectures at once, by the rules of `zero_variance_chain`.

    `slots` [L, S] holds the chosen slot of each layer, `skips` [L, L, S] says that layer l reads earlier
    layer j; what it says of later ones is ignored. Returns [S].
    """
    import numpy as np

    num_layers, num_samples = slots.shape
    operations = [slot.operation for slot in space.slots]
    erases = np.array([operation.erases() for operation in operations])
    sizes, reduced_after = map_sizes(num_layers), reduction_layers(num_layers)
    constants: list[NDArray[np.bool_]] = []
    lengths: list[NDArray[np.int16]] = []
    constant = np.zeros(num_samples, dtype=np.bool_)
    length = np.zeros(num_samples, dtype=np.int16)
    for layer, chosen in enumerate(slots):
        norms = np.array([each.constant_norms(sizes[layer]) for each in operations], dtype=np.int16)
        keeps = np.array([each.keeps_constant(sizes[layer]) for each in operations])
        erased = erases[chosen]
        length = np.where(erased, 0, length + norms[chosen] * constant)
        constant = erased | (constant & keeps[chosen])
        for source in range(layer):
            taken = skips[layer, source]
            length = np.maximum(length, lengths[source] * taken)
            constant &= constants[source] | ~taken
        length = length + constant
        constants.append(constant)
        lengths.append(length)
        if layer in reduced_after:
            lengths = [each + known for each, known in zip(lengths, constants, strict=True)]
            length = lengths[-1]
    return length
