"""A host that ends everything at logout is noticed before hours are lost."""

from pathlib import Path

import pytest

from engine.process.logout import logout_warning


@pytest.fixture
def host(tmp_path: Path) -> Path:
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    (tmp_path / "etc/systemd/logind.conf.d").mkdir(parents=True)
    return tmp_path


def test_without_systemd_or_by_default_runs_outlive_a_logout(tmp_path: Path, host: Path) -> None:
    assert logout_warning(tmp_path / "no systemd here") is None
    assert logout_warning(host) is None


def test_kill_user_processes_is_warned_of_with_both_commands(host: Path) -> None:
    (host / "etc/systemd/logind.conf").write_text("[Login]\n#KillUserProcesses=no\nKillUserProcesses=yes\n")
    warning = logout_warning(host)
    assert warning is not None
    assert "loginctl enable-linger" in warning
    assert "systemd-run --user --scope --collect" in warning


def test_a_drop_in_overrides_the_main_file(host: Path) -> None:
    (host / "etc/systemd/logind.conf").write_text("KillUserProcesses=yes\n")
    (host / "etc/systemd/logind.conf.d/10-keep.conf").write_text("[Login]\nKillUserProcesses = no\n")
    assert logout_warning(host) is None


def test_lingering_is_enough(host: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (host / "etc/systemd/logind.conf").write_text("KillUserProcesses=yes\n")
    monkeypatch.setenv("LOGNAME", "somebody")
    (host / "var/lib/systemd/linger").mkdir(parents=True)
    (host / "var/lib/systemd/linger/somebody").touch()
    assert logout_warning(host) is None
