"""What every screen has: the bar of screens above, its keys below, and the runs it follows between."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget

from ssp_tui.drawn import Drawn
from ssp_tui.keys import Key
from ssp_tui.panels.bars import KeyBar, TopBar

if TYPE_CHECKING:
    from ssp_tui.app import Dashboard


class BaseScreen(Screen[None]):
    """A screen of the dashboard; subclasses give `KEYS`, `BINDINGS = bindings(KEYS)` and `compose_body`.

    Snapshots of the runs named to `follow` arrive as `RunArrived` while the screen is shown; the list of
    runs arrives as `RunsArrived` at the app, which keeps it as `app.runs`; `runs_changed` is called then.
    """

    KEYS: ClassVar[tuple[Key, ...]] = ()
    """What can be done here, for the key bar and the help screen."""

    MOVING: ClassVar[tuple[Key, ...]] = ()
    """How one moves in its list, for the help screen alone."""

    HELP_TEXT: ClassVar[str] = ""
    """A few lines for the help screen: what one sees here."""

    MODE: ClassVar[str] = ""
    """Which tab of the top bar is lit."""

    ALLOW_SELECT = False

    DEFAULT_CSS = """
    BaseScreen { layers: base overlay; }
    """

    _followed: tuple[str, ...] = ()
    _is_shown = False

    @property
    def dashboard(self) -> "Dashboard":
        """The app, by its own type."""
        return cast("Dashboard", self.app)

    def compose(self) -> ComposeResult:
        """The bars around the body."""
        yield TopBar(self.MODE)
        yield from self.compose_body()
        yield KeyBar()

    def compose_body(self) -> Iterable[Widget]:
        """What lies between the bars; give exactly one widget a height of 1fr."""
        return ()

    @property
    def typed(self) -> str:
        """The characters that go into a field now, and so are no keys."""
        return ""

    def label_of(self, key: Key) -> str:
        """What the key bar says of a key now; empty leaves it out."""
        return key.label

    def offered(self) -> list[tuple[Key, str]]:
        """The keys that do something now with what the key bar says of them; a key it never names too."""
        keys = [key for key in self.KEYS if not (key.changes and self.dashboard.readonly)]
        labelled = [(key, self.label_of(key)) for key in keys]
        return [(key, label) for key, label in labelled if label or not key.label]

    def on_mount(self) -> None:
        """Be told of new runs."""
        self.watch(self.app, "runs", self.runs_changed, init=False)

    def runs_changed(self) -> None:
        """`app.runs` is new."""

    def follow(self, *run_ids: str) -> None:
        """Have snapshots of these runs, and no others, posted here while the screen is shown."""
        self._followed = run_ids
        if self._is_shown:
            self.dashboard.watcher.follow(self, run_ids)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Follow again what was followed."""
        del event
        self._is_shown = True
        for drawn in self.query(Drawn):
            drawn.redraw()
        if self._followed:
            self.dashboard.watcher.follow(self, self._followed)

    def on_screen_suspend(self, event: events.ScreenSuspend) -> None:
        """Let go while another screen is shown."""
        del event
        self._is_shown = False
        self._let_go()

    def _compositor_refresh(self) -> None:
        """Paint nothing below an opaque screen: Textual would repaint the whole upper one for it."""
        if self.app.screen is self or self.app.screen.is_modal:
            super()._compositor_refresh()

    def on_unmount(self) -> None:
        """Let go for good."""
        self._let_go()

    def _let_go(self) -> None:
        if self._followed:
            self.dashboard.watcher.follow(self, ())
