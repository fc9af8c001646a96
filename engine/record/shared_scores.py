"""What a search's shared weights come to under given architectures, as an engine answers it."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class SharedScores:
    """Errors on the whole validation set, every image once and plain; fractions, one an architecture."""

    epoch: int
    """The finished epoch after which the weights were saved."""
    val_errors_active: tuple[float, ...]
    """Child in training mode."""
    val_errors_inert: tuple[float, ...]
    """Child in evaluation mode."""
