"""An epoch as the code behind the paper does it: the tests' oracle, a DataLoader, one sample at a time."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from benchmarks.speed.case import PAPER_CHILD_IMAGES, PAPER_TEST, PAPER_VALIDATION
from engine.data.dataset import ImageSet, load_dataset
from engine.data.resident import normalisation
from engine.learn.search_state import SearchState
from engine.net.controller import Controller
from engine.plan.architecture import Architecture
from engine.plan.config import RunConfig
from tests.oracle.child import OracleChild
from tests.oracle.controller import OracleController, update
from tests.oracle.training import OracleTrainer

Batch = tuple[Tensor, Tensor]

NUM_WORKERS = 2
"""Of every loader, as published."""


class Pictures(Dataset[tuple[Tensor, int]]):
    """Images as pictures, transformed one by one, as torchvision's data sets hand them out.

    They come again and again until there are `length`: a loader must not start anew sooner than in the paper.
    """

    def __init__(
        self, images: ImageSet, length: int, mean: tuple[float, ...], std: tuple[float, ...], augment: bool
    ) -> None:
        self._length = length
        self._pixels = np.ascontiguousarray(images.images.transpose(0, 2, 3, 1))
        self._labels = images.labels
        random = [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip()] if augment else []
        always = [transforms.ToTensor(), transforms.Normalize(mean, std)]
        self._transform = transforms.Compose([transforms.ToPILImage(), *random, *always])

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        place = index % len(self._labels)
        return self._transform(self._pixels[place]), int(self._labels[place])


class OwnNoise:
    """The head's dropout mask, drawn from torch's global generator."""

    def next_like(self, x: Tensor) -> Tensor:
        """Ones with probability 0.9, in the shape of x."""
        return torch.empty_like(x).bernoulli_(0.9)


class PublishedEpoch:
    """The parts of a published epoch, on the weights and the architectures of an engine's search."""

    def __init__(self, search: SearchState, config: RunConfig) -> None:
        child = config.child
        dataset = load_dataset(
            config.dataset,
            num_train=config.data.num_train,
            num_val=config.data.num_val,
            num_test=config.data.num_test,
            num_classes=config.data.num_classes,
            seed=config.seed,
            data_dir=Path("no-data-needed"),
        )
        mean, std = normalisation(dataset)
        self.device, size = search.device, child.batch_size
        self.child = OracleChild(
            config.space, child.layers, child.filters, search.num_classes, child.keep_prob
        )
        self.child.take_over(search.child).to(self.device)
        self.child.noise = OwnNoise()  # type: ignore[assignment]
        self.trainer = OracleTrainer(self.child, child, 0.05)
        assert isinstance(search.policy, Controller)
        self.controller = OracleController(search.policy, config.switches).to(self.device)
        self.optimizer = torch.optim.Adam(self.controller.parameters(), 0.001, betas=(0.0, 0.999), eps=1e-3)
        self.baseline: float | None = None
        self._train = _endless(
            _loader(Pictures(dataset.train, PAPER_CHILD_IMAGES, mean, std, True), size, shuffle=True)
        )
        self.validation = _loader(
            Pictures(dataset.validation, PAPER_VALIDATION, mean, std, True), size, shuffle=True
        )
        self._mended = _endless(self.validation)
        self._test = _endless(
            _loader(Pictures(dataset.test, PAPER_TEST, mean, std, False), size, shuffle=False)
        )

    def child_step(self, architecture: Architecture) -> None:
        """A training batch, an architecture sampled for it, a step; the given architecture is trained."""
        batch = self._moved(next(self._train))
        with torch.no_grad():
            self.controller.sampled()
        self.trainer.step(batch, architecture)

    def rebuilt_batch(self) -> Batch:
        """A validation batch as published: the loader starts its workers for it, and ends them."""
        return self._moved(next(iter(self.validation)))

    def mended_batch(self) -> Batch:
        """A validation batch from a loader that goes on."""
        return self._moved(next(self._mended))

    def controller_update(self, architectures: list[Architecture], batches: list[Batch]) -> None:
        """Samples one by one, the given architectures' accuracies, one update."""
        self.child.eval()
        samples, accuracies = [], []
        for architecture, (images, labels) in zip(architectures, batches, strict=True):
            samples.append(self.controller.sampled())
            with torch.no_grad():
                right = self.child(images, architecture).argmax(1) == labels
            accuracies.append(float(right.float().mean()))
        self.baseline = update(self.controller, self.optimizer, samples, accuracies, self.baseline)

    def candidate(self, batch: Batch, architecture: Architecture) -> float:
        """The accuracy of one candidate, sampled for it."""
        self.child.eval()
        with torch.no_grad():
            self.controller.sampled()
            return float((self.child(batch[0], architecture).argmax(1) == batch[1]).float().mean())

    def test_batch(self, architecture: Architecture, modes: tuple[bool, ...]) -> int:
        """The wrong answers of one test batch, in training mode, evaluation mode, or each."""
        images, labels = self._moved(next(self._test))
        wrong = 0
        for training in modes:
            self.child.train(training)
            with torch.no_grad():
                wrong += int((self.child(images, architecture).argmax(1) != labels).sum())
        return wrong

    def close(self) -> None:
        """End the loaders' workers."""
        self._train = self._mended = self._test = iter(())

    def _moved(self, batch: Batch) -> Batch:
        images, labels = batch
        return images.to(self.device), labels.to(self.device)


def _loader(pictures: Pictures, batch_size: int, shuffle: bool) -> DataLoader[tuple[Tensor, int]]:
    return DataLoader(
        pictures,
        batch_size=batch_size,
        shuffle=shuffle,
        drop_last=True,
        num_workers=NUM_WORKERS,
        pin_memory=torch.cuda.is_available(),
    )


def _endless(loader: DataLoader[tuple[Tensor, int]]) -> Iterator[Batch]:
    return itertools.chain.from_iterable(itertools.repeat(loader))  # type: ignore[arg-type]
