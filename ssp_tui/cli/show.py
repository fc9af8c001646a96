"""`ssp-tui show`: a preset's resolved configuration, or everything known of a run."""

from argparse import Namespace

from engine.plan.config import RunConfig
from engine.plan.presets import preset_names, resolve_config
from engine.plan.setting import nearest, shown
from engine.process.runs import find_home, find_run
from engine.record.folder import RunFolder
from engine.record.home import Home
from ssp_tui.cleaning import clean
from ssp_tui.cli.output import print_json
from ssp_tui.cli.show_run import show_run, space_fields
from ssp_tui.cli.source import find_source, is_path, own_presets


def show(arguments: Namespace) -> int:
    """Show a preset or a file, or else the run with that id or beginning of one."""
    home, what = find_home(arguments.home), arguments.what
    if is_path(what) or what in preset_names() or what in own_presets(home):
        return _show_config(resolve_config(find_source(what, home), {}, []), arguments.json)
    return show_run(_find(home, what), arguments)


def _find(home: Home, text: str) -> RunFolder:
    try:
        return find_run(home, text)
    except ValueError as error:
        if "could be any of" in str(error):
            raise
        known = [*preset_names(), *own_presets(home), *home.run_ids()]
        raise ValueError(
            f"no preset or run {shown(text)}{nearest(text, known)}; "
            "`ssp-tui presets` and `ssp-tui runs` list them"
        ) from None


def _show_config(config: RunConfig, as_json: bool) -> int:
    if as_json:
        space, layers = config.space, config.child.layers
        floor = space.poisoned_layers_floor(layers, config.controller.tanh_constant)
        print_json(
            config=config.table(),
            num_outputs=space.num_outputs,
            num_given_outputs=config.given_space.num_outputs,
            cardinality=space.num_poisoned_outputs,
            expected_poisoned_layers=space.expected_poisoned_layers(layers),
            poisoned_layers_floor=floor,
            steps_per_epoch=config.steps_per_epoch,
        )
        return 0
    import tomli_w

    for name, value in space_fields(config):
        print(f"# {name}: {value}")
    print()
    for line in tomli_w.dumps(config.table()).splitlines():
        print(clean(line, max_length=1000))
    return 0
