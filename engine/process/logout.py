"""Whether this host ends a person's processes when they log out, which no detaching survives."""

import getpass
from pathlib import Path

_LOGIND_FILES = ("etc/systemd/logind.conf", "run/systemd/logind.conf", "usr/lib/systemd/logind.conf")
_TRUE_WORDS = {"yes", "true", "on", "1"}


def logout_warning(root: Path = Path("/")) -> str | None:
    """The warning with the two commands that help, or None where runs outlive a logout."""
    if not (root / "run/systemd/system").is_dir() or not _kills_user_processes(root) or _lingers(root):
        return None
    return (
        "this host ends all your processes at logout (systemd KillUserProcesses=yes), detached runs too: run "
        "`loginctl enable-linger` once, and launch under `systemd-run --user --scope --collect ssp-tui ...`"
    )


def _kills_user_processes(root: Path) -> bool:
    """The last setting wins, as systemd reads it: main file first, then drop-ins by name."""
    value = "no"
    for path in _settings_files(root):
        try:
            lines = path.read_text(errors="replace").splitlines()
        except OSError:
            continue
        for line in lines:
            key, _, setting = line.partition("=")
            if key.strip() == "KillUserProcesses":
                value = setting.strip().lower()
    return value in _TRUE_WORDS


def _settings_files(root: Path) -> list[Path]:
    main = [root / name for name in _LOGIND_FILES if (root / name).is_file()][:1]
    drop_ins = [path for name in _LOGIND_FILES for path in (root / f"{name}.d").glob("*.conf")]
    return main + sorted(drop_ins, key=lambda path: path.name)


def _lingers(root: Path) -> bool:
    return (root / "var/lib/systemd/linger" / getpass.getuser()).is_file()
