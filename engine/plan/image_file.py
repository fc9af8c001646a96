"""One image file of a person's own: what may be opened, and refusals that name the file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp")

_FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
"""What may be inside, whatever the suffix says: some of PIL's other formats start other programs."""

_MAX_PIXELS = 64_000_000
"""More than any camera takes; a few bytes can claim to be billions of pixels."""


def open_image(path: Path) -> Image:
    """Opens a file and reads its header, no pixels yet. Use it as a context manager.

    Raises ValueError, naming the file, for what is no image, too large, or deeper than 8 bits.
    """
    import PIL.Image  # slow to import, and most runs have no folder of their own

    try:
        image = PIL.Image.open(path, formats=_FORMATS)
    except Exception as error:  # PIL's parsers raise whatever they stumble on
        raise unusable(path, error) from error
    width, height = image.size
    if width * height > _MAX_PIXELS:
        refusal = f"{width}x{height} pixels, at most {_MAX_PIXELS} are allowed"
    elif image.mode[0] in "IF":
        # PIL would clip 16 bits to 8 and hand over white.
        refusal = f"{image.mode} pixels, only 8 bits a channel are allowed"
    else:
        return image
    image.close()
    raise ValueError(f"dataset: {path} has {refusal}")


def unusable(path: Path, error: Exception) -> ValueError:
    """The one-line refusal of a file that PIL could not read."""
    return ValueError(f"dataset: {path} is not a readable image ({type(error).__name__})")
