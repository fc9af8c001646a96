"""An architecture as the source of a plain torch module, which imports nothing but torch."""

from importlib.resources import files

from ssp_tui.exported.found import CONCATENATED, Found

_HOW = {
    True: "skips are summed, as under the search's shared weights",
    False: "skips are concatenated, then a 1x1 convolution, as it is trained from scratch",
}


def module_source(found: Found, form: str) -> str:
    """Python that defines `network()`, an untrained torch module; `form` is how skips are joined.

    Numbers are written as numbers and texts as ASCII literals: nothing a name holds can be anything else.
    """
    plain = files("engine").joinpath("net", "plain_network.py").read_text(encoding="utf-8")
    return f"{plain}\n\n{_architecture(found, form)}"


def _architecture(found: Found, form: str) -> str:
    derived = found.derived
    origin = {
        "run": found.run_id,
        "search": derived.of,
        "epoch": derived.epoch,
        "candidate": derived.candidate,
    }
    lines = [
        "ORIGIN = {",
        *(f"    {_literal(key)}: {_literal(value)}," for key, value in origin.items()),
        "}",
        '"""Where the architecture comes from."""',
        "",
        "LAYERS: tuple[Mapping[str, Any], ...] = (",
        *(f"    {_literal(layer)}," for layer in found.layers()),
        ")",
        "",
        "",
        "def network() -> Network:",
        f'    """The network, untrained; {_HOW[form != CONCATENATED]}."""',
        "    return Network(",
        "        LAYERS,",
        *(f"        {name}={_literal(value)}," for name, value in found.settings(form).items()),
        "    )",
    ]
    return "\n".join(lines) + "\n"


def _literal(value: object) -> str:
    """A Python literal in ASCII; AssertionError for anything that has none."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_literal(key)}: {_literal(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    assert isinstance(value, bool | int | float | str), value
    return ascii(value)
