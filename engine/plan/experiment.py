"""What of a configuration makes the experiment, and what only says where and under which title it ran."""

import dataclasses

from engine.plan.config import EngineSettings, RunConfig


def experiment_of(config: RunConfig) -> RunConfig:
    """The configuration with its title and all of [engine] but the precision at their defaults.

    Two runs whose experiments are equal, seed included, compute the same thing.
    """
    return dataclasses.replace(config, title="", engine=EngineSettings(precision=config.engine.precision))
