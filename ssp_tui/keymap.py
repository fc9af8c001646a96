"""The keys as a person has them now: what HOME/keys.toml rebinds, and the key an action has by its name."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from textual.binding import Binding, InvalidBinding
from textual.keys import REPLACED_KEYS, Keys, key_to_character

from ssp_tui import keys, plan_keys
from ssp_tui.keys import Key, shown_keys

MAX_FILE_BYTES = 100_000
"""A keys.toml larger than this is refused unread."""

SCREENS: tuple[tuple[Key, ...], ...] = (
    (*keys.APP_KEYS, *keys.RUNS_KEYS, *keys.LIST_KEYS),
    (*keys.APP_KEYS, *keys.RUN_KEYS),
    (*keys.APP_KEYS, *keys.LOG_KEYS),
    (*keys.APP_KEYS, *plan_keys.COMPOSE_KEYS),
    (*keys.APP_KEYS, *plan_keys.PRESETS_KEYS, *keys.LIST_KEYS),
    (*keys.APP_KEYS, *plan_keys.CONFIGURATION_KEYS),
    (*keys.APP_KEYS, *plan_keys.COMPARE_KEYS),
    (*keys.APP_KEYS, *plan_keys.CHOOSE_KEYS, *keys.LIST_KEYS),
    keys.DETAIL_KEYS,
    keys.HELP_KEYS,
    keys.QUESTION_KEYS,
    plan_keys.PROMPT_KEYS,
)
"""The actions that share each screen, and so may not share a key."""

ACTIONS: Mapping[str, Key] = {key.name: key for screen in SCREENS for key in screen}
"""Every action that can be rebound, by its name."""


def key_now(name: str, key_map: Mapping[str, str]) -> str:
    """The first key of the action with this name as it is printed, after rebinding."""
    return shown_keys(ACTIONS[name], key_map)


def read_keymap(path: Path) -> dict[str, str]:
    """The rebindings of a keys.toml (`"runs.stop" = "S"`); empty without one, ValueError in one line."""
    from engine.plan.opening import open_regular  # late: nothing else here is the engine's

    try:
        with open_regular(path) as file:
            table = tomllib.loads(file.read(MAX_FILE_BYTES).decode())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"{path.name}: cannot be read: {error}") from None
    from engine.plan.setting import nearest  # late: few have such a file

    for name, wanted in table.items():
        if name not in ACTIONS:
            raise ValueError(f"{path.name}: no action {name}{nearest(name, ACTIONS)}; ? lists them")
        if not isinstance(wanted, str):
            raise ValueError(f'{path.name}: {name} must be a key or several, as in "s" or "s,f5"')
    try:
        key_map = {name: ",".join(_read_keys(name, wanted)) for name, wanted in table.items()}
        _refuse_shared(key_map)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from None
    return key_map


def _names(wanted: str) -> list[str]:
    """Textual's names of some keys: question_mark for ?."""
    return [binding.key for binding in Binding.make_bindings([Binding(wanted, "")])]


def _read_keys(name: str, wanted: str) -> list[str]:
    """The keys asked for, each one known to Textual and free of tmux's."""
    try:
        names = _names(wanted)
    except InvalidBinding:
        raise ValueError(f'{name} must be a key or several, as in "s" or "s,f5"') from None
    for key in names:
        if key == "ctrl+b":
            raise ValueError(f"{name}: ctrl+b is tmux's own key")
        if not _is_known(key):
            raise ValueError(
                f"{name}: no key {key}; allowed: a character such as S or ?, or f5, escape, left, ctrl+s, ..."
            )
    return names


def _is_known(key: str) -> bool:
    base = key.rpartition("+")[2]
    modifiers = key[: -len(base)].split("+")[:-1] if base else ["none"]
    return (
        set(modifiers) <= {"ctrl", "shift", "alt"}
        and len(set(modifiers)) == len(modifiers)
        and (
            len(base) == 1
            or key_to_character(base) is not None
            or base in REPLACED_KEYS
            or base in {str(each.value) for each in Keys}
        )
    )


def _refuse_shared(key_map: Mapping[str, str]) -> None:
    """ValueError where two actions of one screen would have one key."""
    for screen in SCREENS:
        taken: dict[str, Key] = {}
        for key in screen:
            for name in _names(key_map.get(key.name, key.keys)):
                other = taken.setdefault(name, key)
                if other is not key:
                    mine, its = (key, other) if key.name in key_map else (other, key)
                    raise ValueError(
                        f"{mine.name}: {name} is the key of {its.name} on the same screen; "
                        "allowed: any that is free there, or another for that one too"
                    )
