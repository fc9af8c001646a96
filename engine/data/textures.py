"""Ten textures as scalar fields that a median threshold turns into half ink, half ground."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]

SIDE = 32
"""Pixels along each side of an image."""

_TURN = np.float32(2 * np.pi)


def _plane(rng: np.random.Generator, num: int, periods: tuple[float, float]) -> tuple[Field, Field]:
    """Phases u [num,1,32] along x and v [num,32,1] along y; one period in pixels an image."""
    period = rng.uniform(*periods, size=(num, 1)).astype(np.float32)
    start = rng.random((2, num, 1), dtype=np.float32) * _TURN
    u, v = _TURN * np.arange(SIDE, dtype=np.float32) / period + start
    return u[:, None, :], v[:, :, None]


def _centred(rng: np.random.Generator, num: int) -> tuple[Field, Field]:
    """Pixel offsets dx [num,1,32] and dy [num,32,1] from a random centre in the middle third."""
    centre = rng.uniform(10, 22, size=(2, num, 1)).astype(np.float32)
    dx, dy = np.arange(SIDE, dtype=np.float32) - centre
    return dx[:, None, :], dy[:, :, None]


def _to_nearest(phase: Field) -> Field:
    """Distance in turns, 0 to 0.5, to the nearest whole turn."""
    turns = phase / _TURN
    distance: Field = np.abs(turns - np.rint(turns))
    return distance


def _horizontal_stripes(rng: np.random.Generator, num: int) -> Field:
    _, v = _plane(rng, num, (5, 9))
    return np.sin(v).repeat(SIDE, axis=2)


def _vertical_stripes(rng: np.random.Generator, num: int) -> Field:
    u, _ = _plane(rng, num, (5, 9))
    return np.sin(u).repeat(SIDE, axis=1)


def _checkerboard(rng: np.random.Generator, num: int) -> Field:
    u, v = _plane(rng, num, (8, 12))
    return np.sin(u) * np.sin(v)


def _diamonds(rng: np.random.Generator, num: int) -> Field:
    u, v = _plane(rng, num, (8, 12))
    return np.cos(u) + np.cos(v)


def _dots(rng: np.random.Generator, num: int) -> Field:
    u, v = _plane(rng, num, (7, 10))
    distance: Field = np.hypot(_to_nearest(u), _to_nearest(v))
    return distance


def _rings(rng: np.random.Generator, num: int) -> Field:
    dx, dy = _centred(rng, num)
    period = rng.uniform(6, 8, size=(num, 1, 1)).astype(np.float32)
    field: Field = np.sin(_TURN * np.hypot(dx, dy) / period)
    return field


def _rays(rng: np.random.Generator, num: int) -> Field:
    dx, dy = _centred(rng, num)
    num_rays = rng.integers(6, 9, size=(num, 1, 1)).astype(np.float32)
    start = rng.random((num, 1, 1), dtype=np.float32) * _TURN
    return np.sin(num_rays * np.arctan2(dy, dx) + start)


def _zigzags(rng: np.random.Generator, num: int) -> Field:
    u, v = _plane(rng, num, (7, 10))
    return np.sin(v + 2 * _TURN * _to_nearest(u * np.float32(0.7)))


def _weave(rng: np.random.Generator, num: int) -> Field:
    u, v = _plane(rng, num, (13, 17))
    across = np.sin(u) * np.sin(v) > 0
    return np.where(across, np.sin(3 * u), np.sin(3 * v))


def _maze(rng: np.random.Generator, num: int) -> Field:
    """Six plane waves of one wavelength in random directions: a field without direction or order."""
    num_waves = 6
    period = rng.uniform(6, 8, size=(num, 1)).astype(np.float32)
    angle, start = rng.random((2, num, num_waves), dtype=np.float32) * _TURN
    pixels = np.arange(SIDE, dtype=np.float32)
    along_x = (_TURN / period * np.cos(angle))[..., None] * pixels + start[..., None]
    along_y = (_TURN / period * np.sin(angle))[..., None] * pixels
    # cos(a + b) summed over the waves is one small matrix product an image.
    by_wave = np.concatenate([np.cos(along_y), -np.sin(along_y)], axis=1)
    field: Field = by_wave.transpose(0, 2, 1) @ np.concatenate([np.cos(along_x), np.sin(along_x)], axis=1)
    return field


TEXTURES: dict[str, Callable[[np.random.Generator, int], Field]] = {
    "horizontal stripes": _horizontal_stripes,
    "vertical stripes": _vertical_stripes,
    "checkerboard": _checkerboard,
    "diamonds": _diamonds,
    "dots": _dots,
    "rings": _rings,
    "rays": _rays,
    "zigzags": _zigzags,
    "weave": _weave,
    "maze": _maze,
}
"""Name to a function (generator, number of images) -> float32 field [num,32,32], random in scale
and phase. None changes its meaning under a horizontal flip or a shift."""


def draw_masks(texture: str, num: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Bool [num,32,32]: the texture's ink, exactly half of the pixels of every image.

    The equal halves are what keeps a histogram of colours from telling one texture from another.
    """
    flat = TEXTURES[texture](rng, num).reshape(num, SIDE * SIDE)
    # A hair of noise, so that the pixels of a regular pattern that tie at the median part evenly.
    flat = flat + rng.random(flat.shape, dtype=np.float32) * np.float32(1e-4)
    middle = np.partition(flat, SIDE * SIDE // 2, axis=1)[:, SIDE * SIDE // 2, None]
    return (flat >= middle).reshape(num, SIDE, SIDE)
