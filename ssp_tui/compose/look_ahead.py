"""What takes too long for a key press: the hazard, the machine's kind, and the pace of earlier runs."""

import dataclasses

from engine.analyse.paces import recorded_paces
from engine.plan.config import RunConfig
from engine.plan.cost import CPU, GPU, Pace, estimate_time
from engine.plan.hazard import estimate_hazard
from engine.process.gpus import visible_gpus
from engine.record.home import Home
from ssp_tui.compose.figures import Outlook


@dataclasses.dataclass(frozen=True)
class Machine:
    """What times rest on."""

    has_gpu: bool = False
    paces: tuple[Pace, ...] = ()
    is_known: bool = False
    """Whether anybody looked yet."""

    @property
    def device_kind(self) -> str:
        """What `auto` takes."""
        return GPU if self.has_gpu else CPU


def look_around(home: Home) -> Machine:
    """Look for GPUs, and at how fast this home's runs were."""
    return Machine(bool(visible_gpus()), recorded_paces(home), True)


def look_ahead(config: RunConfig, machine: Machine) -> Outlook:
    """The hazard and the time of a run."""
    device = config.engine.device
    kind = machine.device_kind if device == "auto" else CPU if device == "cpu" else GPU
    time = estimate_time(config, kind, machine.paces) if machine.is_known else None
    return Outlook(estimate_hazard(config.space, config.child.layers), time, kind)
