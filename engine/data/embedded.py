"""The embedded images: procedural textures that only a network that looks at neighbours can tell apart.

Ink and ground cover half of every image each, in colours drawn alike for all classes, so neither
colours nor any function of single pixels tells the class.
"""

import numpy as np
from numpy.typing import NDArray

from engine.data.image_set import ImageSet
from engine.data.textures import SIDE, TEXTURES, draw_masks

MAX_CLASSES = len(TEXTURES) ** 2

_NAMES = tuple(TEXTURES)
_BLOCK = 1024
"""Images painted at a time, to keep the float work in little memory."""


def class_pairs(num_classes: int) -> list[tuple[str, str]]:
    """The (upper, lower) texture of each class: first the ten plain ones, then the mixed pairs."""
    if not 2 <= num_classes <= MAX_CLASSES:
        raise ValueError(f"data.num_classes = {num_classes}: allowed are 2 to {MAX_CLASSES}")
    plain = [(name, name) for name in _NAMES]
    mixed = [(upper, lower) for upper in _NAMES for lower in _NAMES if upper != lower]
    return (plain + mixed)[:num_classes]


def class_names(num_classes: int) -> tuple[str, ...]:
    """What is seen in each class: `rings`, or `rings above dots`."""
    pairs = class_pairs(num_classes)
    return tuple(a if a == b else f"{a} above {b}" for a, b in pairs)


def make_images(num_images: int, num_classes: int, seed: np.random.SeedSequence) -> ImageSet:
    """Draws a set whose classes are balanced within one image and come in random order."""
    pairs = class_pairs(num_classes)
    rng = np.random.Generator(np.random.PCG64(seed))
    labels = rng.permutation(np.arange(num_images, dtype=np.int64) % num_classes)
    images = np.empty((num_images, 3, SIDE, SIDE), np.uint8)
    for start in range(0, num_images, _BLOCK):
        block = labels[start : start + _BLOCK]
        images[start : start + _BLOCK] = _paint(_draw_ink(block, pairs, rng), rng)
    return ImageSet(images, labels)


def _draw_ink(
    labels: NDArray[np.int64], pairs: list[tuple[str, str]], rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Bool [n,32,32]: each image's upper texture, and its lower one below a random horizon."""
    ink = np.empty((len(labels), SIDE, SIDE), np.bool_)
    below = np.arange(SIDE)[:, None] >= rng.integers(13, 20, size=(len(labels), 1, 1))
    for label, (upper, lower) in enumerate(pairs):
        rows = np.flatnonzero(labels == label)
        ink[rows] = draw_masks(upper, len(rows), rng)
        if lower != upper:
            ink[rows] = np.where(below[rows], draw_masks(lower, len(rows), rng), ink[rows])
    return ink


def _paint(ink: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Colours [n,32,32] ink as uint8 [n,3,32,32]: two colours, a blot, uneven light and grain."""
    num = len(ink)
    middle, half_step = _draw_colours(num, rng)
    sign = np.where(ink, np.float32(1), np.float32(-1))
    sign[_draw_blots(num, rng)] = 0
    pixels = middle + half_step * sign[:, None]
    pixels += _draw_light(num, rng)[:, None]
    grain = rng.uniform(4, 10, size=(num, 1, 1, 1)).astype(np.float32)
    pixels += grain * rng.standard_normal(pixels.shape, dtype=np.float32)
    return np.clip(pixels, 0, 255, out=pixels).astype(np.uint8)


def _draw_colours(num: int, rng: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
    """Per image the colour between ink and ground and half the step between them, [n,3,1,1].

    Ink is darker or brighter than ground by nearly the same in all three channels: a step in any
    colour at all costs a child of 8 filters more epochs than a first look should take.
    """
    middle = rng.uniform(105, 150, size=(num, 3, 1, 1)).astype(np.float32)
    tint = rng.uniform(-0.2, 0.2, size=(num, 3, 1, 1)).astype(np.float32)
    contrast = rng.uniform(65, 85, size=(num, 1, 1, 1)).astype(np.float32)
    darker = np.where(rng.random((num, 1, 1, 1)) < 0.5, np.float32(-1), np.float32(1))
    return middle, darker * contrast * (1 + tint)


def _draw_blots(num: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Bool [n,32,32]: a disc anywhere that hides the texture, whatever the class."""
    centre = rng.uniform(0, SIDE, size=(2, num, 1)).astype(np.float32)
    radius = rng.uniform(1, 4, size=(num, 1, 1)).astype(np.float32)
    dx, dy = np.arange(SIDE, dtype=np.float32) - centre
    blots: NDArray[np.bool_] = np.hypot(dx[:, None, :], dy[:, :, None]) < radius
    return blots


def _draw_light(num: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """A brightness ramp [n,32,32] in a random direction."""
    slope = rng.uniform(-8, 8, size=(2, num, 1)).astype(np.float32)
    across, down = slope * np.linspace(-1, 1, SIDE, dtype=np.float32)
    light: NDArray[np.float32] = across[:, None, :] + down[:, :, None]
    return light
