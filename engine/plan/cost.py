"""What a configuration costs before it runs: parameters exactly, work, memory and time as estimates."""

import dataclasses
import statistics
from collections.abc import Sequence

from engine.plan.architecture import IMAGE_SIZE, map_sizes, reduction_layers
from engine.plan.config import RunConfig
from engine.plan.operation_cost import (
    operation_kept_maps,
    operation_multiplications,
    operation_parameters,
)

FLOAT_BYTES = 4
IMAGE_BYTES = 3 * IMAGE_SIZE**2
ALL_TEST_IMAGES = 10_000
"""What `data.num_test = 0` takes of CIFAR and of the embedded images; of a folder, a guess."""

CPU, GPU = "cpu", "gpu"


@dataclasses.dataclass(frozen=True)
class RoughPace:
    """What a device does per second, roughly; only believed until a recorded run tells better."""

    multiplications: float
    kept_values: float
    """Values made, kept and read again: small children are bound by memory, not by arithmetic."""
    step_seconds: float
    """What a step takes however small it is: starting its many operations."""


ROUGH_PACES = {CPU: RoughPace(3.3e10, 8e8, 0.015), GPU: RoughPace(1.3e13, 8e10, 0.003)}
"""One idle core at some 3 GHz (measured), and one recent data-centre GPU in float32 (docs/PERFORMANCE.md)."""

FORWARD_SHARE = 1 / 3
"""Work of an image that is only evaluated, of one that is trained on."""


def num_parameters(config: RunConfig) -> int:
    """Weights all children of the space share, exactly as the engine builds them (ENGINE.md 2 and 3)."""
    channels, layers = config.child.filters, config.child.layers
    stem = 27 * channels + 2 * channels
    operations = sum(operation_parameters(s.operation, channels, config.switches) for s in config.space.slots)
    reduction = 2 * channels * (channels // 2) + 2 * channels
    num_reductions = sum(after + 1 for after in reduction_layers(layers))
    head = (channels + 1) * config.data.num_classes
    return stem + layers * (operations + 2 * channels) + num_reductions * reduction + head


def multiplications_per_image(config: RunConfig) -> float:
    """Multiplications of one image's forward pass through an expected child of the uniform policy."""
    channels, space = config.child.filters, config.space
    total = float(27 * channels * IMAGE_SIZE**2)
    for size in map_sizes(config.child.layers):
        for slot in space.slots:
            one = operation_multiplications(slot.operation, channels, config.switches)
            total += space.slot_probability(slot) * one * size**2
    return total


def memory_bytes(config: RunConfig) -> float:
    """Estimate of a training step's memory: weights, gradients, momentum, kept maps, resident images.

    The libraries' own (half a GiB of a GPU) comes on top.
    """
    kept = config.child.batch_size * FLOAT_BYTES * kept_values_per_image(config)
    return kept + _resident_bytes(config)


def gpu_memory_bytes(config: RunConfig) -> float:
    """Estimate of a run's memory on a GPU: of a training step, or of many architectures in one pass."""
    if config.engine.population == "off" or config.derived is not None:
        return memory_bytes(config)
    num_sampled = max(config.controller.samples_per_update, config.evaluation.candidates)
    together = min(population_size(config), num_sampled) * _evaluation_bytes(config)
    return max(memory_bytes(config), together + _resident_bytes(config))


MOST_POPULATION_BYTES = 4 * 2**30
"""As many architectures are evaluated together as have their maps in this."""


def population_size(config: RunConfig) -> int:
    """Most architectures evaluated in one pass, where the engine does so."""
    return max(1, int(MOST_POPULATION_BYTES // _evaluation_bytes(config)))


def _resident_bytes(config: RunConfig) -> float:
    """Weights, gradients, momentum and all images."""
    num_images = config.data.num_train + config.data.num_val + num_test_images(config)
    return 3 * FLOAT_BYTES * num_parameters(config) + IMAGE_BYTES * num_images


def _evaluation_bytes(config: RunConfig) -> float:
    """Maps of one architecture alive at once without a gradient: outputs before the first reduction, and 5.

    Those are what a layer reads, what its operation makes of it, and what goes through its convolution.
    """
    child = config.child
    num_maps = reduction_layers(child.layers)[0] + 5
    return num_maps * FLOAT_BYTES * child.batch_size * child.filters * IMAGE_SIZE**2


def num_test_images(config: RunConfig) -> int:
    """Test images evaluated each epoch; for a folder that is taken whole, a guess."""
    return config.data.num_test or ALL_TEST_IMAGES


def equivalent_images(config: RunConfig) -> float:
    """An epoch's work in training images: one that is only evaluated counts a third."""
    controller, data = config.controller, config.data
    sampled = 0.0
    if controller.kind != "random":
        sampled = controller.updates * controller.samples_per_update / controller.train_every
    batches = sampled + config.evaluation.candidates
    evaluated = batches * config.child.batch_size + 2 * (data.num_val + num_test_images(config))
    return data.num_train + FORWARD_SHARE * evaluated


@dataclasses.dataclass(frozen=True)
class Pace:
    """How fast a recorded run trained."""

    device_kind: str
    """cpu or gpu."""
    layers: int
    filters: int
    batch_size: int
    images_per_second: float


@dataclasses.dataclass(frozen=True)
class TimeEstimate:
    """Seconds of an epoch and of the whole run, and what that rests on."""

    epoch_seconds: float
    run_seconds: float
    num_similar: int
    """Recorded runs it rests on; 0 for a rough guess from the child's size alone."""


def estimate_time(config: RunConfig, device_kind: str, paces: Sequence[Pace] = ()) -> TimeEstimate:
    """From the median pace of similar recorded runs, or from rough figures when there is none."""
    similar = [pace.images_per_second for pace in paces if _is_similar(config, device_kind, pace)]
    image_seconds = 1 / statistics.median(similar) if similar else _rough_image_seconds(config, device_kind)
    epoch_seconds = equivalent_images(config) * image_seconds
    return TimeEstimate(epoch_seconds, config.epochs * epoch_seconds, len(similar))


def _rough_image_seconds(config: RunConfig, device_kind: str) -> float:
    pace = ROUGH_PACES[device_kind]
    work = 3 * multiplications_per_image(config) / pace.multiplications
    work += kept_values_per_image(config) / pace.kept_values
    threads = config.engine.num_threads if device_kind == CPU else 1
    return work / threads + pace.step_seconds / config.child.batch_size


def _is_similar(config: RunConfig, device_kind: str, pace: Pace) -> bool:
    child = config.child
    sizes = ((child.filters, pace.filters, 1.25), (child.batch_size, pace.batch_size, 2.0))
    alike = all(max(a, b) <= ratio * min(a, b) for a, b, ratio in sizes)
    same_kind = pace.device_kind == device_kind and pace.layers == child.layers
    return alike and same_kind and pace.images_per_second > 0


def kept_values_per_image(config: RunConfig) -> float:
    """Values an expected training step keeps for its backward pass, one image."""
    channels, layers, space = config.child.filters, config.child.layers, config.space
    total = float(IMAGE_SIZE**2 * (3 + channels))  # the image, and what the stem's norm keeps
    sizes = map_sizes(layers)
    for size in sizes:
        maps = 1.0  # what the layer's norm keeps of the sum
        for slot in space.slots:
            maps += space.slot_probability(slot) * operation_kept_maps(slot.operation)
        total += maps * channels * size**2
    for after in reduction_layers(layers):
        # A quarter each: the pixels at even places, those at odd places, and what the norm keeps of both.
        total += (after + 1) * channels * 3 * (sizes[after] // 2) ** 2
    return total
