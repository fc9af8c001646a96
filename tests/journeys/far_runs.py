"""Runs for a test's cluster."""

from engine.plan.config import RunConfig, read_config

NUM_EPOCHS = 30


def far_config(seed: int) -> RunConfig:
    """A search of real phases, some tenths of a second an epoch."""
    return read_config(
        {
            "name": "far",
            "dataset": "synthetic",
            "epochs": NUM_EPOCHS,
            "seed": seed,
            "child": {"layers": 3, "filters": 4, "batch_size": 16},
            "controller": {"updates": 2, "samples_per_update": 2},
            "data": {"num_train": 400, "num_val": 20, "num_test": 20},
            "evaluation": {"candidates": 2},
            "engine": {"device": "cpu"},
        }
    )
