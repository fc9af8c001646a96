"""Exported architectures: the source alone computes what our networks compute, and no name becomes code."""

import ast
import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from engine.net.child import Child
from engine.net.fixed_child import FixedChild
from engine.net.noise import NoiseSource
from engine.plan.architecture import Architecture
from engine.plan.config import RunConfig, read_config
from engine.plan.derived import Derived
from engine.record.folder import RunFolder
from ssp_tui.cli.export_architecture import write_architecture
from ssp_tui.exported.found import CONCATENATED, SUMMED, Found
from ssp_tui.exported.graph import dot_text
from ssp_tui.exported.source import module_source
from tests.builders import CPU, images_of, random_architectures, randomise_norms, small_table
from tests.hostile import HOSTILE

EVERY_OPERATION = {
    "base": "enas6",
    "poison": [
        {"op": "identity"},
        {"op": "conv", "kernel": 3, "dilation": 50},
        {"op": "transposed_conv", "kernel": 5},
        {"op": "gaussian", "sigma": 2.0, "copies": 2},
        {"op": "dropout", "p": 1.0},
    ],
}


def found_of(config: RunConfig, architecture: Architecture, run_id: str = "run-1") -> Found:
    return Found(run_id, config, Derived(run_id, 1, 0, 0.5, architecture), config.data.num_classes)


def config_of(layers: int, protocol: str = "paper", name: str = "some") -> RunConfig:
    child = {"layers": layers, "filters": 6, "keep_prob": 1.0}
    return read_config(small_table(space=EVERY_OPERATION, child=child, protocol=protocol, name=name))


def network_of(source: str) -> nn.Module:
    """The module that the source alone makes."""
    names: dict[str, Any] = {"__name__": "exported"}
    exec(compile(source, "exported.py", "exec"), names)  # that it runs is what is tested
    made = names["network"]()
    assert isinstance(made, nn.Module)
    return made


def child_of(config: RunConfig, architecture: Architecture, form: str) -> Child:
    arguments = (config.space, config.child, config.switches, config.data.num_classes, NoiseSource(CPU, 1))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        child = Child(*arguments) if form == SUMMED else FixedChild(architecture, *arguments)
    randomise_norms(child, 5)
    return child


def with_weights_of(network: nn.Module, child: Child) -> nn.Module:
    """Load by name; every weight of the network is one of the child's."""
    weights = child.state_dict()
    network.load_state_dict({name: weights[name] for name in network.state_dict()})
    return network


@pytest.mark.parametrize(
    ("form", "protocol", "seed"),
    [
        (SUMMED, "paper", 0),
        (SUMMED, "corrected", 1),
        (CONCATENATED, "paper", 1),
        (CONCATENATED, "corrected", 2),
    ],
)
def test_with_the_same_weights_the_exported_module_computes_what_ours_does(
    form: str, protocol: str, seed: int
) -> None:
    """In float64 to its rounding: order of additions and the norm's arithmetic are others."""
    layers = 6 + 3 * (seed % 2)
    config = config_of(layers, protocol)
    (architecture,) = random_architectures(config.space, 1, layers, seed)
    child = child_of(config, architecture, form).double().eval()
    network = with_weights_of(network_of(module_source(found_of(config, architecture), form)), child)
    network.double().eval()
    images = images_of(5, seed)[0].double()
    ours: Tensor = child(images, architecture)
    torch.testing.assert_close(network(images), ours, rtol=1e-7, atol=1e-9)
    (mine,) = torch.autograd.grad(network(images).square().sum(), [network.stem[0].weight])  # type: ignore[index, union-attr, list-item]
    (theirs,) = torch.autograd.grad(ours.square().sum(), [child.stem[0].weight])  # type: ignore[list-item]
    torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=1e-7 * float(theirs.abs().max()))


def test_an_exported_fixed_network_has_exactly_the_weights_of_a_derived_run() -> None:
    config = config_of(9)
    (architecture,) = random_architectures(config.space, 1, 9, 4)
    network = network_of(module_source(found_of(config, architecture), CONCATENATED))
    child = child_of(config, architecture, CONCATENATED)
    shapes = {name: value.shape for name, value in child.named_parameters()}
    assert {name: value.shape for name, value in network.named_parameters()} == shapes


def test_poison_acts_in_training_mode_alone() -> None:
    config = config_of(3)
    dropped = next(i for i, slot in enumerate(config.space.slots) if slot.operation.kind == "dropout")
    output = config.space.slot_of_output.index(dropped)
    network = network_of(module_source(found_of(config, Architecture((0, output, 0), ((),) * 3)), SUMMED))
    images = images_of(4)[0]
    active = network.train()(images)
    assert torch.equal(active, active[:1].expand_as(active))
    inert = network.eval()(images)
    assert not torch.allclose(inert, inert[:1].expand_as(inert))


