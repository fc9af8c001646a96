"""HOME/queue.toml: a person's and the commands' alike, refused in one line when it is wrong."""

from pathlib import Path

import pytest

from engine.process.queue_settings import QueueSettings, change_settings, read_settings
from engine.record.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def test_without_a_file_everything_is_as_it_comes(home: Home) -> None:
    assert read_settings(home) == QueueSettings()


def test_a_change_keeps_the_rest(home: Home) -> None:
    change_settings(home, runs_per_gpu=3)
    change_settings(home, paused=True, cpu_runs="auto")
    assert read_settings(home) == QueueSettings(paused=True, runs_per_gpu=3)
    assert 'cpu_runs = "auto"' in home.queue_settings_path.read_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("runs_per_gpu = -1", "queue.runs_per_gpu = -1 is not allowed: 0 to 1000"),
        ("runs_per_gpu = 'all'", "queue.runs_per_gpu = 'all' must be a whole number"),
        ("cpu_run = 2", "did you mean cpu_runs"),
        ("paused = 1", "must be true or false"),
        ("retries = ", "queue.toml"),
    ],
)
def test_a_broken_file_is_refused_with_its_place(home: Home, text: str, said: str) -> None:
    home.prepare()
    home.queue_settings_path.write_text(text)
    with pytest.raises(ValueError, match="queue") as refusal:
        read_settings(home)
    assert said in str(refusal.value)
    with pytest.raises(ValueError, match=r"queue\.toml"):
        change_settings(home, paused=True)  # it would overwrite what somebody wrote
