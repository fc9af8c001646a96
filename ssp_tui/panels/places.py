"""Where the Run screen's panels lie at every size, as a pure function."""

from textual.geometry import Region

PANELS = ("errors", "numerics", "controller", "architecture", "poisoned", "device")
"""Every panel under the header, in the order tab goes through them."""

GRID_WIDTH, GRID_HEIGHT = 100, 30
"""From these on all panels are shown at once; below, one at a time under tabs."""
WIDE_WIDTH, WIDE_HEIGHT = 160, 26
"""From these on they stand in three columns, which needs fewer rows."""

_DEVICE_WIDTH = 28


def is_grid(width: int, height: int) -> bool:
    """Whether all panels fit at once."""
    return _is_wide(width, height) or (width >= GRID_WIDTH and height >= GRID_HEIGHT)


def _is_wide(width: int, height: int) -> bool:
    return width >= WIDE_WIDTH and height >= WIDE_HEIGHT


def places_of(width: int, height: int, layers: int, current: str, is_maximised: bool) -> dict[str, Region]:
    """The region of every shown panel, and of `tabs` where there are any."""
    whole = Region(0, 0, width, height)
    if is_grid(width, height):
        if is_maximised:
            return {current: whole}
        return _three_columns(whole, layers) if _is_wide(width, height) else _two_columns(whole, layers)
    if is_maximised or height < 3:
        return {current: whole}
    return {"tabs": Region(0, 0, width, 1), current: Region(0, 1, width, height - 1)}


def _two_columns(whole: Region, layers: int) -> dict[str, Region]:
    left_width = whole.width * 52 // 100
    left, right = whole.split_vertical(left_width)
    errors, controller = left.split_horizontal(
        left.height - _controller_height(layers, max(left.height - 11, left.height * 3 // 5))
    )
    bottom_height = max(7, min(9, right.height // 4))
    upper, bottom = right.split_horizontal(right.height - bottom_height)
    numerics, architecture = upper.split_horizontal(
        upper.height - min(_architecture_height(layers), upper.height - 9)
    )
    poisoned, device = bottom.split_vertical(bottom.width - _DEVICE_WIDTH)
    return {
        "errors": errors,
        "controller": controller,
        "numerics": numerics,
        "architecture": architecture,
        "poisoned": poisoned,
        "device": device,
    }


def _three_columns(whole: Region, layers: int) -> dict[str, Region]:
    left, rest = whole.split_vertical(whole.width * 37 // 100)
    middle, right = rest.split_vertical(rest.width // 2)
    errors, numerics = left.split_horizontal(left.height * 11 // 20)
    controller, poisoned = middle.split_horizontal(_controller_height(layers, middle.height * 3 // 5))
    architecture, device = right.split_horizontal(right.height - max(9, right.height // 5))
    return {
        "errors": errors,
        "controller": controller,
        "numerics": numerics,
        "architecture": architecture,
        "poisoned": poisoned,
        "device": device,
    }


def _controller_height(layers: int, most: int) -> int:
    """Frame, heads, legend, five lines of figures, and a row a layer."""
    return min(layers + 9, most)


def _architecture_height(layers: int) -> int:
    """Frame, footer, and a row a layer."""
    return layers + 3