def test_an_exported_module_runs_alone_where_nothing_of_ours_can_be_imported(tmp_path: Path) -> None:
    config = config_of(6)
    (architecture,) = random_architectures(config.space, 1, 6, 2)
    path = tmp_path / "network_alone.py"
    path.write_text(module_source(found_of(config, architecture), SUMMED))
    program = f"""
import runpy, sys
for name in ("engine", "ssp_tui", "numpy.testing"):
    sys.modules[name] = None  # any import of it fails
import torch
network = runpy.run_path({str(path)!r})["network"]()
print(tuple(network(torch.zeros(2, 3, 32, 32)).shape), sorted(m for m in sys.modules if "ssp" in m))
"""
    said = subprocess.run(
        [sys.executable, "-I", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stderr
    assert said.stdout.split("\n")[0] == "(2, 10) ['ssp_tui']"


def test_an_exported_module_imports_torch_and_the_standard_library_alone() -> None:
    config = config_of(3)
    source = module_source(found_of(config, Architecture((0, 1, 2), ((),) * 3)), SUMMED)
    imported = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            imported |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").split(".")[0])
    assert imported <= {"torch", "collections", "typing"}


@given(st.text(min_size=1, max_size=60))
@settings(max_examples=60)
def test_no_name_becomes_code(name: str) -> None:
    """The source with any name differs from the one with a plain name in that literal alone."""
    assert_harmless(name)


@pytest.mark.parametrize(
    "name", [*HOSTILE, '"""\nimport os\n"""', "x'; import os #", '"]; evil [label="', "\\"]
)
def test_no_hostile_name_becomes_code(name: str) -> None:
    assert_harmless(name)


def assert_harmless(name: str) -> None:
    architecture = Architecture((0, 1, 2), ((), (0,), (0, 1)))
    found = found_of(config_of(3), architecture)
    hostile = dataclasses.replace(found, run_id=name, derived=dataclasses.replace(found.derived, of=name))
    source = module_source(hostile, SUMMED)
    assert source.isascii()
    tree, plain = ast.parse(source), ast.parse(module_source(found, SUMMED))

    def without_origin(module: ast.Module) -> str:
        kept = [node for node in module.body if not _is_origin(node)]
        return ast.dump(ast.Module(kept, []))

    assert without_origin(tree) == without_origin(plain)
    (origin,) = [node for node in tree.body if _is_origin(node)]
    assert isinstance(origin, ast.Assign)
    assert ast.literal_eval(origin.value)["run"] == name
    assert json.loads(json.dumps(hostile.document()))["run"] == name
    assert dot_shape(dot_text(hostile)) == dot_shape(dot_text(found))


def _is_origin(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "ORIGIN"


def dot_shape(text: str) -> list[str]:
    """The graph without what stands in quotes, read as DOT reads a string: up to an unescaped quote."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text, flags=re.DOTALL)
    assert '"' not in bare.replace('""', "")
    return bare.splitlines()


def test_a_graph_draws_every_layer_skip_and_reduction_and_poison_by_its_shape() -> None:
    config = config_of(3)
    dropped = next(i for i, slot in enumerate(config.space.slots) if slot.operation.kind == "dropout")
    output = config.space.slot_of_output.index(dropped)
    text = dot_text(found_of(config, Architecture((0, output, 2), ((), (), (0, 1)))))
    lines = [line.strip() for line in text.splitlines()]
    assert 'layer1 [label="1 conv3x3"];' in lines
    assert 'layer2 [label="2 dropout p1", shape=octagon, fillcolor="#f4c7c3"];' in lines
    assert [line for line in lines if "dashed" in line] == [
        "layer1 -> layer3 [style=dashed];",
        "layer2 -> layer3 [style=dashed];",
    ]
    assert sum("halved" in line for line in lines) == 2
    assert "layer3 -> head;" in lines


def test_files_have_the_runs_name_and_a_module_one_that_can_be_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of(3)
    found = found_of(config, Architecture((0, 1, 2), ((), (0,), (0, 1))), "some-s7-1125-abcd")
    monkeypatch.setattr("ssp_tui.cli.export_architecture.find_architecture", lambda _: found)
    paths = write_architecture(RunFolder(tmp_path / "run"), tmp_path / "out")
    assert [path.name for path in paths] == [
        "some-s7-1125-abcd.json",
        "some-s7-1125-abcd.dot",
        "network_some_s7_1125_abcd_summed.py",
        "network_some_s7_1125_abcd_concatenated.py",
    ]
    document = json.loads(paths[0].read_text())
    assert document["layers"][2] == {
        "operation": "conv",
        "parameters": {"kernel": 5, "padding": 2, "dilation": 1},
        "slot": 2,
        "poisoned": False,
        "skips": [0, 1],
    }
    assert document["networks"]["summed"]["separable_groups"] == 6
    for path in paths[2:]:
        assert network_of(path.read_text())(images_of(2)[0]).shape == (2, 10)
