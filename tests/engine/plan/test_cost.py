"""What a run is said to cost, beside the networks the engine really builds."""

import dataclasses
from collections.abc import Iterator

import pytest
import torch

from engine.net.child import Child
from engine.net.controller import UniformPolicy
from engine.net.noise import NoiseSource
from engine.plan.config import RunConfig, paper_default, read_config
from engine.plan.cost import (
    CPU,
    GPU,
    Pace,
    equivalent_images,
    estimate_time,
    gpu_memory_bytes,
    kept_values_per_image,
    memory_bytes,
    multiplications_per_image,
    num_parameters,
    population_size,
)
from engine.plan.operations import (
    AvgPool,
    Conv,
    Dropout,
    Gaussian,
    Identity,
    MaxPool,
    Operation,
    SepConv,
    TransposedConv,
)
from engine.plan.space import make_space

NUM_CHILDREN = 6
Poison = tuple[tuple[Operation, int], ...]
P5: Poison = tuple(
    (each, 6)
    for each in (Identity(), Gaussian(10.0), Dropout(1.0), TransposedConv(3), TransposedConv(5), AvgPool(5))
)


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    """Threads of many small operations wait for each other more than they compute."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def config_of(poison: Poison = (), base: str = "enas6", **sections: object) -> RunConfig:
    return dataclasses.replace(read_config(sections), given_space=make_space(base, poison))


def built(config: RunConfig) -> Child:
    noise = NoiseSource(torch.device("cpu"), 0)
    return Child(config.space, config.child, config.switches, config.data.num_classes, noise)


@pytest.mark.parametrize(
    "config",
    [
        config_of(child={"filters": 4}),
        config_of(P5, base="paper5", child={"filters": 6, "layers": 5}),
        config_of(((Conv(3, 50, 50), 3), (Conv(1), 1)), child={"filters": 2, "layers": 3}),
        config_of(child={"filters": 8, "layers": 14}, switches={"sepconv_pointwise": "dense"}),
        config_of(
            ((SepConv(7), 2), (MaxPool(5), 1)),
            child={"filters": 4},
            dataset="synthetic",
            data={"num_classes": 100},
        ),
    ],
    ids=["enas6", "paper5+P5", "stretched", "dense", "100 classes"],
)
def test_parameters_are_counted_exactly(config: RunConfig) -> None:
    assert num_parameters(config) == sum(weights.numel() for weights in built(config).parameters())


def test_the_papers_child_has_so_many_weights() -> None:
    assert num_parameters(paper_default()) == 664_966


def test_copies_cost_no_parameters() -> None:
    few, many = config_of(((TransposedConv(5), 1),)), config_of(((TransposedConv(5), 300),))
    assert num_parameters(few) == num_parameters(many)


@pytest.mark.parametrize(
    "poison",
    [
        (),
        ((MaxPool(3), 500),),
        ((SepConv(3), 500),),
        ((TransposedConv(3), 500),),
        ((Dropout(0.5), 500),),
        ((Dropout(1.0), 36),),
    ],
    ids=["clean", "maxpool", "sepconv", "tconv", "dropout(0.5)", "P3"],
)
def test_kept_values_are_those_autograd_keeps(poison: Poison) -> None:
    config = config_of(poison, child={"filters": 4, "batch_size": 2, "keep_prob": 1.0})
    child, num_images = built(config), config.child.batch_size
    images = torch.randn(num_images, 3, 32, 32).contiguous(memory_format=torch.channels_last)
    sampled = UniformPolicy(12, config.space.num_outputs)(NUM_CHILDREN, torch.Generator().manual_seed(1))
    weights = {each.untyped_storage().data_ptr() for each in child.parameters()}
    kept = 0
    for architecture in sampled.decisions.architectures():
        bytes_of: dict[int, int] = {}

        def remember(tensor: torch.Tensor, bytes_of: dict[int, int] = bytes_of) -> torch.Tensor:
            storage = tensor.untyped_storage()
            if storage.data_ptr() not in weights:
                bytes_of[storage.data_ptr()] = storage.nbytes()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(remember, lambda tensor: tensor):
            child(images, architecture)
        kept += sum(bytes_of.values())
    assert kept / NUM_CHILDREN / 4 / num_images == pytest.approx(kept_values_per_image(config), rel=0.15)


def test_memory_counts_weights_thrice_and_every_image() -> None:
    config = config_of(child={"filters": 4}, data={"num_train": 256, "num_val": 128, "num_test": 16})
    more = dataclasses.replace(config, data=dataclasses.replace(config.data, num_train=1256))
    assert memory_bytes(more) - memory_bytes(config) == 1000 * 3072
    assert memory_bytes(config) > 12 * num_parameters(config)


def test_an_epochs_images_are_training_and_a_third_of_what_is_evaluated() -> None:
    evaluated = (50 * 20 + 10) * 128 + 2 * (5000 + 10_000)
    assert equivalent_images(paper_default()) == pytest.approx(45_000 + evaluated / 3)


def test_a_random_controller_samples_nothing_to_learn_from() -> None:
    config = config_of(controller={"kind": "random"})
    assert equivalent_images(config) < equivalent_images(paper_default()) - 40_000


def test_time_rests_on_the_median_of_similar_runs() -> None:
    config = paper_default()
    paces = [Pace(GPU, 12, 36, 128, speed) for speed in (1000.0, 4000.0, 9000.0)]
    strangers = [Pace(CPU, 12, 36, 128, 5.0), Pace(GPU, 12, 8, 128, 5.0), Pace(GPU, 6, 36, 128, 5.0)]
    estimate = estimate_time(config, GPU, [*paces, *strangers])
    assert estimate.num_similar == 3
    assert estimate.epoch_seconds == pytest.approx(equivalent_images(config) / 4000)
    assert estimate.run_seconds == pytest.approx(300 * estimate.epoch_seconds)


def test_without_similar_runs_a_bigger_child_takes_longer_and_more_cores_help() -> None:
    small, large = config_of(child={"filters": 8}), config_of(child={"filters": 36})
    assert estimate_time(small, CPU).num_similar == 0
    assert estimate_time(small, CPU).epoch_seconds < estimate_time(large, CPU).epoch_seconds
    two = config_of(child={"filters": 36}, engine={"num_threads": 2})
    assert estimate_time(two, CPU).epoch_seconds < estimate_time(large, CPU).epoch_seconds


def test_identity_is_cheaper_than_convolution() -> None:
    assert multiplications_per_image(config_of(((Identity(), 300),))) < multiplications_per_image(config_of())


def test_a_gpu_needs_memory_for_as_many_architectures_as_it_evaluates_at_once() -> None:
    paper, off = config_of(), config_of(engine={"population": "off"})
    assert gpu_memory_bytes(off) == memory_bytes(off) == memory_bytes(paper)
    one_map = 4 * 128 * 36 * 32**2
    assert gpu_memory_bytes(paper) == pytest.approx(20 * 8 * one_map, rel=0.1)  # three outputs and five more
    large = config_of(child={"filters": 360})
    assert population_size(paper) >= 20
    assert population_size(large) == 2
    assert population_size(config_of(child={"filters": 1024, "batch_size": 4096})) == 1
