"""Prints how long the images take: made, batched plain, batched augmented. Nothing is asserted."""

import time
from collections.abc import Callable

import numpy as np
import torch

from engine.data.embedded import make_images
from engine.data.resident import ResidentImages, shuffled_batches


def _median_ms(work: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return float(np.median(times)) * 1e3


def main() -> None:
    """Measures on one thread."""
    torch.set_num_threads(1)
    for num_classes in (10, 100):
        seed = np.random.SeedSequence(0)
        milliseconds = _median_ms(lambda n=num_classes, s=seed: make_images(10_000, n, s), 3)  # type: ignore[misc]
        print(f"10,000 embedded images, {num_classes} classes: {milliseconds:.0f} ms")
    device = torch.device("cpu")
    images = make_images(5_000, 10, np.random.SeedSequence(0))
    resident = ResidentImages(images, (0.5, 0.5, 0.5), (0.2, 0.2, 0.2), device)
    generator = torch.Generator(device).manual_seed(0)
    batch = shuffled_batches(5_000, 128, generator, drop_last=True)[0]
    print(f"128 of 5,000, plain: {_median_ms(lambda: resident.plain(batch), 200):.2f} ms")
    print(f"128 of 5,000, augmented: {_median_ms(lambda: resident.augmented(batch, generator), 200):.2f} ms")
    cutout = _median_ms(lambda: resident.augmented(batch, generator, 16), 200)
    print(f"128 of 5,000, augmented with cutout: {cutout:.2f} ms")


if __name__ == "__main__":
    main()
