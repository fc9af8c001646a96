"""The child's learning rate."""

import math

from engine.plan.config import ChildSettings


def learning_rate(settings: ChildSettings, epoch: int) -> float:
    """Cosine between lr_max and lr_min with T_max epochs, no restart, so its period is 2 * T_max.

    Epochs count from 0 (Loshchilov and Hutter 2017, equation 5, without the restart).
    """
    cosine = math.cos(math.pi * epoch / settings.lr_half_period)
    return settings.lr_min + (settings.lr_max - settings.lr_min) * (1 + cosine) / 2
